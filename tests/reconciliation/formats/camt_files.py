"""Files of the tests' own writer, read: items, records, faults, statements."""

import io
from zoneinfo import ZoneInfo

import pytest

from ledgerd.core.model.currency import PRECISIONS
from ledgerd.core.model.external_record import BankStatement, ExternalRecord, FaultCode, RecordFault
from ledgerd.core.model.format_profile import FileFormat, FormatProfile
from ledgerd.reconciliation.formats.arithmetic import checked
from ledgerd.reconciliation.formats.files import read_file
from ledgerd.reconciliation.formats.reading import Item, ReadContext

from .camt_writer import DIALECTS, Booking, Dialect, Payment, Sheet, document

CONTEXT = ReadContext(
    profile=FormatProfile(format=FileFormat.CAMT), precisions=PRECISIONS, zone=ZoneInfo("Europe/Zurich")
)
SALE = Payment(
    amount=12_050,
    name="Müller & Söhne",
    account="FR1420041010050500013M02606",
    end_to_end="INV-17",
    transaction="TX-1",
    text="Invoice 17\nof May",
)
RENT = Payment(amount=-90_000, name="Landlord", account="NL02RABO0123456789", end_to_end="RENT-05", text="Rent")
ANY_DIALECT = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)


def items_of(data: bytes, context: ReadContext = CONTEXT) -> list[Item]:
    return list(checked(read_file(io.BytesIO(data), context)))


def records_of(data: bytes, context: ReadContext = CONTEXT) -> list[ExternalRecord]:
    """The records of a file without faults."""
    items = items_of(data, context)
    assert [item for item in items if isinstance(item, RecordFault)] == []
    return [item for item in items if isinstance(item, ExternalRecord)]


def read_bookings(dialect: Dialect, *bookings: Booking) -> list[ExternalRecord]:
    return records_of(document(dialect, Sheet(bookings=bookings)))


def faults_of(data: bytes, context: ReadContext = CONTEXT) -> list[tuple[FaultCode, str]]:
    return [(item.code, item.field) for item in items_of(data, context) if isinstance(item, RecordFault)]


def statements_of(data: bytes, context: ReadContext = CONTEXT) -> list[BankStatement]:
    return [item for item in items_of(data, context) if isinstance(item, BankStatement)]
