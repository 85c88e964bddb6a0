"""The reconciliation statement: why the balance by the bank and the balance by the ledger differ, to the last unit.

Amounts are signed and in minor units of the statement's precision: positive where the account holder received money.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Generic, TypeVar

from ledgerd.core.model.external_record import BankStatement

T = TypeVar("T")


class BookSide(StrEnum):
    """Whose books a row is from. The other side need not be a bank; everybody calls it so."""

    BANK = "BANK"
    LEDGER = "LEDGER"


class OpenOutcome(StrEnum):
    """Why a row stands on one side only."""

    UNMATCHED = "UNMATCHED"
    PROPOSED = "PROPOSED"
    """A match is proposed, and nobody confirmed it."""
    AMBIGUOUS = "AMBIGUOUS"
    """Several matches are possible, and none is taken."""
    LIMIT_REACHED = "LIMIT_REACHED"
    """A bound of matching was reached: the row may have a match."""
    DUPLICATE = "DUPLICATE"
    OTHER_SIDE_LATER = "OTHER_SIDE_LATER"
    """The row is matched, with rows of a day after the statement's."""


class TimeBasis(StrEnum):
    """By which of its times an entry belongs to a day."""

    RECORD = "RECORD"
    EFFECTIVE = "EFFECTIVE"


# What a statement is drawn up from ---------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementScope:
    """What a statement is about."""

    source_id: str
    source_name: str
    currency: str
    precision: int
    """The finest precision of both sides."""
    day: date
    """Its last day, which counts wholly, in ``time_zone``."""
    time_zone: str
    basis: TimeBasis = TimeBasis.RECORD


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedStatement:
    """A statement of the bank as it is kept. Numbers count up in the order of arrival."""

    number: int
    said: BankStatement


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedRow:
    """A booked row of either side and the day that it belongs to."""

    side: BookSide
    id: str
    day: date
    amount: int
    account: str = ""
    """The account of the bank statement that a record stands in; empty where it stands in none."""
    reference: str = ""
    counterparty: str = ""
    description: str = ""
    number: int = 0
    """Its place in the order of arrival: of a record among all records, of an entry among those of its balance."""
    decision: int = 0
    """The number of the decision that says where it stands; 0 where none does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementMoment:
    """As of when a statement is drawn up: what comes later has higher numbers."""

    position: int
    """The last position of the journal. Commits that have no position yet may be in the statement too."""
    decisions: int
    records: int
    bank_statements: int
    versions: Mapping[str, int]
    """Of each balance the version."""
    is_opposite: bool = False
    """Whether what is money in for the source is a debit of the balances."""
    epoch: str = ""
    """The journal's epoch now: of a kept statement not that of its creation."""
    chain: str = ""
    """The tag of the chain's hash at the position."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Rows of both sides that are the same movement."""

    id: str
    rows: tuple[PlacedRow, ...]
    rule: str = ""
    status: str = "CONFIRMED"
    """A statement counts a match whatever its status: rows of a match that does not count are Open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """A row that somebody decided not to look at."""

    row: PlacedRow
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A row that is in no match that counts."""

    row: PlacedRow
    outcome: OpenOutcome = OpenOutcome.UNMATCHED


Standing = Matched | Ignored | Open
"""Where a row stands: each row of both sides in exactly one of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerBalance:
    """What the balances of the source add up to at the end of the day, by their own totals."""

    total: int
    balances: tuple[tuple[str, int], ...] = ()
    """Each balance by its id, with its part."""


# What a statement says ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountBalance:
    """What the bank says about one account, and on what that rests."""

    account: str
    closing: int
    """The closing balance of the last final statement that closed at or before the day."""
    closing_day: date
    statement: str
    """The number that the bank gave to that statement; empty where it gave none."""
    later_records: int
    """How many booked records of days after ``closing_day`` are added to it."""
    later_total: int
    opening: int
    """The part of the balance that stood before the first record: the opening balance of the first statement, less
    records of days before it. 0 where no statement has an opening balance."""
    opening_day: date | None
    records_missing: int
    """How much of the balance neither the opening nor a record explains: records that the source does not have."""

    @property
    def balance(self) -> int:
        return self.closing + self.later_total


class NoBalance(StrEnum):
    """Why there is no balance by the bank."""

    NO_STATEMENT = "NO_STATEMENT"
    """No final statement closed at or before the day, for at least one account."""
    ACCOUNT_UNKNOWN = "ACCOUNT_UNKNOWN"
    """The source has several accounts, and a record of at least one day belongs to none of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BankBalance:
    """The balance by the bank: of all accounts together, or why there is none."""

    accounts: tuple[AccountBalance, ...]
    absent: NoBalance | None = None
    absent_accounts: tuple[str, ...] = ()
    """The accounts to which ``absent`` applies."""

    @property
    def balance(self) -> int | None:
        return None if self.absent else sum(account.balance for account in self.accounts)


