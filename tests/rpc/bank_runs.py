"""Finished runs, and what is done with what they found, in the domain's words."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import asyncpg
from ledgerapi.v1 import external_source_pb2, reconciliation_adjustment_pb2, reconciliation_match_pb2
from ledgerapi.v1 import reconciliation_service_pb2 as pb

from ledgerd.core.model import ids
from ledgerd.core.model.ids import uuid7
from ledgerd.core.model.matching_rule import (
    AdjustmentKind,
    Criterion,
    Grouping,
    GroupingMode,
    GroupKey,
    MatchField,
    MatchingRule,
    MatchOperator,
    RuleAdjustment,
    Strategy,
    Tolerance,
)
from ledgerd.store import reconciliations
from ledgerd.store.reconciliations import NewRun, Scope
from tests.conftest import Server
from tests.rpc import records, runs, wire

AMOUNT, REFERENCE = Criterion(field=MatchField.AMOUNT), Criterion(field=MatchField.REFERENCE)
_NUMBERS = iter(range(1, 1_000_000))


def rule(*criteria: Criterion, grouping: Grouping | None = None, strategy: Strategy | None = None) -> MatchingRule:
    """A rule, with an id of its own."""
    usual = Strategy.ONE_TO_ONE if grouping is None else Strategy.MANY_TO_MANY
    return MatchingRule(
        id=f"{next(_NUMBERS):032x}", version=1, name="r", criteria=criteria, strategy=strategy or usual,
        grouping=grouping,
    )  # fmt: skip


def about(amount: str) -> Criterion:
    """Amounts that are at most so far apart."""
    return Criterion(field=MatchField.AMOUNT, tolerance=Tolerance(absolute={"USD": Decimal(amount)}))


def of_records(pattern: str, **changes: Any) -> MatchingRule:
    """A rule for records alone whose descriptions match a pattern: they are fees."""
    described = Criterion(field=MatchField.DESCRIPTION, operator=MatchOperator.PATTERN, pattern=pattern)
    fees = RuleAdjustment(kind=AdjustmentKind.FEE, counterpart="@BankFees", at_most={"USD": Decimal(10)}, **changes)
    return replace(rule(described, strategy=Strategy.RECORD_ALONE), adjustment=fees)


EXACT = rule(AMOUNT, REFERENCE)
BY_REFERENCE = rule(REFERENCE)
"""Whatever the amounts are."""
BY_GROUP = rule(AMOUNT, grouping=Grouping(keys=(GroupKey(field=MatchField.GROUP_KEY),), max_rows=10))
SEARCHED = rule(
    AMOUNT,
    grouping=Grouping(keys=(), mode=GroupingMode.BY_SEARCH, window_days=365, max_rows=3),
    strategy=Strategy.ONE_TO_MANY,
)


@dataclass
class Bank:
    """A source with one balance, and runs over both."""

    server: Server
    connection: asyncpg.Connection
    source: external_source_pb2.ExternalSource
    balance_id: str

    @classmethod
    async def open(cls, server: Server, connection: asyncpg.Connection, **more: Any) -> "Bank":
        balance_id = await wire.open_balance(server)
        name = more.pop("name", f"Bank {next(_NUMBERS)}")
        source = await records.source(server, name, balance_ids=[balance_id], **more)
        return cls(server, connection, source, balance_id)

    async def post(
        self, reference: str, amount: str | int, **more: Any
    ) -> reconciliation_match_pb2.ReconciliationEntryKey:
        """Money that the balance receives: the entry."""
        posted = await wire.record(self.server, wire.from_world(reference, self.balance_id, amount, **more))
        return reconciliation_match_pb2.ReconciliationEntryKey(
            transaction_id=posted.transaction.id, balance_id=self.balance_id
        )

    async def tell(self, *rows: Any) -> list[str]:
        """Records of the source, which are uploaded: their ids, in order."""
        await records.upload(self.server, self.source.id, list(rows))
        wanted = {row.key for row in rows}
        found = [each async for each in records.every(self.server, f"external_source_id = {self.source.id}")]
        return [each.id for each in found if each.key in wanted]

    async def run(
        self,
        *rules: MatchingRule,
        dry_run: bool = False,
        created_by: str | None = None,
        finish: bool = True,
        **bounds: Any,
    ) -> str:
        """A run over everything that is there, or over what these bounds of its scope allow: its id."""
        run_id = uuid.UUID(int=uuid7(unix_ns=int(datetime.now(UTC).timestamp() * 1e9), random_bits=next(_NUMBERS)))
        source_id = _uuid(ids.EXTERNAL_SOURCE, self.source.id)
        scope = Scope(
            balance_ids=(_uuid(ids.BALANCE, self.balance_id),), by_effective_time=False, time_zone="UTC",
            is_opposite=self.source.sign_convention == external_source_pb2.SIGN_CONVENTION_MONEY_IN_IS_DEBIT,
            **{"begin": None, "end": None, **bounds},
        )  # fmt: skip
        new = NewRun(
            id=run_id, source_id=source_id, upload_id=None, rule_set=None, scope=scope, rules=rules or (EXACT,),
            dry_run=dry_run, created_by=created_by, at=datetime.now(UTC),
        )  # fmt: skip
        async with self.connection.transaction():
            await reconciliations.accept(self.connection, new)
            if not finish:
                never = "UPDATE reconciliations SET lease_token = $1, leased_until = 'infinity' WHERE id = $1"
                await self.connection.execute(never, run_id)
        name = ids.encode(ids.RECONCILIATION, run_id.int)
        if finish:
            found = await runs.ended(self.server, name)
            assert runs.status(found) == "FINISHED", found
        return name

    # What it found ----------------------------------------------------------------------------

    async def matches(self, run_id: str, filter_text: str = "") -> list[reconciliation_match_pb2.ReconciliationMatch]:
        """The matches of a run, over all pages."""
        found: list[reconciliation_match_pb2.ReconciliationMatch] = []
        token = ""
        while True:
            request = pb.ListMatchesRequest(
                reconciliation_id=run_id, filter=filter_text, page_size=100, page_token=token
            )
            page = await self.server.reconciliations.ListMatches(request)
            found += page.reconciliation_matches
            token = page.next_page_token
            if not token:
                return found

    async def numbers(self, run_id: str, filter_text: str = "") -> list[int]:
        return [match.number for match in await self.matches(run_id, filter_text)]

    async def match(self, run_id: str, number: int) -> reconciliation_match_pb2.ReconciliationMatch:
        request = pb.GetMatchRequest(reconciliation_id=run_id, number=number)
        return (await self.server.reconciliations.GetMatch(request)).reconciliation_match

    async def unmatched(self, run_id: str, **more: Any) -> list[reconciliation_match_pb2.UnmatchedRow]:
        request = pb.ListUnmatchedRowsRequest(reconciliation_id=run_id, **more)
        return list((await self.server.reconciliations.ListUnmatchedRows(request)).unmatched_rows)

    # Decisions --------------------------------------------------------------------------------

    async def confirm(self, run_id: str, *numbers: int, **more: Any) -> pb.ConfirmMatchesResponse:
        """Confirm matches; without numbers all."""
        return await self.server.reconciliations.ConfirmMatches(
            pb.ConfirmMatchesRequest(reconciliation_id=run_id, **({"selection": selection(*numbers)} | more))
        )

    async def reject(self, run_id: str, *numbers: int, **more: Any) -> pb.RejectMatchesResponse:
        request = pb.RejectMatchesRequest(
            reconciliation_id=run_id, **({"selection": selection(*numbers), "reason": "Wrong."} | more)
        )
        return await self.server.reconciliations.RejectMatches(request)

    async def create(
        self, run_id: str, record_ids: Sequence[str], entries: Sequence[Any], **more: Any
    ) -> pb.CreateMatchResponse:
        request = pb.CreateMatchRequest(
            reconciliation_id=run_id, external_record_ids=record_ids, entries=entries,
            **({"reason": "Seen on paper."} | more),
        )  # fmt: skip
        return await self.server.reconciliations.CreateMatch(request)

    async def release(self, run_id: str, number: int, **more: Any) -> pb.ReleaseMatchResponse:
        request = pb.ReleaseMatchRequest(reconciliation_id=run_id, number=number, **({"reason": "A mistake."} | more))
        return await self.server.reconciliations.ReleaseMatch(request)

    async def ignore(self, record_ids: Sequence[str] = (), entries: Sequence[Any] = (), **more: Any) -> Any:
        request = pb.IgnoreRowsRequest(
            external_source_id=self.source.id, external_record_ids=record_ids, entries=entries,
            **({"reason": "A test payment."} | more),
        )  # fmt: skip
        return await self.server.reconciliations.IgnoreRows(request)

    async def restore(self, record_ids: Sequence[str] = (), entries: Sequence[Any] = (), **more: Any) -> Any:
        request = pb.RestoreRowsRequest(
            external_source_id=self.source.id, external_record_ids=record_ids, entries=entries,
            **({"reason": "No test at all."} | more),
        )  # fmt: skip
        return await self.server.reconciliations.RestoreRows(request)

    # Adjustments ------------------------------------------------------------------------------

    async def adjustments(self, run_id: str, filter_text: str = "") -> list[Any]:
        """The adjustments that a run proposes, in their order."""
        wanted = " AND ".join([f"reconciliation_id = {run_id}", *([filter_text] if filter_text else [])])
        request = pb.ListReconciliationAdjustmentsRequest(filter=wanted, order_by="create_time", page_size=1_000)
        page = await self.server.reconciliations.ListReconciliationAdjustments(request)
        return list(page.reconciliation_adjustments)

    async def post_adjustments(self, run_id: str, *adjustment_ids: str, **more: Any) -> Any:
        """Post adjustments; without ids all."""
        request = pb.PostReconciliationAdjustmentsRequest(
            reconciliation_id=run_id, selection=_adjustments(adjustment_ids), **more
        )
        return await self.server.reconciliations.PostReconciliationAdjustments(request)

    async def reject_adjustments(self, run_id: str, *adjustment_ids: str, **more: Any) -> Any:
        request = pb.RejectReconciliationAdjustmentsRequest(
            reconciliation_id=run_id, selection=_adjustments(adjustment_ids), **({"reason": "Ours."} | more)
        )
        return await self.server.reconciliations.RejectReconciliationAdjustments(request)

    async def reverse_adjustment(self, adjustment_id: str, **more: Any) -> Any:
        """The reversed adjustment."""
        request = pb.ReverseReconciliationAdjustmentRequest(
            reconciliation_adjustment_id=adjustment_id, **({"reason": "A mistake."} | more)
        )
        return (await self.server.reconciliations.ReverseReconciliationAdjustment(request)).reconciliation_adjustment

    # Exceptions -------------------------------------------------------------------------------

    async def exceptions(self, filter_text: str = "") -> list[Any]:
        wanted = " AND ".join([f"external_source_id = {self.source.id}", *([filter_text] if filter_text else [])])
        request = pb.ListReconciliationExceptionsRequest(filter=wanted, order_by="create_time", page_size=1_000)
        page = await self.server.reconciliations.ListReconciliationExceptions(request)
        return list(page.reconciliation_exceptions)


def selection(*numbers: int) -> reconciliation_match_pb2.MatchSelection:
    """Matches by their numbers; without numbers all."""
    if not numbers:
        return reconciliation_match_pb2.MatchSelection(all=True)
    return reconciliation_match_pb2.MatchSelection(numbers=reconciliation_match_pb2.MatchNumbers(values=numbers))


def _adjustments(
    adjustment_ids: Sequence[str],
) -> reconciliation_adjustment_pb2.ReconciliationAdjustmentSelection:
    if not adjustment_ids:
        return reconciliation_adjustment_pb2.ReconciliationAdjustmentSelection(all=True)
    return reconciliation_adjustment_pb2.ReconciliationAdjustmentSelection(
        ids={"reconciliation_adjustment_ids": adjustment_ids}
    )


def adjustment_status(adjustment: reconciliation_adjustment_pb2.ReconciliationAdjustment) -> str:
    names = reconciliation_adjustment_pb2.ReconciliationAdjustmentStatus
    return names.Name(adjustment.status).removeprefix("RECONCILIATION_ADJUSTMENT_STATUS_")


def status(match: reconciliation_match_pb2.ReconciliationMatch) -> str:
    return reconciliation_match_pb2.ReconciliationMatchStatus.Name(match.status).removeprefix(
        "RECONCILIATION_MATCH_STATUS_"
    )


def skipped(response: Any) -> dict[int, str]:
    """The matches that a decision left out, with the reasons."""
    return {each.number: wire.of_rejection(each.rejection).reason for each in response.skipped}


def _uuid(prefix: str, text: str) -> uuid.UUID:
    number = ids.decode(prefix, text)
    assert number is not None
    return uuid.UUID(int=number)
