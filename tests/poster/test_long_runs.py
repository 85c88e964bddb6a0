"""A ledger that is never idle: what is in the Book is current, and no more than is needed."""

import asyncio
from datetime import timedelta

import pytest

from ledgerd.poster.settings import PosterSettings
from tests.poster.harness import YESTERDAY, Harness, ShiftedTime, commit, due_time, id_of, open_harness, post, said


@pytest.fixture
async def busy(dsn: str, poster_settings: PosterSettings):
    """A harness at which batches, of one operation each, never stop being under way."""
    stop = asyncio.Event()
    async with open_harness(
        dsn, ids_and_clock=ShiftedTime(YESTERDAY), settings=poster_settings, batch_operations=1, overlap_operations=1
    ) as harness:

        async def keep_busy(number: int) -> None:
            turn = 0
            while not stop.is_set():
                turn += 1
                await harness.one(post("@World", "@Busy", 1, f"busy {number}:{turn}", allow_overdraft=True))

        others = [asyncio.create_task(keep_busy(number)) for number in range(6)]
        yield harness
        stop.set()
        await asyncio.gather(*others)


async def test_statuses_are_current_however_busy_the_ledger_is(busy: Harness) -> None:
    """A hold that is posted again answers with the status it has now, also when batches never stop coming."""
    payer, shop = await busy.balance(money=100), await busy.balance()
    hold = post(payer, shop, 10, "hold", inflight=True)
    held = await busy.one(hold)
    assert (await busy.one(hold)).recorded.status == "INFLIGHT"
    await busy.one(commit(held))
    assert (await busy.one(hold)).recorded.status == "APPLIED"


@pytest.mark.poster(book_entries=30)
async def test_the_book_stays_small_however_busy_the_ledger_is(busy: Harness) -> None:
    payer = await busy.balance(money=1_000)
    shops = [await busy.balance() for _ in range(40)]
    holds = [await busy.one(post(payer, shop, 1, f"hold {shop}", inflight=True)) for shop in shops]
    for number, hold in enumerate(holds):
        await busy.one(commit(hold, reference=f"commit {number}"))
    for shop in shops:
        assert said(await busy.one(post(payer, shop, 1, f"hold {shop}", inflight=True))) == "replayed"
    book = busy.poster._book
    assert len(book.accounts) + len(book.parents) + len(book.references) < 50
    assert await busy.posted(payer) == [1_000 - 40]
    await busy.prove()


async def test_an_expiry_is_seen_however_busy_the_ledger_is(busy: Harness) -> None:
    """Also beside something that is not there, of which no time is read either."""
    payer, shop = await busy.balance(money=100), await busy.balance()
    hold = await busy.one(post(payer, shop, 10, "hold", inflight=True, expires_at=due_time()))
    assert said(await busy.one(commit(hold, 1, "in time"))) == "posted"
    assert isinstance(busy.ids_and_clock, ShiftedTime)
    busy.ids_and_clock.ahead = timedelta(0)
    beside = commit(f"{id_of(hold)[:-4]}zzzz", 1, "nothing")
    late = await busy.chunk([commit(hold, 1, "too late"), beside])
    assert [said(outcome) for outcome in late] == ["HOLD_EXPIRED", "TRANSACTION_NOT_FOUND"]
