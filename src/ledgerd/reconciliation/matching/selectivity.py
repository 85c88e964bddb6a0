"""How well a rule tells rows apart, measured on a sample: for whoever writes rules, in words."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from ledgerd.core.model.matching_rule import Strategy
from ledgerd.reconciliation.matching.criteria import CompiledRule
from ledgerd.reconciliation.matching.fields import Side
from ledgerd.reconciliation.matching.row import Row

SAMPLE_MAX_ROWS = 1_000
"""Of each side. A rule that tells nothing apart is asked for every pair of them."""


@dataclass(frozen=True, slots=True)
class Partners:
    """How many rows of one side have how many rows of the other that fit them."""

    none: int
    one: int
    several: int

    @property
    def total(self) -> int:
        return self.none + self.one + self.several


@dataclass(frozen=True, slots=True)
class Selectivity:
    """What a rule does with a sample. Of a rule with groups, rows are partners where all but their amounts fit."""

    pairs: int
    """All pairs that there are."""
    sharing_key: int
    """Those that are looked at."""
    fitting: int
    records: Partners
    entries: Partners
    groups: int = 0
    """Groups with rows of both sides, for a rule with groups."""
    largest_group: int = 0
    """Rows of both sides."""
    selected: int | None = None
    """Of a rule for records alone: the records that it is about, of all ``records``, which have no partners."""

    def sentences(self) -> tuple[str, ...]:
        """The figures in words, those that speak against the rule first."""
        if self.selected is not None:
            noun = "record" if self.records.total == 1 else "records"
            return (
                f"{self.selected:,} of {self.records.total:,} {noun} {'is' if self.selected == 1 else 'are'} selected",
            )
        lines = [
            _share(self.records.several, self.records.total, "record", "more than one partner"),
            _share(self.entries.several, self.entries.total, "entry", "more than one partner"),
            _share(self.records.one, self.records.total, "record", "exactly one partner"),
            _share(self.entries.one, self.entries.total, "entry", "exactly one partner"),
            _share(self.records.none, self.records.total, "record", "no partner"),
            _share(self.entries.none, self.entries.total, "entry", "no partner"),
            f"{self.sharing_key:,} of {self.pairs:,} pairs are compared, {self.fitting:,} fit",
        ]
        if self.groups:
            noun = "group has" if self.groups == 1 else "groups have"
            lines.append(f"{self.groups:,} {noun} rows of both sides, the largest {self.largest_group:,} rows")
        return tuple(lines)


def measure(rule: CompiledRule, records: Sequence[Row], entries: Sequence[Row]) -> Selectivity:
    """Try a rule on a sample of both sides, of which the first ``SAMPLE_MAX_ROWS`` in the order of their ids count."""
    records, entries = _sample(records), _sample(entries)
    if rule.rule.is_of_record_alone:
        selected = sum(rule.selects(record) for record in records)
        return Selectivity(0, 0, 0, Partners(len(records), 0, 0), Partners(len(entries), 0, 0), selected=selected)
    by_key = defaultdict(list)
    for place, record in enumerate(records):
        for key in rule.record_keys(record):
            by_key[key].append(place)
    partners_of_records = [0] * len(records)
    partners_of_entries = [0] * len(entries)
    sharing_key = 0
    for place, entry in enumerate(entries):
        candidates = {candidate for key in rule.entry_keys(entry) for candidate in by_key.get(key, ())}
        sharing_key += len(candidates)
        for candidate in candidates:
            if _are_partners(rule, records[candidate], entry):
                partners_of_records[candidate] += 1
                partners_of_entries[place] += 1
    sizes = _group_sizes(rule, records, entries)
    return Selectivity(
        pairs=len(records) * len(entries),
        sharing_key=sharing_key,
        fitting=sum(partners_of_entries),
        records=_partners(partners_of_records),
        entries=_partners(partners_of_entries),
        groups=len(sizes),
        largest_group=max(sizes, default=0),
    )


def _sample(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: row.id)[:SAMPLE_MAX_ROWS]


def _are_partners(rule: CompiledRule, record: Row, entry: Row) -> bool:
    if rule.rule.strategy is Strategy.ONE_TO_ONE:
        return rule.fit_sharing_key(record, entry) is not None
    return rule.fit_members(record, entry)


def _partners(counts: Iterable[int]) -> Partners:
    by_count = Counter(min(count, 2) for count in counts)
    return Partners(by_count[0], by_count[1], by_count[2])


def _group_sizes(rule: CompiledRule, records: Sequence[Row], entries: Sequence[Row]) -> list[int]:
    """The rows of each group that has rows of both sides."""
    counts: dict[Side, Counter[Hashable]] = {
        side: Counter(key for row in rows for key in rule.group_keys(row, side))
        for side, rows in ((Side.RECORD, records), (Side.ENTRY, entries))
    }
    both = counts[Side.RECORD].keys() & counts[Side.ENTRY].keys()
    return [counts[Side.RECORD][key] + counts[Side.ENTRY][key] for key in both]


def _share(number: int, total: int, noun: str, what: str) -> str:
    plural = {"record": "records", "entry": "entries"}[noun]
    return f"{number:,} of {total:,} {noun if total == 1 else plural} {'has' if number == 1 else 'have'} {what}"
