"""camt statements: balances, totals, pages, currencies, keys, and entries that cannot be read."""

import io
from dataclasses import replace
from datetime import date

import pytest

from ledgerd.core.model.external_record import BankStatement, ExternalRecord, FaultCode, RecordFault
from ledgerd.reconciliation.formats.arithmetic import checked
from ledgerd.reconciliation.formats.files import read_file

from .camt_files import ANY_DIALECT, CONTEXT, RENT, SALE, faults_of, items_of, read_bookings, records_of, statements_of
from .camt_writer import (
    BRITISH,
    DUTCH,
    GERMAN,
    GERMAN_NEW,
    Booking,
    Dialect,
    Payment,
    Sheet,
    document,
)


@ANY_DIALECT
def test_a_statement_has_its_balances_and_what_was_read(dialect: Dialect):
    bookings = (Booking(payments=(SALE,)), Booking(payments=(RENT,)), Booking(payments=(SALE,), status="PDNG"))
    items = items_of(document(dialect, Sheet(bookings=bookings, opening=-5_000)))
    (statement,) = [item for item in items if isinstance(item, BankStatement)]
    assert items[-1] is statement
    assert (statement.account, statement.number, statement.currency) == (dialect.account, "17", "EUR")
    assert (statement.opening, statement.closing, statement.total) == (-5_000, -82_950, -77_950)
    assert (statement.records, statement.items, statement.credits, statement.debits) == (3, 3, 24_100, 90_000)
    assert statement.closing_date == date(2026, 5, 4)
    assert (statement.page, statement.is_last_page, statement.is_interim) == (0, True, False)
    told = (24_100, 90_000, 3) if dialect.has_summary else (None, None, None)
    assert (statement.credit_total, statement.debit_total, statement.declared_items) == told


@ANY_DIALECT
def test_overlapping_statements_give_the_same_keys_and_equal_payments_two(dialect: Dialect):
    coffee = Booking(payments=(Payment(amount=-350, text="Coffee"),))
    known = Booking(payments=(SALE,), bank_reference="B-1")
    later = Booking(payments=(replace(RENT, end_to_end="LATER"),), day=date(2026, 5, 5))
    first = {record.key for record in read_bookings(dialect, coffee, known, coffee)}
    second = {record.key for record in read_bookings(dialect, later, coffee, coffee, known)}
    assert len(first) == 3
    assert first < second
    assert len(second) == 4


def test_a_report_of_the_day_and_the_statement_give_the_same_keys():
    bookings = (Booking(payments=(SALE,), bank_reference="B-1"), Booking(payments=(RENT,)))
    report = records_of(document(replace(GERMAN, kind="052"), Sheet(bookings=bookings)))
    assert [record.key for record in report] == [record.key for record in read_bookings(GERMAN, *bookings)]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({'<Amt Ccy="EUR">120.50': '<Amt Ccy="EUR">120.505'}, (FaultCode.AMOUNT_TOO_PRECISE, "Amt")),
        ({'<Amt Ccy="EUR">120.50': '<Amt Ccy="EUR">-120.50'}, (FaultCode.AMOUNT_INVALID, "Amt")),
        ({'<Amt Ccy="EUR">120.50': '<Amt Ccy="EUR">120,50'}, (FaultCode.AMOUNT_INVALID, "Amt")),
        ({'<Amt Ccy="EUR">120.50': '<Amt Ccy="EUR">'}, (FaultCode.FIELD_MISSING, "Amt")),
        ({'<Amt Ccy="EUR">120.50': '<Amt Ccy="USD">120.50'}, (FaultCode.CURRENCY_INVALID, "Amt")),
        ({"<CdtDbtInd>CRDT</CdtDbtInd><Sts>": "<Sts>"}, (FaultCode.FIELD_MISSING, "CdtDbtInd")),
        ({"CRDT</CdtDbtInd><Sts>": "BOTH</CdtDbtInd><Sts>"}, (FaultCode.SYNTAX_INVALID, "CdtDbtInd")),
        ({"<Sts>BOOK</Sts>": ""}, (FaultCode.FIELD_MISSING, "Sts")),
        ({"<BookgDt><Dt>2026-05-04": "<BookgDt><Dt>2026-02-30"}, (FaultCode.DATE_INVALID, "BookgDt")),
        ({"<ValDt><Dt>2026-05-05": "<ValDt><Dt>05.05.2026"}, (FaultCode.DATE_INVALID, "ValDt")),
        (
            {"<BookgDt><Dt>2026-05-04</Dt>": "<BookgDt><DtTm>2026-05-04T25:00:00</DtTm>"},
            (FaultCode.DATE_INVALID, "BookgDt"),
        ),
        ({"<ValDt>": "<RvslInd>maybe</RvslInd><ValDt>"}, (FaultCode.SYNTAX_INVALID, "RvslInd")),
        ({"INV-17": "INV" * 100}, (FaultCode.TEXT_INVALID, "Refs/EndToEndId")),
    ],
    ids=lambda value: value[1] + " " + value[0].lower() if isinstance(value, tuple) else "",
)
def test_an_entry_that_cannot_be_read_is_a_fault_and_reading_goes_on(changes: dict[str, str], fault: tuple):
    sheet = Sheet(bookings=(Booking(payments=(SALE,)), Booking(payments=(RENT,))), changes=changes)
    items = items_of(document(GERMAN, sheet))
    assert isinstance(items[0], RecordFault)
    assert (items[0].code, items[0].field) == fault
    assert items[0].line > 3
    assert items[0].raw.startswith("<Ntry")
    records = [item for item in items if isinstance(item, ExternalRecord)]
    assert [record.amount for record in records] == [-90_000]
    # What is missing is missed: the statement does not add up.
    assert (FaultCode.TOTAL_DIFFERS, "closing_balance") in [
        (item.code, item.field) for item in items if isinstance(item, RecordFault)
    ]


