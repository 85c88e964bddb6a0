"""Reconciling two large sides, beside a bare join in PostgreSQL that writes its pairs into the same table.

Both sides are written by SQL into a database of their own, with outcomes that are known: what is found is compared with
them, row by row.
"""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import grpc
from ledgerapi.v1 import reconciliation_service_pb2 as pb
from ledgerapi.v1.reconciliation_service_pb2_grpc import ReconciliationServiceStub

from bench import grouping, measures, runs, service
from bench.machine import HAS_PROC, children, rss_mib
from ledgerd.store import migrate

_DATABASE = "reconciling"
_SOURCE, _UPLOAD = (uuid.UUID(f"00000000-0000-7000-8000-0000000000{end}") for end in ("aa", "bb"))
_BANK, _WORLD = (uuid.UUID(f"00000000-0000-7000-8000-0000000000{end}") for end in ("cc", "dd"))
_LOOK_SECONDS = 0.1
_LONG_SECONDS = 900
_AMOUNT = {"field": "MATCHING_FIELD_AMOUNT"}
_REFERENCE = {"field": "MATCHING_FIELD_REFERENCE"}
_TEN_CENTS = {"currency": "EUR", "decimal": "0.10"}
_RULES = (
    [_AMOUNT, _REFERENCE, {"field": "MATCHING_FIELD_BOOKING_DATE", "tolerance": {"business_days": 3}}],
    [{"field": "MATCHING_FIELD_AMOUNT", "tolerance": {"absolute": {"amounts": [_TEN_CENTS]}}}, _REFERENCE],
    [_AMOUNT, {"field": "MATCHING_FIELD_BOOKING_DATE"}],
)
_PLANTED = """
    SELECT i, i > $2 AND i % 100 = 1 AS no_record, i > $2 AND i % 100 = 2 AS no_entry, i > $2 AND i % 100 = 3 AS drifts,
           i > $2 AND i % 1000 = 7 AS misnamed,
           CASE WHEN i <= $2 THEN 4999 ELSE 1000 + (i::bigint * 7919) % 1000000 END AS amount,
           CASE WHEN i <= $2 THEN date '2026-03-01' ELSE date '2026-01-01' + (i % 90)::int END AS day
    FROM generate_series(1, $1::int) AS i
"""
"""What is known of each pair: rows up to $2 have one amount and one day."""
_ENTRIES = f"""
    INSERT INTO transactions (id, reference, kind, currency, precision, amount, source_id, source_version,
        source_credit, source_debit, source_inflight_credit, source_inflight_debit, destination_id, destination_version,
        destination_credit, destination_debit, destination_inflight_credit, destination_inflight_debit, allow_overdraft,
        recorded_at, status)
    SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid, 'INV-' || i, 'POSTING', 'EUR', 100, amount,
           $3, i, 0, 0, 0, 0, $4, i, 0, 0, 0, 0, true, (day + time '12:00') AT TIME ZONE 'UTC', 'APPLIED'
    FROM ({_PLANTED}) AS planted WHERE NOT no_entry
"""
_RECORDS = f"""
    INSERT INTO external_records (source_id, upload_id, ordinal, key, digest, amount, currency, precision, booking_date,
        value_date, reference_texts, description, kind, payments, line, created_at)
    SELECT $3, $4, i, 'k' || i, 'x', amount + CASE WHEN drifts THEN 5 ELSE 0 END, 'EUR', 100, day, day,
           ARRAY[CASE WHEN misnamed THEN 'WRONG-' ELSE 'INV-' END || i], 'payment ' || i, 'MOVEMENT', 1, i, now()
    FROM ({_PLANTED}) AS planted WHERE NOT no_record ORDER BY i
"""
_JOIN = """
    INSERT INTO matches (reconciliation_id, number, level, record_number, transaction_id, balance_id, drift, distance)
    SELECT $1, row_number() OVER (), 0, r.id, t.id, t.destination_id, 0, 0
    FROM external_records r
    JOIN transactions t ON t.reference = r.reference_texts[1] AND t.amount = r.amount AND t.currency = r.currency
"""
_FOUND = """
    SELECT m.level, count(*) AS matches, sum(m.drift) AS drift,
           count(*) FILTER (WHERE right(m.transaction_id::text, 12) <> lpad(to_hex(substr(r.key, 2)::bigint), 12, '0'))
               AS wrong
    FROM matches m JOIN external_records r ON r.id = m.record_number WHERE m.reconciliation_id = $1 GROUP BY m.level
"""
_EXPECTED = f"""
    SELECT CASE WHEN misnamed THEN 2 WHEN drifts THEN 1 ELSE 0 END AS level, count(*) AS matches,
           sum(CASE WHEN drifts THEN 5 ELSE 0 END) AS drift, 0 AS wrong
    FROM ({_PLANTED}) AS planted WHERE NOT no_record AND NOT no_entry GROUP BY 1
"""


