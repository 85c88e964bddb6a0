"""Uploads: a file or typed records, from the first chunk until their records stand in the source."""

import gzip

import pytest
from ledgerapi.v1 import external_record_pb2
from ledgerapi.v1 import reconciliation_service_pb2 as pb

from tests.conftest import Server
from tests.rpc import records, wire
from tests.rpc.records import FILE, RECORDS, Upload


async def test_the_records_of_a_file_stand_in_its_source(server: Server) -> None:
    bank = await records.source(server)
    content = records.csv("a,12.50,2026-03-30,invoice-1,Rent", "b,-3.00,2026-03-31,,Fee")
    done = await records.upload(server, bank.id, content, file_name="march.csv", declared_byte_count=len(content))
    assert (records.status(done), done.chunk_count, done.byte_count) == ("FINISHED", 1, len(content))
    assert (done.record_count, done.new_record_count, done.fault_count) == (2, 2, 0)
    assert done.file_name == "march.csv" and done.content_hash and done.HasField("finish_time")
    found = [each async for each in records.every(server, f"external_source_id = {bank.id}")]
    assert [(each.key, each.amount.decimal, each.booking_date) for each in found] == [
        ("a", "12.50", "2026-03-30"),
        ("b", "-3.00", "2026-03-31"),
    ]
    assert (list(found[0].references), found[0].description, found[0].line) == (["invoice-1"], "Rent", 2)
    assert found[0].upload_id == done.id and not found[0].raw
    whole = await server.reconciliations.GetExternalRecord(pb.GetExternalRecordRequest(external_record_id=found[0].id))
    assert whole.external_record.raw == "a,12.50,2026-03-30,invoice-1,Rent"
    again = await server.reconciliations.GetUpload(pb.GetUploadRequest(upload_id=done.id))
    assert again.upload == done


async def test_typed_records_say_everything_that_a_record_can_say(server: Server) -> None:
    bank = await records.source(server, time_zone="Asia/Tokyo")
    full = records.record(
        "full",
        "-12.50",
        booking_date="",
        booking_time={"seconds": 1_767_193_200},  # 2025-12-31 15:00 UTC is the new year in Tokyo.
        value_date="2026-01-02",
        references=["one", "two", "one"],
        description="Rent",
        counterparty="Ada",
        counterparty_account="DE00",
        identity_id="idt_01hzzzzzzzzzzzzzzzzzzzzzzz",
        group_key="payout-1",
        kind="EXTERNAL_RECORD_KIND_BATCH",
        status="EXTERNAL_RECORD_STATUS_PENDING",
        source_status="PDNG",
        payment_count=7,
        metadata={"mcc": "5411"},
    )
    done = await records.upload(server, bank.id, [full, records.record("plain", "0.00")])
    assert (records.status(done), done.new_record_count) == ("FINISHED", 2)
    first, second = [each async for each in records.every(server)]
    assert first.booking_date == "2026-01-01"
    assert list(first.references) == ["one", "two"]
    for name in ("value_date", "booking_time", "description", "counterparty", "counterparty_account", "identity_id"):
        assert getattr(first, name) == getattr(full, name), name
    for name in ("group_key", "kind", "status", "source_status", "payment_count", "metadata"):
        assert getattr(first, name) == getattr(full, name), name
    assert (second.line, second.payment_count, second.amount.precise) == (2, 1, "0")
    assert second.status == external_record_pb2.EXTERNAL_RECORD_STATUS_BOOKED


async def test_records_are_found_by_what_they_say(server: Server) -> None:
    bank = await records.source(server)
    other = await records.source(server, "Bank B")
    done = await records.upload(
        server,
        bank.id,
        [
            records.record("a", "1.00", references=["x", "y"], group_key="g"),
            records.record("b", "2.00", booking_date="2026-04-01", status="EXTERNAL_RECORD_STATUS_PENDING"),
        ],
    )
    await records.upload(server, other.id, [records.record("a", "1.00")])
    for filter_text, expected in (
        (f"external_source_id = {bank.id}", ["a", "b"]),
        (f"upload_id = {done.id}", ["a", "b"]),
        (f"external_source_id = {bank.id} AND key = a", ["a"]),
        ("reference = y", ["a"]),
        (f"external_source_id = {bank.id} AND reference != y", ["b"]),
        ("precise_amount = 200", ["b"]),
        ("precise_amount > 100 AND currency = USD", ["b"]),
        ("booking_date >= 2026-04-01", ["b"]),
        ("group_key = g", ["a"]),
        ("bank_statement_id = bst_01hzzzzzzzzzzzzzzzzzzzzzzz", []),
        ("kind = FEE", []),
        (f"upload_id = {done.id} AND status = BOOKED", ["a"]),
        (f"upload_id = {done.id} AND status = PENDING", ["b"]),
    ):
        assert await records.keys(server, filter_text) == expected, filter_text


