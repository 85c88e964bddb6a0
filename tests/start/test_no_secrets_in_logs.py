"""Secrets and customers' data stay out of every line: the server's, the workers', PostgreSQL's own."""

import asyncio
import contextlib
import urllib.parse
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import asyncpg
import grpc
import pytest
from ledgerapi.v1 import identity_pb2, identity_service_pb2, transaction_service_pb2

from ledgerd.core.model.rejection import Reason
from tests.conftest import Server
from tests.faults.postgres import own_postgres
from tests.faults.process import ServerProcess
from tests.rpc import wire
from tests.rpc.test_reasons import PROVOKED
from tests.start.planting import PlantingChannel

pytestmark = pytest.mark.slow

WORD = "s3cr3t"
PASSWORD = f"{WORD}-password"
PATIENCE_SECONDS = 120
# These need the server in this process.
ELSEWHERE = {Reason.SHUTTING_DOWN, Reason.QUEUE_FULL}
# These leave something behind that rejects whatever comes after them.
LAST = [Reason.TOTAL_OUT_OF_BOUNDS, Reason.INTERNAL]

# Errors whose message and detail quote the row: a constraint's, and one that nobody foresaw.
QUOTING = """
CREATE FUNCTION quote() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.amount = 777 THEN
        RAISE EXCEPTION 'rejected %', NEW.reference
            USING DETAIL = NEW.description, ERRCODE = '23514', CONSTRAINT = 'quoting';
    ELSIF NEW.amount = 778 THEN
        RAISE EXCEPTION 'rejected %', NEW.reference USING DETAIL = NEW.description, HINT = NEW.tag;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER quote BEFORE INSERT ON transactions FOR EACH ROW EXECUTE FUNCTION quote();
ALTER TABLE transactions ADD CONSTRAINT never_779 CHECK (amount <> 779);
"""


def with_password(dsn: str) -> str:
    return dsn.replace("postgres@", f"postgres:{PASSWORD}@")


def log_of(dsn: str) -> str:
    """What the PostgreSQL of this DSN wrote."""
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(dsn).query)
    return (Path(query["host"][0]).parent / "postgres.log").read_text()


async def whatever_comes(call: Awaitable[Any]) -> None:
    with contextlib.suppress(Exception, pytest.fail.Exception):
        async with asyncio.timeout(PATIENCE_SECONDS):
            await call


async def many_reasons(server: Server, planting: PlantingChannel, one_of: int) -> None:
    """One of so many, in their order, and then the last."""
    for reason in [reason for reason in PROVOKED if reason not in {*ELSEWHERE, *LAST}][::one_of] + LAST:
        planting.next()
        assert (await PROVOKED[reason](server)).reason == reason.value
    connection = await asyncpg.connect(server.app.dsn)
    await connection.execute("ALTER TABLE lost RENAME TO ledgers")  # What provoked INTERNAL.
    await connection.close()


async def rows_that_postgres_quotes(server: Server, planting: PlantingChannel) -> None:
    for amount in (777, 778, 779):
        planting.next()
        quoted = wire.from_world(f"quoted {amount}", "@Sales", amount)
        await whatever_comes(wire.record(server, quoted))
        many = [*wire.drafts(3), wire.post(quoted)]
        await whatever_comes(wire.batch(server, many))
        planting.next()
        await whatever_comes(wire.batch(server, many, wire.ATOMIC))
        await whatever_comes(wire.batch(server, many, run_async=True, request_id=f"b{amount}"))


async def a_row_that_cannot_be_read(server: Server) -> None:
    identity = identity_pb2.Identity(organization={"name": "Acme"})
    made = await server.identities.CreateIdentity(identity_service_pb2.CreateIdentityRequest(identity=identity))
    connection = await asyncpg.connect(server.app.dsn)
    await connection.execute("UPDATE identities SET attributes = to_jsonb($1::text)", WORD)
    await connection.close()
    asked = identity_service_pb2.GetIdentityRequest(identity_id=made.identity.id)
    assert (await wire.rejection(server.identities.GetIdentity(asked))).reason == "INTERNAL"


async def what_is_no_message(channel: grpc.aio.Channel) -> None:
    service = transaction_service_pb2.DESCRIPTOR.services_by_name["TransactionService"]
    for method in (*service.methods, SimpleNamespace(name=WORD, client_streaming=False)):
        path = f"/{service.full_name}/{method.name}"
        if not method.client_streaming:
            await whatever_comes(channel.unary_unary(path)(f"\xff{WORD}".encode("latin-1")))


async def a_crash_in_mid_write(server: Server, planting: PlantingChannel, crash: Callable[[], Awaitable[None]]) -> None:
    planting.next()
    calls = [whatever_comes(wire.record(server, wire.from_world(f"c{n}", "@Sales", 1))) for n in range(200)]
    calls += [whatever_comes(wire.balance(server, "@Sales")) for n in range(20)]
    calls += [whatever_comes(wire.batch(server, wire.drafts(2_000, prefix=f"b{n}"))) for n in range(3)]
    under_way = asyncio.gather(*calls)
    await asyncio.sleep(0)
    await crash()
    await under_way


# The two forms differ in how a line is written, not in what it says.
@pytest.mark.parametrize(("as_json", "one_of"), [("true", 1), ("false", 4)], ids=["JSON", "text"])
async def test_no_line_holds_a_secret_whatever_goes_wrong(tmp_path: Path, as_json: str, one_of: int) -> None:
    output = tmp_path / "output"
    async with own_postgres() as postgres:
        process = ServerProcess(
            output,
            DATABASE_URL=with_password(postgres.dsn),
            LEDGERD_LOG_LEVEL="debug",
            LEDGERD_LOG_JSON=as_json,
        )
        await process.start()
        async with grpc.aio.insecure_channel(process.target) as channel:
            planting = PlantingChannel(channel, WORD)
            server = Server(SimpleNamespace(dsn=postgres.dsn), planting)
            connection = await asyncpg.connect(postgres.dsn)
            await connection.execute(QUOTING)
            await connection.close()
            await rows_that_postgres_quotes(server, planting)
            await many_reasons(server, planting, one_of)
            await a_row_that_cannot_be_read(server)
            await what_is_no_message(channel)
            await a_crash_in_mid_write(server, planting, postgres.crash)
            await postgres.restart()
            await a_crash_in_mid_write(server, planting, process.kill)
        said, postgres_said = output.read_text(), log_of(postgres.dsn)
    # That the secrets came so far is the proof that leaving them out is no accident.
    for event in (
        "a batch could not be recorded",
        "unexpected failure",
        "calls that need the database paused",
        "23514",
        "P0001",
    ):
        assert event in said, event
    assert [line for line in said.splitlines() if WORD in line] == []
    assert "ready to accept connections" in postgres_said
    assert [line for line in postgres_said.splitlines() if WORD in line] == []
