"""What waits, together with what is done about it or beside it in the same commit, or while it waited."""

import pytest

from ledgerd.core import limits
from ledgerd.core.operation import Cancel, Later, Refund, Verdict
from tests.poster.desk import Desk, commit, id_of, said
from tests.poster.queued import statuses
from tests.poster.test_splits_at_once import legs, split
from tests.poster.test_splits_due import in_a_moment


async def commits(desk: Desk) -> int:
    return int(await desk.pool.fetchval("SELECT count(*) FROM journal"))


@pytest.mark.parametrize("inflight", [False, True])
async def test_a_leg_can_be_settled_in_the_commit_that_applies_its_split(desk: Desk, inflight: bool) -> None:
    payer, *takers = [await desk.balance(money=100) for _ in range(3)]
    waits = await desk.one(split(payer, dict.fromkeys(takers, 10), "s", later=Later(in_review=True), inflight=inflight))
    leg = legs(waits)[0]
    before = await commits(desk)
    done = commit(leg, None, "c") if inflight else Refund("r", leg)
    answers = await desk.chunk([Verdict("ok", id_of(waits), True, "ada"), done])
    assert [said(one) for one in answers] == ["posted", "posted"]
    assert await commits(desk) == before + 1
    assert await statuses(desk, "s") == ["INFLIGHT" if inflight else "APPLIED"]
    await desk.prove()


async def test_the_refund_of_more_than_one_commit_takes_can_be_called_off(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    payer, *takers = [await desk.balance(money=1_000) for _ in range(4)]
    paid = await desk.one(split(payer, dict.fromkeys(takers, 2), "s"))
    waits = await desk.one(Refund("back", id_of(paid), later=in_a_moment(60)))
    monkeypatch.setattr(limits, "LEGS_TOGETHER_MAX", 2)
    assert said(await desk.one(Cancel("off", id_of(waits)))) == "posted"
    await desk.prove()
