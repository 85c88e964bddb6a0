"""The Book: a process's view of balances, holds and references.

The Book may be out of date. That is safe, because a decision taken on it is recorded only if the versions of the
balances it read are still those in PostgreSQL, compared under their locks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ledgerd.core.model.account import Account
from ledgerd.core.model.figures import DEFERRED, MOVED, Kind, Status
from ledgerd.core.model.limits import LEGS_TOGETHER_MAX
from ledgerd.core.model.operation import Deferred
from ledgerd.core.model.parent import Parent
from ledgerd.core.model.transaction import Transaction


class Unread(Exception):
    """The Book lacks what the decision needs; it must be taken where everything is read: under the locks."""


class Recorded(Protocol):
    """What a reference recorded: a transaction read from the database, or an effect that is still being written."""

    @property
    def id(self) -> str: ...

    @property
    def status(self) -> Status: ...

    @property
    def batch_id(self) -> str | None:
        """The batch that it came with."""

    def to_transaction(self) -> Transaction:
        """The transaction."""


@dataclass(slots=True, eq=False)
class Book:
    """Everything a decision may look at.

    accounts    by id, and internal ones also by (indicator, currency)
    parents     older transactions to which something is done, by id; batches too, by theirs
    references  what each known reference recorded
    targets     the ids of recorded transactions that operations name by reference, by that reference
    deferred    transactions that are or were deferred, by key
    members     the keys of the deferred transactions of batches, in order, by the id of the batch
    unfinished  the ids of batches that were accepted and not finished when they were read
    identities  the ids of those identities that drafts name and that existed when they were read
    queued      what is deferred and will leave an account, by its id; only where it was read under the locks
    server      which database server it was read from: of another one that took over it knows nothing
    legs_max    how many legs may be read into it at once
    """

    accounts: dict[str | tuple[str, str], Account] = field(default_factory=dict)
    parents: dict[str, Parent] = field(default_factory=dict)
    references: dict[str, Recorded] = field(default_factory=dict)
    targets: dict[str, str] = field(default_factory=dict)
    deferred: dict[str, Deferred] = field(default_factory=dict)
    members: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unfinished: set[str] = field(default_factory=set)
    identities: set[str] = field(default_factory=set)
    queued: dict[str, int] = field(default_factory=dict)
    server: object = None
    legs_max: int = LEGS_TOGETHER_MAX

    def find(self, name: str, currency: str) -> Account | None:
        """The balance that a draft names by id or by indicator."""
        return self.accounts.get(name) or self.accounts.get((name, currency))

    def add(self, account: Account) -> None:
        """Add a balance under each of its names."""
        self.accounts[account.id] = account
        if account.indicator is not None:
            self.accounts[account.indicator, account.currency] = account

    def parent(self, transaction_id: str) -> Parent | None:
        """An older transaction. One that was deferred when it was read may have been applied since, by a commit that is
        still being written or by the same one: what it moved can then be refunded."""
        found = self.parents.get(transaction_id)
        if found is not None and found.unmoved is not None:
            known = self.deferred.get(found.key)
            if known is not None and known.status not in DEFERRED:
                # With it the split that it is, or is a leg of: all of that has one status.
                header, status = found.header or found, known.status
                self.take_in(header, known.made)
                for part in (header, *(self.parents[leg_id] for leg_id in header.leg_ids)):
                    part.unmoved = None if status in MOVED else status
                if found.is_undecided and known.moved is not None:
                    found.amount = known.moved
        return found

    def take_in(self, header: Parent, made: Sequence[Parent]) -> None:
        """Add the legs that a split was given when it was applied. The database does not have them yet."""
        if made and not header.leg_ids:
            header.leg_ids, header.inflight = tuple(leg.id for leg in made), made[0].kind is Kind.HOLD
            for leg in made:
                leg.header = header
                self.parents[leg.id] = leg

    def keep(self, deferred: Deferred) -> None:
        """Add what is deferred, with its legs; what the Book has already it knows better."""
        if deferred.key not in self.deferred:
            for part in (deferred, *deferred.legs):
                self.deferred[part.key] = part

    def queue(self, source_id: str | None, amount: int | None) -> None:
        """So much more is deferred on this balance; less, where the amount is negative."""
        if source_id is not None and source_id in self.queued:
            self.queued[source_id] += amount or 0
