"""For every method about runs a request in which nothing is malformed, as contract.py has those of the others."""

from collections.abc import Callable
from typing import Any

from ledgerapi.v1 import reconciliation_service_pb2 as pb

NOBODY = "01hzzzzzzzzzzzzzzzzzzzzzzz"
_RUN = f"rec_{NOBODY}"
_RULES = [{"matching_rule_id": f"rul_{NOBODY}"}]


def start() -> pb.StartReconciliationRequest:
    return pb.StartReconciliationRequest(external_source_id=f"src_{NOBODY}", matching_rules=_RULES)


def with_siblings(message: pb.StartReconciliationRequest, field: str) -> None:
    """What a field of the request excludes is taken away, and what it needs is added."""
    if field.startswith("matching_rule_set"):
        del message.matching_rules[:]
        message.matching_rule_set_id = f"rst_{NOBODY}"


REQUESTS: dict[str, Callable[[], Any]] = {
    "StartReconciliation": start,
    "GetReconciliation": lambda: pb.GetReconciliationRequest(reconciliation_id=_RUN),
    "ListReconciliations": pb.ListReconciliationsRequest,
    "CancelReconciliation": lambda: pb.CancelReconciliationRequest(reconciliation_id=_RUN),
    "WatchReconciliation": lambda: pb.WatchReconciliationRequest(reconciliation_id=_RUN),
    "ReplayReconciliation": lambda: pb.ReplayReconciliationRequest(reconciliation_id=_RUN),
}
