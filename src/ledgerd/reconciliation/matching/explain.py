"""Verdicts on what every pair or group has: a currency and an amount."""

from ledgerd.core.model.amount import decimal_text
from ledgerd.core.model.matching_rule import MatchField, MatchOperator
from ledgerd.reconciliation.matching.amounts import AmountTerms, is_opposite
from ledgerd.reconciliation.matching.row import Row
from ledgerd.reconciliation.matching.verdict import WHOLE_SCORE, Verdict, quoted, share_unused


def currency_verdict(record: Row, entry: Row) -> Verdict:
    """The verdict on currencies that differ."""
    left, right = quoted(record.currency), quoted(entry.currency)
    return Verdict(
        field=MatchField.CURRENCY,
        operator=MatchOperator.EQUALS,
        ok=False,
        sentence=f"currency {left} does not equal {right}",
        record_value=left,
        entry_value=right,
    )


def amount_verdict(record: int, entry: int, currency: str, terms: AmountTerms | None) -> Verdict:
    """The verdict on two amounts in one currency; ``terms`` is None where the rule has none for it."""
    if terms is None:
        sentence = (
            f"amounts in {currency} cannot be compared: no precision is known, or it cannot express the fixed fee, "
            "or the fixed fee is given for other currencies alone"
        )
        return _verdict(sentence, ok=False)

    def money(minor: int) -> str:
        return f"{decimal_text(minor, terms.precision)} {currency}"

    expected, most = terms.expected(entry), terms.drift_max(entry)
    drift = abs(record - expected)
    right = money(entry)
    if expected != entry:
        right = f"{money(expected)}, which is {right} less a fee of {money(entry - expected)}"
    if is_opposite(record, expected):
        sentence = f"amount {money(record)} has the opposite sign of {right}"
    elif drift == 0:
        sentence = f"amount {money(record)} equals {right}"
    else:
        sentence = f"amount {money(record)} differs by {money(drift)} from {right}"
        if most is not None:
            sentence += f"; at most {money(most)} is allowed" if most else "; they must be equal"
    ok = terms.drift(record, entry) is not None
    unused = WHOLE_SCORE if most is None else share_unused(drift, most)
    return _verdict(sentence, money(record), money(entry), money(drift), unused=unused, ok=ok)


def amounts_apart(record: Row, entry: Row) -> Verdict:
    """The verdict on amounts in different currencies."""
    return _verdict(f"amounts in {record.currency} and in {entry.currency} cannot be compared", ok=False)


def _verdict(
    sentence: str, record: str = "", entry: str = "", difference: str = "", *, unused: int = WHOLE_SCORE, ok: bool
) -> Verdict:
    return Verdict(
        field=MatchField.AMOUNT,
        operator=MatchOperator.EQUALS,
        ok=ok,
        sentence=sentence,
        record_value=record,
        entry_value=entry,
        difference=difference,
        unused=unused,
    )
