"""How a run finds and counts is noted with it, so that it gives the same result for ever."""

import json
from datetime import date

import asyncpg
import pytest

from ledgerd.reconciliation.finding import Finder, TooManyLeft
from ledgerd.reconciliation.matching.engine import Bounds
from ledgerd.reconciliation.method import FIRST, NOW, Method
from ledgerd.reconciliation.replays import counts_apart
from ledgerd.store.connecting import prepare
from tests.reconciliation.stored import StoredEntry, StoredRecord, spec, store
from tests.reconciliation.test_finding import ABOUT, BOOKED, DAY, note, rule

MATCHED = {"MATCHED": {"records": "1", "records_amount": "100"}}
LEFT_OUT = {outcome: {"records": "3", "records_amount": "300"} for outcome in ("IGNORED", "OUTSIDE_WINDOW")}


def counts(**outcomes: dict[str, str]) -> dict[str, dict[str, object]]:
    return {"EUR": {"precision": "100", "outcomes": outcomes}}


def test_what_is_noted_is_read_again():
    for method in (NOW, FIRST, Method(bounds=Bounds(pairs_max=7), few_rows=1)):
        assert Method.of(method.json()) == method


def test_runs_that_noted_no_method_have_the_first_one():
    """These values never change: such runs are stored."""
    assert json.loads(Method.of(None).json()) == {
        "bounds": {
            "pairs_max": 2_000_000, "pairs_are_shared": False, "members_max": 2_000_000, "block_max": 50_000_000,
            "proposals_max": 1_000,
        },
        "few_rows": 60_000,
        "left_max_rows": 400_000,
        "counts_left_out": False,
        "every_record_has_a_day": False,
        "compares_known_records": False,
    }  # fmt: skip


@pytest.mark.parametrize("outcome", sorted(LEFT_OUT))
def test_a_replay_compares_no_outcome_that_the_first_run_did_not_count(outcome: str) -> None:
    again = counts(**MATCHED, **{outcome: LEFT_OUT[outcome]})
    assert counts_apart(counts(**MATCHED), again, FIRST) == []
    assert len(counts_apart(counts(**MATCHED), again, NOW)) == 2
    counted = counts(**MATCHED, **{outcome: {"records": "2", "records_amount": "300"}})
    for method in (FIRST, NOW):
        assert counts_apart(counted, again, method) == [f"EUR, {outcome}, records: 2 then, 3 again."]
    assert len(counts_apart(counts(), again, FIRST)) == 2, "what every run counted is compared"


async def test_a_run_finds_within_the_bounds_that_it_noted(connection: asyncpg.Connection) -> None:
    await prepare(connection)
    records = [StoredRecord(amount=100 + number, booking_date=date(2026, 3, 1)) for number in range(3)]
    entries = [StoredEntry(amount=100 + number, recorded_at=DAY, reference=f"R{number}") for number in range(3)]
    await store(connection, records, entries)
    for pairs_max, bounded in ((1, 1), (100, 0)):
        of = spec([rule(ABOUT, BOOKED)], time_zone="UTC", method=Method(bounds=Bounds(pairs_max=pairs_max)))
        outcome = (await Finder(connection, of, note).find()).outcome
        assert (len(outcome.bounded), len(outcome.matches)) == (bounded, 0 if bounded else 3)
    of = spec([rule(ABOUT, BOOKED)], time_zone="UTC", method=Method(few_rows=0, left_max_rows=5))
    with pytest.raises(TooManyLeft):
        await Finder(connection, of, note).find()
