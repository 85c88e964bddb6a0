"""Rejections as text. It is digested, so what has no malformed fields stays as it was ever written, to the byte."""

import pytest

from ledgerd.core.model.rejection import (
    STORED_VIOLATIONS_MAX,
    Reason,
    Rejection,
    Violation,
    rejection_of,
    rejection_text,
)

POOR = Rejection(Reason.INSUFFICIENT_FUNDS, {"balance": "bln_1", "requested": "5", "available": "é"})
MALFORMED = Rejection(
    Reason.FIELD_INVALID, {"field": "amount"}, (Violation("amount", "is required"), Violation("tag", "too long"))
)


def test_the_text_of_transactions_has_sorted_keys_and_that_of_batches_has_not() -> None:
    details = '"available": "\\u00e9", "balance": "bln_1", "requested": "5"'
    assert rejection_text(POOR) == f'{{"details": {{{details}}}, "reason": "INSUFFICIENT_FUNDS"}}'
    details = '"balance": "bln_1", "requested": "5", "available": "\\u00e9"'
    assert rejection_text(POOR, sort_keys=False) == f'{{"reason": "INSUFFICIENT_FUNDS", "details": {{{details}}}}}'


@pytest.mark.parametrize("sort_keys", [True, False])
@pytest.mark.parametrize("rejection", [POOR, MALFORMED, Rejection(Reason.INTERNAL)])
def test_what_is_written_is_read(rejection: Rejection, sort_keys: bool) -> None:
    assert rejection_of(rejection_text(rejection, sort_keys=sort_keys)) == rejection


def test_many_malformed_fields_are_counted_and_not_all_kept() -> None:
    violations = tuple(Violation(f"field{number}", "is wrong") for number in range(500))
    read = rejection_of(rejection_text(Rejection(Reason.FIELD_INVALID, {"field": "field0"}, violations)))
    assert read.violations == violations[:STORED_VIOLATIONS_MAX]
    assert read.details == {"field": "field0", "violations": "500"}
