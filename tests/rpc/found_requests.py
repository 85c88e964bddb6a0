"""Of every method that is about what runs found, a request in which nothing is malformed, and which names nobody."""

from typing import Any

from ledgerapi.v1 import reconciliation_service_pb2 as pb

NOBODY = "01hzzzzzzzzzzzzzzzzzzzzzzz"
_RUN: dict[str, Any] = {"reconciliation_id": f"rec_{NOBODY}"}
_ADJUSTMENT: dict[str, Any] = {"reconciliation_adjustment_id": f"adj_{NOBODY}"}
_SOURCE: dict[str, Any] = {"external_source_id": f"src_{NOBODY}"}
_ENTRY = {"transaction_id": f"txn_{NOBODY}", "balance_id": f"bln_{NOBODY}"}
_ROWS: dict[str, Any] = {"external_record_ids": [f"xrc_{NOBODY}"], "entries": [_ENTRY], "reason": "x"}
_CHANGED = {
    "id": f"rex_{NOBODY}",
    "status": "RECONCILIATION_EXCEPTION_STATUS_RESOLVED",
    "owner": "x",
    "comment": "x",
    "resolution": "x",
    "due_time": {"seconds": 1},
}
_SCOPE = {**_SOURCE, "currency": "USD", "date": "2026-03-31"}
_STATEMENT: dict[str, Any] = {"reconciliation_statement_id": f"rcs_{NOBODY}"}
REQUESTS: dict[str, Any] = {
    "ListMatches": lambda: pb.ListMatchesRequest(**_RUN),
    "GetMatch": lambda: pb.GetMatchRequest(**_RUN, number=1),
    "ListUnmatchedRows": lambda: pb.ListUnmatchedRowsRequest(**_RUN),
    "ExplainPair": lambda: pb.ExplainPairRequest(**_RUN, external_record_id=f"xrc_{NOBODY}", entry=_ENTRY),
    "ConfirmMatches": lambda: pb.ConfirmMatchesRequest(**_RUN, selection={"all": True}),
    "RejectMatches": lambda: pb.RejectMatchesRequest(**_RUN, selection={"all": True}, reason="x"),
    "CreateMatch": lambda: pb.CreateMatchRequest(**_RUN, **_ROWS),
    "ReleaseMatch": lambda: pb.ReleaseMatchRequest(**_RUN, number=1, reason="x"),
    "IgnoreRows": lambda: pb.IgnoreRowsRequest(**_SOURCE, **_ROWS),
    "RestoreRows": lambda: pb.RestoreRowsRequest(**_SOURCE, **_ROWS),
    "GetReconciliationAdjustment": lambda: pb.GetReconciliationAdjustmentRequest(**_ADJUSTMENT),
    "ListReconciliationAdjustments": pb.ListReconciliationAdjustmentsRequest,
    "PostReconciliationAdjustments": lambda: pb.PostReconciliationAdjustmentsRequest(**_RUN, selection={"all": True}),
    "RejectReconciliationAdjustments": lambda: pb.RejectReconciliationAdjustmentsRequest(
        **_RUN, selection={"all": True}, reason="x"
    ),
    "ReverseReconciliationAdjustment": lambda: pb.ReverseReconciliationAdjustmentRequest(**_ADJUSTMENT, reason="x"),
    "ListReconciliationDecisions": pb.ListReconciliationDecisionsRequest,
    "GetReconciliationException": lambda: pb.GetReconciliationExceptionRequest(
        reconciliation_exception_id=f"rex_{NOBODY}"
    ),
    "ListReconciliationExceptions": pb.ListReconciliationExceptionsRequest,
    "UpdateReconciliationException": lambda: pb.UpdateReconciliationExceptionRequest(
        reconciliation_exception=_CHANGED,
        update_mask={"paths": ["status", "owner", "comment", "resolution", "due_time"]},
    ),
    "CreateReconciliationStatement": lambda: pb.CreateReconciliationStatementRequest(scope=_SCOPE),
    "GetReconciliationStatement": lambda: pb.GetReconciliationStatementRequest(**_STATEMENT),
    "ListReconciliationStatements": pb.ListReconciliationStatementsRequest,
    "ConfirmReconciliationStatement": lambda: pb.ConfirmReconciliationStatementRequest(**_STATEMENT, reason="x"),
    "ExportReconciliationStatement": lambda: pb.ExportReconciliationStatementRequest(
        scope=_SCOPE, format="RECONCILIATION_EXPORT_FORMAT_CSV"
    ),
}
