"""Sources of external records: whose records they are, how their files are read, for which balances."""

import gzip
from typing import Any

import pytest
from google.protobuf import field_mask_pb2
from ledgerapi.v1 import external_source_pb2, format_profile_pb2
from ledgerapi.v1 import reconciliation_service_pb2 as pb

from tests.conftest import Server
from tests.rpc import records, wire

MT940 = b"""{1:F01BANKDEFFXXXX0000000000}{2:O9400000000000BANKDEFFXXXX00000000000000000000N}{4:
:20:START
:25:DE89370400440532013000
:28C:%d/1
:60F:C260330EUR%s
:61:2603310331C%sNTRFNONREF//B%d
:86:Rent
:62F:C260331EUR%s
-}
"""


def statement(number: int, opening: str, amount: str, closing: str) -> bytes:
    return MT940 % (number, opening.encode(), amount.encode(), number, closing.encode())


async def create(server: Server, request_id: str = "", **fields: Any) -> pb.CreateExternalSourceResponse:
    return await server.reconciliations.CreateExternalSource(
        pb.CreateExternalSourceRequest(external_source={"name": "Bank A", **fields}, request_id=request_id)
    )


async def get(server: Server, source_id: str) -> external_source_pb2.ExternalSource:
    request = pb.GetExternalSourceRequest(external_source_id=source_id)
    return (await server.reconciliations.GetExternalSource(request)).external_source


async def update(server: Server, *paths: str, **fields: Any) -> external_source_pb2.ExternalSource:
    request = pb.UpdateExternalSourceRequest(external_source=fields, update_mask=field_mask_pb2.FieldMask(paths=paths))
    return (await server.reconciliations.UpdateExternalSource(request)).external_source


async def test_a_source_says_whose_records_are_compared_with_which_balances(server: Server) -> None:
    await wire.record(server, wire.from_world("r", "@Bank", 5))
    till = await wire.open_balance(server)
    request = pb.CreateExternalSourceRequest(
        external_source={
            "name": "Bank A",
            "description": "our main account",
            "format_profile": records.CSV,
            "currency": "USD",
            "time_zone": "Europe/Berlin",
            "sign_convention": "SIGN_CONVENTION_MONEY_IN_IS_DEBIT",
            "balance_ids": [till],
            "settlement_window": {"business_days": 2},
            "metadata": {"iban": "DE89"},
        },
        indicator_keys=[{"indicator": "@Bank", "currency": "USD"}],
        request_id="r",
    )
    made = await server.reconciliations.CreateExternalSource(request)
    source = made.external_source
    assert not made.replayed
    assert source.balance_ids[0] == till and len(source.balance_ids) == 2
    assert (source.format_profile.delimiter, source.format_profile.has_header) == (",", True)
    assert (source.time_zone, source.sign_convention) == ("Europe/Berlin", 2)
    assert source.settlement_window.business_days == 2
    assert await get(server, source.id) == source
    again = await server.reconciliations.CreateExternalSource(request)
    assert (again.replayed, again.external_source) == (True, source)
    request.external_source.settlement_window.days = 2
    conflict = await wire.rejection(server.reconciliations.CreateExternalSource(request))
    assert (conflict.reason, conflict.details["fields"]) == ("REQUEST_ID_CONFLICT", "settlement_window")


async def test_a_source_changes_and_says_so_by_its_etag(server: Server) -> None:
    source = await records.source(server)
    changed = await update(
        server, "name", "settlement_window", id=source.id, name="Bank B", settlement_window={"days": 5}
    )
    assert (changed.name, changed.settlement_window.days, changed.balance_ids) == ("Bank B", 5, source.balance_ids)
    assert changed.etag != source.etag
    same = await update(server, "name", "format_profile", id=source.id, name="Bank B", format_profile=records.CSV)
    assert same == changed
    stale = update(server, "name", id=source.id, name="Bank C", etag=source.etag)
    assert (await wire.rejection(stale)).reason == "ETAG_MISMATCH"
    other = await wire.open_balance(server)
    moved = await update(server, "balance_ids", id=source.id, balance_ids=[other])
    assert list(moved.balance_ids) == [other]
    cleared = await update(server, "format_profile", id=source.id)
    assert not cleared.HasField("format_profile")


