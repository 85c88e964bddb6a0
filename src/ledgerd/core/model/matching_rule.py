"""How records of an external source are compared with entries of the ledger: values, without what they decide."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

PERCENT_MAX = 100

ByCurrency = Mapping[str, Decimal]
"""Amounts of money in major units, one for each currency that is listed: a number without a currency would be another
sum in each of them. What a currency that is not listed means is said where they are used."""


class MatchField(StrEnum):
    """What a criterion compares. Both sides have all of them."""

    AMOUNT = "AMOUNT"
    CURRENCY = "CURRENCY"
    BOOKING_DATE = "BOOKING_DATE"
    """A record's booking date; an entry's effective or record time, as the run asks, in the source's time zone."""
    VALUE_DATE = "VALUE_DATE"
    """A record's value date, else its booking date; an entry's effective time."""
    REFERENCE = "REFERENCE"
    """Any of a record's references; an entry's reference, and those that its metadata carry under ``references``."""
    DESCRIPTION = "DESCRIPTION"
    COUNTERPARTY = "COUNTERPARTY"
    """A record's counterparty or its account; the indicator of the other balance."""
    IDENTITY = "IDENTITY"
    GROUP_KEY = "GROUP_KEY"
    """A record's group key; an entry's batch id (``bat_...``), and its group."""
    METADATA = "METADATA"
    """The value under ``metadata_key``."""


class MatchOperator(StrEnum):
    EQUALS = "EQUALS"
    """Equal after normalization, for amounts and dates within the tolerance."""
    ONE_OF = "ONE_OF"
    """The record's value is one of ``values``, which are normalized too. The entry is not looked at."""
    CONTAINS = "CONTAINS"
    """One text contains the other, which has at least three characters."""
    STARTS_WITH = "STARTS_WITH"
    """One text begins with the other, which has at least three characters."""
    SIMILAR = "SIMILAR"
    """100 x (1 - Levenshtein distance / length of the longer) is at least ``threshold``. Empty text is not similar."""
    PATTERN = "PATTERN"
    """The record's value contains a match of ``pattern`` (RE2). The entry is not looked at."""


class Normalization(StrEnum):
    """Applied in this order, to both sides."""

    CASE = "CASE"
    """Unicode case folding."""
    ACCENTS = "ACCENTS"
    """NFKD without combining marks: é is e, ﬁ is fi."""
    PUNCTUATION = "PUNCTUATION"
    """Nothing but letters with their marks, digits and spaces: INV-001 is INV001."""
    SPACES = "SPACES"
    """No spaces at either end, one in place of several."""
    LEADING_ZEROS = "LEADING_ZEROS"
    """No zeros at the beginning, as long as a letter or digit follows: 007 is 7, 0.50 stays."""


class GroupingMode(StrEnum):
    """How the rows of a group are found."""

    BY_KEY = "BY_KEY"
    """All rows that share the keys."""
    BY_SEARCH = "BY_SEARCH"
    """Any smallest choice of rows that share them, and whose sums fit."""


class Strategy(StrEnum):
    """How many rows of each side make one match."""

    ONE_TO_ONE = "ONE_TO_ONE"
    ONE_TO_MANY = "ONE_TO_MANY"
    """One record, several entries."""
    MANY_TO_ONE = "MANY_TO_ONE"
    """Several records, one entry."""
    MANY_TO_MANY = "MANY_TO_MANY"
    RECORD_ALONE = "RECORD_ALONE"
    """One record, and no entry: it matches nothing, and proposes an adjustment."""


class AdjustmentKind(StrEnum):
    """What an adjustment books."""

    FEE = "FEE"
    INTEREST = "INTEREST"
    WRITE_OFF = "WRITE_OFF"
    """A small difference that nobody follows up."""