async def reconciling(bench: measures.Bench) -> None:
    """The join, the run, the join again; then posting alone, and beside another run."""
    rows, figures = bench.plan.reconciled_rows, bench.figures
    equal = min(10_000, rows // 5)
    bench.say(f"reconciling: writing {rows:,} rows a side")
    async with _database(bench.dsn) as dsn:
        connection = await asyncpg.connect(dsn)
        try:
            await _write(connection, rows, equal)
            async with service.serving({"DATABASE_URL": dsn}) as server, grpc.aio.insecure_channel(server.target) as to:
                stub = ReconciliationServiceStub(to)
                rule_ids = [await _rule(stub, criteria) for criteria in _RULES]
                bench.say("reconciling: beside a bare join")
                joins = [await _join(connection)]
                begun = time.monotonic()
                memory = _Memory(server.pid)
                watching = asyncio.create_task(memory.watch())
                run_id = await runs.finished(stub, _SOURCE, rule_ids)
                seconds = time.monotonic() - begun
                watching.cancel()
                joins.append(await _join(connection))
                figures.faults += await _faults(connection, run_id, rows, equal)
                figures.values["reconcile_over_join"] = seconds / (sum(joins) / len(joins))
                figures.facts["reconciled_rows_a_side"] = rows
                figures.facts["reconcile_s"], figures.facts["join_s"] = round(seconds, 2), [round(j, 2) for j in joins]
                if HAS_PROC:
                    figures.values["reconcile_rss_growth_mib"] = memory.peak
                await _beside(bench, stub, rule_ids)
                await grouping.grouping(bench, connection, stub)
        finally:
            await connection.close()


class _Memory:
    """What a server and its processes take more than the server took before, at most."""

    def __init__(self, server_pid: int) -> None:
        self._server_pid = server_pid
        self._before = rss_mib(server_pid) or 0.0
        self.peak = 0.0

    async def watch(self) -> None:
        """Look again and again."""
        while True:
            taken = sum(rss_mib(pid) or 0.0 for pid in (self._server_pid, *children(self._server_pid)))
            self.peak = max(self.peak, taken - self._before)
            await asyncio.sleep(_LOOK_SECONDS)


async def _beside(bench: measures.Bench, stub: ReconciliationServiceStub, rule_ids: list[str]) -> None:
    """Posting while a run is worked on, over posting alone before and after it."""
    bench.say("reconciling: beside posting")
    rows = bench.plan.bulk_rows
    rates = []
    for beside in (False, True, False):
        running = asyncio.create_task(runs.finished(stub, _SOURCE, rule_ids)) if beside else None
        measured = await measures.post_uniform(bench, rows)
        rates.append(rows / measured.seconds)
        if running is not None:
            await running
    bench.figures.values["posting_beside_reconciling"] = rates[1] * 2 / (rates[0] + rates[2])


async def _rule(stub: ReconciliationServiceStub, criteria: object) -> str:
    request = pb.CreateMatchingRuleRequest(matching_rule={"name": "bench", "criteria": criteria})  # type: ignore[dict-item]
    return (await stub.CreateMatchingRule(request)).matching_rule.id


async def _join(connection: asyncpg.Connection) -> float:
    """How long the join takes. What it wrote is removed."""
    begun = time.monotonic()
    await connection.execute(_JOIN, uuid.uuid4(), timeout=_LONG_SECONDS)
    seconds = time.monotonic() - begun
    await connection.execute(
        "DELETE FROM matches WHERE reconciliation_id NOT IN (SELECT id FROM reconciliations)", timeout=_LONG_SECONDS
    )
    await connection.execute("VACUUM matches", timeout=_LONG_SECONDS)
    return seconds


async def _faults(connection: asyncpg.Connection, run_id: str, rows: int, equal: int) -> list[str]:
    """Where what was found is not what was planted."""
    stored = await connection.fetchval("SELECT id FROM reconciliations WHERE status = 'FINISHED' ORDER BY id LIMIT 1")
    found = {row["level"]: tuple(row)[1:] for row in await connection.fetch(_FOUND, stored, timeout=_LONG_SECONDS)}
    expected = {row["level"]: tuple(row)[1:] for row in await connection.fetch(_EXPECTED, rows, equal)}
    if found == expected:
        return []
    return [f"reconciling ({run_id}): matches, drift and wrong ones by rule are {found} instead of {expected}"]


async def _write(connection: asyncpg.Connection, rows: int, equal: int) -> None:
    await migrate.migrate(connection)
    await connection.execute(
        "INSERT INTO balances (id, ledger_id, currency, precision, version, moved_at, created_at, updated_at)"
        " SELECT id, '00000000-0000-7000-8000-000000000001', 'EUR', 100, $2, now(), now(), now()"
        " FROM unnest($1::uuid[]) AS id",
        [_BANK, _WORLD],
        rows,
    )
    await runs.write_source(connection, _SOURCE, "Bank", balance=_BANK, upload=_UPLOAD)
    await connection.execute(_ENTRIES, rows, equal, _WORLD, _BANK, timeout=_LONG_SECONDS)
    await connection.execute(_RECORDS, rows, equal, _SOURCE, _UPLOAD, timeout=_LONG_SECONDS)
    for table in ("transactions", "external_records"):
        await connection.execute(f"VACUUM ANALYZE {table}", timeout=_LONG_SECONDS)


@asynccontextmanager
async def _database(dsn: str) -> AsyncIterator[str]:
    """A database of its own in the same PostgreSQL."""
    owner = await asyncpg.connect(dsn)
    try:
        await owner.execute(f"CREATE DATABASE {_DATABASE}")
        parts = urlsplit(dsn)
        yield urlunsplit(parts._replace(path=f"/{_DATABASE}"))
        await owner.execute(f"DROP DATABASE {_DATABASE} WITH (FORCE)")
    finally:
        await owner.close()
