"""A run that was done again, compared with what it found the first time."""

import json
import uuid

import asyncpg

from ledgerd.core.model.ids import EXTERNAL_RECORD, TRANSACTION, encode
from ledgerd.reconciliation.counting import IGNORED, OUTSIDE_WINDOW, Counts
from ledgerd.reconciliation.method import Method
from ledgerd.store import reconciliations

_SHOWN_MAX = 20
_LEFT_OUT = frozenset({IGNORED, OUTSIDE_WINDOW})


async def differences(
    connection: asyncpg.Connection, run_id: uuid.UUID, of: uuid.UUID, method: Method, counts: Counts, digest: bytes
) -> list[str]:
    """What differs between a replay, whose result is written, and the run that it replays: sentences, at most some
    dozens. Empty where all is equal."""
    before = await reconciliations.find(connection, of)
    assert before is not None, "a run vanished"
    told = counts_apart(json.loads(before["counts"]), counts, method)
    if before["digest"] == digest:
        return told
    for ours, theirs, words in ((of, run_id, "was found then, and not again"), (run_id, of, "was not found then")):
        for row in await reconciliations.differing(connection, ours, theirs, _SHOWN_MAX):
            record = encode(EXTERNAL_RECORD, row["record_number"])
            told.append(f"The match of {record} with {encode(TRANSACTION, row['transaction_id'].int)} {words}.")
    return told or ["The rows of groups, or what kept rows from a match, differ."]


def counts_apart(before: Counts, now: Counts, method: Method) -> list[str]:
    """What differs between totals, in sentences. Where the first run may have counted no rows that it left out, only
    such that it did count are compared."""
    told = []
    for currency in sorted({*before, *now}):
        outcomes = [counts.get(currency, {}).get("outcomes", {}) for counts in (before, now)]
        for outcome in sorted({*outcomes[0], *outcomes[1]}):
            if outcome in _LEFT_OUT and outcome not in outcomes[0] and not method.counts_left_out:
                continue
            figures = outcomes[0].get(outcome, {}), outcomes[1].get(outcome, {})
            for name in sorted({*figures[0], *figures[1]}):
                then, again = figures[0].get(name, "0"), figures[1].get(name, "0")
                if then != again:
                    told.append(f"{currency}, {outcome}, {name}: {then} then, {again} again.")
    return told[:_SHOWN_MAX]
