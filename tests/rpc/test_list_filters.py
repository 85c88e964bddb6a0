"""Lists and watches against a plain model: every comparison over every transaction, in memory.

The population has what makes lists hard: deferred, rejected and cancelled transactions, splits and their headers,
holds, refunds, amendments, and balances that are on either side of them.
"""

import random
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
from ledgerapi.v1 import transaction_pb2

from tests.conftest import Server
from tests.rpc import wire
from tests.rpc.deferred import approve, cancel, deny, outcome_of, reschedule

pb = wire.pb
Transaction = transaction_pb2.Transaction
COUNT = 60
EQUAL, ORDERED = ["=", "!="], ["=", "!=", "<", "<=", ">", ">="]
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda actual, value: actual == value,
    "!=": lambda actual, value: actual != value,
    "<": lambda actual, value: actual is not None and actual < value,
    "<=": lambda actual, value: actual is not None and actual <= value,
    ">": lambda actual, value: actual is not None and actual > value,
    ">=": lambda actual, value: actual is not None and actual >= value,
}


def time(name: str) -> Callable[[Transaction], tuple[datetime | None]]:
    def value(transaction: Transaction) -> tuple[datetime | None]:
        found = getattr(transaction, name)
        return (found.ToDatetime(UTC) if transaction.HasField(name) else None,)

    return value


def text(name: str) -> Callable[[Transaction], tuple[str]]:
    return lambda transaction: (getattr(transaction, name),)


def enum(of: Any, prefix: str, name: str) -> Callable[[Transaction], tuple[str]]:
    return lambda transaction: (of.Name(getattr(transaction, name)).removeprefix(prefix),)


VALUES: dict[str, tuple[Callable[[Transaction], tuple[Any, ...]], list[str]]] = {
    "balance_id": (lambda transaction: (transaction.source_id, transaction.destination_id), EQUAL),
    "source_id": (text("source_id"), EQUAL),
    "destination_id": (text("destination_id"), EQUAL),
    "source_indicator": (text("source_indicator"), ORDERED),
    "destination_indicator": (text("destination_indicator"), ORDERED),
    "reference": (text("reference"), ORDERED),
    "batch_id": (text("batch_id"), EQUAL),
    "parent_id": (text("parent_id"), EQUAL),
    "kind": (enum(transaction_pb2.TransactionKind, "TRANSACTION_KIND_", "kind"), EQUAL),
    "status": (enum(transaction_pb2.TransactionStatus, "TRANSACTION_STATUS_", "status"), EQUAL),
    "currency": (lambda transaction: (transaction.source_figures.currency or transaction.amount.currency,), ORDERED),
    "group": (text("group"), ORDERED),
    "tag": (text("tag"), ORDERED),
    "create_time": (time("create_time"), ORDERED),
    "record_time": (time("record_time"), ORDERED),
    "effective_time": (time("effective_time"), ORDERED),
    "scheduled_time": (time("scheduled_time"), ORDERED),
}
SIDES = ("balance_id", "source_id", "destination_id", "source_indicator", "destination_indicator")


class Term(NamedTuple):
    """One comparison of a filter."""

    field: str
    comparator: str
    value: Any

    def __str__(self) -> str:
        value = self.value.isoformat() if isinstance(self.value, datetime) else f'"{self.value}"'
        return f"{self.field} {self.comparator} {value}"

    def holds(self, transaction: Transaction) -> bool:
        each = [COMPARE[self.comparator](actual, self.value) for actual in VALUES[self.field][0](transaction)]
        return any(each) if self.comparator == "=" else all(each)


def meets(transaction: Transaction, terms: list[Term]) -> bool:
    return all(term.holds(transaction) for term in terms)


def random_term(among: list[Transaction], fields: list[str], rng: random.Random) -> Term | None:
    """A comparison with a value that some transaction has; none where the one that was drawn has no value."""
    field = rng.choice(fields)
    values, comparators = VALUES[field]
    value = rng.choice(values(rng.choice(among)))
    if value is None or (value == "" and field.endswith("_id")):
        return None
    return Term(field, rng.choice(comparators), value)


