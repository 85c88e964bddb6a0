"""ReconciliationService: sources, uploads, records, matching rules and their sets. What else is in the contract is not
served yet."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from functools import partial
from typing import Any

import asyncpg
from ledgerapi.v1 import external_record_pb2
from ledgerapi.v1 import reconciliation_service_pb2 as pb
from ledgerapi.v1 import reconciliation_service_pb2_grpc as services

from ledgerd.core.model import ids, limits
from ledgerd.core.model.rejection import Reason, reject
from ledgerd.operations import external_sources, matching_rule_sets, matching_rules, rule_previews, uploads
from ledgerd.operations.engine import Engine
from ledgerd.rpc.context import Context, current_caller
from ledgerd.rpc.servicers.adjustments import AdjustmentServicer
from ledgerd.rpc.servicers.found import FoundServicer
from ledgerd.rpc.servicers.runs import RunServicer
from ledgerd.rpc.servicers.statements import StatementServicer
from ledgerd.rpc.upload_stream import UploadStream
from ledgerd.wire import external_records, fields, lists, paging, settings, unknown
from ledgerd.wire import external_sources as wire
from ledgerd.wire import matching_previews as preview_wire
from ledgerd.wire import matching_rule_sets as set_wire
from ledgerd.wire import matching_rules as rule_wire

_SOURCE_PATHS = (
    *("name", "description", "format_profile", "currency", "time_zone", "sign_convention", "balance_ids"),
    *("settlement_window", "age_bucket_days", "confirmation_policy", "match_on_arrival", "expected_every", "metadata"),
)
_FULL = external_record_pb2.EXTERNAL_RECORD_VIEW_FULL
_UNSPECIFIED = external_record_pb2.EXTERNAL_RECORD_VIEW_UNSPECIFIED


class ReconciliationServicer(RunServicer, FoundServicer, AdjustmentServicer, StatementServicer):
    """Serves sources, uploads, records, matching rules and their sets; and what the classes that it inherits serve."""

    def __init__(self, engine: Engine, stopping: asyncio.Event, stream_open_seconds: float) -> None:
        self._engine = engine
        self._stopping = stopping
        self._stream_open_seconds = stream_open_seconds

    # Sources -----------------------------------------------------------------------------------

    async def CreateExternalSource(
        self, request: pb.CreateExternalSourceRequest, context: Context
    ) -> pb.CreateExternalSourceResponse:
        unknown.check(request)
        with fields.reading() as read:
            request_id = settings.request_id(read, request.request_id)
            requested = wire.read(read, request.external_source, request.indicator_keys)
        made = await external_sources.create(self._engine, current_caller(), requested, request_id)
        return pb.CreateExternalSourceResponse(external_source=wire.encode_source(made.rows), replayed=made.replayed)

    async def GetExternalSource(
        self, request: pb.GetExternalSourceRequest, context: Context
    ) -> pb.GetExternalSourceResponse:
        with fields.reading() as read:
            source_id = read.id("external_source_id", request.external_source_id, ids.EXTERNAL_SOURCE)
        row = await external_sources.get(self._engine, current_caller(), source_id)
        return pb.GetExternalSourceResponse(external_source=wire.encode_source(row))

    async def ListExternalSources(
        self, request: pb.ListExternalSourcesRequest, context: Context
    ) -> pb.ListExternalSourcesResponse:
        page = await paging.answer(self._engine, current_caller(), request, lists.EXTERNAL_SOURCES, wire.encode_source)
        return pb.ListExternalSourcesResponse(
            external_sources=page.items, next_page_token=page.next_page_token, total_size=page.total
        )

    async def UpdateExternalSource(
        self, request: pb.UpdateExternalSourceRequest, context: Context
    ) -> pb.UpdateExternalSourceResponse:
        unknown.check(request)
        with fields.reading() as read:
            source_id = read.id("external_source.id", request.external_source.id, ids.EXTERNAL_SOURCE)
            changed = read.mask("update_mask", request.update_mask, _SOURCE_PATHS)
            etag = read.etag("external_source.etag", request.external_source.etag)
            requested = wire.read(read, request.external_source, request.indicator_keys, changed)
        row = await external_sources.update(self._engine, current_caller(), source_id, requested, changed, etag)
        return pb.UpdateExternalSourceResponse(external_source=wire.encode_source(row))

    async def DeleteExternalSource(
        self, request: pb.DeleteExternalSourceRequest, context: Context
    ) -> pb.DeleteExternalSourceResponse:
        unknown.check(request)
        with fields.reading() as read:
            source_id = read.id("external_source_id", request.external_source_id, ids.EXTERNAL_SOURCE)
            etag = read.etag("etag", request.etag)
        await external_sources.delete(self._engine, current_caller(), source_id, etag)
        return pb.DeleteExternalSourceResponse()

    async def SuggestFormatProfile(
        self, request: pb.SuggestFormatProfileRequest, context: Context
    ) -> pb.SuggestFormatProfileResponse:
        size = len(request.sample)
        if not size:
            raise fields.rejected("sample", "is required")
        if size > limits.SAMPLE_MAX_BYTES:
            raise reject(Reason.MESSAGE_TOO_LARGE, requested=size, limit=limits.SAMPLE_MAX_BYTES)
        found = await external_sources.suggest(self._engine, current_caller(), request.sample)
        return pb.SuggestFormatProfileResponse(
            proposals=[
                pb.FormatProfileProposal(format_profile=wire.encode_profile(proposal.profile), reasons=proposal.reasons)
                for proposal in found.proposals
            ],
            uncertainties=found.uncertain,
            archive_format=wire.encode_archive(found.archive),
        )

    # Uploads -----------------------------------------------------------------------------------

    async def UploadRecords(
        self, request_iterator: AsyncIterator[pb.UploadRecordsRequest], context: Context
    ) -> AsyncIterator[pb.UploadRecordsResponse]:
        stream = UploadStream(
            self._engine, current_caller(), request_iterator, self._stopping, open_seconds=self._stream_open_seconds
        )
        async with aclosing(stream.answer()) as responses:
            async for response in responses:
                yield response

    async def GetUpload(self, request: pb.GetUploadRequest, context: Context) -> pb.GetUploadResponse:
        with fields.reading() as read:
            upload_id = read.id("upload_id", request.upload_id, ids.UPLOAD)
        row = await uploads.get(self._engine, current_caller(), upload_id)
        return pb.GetUploadResponse(upload=external_records.upload(row))

    async def CancelUpload(self, request: pb.CancelUploadRequest, context: Context) -> pb.CancelUploadResponse:
        unknown.check(request)
        with fields.reading() as read:
            upload_id = read.id("upload_id", request.upload_id, ids.UPLOAD)
        row = await uploads.cancel(self._engine, current_caller(), upload_id)
        return pb.CancelUploadResponse(upload=external_records.upload(row))

    async def ListUploads(self, request: pb.ListUploadsRequest, context: Context) -> pb.ListUploadsResponse:
        page = await paging.answer(self._engine, current_caller(), request, lists.UPLOADS, external_records.upload)
        return pb.ListUploadsResponse(uploads=page.items, next_page_token=page.next_page_token, total_size=page.total)

    async def ListUploadFaults(
        self, request: pb.ListUploadFaultsRequest, context: Context
    ) -> pb.ListUploadFaultsResponse:
        with fields.reading() as read:
            upload_id = read.id("upload_id", request.upload_id, ids.UPLOAD)

        async def fetch(after: int, limit: int) -> list[asyncpg.Record]:
            return await uploads.faults(self._engine, current_caller(), upload_id, after=after, limit=limit)

        page = await paging.numbered(
            f"upload_faults {upload_id}", request, fetch, external_records.fault, lambda item: item.index
        )
        return pb.ListUploadFaultsResponse(faults=page.items, next_page_token=page.next_page_token)

    # Records -----------------------------------------------------------------------------------

    async def GetExternalRecord(
        self, request: pb.GetExternalRecordRequest, context: Context
    ) -> pb.GetExternalRecordResponse:
        with fields.reading() as read:
            record_id = read.id("external_record_id", request.external_record_id, ids.EXTERNAL_RECORD)
            read.enum("view", external_record_pb2.ExternalRecordView, request.view)
        row = await uploads.record(self._engine, current_caller(), record_id.int)
        full = request.view in (_FULL, _UNSPECIFIED)
        return pb.GetExternalRecordResponse(external_record=external_records.record(row, full=full))

    async def ListExternalRecords(
        self, request: pb.ListExternalRecordsRequest, context: Context
    ) -> pb.ListExternalRecordsResponse:
        with fields.reading() as read:
            read.enum("view", external_record_pb2.ExternalRecordView, request.view)
        encode = partial(external_records.record, full=request.view == _FULL)
        page = await paging.answer(self._engine, current_caller(), request, lists.EXTERNAL_RECORDS, encode)
        return pb.ListExternalRecordsResponse(
            external_records=page.items, next_page_token=page.next_page_token, total_size=page.total
        )

    async def ListBankStatements(
        self, request: pb.ListBankStatementsRequest, context: Context
    ) -> pb.ListBankStatementsResponse:
        page = await paging.answer(
            self._engine, current_caller(), request, lists.BANK_STATEMENTS, external_records.statement
        )
        return pb.ListBankStatementsResponse(
            bank_statements=page.items, next_page_token=page.next_page_token, total_size=page.total
        )

    # Matching rules ----------------------------------------------------------------------------

    async def CreateMatchingRule(
        self, request: pb.CreateMatchingRuleRequest, context: Context
    ) -> pb.CreateMatchingRuleResponse:
        unknown.check(request)
        with fields.reading() as read:
            request_id = settings.request_id(read, request.request_id)
            requested = rule_wire.read(read, request.matching_rule)
        made = await matching_rules.create(self._engine, current_caller(), requested, request_id)
        return pb.CreateMatchingRuleResponse(matching_rule=rule_wire.encode_rule(made.rows), replayed=made.replayed)

    async def GetMatchingRule(self, request: pb.GetMatchingRuleRequest, context: Context) -> pb.GetMatchingRuleResponse:
        with fields.reading() as read:
            rule_id = read.id("matching_rule_id", request.matching_rule_id, ids.MATCHING_RULE)
            version = rule_wire.version(read, "version", request.version)
        row = await matching_rules.get(self._engine, current_caller(), rule_id, version)
        return pb.GetMatchingRuleResponse(matching_rule=rule_wire.encode_rule(row))

    async def ListMatchingRules(
        self, request: pb.ListMatchingRulesRequest, context: Context
    ) -> pb.ListMatchingRulesResponse:
        page = await paging.answer(self._engine, current_caller(), request, lists.MATCHING_RULES, rule_wire.encode_rule)
        return pb.ListMatchingRulesResponse(
            matching_rules=page.items, next_page_token=page.next_page_token, total_size=page.total
        )

    async def ListMatchingRuleVersions(
        self, request: pb.ListMatchingRuleVersionsRequest, context: Context
    ) -> pb.ListMatchingRuleVersionsResponse:
        with fields.reading() as read:
            rule_id = read.id("matching_rule_id", request.matching_rule_id, ids.MATCHING_RULE)

        async def fetch(after: int, limit: int) -> list[asyncpg.Record]:
            return await matching_rules.versions(self._engine, current_caller(), rule_id, after=after, limit=limit)

        page = await paging.numbered(
            f"matching_rule_versions {rule_id}", request, fetch, rule_wire.encode_rule, lambda item: item.version
        )
        return pb.ListMatchingRuleVersionsResponse(matching_rules=page.items, next_page_token=page.next_page_token)

    async def UpdateMatchingRule(
        self, request: pb.UpdateMatchingRuleRequest, context: Context
    ) -> pb.UpdateMatchingRuleResponse:
        unknown.check(request)
        with fields.reading() as read:
            rule_id = read.id("matching_rule.id", request.matching_rule.id, ids.MATCHING_RULE)
            changed = read.mask("update_mask", request.update_mask, matching_rules.PATHS)
            etag = read.etag("matching_rule.etag", request.matching_rule.etag)
            requested = rule_wire.read(read, request.matching_rule, changed)
        row = await matching_rules.update(self._engine, current_caller(), rule_id, requested, changed, etag)
        return pb.UpdateMatchingRuleResponse(matching_rule=rule_wire.encode_rule(row))

    async def DeleteMatchingRule(
        self, request: pb.DeleteMatchingRuleRequest, context: Context
    ) -> pb.DeleteMatchingRuleResponse:
        unknown.check(request)
        with fields.reading() as read:
            rule_id = read.id("matching_rule_id", request.matching_rule_id, ids.MATCHING_RULE)
            etag = read.etag("etag", request.etag)
        await matching_rules.delete(self._engine, current_caller(), rule_id, etag)
        return pb.DeleteMatchingRuleResponse()

    async def PreviewMatchingRule(
        self, request: pb.PreviewMatchingRuleRequest, context: Context
    ) -> pb.PreviewMatchingRuleResponse:
        unknown.check(request)
        with fields.reading() as read:
            tried = preview_wire.tried(read, request)
            sample = preview_wire.sample(read, request)
        found, rows = await rule_previews.preview(self._engine, current_caller(), tried, sample)
        return preview_wire.encode_preview(found, rows)

    # Sets of matching rules --------------------------------------------------------------------

    async def CreateMatchingRuleSet(
        self, request: pb.CreateMatchingRuleSetRequest, context: Context
    ) -> pb.CreateMatchingRuleSetResponse:
        unknown.check(request)
        with fields.reading() as read:
            request_id = settings.request_id(read, request.request_id)
            requested = set_wire.read(read, request.matching_rule_set)
        made = await matching_rule_sets.create(self._engine, current_caller(), requested, request_id)
        return pb.CreateMatchingRuleSetResponse(
            matching_rule_set=set_wire.encode_set(made.rows), replayed=made.replayed
        )

    async def GetMatchingRuleSet(
        self, request: pb.GetMatchingRuleSetRequest, context: Context
    ) -> pb.GetMatchingRuleSetResponse:
        with fields.reading() as read:
            set_id = read.id("matching_rule_set_id", request.matching_rule_set_id, ids.MATCHING_RULE_SET)
            version = rule_wire.version(read, "version", request.version)
        row = await matching_rule_sets.get(self._engine, current_caller(), set_id, version)
        return pb.GetMatchingRuleSetResponse(matching_rule_set=set_wire.encode_set(row))

    async def ListMatchingRuleSets(
        self, request: pb.ListMatchingRuleSetsRequest, context: Context
    ) -> pb.ListMatchingRuleSetsResponse:
        page = await paging.answer(
            self._engine, current_caller(), request, lists.MATCHING_RULE_SETS, set_wire.encode_set
        )
        return pb.ListMatchingRuleSetsResponse(
            matching_rule_sets=page.items, next_page_token=page.next_page_token, total_size=page.total
        )

    async def UpdateMatchingRuleSet(
        self, request: pb.UpdateMatchingRuleSetRequest, context: Context
    ) -> pb.UpdateMatchingRuleSetResponse:
        unknown.check(request)
        with fields.reading() as read:
            set_id = read.id("matching_rule_set.id", request.matching_rule_set.id, ids.MATCHING_RULE_SET)
            changed = read.mask("update_mask", request.update_mask, matching_rule_sets.PATHS)
            etag = read.etag("matching_rule_set.etag", request.matching_rule_set.etag)
            requested = set_wire.read(read, request.matching_rule_set, changed)
        row = await matching_rule_sets.update(self._engine, current_caller(), set_id, requested, changed, etag)
        return pb.UpdateMatchingRuleSetResponse(matching_rule_set=set_wire.encode_set(row))

    async def DeleteMatchingRuleSet(
        self, request: pb.DeleteMatchingRuleSetRequest, context: Context
    ) -> pb.DeleteMatchingRuleSetResponse:
        unknown.check(request)
        with fields.reading() as read:
            set_id = read.id("matching_rule_set_id", request.matching_rule_set_id, ids.MATCHING_RULE_SET)
            etag = read.etag("etag", request.etag)
        await matching_rule_sets.delete(self._engine, current_caller(), set_id, etag)
        return pb.DeleteMatchingRuleSetResponse()


def not_served(method: str) -> Any:
    """Serves a method that the contract has and the service has not yet. Raises Rejected: METHOD_NOT_SERVED."""

    async def serve(self: object, request: object, context: object) -> None:
        raise reject(Reason.METHOD_NOT_SERVED, method=method)

    return serve


NOT_SERVED = frozenset(
    method.name
    for method in pb.DESCRIPTOR.services_by_name["ReconciliationService"].methods
    if getattr(ReconciliationServicer, method.name) is getattr(services.ReconciliationServiceServicer, method.name)
)
"""The methods that answer METHOD_NOT_SERVED, so that a client gets a reason. There is none now."""


def servicer(engine: Engine, stopping: asyncio.Event, stream_open_seconds: float) -> ReconciliationServicer:
    """A servicer of every method of the contract."""
    methods = {name: not_served(name) for name in NOT_SERVED}
    complete = type("Reconciliations", (ReconciliationServicer,), methods)
    made: ReconciliationServicer = complete(engine, stopping, stream_open_seconds)
    return made
