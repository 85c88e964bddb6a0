"""Whether the ledger's tables say what stands in the second set of books."""

import json
import uuid
from collections import Counter

import asyncpg

from ledgerd.core.model.ids import BALANCE, encode
from ledgerd.store import deferred
from tests.model.books import Books
from tests.model.doors import Names
from tests.model.pages import WAITING, Waits, whole
from tests.model.wishes import Divide

NOT_DONE = (*WAITING, "REJECTED", "CANCELLED")

BALANCES = (
    "SELECT id, indicator, currency, credit, debit, inflight_credit, inflight_debit, floor, ceiling, state"
    " FROM balances WHERE id >= $1 AND currency = ANY($2)"
)
TRANSACTIONS = (
    "SELECT id, reference, kind, status, amount, committed, voided, COALESCE(refunded, 0) AS refunded, part_of,"
    " accepted_as, scheduled_at, rejection"
    " FROM transactions WHERE id >= $1 AND (currency = ANY($2) OR currency IS NULL)"
)


class Comparing:
    """One program's rows, which no other's are among: those from its first id on."""

    def __init__(self, reader: asyncpg.Connection, books: Books, names: Names, first_id: uuid.UUID) -> None:
        self._reader = reader
        self._books = books
        self._names = names
        self._first_id = first_id

    async def all(self) -> None:
        currencies = [self._names.money("own"), self._names.money("foreign")]
        rows = await self._reader.fetch(BALANCES, self._first_id, currencies)
        queued = await deferred.queued(self._reader, [row["id"].hex for row in rows])
        found = {
            (row["indicator"] or encode(BALANCE, row["id"].int), row["currency"]): (
                *tuple(row)[3:],
                queued[row["id"].hex],
            )
            for row in rows
        }
        for name, page in self._books.pages.items():
            key = (self._names.balance(name.partition(" ")[0]), self._names.money(page.currency))
            figures = found.get(key, (0, 0, 0, 0, None, None, "OPEN", (0, 0)))
            bounds = (page.floor, page.ceiling, page.state)
            told = (page.credit, page.debit, page.coming, page.going, *bounds, self._books.queued(name))
            assert figures == told, name
        rows = await self._reader.fetch(TRANSACTIONS, self._first_id, currencies)
        self._compare_holds([row for row in rows if row["committed"] is not None and row["part_of"] is None])
        self._compare_legs(rows)
        accepted = [row for row in rows if row["accepted_as"] is not None]
        self._compare_waiting(accepted)
        self._compare_waiting_legs(accepted)

    def _compare_holds(self, rows: list[asyncpg.Record]) -> None:
        divided = {name: whole(parts) for name, parts in self._books.divided.items() if parts[0].pay.held}
        holds = self._books.holds | divided
        assert {
            (row["reference"], row["status"], row["amount"], row["committed"], row["voided"], row["refunded"])
            for row in rows
        } == {
            (
                self._names.reference(name),
                hold.status,
                hold.amount,
                hold.committed,
                hold.voided,
                self._books.given_back(name),
            )
            for name, hold in holds.items()
        }

    def _compare_legs(self, rows: list[asyncpg.Record]) -> None:
        """Of what was divided, at once or in its turn, what each got, and where it stands."""
        splits = {row["id"]: row["reference"] for row in rows if row["kind"] == "SPLIT"}
        assert Counter(
            (
                splits[row["part_of"]],
                row["status"],
                row["amount"],
                row["amount"] if row["committed"] is None else row["committed"],
                row["voided"] or 0,
                row["refunded"],
            )
            for row in rows
            if row["part_of"] in splits and row["status"] not in NOT_DONE
        ) == Counter(
            (self._names.reference(name), one.status, one.amount, one.committed, one.voided, one.given)
            for name, parts in self._books.divided.items()
            for one in parts
        )

    def _compare_waiting(self, rows: list[asyncpg.Record]) -> None:
        """What waits and what waited: where it stands, how much it is, when it is due, and why it was rejected."""
        found = {row["reference"]: _standing(row) for row in rows if row["part_of"] is None}
        told = {
            self._names.reference(name): (self._books.status(name), one.amount, self._names.time(one.at), one.reason)
            for name, one in self._books.waits.items()
        }
        assert found == told

    def _compare_waiting_legs(self, rows: list[asyncpg.Record]) -> None:
        """They stand where their split stands, until it is done."""
        waits = {row["id"]: row["reference"] for row in rows if row["kind"] == "SPLIT"}
        assert Counter((waits.get(row["part_of"]), *_standing(row)) for row in rows if row["part_of"]) == Counter(
            (self._names.reference(name), status, amount, self._names.time(one.at), one.reason)
            for name, one in self._books.waits.items()
            if isinstance(one.wish, Divide)
            for status, amount in self._legs(name, one)
        )

    def _legs(self, name: str, waits: Waits) -> list[tuple[str, int]]:
        if waits.status == "DONE":
            return [(leg.status, leg.amount) for leg in self._books.divided[name]]
        return [(waits.status, amount) for *_, amount in waits.parts]


def _standing(row: asyncpg.Record) -> tuple[object, ...]:
    rejection = row["rejection"] and json.loads(row["rejection"])["reason"]
    return row["status"], row["amount"], row["scheduled_at"], rejection