def random_filters(
    among: list[Transaction], count: int, rng: random.Random, *, of_balances: bool = False
) -> Iterator[list[Term]]:
    while count:
        terms = [term for _ in range(rng.randint(0, 3)) if (term := random_term(among, list(VALUES), rng))]
        if of_balances:
            side = random_term(among, list(SIDES), rng)
            if side is None or side.value == "":
                continue
            terms.insert(rng.randint(0, len(terms)), side._replace(comparator="="))
        yield terms
        count -= 1


# The population --------------------------------------------------------------------------------


async def act(server: Server, number: int, balances: list[str], rng: random.Random) -> None:
    """One random thing, under a reference with this number."""
    reference = f"r-{number:03}"
    source, destination = rng.sample(balances, 2)
    more: dict[str, Any] = {"tag": rng.choice(["", "a", "b"]), "group": rng.choice(["", "g"])}
    plain = wire.draft(reference, source, destination, rng.randint(1, 9), allow_overdraft=True, **more)
    what = rng.choice(
        "post post post hold commit void refund split queue poor review approve deny cancel schedule batch".split()
    )
    if what in ("hold", "commit", "void"):
        plain.inflight = True
    if what in ("queue", "poor"):
        plain.queue = True
    if what == "poor":
        plain.allow_overdraft, plain.precise_amount = False, "999999"
    if what in ("review", "approve", "deny"):
        plain.require_review = True
    if what in ("schedule", "cancel"):
        plain.scheduled_time.CopyFrom(wire.in_seconds(3_600 + number))
    if what == "split":
        plain.ClearField("destination")
        others = [balance for balance in balances if balance != source]
        for balance, percent in zip(rng.sample(others, 2), ("40", "60"), strict=True):
            plain.destinations.shares.add(balance=balance, percent=percent)
        plain.precise_amount = "10"
        plain.queue = rng.random() < 0.5
    if what == "batch":
        await wire.batch(server, [wire.post(plain)], wire.ATOMIC)
        return
    made = (await wire.record(server, plain)).transaction
    if what in ("queue", "poor") or plain.queue:
        await outcome_of(server, made.id)
    if what == "commit":
        await wire.resolve(server, wire.commit(made.id, 1, f"{reference}-commit"))
    if what == "void":
        await wire.resolve(server, wire.void(made.id))
    if what == "refund":
        refund = {"target": {"transaction_id": made.id}, "reference": f"{reference}-refund", "allow_overdraft": True}
        await server.transactions.RefundTransaction(pb.RefundTransactionRequest(refund=refund))
    if what == "approve":
        await approve(server, made.id)
    if what == "deny":
        await deny(server, made.id)
    if what == "cancel":
        await reschedule(server, made.id, wire.in_seconds(9_000), f"{reference}-later")
        await cancel(server, made.id)


class Population(NamedTuple):
    """A server with random transactions: all of them in the order of creation, and the cursor before them."""

    server: Server
    all: list[Transaction]
    cursor: str
    rng: random.Random


@pytest.fixture
async def population(server: Server) -> AsyncIterator[Population]:
    rng = random.Random(11)
    watching = await wire.watch(server)
    balances = [await wire.open_balance(server) for _ in range(2)] + ["@World", "@Shop"]
    for number in range(COUNT):
        await act(server, number, balances, rng)
    await wire.record(server, wire.from_world("euro", "@Shop", 5, currency="EUR"))
    everything = await pages(server, "", "create_time", 1_000)
    named = {transaction.reference for transaction in everything}
    assert {f"r-{number:03}" for number in range(COUNT)} < named
    assert {transaction.status for transaction in everything} == set(transaction_pb2.TransactionStatus.values()) - {
        0,
        1,
    }
    yield Population(server, everything, watching.cursor, rng)
    watching.cancel()


