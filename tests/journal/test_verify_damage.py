"""Whatever is missing, doubled, empty, garbled or too large, in any table: the proof ends with a finding."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from ledgerapi.v1 import (
    balance_pb2,
    identity_pb2,
    identity_service_pb2,
    ledger_pb2,
    ledger_service_pb2,
    verification_pb2,
)

from ledgerd.operations.verify import Report, verify
from tests.conftest import start_server, stop_server
from tests.journal.test_verify import a_days_work
from tests.rpc import wire
from tests.rpc.background import accept as accept_batch
from tests.rpc.background import done
from tests.rpc.deferred import accept
from tests.rpc.test_splits import split

pytestmark = pytest.mark.slow

NOT_PROVED = {
    # Names and times that no entry of the journal tells; docs/design/proof.md lists them.
    "ledgers": {"revision"},
    "balances": {"moved_at", "revision"},
    "monitors": {"revision"},
    "journal_head": {"epoch", "only_row"},
    "batches": {"recorded_at"},
    "batch_runs": {
        "status",
        "payload",
        "operations",
        "next_index",
        "replayed",
        "accepted_at",
        "holder",
        "leased_until",
        "mode",
    },
    "due": {"seq"},
    "creations": {"content", "created_at", "request_id", "subject_ids"},
    "identities": {"revision"},
    "leases": {"name", "holder", "until"},
    "schema_migrations": {"version"},
}
"""Columns whose change alone is not found."""

TABLES = (
    "balances",
    "batch_rejections",
    "batches",
    "creations",
    "due",
    "events",
    "identities",
    "identity_verifications",
    "journal",
    "journal_head",
    "ledgers",
    "monitors",
    "positions",
    "transaction_identities",
    "transactions",
    "transitions",
)


@pytest.fixture
async def books(dsn: str, connection: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    """A ledger with something in every table, without constraints, and a hand that no trigger stops."""
    server = await start_server(dsn)
    await a_days_work(server)
    await wire.record(server, split("paid", "@Payer", {"@A": "10", "@B": "left"}, 60))
    await wire.record(server, split("held", "@Payer", {"@A": "10", "@B": "left"}, 60, inflight=True))
    far = wire.in_seconds(3_600)
    await accept(server, "scheduled", 10, scheduled_time=far)
    await wire.hold(server, "timed", 10, inflight_expiry_time=far)
    rejected = [
        *wire.drafts(2, prefix="some"),
        wire.post(wire.draft("poor", await wire.open_balance(server), "@Sales", 1)),
    ]
    await done(server, (await accept_batch(server, rejected, request_id="some")).id)
    await made_by_administrators(server)
    watching = await wire.watch(server)
    await wire.record(server, wire.from_world("last", "@Sales", 1))
    while await watching.references(1) != ["last"]:
        pass
    watching.cancel()
    await stop_server(server)
    await connection.execute("SET session_replication_role = replica")
    assert (await verify(connection)).faults == []
    await without_constraints(connection)
    yield connection


async def made_by_administrators(server: wire.Server) -> None:
    """A ledger, an identity and its balance, under request ids."""
    made = await server.ledgers.CreateLedger(
        ledger_service_pb2.CreateLedgerRequest(ledger=ledger_pb2.Ledger(name="Customers"), request_id="ledger")
    )
    identity = await server.identities.CreateIdentity(
        identity_service_pb2.CreateIdentityRequest(
            identity=identity_pb2.Identity(individual=identity_pb2.Individual(first_name="Ada")), request_id="ada"
        )
    )
    checked = verification_pb2.IdentityVerification(
        identity_id=identity.identity.id, kind="VERIFICATION_KIND_PEP", outcome="VERIFICATION_OUTCOME_PASSED", tier="1"
    )
    await server.identities.CreateIdentityVerification(
        identity_service_pb2.CreateIdentityVerificationRequest(verification=checked, request_id="checked")
    )
    await wire.record(server, wire.from_world("concerns", "@Sales", 1, identity_ids=[identity.identity.id]))
    balance = balance_pb2.Balance(ledger_id=made.ledger.id, currency="USD", identity_id=identity.identity.id)
    await server.ledgers.CreateBalance(ledger_service_pb2.CreateBalanceRequest(balance=balance, request_id="balance"))


async def without_constraints(connection: asyncpg.Connection) -> None:
    """Drop every constraint and unique index, keys to other tables first, and let every column be empty.

    Plain indexes take the place of unique ones, so that the proof reads as it would.
    """
    for kinds in ("f", "cpu"):
        for row in await connection.fetch(
            "SELECT conrelid::regclass::text AS name, conname, contype, pg_get_constraintdef(oid) AS def"
            " FROM pg_constraint WHERE connamespace = current_schema()::regnamespace AND conrelid <> 0"
            " AND strpos($1, contype::text) > 0",
            kinds,
        ):
            await connection.execute(f'ALTER TABLE {row["name"]} DROP CONSTRAINT "{row["conname"]}"')
            if row["contype"] in (b"p", b"u"):
                columns = row["def"].partition("(")[2].rpartition(")")[0]
                await connection.execute(f"CREATE INDEX ON {row['name']} ({columns})")
    for row in await connection.fetch(
        "SELECT contypid::regtype::text AS name, conname FROM pg_constraint WHERE contypid <> 0"
        " AND connamespace = current_schema()::regnamespace"
    ):
        await connection.execute(f'ALTER DOMAIN {row["name"]} DROP CONSTRAINT "{row["conname"]}"')
    for row in await columns_of(connection):
        await connection.execute(
            f"ALTER TABLE {row['table_name']} ALTER COLUMN {row['column_name']} DROP IDENTITY IF EXISTS"
        )
        await connection.execute(f"ALTER TABLE {row['table_name']} ALTER COLUMN {row['column_name']} DROP NOT NULL")


async def columns_of(connection: asyncpg.Connection) -> list[asyncpg.Record]:
    return await connection.fetch(
        "SELECT table_name, column_name, udt_name FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND table_name = ANY($1) ORDER BY 1, ordinal_position",
        list(TABLES),
    )


async def after(connection: asyncpg.Connection, *statements: str) -> list[str]:
    """What the proof says of the damage, which is undone."""
    damage = connection.transaction(isolation="repeatable_read")
    await damage.start()
    try:
        for statement in statements:
            await connection.execute(statement)
        return (await verify(connection)).faults
    finally:
        await damage.rollback()


GARBLED = {
    "uuid": "gen_random_uuid()",
    "text": "'\\t\\N\\\\nonsense ' || chr(1)",
    "bytea": "'\\xdeadbeef'",
    "numeric": "9e37",
    "int2": "32767",
    "int4": "2147483647",
    "int8": "9223372036854775807",
    "bool": "NOT {column}",
    "timestamptz": "'infinity'",
    "json": "'[]'",
    "jsonb": "'[]'",
}
"""Something of the column's own type that the service would not have written."""


