"""What stands before a run, told so that every field of every answer about it is set: rules, sources, uploads."""

import gzip
import io
import zipfile
from typing import Any

import asyncpg
from ledgerapi.v1 import reconciliation_service_pb2 as pb

from tests.conftest import Server
from tests.rpc import records, rules, runs, wire
from tests.rpc.arrivals import MT940, source_of, told_some

METADATA = {"order": "17"}
BY_ORDER = {"field": "MATCHING_FIELD_METADATA", "metadata_key": "order"}


async def matching_rules(server: Server, connection: asyncpg.Connection) -> None:
    """A rule that says everything that a rule can say, in two versions, and a set that has it."""
    for _ in range(2):
        rule = await rules.create(server, request_id="rule", **rules.FULL)
        rule_set = await rules.create_set(server, (rule.id, 1), request_id="set", description="Of bank A")
    grouping = {"keys": [{**BY_ORDER, "extract": "[0-9]+", "ledger_extract": "[0-9]+"}]}
    await rules.update(server, rule.id, description="By order", criteria=[runs.ABOUT, BY_ORDER], grouping=grouping)
    await rules.update_set(server, rule_set.id, description="Of bank B")
    await rules.versions(server, rule.id, page_size=1)
    await rules.get(server, rule.id)
    await rules.get_set(server, rule_set.id)
    await rules.delete_set(server, rule_set.id)
    await rules.delete(server, rule.id)
    await rules.get(server, rule.id, 1)
    await rules.get_set(server, rule_set.id, 1)
    for name in ("One", "Other"):
        await rules.create_set(server, (await rules.create(server, name=name)).id)


async def previews(server: Server, connection: asyncpg.Connection) -> None:
    """A rule under which one row has several partners, one that reaches a limit, and one to which much is ambiguous."""

    def row(key: str, reference: str, amount: str = "1", day: str = "2026-03-31") -> dict[str, Any]:
        sum_of = {"decimal": amount, "currency": "EUR"}
        return {"key": key, "amount": sum_of, "booking_date": day, "references": [reference]}

    by_reference = {"name": "By reference", "criteria": [rules.AMOUNT, rules.REFERENCE]}
    shared = {"keys": [{"field": "MATCHING_FIELD_REFERENCE"}], "max_rows": 2}
    limited = {"criteria": [rules.AMOUNT], "strategy": "MATCHING_STRATEGY_MANY_TO_MANY", "grouping": shared}
    sums = {"mode": "GROUPING_MODE_BY_SEARCH", "window_days": 9}
    searching = {"criteria": [rules.AMOUNT], "strategy": "MATCHING_STRATEGY_ONE_TO_MANY", "grouping": sums}
    told = [row("a", "a"), row("b", "b"), row("c", "b"), row("d", "d")]
    entries = [row("a", "a", day="2026-03-30"), row("b", "b"), row("c", "b"), row("e", "e")]
    whole, parts = [row("whole", "x", "10")], [row(f"of {amount}", "y", amount) for amount in "4637"]
    for rule, of_records, of_entries in (
        (by_reference, told, entries),
        ({"name": "Limited", **limited}, told, entries),
        ({"name": "Searching", **searching}, whole, parts),
    ):
        request = pb.PreviewMatchingRuleRequest(matching_rule=rule, records=of_records, entries=of_entries)
        await server.reconciliations.PreviewMatchingRule(request)


_FIELDS = ("amount", "indicator", "booking_date", "status")
PROFILE: dict[str, Any] = {
    "format": "FILE_FORMAT_JSON",
    "thousands_separator": "'",
    "skip_lines": 3,
    "amount_signs": "AMOUNT_SIGNS_INDICATOR",
    **dict.fromkeys(("parentheses_are_negative", "trailing_minus_is_negative", "debits_are_negative"), True),
    "credit_words": ["in"],
    "debit_words": ["out"],
    "booked_words": ["done"],
    "pending_words": ["open"],
    "information_words": ["failed"],
    "columns": [{"field": name, "column": name} for name in _FIELDS],
    "records_path": "rows",
}
"""Everything that a profile can say."""


async def sources(server: Server, connection: asyncpg.Connection) -> None:
    """A source that says everything that a source can say, is late, is changed and deleted."""
    rule = await rules.create(server)
    rule_set = await rules.create_set(server, rule.id)
    matching = {"matching_rule_set_id": rule_set.id, "auto_confirmed_matching_rule_ids": [rule.id]}
    full: dict[str, Any] = {
        "description": "The giro account",
        "format_profile": PROFILE,
        "settlement_window": {"days": 2},
        "metadata": METADATA,
        "match_on_arrival": {**matching, "debounce_seconds": 60, "each_chunk": True},
        "expected_every": {"within_business_days": 1},
        "balance_ids": [await wire.open_balance(server)],
    }
    for _ in range(2):
        made = await records.source(server, "Giro", request_id="source", **full)
    await connection.execute("UPDATE source_arrivals SET expected_at = now() WHERE expected_at IS NOT NULL")
    await told_some(server, 1, "EXTERNAL_SOURCE_LATE")
    await source_of(server, made.id)
    changed = {
        "name": "Savings",
        "settlement_window": {"business_days": 1},
        "expected_every": {"within_seconds": 3_600},
    }
    request = pb.UpdateExternalSourceRequest(
        external_source={"id": made.id, **changed}, update_mask={"paths": list(changed)}
    )
    await server.reconciliations.UpdateExternalSource(request)
    await server.reconciliations.DeleteExternalSource(pb.DeleteExternalSourceRequest(external_source_id=made.id))


