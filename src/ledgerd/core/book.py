"""The Book: a process's view of balances, holds and references.

The Book may be out of date. That is safe, because a decision taken on it is recorded only if the versions of the
balances it read are still those in PostgreSQL, compared under their locks.
"""

from dataclasses import dataclass, field
from typing import Protocol

from ledgerd.core.model.account import Account
from ledgerd.core.model.figures import Status
from ledgerd.core.model.limits import LEGS_TOGETHER_MAX
from ledgerd.core.model.operation import Deferred
from ledgerd.core.model.parent import Parent
from ledgerd.core.model.transaction import Transaction


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
    deferred    transactions that are or were deferred, by key
    queued      what is deferred and will leave an account, by its id; only where it was read under the locks
    server      which database server it was read from: of another one that took over it knows nothing
    legs_max    how many legs may be read into it at once
    """

    accounts: dict[str | tuple[str, str], Account] = field(default_factory=dict)
    parents: dict[str, Parent] = field(default_factory=dict)
    references: dict[str, Recorded] = field(default_factory=dict)
    deferred: dict[str, Deferred] = field(default_factory=dict)
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
            if known is not None and known.status in (Status.APPLIED, Status.INFLIGHT):
                # With it the split that it is, or is a leg of: all of that was applied.
                header = found.header or found
                for part in (header, *(self.parents[leg_id] for leg_id in header.leg_ids)):
                    part.unmoved = None
        return found

    def keep(self, deferred: Deferred) -> None:
        """Add what is deferred, with its legs; what the Book has already it knows better."""
        if deferred.key not in self.deferred:
            for part in (deferred, *deferred.legs):
                self.deferred[part.key] = part

    def queue(self, source_id: str | None, amount: int | None) -> None:
        """So much more is deferred on this balance; less, where the amount is negative."""
        if source_id is not None and source_id in self.queued:
            self.queued[source_id] += amount or 0
