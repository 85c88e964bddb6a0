"""Every field of every answer about reconciliation, and of every event about it, is set somewhere, or is named here
with the reason why not."""

import asyncpg
import pytest
from ledgerapi.v1 import event_pb2, event_service_pb2
from ledgerapi.v1 import reconciliation_service_pb2 as pb

from tests.conftest import Server
from tests.rpc import filled, filled_runs, filled_sources
from tests.rpc.arrivals import until

NOT_FILLED = {
    "Rejection.violations": "nothing is malformed in what is rejected here: see test_filled.py",
    "Rejection.retry_delay": "repeating what is rejected here does not help: see test_filled.py",
}
_OF_NO_EVENT = {
    "what no event has": {
        "ExternalSource": ("format_profile", "match_on_arrival", "expected_every", "metadata"),
        "MatchingRule": ("criteria", "grouping", "fee", "adjustment"),
        "ReconciliationDecision": ("reason",),
        "ReconciliationStatement": ("confirm_reason",),
        "Upload": ("file_name", "declared_byte_count", "declared_record_count"),
    },
    "events have a time of their own, and no etag": {
        "ExternalSource": ("create_time", "update_time", "late_since", "etag"),
        "MatchingRule": ("create_time", "update_time", "delete_time", "etag"),
        "MatchingRuleSet": ("create_time", "update_time", "delete_time", "etag"),
        "Reconciliation": ("create_time", "start_time", "finish_time"),
        "Upload": ("create_time",),
    },
    "GetReconciliation tells it": {
        "Reconciliation": (
            *("ledger_ids", "identity_ids", "begin_date", "end_date", "entry_time", "statuses", "created_by"),
            *("stage", "stage_done_count", "adjustment_count", "replay_differences"),
        ),
    },
    "GetReconciliationStatement tells it": {
        "ReconciliationStatement": (
            *("external_source_name", "balances", "match_count", "totals", "differences"),
            *("only_in_bank", "only_in_ledger", "ignored_in_bank", "ignored_in_ledger"),
            *("last_external_record_id", "last_reconciliation_decision_id"),
        ),
        "ReconciliationStatementBankBalance": ("absence", "absent_accounts", "accounts"),
    },
}
NOT_IN_EVENTS = NOT_FILLED | {
    f"{message}.{field}": reason
    for reason, messages in _OF_NO_EVENT.items()
    for message, fields in messages.items()
    for field in fields
}


@pytest.mark.slow
async def test_every_field_of_every_answer_about_reconciliation_is_filled_in_somewhere(
    server: Server, connection: asyncpg.Connection
) -> None:
    noted, answers = filled.noting(server)
    for tell in (*filled_sources.STORIES, *filled_runs.STORIES):
        await tell(noted, connection)
    await _lists(noted)
    await _events(noted, connection)

    methods = pb.DESCRIPTOR.services_by_name["ReconciliationService"].methods
    assert {method.name for method in methods} - answers.answered == set()
    possible = filled.can_be_filled([method.output_type for method in methods], NOT_FILLED)
    filled.check(possible, answers.seen["ReconciliationService"], NOT_FILLED)

    payloads = [event_pb2.Event.DESCRIPTOR.fields_by_name[name] for name in filled.OF_RECONCILIATION]
    told = filled.can_be_filled([payload.message_type for payload in payloads], NOT_IN_EVENTS)
    told |= {f"Event.{payload.name}" for payload in payloads}
    filled.check(told, answers.seen["EventService"], NOT_IN_EVENTS)


async def _lists(server: Server) -> None:
    """Every list that needs no id: the first page, with how many there are, and all of it."""
    for name in (
        *("ExternalSources", "Uploads", "ExternalRecords", "BankStatements", "MatchingRules", "MatchingRuleSets"),
        *("Reconciliations", "ReconciliationDecisions", "ReconciliationExceptions", "ReconciliationAdjustments"),
        "ReconciliationStatements",
    ):
        request, ask = getattr(pb, f"List{name}Request"), getattr(server.reconciliations, f"List{name}")
        await ask(request(page_size=1, include_total=True))
        await ask(request(page_size=1_000))


async def _events(server: Server, connection: asyncpg.Connection) -> None:
    """All events up to here."""
    await until(connection, "NOT EXISTS (SELECT FROM journal_unplaced)")
    request = event_service_pb2.ListEventsRequest(page_size=1_000)
    while not (page := await server.events.ListEvents(request)).end_reached:
        request.after_cursor = page.next_cursor