class Rounding(StrEnum):
    HALF_EVEN = "HALF_EVEN"
    HALF_UP = "HALF_UP"
    UP = "UP"
    DOWN = "DOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How far apart two values may be, and still count as equal. At most one part is given."""

    absolute: ByCurrency | None = None
    """From zero to below 10^18. In a currency that is not listed amounts must be equal."""
    percent: Decimal | None = None
    """Of the entry's amount, 0 to 100, exactly: no rounding before the comparison."""
    seconds: int | None = None
    """Between the times of two rows where booking dates are compared and both have one; else between the dates, each
    day having 86,400 seconds. At most 366 days."""
    business_days: int | None = None
    """Days from Monday to Friday after the earlier date, up to and including the later one, 0 to 262: one from Friday
    to Monday, none from Friday to Sunday, one from Saturday to Monday. Holidays are not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One comparison. The text that is compared is extracted first, normalized then.

    A value that is missing, or empty after this, fits nothing, not even another one that is missing. Where a row has
    several values, one that fits is enough. Amounts are compared with amounts, currencies with currencies, dates with
    dates, texts with texts; amounts and dates only by EQUALS, currencies by EQUALS or ONE_OF.
    """

    field: MatchField
    operator: MatchOperator = MatchOperator.EQUALS
    ledger_field: MatchField | None = None
    """The field of the entry, where it is another one: a bank's description may contain our reference."""
    metadata_key: str = ""
    ledger_metadata_key: str = ""
    values: tuple[str, ...] = ()
    threshold: int = 0
    """For SIMILAR, 1 to 100."""
    pattern: str = ""
    """For PATTERN."""
    extract: str = ""
    """RE2. What its first group (or all of it) matches in the record's text is compared, every occurrence of it up to
    the hundredth; a text without a match has no value."""
    ledger_extract: str = ""
    normalizations: frozenset[Normalization] = frozenset()
    tolerance: Tolerance | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeFormula:
    """What is expected outside: entry - fixed - percent of the entry's size, with signs: a fee makes what is received
    smaller and what is paid larger. The percentage is rounded to minor units before it is taken off.

    A group is one movement: its fixed part is taken off once, its percentage is that of the sum of its entries.
    Nothing fits the rule in a currency whose minor units cannot express the fixed part, nor, where there are fixed
    parts, in one that has none: what is expected there is not known.
    """

    fixed: ByCurrency = field(default_factory=dict)
    percent: Decimal = Decimal(0)
    rounding: Rounding = Rounding.HALF_EVEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """Which rows may make one match together. For every strategy but ONE_TO_ONE.

    Records that ONE_OF or PATTERN leaves out belong to no group. Every row of the group has the same currency and the
    same values of ``keys``. By search the group is any smallest choice of such rows, none further apart than
    ``window_days``, whose sums fit; by key, all of them.
    """

    keys: tuple["GroupKey", ...] = ()
    mode: GroupingMode = GroupingMode.BY_KEY
    window_days: int | None = None
    """Between the earliest and the latest booking date of all rows in a group, 0 to 366. None: no window."""
    max_rows: int = 12
    """How many rows of both sides make a group at most, 2 to 24. For groups by key: 2 to 100,000."""
    max_sums: int = 1_000_000
    """How many sums a search may look at in one group, or one window of it, before it ends and says so: 1,000 to
    100,000,000."""

    @property
    def by_search(self) -> bool:
        """Whether groups are searched for by their sums."""
        return self.mode is GroupingMode.BY_SEARCH


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupKey:
    """What the rows of a group share: a field of the record, and the same or another one of the entry."""

    field: MatchField
    ledger_field: MatchField | None = None
    metadata_key: str = ""
    ledger_metadata_key: str = ""
    extract: str = ""
    ledger_extract: str = ""
    normalizations: frozenset[Normalization] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleAdjustment:
    """What is proposed to be booked for what the records of a match are more or less than its entries, or for a record
    that has no entry. In a currency that an amount does not list, nothing is allowed."""

    kind: AdjustmentKind
    counterpart: str
    """The balance on the other side: its id (bln_...) or its indicator (@...)."""
    at_most: ByCurrency
    """Nothing is proposed for more."""
    post_at_most: ByCurrency = field(default_factory=dict)
    """Up to so much is posted without confirmation."""
    post_at_most_per_day: ByCurrency = field(default_factory=dict)
    """What the rule posts without confirmation in a day (UTC) and a currency is no more than this in all."""
    allow_overdraft: bool = False
    """Whether a balance of the source may go below zero by it."""
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchingRule:
    """One way in which a record and an entry (or groups of them) are the same movement. All criteria must hold; of a
    group, the amount criterion holds for the sums, every other one for each record with each entry.

    Whatever the criteria are, currencies are equal, and a record's amount has not the opposite sign of what is
    expected for the entry. Criteria that do not compare amounts must demand an equal text, of one record and one
    entry: how far apart the amounts are is then told as the difference of the match.
    """

    id: str
    """32 hex digits."""
    version: int
    name: str
    criteria: tuple[Criterion, ...]
    strategy: Strategy = Strategy.ONE_TO_ONE
    grouping: Grouping | None = None
    fee: FeeFormula | None = None
    adjustment: RuleAdjustment | None = None
    valid_from_time: datetime | None = None
    valid_until_time: datetime | None = None
    """A rule is looked at by runs whose window begins before this and ends after ``valid_from_time``; None is for
    ever."""

    @property
    def is_of_record_alone(self) -> bool:
        """Whether it matches nothing, and only proposes adjustments for records that have no entry."""
        return self.strategy is Strategy.RECORD_ALONE
