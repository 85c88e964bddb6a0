"""ReconciliationService: in the contract, not served yet."""

from ledgerapi.v1 import reconciliation_service_pb2, reconciliation_service_pb2_grpc

from ledgerd.core.rejection import Reason, refuse


class ReconciliationServicer(reconciliation_service_pb2_grpc.ReconciliationServiceServicer):
    """Answers every method with METHOD_NOT_SERVED, so that a client learns it by name."""


def _not_served(method: str) -> object:
    async def serve(self: object, request: object, context: object) -> None:
        raise refuse(Reason.METHOD_NOT_SERVED, method=method)

    return serve


for _method in reconciliation_service_pb2.DESCRIPTOR.services_by_name["ReconciliationService"].methods:
    setattr(ReconciliationServicer, _method.name, _not_served(_method.name))