@dataclass(frozen=True, slots=True, kw_only=True)
class OneSided:
    """A row that is in the books of one side only, at the statement's day."""

    row: PlacedRow
    outcome: OpenOutcome
    match_id: str = ""
    """The match that it is in, where the other side is of a later day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A match whose sides, as far as they are of the statement's day or before, do not have the same amount."""

    match_id: str
    rule: str
    day: date
    """The first day of its rows."""
    records: int
    entries: int
    in_bank: int
    in_ledger: int
    is_partial: bool
    """Whether the match has rows of later days too."""
    reference: str
    counterparty: str

    @property
    def amount(self) -> int:
        """By how much the ledger has more than the bank."""
        return self.in_ledger - self.in_bank


@dataclass(frozen=True, slots=True)
class Listed(Generic[T]):
    """How many there are, what they add up to, and the first of them by day and id."""

    count: int
    total: int
    items: tuple[T, ...]

    @property
    def more(self) -> int:
        """How many are not among the items."""
        return self.count - len(self.items)


@dataclass(frozen=True, slots=True)
class OutcomeTotal:
    """How many rows of a side have an outcome, and what they add up to."""

    outcome: str
    """MATCHED, MATCHED_WITH_DIFFERENCE, IGNORED, or an OpenOutcome."""
    side: BookSide
    count: int
    total: int


@dataclass(frozen=True, slots=True)
class DayCount:
    """How many rows of both sides a day has."""

    day: date
    matched: int
    unmatched: int
    """In the books of one side only. Ignored rows are in neither count."""


@dataclass(frozen=True, slots=True)
class AgeBand:
    """Rows of a side that are open for a number of days."""

    first: int
    last: int | None
    """None: and all above."""
    side: BookSide
    count: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Counts and sums of all rows up to the day."""

    outcomes: tuple[OutcomeTotal, ...] = ()
    days: tuple[DayCount, ...] = ()
    """Without days that have no row."""
    ageing: tuple[AgeBand, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The balance by the bank, step by step to the balance by the ledger."""

    bank_balance: int
    opening: int
    """What stood at the bank before its first record."""
    only_in_bank: int
    ignored_in_bank: int
    only_in_ledger: int
    ignored_in_ledger: int
    differences: int
    ledger_balance: int
    records_missing: int
    """How much of the bank's balance no record explains."""
    entries_missing: int
    """How much of the ledger's balance no entry explains; anything but 0 is a fault of the ledger."""

    @property
    def expected(self) -> int:
        """What the ledger should have by all that is known."""
        without = self.opening + self.only_in_bank + self.ignored_in_bank
        return self.bank_balance - without + self.only_in_ledger + self.ignored_in_ledger + self.differences

    @property
    def unexplained(self) -> int:
        """By how much the ledger has more than can be explained: 0 where the proof holds to the last unit."""
        return self.ledger_balance - self.expected

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing on either side. Two faults that cancel leave nothing unexplained."""
        return self.records_missing == self.entries_missing == self.unexplained == 0

    def changes(self, later: "Proof") -> Mapping[str, int]:
        """Of each figure that is another one in a later proof of the same day, by how much it grew."""
        return {
            field.name: getattr(later, field.name) - getattr(self, field.name)
            for field in fields(self)
            if getattr(later, field.name) != getattr(self, field.name)
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationStatement:
    """Both balances of one source in one currency at the end of a day, and everything between them."""

    scope: StatementScope
    bank: BankBalance
    ledger: LedgerBalance
    matches: int
    """How many matches have rows of both sides of the day or before."""
    only_in_bank: Listed[OneSided]
    only_in_ledger: Listed[OneSided]
    differences: Listed[Difference]
    ignored_in_bank: Listed[Ignored]
    ignored_in_ledger: Listed[Ignored]
    overview: Overview
    proof: Proof | None
    """None where there is no balance by the bank."""
    digest: bytes
    """Of everything that the statement rests on: equal digests, equal statements. The order of rows does not count."""

    @property
    def is_explained(self) -> bool:
        """Whether the two balances are explained to the last unit."""
        return self.proof is not None and self.proof.is_complete


@dataclass(frozen=True, slots=True)
class DrawnStatement:
    """A statement, and as of when it was drawn up."""

    statement: ReconciliationStatement
    moment: StatementMoment