async def test_a_packed_file_in_many_chunks_is_one_file(server: Server) -> None:
    bank = await records.source(server)
    content = gzip.compress(records.csv(*(records.row(number) for number in range(3_000))))
    done = await records.upload(server, bank.id, *records.pieces(content, 1_000))
    assert (done.new_record_count, done.fault_count) == (3_000, 0)
    assert await records.keys(server) == [f"k{number}" for number in range(3_000)]


async def test_overlapping_files_tell_what_the_source_has_and_what_differs(server: Server) -> None:
    bank = await records.source(server)
    await records.upload(server, bank.id, records.csv(*(records.row(number) for number in range(5))))
    second = records.csv(records.row(3), records.row(4, "9.99"), records.row(5), records.row(5, "2.00"))
    done = await records.upload(server, bank.id, second)
    assert (done.record_count, done.new_record_count, done.known_record_count, done.fault_count) == (4, 1, 1, 3)
    assert await records.faults(server, done.id) == [
        (2, "key", "ALREADY_KNOWN"),
        (3, "key", "CONTENT_DIFFERS"),
        (5, "key", "KEY_REPEATED"),
    ]
    told = await records.all_faults(server, done.id)
    known = await server.reconciliations.GetExternalRecord(
        pb.GetExternalRecordRequest(external_record_id=told[1].external_record_id)
    )
    assert (known.external_record.key, known.external_record.amount.decimal) == ("k4", "1.00")
    assert await records.keys(server) == [f"k{number}" for number in range(6)]


async def test_good_records_are_kept_beside_faults_unless_all_are_to_be_rejected(server: Server) -> None:
    bank = await records.source(server)
    content = records.csv(records.row(1), records.row(2, "much"), records.row(3))
    rejected = await records.upload(server, bank.id, content, fault_policy=records.REJECT_ALL)
    assert (records.status(rejected), rejected.new_record_count, rejected.fault_count) == ("REJECTED", 0, 1)
    assert await records.faults(server, rejected.id) == [(3, "amount", "AMOUNT_INVALID")]
    assert await records.keys(server) == []
    kept = await records.upload(server, bank.id, content)
    assert (records.status(kept), kept.record_count, kept.new_record_count) == ("FINISHED", 2, 2)
    assert await records.keys(server) == ["k1", "k3"]
    overlapping = records.csv(records.row(3), records.row(4))
    again = await records.upload(server, bank.id, overlapping, fault_policy=records.REJECT_ALL)
    assert (records.status(again), again.new_record_count, again.known_record_count) == ("FINISHED", 1, 1)


async def test_a_file_that_cannot_be_read_is_rejected_whole(server: Server) -> None:
    bank = await records.source(server)
    done = await records.upload(server, bank.id, b"\x1f\x8bnot packed at all")
    assert records.status(done) == "REJECTED"
    assert [code for _, _, code in await records.faults(server, done.id)] == ["SYNTAX_INVALID"]
    assert await records.keys(server) == []


