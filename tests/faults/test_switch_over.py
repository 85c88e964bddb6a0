"""A standby takes over: what was acknowledged is there, once, and what was decided on what is not there is not."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
from ledgerd_client import LedgerClient, draft
from ledgerd_client.bulk import bulk_results

from ledgerd.core.model.ids import encode
from ledgerd.core.model.operation import Post
from ledgerd.core.model.rejection import Reason, Rejected
from ledgerd.operations.verify import verify
from ledgerd.store import pool
from ledgerd.store.primary import Primary
from tests.faults.pair import Pair, open_pair
from tests.faults.process import serving
from tests.poster.harness import Harness, open_harness, post, said

pytestmark = pytest.mark.slow

DRAFTS = 3_000


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    async with open_pair() as opened:
        yield opened


@pytest.fixture
async def old(pair: Pair) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the one that is the primary at first."""
    connection = await asyncpg.connect(pair.primary)
    yield connection
    await connection.close()


async def prove(dsn: str) -> dict[str, str]:
    """The books are right; the id of everything recorded, by reference."""
    connection: Any = await asyncpg.connect(dsn)
    try:
        await pool.prepare(connection)
        assert (await verify(connection)).faults == []
        rows = await connection.fetch("SELECT reference, id FROM transactions")
        return {row["reference"]: encode("txn", row["id"].int) for row in rows}
    finally:
        await connection.close()


@pytest.mark.parametrize("planned", [True, False], ids=["the old one is made read-only", "the old one is cut off"])
async def test_an_upload_goes_on_at_the_new_primary(pair: Pair, old: asyncpg.Connection, planned: bool) -> None:
    acknowledged: dict[str, str] = {}

    async def switch() -> None:
        while len(acknowledged) < DRAFTS // 3:
            await asyncio.sleep(0.002)
        if planned:
            await pair.make_old_read_only()
        else:
            await pair.link.cut()
        await pair.take_over()

    async with serving(pair.address.dsn) as server, LedgerClient(server.target) as client:
        drafts = (
            draft(
                f"draft {n}",
                source="@World",
                destination=f"@Shop{n % 20}",
                currency="USD",
                precise_amount=n + 1,
                allow_overdraft=True,
            )
            for n in range(DRAFTS)
        )
        switching = asyncio.create_task(switch())
        results = bulk_results(client, drafts, chunk_operations=25, in_flight=8, give_up_seconds=120)
        async with aclosing(results):
            async for asked, result in results:
                assert result.HasField("posted"), result
                acknowledged[asked.reference] = result.posted.transaction_id
        await switching
        async with asyncio.timeout(60):
            # Those that wait for the standby are the old one's own affair: nobody listens to them now.
            while await old.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ledgerd'"
                " AND wait_event IS DISTINCT FROM 'SyncRep'"
            ):
                await asyncio.sleep(0.05)
        for shop in range(20):
            figures = (await client.get_balance((f"@Shop{shop}", "USD"))).figures
            assert figures.balance == str(sum(n + 1 for n in range(shop, DRAFTS, 20)))
    assert await prove(pair.standby) == acknowledged
    assert len(acknowledged) == DRAFTS


@pytest.mark.parametrize("comes_back", [True, False], ids=["the standby comes back", "the standby takes over"])
async def test_a_commit_whose_wait_was_cancelled_is_acknowledged_by_nobody(
    pair: Pair, old: asyncpg.Connection, comes_back: bool
) -> None:
    """It stands on the old primary for everybody to see, and nowhere else."""
    async with open_harness(pair.address.dsn) as harness, open_harness(pair.address.dsn) as other:
        await harness.one(post("@World", "@Shop", 1, "before", allow_overdraft=True))
        await pair.link.cut()
        payment = post("@World", "@Shop", 5, "payment", allow_overdraft=True)
        posting = asyncio.create_task(harness.one(payment))
        waiting = await pair.commit_under_way(old)
        await old.execute("SELECT pg_cancel_backend($1)", waiting.backend)
        # The write path looks for it, finds it, and has its find confirmed.
        looking = await pair.commit_under_way(old, other_than=[waiting])
        assert await old.fetchval("SELECT count(*) FROM transactions WHERE reference = 'payment'") == 1
        # Who is asked for the same finds it as well.
        repeating = asyncio.create_task(other.one(payment))
        await pair.commit_under_way(old, other_than=[waiting, looking])
        assert not posting.done()
        assert not repeating.done()
        if comes_back:
            pair.link.point_to(pair.primary)
        else:
            await pair.take_over()
            watch = Primary(pair.address.dsn)
            assert await watch.takes_writes()
            await watch.close()
        told = {said(outcome) for outcome in await asyncio.gather(posting, repeating)}
    assert told == {"posted", "replayed"}
    recorded = await prove(pair.primary if comes_back else pair.standby)
    assert recorded.keys() == {"before", "payment"}


