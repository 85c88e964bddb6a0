"""Groups that are found by search: planted ones, several rows on both sides, among rows that nearly fit.

Each group has a counterparty and dates within the window, two or more rows of each side and at most twelve together,
and rows beside it whose amounts nearly make sums. In some groups another choice makes the same sum: these
must be proposed, both choices of each, and not taken.
"""

import random
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import asyncpg
from ledgerapi.v1 import reconciliation_match_pb2
from ledgerapi.v1 import reconciliation_service_pb2 as pb
from ledgerapi.v1.reconciliation_service_pb2_grpc import ReconciliationServiceStub

from bench import measures, runs
from ledgerd.core.model.ids import TRANSACTION, encode

_SOURCE = uuid.UUID("00000000-0000-7000-8000-0000000001aa")
_UPLOAD, _BANK = (uuid.UUID(f"00000000-0000-7000-8000-0000000001{end}") for end in ("bb", "cc"))
_LEDGER = uuid.UUID("00000000-0000-7000-8000-000000000001")
_SIDE_ROWS = 9
_GROUP_ROWS = 12
_WINDOW_DAYS = 3
_GROUPS_OF_PARTY = 3
_DISPUTED_EVERY = 50
_FIRST = date(2026, 1, 1)
_RULE = {
    "name": "groups",
    "strategy": "MATCHING_STRATEGY_MANY_TO_MANY",
    "criteria": [{"field": "MATCHING_FIELD_AMOUNT"}],
    "grouping": {
        "mode": "GROUPING_MODE_BY_SEARCH",
        "keys": [{"field": "MATCHING_FIELD_COUNTERPARTY"}],
        "window_days": _WINDOW_DAYS,
        "max_rows": _GROUP_ROWS,
    },
}
_Choice = tuple[frozenset[str], frozenset[str]]
"""Records by their keys, and entries by their transactions."""


@dataclass(slots=True)
class Row:
    """A row of either side; ``ordinal`` is its place on its side, from 1."""

    ordinal: int
    amount: int
    party: int
    day: date


@dataclass(slots=True)
class Planted:
    """Both sides, the groups that must be taken, and for each disputed one the choices that must be proposed."""

    records: list[Row] = field(default_factory=list)
    entries: list[Row] = field(default_factory=list)
    groups: set[_Choice] = field(default_factory=set)
    disputed: set[_Choice] = field(default_factory=set)


def plant(groups: int, chance: random.Random) -> Planted:
    """So many groups, of nine rows on each side with what is beside them."""
    planted = Planted()
    for group in range(groups):
        _plant_one(planted, group, chance)
    return planted


def _plant_one(planted: Planted, group: int, chance: random.Random) -> None:
    party, nth = divmod(group, _GROUPS_OF_PARTY)
    first = _FIRST + timedelta(days=nth * 10 * _WINDOW_DAYS)

    def add(rows: list[Row], amount: int) -> str:
        rows.append(Row(len(rows) + 1, amount, party, first + timedelta(days=chance.randint(0, _WINDOW_DAYS))))
        number = rows[-1].ordinal
        return f"k{number}" if rows is planted.records else encode(TRANSACTION, _transaction_id(number).int)

    is_disputed = group % _DISPUTED_EVERY == 0
    record_count = chance.randint(2, 6)
    entry_count = chance.randint(2, min(_SIDE_ROWS - 2 * is_disputed, _GROUP_ROWS - is_disputed - record_count))
    theirs = [chance.randint(10**8, 10**11) for _ in range(entry_count)]
    ours = [chance.randint(10**6, 10**7) for _ in range(record_count - 1)]
    ours.append(sum(theirs) - sum(ours))
    records = frozenset(add(planted.records, amount) for amount in ours)
    entries = [add(planted.entries, amount) for amount in theirs]
    if is_disputed:
        # Two more entries make up for the first one: either choice has the same sum.
        part = theirs[0] // 3
        others = [add(planted.entries, amount) for amount in (part, theirs[0] - part)]
        planted.disputed |= {(records, frozenset(entries)), (records, frozenset([*others, *entries[1:]]))}
    else:
        planted.groups.add((records, frozenset(entries)))
    for _ in range(record_count, _SIDE_ROWS):
        add(planted.records, sum(chance.sample(theirs, 2)) + chance.randint(1, 99))
    for _ in range(entry_count + 2 * is_disputed, _SIDE_ROWS):
        add(planted.entries, sum(chance.sample(ours, 2)) - chance.randint(1, 99))


