"""Compares the ledger's tables with the second set of books."""

import json
import uuid
from collections import Counter

import asyncpg

from ledgerd.core.model.ids import BALANCE, encode
from ledgerd.store import deferred
from tests.model.books import Books
from tests.model.entry_points import Names
from tests.model.requests import Refund, ResolveHold, Split
from tests.model.state import DEFERRED, Deferred, divides_late, total

NOT_DONE = (*DEFERRED, "REJECTED", "CANCELLED")

BALANCES = (
    "SELECT id, indicator, currency, credit, debit, inflight_credit, inflight_debit, floor, ceiling, status"
    " FROM balances WHERE id >= $1 AND currency = ANY($2)"
)
TRANSACTIONS = (
    "SELECT id, reference, kind, status, amount, committed, voided, COALESCE(refunded, 0) AS refunded, header_id,"
    " deferred_as, scheduled_at, rejection, effective_at, adjusted, adjustments, adjusted_expires_at"
    " FROM transactions WHERE id >= $1 AND (currency = ANY($2) OR currency IS NULL)"
)


class Comparison:
    """Reads the rows of one program: those from its first id on, in its currencies."""

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
        for name, balance in self._books.balances.items():
            key = (self._names.balance(name.partition(" ")[0]), self._names.money(balance.currency))
            figures = found.get(key, (0, 0, 0, 0, None, None, "OPEN", (0, 0)))
            bounds = (balance.floor, balance.ceiling, balance.status)
            held = (balance.inflight_credit, balance.inflight_debit)
            assert figures == (balance.credit, balance.debit, *held, *bounds, self._books.queued(name)), name
        rows = await self._reader.fetch(TRANSACTIONS, self._first_id, currencies)
        self._compare_holds([row for row in rows if row["committed"] is not None and row["header_id"] is None])
        self._compare_legs(rows)
        self._compare_effective_times(rows)
        accepted = [row for row in rows if row["deferred_as"] is not None]
        self._compare_deferred(accepted)
        self._compare_deferred_legs(accepted)

    def _compare_holds(self, rows: list[asyncpg.Record]) -> None:
        splits = {name: total(legs) for name, legs in self._books.splits.items() if legs[0].payment.held}
        holds = self._books.holds | splits
        assert {
            (
                *(row["reference"], row["status"], row["amount"], row["committed"], row["voided"], row["refunded"]),
                *(row["adjusted"], row["adjustments"], row["adjusted_expires_at"]),
            )
            for row in rows
        } == {
            (
                self._names.reference(name),
                hold.status,
                hold.amount,
                hold.committed,
                hold.voided,
                self._books.refunded(name),
                hold.adjusted,
                hold.adjustments,
                self._names.time(hold.expires),
            )
            for name, hold in holds.items()
        }

    def _compare_effective_times(self, rows: list[asyncpg.Record]) -> None:
        """The times of their own that commits and refunds have."""
        recorded = [recorded.request for recorded in self._books.recorded.values()]
        dated = [request for request in recorded if isinstance(request, ResolveHold | Refund)]
        assert {
            (row["reference"], row["effective_at"]) for row in rows if row["effective_at"] and row["reference"]
        } == {
            (self._names.reference(request.reference), self._names.time(request.effective))
            for request in dated
            if request.effective is not None
        }

    def _compare_legs(self, rows: list[asyncpg.Record]) -> None:
        """The figures and statuses of the legs of splits that were applied."""
        splits = {row["id"]: row["reference"] for row in rows if row["kind"] == "SPLIT"}
        assert Counter(
            (
                splits[row["header_id"]],
                row["status"],
                row["amount"],
                row["amount"] if row["committed"] is None else row["committed"],
                row["voided"] or 0,
                row["refunded"],
            )
            for row in rows
            if row["header_id"] in splits and row["status"] not in NOT_DONE
        ) == Counter(
            (self._names.reference(name), leg.status, leg.amount, leg.committed, leg.voided, leg.refunded)
            for name, legs in self._books.splits.items()
            for leg in legs
        )

    def _compare_deferred(self, rows: list[asyncpg.Record]) -> None:
        """Everything that was deferred: its status, amount, due time, and the reason if it was rejected."""
        found = {row["reference"]: _outcome(row) for row in rows if row["header_id"] is None}
        assert found == {
            self._names.reference(name): (
                self._books.status(name),
                request.amount,
                self._names.time(request.at),
                request.reason,
            )
            for name, request in self._books.deferred.items()
        }

    def _compare_deferred_legs(self, rows: list[asyncpg.Record]) -> None:
        """Legs have the status of their split until it is applied. Legs that come late were never deferred."""
        splits = {row["id"]: row["reference"] for row in rows if row["kind"] == "SPLIT"}
        assert Counter((splits.get(row["header_id"]), *_outcome(row)) for row in rows if row["header_id"]) == Counter(
            (self._names.reference(name), status, amount, self._names.time(split.at), split.reason)
            for name, split in self._books.deferred.items()
            if isinstance(split.request, Split) and not divides_late(split.request)
            for status, amount in self._legs(name, split)
        )

    def _legs(self, name: str, split: Deferred) -> list[tuple[str, int]]:
        if split.status == "DONE":
            return [(leg.status, leg.amount) for leg in self._books.splits[name]]
        return [(split.status, amount) for *_, amount in split.legs]


def _outcome(row: asyncpg.Record) -> tuple[object, ...]:
    rejection = row["rejection"] and json.loads(row["rejection"])["reason"]
    return row["status"], row["amount"], row["scheduled_at"], rejection