async def test_every_column_is_proved_or_named_as_not_proved(books: asyncpg.Connection) -> None:
    """Each column of each table is emptied, then garbled, in one row that has something in it."""
    silent = []
    for table, column, kind in await columns_of(books):
        if column in NOT_PROVED.get(table, ()):
            continue
        garbled = GARBLED[kind].replace("{column}", column) if kind != "text" else "E'" + GARBLED["text"][1:]
        for value in ("NULL", garbled):
            row = f"ctid = (SELECT ctid FROM {table} WHERE {column} IS NOT NULL ORDER BY ctid LIMIT 1)"
            if not await books.fetchval(f"SELECT count(*) FROM {table} WHERE {row}"):
                continue
            if not await after(books, f"UPDATE {table} SET {column} = {value} WHERE {row}"):
                silent.append((table, column, value))
    assert not silent, "\n".join(map(str, silent))


async def test_a_missing_doubled_or_emptied_table_is_named(books: asyncpg.Connection) -> None:
    silent = []
    for table in TABLES:
        row = f"ctid = (SELECT ctid FROM {table} ORDER BY ctid DESC LIMIT 1)"
        assert await books.fetchval(f"SELECT count(*) FROM {table}"), f"{table} is empty before it is damaged"
        for damage in (
            f"DELETE FROM {table} WHERE {row}",
            f"INSERT INTO {table} SELECT * FROM {table} WHERE {row}",
            f"TRUNCATE {table}",
            f"ALTER TABLE {table} RENAME TO elsewhere",
        ):
            if not await after(books, damage):
                silent.append(damage)
    assert not silent, "\n".join(map(str, silent))


async def test_a_column_of_another_type_or_none_is_named(books: asyncpg.Connection) -> None:
    """A superuser may alter a table itself; nothing of it ends the proof before its end."""
    silent = []
    for table, column, kind in await columns_of(books):
        if column in NOT_PROVED.get(table, ()) or table in ("balances", "batches"):
            continue
        drop = f"ALTER TABLE {table} DROP COLUMN {column} CASCADE"
        other = "integer DEFAULT 7" if kind == "text" else "text DEFAULT 'nonsense'"
        if not await after(books, drop):
            silent.append((table, column, "dropped"))
        if not await after(books, drop, f"ALTER TABLE {table} ADD COLUMN {column} {other}"):
            silent.append((table, column, other))
    assert not silent, "\n".join(map(str, silent))


COMMIT = "overlay(id::text PLACING '000000' FROM 31)::uuid"


async def test_rows_that_changed_places_are_named(books: asyncpg.Connection) -> None:
    """Two rows exchange what they say, each keeping its id."""
    swap = (
        "UPDATE {table} a SET {column} = b.{column} FROM {table} b WHERE a.id <> b.id"
        " AND a.id IN (SELECT id FROM {table} WHERE {some} ORDER BY id LIMIT 2)"
        " AND b.id IN (SELECT id FROM {table} WHERE {some} ORDER BY id LIMIT 2)"
    )
    swaps = [
        ("transactions", "reference", "kind = 'POSTING' AND header_id IS NULL"),
        ("transactions", "amount", "reference IN ('posting', 'till-1')"),
        ("transactions", "source_version", "reference LIKE 'till-%'"),
        ("transitions", "transaction_id", "true"),
        ("events", "payload", "kind = 'BALANCE_CREATED'"),
        ("journal", "digest", "true"),
        ("journal", "order_key", f"id IN (SELECT {COMMIT} FROM transactions WHERE reference LIKE 'till-%')"),
        ("balances", "credit", "indicator IN ('@A', '@B')"),
    ]
    silent = [
        pair for pair in swaps if not await after(books, swap.format(table=pair[0], column=pair[1], some=pair[2]))
    ]
    assert not silent, "\n".join(map(str, silent))


async def test_a_ledger_without_a_head_is_a_finding(books: asyncpg.Connection) -> None:
    faults = await after(books, "DELETE FROM journal_head")
    assert "the chain is whole: journal_head has 0 rows instead of one" in faults


async def test_faults_without_number_need_no_memory(books: asyncpg.Connection) -> None:
    """More than are kept are counted."""
    report = Report()
    for number in range(10_005):
        report.fault("check", str(number))
    assert (len(report.faults), report.faults_unlisted) == (10_000, 5)