async def test_the_same_file_twice_names_the_earlier_upload(server: Server) -> None:
    bank = await records.source(server)
    content = records.csv(records.row(1))
    first = await records.upload(server, bank.id, content, request_id="one")
    stream = Upload(server)
    opened = await stream.open(external_source_id=bank.id, content=FILE, request_id="two")
    await stream.chunk(content[:10])
    await stream.chunk(content[10:])
    await stream.send(finish=pb.UploadRecordsFinish(chunk_count=2))
    rejection = await stream.rejection()
    assert (rejection.reason, rejection.details["earlier"]) == ("UPLOAD_REPEATED", first.id)
    told = (await server.reconciliations.GetUpload(pb.GetUploadRequest(upload_id=opened.upload.id))).upload
    assert (records.status(told), told.repeated_upload_id) == ("REJECTED", first.id)
    repeated = Upload(server)
    opened = await repeated.open(external_source_id=bank.id, content=FILE, request_id="one")
    assert opened.replayed and opened.upload == first
    assert await repeated.finish() == first
    elsewhere = await records.source(server, "Bank B")
    assert records.status(await records.upload(server, elsewhere.id, content)) == "FINISHED"


async def test_an_upload_goes_on_where_its_stream_broke(server: Server) -> None:
    bank = await records.source(server)
    chunks = list(records.pieces(records.csv(*(records.row(number) for number in range(100))), 500))
    options = {"external_source_id": bank.id, "content": FILE, "request_id": "r"}
    broken = Upload(server)
    opened = await broken.open(**options)
    for chunk in chunks[:3]:
        await broken.chunk(chunk)
    broken.call.cancel()
    again = Upload(server)
    resumed = await again.open(**options)
    assert (resumed.replayed, resumed.next_sequence) == (True, 4)
    assert (await again.chunk(chunks[2], number=3)).replayed
    again.number = 3
    await again.chunk(chunks[3])
    again.call.cancel()
    last = Upload(server)
    assert (await last.open(upload_id=opened.upload.id)).next_sequence == 5
    for chunk in chunks[4:]:
        await last.chunk(chunk)
    done = await last.finish()
    assert (done.id, done.new_record_count) == (opened.upload.id, 100)


async def test_another_content_under_a_number_that_is_taken_is_rejected(server: Server) -> None:
    bank = await records.source(server)
    stream = Upload(server)
    opened = await stream.open(external_source_id=bank.id, content=RECORDS)
    await stream.chunk(records.records(2))
    await stream.send(chunk=records.piece(1, records.records(3)))
    rejection = await stream.rejection()
    assert (rejection.reason, rejection.details["sequence"]) == ("UPLOAD_CHUNK_CONFLICT", "1")
    again = Upload(server)
    await again.open(upload_id=opened.upload.id)
    assert (await again.finish(1)).new_record_count == 2


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"chunk": {"sequence": 2, "data": b"x"}}, "SEQUENCE_OUT_OF_ORDER"),
        ({"chunk": {"sequence": 0, "data": b"x"}}, "FIELD_INVALID"),
        ({"chunk": {"sequence": 1}}, "FIELD_INVALID"),
        ({"chunk": {"sequence": 1, "records": {"external_records": [{"key": "a"}]}}}, "FIELD_INVALID"),
        ({"chunk": {"sequence": 1, "data": b"x" * (1024 * 1024 + 1)}}, "MESSAGE_TOO_LARGE"),
        ({"finish": {"chunk_count": 1}}, "COUNT_MISMATCH"),
        ({"open": {}}, "STREAM_PROTOCOL"),
        ({}, "STREAM_PROTOCOL"),
    ],
)
async def test_what_does_not_follow_the_protocol_ends_the_stream(server: Server, message: dict, reason: str) -> None:
    bank = await records.source(server)
    stream = Upload(server)
    await stream.open(external_source_id=bank.id, content=FILE)
    await stream.send(**message)
    assert (await stream.rejection()).reason == reason