def test_an_amount_without_a_currency_has_that_of_its_account_or_source():
    sheet = Sheet(bookings=(Booking(payments=(SALE,)),), changes_everywhere={' Ccy="EUR"': ""})
    assert [record.currency for record in records_of(document(GERMAN, sheet))] == ["EUR"]
    assert faults_of(document(DUTCH, sheet)) == [(FaultCode.CURRENCY_INVALID, "currency")] * 2
    context = replace(CONTEXT, currency="EUR")
    assert [record.currency for record in records_of(document(DUTCH, sheet), context)] == ["EUR"]


def test_a_currency_that_the_source_lacks_is_a_fault():
    dialect = replace(GERMAN, currency="XTS")
    assert (FaultCode.CURRENCY_INVALID, "currency") in faults_of(
        document(dialect, Sheet(bookings=(Booking(payments=(SALE,)),)))
    )


def test_amounts_have_the_decimals_of_their_currency():
    dialect = replace(GERMAN, currency="JPY")
    sheet = Sheet(bookings=(Booking(payments=(replace(SALE, amount=120_000),)),))
    assert [record.amount for record in records_of(document(dialect, sheet))] == [1_200]


def test_control_totals_that_differ_are_said():
    sheet = Sheet(
        bookings=(Booking(payments=(SALE,)),),
        changes={
            "<TtlNtries><NbOfNtries>1": "<TtlNtries><NbOfNtries>2",
            "<TtlCdtNtries><NbOfNtries>1</NbOfNtries><Sum>120.5": "<TtlCdtNtries><NbOfNtries>1</NbOfNtries><Sum>120.6",
        },
    )
    assert faults_of(document(GERMAN_NEW, sheet)) == [
        (FaultCode.TOTAL_DIFFERS, "credit_total"),
        (FaultCode.COUNT_DIFFERS, "declared_item_count"),
    ]


def test_statements_of_a_file_follow_each_other():
    monday = Sheet(bookings=(Booking(payments=(SALE,)),), opening=1_000, number="17", day=date(2026, 5, 4))
    tuesday = Sheet(bookings=(Booking(payments=(RENT,)),), opening=13_050, number="18", day=date(2026, 5, 5))
    assert faults_of(document(GERMAN, monday, tuesday)) == []
    assert faults_of(document(GERMAN, monday, replace(tuesday, number="19"))) == [
        (FaultCode.STATEMENT_MISSING, "number")
    ]
    assert faults_of(document(GERMAN, monday, replace(tuesday, opening=1))) == [
        (FaultCode.STATEMENT_MISSING, "opening_balance")
    ]


def _pages() -> tuple[Sheet, Sheet, Sheet]:
    sale, rent = Booking(payments=(SALE,)), Booking(payments=(RENT,))
    first = Sheet(bookings=(sale,), opening=1_000, page=1, is_last_page=False, closing_type="ITBD")
    second = replace(first, opening=13_050, page=2, opening_type="ITBD")
    third = replace(second, bookings=(rent,), opening=25_100, page=3, is_last_page=True, closing_type="CLBD")
    return first, second, third