async def test_a_source_is_deleted_unless_it_has_records(server: Server) -> None:
    source, used = await records.source(server), await records.source(server, "Bank B")
    await records.upload(server, source.id, [records.record("", "1.00")])
    delete = pb.DeleteExternalSourceRequest(external_source_id=source.id)
    await server.reconciliations.DeleteExternalSource(delete)
    assert (await wire.rejection(get(server, source.id))).reason == "EXTERNAL_SOURCE_NOT_FOUND"
    stream = records.Upload(server)
    await stream.open(external_source_id=used.id, content=records.RECORDS)
    request = pb.DeleteExternalSourceRequest(external_source_id=used.id)
    rejection = await wire.rejection(server.reconciliations.DeleteExternalSource(request))
    assert (rejection.reason, rejection.details["unit"]) == ("EXTERNAL_SOURCE_IN_USE", "uploads")
    await stream.chunk(records.records(1))
    await stream.finish()
    rejection = await wire.rejection(server.reconciliations.DeleteExternalSource(request))
    assert (rejection.reason, rejection.details["unit"]) == ("EXTERNAL_SOURCE_IN_USE", "records")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"description": "x" * 1_001}, "description"),
        ({"currency": "usd"}, "currency"),
        ({"time_zone": "Europe/Atlantis"}, "time_zone"),
        ({"time_zone": "../etc/passwd"}, "time_zone"),
        ({"sign_convention": 9}, "sign_convention"),
        ({"balance_ids": []}, "balance_ids"),
        ({"balance_ids": ["nobody"]}, "balance_ids[0]"),
        ({"settlement_window": {"days": 61}}, "settlement_window.days"),
        ({"settlement_window": {"business_days": -1}}, "settlement_window.business_days"),
        ({"settlement_window": {}}, "settlement_window"),
        ({"confirmation_policy": 9}, "confirmation_policy"),
        ({"format_profile": {}}, "format_profile.format"),
        ({"format_profile": {**records.CSV, "delimiter": "x"}}, "format_profile.delimiter"),
        ({"format_profile": {**records.CSV, "encoding": "ebcdic"}}, "format_profile.encoding"),
        ({"format_profile": {**records.CSV, "thousands_separator": "x"}}, "format_profile.thousands_separator"),
        ({"format_profile": {**records.CSV, "skip_lines": 101}}, "format_profile.skip_lines"),
        ({"format_profile": {**records.CSV, "date_format": "no day"}}, "format_profile"),
        ({"format_profile": {"format": 1, "columns": [{"field": "age", "column": "a"}]}}, "format_profile"),
        (
            {"format_profile": {"format": 1, "columns": [{"field": "", "column": "a"}]}},
            "format_profile.columns[0].field",
        ),
    ],
)
async def test_what_is_malformed_is_named(server: Server, fields: dict[str, Any], field: str) -> None:
    usual = {"currency": "USD", "balance_ids": [await wire.open_balance(server)], "format_profile": records.CSV}
    rejection = await wire.rejection(create(server, **{**usual, **fields}))
    assert rejection.reason == "FIELD_INVALID"
    assert f"external_source.{field}" in rejection.fields


async def test_the_balances_of_a_source_have_its_currency_and_one_precision_each(server: Server) -> None:
    dollars, euros = await wire.open_balance(server), await wire.open_balance(server, "EUR")
    fine = await wire.open_balance(server, "EUR", precision=1_000)
    for fields, reason in (
        ({"currency": "USD", "balance_ids": [dollars, euros]}, "CURRENCY_MISMATCH"),
        ({"balance_ids": [dollars, euros, fine]}, "PRECISION_MISMATCH"),
        ({"balance_ids": ["bln_01hzzzzzzzzzzzzzzzzzzzzzzz"]}, "BALANCE_NOT_FOUND"),
        ({"balance_ids": [dollars] * 2}, "FIELD_INVALID"),
        ({"balance_ids": [dollars] * 101}, "TOO_MANY_ITEMS"),
    ):
        assert (await wire.rejection(create(server, **fields))).reason == reason, fields
    source = (await create(server, balance_ids=[dollars, euros])).external_source
    done = await records.upload(
        server,
        source.id,
        [
            records.record("none"),
            {"key": "euro", "amount": {"decimal": "1.00", "currency": "EUR"}, "booking_date": "2026-03-31"},
        ],
    )
    assert await records.faults(server, done.id) == [(1, "currency", "CURRENCY_INVALID")]
    assert await records.keys(server, "currency = EUR") == ["euro"]


