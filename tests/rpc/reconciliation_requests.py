"""Requests of ReconciliationService in which nothing is malformed. Whatever has an id names nobody."""

from typing import Any

from ledgerapi.v1 import external_source_pb2
from ledgerapi.v1 import reconciliation_service_pb2 as reconciliations

from tests.rpc.rules import NOBODY

ELSEWHERE = {
    "UploadRecords",
    *("CreateMatchingRule", "UpdateMatchingRule", "DeleteMatchingRule", "PreviewMatchingRule"),
}
"""Malformed records of the stream are faults of the upload: see test_uploads.py. What a field of a rule may be depends
on others: test_matching_rules.py and test_rule_previews.py have each bound with what is beside it, and the etags."""


_COLUMNS = ("amount", "credit", "debit", "indicator", "booking_date", "status")


def _source(**fields: Any) -> external_source_pb2.ExternalSource:
    """Its profile has what any way to tell money in from money out needs."""
    columns = [{"field": name, "column": name} for name in _COLUMNS]
    words = {"credit_words": ["in"], "debit_words": ["out"], "booked_words": ["done"], "pending_words": ["open"]}
    profile = {"format": 1, "columns": columns, **words}
    return external_source_pb2.ExternalSource(
        name="Bank", balance_ids=[f"bln_{NOBODY}"], format_profile=profile, **fields
    )


_RULE, _SET = f"rul_{NOBODY}", f"rst_{NOBODY}"


def _set(**fields: Any) -> dict[str, Any]:
    return {"name": "Set", "rules": [{"matching_rule_id": _RULE}], **fields}


REQUESTS: dict[str, Any] = {
    "CreateExternalSource": lambda: reconciliations.CreateExternalSourceRequest(external_source=_source()),
    "GetExternalSource": lambda: reconciliations.GetExternalSourceRequest(external_source_id=f"src_{NOBODY}"),
    "ListExternalSources": reconciliations.ListExternalSourcesRequest,
    "UpdateExternalSource": lambda: reconciliations.UpdateExternalSourceRequest(
        external_source=_source(id=f"src_{NOBODY}"),
        update_mask={
            "paths": [
                *("name", "description", "format_profile", "currency", "time_zone", "sign_convention"),
                *("balance_ids", "settlement_window", "age_bucket_days", "confirmation_policy", "match_on_arrival"),
                *("expected_every", "metadata"),
            ]
        },
    ),
    "DeleteExternalSource": lambda: reconciliations.DeleteExternalSourceRequest(external_source_id=f"src_{NOBODY}"),
    "SuggestFormatProfile": lambda: reconciliations.SuggestFormatProfileRequest(sample=b"x"),
    "GetUpload": lambda: reconciliations.GetUploadRequest(upload_id=f"upl_{NOBODY}"),
    "CancelUpload": lambda: reconciliations.CancelUploadRequest(upload_id=f"upl_{NOBODY}"),
    "ListUploads": reconciliations.ListUploadsRequest,
    "ListUploadFaults": lambda: reconciliations.ListUploadFaultsRequest(upload_id=f"upl_{NOBODY}"),
    "GetExternalRecord": lambda: reconciliations.GetExternalRecordRequest(external_record_id=f"xrc_{NOBODY}"),
    "ListExternalRecords": reconciliations.ListExternalRecordsRequest,
    "ListBankStatements": reconciliations.ListBankStatementsRequest,
    "GetMatchingRule": lambda: reconciliations.GetMatchingRuleRequest(matching_rule_id=_RULE),
    "ListMatchingRules": reconciliations.ListMatchingRulesRequest,
    "ListMatchingRuleVersions": lambda: reconciliations.ListMatchingRuleVersionsRequest(matching_rule_id=_RULE),
    "CreateMatchingRuleSet": lambda: reconciliations.CreateMatchingRuleSetRequest(matching_rule_set=_set()),
    "GetMatchingRuleSet": lambda: reconciliations.GetMatchingRuleSetRequest(matching_rule_set_id=_SET),
    "ListMatchingRuleSets": reconciliations.ListMatchingRuleSetsRequest,
    "UpdateMatchingRuleSet": lambda: reconciliations.UpdateMatchingRuleSetRequest(
        matching_rule_set=_set(id=_SET), update_mask={"paths": ["name", "description", "rules"]}
    ),
    "DeleteMatchingRuleSet": lambda: reconciliations.DeleteMatchingRuleSetRequest(matching_rule_set_id=_SET),
}