@pytest.mark.parametrize("own", ["", "OPBD/INTM"])
def test_pages_of_a_statement_are_chained_by_interim_balances(own: str):
    first, second, third = _pages()
    if own:
        first = replace(first, closing_type="CLBD/INTM")
        second = replace(second, opening_type=own, closing_type="CLBD/INTM")
        third = replace(third, opening_type=own)
    assert faults_of(document(GERMAN_NEW, first, second, third)) == []
    assert (FaultCode.PAGE_MISSING, "page") in faults_of(document(GERMAN_NEW, first, third))
    assert (FaultCode.PAGE_MISSING, "page") in faults_of(document(GERMAN_NEW, first, second))
    pages = [
        (page.page, page.opening_is_intermediate, page.closing_is_intermediate, page.is_last_page)
        for page in statements_of(document(GERMAN_NEW, first, second, third))
    ]
    assert pages == [(1, False, True, False), (2, True, True, False), (3, True, False, True)]


def test_pages_of_a_message_are_those_of_the_statement_that_it_splits():
    first, second, third = _pages()
    files = [
        document(GERMAN, first, page=(1, False)),
        document(GERMAN, second, page=(2, False)),
        document(GERMAN, third, page=(3, True)),
    ]
    last: list[BankStatement] = []
    for number, data in enumerate(files, 1):
        items = list(checked(read_file(io.BytesIO(data), CONTEXT), last))
        last = [item for item in items if isinstance(item, BankStatement)]
        assert (last[0].page, last[0].is_last_page) == (number, number == 3)
        faults = [item.code for item in items if isinstance(item, RecordFault)]
        assert faults == ([] if number == 3 else [FaultCode.PAGE_MISSING]), "until the last page is there"


def test_whole_statements_in_the_second_message_are_no_pages():
    sheet = Sheet(bookings=(Booking(payments=(SALE,)),))
    data = document(GERMAN, sheet, page=(2, True))
    assert faults_of(data) == []
    assert statements_of(data)[0].page == 0


def test_balances_may_stand_after_the_entries():
    data = document(GERMAN, Sheet(bookings=(Booking(payments=(SALE,)),))).decode()
    begin, end = data.index("<Bal>"), data.rindex("</Bal>") + len("</Bal>")
    moved = data[:begin] + data[end:].replace("</Stmt>", data[begin:end] + "</Stmt>")
    assert statements_of(moved.encode())[0].closing == 112_050


def test_a_statement_without_entries_has_its_balances():
    (statement,) = items_of(document(BRITISH, Sheet()))
    assert isinstance(statement, BankStatement)
    assert (statement.opening, statement.closing, statement.records) == (100_000, 100_000, 0)


@ANY_DIALECT
def test_a_bank_that_tells_a_row_otherwise_gives_it_the_same_key_by_its_reference(dialect: Dialect):
    booking = Booking(payments=(SALE,), bank_reference="B-1")
    otherwise = Booking(payments=(replace(SALE, text="INVOICE 17", name=""),), bank_reference="B-1", value_day=None)
    assert [record.key for record in read_bookings(dialect, booking)] == [
        record.key for record in read_bookings(dialect, otherwise)
    ]


def test_balances_may_stand_between_the_entries():
    data = document(GERMAN, Sheet(bookings=(Booking(payments=(SALE,)), Booking(payments=(RENT,))))).decode()
    begin, end = data.index("<Bal>"), data.rindex("</Bal>") + len("</Bal>")
    balances, rest = data[begin:end], data[:begin] + data[end:]
    at = rest.rindex("<Ntry>")
    assert statements_of((rest[:at] + balances + rest[at:]).encode())[0].closing == 22_050


def test_a_pages_own_balances_come_before_those_of_the_statement():
    sheet = Sheet(
        bookings=(Booking(payments=(SALE,)),), opening=1_000, opening_type="OPBD/INTM", closing_type="CLBD/INTM"
    )
    data = document(GERMAN, sheet, page=(2, False))
    other = "<Bal><Tp><CdOrPrtry><Cd>{}</Cd></CdOrPrtry></Tp><Amt>7</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>"
    both = data.replace(b"<Bal>", (other.format("OPBD") + other.format("CLBD") + "<Bal>").encode(), 1)
    (page,) = statements_of(both)
    assert (page.opening, page.closing, page.page) == (1_000, 13_050, 2)
    assert page.opening_is_intermediate
    assert page.closing_is_intermediate
