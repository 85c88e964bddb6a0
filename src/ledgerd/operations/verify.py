"""Proves the books from what was written: balances, sums, pools, running totals, the chain."""

import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field

import asyncpg

from ledgerd.core.book import ChangeKind
from ledgerd.core.chain import GENESIS, link
from ledgerd.core.ids import ORDINAL_MAX
from ledgerd.store import lines, sql, transactions

_QUERIES = sql.load("verify.sql")
_JOURNAL = sql.load("journal.sql")

_CHECKS = (
    ("balances equal their transactions", "balances_differ"),
    ("credits equal debits in every currency", "currencies_do_not_cancel"),
    ("both sides have one currency and precision", "sides_disagree"),
    ("held pools equal the open holds", "pools_differ"),
    ("holds equal their commits and voids", "holds_differ"),
    ("refunds stay within what was moved", "refunds_differ"),
    ("leads equal their legs", "leads_differ"),
    ("legs belong to their leads", "legs_astray"),
    ("running totals add up", "running_totals_differ"),
    ("batches equal what was told of them", "batches_differ"),
    ("batches under way equal what was done of them", "batch_runs_differ"),
    ("closed periods stayed closed", "closed_periods_moved"),
    ("what waited is what was told of it", "waiting_differs"),
    ("what waits is on the work list, and nothing else", "work_list_differs"),
)
_CHANGES = frozenset(ChangeKind)
_FILLINGS = (ChangeKind.APPLIED, ChangeKind.INFLIGHT)
_FILLED = f"SELECT id, {', '.join(lines.FILLED)} FROM transactions WHERE id = ANY($1::uuid[])"
_PAGE_COMMITS = 200


@dataclass(slots=True)
class Report:
    """What was proved, how much of it, and every difference found."""

    transactions: int = 0
    balances: int = 0
    commits: int = 0
    head: str = ""
    checks: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


async def verify(connection: asyncpg.Connection, progress: Callable[[str], None] = lambda _: None) -> Report:
    """Check everything in one snapshot, while the ledger goes on. Reads the whole history."""
    report = Report()
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        # The time-outs that guard the service would cut a long proof short.
        await connection.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
        report.transactions = await connection.fetchval("SELECT count(*) FROM transactions")
        report.balances = await connection.fetchval("SELECT count(*) FROM balances")
        for name, query in _CHECKS:
            progress(name)
            rows = await connection.fetch(getattr(_QUERIES, query))
            report.faults += [f"{name}: {row[0]}: {row['fault']}" for row in rows]
            report.checks.append(name)
        progress("the chain is whole")
        # From here on everything is found by id; without statistics the planner may think otherwise.
        await connection.execute("SET LOCAL enable_seqscan = off")
        await _verify_chain(connection, report)
        report.checks.append("the chain is whole")
    return report


async def _verify_chain(connection: asyncpg.Connection, report: Report) -> None:
    """Recompute every digest from the rows, and every link from the digests."""
    chain, expected = GENESIS, 0
    async for commit, digest, found in _commits(connection):
        report.commits += 1
        if found != commit["entries"]:
            report.faults.append(f"commit {commit['id']}: {commit['entries']} entries recorded, {found} found")
        elif digest != commit["digest"]:
            report.faults.append(f"commit {commit['id']}: its entries are not what was digested")
        if commit["position"] is None:
            if not commit["waits"]:
                report.faults.append(f"commit {commit['id']}: neither placed nor waiting to be")
            continue
        expected += 1
        chain = link(
            chain,
            position=expected,
            journal_key=commit["id"].hex,
            entries=commit["entries"],
            digest=commit["digest"],
        )
        if commit["position"] != expected or commit["chain"] != chain:
            report.faults.append(f"position {commit['position']}: the chain is broken here")
            chain, expected = commit["chain"], commit["position"]
    await _verify_head(connection, report, chain, expected)
    surplus = await connection.fetchval(_QUERIES.entries_outside)
    if surplus:
        report.faults.append(f"{surplus} entries belong to no commit")


