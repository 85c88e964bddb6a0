"""LedgerService: ledgers and the balances in them."""

import uuid

from ledgerapi.v1 import balance_pb2
from ledgerapi.v1 import ledger_service_pb2 as pb
from ledgerapi.v1 import ledger_service_pb2_grpc as services

from ledgerd.core.model import ids, limits
from ledgerd.core.model.rejection import Reason, reject
from ledgerd.operations import balance_life, balances, creating, deferred, ledgers
from ledgerd.operations.balance_reader import BalanceReader
from ledgerd.operations.engine import Engine
from ledgerd.rpc.context import Context, current_caller
from ledgerd.rpc.servicers import balance_views
from ledgerd.wire import encode, fields, lists, paging, settings

_SHOWS_DECIMALS = {
    balance_pb2.BALANCE_VIEW_UNSPECIFIED: True,
    balance_pb2.BALANCE_VIEW_BASIC: False,
    balance_pb2.BALANCE_VIEW_DECIMALS: True,
}
"""Of the views of one balance without queued figures: whether they have decimals."""
_LEDGER_PATHS = ("name", "metadata")
_BALANCE_PATHS = (
    "identity_id",
    "floor",
    "ceiling",
    "group",
    "tag",
    "metadata",
    "track_fund_lineage",
    "allocation_strategy",
)


