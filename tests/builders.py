"""Small makers of core values, in the domain's words."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from ledgerd.core import decide as decisions
from ledgerd.core.book import Book
from ledgerd.core.decide import Outcome
from ledgerd.core.decision import Decision
from ledgerd.core.model import ids
from ledgerd.core.model.account import Account, BalanceStatus
from ledgerd.core.model.amount import Available, Quantity
from ledgerd.core.model.figures import Figures
from ledgerd.core.model.monitor import Comparison, Condition, Field, Monitor, Trigger
from ledgerd.core.model.operation import AdjustHold, Change, Operation, Post, Refund, ResolveHold, Target
from ledgerd.core.model.parent import Parent
from ledgerd.core.plan import Plan

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def number(name: str) -> int:
    """A stable 128-bit number for a name."""
    return ids.uuid7(unix_ns=1_000_000, random_bits=int.from_bytes(name.encode().ljust(7, b"_")[:7], "big"))


def bln(name: str) -> str:
    return ids.encode(ids.BALANCE, number(name))


def txn(name: str) -> str:
    return ids.encode(ids.TRANSACTION, number(name))


def ldg(name: str) -> str:
    return ids.encode(ids.LEDGER, number(name))


def account(
    name: str,
    *,
    credit: int = 0,
    debit: int = 0,
    held_in: int = 0,
    held_out: int = 0,
    currency: str = "USD",
    precision: int = 100,
    floor: int | None = None,
    indicator: str | None = None,
    monitors: tuple[Monitor, ...] = (),
    ceiling: int | None = None,
    status: BalanceStatus = BalanceStatus.OPEN,
    ledger: str | None = None,
    closed_before: datetime | None = None,
) -> Account:
    figures = Figures(1, credit, debit, held_in, held_out)
    key = f"{number(name):032x}"
    made = Account(bln(name), key, indicator, currency, precision, floor, monitors, figures, ceiling, status)
    if ledger is not None:
        made.ledger_key = f"{number(ledger):032x}"
    made.closed_before = closed_before
    return made


def book(*accounts: Account, holds: tuple[Parent, ...] = ()) -> Book:
    made = Book()
    for account in accounts:
        made.add(account)
    for hold in holds:
        made.parents[hold.id] = hold
    return made


def hold(
    name: str, source: str, destination: str, amount: int, *, committed: int = 0, voided: int = 0, **more: object
) -> Parent:
    key = f"{number(name):032x}"
    return Parent(txn(name), key, bln(source), bln(destination), amount, committed, voided, **more)  # type: ignore[arg-type]


def decide(operation: Operation, view: Book, of: Plan, batch_id: str | None = None) -> Outcome:
    return decisions.decide(operation, Decision(view, of, batch_id))


def decide_together(operations: Sequence[Operation], view: Book, of: Plan, batch_id: str) -> list[Outcome]:
    return decisions.decide_together(operations, Decision(view, of, batch_id))


def plan() -> Plan:
    return Plan(ids.Block.of(number("block")), NOON)


def idt(name: str) -> str:
    return ids.encode(ids.IDENTITY, number(name))


def post(source: str, destination: str, minor: int, reference: str = "r1", **more: object) -> Post:
    """A draft between balances by name, or by indicator where the name begins with @."""
    sides = [name if name.startswith("@") else bln(name) for name in (source, destination)]
    fields: dict[str, object] = {"currency": "USD", "quantity": Quantity(minor, None), **more}
    return Post(reference=reference, source=sides[0], destination=sides[1], **fields)  # type: ignore[arg-type]


def available(at_most: int | None = None, **more: object) -> Available:
    return Available(None if at_most is None else Quantity(at_most, None), **more)  # type: ignore[arg-type]


def commit(name: str, minor: int | None = None, reference: str = "c1", **more: object) -> ResolveHold:
    quantity = None if minor is None else Quantity(minor, None)
    return ResolveHold(reference, Target(txn(name)), False, quantity, **more)  # type: ignore[arg-type]


def refund(name: str, minor: int | None = None, reference: str = "f1", **more: object) -> Refund:
    fields: dict[str, object] = {"quantity": None if minor is None else Quantity(minor, None), **more}
    return Refund(reference, Target(txn(name)), **fields)  # type: ignore[arg-type]


def void(name: str, reference: str = "v1") -> ResolveHold:
    return ResolveHold(reference, Target(txn(name)), True)


def adjust(
    name: str, change: Change | None = None, minor: int | None = None, reference: str = "a1", **more: object
) -> AdjustHold:
    fields: dict[str, object] = {"quantity": None if minor is None else Quantity(minor, None), **more}
    return AdjustHold(reference, Target(txn(name)), change, **fields)  # type: ignore[arg-type]


def monitor(
    name: str, balance: str, field: Field, comparison: Comparison, threshold: int, trigger: Trigger = Trigger.EDGE
) -> Monitor:
    return Monitor(
        ids.encode(ids.MONITOR, number(name)), bln(balance), (Condition(field, comparison, threshold),), trigger
    )
