"""camt entries of several banks, kinds and versions: the same movements are read from all of them."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from ledgerd.core.model.external_record import ExternalRecord, FaultCode, RecordFault, RecordKind, RecordStatus
from ledgerd.reconciliation.formats.reading import Bounds

from .camt_files import ANY_DIALECT, CONTEXT, RENT, SALE, items_of, read_bookings, records_of, statements_of
from .camt_writer import (
    DUTCH,
    GERMAN,
    GERMAN_NEW,
    SWISS,
    Booking,
    Dialect,
    Sheet,
    document,
)


@ANY_DIALECT
def test_a_payment_in_and_a_payment_out(dialect: Dialect):
    came_in, went_out = read_bookings(
        dialect,
        Booking(payments=(SALE,), bank_reference="B-1"),
        Booking(payments=(RENT,), value_day=None),
    )
    assert (came_in.amount, went_out.amount) == (12_050, -90_000)
    assert (came_in.currency, came_in.precision, came_in.kind, came_in.status, came_in.payments) == (
        "EUR",
        100,
        RecordKind.MOVEMENT,
        RecordStatus.BOOKED,
        1,
    )
    assert came_in.references == ("INV-17", "TX-1", "B-1")
    assert went_out.references == ("RENT-05",)
    assert came_in.description == "Invoice 17 of May"
    assert (came_in.counterparty, came_in.counterparty_account) == ("Müller & Söhne", "FR1420041010050500013M02606")
    assert (went_out.counterparty, went_out.counterparty_account) == ("Landlord", "NL02RABO0123456789")
    assert (came_in.booking_date, came_in.value_date) == (date(2026, 5, 4), date(2026, 5, 5))
    assert went_out.value_date is None
    assert came_in.metadata["account"] == dialect.account
    assert came_in.line < went_out.line
    assert "<EndToEndId>INV-17</EndToEndId>" in came_in.raw


@pytest.mark.parametrize("kind", ["052", "053", "054"])
@pytest.mark.parametrize("version", [f"{number:02d}" for number in range(2, 14)])
def test_every_version_of_every_kind_is_read(kind: str, version: str):
    dialect = replace(GERMAN, kind=kind, version=version)
    sheet = Sheet(bookings=(Booking(payments=(SALE,)),), opening=None if kind == "054" else 100)
    records = records_of(document(dialect, sheet))
    assert [(record.amount, record.counterparty) for record in records] == [(12_050, "Müller & Söhne")]
    (statement,) = statements_of(document(dialect, sheet))
    assert statement.is_interim is (kind != "053")


def test_a_day_and_a_time_are_of_the_zone_of_the_source():
    (late,) = read_bookings(SWISS, Booking(payments=(SALE,), time="23:30:00Z"))
    assert late.booked_at == datetime(2026, 5, 4, 23, 30, tzinfo=UTC)
    assert late.booking_date == date(2026, 5, 5)
    (local,) = read_bookings(SWISS, Booking(payments=(SALE,), time="23:30:00.5"))
    assert local.booked_at == datetime(2026, 5, 4, 23, 30, 0, 500_000, tzinfo=ZoneInfo("Europe/Zurich"))
    assert local.booking_date == date(2026, 5, 4)
    (day,) = read_bookings(DUTCH, Booking(payments=(SALE,)))
    assert (day.booked_at, day.booking_date) == (None, date(2026, 5, 4))


@ANY_DIALECT
def test_a_batch_that_lists_its_payments_is_a_record_for_each(dialect: Dialect):
    salaries = tuple(replace(RENT, amount=-100 * number, end_to_end=f"PAY-{number}") for number in (1, 2, 3))
    records = read_bookings(dialect, Booking(payments=salaries, batch="PAYROLL", counted=3, bank_reference="B-1"))
    assert [(record.amount, record.references[0]) for record in records] == [
        (-100, "PAY-1"),
        (-200, "PAY-2"),
        (-300, "PAY-3"),
    ]
    assert {record.group_key for record in records} == {"PAYROLL"}
    assert {record.kind for record in records} == {RecordKind.MOVEMENT}
    assert "PAYROLL" not in records[0].references
    assert "PAY-2" in records[1].raw
    assert "PAY-1" not in records[1].raw
    assert "PAY-1" in records[0].raw
    (statement,) = statements_of(
        document(dialect, Sheet(bookings=(Booking(payments=salaries, batch="PAYROLL", counted=3),)))
    )
    assert (statement.records, statement.items, statement.debits) == (3, 1, 600)


@ANY_DIALECT
def test_a_batch_that_lists_nothing_is_one_record_with_its_count(dialect: Dialect):
    salaries = (RENT,) * 3
    (batch,) = read_bookings(
        dialect, Booking(payments=salaries, batch="PAYROLL", counted=3, is_listed=False, bank_reference="B-1")
    )
    assert (batch.kind, batch.payments, batch.amount) == (RecordKind.BATCH, 3, -270_000)
    assert batch.references == ("PAYROLL", "B-1")
    assert batch.group_key == "PAYROLL"


def test_a_batch_of_one_that_is_listed_is_no_batch():
    (record,) = read_bookings(GERMAN, Booking(payments=(RENT,), batch="P1", counted=1))
    assert (record.kind, record.payments, record.group_key) == (RecordKind.MOVEMENT, 1, "P1")


@pytest.mark.parametrize("version", ["02", "08"])
def test_a_batch_whose_payments_do_not_add_up_is_one_record_and_a_fault(version: str):
    dialect = replace(GERMAN, version=version)
    sheet = Sheet(
        bookings=(Booking(payments=(replace(RENT, amount=-100), replace(RENT, amount=-200)), batch="P1"),),
        changes={'<TxAmt><Amt Ccy="EUR">2.00': '<TxAmt><Amt Ccy="EUR">2.01'},
    )
    items = items_of(document(dialect, sheet))
    fault, batch, _ = items
    assert isinstance(fault, RecordFault)
    assert isinstance(batch, ExternalRecord)
    assert (fault.code, fault.field, fault.line) == (FaultCode.TOTAL_DIFFERS, "TxDtls", batch.line)
    assert (batch.kind, batch.payments, batch.amount) == (RecordKind.BATCH, 2, -300)


def test_a_batch_that_lists_less_than_it_counts_is_one_record_and_a_fault():
    sheet = Sheet(bookings=(Booking(payments=(RENT, RENT), counted=3),))
    fault, batch, _ = items_of(document(GERMAN, sheet))
    assert isinstance(fault, RecordFault)
    assert isinstance(batch, ExternalRecord)
    assert (fault.code, batch.kind, batch.payments) == (FaultCode.TOTAL_DIFFERS, RecordKind.BATCH, 3)


def test_a_batch_whose_payments_have_no_amounts_is_one_record_and_a_fault():
    sheet = Sheet(bookings=(Booking(payments=(RENT, RENT)),), changes_everywhere={"TxAmt>": "OthrAmt>"})
    fault, batch, _ = items_of(document(GERMAN, sheet))
    assert isinstance(fault, RecordFault)
    assert isinstance(batch, ExternalRecord)
    assert (fault.code, fault.field) == (FaultCode.FIELD_MISSING, "TxDtls/Amt")
    assert (batch.kind, batch.payments, batch.amount) == (RecordKind.BATCH, 2, -180_000)


@pytest.mark.parametrize("dialect", [GERMAN, GERMAN_NEW, SWISS], ids=lambda dialect: dialect.name)
def test_charges_between_a_batch_and_its_payments_are_a_fee_of_their_own(dialect: Dialect):
    records = read_bookings(dialect, Booking(payments=(SALE, SALE), charges=250, batch="P1"))
    assert [(record.amount, record.kind) for record in records] == [
        (12_050, RecordKind.MOVEMENT),
        (12_050, RecordKind.MOVEMENT),
        (-250, RecordKind.FEE),
    ]
    assert len({record.key for record in records}) == 3
    assert records[2].group_key == "P1"


@pytest.mark.parametrize("dialect", [GERMAN, GERMAN_NEW], ids=lambda dialect: dialect.name)
def test_charges_of_one_payment_are_told_beside_what_was_booked(dialect: Dialect):
    (record,) = read_bookings(dialect, Booking(payments=(SALE,), charges=250))
    assert (record.amount, record.metadata["charges"]) == (11_800, "-2.50")


def test_an_entry_with_more_payments_than_are_listed_is_one_batch():
    context = replace(CONTEXT, bounds=Bounds(details=2))
    sheet = Sheet(bookings=(Booking(payments=(RENT,) * 3), Booking(payments=(RENT,) * 2)))
    fault, batch, *listed, _ = items_of(document(GERMAN, sheet), context)
    assert isinstance(fault, RecordFault)
    assert isinstance(batch, ExternalRecord)
    assert fault.code is FaultCode.LIMIT_EXCEEDED
    assert (batch.kind, batch.payments) == (RecordKind.BATCH, 3)
    assert [record.amount for record in listed] == [-90_000, -90_000]


@ANY_DIALECT
def test_a_reversal_has_the_sign_of_what_it_does(dialect: Dialect):
    """Its parties are those of the payment that it takes back."""
    (back,) = read_bookings(dialect, Booking(payments=(replace(RENT, amount=90_000),), is_reversal=True))
    assert (back.kind, back.amount, back.counterparty) == (RecordKind.REVERSAL, 90_000, "Landlord")


@ANY_DIALECT
def test_a_return_names_the_parties_of_the_payment_and_its_reason(dialect: Dialect):
    (back,) = read_bookings(dialect, Booking(payments=(replace(SALE, amount=-12_050, return_reason="AC04"),)))
    assert (back.kind, back.amount, back.counterparty) == (RecordKind.MOVEMENT, -12_050, "Müller & Söhne")
    assert back.metadata["return_reason"] == "AC04"


def test_the_holder_is_nobodys_other_side():
    sheet = Sheet(
        bookings=(Booking(payments=(SALE,)),),
        changes={SALE.account: GERMAN.account, "The holder": "The other"},
    )
    (record,) = records_of(document(GERMAN, sheet))
    assert record.counterparty == "The other"


@pytest.mark.parametrize(
    ("code", "own_code", "kind"),
    [
        ("ACMT/MDOP/CHRG", "", RecordKind.FEE),
        ("PMNT/CNTR/FEES", "", RecordKind.FEE),
        ("ACMT/MDOP/COMM", "", RecordKind.FEE),
        ("ACMT/MCOP/INTR", "", RecordKind.INTEREST),
        ("PMNT/RCDT/ESCT", "", RecordKind.MOVEMENT),
        ("", "NCHG+808+9250", RecordKind.FEE),
        ("", "NMSC+814", RecordKind.INTEREST),
        ("", "NTRF+166+9310", RecordKind.MOVEMENT),
        ("", "", RecordKind.MOVEMENT),
    ],
)
def test_fees_and_interest_are_told_by_the_bank_transaction_code(code: str, own_code: str, kind: RecordKind):
    (record,) = read_bookings(GERMAN, Booking(payments=(RENT,), code=code, own_code=own_code))
    assert record.kind is kind
    assert record.metadata.get("bank_transaction_code", "") == code
    assert record.metadata.get("bank_own_code", "") == own_code


@pytest.mark.parametrize("dialect", [GERMAN, GERMAN_NEW], ids=lambda dialect: dialect.name)
@pytest.mark.parametrize(
    ("word", "status"),
    [("PDNG", RecordStatus.PENDING), ("FUTR", RecordStatus.PENDING), ("INFO", RecordStatus.INFORMATION)],
)
def test_what_is_not_booked_says_so_and_is_in_no_balance(dialect: Dialect, word: str, status: RecordStatus):
    (record,) = read_bookings(dialect, Booking(payments=(SALE,), status=word))
    assert (record.status, record.source_status) == (status, word)
    (booked,) = read_bookings(dialect, Booking(payments=(SALE,)))
    assert booked.key != record.key


@pytest.mark.parametrize("word", ["book", "DONE"])
def test_a_status_that_is_none_of_the_standard_is_a_fault_of_its_entry(word: str):
    found = items_of(
        document(GERMAN, Sheet(bookings=(Booking(payments=(SALE,), status=word), Booking(payments=(RENT,)))))
    )
    faults = [(item.field, item.code) for item in found if isinstance(item, RecordFault)]
    assert ("Sts", FaultCode.WORD_UNKNOWN) in faults
    assert [item.amount for item in found if isinstance(item, ExternalRecord)] == [-90_000]


@pytest.mark.parametrize("nothing", ["NOTPROVIDED", "notprovided", "NONREF", "  "])
def test_a_reference_that_says_nothing_is_none(nothing: str):
    (record,) = read_bookings(
        GERMAN, Booking(payments=(replace(SALE, end_to_end=nothing, instruction="I-1"),), bank_reference="NONREF")
    )
    assert record.references == ("I-1", "TX-1")


def test_references_stand_in_the_order_of_trust_and_once():
    paid = replace(
        SALE,
        end_to_end="E",
        creditor_reference="RF18539007547034",
        instruction="I",
        transaction="E",
        bank_reference="D",
        mandate="M",
    )
    (record,) = read_bookings(GERMAN, Booking(payments=(paid,), bank_reference="B", entry_reference="2026-05-04-001"))
    assert record.references == ("E", "RF18539007547034", "I", "D", "B", "2026-05-04-001")
    assert record.metadata["mandate"] == "M"


def test_a_payment_for_several_documents_has_the_references_of_all():
    structured = "".join(
        f"<Strd><RfrdDocInf><Nb>INV-{number}</Nb></RfrdDocInf><CdtrRefInf><Ref>RF{number}</Ref></CdtrRefInf></Strd>"
        for number in (1, 2)
    )
    sheet = Sheet(bookings=(Booking(payments=(SALE,)),), changes={"</RmtInf>": structured + "</RmtInf>"})
    (record,) = records_of(document(GERMAN, sheet))
    assert record.references == ("INV-17", "RF1", "RF2", "INV-1", "INV-2", "TX-1")


def test_the_place_of_an_entry_in_its_statement_is_no_reference():
    (record,) = read_bookings(GERMAN, Booking(payments=(SALE,), entry_reference="00003"))
    assert "00003" not in record.references


def test_what_the_bank_adds_describes_what_nothing_else_describes():
    (record,) = read_bookings(DUTCH, Booking(payments=(replace(SALE, text=""),), info="CARD 12:07 <Café>"))
    assert record.description == "CARD 12:07 <Café>"
    (alone,) = read_bookings(DUTCH, Booking(payments=(SALE,), is_listed=False, info="Cash"))
    assert (alone.kind, alone.description) == (RecordKind.MOVEMENT, "Cash")


def test_characters_that_a_text_may_not_have_are_replaced_with_a_fault():
    fault, record, _ = items_of(
        document(GERMAN, Sheet(bookings=(Booking(payments=(replace(SALE, text="a\u202eb"),)),)))
    )
    assert isinstance(fault, RecordFault)
    assert isinstance(record, ExternalRecord)
    assert (fault.code, fault.field, record.description) == (FaultCode.TEXT_INVALID, "description", "a\ufffdb")


def test_the_namespace_may_have_a_prefix_and_the_file_another_encoding():
    data = document(GERMAN, Sheet(bookings=(Booking(payments=(SALE,)),)))
    plain = records_of(data)
    text = data.decode()
    for encoding in ("utf-16", "iso-8859-1", "windows-1252"):
        declared = text.replace("UTF-8", encoding).encode(encoding)
        assert [replace(record, raw="") for record in records_of(declared)] == [
            replace(record, raw="") for record in plain
        ]
    prefixed = text.replace("</", "\1").replace("<", "<c:").replace("<c:?", "<?").replace("\1", "</c:")
    prefixed = prefixed.replace("xmlns=", "xmlns:c=")
    assert [record.key for record in records_of(prefixed.encode())] == [record.key for record in plain]
