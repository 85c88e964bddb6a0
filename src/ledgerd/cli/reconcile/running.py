"""The run: beginning it, following it, and reading what it found."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from ledgerapi.v1.external_source_pb2 import ExternalSource
from ledgerapi.v1.matching_rule_pb2 import MatchingRuleSet
from ledgerapi.v1.reconciliation_match_pb2 import ReconciliationMatch, UnmatchedRow
from ledgerapi.v1.reconciliation_pb2 import (
    RECONCILIATION_STATUS_CANCELLED,
    RECONCILIATION_STATUS_FAILED,
    EntryTime,
    Reconciliation,
    ReconciliationStage,
)
from ledgerapi.v1.reconciliation_service_pb2 import (
    ListMatchesRequest,
    ListUnmatchedRowsRequest,
    StartReconciliationRequest,
)
from ledgerapi.v1.rejection_pb2 import Rejection
from ledgerd_client import LedgerClient, reconcile

from ledgerd.cli.reconcile.terminal import CannotRun, Progressing

ROWS_SHOWN = 20
"""How many rows and matches of each list are shown. With those that come closest the service tells no more at once."""
GIVE_UP_SECONDS = 60.0

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Listed(Generic[_Item]):
    """The first of a list."""

    first: list[_Item]
    count: int
    """How many there are."""

    @property
    def more(self) -> int:
        """How many of them are not shown."""
        return self.count - len(self.first)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A finished run, and the first rows of what it found."""

    run: Reconciliation
    differences: Listed[ReconciliationMatch]
    records: Listed[UnmatchedRow]
    """Rows that only the bank has."""
    entries: Listed[UnmatchedRow]
    """Rows that only the ledger has."""


async def run(
    client: LedgerClient,
    source: ExternalSource,
    rules: MatchingRuleSet,
    progress: Progressing,
    *,
    upload_id: str,
    entry_time: EntryTime,
) -> Found:
    """Compare the records of the source, or of one upload, with its balances. Raises CannotRun, LedgerError."""

    def tell(told: Reconciliation) -> None:
        stage = ReconciliationStage.Name(told.stage).removeprefix("RECONCILIATION_STAGE_").lower()
        progress.show(f"reconciling: {stage}", f"{told.stage_done_count:,} rows" if told.stage_done_count else "")

    request = StartReconciliationRequest(
        external_source_id=source.id,
        upload_ids=[upload_id] if upload_id else [],
        matching_rule_set_id=rules.id,
        matching_rule_set_version=rules.version,
        entry_time=entry_time,
    )
    ended = await reconcile(client, request, on_progress=tell, give_up_seconds=GIVE_UP_SECONDS)
    if ended.status == RECONCILIATION_STATUS_FAILED:
        raise CannotRun(f"The run failed: {_why(ended.rejection)}")
    if ended.status == RECONCILIATION_STATUS_CANCELLED:
        raise CannotRun("The run was cancelled. Start it again.")
    progress.show("reading what was found")
    return Found(
        run=ended,
        differences=await _differences(client, ended.id),
        records=await _unmatched(client, ended.id, "RECORD"),
        entries=await _unmatched(client, ended.id, "ENTRY"),
    )


def _why(rejection: Rejection) -> str:
    details = ", ".join(f"{name} {value}" for name, value in sorted(rejection.details.items()))
    return f"{rejection.message} ({details})" if details else rejection.message


async def _differences(client: LedgerClient, run_id: str) -> Listed[ReconciliationMatch]:
    request = ListMatchesRequest(
        reconciliation_id=run_id, filter="has_difference = true", page_size=ROWS_SHOWN, include_total=True
    )
    page = await client.reconciliations.ListMatches(request)
    return Listed(list(page.reconciliation_matches), page.total_size)


async def _unmatched(client: LedgerClient, run_id: str, side: str) -> Listed[UnmatchedRow]:
    request = ListUnmatchedRowsRequest(
        reconciliation_id=run_id,
        filter=f"side = {side}",
        page_size=ROWS_SHOWN,
        include_total=True,
        nearest_count=1,
    )
    page = await client.reconciliations.ListUnmatchedRows(request)
    return Listed(list(page.unmatched_rows), page.total_size)
