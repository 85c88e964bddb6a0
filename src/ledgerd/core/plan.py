"""The plan: what one commit will write, as a log of effects, and what must still be true for it to stand."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar, cast

from ledgerd.core.book import Book
from ledgerd.core.effects import BatchRecord, DeferredChange, Effect, Firing, HeaderEntry, Movement, Transition
from ledgerd.core.model.account import Account
from ledgerd.core.model.figures import Figures
from ledgerd.core.model.ids import Block

UNLIMITED = 1 << 62
E = TypeVar("E", bound=Effect)


@dataclass(slots=True, eq=False)
class Plan:
    """What one commit will write, in the order of its entries, and what must still be true for it to stand.

    block          the ids of the commit
    now            the database's time, with which everything is compared. A movement is recorded then, or later where a
                   balance says so: see Account.not_before
    effects        the entries of the journal so far; the ordinal of each is its place, from 1
    reads          every account that a decision depended on, also a rejection, with its figures when the plan first
                   read it: PostgreSQL must still have these versions
    periods        what movements with an effective time of their own relied on, ledgers and their closing times:
                   PostgreSQL must still have these too
    leases         the accepted batches that something is done for, and by which lease; and attempts to post
                   adjustments: nobody else may have them now
    takes_available  whether a movement, or a rejection, was asked to take all that is available: its row says so
    names_identities  whether a draft of this plan concerns identities: they must still exist when it is written
    adjusts        whether a movement is the adjustment of a hold
    capacity       how many more transactions this plan may defer, of ``backlog_limit``
    """

    block: Block
    now: datetime
    effects: list[Effect] = field(default_factory=list)
    reads: dict[Account, Figures] = field(default_factory=dict)
    periods: set[tuple[str, datetime | None]] = field(default_factory=set)
    leases: set[tuple[str, str] | tuple[str, int]] = field(default_factory=set)
    takes_available: bool = False
    names_identities: bool = False
    adjusts: bool = False
    capacity: int = UNLIMITED
    backlog_limit: int = UNLIMITED
    _grouped_entries: int = -1
    _by_class: dict[type[Effect], list[Effect]] = field(default_factory=dict)

    @property
    def entries(self) -> int:
        """How many entries the journal row has so far."""
        return len(self.effects)

    @property
    def next_ordinal(self) -> int:
        """The ordinal of the entry that comes next."""
        return len(self.effects) + 1

    def read(self, account: Account) -> None:
        """Note that a decision depends on this account as it stands."""
        self.reads.setdefault(account, account.figures)

    def read_periods(self, *accounts: Account) -> None:
        """Note that a decision depends on the closed periods of these accounts' ledgers."""
        self.periods |= {(account.ledger_key, account.closed_before) for account in accounts}

    def savepoint(self) -> int:
        """Where the plan stands now, for rollback_to."""
        return len(self.effects)

    def rollback_to(self, savepoint: int, book: Book) -> None:
        """Undo every effect since the savepoint, newest first. What was read stays read: the rejection depends on
        it."""
        undone = self.effects[savepoint:]
        before = _both_sides(undone)
        for effect in reversed(undone):
            effect.undo(book)
            self.capacity += effect.queue_places
        del self.effects[savepoint:]
        self._grouped_entries = -1
        assert _total(before) == _total({account: account.figures for account in before}), "both sides sum to zero"

    def of(self, kind: type[E]) -> list[E]:
        """The effects of one class, in order."""
        if self._grouped_entries != len(self.effects):
            self._by_class = defaultdict(list)
            for effect in self.effects:
                self._by_class[type(effect)].append(effect)
            self._grouped_entries = len(self.effects)
        return cast(list[E], self._by_class.get(kind, []))

    @property
    def movements(self) -> list[Movement]:
        """New movements; those that apply what was deferred are in its changes."""
        return self.of(Movement)

    @property
    def headers(self) -> list[HeaderEntry]:
        return self.of(HeaderEntry)

    @property
    def transitions(self) -> list[Transition]:
        return self.of(Transition)

    @property
    def changes(self) -> list[DeferredChange]:
        return self.of(DeferredChange)

    @property
    def firings(self) -> list[Firing]:
        return self.of(Firing)

    @property
    def batches(self) -> list[BatchRecord]:
        return self.of(BatchRecord)

    @property
    def applied(self) -> list[Movement]:
        """The movements of what was deferred and is applied."""
        return [change.movement for change in self.changes if change.movement is not None]


def _both_sides(effects: list[Effect]) -> dict[Account, Figures]:
    """The accounts that these effects moved, with their figures now."""
    movements = [effect.movement if isinstance(effect, DeferredChange) else effect for effect in effects]
    moved = [movement for movement in movements if isinstance(movement, Movement)]
    return {account: account.figures for movement in moved for account in (movement.source, movement.destination)}


def _total(figures: dict[Account, Figures]) -> tuple[int, int]:
    """What these accounts have together, posted and held: movements among them do not change it."""
    return sum(side.balance for side in figures.values()), sum(side.inflight for side in figures.values())
