"""What the entry points to the ledger have in common: the ledger's names for what a program names, and its answers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

from tests.model.requests import NEVER, AdjustHold, Amendment, Cancel, Refund, Request, ResolveHold
from tests.model.state import batch_number

UNKNOWN_BALANCE = "bln_01jd0000000000000000000000"
UNKNOWN_TRANSACTION = "txn_01jd0000000000000000000000"
UNKNOWN_BATCH = "bat_01jd0000000000000000000000"

LAST_DAY = datetime(2200, 1, 1, tzinfo=UTC)
REVIEWER = "ada"


class Answer(NamedTuple):
    """What the ledger answered to one request."""

    outcome: str
    """ "posted", "replayed", or the reason of the rejection."""
    id: str | None = None
    status: str | None = None
    subject: str | None = None
    """The status of the transaction that an amendment is about."""


class Names:
    """The ledger's ids and times for the names and seconds of one program."""

    def __init__(self, prefix: str, currency: str, began: datetime) -> None:
        self.prefix = prefix
        self.currency = currency
        self.began = began
        self.balances: dict[str, str] = {}
        self.transactions: dict[str, str] = {}
        self.batches: dict[int, str] = {}
        self.derived: set[str] = set()
        """The keys of requests without a reference of their own."""

    def balance(self, name: str) -> str:
        return name if name.startswith("@") else self.balances.get(name, UNKNOWN_BALANCE)

    def money(self, currency: str) -> str:
        return {"own": self.currency, "foreign": f"{self.currency}X", "": ""}[currency]

    def reference(self, reference: str) -> str:
        return f"{self.prefix} {reference}"

    def transaction(self, reference: str) -> str:
        return self.transactions.get(reference, UNKNOWN_TRANSACTION)

    def target(self, request: ResolveHold | AdjustHold | Refund | Amendment) -> dict[str, str]:
        """What a request is about, as the field of TransactionTarget that names it."""
        of = request.hold if isinstance(request, ResolveHold | AdjustHold) else request.of
        number = batch_number(of)
        if number is not None:
            return {"batch_id": self.batches.get(number, UNKNOWN_BATCH)}
        if request.by_reference and of not in self.derived:
            return {"reference": self.reference(of)}
        return {"transaction_id": self.transaction(of)}

    def time(self, at: int | None) -> datetime | None:
        """So many seconds after the program began."""
        if at is None:
            return None
        return LAST_DAY + timedelta(seconds=at - NEVER) if at >= NEVER else self.began + timedelta(seconds=at)

    def amendment_reference(self, amendment: Amendment) -> str:
        if amendment.reference:
            return self.reference(amendment.reference)
        verb = "cancel" if isinstance(amendment, Cancel) else "approve" if amendment.approves else "deny"
        target = self.target(replace(amendment, by_reference=False))
        return f"ledgerd:{verb}:{next(iter(target.values()))}"


class EntryPoint(Protocol):
    """A way to send requests to the ledger."""

    async def send(
        self, requests: list[Request], names: Names, *, atomic: bool, as_batch: bool, preview: bool
    ) -> list[Answer]: ...