async def profiles(server: Server, connection: asyncpg.Connection) -> None:
    """A packed file whose profile is proposed, and one that nothing recognises."""
    sample = records.csv(*(records.row(number) for number in range(20)))
    for content in (gzip.compress(sample), b"\x00"):
        await server.reconciliations.SuggestFormatProfile(pb.SuggestFormatProfileRequest(sample=content))


FULL_RECORD: dict[str, Any] = {
    "booking_time": {"seconds": 1_767_193_200},
    "value_date": "2026-01-02",
    "references": ["one"],
    "description": "Rent",
    "counterparty": "Ada",
    "counterparty_account": "DE00",
    "identity_id": f"idt_{rules.NOBODY}",
    "group_key": "payout-1",
    "kind": "EXTERNAL_RECORD_KIND_BATCH",
    "status": "EXTERNAL_RECORD_STATUS_PENDING",
    "source_status": "PDNG",
    "payment_count": 7,
    "metadata": METADATA,
}
"""Everything that a record can say."""


def _packed(content: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("march.csv", content)
    return data.getvalue()


async def uploads(server: Server, connection: asyncpg.Connection) -> None:
    """A packed file with faults, uploaded by two streams; the same once more; records that are known; and an upload
    that is cancelled."""
    bank = await records.source(server, "Uploads")
    content = _packed(records.csv(records.row(1), records.row(2, "much"), records.row(1)))
    declared = {"declared_byte_count": len(content), "declared_record_count": 3, "file_name": "march.zip"}
    broken, stream = records.Upload(server), records.Upload(server)
    for each in (broken, stream):
        await each.open(external_source_id=bank.id, content=records.FILE, request_id="file", **declared)
        await each.chunk(content, number=1)
    broken.call.cancel()
    stream.number = 1
    done = await stream.finish()
    repeated = records.Upload(server)
    opened = await repeated.open(external_source_id=bank.id, content=records.FILE)
    await repeated.chunk(content)
    await repeated.send(finish=pb.UploadRecordsFinish(chunk_count=1))
    assert (await repeated.rejection()).reason == "UPLOAD_REPEATED"
    known = await records.upload(server, bank.id, records.csv(records.row(1), records.row(3)))
    await records.upload(server, bank.id, [records.record("full", **FULL_RECORD)])
    for upload_id in (done.id, opened.upload.id, known.id):
        await server.reconciliations.GetUpload(pb.GetUploadRequest(upload_id=upload_id))
        await records.all_faults(server, upload_id)
    await server.reconciliations.ListUploadFaults(pb.ListUploadFaultsRequest(upload_id=done.id, page_size=1))
    async for each in records.every(server, f"external_source_id = {bank.id}"):
        await server.reconciliations.GetExternalRecord(pb.GetExternalRecordRequest(external_record_id=each.id))
    left = records.Upload(server)
    begun = await left.open(external_source_id=bank.id, content=records.RECORDS)
    left.call.cancel()
    await records.cancel(server, begun.upload.id)


PAGE = ":20:X\n:25:A\n:28C:7/{0}\n:60{1}:C260131USD{2},\n:61:260131C1,NTRFA\n:62{3}:C260131USD{4},\n-\n"
INTERIM = (
    ":20:X\n:25:A\n:28C:1/1\n:34F:USD0,\n:13D:2601310030+0130\n"
    ":61:260131C5,NTRFA\n:61:260131D2,NTRFC\n:90D:1USD2,\n:90C:1USD5,\n-\n"
)


async def bank_statements(server: Server, connection: asyncpg.Connection) -> None:
    """One of two pages, and one of the day so far."""
    pages = PAGE.format(1, "F", 10, "M", 11) + PAGE.format(2, "M", 11, "F", 12)
    for name, profile, content in (("MT940", MT940, pages), ("MT942", {"format": "FILE_FORMAT_MT942"}, INTERIM)):
        bank = await records.source(server, name, format_profile=profile)
        await records.upload(server, bank.id, content.encode())
    await server.reconciliations.ListBankStatements(pb.ListBankStatementsRequest())


STORIES = (matching_rules, previews, sources, profiles, uploads, bank_statements)
