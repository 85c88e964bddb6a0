"""Counts and sums of a run, for each currency and outcome."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import asyncpg
import numpy as np

from ledgerd.reconciliation import rows
from ledgerd.reconciliation.finding import Found
from ledgerd.reconciliation.sides import Numbers, Side
from ledgerd.reconciliation.spec import RunSpec
from ledgerd.store import reconciliation_rows as stored

MATCHED, WITH_DIFFERENCE, UNMATCHED, AMBIGUOUS, LIMIT_REACHED, DUPLICATE = (
    "MATCHED", "MATCHED_WITH_DIFFERENCE", "UNMATCHED", "AMBIGUOUS", "LIMIT_REACHED", "DUPLICATE",
)  # fmt: skip
_OUTCOMES = (UNMATCHED, MATCHED, WITH_DIFFERENCE, AMBIGUOUS, LIMIT_REACHED, DUPLICATE)
IGNORED, OUTSIDE_WINDOW = "IGNORED", "OUTSIDE_WINDOW"
Counts = Mapping[str, Mapping[str, Any]]
"""By currency: its ``precision``, and its ``outcomes``, each with how many ``records`` and ``entries`` had it and what
their amounts add up to. Numbers are decimal texts, amounts are in minor units."""


class LeftOut(NamedTuple):
    """Rows that a run leaves out: how many of a currency have an outcome, and what they add up to in the precision of
    the run. ``side`` is "records" or "entries"."""

    side: str
    outcome: str
    currency: str
    number: int
    amount: int


async def left_out(connection: asyncpg.Connection, spec: RunSpec) -> list[LeftOut]:
    """The rows that a run leaves out because they are ignored, or outside its window."""
    of_records = await stored.left_out_records(connection, rows.records_of(spec))
    of_entries = await stored.left_out_entries(connection, rows.entries_of(spec))
    sides = ("records", 1, of_records), ("entries", -1 if spec.is_opposite else 1, of_entries)
    return [
        LeftOut(
            name,
            outcome,
            row["currency"],
            row["count"],
            sign * int(row["amount"]) * spec.scale(row["currency"], row["precision"]),
        )
        for name, sign, found in sides
        for outcome, of_outcome in zip((IGNORED, OUTSIDE_WINDOW), found, strict=True)
        for row in of_outcome
    ]


def counts_of(found: Found, spec: RunSpec, others: Sequence[LeftOut] = ()) -> Counts:
    """What a run found and what it left out, in numbers."""
    counts: dict[str, dict[str, Any]] = {}

    def add(name: str, outcome: str, currency: str, number: int, amount: int) -> None:
        of_currency = counts.setdefault(currency, {"precision": str(spec.precisions[currency]), "outcomes": {}})
        of = of_currency["outcomes"].setdefault(outcome, {})
        of[name] = str(int(of.get(name, 0)) + number)
        of[f"{name}_amount"] = str(int(of.get(f"{name}_amount", 0)) + amount)

    for name, side, place in (("records", found.records, 0), ("entries", found.entries, 1)):
        outcomes = _outcomes(found, side, place)
        for code, currency in enumerate(side.currencies):
            for at, outcome in enumerate(_OUTCOMES):
                chosen = np.flatnonzero((outcomes == at) & (side.currency_codes == code))
                if len(chosen):
                    add(name, outcome, currency, len(chosen), side.sum_of(chosen))
    for each in others:
        add(*each)
    return counts


def _outcomes(found: Found, side: Side, number: int) -> Numbers:
    outcomes = np.zeros(len(side), np.int64)
    for taken in found.taken:
        places = (taken.of_record, taken.of_entry)[number]
        drift = taken.drift
        outcomes[places] = 1 if drift is None else np.array([2 if each else 1 for each in drift], np.int64)
    by_id = {} if number else {rows.record_id(record): 5 for record in found.duplicates}
    for match in found.outcome.matches:
        by_id.update(dict.fromkeys((match.records, match.entries)[number], 2 if match.drift else 1))
    for bounded in found.outcome.bounded:
        by_id.update(dict.fromkeys((bounded.records, bounded.entries)[number], 4))
    for match in found.outcome.ambiguous:
        by_id.update(dict.fromkeys((match.records, match.entries)[number], 3))
    for place in np.flatnonzero(outcomes == 0):
        outcomes[place] = by_id.get(side.row_id(int(place)), 0)
    return outcomes
