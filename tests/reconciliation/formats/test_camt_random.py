"""Random movements, written by any bank and read: nothing is lost, added or changed."""

import io
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerd.core.model.currency import PRECISIONS
from ledgerd.core.model.external_record import BankStatement, ExternalRecord, RecordKind
from ledgerd.core.model.format_profile import FileFormat, FormatProfile
from ledgerd.reconciliation.formats.arithmetic import checked
from ledgerd.reconciliation.formats.files import read_file
from ledgerd.reconciliation.formats.reading import ReadContext

from .camt_writer import DIALECTS, Booking, Dialect, Payment, Sheet, document

CONTEXT = ReadContext(
    profile=FormatProfile(format=FileFormat.CAMT), precisions=PRECISIONS, zone=ZoneInfo("Europe/Zurich")
)
WORDS = st.text(st.characters(categories=("L", "N", "P", "S")), max_size=30)
REFERENCES = st.from_regex(r"[A-Z]{2}[A-Z0-9/\-]{0,20}", fullmatch=True)
AMOUNTS = st.integers(-(10**15), 10**15)
PAYMENTS = st.builds(
    Payment,
    amount=AMOUNTS.filter(bool),
    name=WORDS,
    account=st.sampled_from(["", "FR1420041010050500013M02606", "NL02RABO0123456789"]),
    end_to_end=st.one_of(st.just("NOTPROVIDED"), REFERENCES),
    transaction=st.one_of(st.just(""), REFERENCES),
    text=WORDS,
)
DAYS = st.dates(date(2026, 5, 1), date(2026, 5, 5))


def _one_way(payments: list[Payment]) -> tuple[Payment, ...]:
    """The payments of a batch go one way: the older versions have one sign for all."""
    return tuple(replace(payment, amount=abs(payment.amount)) for payment in payments)


BOOKINGS = st.builds(
    Booking,
    payments=st.one_of(
        PAYMENTS.map(lambda payment: (payment,)), st.lists(PAYMENTS, min_size=2, max_size=4).map(_one_way)
    ),
    day=DAYS,
    value_day=st.one_of(st.none(), DAYS),
    bank_reference=st.one_of(st.just(""), REFERENCES),
    batch=st.one_of(st.just(""), REFERENCES),
    status=st.sampled_from(["BOOK", "BOOK", "PDNG"]),
)


def _told(booking: Booking) -> list[tuple]:
    """What is to be read of a booking."""
    return [
        (
            payment.amount,
            booking.day,
            booking.value_day,
            " ".join(payment.text.split()),
            " ".join(payment.name.split()),
            payment.account,
            "" if payment.end_to_end == "NOTPROVIDED" else payment.end_to_end,
            booking.status,
        )
        for payment in booking.payments
    ]


@given(
    dialect=st.sampled_from(DIALECTS),
    bookings=st.lists(BOOKINGS, max_size=6),
    opening=AMOUNTS,
)
@settings(max_examples=150)
def test_what_is_written_is_read(dialect: Dialect, bookings: list[Booking], opening: int):
    data = document(dialect, Sheet(bookings=tuple(bookings), opening=opening))
    *records, statement = list(checked(read_file(io.BytesIO(data), CONTEXT)))
    assert isinstance(statement, BankStatement)
    assert [
        (
            record.amount,
            record.booking_date,
            record.value_date,
            record.description,
            record.counterparty,
            record.counterparty_account,
            record.references[0] if record.references and told[6] else "",
            record.source_status,
        )
        for record, told in zip(records, [told for booking in bookings for told in _told(booking)], strict=True)
        if isinstance(record, ExternalRecord)
    ] == [told for booking in bookings for told in _told(booking)]
    assert {record.kind for record in records} <= {RecordKind.MOVEMENT}
    assert len({record.key for record in records}) == len(records)
    assert statement.closing == opening + sum(booking.amount for booking in bookings if booking.status == "BOOK")


@given(bookings=st.lists(BOOKINGS, max_size=8))
@settings(max_examples=60)
def test_a_later_statement_that_repeats_days_gives_the_keys_again(bookings: list[Booking]):
    """The first statement ends in the middle of the days of the second; each has whole days."""
    until = date(2026, 5, 3)
    first = [booking for booking in bookings if booking.day <= until]
    second = sorted(bookings, key=lambda booking: booking.day)
    keys = [
        {record.key for record in read_file(io.BytesIO(data), CONTEXT) if isinstance(record, ExternalRecord)}
        for data in (document(DIALECTS[0], Sheet(bookings=tuple(part))) for part in (first, second))
    ]
    assert keys[0] <= keys[1]
    assert len(keys[1]) == sum(len(booking.payments) for booking in bookings)
