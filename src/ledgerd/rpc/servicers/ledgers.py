"""LedgerService: ledgers and the balances in them."""

import uuid

from ledgerapi.v1 import balance_pb2
from ledgerapi.v1 import ledger_service_pb2 as pb
from ledgerapi.v1 import ledger_service_pb2_grpc as services

from ledgerd.core.model import ids, limits
from ledgerd.core.model.rejection import Reason, reject
from ledgerd.operations import balance_life, balances, deferred, ledgers
from ledgerd.operations.balance_reader import BalanceReader
from ledgerd.operations.engine import Engine
from ledgerd.rpc.context import Context, current_caller
from ledgerd.wire import encode, fields, lists, paging, settings

_PLAIN_VIEWS = (balance_pb2.BALANCE_VIEW_UNSPECIFIED, balance_pb2.BALANCE_VIEW_BASIC)
_QUEUED_MAX_BYTES = 128
"""The queued figures of a balance: two sums of at most 38 digits."""
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
        row = await ledgers.create(self._engine, current_caller(), requested, request_id)
        return pb.CreateLedgerResponse(ledger=encode.ledger(row))

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
            requested = settings.ledger(read, request.ledger, changed)
        row = await ledgers.update(self._engine, current_caller(), ledger_id, requested, changed)
        return pb.UpdateLedgerResponse(ledger=encode.ledger(row))

    # Balances --------------------------------------------------------------------------------

    async def CreateBalance(self, request: pb.CreateBalanceRequest, context: Context) -> pb.CreateBalanceResponse:
        with fields.reading() as read:
            request_id = settings.request_id(read, request.request_id)
            draft = settings.new_balance(read, request.balance)
        row = await balances.create(self._engine, current_caller(), draft, request_id)
        return pb.CreateBalanceResponse(balance=encode.balance(row))

    async def GetBalance(self, request: pb.GetBalanceRequest, context: Context) -> pb.GetBalanceResponse:
        if request.view not in _PLAIN_VIEWS:
            row, queued = await deferred.get(self._engine, current_caller(), _name(request))
            return pb.GetBalanceResponse(balance=_with_queued(encode.balance(row), queued))
        if request.HasField("indicator_key"):
            with fields.reading() as read:
                name = settings.indicator_key(read, "indicator_key", request.indicator_key)
            return pb.GetBalanceResponse(
                balance=encode.balance(await balances.get(self._engine, current_caller(), name))
            )
        # The hot path: no helper stands between the id and the reader.
        balance_id = request.balance_id
        key = ids.decode_hex(ids.BALANCE, balance_id)
        if key is None:
            raise fields.rejected("balance_id", "must be an id that begins with bln_")
        return pb.GetBalanceResponse(balance=encode.balance(await self._reader.get(current_caller(), key), balance_id))

    async def BatchGetBalances(
        self, request: pb.BatchGetBalancesRequest, context: Context
    ) -> pb.BatchGetBalancesResponse:
        count, capacity = len(request.balance_ids), fields.response_bytes(request.max_response_bytes)
        if count > limits.BATCH_GET_MAX_IDS:
            raise reject(Reason.TOO_MANY_ITEMS, field="balance_ids", asked=count, limit=limits.BATCH_GET_MAX_IDS)
        with fields.reading() as read:
            keys = settings.balance_keys(read, "balance_ids", request.balance_ids)
            with_queued = _shows_queued(read, request.view)
        if with_queued:
            rows, queued = await deferred.get_many(self._engine, current_caller(), keys)
            shown = [_with_queued(encode.balance(row), queued) for row in rows]
        else:
            shown = [encode.balance(row) for row in await balances.get_many(self._engine, current_caller(), keys)]
        response = pb.BatchGetBalancesResponse(balances=shown)
        size = response.ByteSize()
        if size > capacity:
            raise reject(Reason.MESSAGE_TOO_LARGE, asked=size, limit=capacity)
        return response

    async def ListBalances(self, request: pb.ListBalancesRequest, context: Context) -> pb.ListBalancesResponse:
        with fields.reading() as read:
            with_queued = _shows_queued(read, request.view)
        page = await paging.answer(
            self._engine,
            current_caller(),
            request,
            lists.BALANCES,
            encode.balance,
            later_bytes=_QUEUED_MAX_BYTES if with_queued else 0,
        )
        if with_queued:
            queued = await deferred.of(self._engine, current_caller(), {_key(item) for item in page.items})
            for item in page.items:
                _with_queued(item, queued)
        return pb.ListBalancesResponse(balances=page.items, next_page_token=page.next_page_token, total_size=page.total)

    async def UpdateBalance(self, request: pb.UpdateBalanceRequest, context: Context) -> pb.UpdateBalanceResponse:
        with fields.reading() as read:
            balance_id = read.id("balance.id", request.balance.id, ids.BALANCE)
            changed = read.mask("update_mask", request.update_mask, _BALANCE_PATHS)
            requested = settings.balance(read, request.balance, changed)
        expected = request.expected_version if request.HasField("expected_version") else None
        row = await balances.update(
            self._engine, current_caller(), balance_id, requested, changed, expected_version=expected
        )
        return pb.UpdateBalanceResponse(balance=encode.balance(row))

    async def FreezeBalance(self, request: pb.FreezeBalanceRequest, context: Context) -> pb.FreezeBalanceResponse:
        row = await balance_life.freeze(self._engine, current_caller(), *_change_of_state(request))
        return pb.FreezeBalanceResponse(balance=encode.balance(row))

    async def UnfreezeBalance(self, request: pb.UnfreezeBalanceRequest, context: Context) -> pb.UnfreezeBalanceResponse:
        row = await balance_life.unfreeze(self._engine, current_caller(), *_change_of_state(request))
        return pb.UnfreezeBalanceResponse(balance=encode.balance(row))

    async def CloseBalance(self, request: pb.CloseBalanceRequest, context: Context) -> pb.CloseBalanceResponse:
        row = await balance_life.close(self._engine, current_caller(), *_change_of_state(request))
        return pb.CloseBalanceResponse(balance=encode.balance(row))


def _name(request: pb.GetBalanceRequest) -> uuid.UUID | tuple[str, str]:
    with fields.reading() as read:
        _shows_queued(read, request.view)
        if request.HasField("indicator_key"):
            return settings.indicator_key(read, "indicator_key", request.indicator_key)
        return read.id("balance_id", request.balance_id, ids.BALANCE)


def _shows_queued(read: fields.Reading, view: int) -> bool:
    return read.enum("view", balance_pb2.BalanceView, view) == "QUEUED"


def _key(balance: balance_pb2.Balance) -> str:
    return ids.decode_hex(ids.BALANCE, balance.id) or ""


def _with_queued(balance: balance_pb2.Balance, queued: deferred.Queued) -> balance_pb2.Balance:
    debit, credit = queued[_key(balance)]
    balance.queued_debit, balance.queued_credit = str(debit), str(credit)
    return balance


def _change_of_state(
    request: pb.FreezeBalanceRequest | pb.UnfreezeBalanceRequest | pb.CloseBalanceRequest,
) -> tuple[uuid.UUID, str | None]:
    """The balance, and the reason if one is given."""
    with fields.reading() as read:
        return read.id("balance_id", request.balance_id, ids.BALANCE), settings.reason(read, request.reason)