class LedgerServicer(services.LedgerServiceServicer):
    """Serves ledgers and balances."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = BalanceReader(engine.pool)

    # Ledgers ---------------------------------------------------------------------------------

    async def CreateLedger(self, request: pb.CreateLedgerRequest, context: Context) -> pb.CreateLedgerResponse:
        with fields.reading() as read:
            request_id = settings.request_id(read, request.request_id)
            requested = settings.ledger(read, request.ledger)
        made = await ledgers.create(self._engine, current_caller(), requested, request_id)
        return pb.CreateLedgerResponse(ledger=encode.ledger(made.rows), replayed=made.replayed)

    async def GetLedger(self, request: pb.GetLedgerRequest, context: Context) -> pb.GetLedgerResponse:
        with fields.reading() as read:
            ledger_id = read.id("ledger_id", request.ledger_id, ids.LEDGER)
        return pb.GetLedgerResponse(ledger=encode.ledger(await ledgers.get(self._engine, current_caller(), ledger_id)))

    async def ListLedgers(self, request: pb.ListLedgersRequest, context: Context) -> pb.ListLedgersResponse:
        page = await paging.answer(self._engine, current_caller(), request, lists.LEDGERS, encode.ledger)
        return pb.ListLedgersResponse(
            ledgers=page.items,
            next_page_token=page.next_page_token,
            total_size=page.total,
        )

    async def UpdateLedger(self, request: pb.UpdateLedgerRequest, context: Context) -> pb.UpdateLedgerResponse:
        with fields.reading() as read:
            ledger_id = read.id("ledger.id", request.ledger.id, ids.LEDGER)
            changed = read.mask("update_mask", request.update_mask, _LEDGER_PATHS)
            etag = read.etag("ledger.etag", request.ledger.etag)
            requested = settings.ledger(read, request.ledger, changed)
        row = await ledgers.update(self._engine, current_caller(), ledger_id, requested, changed, etag)
        return pb.UpdateLedgerResponse(ledger=encode.ledger(row))

    # Balances --------------------------------------------------------------------------------

    async def CreateBalance(self, request: pb.CreateBalanceRequest, context: Context) -> pb.CreateBalanceResponse:
        with fields.reading() as read:
            request_id = settings.request_id(read, request.request_id)
            draft = settings.new_balance(read, request.balance)
        made = await balances.create(self._engine, current_caller(), draft, request_id)
        return pb.CreateBalanceResponse(balance=encode.balance(made.rows), replayed=made.replayed)

    async def BatchCreateBalances(
        self, request: pb.BatchCreateBalancesRequest, context: Context
    ) -> pb.BatchCreateBalancesResponse:
        fields.sized(request)
        with fields.reading() as read:
            request_id = settings.request_id(read, request.request_id)
        drafts = settings.several_balances(request.requests)
        made = await creating.create_balances(self._engine, current_caller(), drafts, request_id)
        return pb.BatchCreateBalancesResponse(balances=map(encode.balance, made.rows.balances), replayed=made.replayed)

    async def GetBalance(self, request: pb.GetBalanceRequest, context: Context) -> pb.GetBalanceResponse:
        decimals = _SHOWS_DECIMALS.get(request.view)
        if decimals is None:
            row, queued = await deferred.get(self._engine, current_caller(), _name(request))
            return pb.GetBalanceResponse(balance=balance_views.with_deferred(encode.balance(row), queued))
        if request.HasField("indicator_key"):
            with fields.reading() as read:
                name = settings.indicator_key(read, "indicator_key", request.indicator_key)
            return pb.GetBalanceResponse(
                balance=encode.balance(await balances.get(self._engine, current_caller(), name), decimals=decimals)
            )
        # The hot path: no helper stands between the id and the reader.
        balance_id = request.balance_id
        key = ids.decode_hex(ids.BALANCE, balance_id)
        if key is None:
            raise fields.rejected("balance_id", "must be an id that begins with bln_")
        row = await self._reader.get(current_caller(), key)
        return pb.GetBalanceResponse(balance=encode.balance(row, balance_id, decimals=decimals))

    async def BatchGetBalances(
        self, request: pb.BatchGetBalancesRequest, context: Context
    ) -> pb.BatchGetBalancesResponse:
        capacity = fields.response_bytes(request.max_response_bytes)
        keys, names, (with_queued, encode_row) = _to_get(request)
        keys += await balances.keys_of(self._engine, current_caller(), names)
        if with_queued:
            rows, queued = await deferred.get_many(self._engine, current_caller(), keys)
            shown = [balance_views.with_deferred(encode.balance(row), queued) for row in rows]
        else:
            shown = [encode_row(row) for row in await balances.get_many(self._engine, current_caller(), keys)]
        response = pb.BatchGetBalancesResponse(balances=shown)
        size = response.ByteSize()
        if size > capacity:
            raise reject(Reason.MESSAGE_TOO_LARGE, requested=size, limit=capacity)
        return response

    async def ListBalances(self, request: pb.ListBalancesRequest, context: Context) -> pb.ListBalancesResponse:
        page = await balance_views.page(self._engine, current_caller(), request, lists.BALANCES)
        return pb.ListBalancesResponse(balances=page.items, next_page_token=page.next_page_token, total_size=page.total)

    async def UpdateBalance(self, request: pb.UpdateBalanceRequest, context: Context) -> pb.UpdateBalanceResponse:
        with fields.reading() as read:
            key = request.indicator_key if request.HasField("indicator_key") else None
            name = settings.balance_name(read, "balance.id", request.balance.id, key)
            changed = read.mask("update_mask", request.update_mask, _BALANCE_PATHS)
            etag = read.etag("balance.etag", request.balance.etag)
            requested = settings.balance(read, request.balance, changed)
        balance_id = await balances.named(self._engine, current_caller(), name)
        row = await balances.update(self._engine, current_caller(), balance_id, requested, changed, etag)
        return pb.UpdateBalanceResponse(balance=encode.balance(row))

    async def FreezeBalance(self, request: pb.FreezeBalanceRequest, context: Context) -> pb.FreezeBalanceResponse:
        name, reason, etag = _change_of_status(request, request.WhichOneof("key"))
        balance_id = await balances.named(self._engine, current_caller(), name)
        row = await balance_life.freeze(self._engine, current_caller(), balance_id, reason, etag)
        return pb.FreezeBalanceResponse(balance=encode.balance(row))

    async def UnfreezeBalance(self, request: pb.UnfreezeBalanceRequest, context: Context) -> pb.UnfreezeBalanceResponse:
        name, reason, etag = _change_of_status(request, request.WhichOneof("key"))
        balance_id = await balances.named(self._engine, current_caller(), name)
        row = await balance_life.unfreeze(self._engine, current_caller(), balance_id, reason, etag)
        return pb.UnfreezeBalanceResponse(balance=encode.balance(row))

    async def CloseBalance(self, request: pb.CloseBalanceRequest, context: Context) -> pb.CloseBalanceResponse:
        name, reason, etag = _change_of_status(request, request.WhichOneof("key"))
        balance_id = await balances.named(self._engine, current_caller(), name)
        named_by = request.WhichOneof("key") or "balance_id"
        row = await balance_life.close(self._engine, current_caller(), balance_id, reason, etag, named_by=named_by)
        return pb.CloseBalanceResponse(balance=encode.balance(row))


def _name(request: pb.GetBalanceRequest) -> uuid.UUID | tuple[str, str]:
    with fields.reading() as read:
        balance_views.read(read, request.view)
        if request.HasField("indicator_key"):
            return settings.indicator_key(read, "indicator_key", request.indicator_key)
        return read.id("balance_id", request.balance_id, ids.BALANCE)


def _to_get(request: pb.BatchGetBalancesRequest) -> tuple[list[str], list[tuple[str, str]], balance_views.View]:
    """The keys of the balances that are named by id, the names of the others, and the view."""
    count, limit = len(request.balance_ids), limits.BATCH_GET_MAX_IDS
    if count > limit:
        raise reject(Reason.TOO_MANY_ITEMS, field="balance_ids", requested=count, limit=limit)
    with fields.reading() as read:
        keys = settings.balance_keys(read, "balance_ids", request.balance_ids)
        names = settings.indicator_keys(read, request.indicator_keys, beside=count, at_most=limit)
        if not (keys or names):
            read.wrong("balance_ids", "or indicator_keys is required")
        return keys, names, balance_views.read(read, request.view)


def _change_of_status(
    request: pb.FreezeBalanceRequest | pb.UnfreezeBalanceRequest | pb.CloseBalanceRequest, key: str | None
) -> tuple[uuid.UUID | tuple[str, str], str | None, str | None]:
    """The balance; the reason and the etag if they are given."""
    indicator_key = request.indicator_key if key == "indicator_key" else None
    with fields.reading() as read:
        return (
            settings.balance_name(read, "balance_id", request.balance_id, indicator_key),
            settings.reason(read, request.reason),
            read.etag("etag", request.etag),
        )
