"""Random movements written as MT940 and read back, and random bytes."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ledgerd.core.model.amount import decimal_text
from ledgerd.core.model.format_profile import FileFormat
from ledgerd.reconciliation.formats.reading import Bounds
from tests.reconciliation.formats.test_mt940 import HEAD, read

REFERENCES = st.from_regex(r"[A-Z]-[A-Z0-9]{1,12}", fullmatch=True)
WORDS = st.lists(st.from_regex(r"[A-Za-z0-9.]{1,9}", fullmatch=True), min_size=1, max_size=8).map(" ".join)
MOVEMENTS = st.tuples(
    st.integers(-(10**10), 10**10),
    st.dates(date(1981, 1, 1), date(2078, 12, 31)),
    st.integers(-100, 100),
    REFERENCES,
    WORDS,
)


def wrapped(text: str, width: int = 65) -> str:
    return "\n".join(text[n : n + width] for n in range(0, len(text), width))


def german(reference: str, words: str) -> str:
    purpose = f"EREF+{reference}".ljust(27)[:27].rstrip() + "\n" + f"SVWZ+{words}"
    fields = [purpose.split("\n")[0]] + [purpose.split("\n")[1][n : n + 27] for n in range(0, len(words) + 5, 27)]
    return wrapped("166?00X" + "".join(f"?{20 + n}{text}" for n, text in enumerate(fields)))


def slashes(reference: str, words: str) -> str:
    return wrapped(f"/EREF/{reference}/REMI/{words}")


@given(
    movements=st.lists(MOVEMENTS, max_size=8),
    dialect=st.sampled_from([german, slashes]),
    funds=st.sampled_from(["", "R"]),
)
def test_what_is_written_is_read_back(movements, dialect, funds: str):
    lines = []
    for amount, value, distance, reference, words in movements:
        booked = value + timedelta(days=distance)
        number = decimal_text(abs(amount), 100).replace(".", ",")
        mark = ("C" if amount >= 0 else "D") + funds
        lines += [f":61:{value:%y%m%d}{booked:%m%d}{mark}{number}NTRFNONREF", f":86:{dialect(reference, words)}"]
    closing = 100_000 + sum(movement[0] for movement in movements)
    foot = f":62F:{'C' if closing >= 0 else 'D'}260131EUR{decimal_text(abs(closing), 100).replace('.', ',')}\n-\n"
    found = read(HEAD + "".join(f"{line}\n" for line in lines) + foot)
    assert not found.codes
    read_back = [(r.amount, r.value_date, r.booking_date, r.references, r.description) for r in found.records]
    assert read_back == [
        (amount, value, value + timedelta(days=distance), (reference,), words)
        for amount, value, distance, reference, words in movements
    ]


@given(data=st.binary(max_size=200) | st.text(":016286CDRF-{}\n,?/EUR", max_size=200).map(str.encode))
def test_no_bytes_break_the_reader(data: bytes):
    for file_format in (FileFormat.MT940, FileFormat.MT942):
        read(data, file_format)
        found = read(HEAD.encode() + data, file_format, bounds=Bounds(line_chars=100))
        assert all(r.currency == "EUR" and r.value_date for r in found.records)
