"""AdminService: the decisions of a ledger's administrators."""

from ledgerapi.v1 import admin_service_pb2 as pb
from ledgerapi.v1 import admin_service_pb2_grpc as services

from ledgerd.core.model import ids
from ledgerd.operations import ledgers, periods, service_settings
from ledgerd.operations.engine import Engine
from ledgerd.rpc.context import Context, current_caller
from ledgerd.wire import admin, fields, settings

_SETTINGS_PATHS = ("default_currency",)


class AdminServicer(services.AdminServiceServicer):
    """Serves the closing of periods, and the settings of the service."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def ClosePeriod(self, request: pb.ClosePeriodRequest, context: Context) -> pb.ClosePeriodResponse:
        with fields.reading() as read:
            ledger_id = read.id("ledger_id", request.ledger_id, ids.LEDGER)
            closed_before = read.time("closed_before", request.closed_before)
            if not request.HasField("closed_before"):
                read.wrong("closed_before", "is required")
            reason, etag = settings.reason(read, request.reason), read.etag("etag", request.etag)
        row = await periods.close(
            self._engine, current_caller(), ledger_id, closed_before, reopen=request.reopen, reason=reason, etag=etag
        )
        return pb.ClosePeriodResponse(period=admin.period(row))

    async def GetPeriod(self, request: pb.GetPeriodRequest, context: Context) -> pb.GetPeriodResponse:
        with fields.reading() as read:
            ledger_id = read.id("ledger_id", request.ledger_id, ids.LEDGER)
        return pb.GetPeriodResponse(period=admin.period(await ledgers.get(self._engine, current_caller(), ledger_id)))

    async def GetServiceSettings(
        self, request: pb.GetServiceSettingsRequest, context: Context
    ) -> pb.GetServiceSettingsResponse:
        row = await service_settings.get(self._engine, current_caller())
        return pb.GetServiceSettingsResponse(service_settings=admin.service_settings(row))

    async def UpdateServiceSettings(
        self, request: pb.UpdateServiceSettingsRequest, context: Context
    ) -> pb.UpdateServiceSettingsResponse:
        message = request.service_settings
        with fields.reading() as read:
            if not request.HasField("service_settings"):
                read.wrong("service_settings", "is required")
            changed = read.mask("update_mask", request.update_mask, _SETTINGS_PATHS)
            etag = read.etag("service_settings.etag", message.etag)
            requested = settings.service(read, message, changed)
        row = await service_settings.update(self._engine, current_caller(), requested, changed, etag)
        return pb.UpdateServiceSettingsResponse(service_settings=admin.service_settings(row))
