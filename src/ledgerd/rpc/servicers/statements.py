"""ReconciliationService: reconciliation statements."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

import asyncpg
from ledgerapi.v1 import reconciliation_service_pb2 as pb
from ledgerapi.v1 import reconciliation_service_pb2_grpc as services
from ledgerapi.v1.reconciliation_statement_pb2 import ReconciliationStatement

from ledgerd.core.model import ids, limits
from ledgerd.core.model.rejection import Reason, reject
from ledgerd.operations import reconciliation_statements, statement_exports
from ledgerd.operations.engine import Engine
from ledgerd.rpc.context import Context, current_caller
from ledgerd.store.kept_statements import KeptStatement
from ledgerd.wire import fields, lists, matches, paging, settings, unknown
from ledgerd.wire import reconciliation_statements as wire


class StatementServicer(services.ReconciliationServiceServicer):
    """Serves reconciliation statements."""

    _engine: Engine
    _stopping: asyncio.Event

    async def CreateReconciliationStatement(
        self, request: pb.CreateReconciliationStatementRequest, context: Context
    ) -> pb.CreateReconciliationStatementResponse:
        unknown.check(request)
        with fields.reading() as read:
            request_id = settings.request_id(read, request.request_id)
            wanted = wire.read_scope(read, request.scope)
            items = wire.item_count(read, request.item_count)
        caller, replayed = current_caller(), False
        if request.validate_only:
            kept = await reconciliation_statements.preview(self._engine, caller, wanted)
        else:
            made = await reconciliation_statements.create(self._engine, caller, wanted, request_id)
            kept = await reconciliation_statements.with_items(self._engine, caller, made.rows, items)
            replayed = made.replayed
        return pb.CreateReconciliationStatementResponse(
            reconciliation_statement=wire.encode_statement(kept, items), replayed=replayed
        )

    async def GetReconciliationStatement(
        self, request: pb.GetReconciliationStatementRequest, context: Context
    ) -> pb.GetReconciliationStatementResponse:
        with fields.reading() as read:
            statement_id = read.id(
                "reconciliation_statement_id", request.reconciliation_statement_id, ids.RECONCILIATION_STATEMENT
            )
            items = wire.item_count(read, request.item_count)
        kept = await reconciliation_statements.get(self._engine, current_caller(), statement_id, items)
        response = pb.GetReconciliationStatementResponse(reconciliation_statement=wire.encode_statement(kept, items))
        if request.include_comparison:
            comparison = await reconciliation_statements.compare(self._engine, current_caller(), kept)
            currency = kept.drawn.statement.scope.currency
            response.comparison.CopyFrom(wire.encode_comparison(comparison, currency))
        return response

    async def ListReconciliationStatements(
        self, request: pb.ListReconciliationStatementsRequest, context: Context
    ) -> pb.ListReconciliationStatementsResponse:

        async def prepare(_: list[asyncpg.Record]) -> Callable[[asyncpg.Record], ReconciliationStatement]:
            return wire.listed

        page = await paging.prepared(
            self._engine, current_caller(), request, lists.RECONCILIATION_STATEMENTS, prepare,
            size_max=limits.STATEMENT_PAGE_SIZE_MAX,
        )  # fmt: skip
        return pb.ListReconciliationStatementsResponse(
            reconciliation_statements=page.items, next_page_token=page.next_page_token, total_size=page.total
        )

    async def ConfirmReconciliationStatement(
        self, request: pb.ConfirmReconciliationStatementRequest, context: Context
    ) -> pb.ConfirmReconciliationStatementResponse:
        unknown.check(request)
        with fields.reading() as read:
            statement_id = read.id(
                "reconciliation_statement_id", request.reconciliation_statement_id, ids.RECONCILIATION_STATEMENT
            )
            reason = matches.reason(read, request.reason, is_required=True) or ""
            request_id = settings.request_id(read, request.request_id)
        made = await reconciliation_statements.confirm(self._engine, current_caller(), statement_id, reason, request_id)
        return pb.ConfirmReconciliationStatementResponse(
            reconciliation_statement=wire.encode_statement(KeptStatement.of(made.rows), 0), replayed=made.replayed
        )

    async def ExportReconciliationStatement(
        self, request: pb.ExportReconciliationStatementRequest, context: Context
    ) -> AsyncIterator[pb.ExportReconciliationStatementResponse]:
        with fields.reading() as read:
            wanted = wire.read_export(read, request)
        file = await statement_exports.export(self._engine, current_caller(), wanted)
        started = pb.ExportReconciliationStatementStarted(file_name=file.name, content_type=file.media_type)
        async with aclosing(file.chunks) as chunks:
            # What is rejected comes with the first chunk, and then there is no file.
            first = await anext(chunks, None)
            yield pb.ExportReconciliationStatementResponse(started=started)
            if first is None:
                return
            yield pb.ExportReconciliationStatementResponse(data=first)
            async for chunk in chunks:
                if self._stopping.is_set():
                    raise reject(Reason.SHUTTING_DOWN)
                yield pb.ExportReconciliationStatementResponse(data=chunk)
