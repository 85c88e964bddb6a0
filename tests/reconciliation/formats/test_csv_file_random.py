"""Random movements written as CSV and read back, and random bytes."""

import csv
import io
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from ledgerd.core.model.amount import decimal_text
from tests.reconciliation.formats.test_csv_file import read

TEXTS = st.text(st.characters(exclude_categories=("C", "Z")) | st.just(" "), max_size=40).map(
    lambda t: " ".join(t.split())
)
MOVEMENTS = st.tuples(st.integers(-(10**12), 10**12), st.dates(date(1980, 1, 1), date(2079, 12, 31)), TEXTS)


@given(
    movements=st.lists(MOVEMENTS, max_size=12),
    delimiter=st.sampled_from(",;\t|"),
    mark=st.sampled_from([(".", ","), (",", "."), (".", "'"), (",", " "), (",", "")]),
    form=st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%y", "%d-%b-%Y", "%Y%m%d"]),
    encoding=st.sampled_from(["utf-8", "utf-16"]),
)
def test_what_is_written_is_read_back(movements, delimiter: str, mark: tuple[str, str], form: str, encoding: str):
    decimal_mark, thousands = mark
    target = io.StringIO()
    writer = csv.writer(target, delimiter=delimiter)
    writer.writerow(["Text", "Date", "Amount"])
    for amount, day, text in movements:
        whole, _, fraction = decimal_text(amount, 100).partition(".")
        grouped = f"{int(whole.lstrip('-')):,}".replace(",", thousands)
        number = f"{'-' if amount < 0 else ''}{grouped}{decimal_mark}{fraction}"
        writer.writerow([text, day.strftime(form), number])
    found = read(
        target.getvalue().encode(encoding),
        delimiter=delimiter,
        decimal_mark=decimal_mark,
        thousands_separator=thousands,
        date_format=form,
        encoding=encoding,
    )
    assert not found.codes
    assert [(r.amount, r.booking_date, r.description) for r in found.records] == movements


@given(data=st.binary(max_size=300), encoding=st.sampled_from(["utf-8", "utf-16", "windows-1252"]))
def test_no_bytes_break_the_reader(data: bytes, encoding: str):
    found = read(b"Amount,Date,Text\n" + data, encoding=encoding)
    assert all(record.amount is not None and record.booking_date for record in found.records)
