"""Whether a row of a table is booked: by the words that its profile declares, and never by a guess."""

import pytest

from ledgerd.core.model.format_profile import FileFormat, FormatProfile
from ledgerd.reconciliation.formats import csv_file, json_file
from tests.reconciliation.formats.text_files import Outcome, outcome

COLUMNS = {"amount": "Amount", "booking_date": "Date", "description": "Text"}
WORDS = {"booked_words": ("Completed",), "pending_words": ("Pending", "On hold"), "information_words": ("Failed",)}


def read(*states: str, columns: dict[str, str] = COLUMNS, **words: tuple[str, ...]) -> Outcome:
    """Rows with these states, each with a key and an amount of its own."""
    rows = "".join(f"k{n},{n}.00,2026-01-31,x,{state}\n" for n, state in enumerate(states, 1))
    profile = FormatProfile(format=FileFormat.CSV, columns={**columns, "status": "State"}, **(words or WORDS))
    return outcome(csv_file.read, f"ID,Amount,Date,Text,State\n{rows}", profile)


def test_the_words_of_the_profile_say_whether_a_row_is_booked():
    found = read("Completed", "Pending", " On hold ", "Failed", "")
    assert not found.codes
    assert [(record.status.value, record.source_status) for record in found.records] == [
        ("BOOKED", "Completed"),
        ("PENDING", "Pending"),
        ("PENDING", "On hold"),
        ("INFORMATION", "Failed"),
        ("BOOKED", ""),
    ]


@pytest.mark.parametrize("word", ["completed", "BOOK", "Reversed"])
def test_a_word_that_the_profile_does_not_name_is_a_fault_of_its_row(word: str):
    found = read("Completed", word, "Pending")
    assert found.codes == [(3, "status", "WORD_UNKNOWN")]
    assert "booked_words" in found.faults[0].reason and word not in found.faults[0].reason
    assert [record.amount for record in found.records] == [100, 300]


def test_what_is_not_booked_has_another_key_than_when_it_is():
    with_keys = {**COLUMNS, "key": "ID"}
    assert [record.key for record in read("Completed", "Pending", "Failed", columns=with_keys).records] == [
        "k1",
        "k2:pending",
        "k3:information",
    ]
    made = [read(state).records[0].key for state in ("Completed", "Pending", "")]
    assert made[0] == made[2] != made[1]


def test_a_key_that_has_no_place_for_it_is_a_fault():
    profile = FormatProfile(format=FileFormat.JSON, columns={**_PLAIN, "key": "id", "status": "state"}, **WORDS)
    rows = [
        f'{{"id": "{"k" * 255}", "date": "2026-01-31", "amount": "1.00", "state": "{s}"}}'
        for s in ("Pending", "Completed")
    ]
    found = outcome(json_file.read, f"[{', '.join(rows)}]", profile)
    assert [(field, code) for _, field, code in found.codes] == [("key", "TEXT_INVALID")]
    assert [record.key for record in found.records] == ["k" * 255]


def test_an_object_without_a_status_is_booked():
    profile = FormatProfile(format=FileFormat.JSON, columns={**_PLAIN, "status": "state"}, **WORDS)
    found = outcome(json_file.read, '[{"date": "2026-01-31", "amount": "1.00"}]', profile)
    assert [record.status.value for record in found.records] == ["BOOKED"]


@pytest.mark.parametrize(
    ("columns", "words", "reason"),
    [
        ({**COLUMNS, "status": "State"}, {}, "names no words"),
        (COLUMNS, {"pending_words": ("Pending",)}, "maps no status"),
        ({**COLUMNS, "status": "State"}, {"booked_words": ("Done",), "information_words": ("Done",)}, "two statuses"),
    ],
)
def test_a_profile_says_what_words_and_column_mean(columns: dict, words: dict, reason: str):
    found = outcome(csv_file.read, "ID\n", FormatProfile(format=FileFormat.CSV, columns=columns, **words))
    assert found.rejected and found.rejected.field == "status"
    assert reason in found.rejected.reason


_PLAIN = {"amount": "amount", "booking_date": "date"}