async def test_sources_are_listed(server: Server) -> None:
    made = [await records.source(server, name) for name in ("A", "B", "C")]
    page = await server.reconciliations.ListExternalSources(
        pb.ListExternalSourcesRequest(filter="name != B", order_by="create_time", include_total=True)
    )
    assert [source.id for source in page.external_sources] == [made[0].id, made[2].id]
    assert page.total_size == 2


async def test_statements_are_proved_against_each_other_over_several_uploads(server: Server) -> None:
    bank = await records.source(server, currency="EUR", format_profile={"format": "FILE_FORMAT_MT940"})
    first = await records.upload(server, bank.id, statement(1, "100,00", "5,00", "105,00"))
    assert (first.statement_count, first.new_record_count, first.fault_count) == (1, 1, 0)
    gap = await records.upload(server, bank.id, statement(3, "200,00", "5,00", "205,00"))
    assert [code for _, _, code in await records.faults(server, gap.id)] == ["STATEMENT_MISSING"]
    wrong = await records.upload(server, bank.id, statement(4, "205,00", "5,00", "211,00"))
    assert [code for _, _, code in await records.faults(server, wrong.id)] == ["TOTAL_DIFFERS"]
    page = await server.reconciliations.ListBankStatements(
        pb.ListBankStatementsRequest(filter=f"external_source_id = {bank.id}", order_by="create_time")
    )
    assert [each.number for each in page.bank_statements] == ["1", "3", "4"]
    told = page.bank_statements[0]
    assert (told.opening_balance.decimal, told.closing_balance.decimal, told.total.decimal) == (
        "100.00",
        "105.00",
        "5.00",
    )
    assert (told.account, told.currency, told.record_count) == ("DE89370400440532013000", "EUR", 1)
    (record,) = [each async for each in records.every(server, f"bank_statement_id = {told.id}")]
    assert (record.bank_statement_id, record.amount.decimal, record.upload_id) == (told.id, "5.00", first.id)


async def test_a_statement_without_a_currency_has_no_amounts(server: Server) -> None:
    bank = await records.source(server, currency="", format_profile={"format": "FILE_FORMAT_MT942"})
    done = await records.upload(server, bank.id, b":20:X\n:25:12345678\n:28C:1/1\n:13D:2601310030+0130\n-\n")
    assert (done.statement_count, done.fault_count) == (1, 0)
    (told,) = (await server.reconciliations.ListBankStatements(pb.ListBankStatementsRequest())).bank_statements
    assert (told.account, told.currency, told.is_interim, told.HasField("total")) == ("12345678", "", True, False)


async def test_a_profile_is_proposed_from_the_beginning_of_a_file(server: Server) -> None:
    sample = records.csv(*(records.row(number) for number in range(20)))
    found = await server.reconciliations.SuggestFormatProfile(pb.SuggestFormatProfileRequest(sample=sample))
    proposal = found.proposals[0]
    assert proposal.format_profile.format == records.CSV_FORMAT
    assert proposal.reasons and not found.archive_format
    packed = await server.reconciliations.SuggestFormatProfile(
        pb.SuggestFormatProfileRequest(sample=gzip.compress(sample))
    )
    assert packed.archive_format == format_profile_pb2.ARCHIVE_FORMAT_GZIP
    assert packed.proposals == found.proposals
    bank = await records.source(server, format_profile=proposal.format_profile)
    assert (await records.upload(server, bank.id, sample)).new_record_count == 20
    for sample, reason in ((b"", "FIELD_INVALID"), (b"x" * (1024 * 1024 + 1), "MESSAGE_TOO_LARGE")):
        request = pb.SuggestFormatProfileRequest(sample=sample)
        assert (await wire.rejection(server.reconciliations.SuggestFormatProfile(request))).reason == reason
