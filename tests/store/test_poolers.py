"""A pooler between ledgerd and PostgreSQL: one that keeps sessions apart serves, any other is rejected."""

import pytest

from ledgerd.starting import CannotStart
from ledgerd.store import pool
from ledgerd.store.connecting import Connector, Pooled, connect
from tests.conftest import start_server
from tests.poster.harness import open_harness, post, said
from tests.store.pooler import open_pooler


async def test_transaction_mode_is_rejected_at_start(dsn: str) -> None:
    async with open_pooler(dsn, by_session=False) as pooler:
        with pytest.raises(CannotStart, match="session mode"):
            await start_server(pooler.dsn)


async def test_every_kind_of_connection_notices(dsn: str) -> None:
    async with open_pooler(dsn, by_session=False) as pooler:
        for attempt in (
            connect(pooler.dsn),
            pool.service_settings(pooler.dsn),
            pool.open_pool(pooler.dsn, min_size=1, max_size=1),
        ):
            with pytest.raises(Pooled):
                await attempt


async def test_a_server_behind_session_mode_serves(dsn: str) -> None:
    """Its settings are in force, though the pooler passes none on."""
    async with open_pooler(dsn, by_session=True) as pooler, open_harness(pooler.dsn) as harness:
        assert said(await harness.one(post("@World", "@Shop", 1, "payment", allow_overdraft=True))) == "posted"
        assert await harness.pool.fetchval("SHOW lock_timeout") == "5s"
        assert await harness.pool.fetchval("SHOW enable_seqscan") == "off"


async def test_a_pooler_that_comes_in_later_is_noticed_by_the_next_connection(dsn: str) -> None:
    async with open_pooler(dsn, by_session=False) as pooler:
        connector = Connector(dsn)
        await (await connector()).close()
        connector._dsn = pooler.dsn
        with pytest.raises(Pooled):
            await connector()


async def test_what_a_url_sets_must_reach_postgresql(dsn: str) -> None:
    async with open_pooler(dsn, by_session=True) as pooler:
        with pytest.raises(Pooled, match="search_path"):
            await connect(f"{pooler.dsn}&search_path=elsewhere")
    connection = await connect(f"{dsn}&search_path=elsewhere")
    assert await connection.fetchval("SHOW search_path") == "elsewhere"
    await connection.close()
