"""ReconciliationService: what runs found, what was decided about it, and exceptions."""

from collections.abc import Callable
from typing import Any

import asyncpg
from ledgerapi.v1 import reconciliation_match_pb2 as match_pb2
from ledgerapi.v1 import reconciliation_service_pb2 as pb
from ledgerapi.v1 import reconciliation_service_pb2_grpc as services

from ledgerd.core.model import ids, limits
from ledgerd.core.model.filter import Comparator, Term
from ledgerd.operations import matches, reconciliation_exceptions, row_decisions
from ledgerd.operations.creation import Made
from ledgerd.operations.engine import Engine
from ledgerd.operations.row_decisions import Decided
from ledgerd.rpc.context import Context, current_caller
from ledgerd.wire import fields, lists, paging, settings, unknown
from ledgerd.wire import matches as wire
from ledgerd.wire import reconciliation_exceptions as exceptions


class FoundServicer(services.ReconciliationServiceServicer):
    """Serves matches, rows without a match, decisions and exceptions."""

    _engine: Engine

    # Matches -----------------------------------------------------------------------------------

    async def ListMatches(self, request: pb.ListMatchesRequest, context: Context) -> pb.ListMatchesResponse:
        with fields.reading() as read:
            run_id = read.id("reconciliation_id", request.reconciliation_id, ids.RECONCILIATION)
        run = await matches.finished_run(self._engine, current_caller(), run_id)
        limit = limits.LISTED_MATCH_ROWS_MAX

        async def prepare(rows: list[asyncpg.Record]) -> Callable[[asyncpg.Record], match_pb2.ReconciliationMatch]:
            found = await matches.read(
                self._engine, current_caller(), run, rows, limit, explained_pairs_max=limits.EXPLAINED_PAIRS_MAX
            )
            return wire.match_encoder(found, limit)

        page = await paging.prepared(
            self._engine, current_caller(), request, lists.MATCHES, prepare, _of_run(run_id.int),
            size_max=limits.MATCH_PAGE_SIZE_MAX,
        )  # fmt: skip
        return pb.ListMatchesResponse(
            reconciliation_matches=page.items, next_page_token=page.next_page_token, total_size=page.total
        )

    async def GetMatch(self, request: pb.GetMatchRequest, context: Context) -> pb.GetMatchResponse:
        with fields.reading() as read:
            run_id = read.id("reconciliation_id", request.reconciliation_id, ids.RECONCILIATION)
            number = wire.number(read, "number", request.number)
        found = await matches.get(self._engine, current_caller(), run_id, number)
        return pb.GetMatchResponse(reconciliation_match=wire.whole_match(*found))

    async def ListUnmatchedRows(
        self, request: pb.ListUnmatchedRowsRequest, context: Context
    ) -> pb.ListUnmatchedRowsResponse:
        count = request.nearest_count
        with fields.reading() as read:
            run_id = read.id("reconciliation_id", request.reconciliation_id, ids.RECONCILIATION)
            if not 0 <= count <= limits.NEAREST_MAX:
                read.wrong("nearest_count", f"must be from 0 to {limits.NEAREST_MAX}")
        run = await matches.finished_run(self._engine, current_caller(), run_id)

        async def prepare(rows: list[asyncpg.Record]) -> Callable[[asyncpg.Record], match_pb2.UnmatchedRow]:
            found = await matches.read_unmatched(self._engine, current_caller(), run, rows, count)
            return wire.unmatched_encoder(found)

        page = await paging.prepared(
            self._engine, current_caller(), request, lists.UNMATCHED_ROWS, prepare, _of_run(run_id.int),
            size_max=limits.NEAREST_PAGE_SIZE_MAX if count else limits.PAGE_SIZE_MAX,
        )  # fmt: skip
        return pb.ListUnmatchedRowsResponse(
            unmatched_rows=page.items, next_page_token=page.next_page_token, total_size=page.total
        )

    async def ExplainPair(self, request: pb.ExplainPairRequest, context: Context) -> pb.ExplainPairResponse:
        with fields.reading() as read:
            run_id = read.id("reconciliation_id", request.reconciliation_id, ids.RECONCILIATION)
            record_id = read.id("external_record_id", request.external_record_id, ids.EXTERNAL_RECORD)
            entry = wire.entry_key(read, "entry", request.entry)
            level = wire.place(read, "rule_place", request.rule_place)
        found = await matches.explain_pair(self._engine, current_caller(), run_id, record_id.int, entry, level)
        return wire.pair_response(found)

    # Decisions ---------------------------------------------------------------------------------

    async def ConfirmMatches(self, request: pb.ConfirmMatchesRequest, context: Context) -> pb.ConfirmMatchesResponse:
        unknown.check(request)
        with fields.reading() as read:
            run_id = read.id("reconciliation_id", request.reconciliation_id, ids.RECONCILIATION)
            choice = wire.choice(read, run_id, request.selection)
            reason = wire.reason(read, request.reason, is_required=False)
            request_id = settings.request_id(read, request.request_id)
        made = await row_decisions.confirm(self._engine, current_caller(), choice, reason, request_id)
        return pb.ConfirmMatchesResponse(**_decision(made), **_skipped(made.rows))

    async def RejectMatches(self, request: pb.RejectMatchesRequest, context: Context) -> pb.RejectMatchesResponse:
        unknown.check(request)
        with fields.reading() as read:
            run_id = read.id("reconciliation_id", request.reconciliation_id, ids.RECONCILIATION)
            choice = wire.choice(read, run_id, request.selection)
            reason = wire.reason(read, request.reason, is_required=True) or ""
            request_id = settings.request_id(read, request.request_id)
        made = await row_decisions.reject_matches(self._engine, current_caller(), choice, reason, request_id)
        return pb.RejectMatchesResponse(**_decision(made), **_skipped(made.rows))

    async def CreateMatch(self, request: pb.CreateMatchRequest, context: Context) -> pb.CreateMatchResponse:
        unknown.check(request)
        with fields.reading() as read:
            run_id = read.id("reconciliation_id", request.reconciliation_id, ids.RECONCILIATION)
            rows = wire.row_set(read, request.external_record_ids, request.entries, at_least=2)
            reason = wire.reason(read, request.reason, is_required=True) or ""
            request_id = settings.request_id(read, request.request_id)
        made = await row_decisions.create(self._engine, current_caller(), run_id, rows, reason, request_id)
        found = await matches.get(self._engine, current_caller(), run_id, made.rows.decision["match_number"])
        return pb.CreateMatchResponse(reconciliation_match=wire.whole_match(*found), **_decision(made))

    async def ReleaseMatch(self, request: pb.ReleaseMatchRequest, context: Context) -> pb.ReleaseMatchResponse:
        unknown.check(request)
        with fields.reading() as read:
            run_id = read.id("reconciliation_id", request.reconciliation_id, ids.RECONCILIATION)
            number = wire.number(read, "number", request.number)
            reason = wire.reason(read, request.reason, is_required=True) or ""
            request_id = settings.request_id(read, request.request_id)
        made = await row_decisions.release(self._engine, current_caller(), run_id, number, reason, request_id)
        found = await matches.get(self._engine, current_caller(), run_id, number)
        return pb.ReleaseMatchResponse(reconciliation_match=wire.whole_match(*found), **_decision(made))

    async def IgnoreRows(self, request: pb.IgnoreRowsRequest, context: Context) -> pb.IgnoreRowsResponse:
        unknown.check(request)
        with fields.reading() as read:
            source_id = read.id("external_source_id", request.external_source_id, ids.EXTERNAL_SOURCE)
            rows = wire.row_set(read, request.external_record_ids, request.entries, at_least=1)
            reason = wire.reason(read, request.reason, is_required=True) or ""
            request_id = settings.request_id(read, request.request_id)
        made = await row_decisions.ignore(self._engine, current_caller(), source_id, rows, reason, request_id)
        return pb.IgnoreRowsResponse(**_decision(made))

    async def RestoreRows(self, request: pb.RestoreRowsRequest, context: Context) -> pb.RestoreRowsResponse:
        unknown.check(request)
        with fields.reading() as read:
            source_id = read.id("external_source_id", request.external_source_id, ids.EXTERNAL_SOURCE)
            rows = wire.row_set(read, request.external_record_ids, request.entries, at_least=1)
            reason = wire.reason(read, request.reason, is_required=True) or ""
            request_id = settings.request_id(read, request.request_id)
        made = await row_decisions.restore(self._engine, current_caller(), source_id, rows, reason, request_id)
        return pb.RestoreRowsResponse(**_decision(made))

    async def ListReconciliationDecisions(
        self, request: pb.ListReconciliationDecisionsRequest, context: Context
    ) -> pb.ListReconciliationDecisionsResponse:
        page = await paging.answer(self._engine, current_caller(), request, lists.ROW_DECISIONS, wire.decision)
        return pb.ListReconciliationDecisionsResponse(
            reconciliation_decisions=page.items, next_page_token=page.next_page_token, total_size=page.total
        )

    # Exceptions --------------------------------------------------------------------------------

    async def GetReconciliationException(
        self, request: pb.GetReconciliationExceptionRequest, context: Context
    ) -> pb.GetReconciliationExceptionResponse:
        with fields.reading() as read:
            exception_id = read.id(
                "reconciliation_exception_id", request.reconciliation_exception_id, ids.RECONCILIATION_EXCEPTION
            )
        row = await reconciliation_exceptions.get(self._engine, current_caller(), exception_id)
        return pb.GetReconciliationExceptionResponse(reconciliation_exception=exceptions.encode_exception(row))

    async def ListReconciliationExceptions(
        self, request: pb.ListReconciliationExceptionsRequest, context: Context
    ) -> pb.ListReconciliationExceptionsResponse:
        with fields.reading() as read:
            name = "age_buckets_external_source_id"
            source_id = read.optional_id(name, request.age_buckets_external_source_id, ids.EXTERNAL_SOURCE)
        buckets = await reconciliation_exceptions.buckets(self._engine, current_caller(), source_id)
        page = await paging.answer(
            self._engine, current_caller(), request, lists.RECONCILIATION_EXCEPTIONS, exceptions.encode_exception
        )
        return pb.ListReconciliationExceptionsResponse(
            reconciliation_exceptions=page.items,
            next_page_token=page.next_page_token,
            total_size=page.total,
            age_buckets=[exceptions.bucket(bucket) for bucket in buckets],
        )

    async def UpdateReconciliationException(
        self, request: pb.UpdateReconciliationExceptionRequest, context: Context
    ) -> pb.UpdateReconciliationExceptionResponse:
        unknown.check(request)
        message = request.reconciliation_exception
        with fields.reading() as read:
            exception_id = read.id("reconciliation_exception.id", message.id, ids.RECONCILIATION_EXCEPTION)
            changed = read.mask("update_mask", request.update_mask, exceptions.PATHS)
            etag = read.etag("reconciliation_exception.etag", message.etag)
            changes = exceptions.read(read, message, changed)
        names = {exceptions.PATHS[path] for path in changed}
        row = await reconciliation_exceptions.update(self._engine, current_caller(), exception_id, changes, names, etag)
        return pb.UpdateReconciliationExceptionResponse(reconciliation_exception=exceptions.encode_exception(row))


def _of_run(number: int) -> Term:
    return Term("reconciliation_id", Comparator.EQUAL, number)


def _decision(made: Made[Decided]) -> dict[str, Any]:
    return {"reconciliation_decision": wire.decision(made.rows.decision), "replayed": made.replayed}


def _skipped(decided: Decided) -> dict[str, Any]:
    return {"skipped": wire.skipped(decided.skipped), "skipped_count": decided.decision["skipped"]}
