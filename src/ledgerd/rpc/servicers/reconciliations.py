"""ReconciliationService: in the contract, not served yet."""

from typing import Any, cast

from ledgerapi.v1 import reconciliation_service_pb2, reconciliation_service_pb2_grpc

from ledgerd.core.model.rejection import Reason, reject

_METHODS = reconciliation_service_pb2.DESCRIPTOR.services_by_name["ReconciliationService"].methods_by_name


def servicer() -> reconciliation_service_pb2_grpc.ReconciliationServiceServicer:
    """A servicer that answers every method with METHOD_NOT_SERVED, so that a client gets a reason."""
    methods = {name: _not_served(name) for name in _METHODS}
    return cast(reconciliation_service_pb2_grpc.ReconciliationServiceServicer, type("NotServed", (), methods)())


def _not_served(method: str) -> Any:
    async def serve(self: object, request: object, context: object) -> None:
        raise reject(Reason.METHOD_NOT_SERVED, method=method)

    return serve
