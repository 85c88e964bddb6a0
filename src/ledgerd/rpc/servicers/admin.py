"""AdminService: the decisions of a ledger's administrators."""

from ledgerapi.v1 import admin_service_pb2 as pb
from ledgerapi.v1 import admin_service_pb2_grpc as services

from ledgerd.core.model import ids
from ledgerd.operations import ledgers, periods
from ledgerd.operations.engine import Engine
from ledgerd.rpc.context import Context, current_caller
from ledgerd.wire import encode, fields


class AdminServicer(services.AdminServiceServicer):
    """Serves the closing of periods."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def ClosePeriod(self, request: pb.ClosePeriodRequest, context: Context) -> pb.ClosePeriodResponse:
        with fields.reading() as read:
            ledger_id = read.id("ledger_id", request.ledger_id, ids.LEDGER)
            close_time = read.time("close_time", request.close_time)
            if not request.HasField("close_time"):
                read.wrong("close_time", "is required")
        row = await periods.close(self._engine, current_caller(), ledger_id, close_time, reopen=request.reopen)
        return pb.ClosePeriodResponse(period=encode.period(row))

    async def GetPeriod(self, request: pb.GetPeriodRequest, context: Context) -> pb.GetPeriodResponse:
        with fields.reading() as read:
            ledger_id = read.id("ledger_id", request.ledger_id, ids.LEDGER)
        return pb.GetPeriodResponse(period=encode.period(await ledgers.get(self._engine, current_caller(), ledger_id)))