async def test_a_chunk_has_at_most_a_thousand_records(server: Server) -> None:
    bank = await records.source(server)
    stream = Upload(server)
    await stream.open(external_source_id=bank.id, content=RECORDS)
    await stream.send(chunk=records.piece(1, records.records(1_001)))
    assert (await stream.rejection()).reason == "TOO_MANY_ITEMS"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"content": FILE, "external_source_id": "src_01hzzzzzzzzzzzzzzzzzzzzzzz"}, "EXTERNAL_SOURCE_NOT_FOUND"),
        ({"upload_id": "upl_01hzzzzzzzzzzzzzzzzzzzzzzz"}, "UPLOAD_NOT_FOUND"),
        ({"upload_id": "upl_01hzzzzzzzzzzzzzzzzzzzzzzz", "content": FILE}, "FIELD_INVALID"),
        ({}, "FIELD_INVALID"),
        ({"external_source_id": "", "content": FILE, "declared_byte_count": 256 * 1024 * 1024 + 1}, "UPLOAD_TOO_LARGE"),
        ({"external_source_id": "", "content": FILE, "declared_record_count": 1_000_001}, "UPLOAD_TOO_LARGE"),
        ({"external_source_id": "", "content": FILE, "declared_record_count": -1}, "FIELD_INVALID"),
        ({"external_source_id": "", "content": FILE, "file_name": "x" * 256}, "FIELD_INVALID"),
    ],
)
async def test_an_upload_that_cannot_begin_says_why(server: Server, options: dict, reason: str) -> None:
    if options.get("external_source_id") == "":
        options = {**options, "external_source_id": (await records.source(server)).id}
    stream = Upload(server)
    await stream.send(open=pb.UploadRecordsOpen(**options))
    assert (await stream.rejection()).reason == reason


async def test_a_source_without_a_profile_takes_typed_records_only(server: Server) -> None:
    bank = await records.source(server, format_profile=None)
    stream = Upload(server)
    await stream.send(open=pb.UploadRecordsOpen(external_source_id=bank.id, content=FILE))
    assert (await stream.rejection()).reason == "FORMAT_PROFILE_REQUIRED"
    assert records.status(await records.upload(server, bank.id, records.records(1))) == "FINISHED"


async def test_a_finished_upload_takes_no_further_chunk(server: Server) -> None:
    bank = await records.source(server)
    done = await records.upload(server, bank.id, records.records(1))
    stream = Upload(server)
    await stream.open(upload_id=done.id)
    await stream.send(chunk=records.piece(2, records.records(1)))
    rejection = await stream.rejection()
    assert (rejection.reason, rejection.details["status"]) == ("UPLOAD_CLOSED", "FINISHED")


async def test_what_was_declared_is_compared_with_what_came(server: Server) -> None:
    bank = await records.source(server)
    content = records.csv(records.row(1))
    stream = Upload(server)
    await stream.open(external_source_id=bank.id, content=FILE, declared_byte_count=len(content) + 1)
    await stream.chunk(content)
    await stream.send(finish=pb.UploadRecordsFinish(chunk_count=1))
    assert (await stream.rejection()).reason == "COUNT_MISMATCH"
    done = await records.upload(server, bank.id, records.records(2), declared_record_count=3)
    assert await records.faults(server, done.id) == [(0, "declared_record_count", "COUNT_DIFFERS")]


MALFORMED = [
    ({"key": ""}, "key", "FIELD_MISSING"),
    ({"key": "x" * 256}, "key", "TEXT_INVALID"),
    ({"key": "a\nb"}, "key", "TEXT_INVALID"),
    ({"amount": {}}, "amount", "FIELD_MISSING"),
    ({"amount": {"decimal": "1,00"}}, "amount", "AMOUNT_INVALID"),
    ({"amount": {"decimal": "1.001"}}, "amount", "AMOUNT_TOO_PRECISE"),
    ({"amount": {"precise": "1" + "0" * 36}}, "amount", "AMOUNT_INVALID"),
    ({"amount": {"decimal": "1", "precise": "1"}}, "amount", "AMOUNT_INVALID"),
    ({"amount": {"decimal": "1", "precision": 1000}}, "amount", "AMOUNT_INVALID"),
    ({"amount": {"decimal": "1", "currency": "EUR"}}, "currency", "CURRENCY_INVALID"),
    ({"booking_date": ""}, "booking_date", "FIELD_MISSING"),
    ({"booking_date": "2026-02-30"}, "booking_date", "DATE_INVALID"),
    ({"booking_date": "20260228"}, "booking_date", "DATE_INVALID"),
    ({"value_date": "1899-12-31"}, "value_date", "DATE_INVALID"),
    ({"booking_time": {"seconds": 10**12}}, "booking_time", "DATE_INVALID"),
    ({"references": [""]}, "references", "TEXT_INVALID"),
    ({"references": ["x" * 256]}, "references", "TEXT_INVALID"),
    ({"references": [str(number) for number in range(17)]}, "references", "LIMIT_EXCEEDED"),
    ({"description": "x" * 1_001}, "description", "TEXT_INVALID"),
    ({"counterparty": "x" * 1_001}, "counterparty", "TEXT_INVALID"),
    ({"counterparty_account": "x" * 256}, "counterparty_account", "TEXT_INVALID"),
    ({"identity_id": "ada"}, "identity_id", "TEXT_INVALID"),
    ({"group_key": "x" * 256}, "group_key", "TEXT_INVALID"),
    ({"kind": 99}, "kind", "WORD_UNKNOWN"),
    ({"status": 99}, "status", "WORD_UNKNOWN"),
    ({"source_status": "x" * 256}, "source_status", "TEXT_INVALID"),
    ({"payment_count": 1_000_001}, "payment_count", "LIMIT_EXCEEDED"),
    ({"metadata": {"a b": "c"}}, "metadata", "TEXT_INVALID"),
    ({"metadata": {"a": 1}}, "metadata", "TEXT_INVALID"),
    ({"metadata": {str(number): "" for number in range(33)}}, "metadata", "LIMIT_EXCEEDED"),
]