async def _verify_head(connection: asyncpg.Connection, report: Report, chain: bytes, position: int) -> None:
    head = await connection.fetchrow("SELECT position, chain FROM journal_head")
    if (head["position"], head["chain"]) != (position, chain):
        report.faults.append(f"the head stands at {head['position']}, the chain ends at {position}")
    report.head = f"{position}:{chain.hex()}"


async def _commits(connection: asyncpg.Connection) -> AsyncIterator[tuple[asyncpg.Record, bytes, int]]:
    """Every commit with its recomputed digest and the number of entries found for it."""
    page: list[asyncpg.Record] = []
    async for commit in connection.cursor(_QUERIES.commits, prefetch=_PAGE_COMMITS):
        page.append(commit)
        if len(page) == _PAGE_COMMITS:
            for digested in await _digests(connection, page):
                yield digested
            page = []
    for digested in await _digests(connection, page):
        yield digested


async def _digests(
    connection: asyncpg.Connection, page: list[asyncpg.Record]
) -> list[tuple[asyncpg.Record, bytes, int]]:
    found: dict[int, list[tuple[int, str]]] = {commit["id"].int: [] for commit in page}
    low = [commit["id"] for commit in page]
    high = [uuid.UUID(int=commit["id"].int + commit["entries"]) for commit in page]
    for number, line in await _lines(connection, low, high):
        ordinal = number & ORDINAL_MAX
        found[number - ordinal].append((ordinal, line))
    return [(commit, lines.digest(found[commit["id"].int]), len(found[commit["id"].int])) for commit in page]


async def _lines(
    connection: asyncpg.Connection, low: Sequence[object], high: Sequence[object]
) -> list[tuple[int, str]]:
    rows = await connection.fetch(transactions.SELECT_BETWEEN.format(limit=ORDINAL_MAX), low, high)
    written = [(row["id"].int, lines.transaction_line(transactions.from_row(row))) for row in rows]
    changed = await connection.fetch(_JOURNAL.transitions_between, low, high)
    filled = [row["transaction_id"] for row in changed if row["transition_kind"] in _FILLINGS]
    figures = {row[0]: row[1:] for row in await connection.fetch(_FILLED, filled)} if filled else {}
    written += [(row["transition_id"].int, _transition_line(row, figures)) for row in changed]
    for row in await connection.fetch(_JOURNAL.events_between, low, high):
        line = lines.event_line(
            key=row["id"].hex, kind=row["kind"], subject_key=row["subject_id"].hex, payload=row["payload"]
        )
        written.append((row["id"].int, line))
    return written


def _transition_line(row: asyncpg.Record, figures: Mapping[uuid.UUID, Sequence[object]]) -> str:
    if row["transition_kind"] in _CHANGES:
        return _change_line(row, figures)
    return lines.settlement_line(
        key=row["transition_id"].hex,
        original_key=row["transaction_id"].hex,
        cause_key=row["caused_by"].hex,
        kind=row["transition_kind"],
        status=row["status_then"],
        after=(row["committed_then"], row["voided_then"], row["refunded_then"]),
    )


def _change_line(row: asyncpg.Record, figures: Mapping[uuid.UUID, Sequence[object]]) -> str:
    change = (
        row["transaction_id"].hex,
        row["caused_by"].hex,
        row["transition_kind"],
        row["status_then"],
        str(row["committed_then"]),
        str(row["voided_then"]),
        str(row["refunded_then"]),
        lines.time_text(row["transition_at"]),
        lines.text_or_null(row["details"]),
    )
    filled: tuple[str, ...] = ()
    if row["transition_kind"] in _FILLINGS:
        figures_then = figures[row["transaction_id"]]
        filled = tuple(lines.NULL if figure is None else str(figure) for figure in figures_then)
    return lines.change_line(key=row["transition_id"].hex, change=change, filled=filled)
