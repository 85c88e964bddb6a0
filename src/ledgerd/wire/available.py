"""All that is available, from the wire: for a draft, a refund, and a share of a split."""

from ledgerapi.v1 import amount_pb2, draft_pb2

from ledgerd.core.model.amount import Available, Quantity, is_precision, minor_units, parse_decimal, parse_integer
from ledgerd.core.model.rejection import Violation
from ledgerd.wire.fields import is_currency


def read(field: str, message: draft_pb2.Available, violations: list[Violation]) -> Available:
    """All that is available, with its bound if it has one."""
    if not message.HasField("at_most"):
        return Available()
    return Available(*amount(f"{field}.at_most", message.at_most, violations))


def amount(
    field: str, message: amount_pb2.Amount, violations: list[Violation]
) -> tuple[Quantity | None, str | None, int | None]:
    """An amount of an operation, which is never negative: how much, and the currency and precision where they are
    given."""
    currency, precision = message.currency or None, message.precision or None
    if currency is not None and not is_currency(currency):
        violations.append(Violation(f"{field}.currency", "1 to 32 of A-Z, 0-9, _ . -, beginning with a letter"))
    if precision is not None and not is_precision(precision):
        violations.append(Violation(f"{field}.precision", "a power of ten from 1 to 10^18"))
        precision = None
    return _quantity(field, message, precision, violations), currency, precision


def _quantity(
    field: str, message: amount_pb2.Amount, precision: int | None, violations: list[Violation]
) -> Quantity | None:
    """The sum, in one spelling or in both."""
    decimal = parse_decimal(message.decimal) if message.decimal else None
    precise = parse_integer(message.precise) if message.precise else None
    if message.decimal and decimal is None:
        violations.append(Violation(f"{field}.decimal", 'a plain decimal such as "120.50"'))
    elif message.precise and precise is None:
        violations.append(Violation(f"{field}.precise", 'an integer such as "12050"'))
    elif decimal is None or precise is None:
        if decimal is precise:
            violations.append(Violation(field, "one of decimal and precise is required"))
    elif precision is None:
        violations.append(Violation(f"{field}.precision", "is required where both spellings are given"))
    elif minor_units(decimal, precision) != precise.digits:
        violations.append(Violation(field, "decimal and precise must be the same sum"))
    return decimal or precise


def check(draft: draft_pb2.Draft, violations: list[Violation]) -> None:
    """What a draft may not combine: what is taken is known only when the money moves."""
    if draft.HasField("available") and draft.HasField("sources"):
        violations.append(Violation("available", "needs a single source"))
    for place, share in enumerate(draft.destinations.shares):
        if share.HasField("available"):
            violations.append(Violation(f"destinations.shares[{place}].available", "is for sources only"))