async def test_every_bound_of_a_typed_record_is_a_fault_in_its_place(server: Server) -> None:
    bank = await records.source(server)
    usual = {"key": "k", "amount": {"decimal": "1.00"}, "booking_date": "2026-03-31"}
    sent = [{**usual, **fields} for fields, _, _ in MALFORMED]
    done = await records.upload(server, bank.id, [*sent, {**usual, "key": "good"}])
    expected = [(line, field, code) for line, (_, field, code) in enumerate(MALFORMED, start=1)]
    assert await records.faults(server, done.id) == expected
    assert (done.record_count, done.new_record_count) == (1, 1)
    assert await records.keys(server) == ["good"]


async def test_what_is_at_its_bound_passes(server: Server) -> None:
    bank = await records.source(server)
    widest = records.record(
        "x" * 255,
        "-" + "9" * 34 + ".99",
        references=[f"{number:02}" + "x" * 253 for number in range(16)],
        description="x" * 1_000,
        counterparty="é" * 1_000,
        counterparty_account="\\N" + "x" * 253,
        group_key='"{,}\\' + "x" * 250,
        payment_count=1_000_000,
        metadata={f"{number:064}": "x" * 1_000 for number in range(32)},
    )
    done = await records.upload(server, bank.id, [widest])
    assert (await records.faults(server, done.id), done.new_record_count) == ([], 1)
    (found,) = [each async for each in records.every(server)]
    for name in ("key", "references", "description", "counterparty", "counterparty_account", "group_key", "metadata"):
        assert getattr(found, name) == getattr(widest, name), name
    assert found.amount.decimal == widest.amount.decimal


async def test_uploads_are_listed(server: Server) -> None:
    bank = await records.source(server)
    done = [await records.upload(server, bank.id, records.records(1, number)) for number in range(3)]
    request = pb.ListUploadsRequest(filter=f"external_source_id = {bank.id} AND status = FINISHED", page_size=2)
    first = await server.reconciliations.ListUploads(request)
    request.page_token = first.next_page_token
    second = await server.reconciliations.ListUploads(request)
    assert [each.id for each in (*first.uploads, *second.uploads)] == [each.id for each in reversed(done)]


async def test_the_end_of_an_upload_is_told_without_the_name_of_its_file(server: Server) -> None:
    watch = await wire.watch_events(server, from_beginning=True)
    bank = await records.source(server)
    await records.upload(server, bank.id, records.csv(records.row(1), "x"), file_name="Ada Lovelace.csv")
    await records.upload(server, bank.id, records.csv("x"), fault_policy=records.REJECT_ALL)
    told = [event for event in await watch.events(4) if wire.kind(event).startswith("UPLOAD_")]
    watch.cancel()
    first, second = told
    assert [wire.kind(event) for event in (first, second)] == ["UPLOAD_FINISHED", "UPLOAD_REJECTED"]
    shown = first.upload.upload
    assert (shown.external_source_id, shown.new_record_count, shown.fault_count, shown.file_name) == (bank.id, 1, 1, "")
    assert (records.status(second.upload.upload), second.upload.upload.fault_count) == ("REJECTED", 1)