async def grouping(bench: measures.Bench, connection: asyncpg.Connection, stub: ReconciliationServiceStub) -> None:
    """A run over planted groups, and whether it found these and nothing else."""
    rows = bench.plan.grouped_rows
    bench.say(f"reconciling: groups among {rows:,} rows a side")
    planted = plant(rows // _SIDE_ROWS, random.Random(7))
    await _write(connection, planted)
    rule = (await stub.CreateMatchingRule(pb.CreateMatchingRuleRequest(matching_rule=_RULE))).matching_rule  # type: ignore[arg-type]
    begun = time.monotonic()
    run_id = await runs.finished(stub, _SOURCE, [rule.id])
    bench.figures.values["grouped_s"], facts = time.monotonic() - begun, bench.figures.facts
    taken, proposed = set[_Choice](), set[_Choice]()
    token = ""
    while True:
        request = pb.ListMatchesRequest(reconciliation_id=run_id, page_size=100, page_token=token)
        page = await stub.ListMatches(request)
        for match in page.reconciliation_matches:
            (proposed if match.ambiguous else taken).add(_choice(match))
        token = page.next_page_token
        if not token:
            break
    facts["groups_found"], facts["groups_disputed"] = len(taken), len(planted.disputed) // 2
    wrong = {"missed": planted.groups - taken, "false": taken - planted.groups}
    wrong |= {"not proposed": planted.disputed - proposed, "wrongly proposed": proposed - planted.disputed}
    bench.figures.faults += [f"groups ({run_id}): {len(found)} {name}" for name, found in wrong.items() if found]


def _choice(match: reconciliation_match_pb2.ReconciliationMatch) -> _Choice:
    return frozenset(record.key for record in match.records), frozenset(e.transaction_id for e in match.entries)


def _transaction_id(number: int) -> uuid.UUID:
    return uuid.UUID(int=0x01900000_0000_7001_8000_000000000000 + number)


def _party_id(party: int) -> uuid.UUID:
    return uuid.UUID(int=0x01900000_0000_7002_8000_000000000000 + party)


async def _write(connection: asyncpg.Connection, planted: Planted) -> None:
    now = datetime.now(UTC)
    parties = sorted({row.party for row in planted.entries})
    balances = [(_BANK, None), *((_party_id(party), f"@Party-{party}") for party in parties)]
    await connection.copy_records_to_table(
        "balances",
        columns=(
            *("id", "indicator", "ledger_id", "currency", "precision", "version"),
            *("moved_at", "created_at", "updated_at"),
        ),
        records=[(key, indicator, _LEDGER, "EUR", 100, 1_000_000, now, now, now) for key, indicator in balances],
    )
    await runs.write_source(connection, _SOURCE, "Groups", balance=_BANK, upload=_UPLOAD)
    await connection.copy_records_to_table(
        "external_records",
        columns=(
            *("source_id", "upload_id", "ordinal", "key", "digest", "amount", "currency", "precision", "booking_date"),
            *("value_date", "reference_texts", "counterparty", "kind", "payments", "line", "created_at"),
        ),
        records=list(_records(planted, now)),
    )
    await connection.copy_records_to_table(
        "transactions",
        columns=(
            *("id", "reference", "kind", "currency", "precision", "amount", "source_id", "source_version"),
            *("source_credit", "source_debit", "source_inflight_credit", "source_inflight_debit", "destination_id"),
            *("destination_version", "destination_credit", "destination_debit", "destination_inflight_credit"),
            *("destination_inflight_debit", "allow_overdraft", "recorded_at", "status"),
        ),
        records=list(_entries(planted)),
    )
    for table in ("transactions", "external_records"):
        await connection.execute(f"VACUUM ANALYZE {table}")


def _records(planted: Planted, now: datetime) -> Iterator[tuple[object, ...]]:
    for row in planted.records:
        key = f"k{row.ordinal}"
        yield (
            *(_SOURCE, _UPLOAD, row.ordinal, key, b"x", row.amount, "EUR", 100, row.day, row.day),
            *([], f"@Party-{row.party}", "MOVEMENT", 1, row.ordinal, now),
        )


def _entries(planted: Planted) -> Iterator[tuple[object, ...]]:
    for row in planted.entries:
        at = datetime(row.day.year, row.day.month, row.day.day, 12, tzinfo=UTC)
        number = row.ordinal
        yield (
            *(_transaction_id(number), f"group-{number}", "POSTING", "EUR", 100, row.amount),
            *(_party_id(row.party), number),
            *(0, 0, 0, 0, _BANK, number, 0, 0, 0, 0, True, at, "APPLIED"),
        )
