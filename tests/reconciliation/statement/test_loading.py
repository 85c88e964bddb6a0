"""A statement is drawn up from what is stored: postings by the service, records and decisions as they are kept."""

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest

from ledgerd.core.model import ids
from ledgerd.core.model.reconciliation_statement import Proof, ReconciliationStatement, TimeBasis
from ledgerd.reconciliation.statement_loading import CurrencyNotInSource, load_statement
from tests.conftest import Server
from tests.rpc import records, wire
from tests.store.upload_rows import insert

RUN = uuid.UUID("01900000-0000-7000-8000-00000000cccc")
FIRST = date(2026, 1, 1)


class Books:
    """One source in dollars with two balances; the day is that of the postings, in the source's time zone UTC."""

    def __init__(self, server: Server, connection: asyncpg.Connection) -> None:
        self._server, self._connection = server, connection
        self.day = datetime.now(UTC).date()
        self._decisions = 0

    async def open(self, **more: object) -> None:
        self.balances = [await wire.open_balance(self._server) for _ in range(2)]
        source = await records.source(self._server, balance_ids=self.balances, time_zone="UTC", **more)
        self.source = uuid.UUID(int=ids.decode(ids.EXTERNAL_SOURCE, source.id))

    async def upload(self, *amounts: str, day: date) -> list[int]:
        """Typed records of a day, and their numbers."""
        source = ids.encode(ids.EXTERNAL_SOURCE, self.source.int)
        before = await self._connection.fetchval("SELECT COALESCE(max(id), 0) FROM external_records")
        typed = [records.record(f"k{before}-{n}", amount, booking_date=f"{day}") for n, amount in enumerate(amounts)]
        await records.upload(self._server, source, typed)
        query = "SELECT id FROM external_records WHERE id > $1 ORDER BY id"
        return [row["id"] for row in await self._connection.fetch(query, before)]

    async def bank_statement(self, opening: int, closing: int, day: date) -> None:
        upload = await self._connection.fetchval("SELECT id FROM uploads ORDER BY id DESC LIMIT 1")
        row = {
            "source_id": f"'{self.source}'", "upload_id": f"'{upload}'", "ordinal": 10**6,
            "account": "'DE1'", "page": 0, "currency": "'USD'", "precision": 100,
            "opening": opening, "closing": closing, "opening_date": f"'{FIRST}'",
            "closing_date": f"'{day}'", "opening_is_intermediate": "false", "closing_is_intermediate": "false",
            "is_last_page": "true", "is_interim": "false", "records": 0, "total": 0, "items": 0, "credits": 0,
            "debits": 0, "line": 1, "created_at": "now()",
        }  # fmt: skip
        await self._connection.execute(insert("bank_statements", row))

    async def post(self, amount: int, balance: int = 0, **more: object) -> uuid.UUID:
        """A posting into a balance of the source, or out of it where the amount is negative."""
        sides = ("@World", self.balances[balance])
        source, destination = sides if amount > 0 else sides[::-1]
        sent = wire.draft(f"{uuid.uuid4()}", source, destination, abs(amount), allow_overdraft=True, **more)
        transaction = (await wire.record(self._server, sent)).transaction
        return uuid.UUID(int=ids.decode(ids.TRANSACTION, transaction.id))

    async def claim(self, numbers: Sequence[int], entries: Sequence[uuid.UUID], match: int | None) -> None:
        """Rows of a confirmed match, or ignored ones."""
        self._decisions += 1
        kind = "IGNORE_ROWS" if match is None else "CONFIRM_MATCHES"
        decision = await self._connection.fetchval(
            "INSERT INTO row_decisions (source_id, kind, reason, decided_at) VALUES ($1, $2, 'ours', now())"
            " RETURNING number",
            self.source, kind,
        )  # fmt: skip
        run = None if match is None else RUN
        for number in numbers:
            await self._connection.execute(
                "INSERT INTO record_claims (record_number, claimed_by, reconciliation_id, match_number)"
                " VALUES ($1, $2, $3, $4)", number, decision, run, match,
            )  # fmt: skip
        for entry in entries:
            balance = uuid.UUID(int=ids.decode(ids.BALANCE, self.balances[0]))
            await self._connection.execute(
                "INSERT INTO entry_claims (transaction_id, balance_id, claimed_by, reconciliation_id, match_number)"
                " VALUES ($1, $2, $3, $4, $5)", entry, balance, decision, run, match,
            )  # fmt: skip

    async def statement(self, day: date | None = None, basis: TimeBasis = TimeBasis.RECORD) -> ReconciliationStatement:
        return await load_statement(self._connection, self.source, "USD", day or self.day, basis)


