"""Every reason that the rules can give stands in a table of rejections, in the order in which it is given."""

import re
from importlib.resources import files

from tests.core import (
    test_adjustments,
    test_amendments,
    test_compound,
    test_deferred,
    test_deferred_splits,
    test_posting,
    test_splits,
)

TABLES = (
    test_posting.REJECTED_DRAFTS,
    test_posting.REJECTED_RESOLUTIONS,
    test_posting.REJECTED_REFUNDS,
    test_adjustments.REJECTED,
    test_deferred.REJECTED,
    test_deferred.REJECTED_REFUNDS,
    test_amendments.REJECTED_AMENDMENTS,
    test_deferred_splits.REJECTED,
    test_compound.REJECTED,
    test_splits.REJECTED,
)
BEFORE_THE_RULES = {"REFERENCE_CONFLICT", "REFERENCES_ALREADY_RECORDED", "NOT_APPLIED_WITH_GROUP"}
"""Given for references and groups: see the tests of repetitions and of batches."""
BEYOND_THE_RULES = {"REVIEW_DENIED", "TOO_MANY_ITEMS"}
"""What a denial leaves behind, and a bound on legs that takes a batch of its own to pass."""


def test_every_reason_that_the_rules_give_is_in_a_table() -> None:
    given: set[str] = set()
    for module in (*files("ledgerd.core").iterdir(), *files("ledgerd.core.model").iterdir()):
        if module.name.endswith(".py") and module.name != "rejection.py":
            given |= set(re.findall(r"\bReason\.([A-Z_]+)", module.read_text()))
    in_tables = {row[0].value for table in TABLES for row in table}
    assert given - BEFORE_THE_RULES - BEYOND_THE_RULES == in_tables
