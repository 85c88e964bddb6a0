"""The comment of every field `filter` names the fields of the table; the table's enums are those of the contract."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2

from ledgerd.core.model.filter import FieldType
from ledgerd.journal import fields as event_fields
from ledgerd.store import listings
from ledgerd.wire import lists

DESCRIBED = Path(__file__).parents[2] / "protos/gen/ledgerapi/v1/descriptor_set.binpb"
FILES = descriptor_pb2.FileDescriptorSet.FromString(DESCRIBED.read_bytes()).file
FIELDS = {
    "ListLedgersRequest": lists.LEDGERS.types,
    "ListBalancesRequest": lists.BALANCES.types,
    "ListIdentityBalancesRequest": lists.IDENTITY_BALANCES.types,
    "ListIdentitiesRequest": lists.IDENTITIES.types,
    "ListIdentityVerificationsRequest": lists.VERIFICATIONS.types,
    "ListMonitorsRequest": lists.MONITORS.types,
    "ListTransactionsRequest": lists.TRANSACTIONS.types,
    "ListBatchesRequest": lists.BATCHES.types,
    "ListExternalSourcesRequest": lists.EXTERNAL_SOURCES.types,
    "ListUploadsRequest": lists.UPLOADS.types,
    "ListExternalRecordsRequest": lists.EXTERNAL_RECORDS.types,
    "ListBankStatementsRequest": lists.BANK_STATEMENTS.types,
    "ListMatchingRulesRequest": lists.MATCHING_RULES.types,
    "ListMatchingRuleSetsRequest": lists.MATCHING_RULE_SETS.types,
    "ListMatchesRequest": lists.MATCHES.types,
    "ListUnmatchedRowsRequest": lists.UNMATCHED_ROWS.types,
    "ListReconciliationDecisionsRequest": lists.ROW_DECISIONS.types,
    "ListReconciliationExceptionsRequest": lists.RECONCILIATION_EXCEPTIONS.types,
    "ListReconciliationStatementsRequest": lists.RECONCILIATION_STATEMENTS.types,
    "ListReconciliationAdjustmentsRequest": lists.RECONCILIATION_ADJUSTMENTS.types,
    "WatchTransactionsRequest": lists.TRANSACTIONS.types,
    "WatchEventsRequest": event_fields.TYPES,
    "ListEventsRequest": event_fields.TYPES,
}
NOT_SERVED = {"ListReconciliationsRequest"}
LISTINGS = (
    *(listings.LEDGERS, listings.BALANCES, listings.IDENTITIES, listings.MONITORS),
    *(listings.VERIFICATIONS, listings.TRANSACTIONS, listings.BATCHES, listings.EXTERNAL_SOURCES),
    *(listings.UPLOADS, listings.EXTERNAL_RECORDS, listings.BANK_STATEMENTS),
    *(listings.MATCHING_RULES, listings.MATCHING_RULE_SETS, listings.MATCHES, listings.UNMATCHED_ROWS),
    *(listings.ROW_DECISIONS, listings.RECONCILIATION_EXCEPTIONS, listings.RECONCILIATION_STATEMENTS),
    listings.RECONCILIATION_ADJUSTMENTS,
)


def filters() -> Iterator[tuple[str, str]]:
    """Every message that has a filter, with the comment of that field."""
    for file in FILES:
        comments = {tuple(place.path): place.leading_comments for place in file.source_code_info.location}
        for number, message in enumerate(file.message_type):
            for place, field in enumerate(message.field):
                if field.name == "filter":
                    yield message.name, " ".join(comments[4, number, 2, place].split())


FILTERS = dict(filters())


def test_every_filter_is_compared() -> None:
    assert FILTERS.keys() == FIELDS.keys() | NOT_SERVED


@pytest.mark.parametrize("name", FIELDS)
def test_the_comment_names_the_fields_of_the_table(name: str) -> None:
    (told,) = re.findall(r"\bFields: (.*?)\.(?: |$)", FILTERS[name])
    named = re.findall(r"`(\w+)`", told)
    assert sorted(named) == sorted(FIELDS[name])


def test_a_watch_of_transactions_takes_every_field_of_their_list() -> None:
    assert [name for name, field in listings.TRANSACTIONS.fields.items() if field.value is None] == []


def test_a_field_of_events_and_of_a_list_of_transactions_is_one_and_the_same() -> None:
    """Whoever has the filter of the one can write that of the other."""
    listed = lists.TRANSACTIONS.types
    shared = event_fields.TYPES.keys() & listed.keys()
    assert shared >= {"balance_id", "identity_id", "batch_id", "reference", "kind", "status", "currency"}
    for name in shared:
        assert event_fields.TYPES[name].expected == listed[name].expected
        assert event_fields.TYPES[name].comparators == listed[name].comparators
    of_reconciliation = {"external_source_id", "upload_id", "matching_rule_id", "matching_rule_set_id"}
    of_reconciliation |= {f"reconciliation{noun}_id" for noun in ("", "_decision", "_exception", "_statement")}
    assert event_fields.TYPES.keys() - shared == {"ledger_id", "transaction_id", "monitor_id", *of_reconciliation}


ENUMS = {
    enum.value[0].name.removesuffix("UNSPECIFIED"): {value.name for value in enum.value[1:]}
    for file in FILES
    for enum in file.enum_type
    if file.package == "ledgerapi.v1"
}


OF_ROWS_IN_NO_MATCH = {"UNMATCHED", "AMBIGUOUS", "LIMIT_REACHED", "DUPLICATE"}
"""A row in no match has some of the outcomes only."""


def is_read(field_type: FieldType, value: str) -> bool:
    return field_type.read(value) is not None


def test_an_enum_of_the_table_has_the_values_of_the_contract() -> None:
    types = [field.type for listing in LISTINGS for field in listing.fields.values()]
    types += event_fields.TYPES.values()
    enums = [field_type for field_type in types if field_type.expected.startswith("one of ")]
    assert len(enums) == 21
    for field_type in enums:
        names = set(field_type.expected.removeprefix("one of ").split(", "))
        prefixes = [prefix for prefix, values in ENUMS.items() if {f"{prefix}{name}" for name in names} == values]
        prefixes += ["ROW_OUTCOME_"] if names == OF_ROWS_IN_NO_MATCH else []
        assert any(all(is_read(field_type, f"{prefix}{name}") for name in names) for prefix in prefixes), names