def proof_of(statement: ReconciliationStatement) -> Proof:
    assert statement.proof is not None
    return statement.proof


@pytest.fixture
def books(server: Server, connection: asyncpg.Connection) -> Books:
    return Books(server, connection)


async def test_everything_that_is_stored_is_explained(books: Books) -> None:
    await books.open()
    paid, ignored, late, extra = await books.upload("10.00", "-0.40", "3.00", "7.77", day=books.day)
    entry, own, other = await books.post(995), await books.post(-20), await books.post(300)
    await books.post(5_000, balance=1)
    await books.claim([paid], [entry], match=1)
    await books.claim([late], [other], match=2)
    await books.claim([ignored], [own], match=None)
    await books.bank_statement(opening=1_000, closing=1_000 + 1_000 - 40 + 300 + 777, day=books.day)
    statement = await books.statement()
    proof = proof_of(statement)
    assert (statement.matches, proof.opening, proof.differences) == (2, 1_000, -5)
    assert (proof.only_in_bank, proof.only_in_ledger) == (777, 5_000)
    assert (proof.ignored_in_bank, proof.ignored_in_ledger) == (-40, -20)
    assert (proof.ledger_balance, proof.records_missing, proof.entries_missing) == (6_275, 0, 0)
    assert proof.unexplained == 0
    (item,) = statement.only_in_bank.items
    assert item.row.id == ids.encode(ids.EXTERNAL_RECORD, extra)


async def test_a_movement_between_balances_of_the_source_is_in_no_book_and_moves_the_balances(books: Books) -> None:
    await books.open()
    await books.upload("1.00", day=books.day)
    await books.post(500)
    sent = wire.draft("between", books.balances[0], books.balances[1], 200)
    await wire.record(books._server, sent)
    await books.bank_statement(opening=0, closing=100, day=books.day)
    statement = await books.statement()
    assert sorted(total for _, total in statement.ledger.balances) == [200, 300]
    assert statement.only_in_ledger.count == 1
    assert (proof_of(statement).only_in_ledger, proof_of(statement).unexplained) == (500, 0)


async def test_what_is_a_debit_for_the_ledger_is_positive_where_the_source_is_opposite(books: Books) -> None:
    await books.open(sign_convention="SIGN_CONVENTION_MONEY_IN_IS_DEBIT")
    await books.upload("5.00", day=books.day)
    await books.post(-500)
    await books.bank_statement(opening=0, closing=500, day=books.day)
    proof = proof_of(await books.statement())
    assert (proof.ledger_balance, proof.only_in_ledger, proof.unexplained) == (500, 500, 0)


async def test_entries_belong_to_the_day_of_the_time_that_is_asked_for(books: Books) -> None:
    await books.open()
    await books.upload("1.00", day=books.day - timedelta(days=3))
    then = datetime.combine(books.day - timedelta(days=2), datetime.min.time(), UTC)
    await books.post(300, effective_time=then)
    await books.post(-100)
    await books.bank_statement(opening=0, closing=100, day=books.day - timedelta(days=3))
    yesterday = books.day - timedelta(days=1)
    totals = [
        (await books.statement(day, basis)).ledger.total
        for day in (yesterday, books.day)
        for basis in (TimeBasis.RECORD, TimeBasis.EFFECTIVE)
    ]
    assert totals == [0, 300, 200, 200]
    for basis in TimeBasis:
        assert proof_of(await books.statement(yesterday, basis)).unexplained == 0
        assert proof_of(await books.statement(basis=basis)).unexplained == 0


async def test_nothing_is_stated_about_what_is_not_there(books: Books, connection: asyncpg.Connection) -> None:
    await books.open()
    for source, currency in [(RUN, "USD"), (books.source, "CHF")]:
        with pytest.raises(CurrencyNotInSource):
            await load_statement(connection, source, currency, books.day, TimeBasis.RECORD)
