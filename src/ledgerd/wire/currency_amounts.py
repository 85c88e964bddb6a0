"""Amounts of a rule, one for each currency, both ways: a rule is for balances of any precision."""

from collections.abc import Sequence
from decimal import Decimal

from ledgerapi.v1 import amount_pb2

from ledgerd.core.model import limits
from ledgerd.core.model.amount import exponent, is_precision, minor_units
from ledgerd.core.model.matching_rule import ByCurrency
from ledgerd.wire.fields import Reading

_MALFORMED = Decimal(1)


def read(read: Reading, path: str, messages: Sequence[amount_pb2.Amount]) -> ByCurrency:
    """The amounts, in major units. Their bounds are not looked at."""
    if len(messages) > limits.RULE_CURRENCIES_MAX:
        read.wrong(path, f"at most {limits.RULE_CURRENCIES_MAX}")
    found: dict[str, Decimal] = {}
    for place, message in enumerate(messages[: limits.RULE_CURRENCIES_MAX]):
        amount = _amount(read, f"{path}[{place}]", message)
        if not message.currency:
            read.wrong(f"{path}[{place}].currency", "is required")
        elif message.currency in found:
            read.wrong(f"{path}[{place}].currency", "stands in the list before")
        found[message.currency] = amount
    return found


def _amount(read: Reading, path: str, message: amount_pb2.Amount) -> Decimal:
    given = read.amount(path, message)
    precision = given.precision if given.precision and is_precision(given.precision) else None
    if message.precise and precision is None:
        read.wrong(f"{path}.precision", "is required where precise is given")
        return _MALFORMED
    if precision is not None:
        minor = minor_units(given.quantity, precision)
        if minor is None or (given.other is not None and minor_units(given.other, precision) != minor):
            read.wrong(path, "has more decimals than the precision allows, or precise and decimal differ")
    decimals = given.quantity.decimals
    if decimals is None:
        decimals = 0 if precision is None else exponent(precision)
    return Decimal(f"{given.quantity.digits}e-{decimals}")


def encode(amounts: ByCurrency) -> list[amount_pb2.Amount]:
    """The amounts in major units, in the order of their currencies."""
    return [
        amount_pb2.Amount(decimal=format(amount, "f"), currency=currency)
        for currency, amount in sorted(amounts.items())
    ]