async def test_what_was_read_of_a_history_that_is_lost_decides_nothing(pair: Pair, old: asyncpg.Connection) -> None:
    """The same balance has the same version on both servers, and means something else."""
    async with open_harness(pair.address.dsn) as harness, open_harness(pair.primary) as lost:
        payer, shop = await lost.balance(money=100), await lost.balance()
        await pair.link.cut()
        losing = asyncio.create_task(lost.one(post(payer, shop, 30, "lost")))
        waiting = await pair.commit_under_way(old)
        await old.execute("SELECT pg_cancel_backend($1)", waiting.backend)
        # The cancellation has arrived when the write path looks for what it recorded.
        await pair.commit_under_way(old, other_than=[waiting])
        # This reads the balances as they are now, and is answered at once: a rejection records nothing.
        assert said(await harness.one(post(payer, shop, 1_000, "too much"))) == "INSUFFICIENT_FUNDS"
        await pair.take_over()
        watch = Primary(pair.address.dsn)
        assert await watch.takes_writes()
        await watch.close()
        async with open_harness(pair.standby) as another:
            assert said(await another.one(post(payer, shop, 60, "kept"))) == "posted"
        assert said(await harness.one(post(payer, shop, 50, "more than there is"))) == "INSUFFICIENT_FUNDS"
        assert said(await harness.one(post(payer, shop, 40, "the rest"))) == "posted"
        await old.execute("ALTER SYSTEM RESET synchronous_standby_names")
        await old.execute("SELECT pg_reload_conf()")
        await losing
    assert {"lost", "kept", "the rest"} - (await prove(pair.standby)).keys() == {"lost"}


async def _is_recorded(harness: Harness, payment: Post) -> bool:
    """Whether it was, rather than DATABASE_UNAVAILABLE."""
    try:
        return said(await harness.one(payment)) in ("posted", "replayed")
    except Rejected as rejected:
        assert rejected.rejection.reason is Reason.DATABASE_UNAVAILABLE
        return False


async def test_what_was_recorded_at_the_new_primary_is_read_there(pair: Pair) -> None:
    """By connections that led to the old one, too, before any watchdog has looked: it still answers reads."""
    async with open_harness(pair.address.dsn) as harness:
        reads = await pool.open_pool(pair.address.dsn, min_size=2, max_size=2)
        await pair.make_old_read_only()
        await pair.take_over()
        payment = post("@World", "@Shop", 5, "new", allow_overdraft=True)
        async with asyncio.timeout(60):
            while not await _is_recorded(harness, payment):
                pass
        async with reads.acquire() as first, reads.acquire() as second:
            for connection in (first, second):
                assert await connection.fetchval("SELECT count(*) FROM transactions WHERE reference = 'new'") == 1
        await reads.close()


async def test_migrate_finds_the_one_that_takes_writes(pair: Pair) -> None:
    """Also where the standby is named first."""
    where = [parse_qs(urlsplit(dsn).query) for dsn in (pair.standby, pair.primary)]
    hosts, ports = (",".join(query[name][0] for query in where) for name in ("host", "port"))
    both = f"postgresql://postgres@{urlsplit(pair.primary).path}?host={hosts}&port={ports}"
    migrating = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ledgerd", "migrate", "--new-epoch"),
        env={**os.environ, "DATABASE_URL": both},
        stderr=asyncio.subprocess.PIPE,
    )
    _, said_why = await migrating.communicate()
    assert (migrating.returncode, said_why) == (0, b"")
