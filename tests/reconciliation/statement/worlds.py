"""A bank account and a ledger, movement by movement, with what happens between them, and a second computation."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from ledgerd.core.model.external_record import BankStatement
from ledgerd.core.model.reconciliation_statement import (
    BookSide,
    Ignored,
    LedgerBalance,
    Matched,
    NumberedStatement,
    Open,
    OpenOutcome,
    PlacedRow,
    Standing,
    StatementScope,
)

FIRST = date(2026, 3, 2)
DAYS = 12
SCOPE = StatementScope(
    source_id="src_1",
    source_name="House bank",
    currency="EUR",
    precision=100,
    day=FIRST + timedelta(days=DAYS // 2),
    time_zone="Europe/Berlin",
)


def record(number: int, amount: int, day: date, *, account: str = "", **texts: str) -> PlacedRow:
    """A record of the bank."""
    return PlacedRow(side=BookSide.BANK, id=f"{number:019d}", day=day, amount=amount, account=account, **texts)


def entry(number: int, amount: int, day: date, **texts: str) -> PlacedRow:
    """An entry of the ledger."""
    return PlacedRow(side=BookSide.LEDGER, id=f"{number:064x}", day=day, amount=amount, **texts)


def bank_statement(
    number: int, *, opening: int | None, closing: int | None, opening_day: date, closing_day: date, account: str = "DE1"
) -> NumberedStatement:
    """A final statement in euros and cents."""
    said = BankStatement(
        account=account,
        number=str(number),
        currency="EUR",
        precision=100,
        opening=opening,
        closing=closing,
        opening_date=opening_day,
        closing_date=closing_day,
    )
    return NumberedStatement(number=number, said=said)


@dataclass
class World:
    """What there is to draw up a statement from, and the movements at the bank that the source has no record of."""

    statements: list[NumberedStatement] = field(default_factory=list)
    standings: list[Standing] = field(default_factory=list)
    lost: list[PlacedRow] = field(default_factory=list)
    before: dict[str, int] = field(default_factory=dict)
    """By account, what was there before the first day."""
    extra: int = 0
    """What the ledger's balances have that no entry explains."""

    def rows(self, side: BookSide) -> list[PlacedRow]:
        """All rows of a side up to the day."""
        found = []
        for standing in self.standings:
            found += standing.rows if isinstance(standing, Matched) else [standing.row]
        return [row for row in found if row.side is side and row.day <= SCOPE.day]

    @property
    def ledger(self) -> LedgerBalance:
        total = sum(row.amount for row in self.rows(BookSide.LEDGER)) + self.extra
        return LedgerBalance(total=total, balances=(("bln_1", total),))

    @property
    def bank_total(self) -> int:
        """What is at the bank in truth: not by its statements, but by every movement."""
        moved = [*self.rows(BookSide.BANK), *(row for row in self.lost if row.day <= SCOPE.day)]
        return sum(self.before.values()) + sum(row.amount for row in moved)


def random_world(seed: int) -> World:
    """Movements on both sides, some matched at random, whatever their amounts and days; some ignored, some lost."""
    chance = random.Random(seed)
    world = World(extra=chance.choice([0, 0, chance.randint(-5, 5)]))
    accounts = ["DE1", "DE2"][: chance.randint(1, 2)]
    world.before = {account: chance.randint(-300, 300) for account in accounts}
    amount = lambda: chance.choice([chance.randint(-200, 200), chance.randint(-(10**30), 10**30)])  # noqa: E731
    day = lambda: FIRST + timedelta(days=chance.randrange(DAYS))  # noqa: E731
    records = [record(n, amount(), day(), account=chance.choice(accounts)) for n in range(chance.randint(0, 14))]
    entries = [entry(n, amount(), day()) for n in range(chance.randint(0, 14))]
    world.lost = [
        record(100 + n, amount(), day(), account=chance.choice(accounts)) for n in range(chance.choice([0, 2]))
    ]
    for account in accounts:
        _write_statements(world, chance, account, records)
    chance.shuffle(records)
    while records or entries:
        _place(world, chance, records, entries)
    chance.shuffle(world.standings)
    return world


def _write_statements(world: World, chance: random.Random, account: str, records: list[PlacedRow]) -> None:
    """One statement after the other, each of some days, by every movement of the account, lost ones included. The
    last days have none, so that what is lost is lost before the last statement."""
    moved = [row for row in [*records, *world.lost] if row.account == account]
    at, balance = FIRST, world.before[account]
    last = max([FIRST, *(row.day for row in world.lost)]) + timedelta(days=chance.randint(0, 2))
    while at <= last:
        end = at + timedelta(days=chance.randint(0, 2))
        closing = balance + sum(row.amount for row in moved if at <= row.day <= end)
        world.statements.append(
            bank_statement(
                len(world.statements) + 1,
                opening=balance,
                closing=closing,
                opening_day=at,
                closing_day=end,
                account=account,
            )
        )
        at, balance = end + timedelta(days=1), closing


def _place(world: World, chance: random.Random, records: list[PlacedRow], entries: list[PlacedRow]) -> None:
    if records and entries and chance.random() < 0.5:
        taken = [records.pop() for _ in range(min(len(records), chance.randint(1, 3)))]
        taken += [entries.pop() for _ in range(min(len(entries), chance.randint(1, 3)))]
        world.standings.append(Matched(id=f"m{len(world.standings)}", rows=tuple(taken)))
        return
    row = chance.choice([side for side in (records, entries) if side]).pop()
    if chance.random() < 0.3:
        world.standings.append(Ignored(row=row, reason="ours"))
    else:
        world.standings.append(Open(row=row, outcome=chance.choice(list(OpenOutcome)[:5])))
