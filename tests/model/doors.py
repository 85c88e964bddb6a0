"""What the doors to the ledger have in common: its names for what the test has named, and what it answers."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

from tests.model.wishes import NEVER, CallOff, Order, Wish

NOBODY = "bln_01jd0000000000000000000000"
NOTHING = "txn_01jd0000000000000000000000"

LAST_DAY = datetime(2200, 1, 1, tzinfo=UTC)
DECIDER = "ada"
"""Who reviews."""


class Answer(NamedTuple):
    """The word; the id and status of the transaction if there is one; and where that stands which an order is about."""

    word: str
    id: str | None = None
    status: str | None = None
    subject: str | None = None


class Names:
    """What the ledger calls the things that the test has named."""

    def __init__(self, prefix: str, currency: str, began: datetime) -> None:
        self.prefix = prefix
        self.currency = currency
        self.began = began
        self.balances: dict[str, str] = {}
        self.transactions: dict[str, str] = {}

    def balance(self, name: str) -> str:
        return name if name.startswith("@") else self.balances.get(name, NOBODY)

    def money(self, currency: str) -> str:
        return self.currency if currency == "own" else f"{self.currency}X"

    def reference(self, reference: str) -> str:
        return f"{self.prefix} {reference}"

    def transaction(self, reference: str) -> str:
        return self.transactions.get(reference, NOTHING)

    def time(self, at: int | None) -> datetime | None:
        """So many seconds after the program began."""
        if at is None:
            return None
        return LAST_DAY + timedelta(seconds=at - NEVER) if at >= NEVER else self.began + timedelta(seconds=at)

    def order_reference(self, order: Order) -> str:
        if order.reference:
            return self.reference(order.reference)
        word = "cancel" if isinstance(order, CallOff) else "approve" if order.approves else "deny"
        return f"ledgerd:{word}:{self.transaction(order.of)}"


class Door(Protocol):
    async def ask(
        self, wishes: list[Wish], names: Names, *, atomic: bool, as_batch: bool, preview: bool
    ) -> list[Answer]: ...
