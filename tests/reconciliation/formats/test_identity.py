"""Keys that are made: the same row has the same key in every file, and two equal rows have two."""

import io
from datetime import date

from ledgerd.reconciliation.formats.identity import RecordKeys, content_hash

COFFEE = {
    "amount": -350,
    "currency": "EUR",
    "booking_date": date(2026, 5, 4),
    "value_date": date(2026, 5, 4),
    "references": ("CARD-1",),
    "description": "Coffee",
    "counterparty": "Cafe",
}


def _keys(*rows: dict, account: str = "DE1", number: str = "1") -> list[str]:
    keys = RecordKeys()
    keys.begin(account, number)
    return [keys.key(**row) for row in rows]


def test_two_equal_rows_of_a_day_have_two_keys_and_the_same_two_in_an_overlapping_statement():
    lunch = COFFEE | {"amount": -900, "booking_date": date(2026, 5, 3)}
    first = _keys(lunch, COFFEE, COFFEE)
    second = _keys(COFFEE, COFFEE, lunch, number="2")
    assert len(set(first)) == 3
    assert set(first) == set(second)


def test_everything_that_is_told_tells_rows_apart():
    others = [
        {"amount": 350},
        {"currency": "CHF"},
        {"booking_date": date(2026, 5, 5)},
        {"booking_date": None},
        {"value_date": date(2026, 5, 5)},
        {"references": ("CARD", "-1")},
        {"description": "Coffees"},
        {"counterparty": "Café"},
        {"unbooked_as": "PDNG"},
        {"part": ("1",)},
        {"bank_reference": "B1"},
    ]
    keys = [*(_keys(COFFEE | other)[0] for other in others), *_keys(COFFEE), *_keys(COFFEE, account="DE2")]
    assert len(set(keys)) == len(others) + 2


def test_with_a_reference_of_the_bank_texts_do_not_count():
    told_otherwise = COFFEE | {
        "description": "COFFEE, CARD 1",
        "counterparty": "",
        "value_date": None,
        "references": (),
    }
    assert _keys(COFFEE | {"bank_reference": "B1"}) == _keys(told_otherwise | {"bank_reference": "B1"})
    assert _keys(COFFEE) != _keys(told_otherwise)


def test_the_payments_of_one_row_are_told_apart_by_their_own_references():
    first, second = (COFFEE | {"bank_reference": "B1", "part": (part,)} for part in ("E1", "E2"))
    assert set(_keys(first, second)) == set(_keys(second, first))
    assert len(set(_keys(first, second))) == 2


def test_a_page_goes_on_counting_and_a_statement_begins_anew():
    keys = RecordKeys()
    keys.begin("DE1", "1", 1)
    first = keys.key(**COFFEE)
    keys.begin("DE1", "1", 2)
    second = keys.key(**COFFEE)
    keys.begin("DE1", "2", 1)
    assert first != second
    assert keys.key(**COFFEE) == first


def test_keys_are_the_same_for_ever():
    (by_row,) = _keys(COFFEE)
    (by_reference,) = _keys(COFFEE | {"bank_reference": "B1"})
    assert by_row == "db6d94966b445ca6870b591badfc303b82d99ff93f2568162c355fa5b2ca4ac1-1"
    assert by_reference == "4bbc07c33b63cf8631bbfa094a7ad262e0a4473be6792a5e88cabe490e40c476-1"


def test_the_hash_of_a_file_is_that_of_its_bytes():
    assert content_hash(io.BytesIO(b"abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_different_rows_are_all_the_first_of_their_kind():
    keys = _keys(*(COFFEE | {"amount": amount} for amount in range(1, 2_000)))
    assert {key[-2:] for key in keys} == {"-1"}
