"""What came of the command: everything that it shows, and its exit code."""

from dataclasses import dataclass

from ledgerapi.v1.external_source_pb2 import ExternalSource
from ledgerapi.v1.matching_rule_pb2 import MatchingRuleSet
from ledgerapi.v1.reconciliation_match_pb2 import ReconciliationDecision

from ledgerd.cli.reconcile.running import Found
from ledgerd.cli.reconcile.stating import Stated
from ledgerd.cli.reconcile.uploading import Uploaded

EXPLAINED, NOT_EXPLAINED, CANNOT_RUN = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A file that was reconciled."""

    source: ExternalSource
    rules: MatchingRuleSet
    uploaded: Uploaded
    found: Found
    confirmed: ReconciliationDecision | None
    """The decision that confirmed what the run proposed, with `--confirm`."""
    date: str
    stated: list[Stated]
    demands_matches: bool
    """Whether every row must be matched too."""

    @property
    def explained(self) -> bool:
        """Whether every statement is explained, and there is one."""
        held = [each.explained and (each.all_matched or not self.demands_matches) for each in self.stated]
        return bool(held) and all(held)

    @property
    def exit_code(self) -> int:
        """0 or 1."""
        return EXPLAINED if self.explained else NOT_EXPLAINED