async def pages(server: Server, filter_text: str, order: str, size: int) -> list[Transaction]:
    """All transactions of a list, page by page; each page but the last one is full."""
    found: list[Transaction] = []
    request = pb.ListTransactionsRequest(filter=filter_text, order_by=order, page_size=size, include_total=True)
    while True:
        page = await server.transactions.ListTransactions(request)
        found += page.transactions
        request.page_token = page.next_page_token
        if not page.next_page_token:
            assert len(found) == page.total_size, filter_text
            return found
        assert len(page.transactions) == size


def ids(transactions: list[Transaction]) -> list[str]:
    return [transaction.id for transaction in transactions]


async def test_a_filter_alone_decides_the_set_and_the_order_alone_the_order(population: Population) -> None:
    server, everything, _, rng = population
    filters = [*random_filters(everything, 30, rng), *random_filters(everything, 40, rng, of_balances=True)]
    for terms in filters:
        text = " AND ".join(map(str, terms))
        expected = ids([transaction for transaction in everything if meets(transaction, terms)])
        size = rng.choice([2, 3, 7, 1_000])
        assert ids(await pages(server, text, "create_time", size)) == expected, text
        assert ids(await pages(server, text, "create_time desc", size)) == expected[::-1], text
        if any(term.field in SIDES and term.comparator == "=" and term.value for term in terms):
            recorded = await pages(server, text, "record_time", size)
            assert sorted(ids(recorded)) == sorted(expected), text
            assert ids(await pages(server, text, "record_time desc", size)) == ids(recorded)[::-1], text
            assert_in_order_of_recording(recorded)


def assert_in_order_of_recording(recorded: list[Transaction]) -> None:
    """Record times never run backwards, and those without one come last, in the order of creation."""
    times = [time("record_time")(transaction)[0] for transaction in recorded]
    known = [found for found in times if found is not None]
    assert times[: len(known)] == sorted(known)
    without = recorded[len(known) :]
    assert ids(without) == sorted(ids(without))


async def test_the_movements_of_a_balance_are_recorded_in_the_order_of_its_versions(population: Population) -> None:
    balance = next(transaction.source_id for transaction in population.all if transaction.source_indicator == "@World")
    recorded = await pages(population.server, f"balance_id = {balance}", "record_time", 7)
    versions = [
        figures.after.version
        for transaction in recorded
        for figures in (transaction.source_figures, transaction.destination_figures)
        if figures.balance_id == balance
    ]
    assert len(versions) > 10
    assert versions == sorted(versions)


async def test_a_watch_takes_every_field_of_the_list_and_compares_as_at_the_event(population: Population) -> None:
    server, everything, cursor, rng = population
    watching = await wire.watch(server, after_cursor=cursor)
    events = await watching.events(1)
    while events[-1].transaction.transaction.reference != "euro":
        events += await watching.events(1)
    watching.cancel()
    assert len({event.transaction.transaction.status for event in events}) > 5
    of_each_field = [[term] for field in VALUES for _ in range(2) if (term := random_term(everything, [field], rng))]
    for terms in [*of_each_field, *random_filters(everything, 20, rng)]:
        text = " AND ".join(map(str, terms))
        expected = [event for event in events if meets(event.transaction.transaction, terms)]
        narrowed = await wire.watch(server, after_cursor=cursor, filter=text)
        assert await narrowed.events(len(expected)) == expected, text
        narrowed.cancel()


async def test_the_order_of_recording_needs_a_balance(server: Server) -> None:
    for filter_text in ("", "tag = a", "source_id != bln_0000000000e008000000000001", 'source_indicator = ""'):
        request = pb.ListTransactionsRequest(filter=filter_text, order_by="record_time")
        rejection = await wire.rejection(server.transactions.ListTransactions(request))
        assert (rejection.reason, rejection.fields) == ("FIELD_INVALID", ("order_by",))
