"""A batch on which Python works for longer than a session may be idle is recorded all the same."""

import time
from collections.abc import AsyncIterator

import pytest

from ledgerd.core.model.ids import BATCH
from ledgerd.poster import attempt
from ledgerd.poster.poster import Poster
from ledgerd.poster.submission import Submission
from ledgerd.store import canonical, pool
from tests.poster.harness import Harness, open_harness, post, said

IDLE_SECONDS = 1
WORK_SECONDS = 1.5


def work(seconds: float) -> None:
    """As Python does: nothing else happens meanwhile."""
    time.sleep(seconds)


@pytest.fixture
async def harness(dsn: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Harness]:
    """With sessions that end soon, and with time for batches of more than an operation."""
    monkeypatch.setitem(pool._SETTINGS, "idle_in_transaction_session_timeout", f"{IDLE_SECONDS}s")
    monkeypatch.setattr(attempt, "IDLE_SECONDS", IDLE_SECONDS)
    monkeypatch.setattr(attempt, "_SECONDS_PER_ENTRY", 2 * WORK_SECONDS)
    async with open_harness(dsn) as opened:
        yield opened


@pytest.fixture(params=["decided", "put into words"])
def works(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every batch is decided under the locks, or put into words, that slowly; which was how often."""
    worked: list[str] = []
    if request.param == "decided":
        decide = attempt.decide_all

        async def decide_slowly(submissions: list[Submission], *more: object) -> object:
            worked.append("decided")
            work(WORK_SECONDS)
            return await decide(submissions, *more)  # type: ignore[arg-type]

        monkeypatch.setattr(attempt, "decide_all", decide_slowly)
        monkeypatch.setattr(Poster, "_is_backing_off", lambda _: True)
        return worked
    rest = canonical.movement_state

    def tell_slowly(movement: object) -> str:
        worked.append("put into words")
        work(WORK_SECONDS / 2)
        return rest(movement)  # type: ignore[arg-type]

    monkeypatch.setattr(canonical, "movement_state", tell_slowly)
    return worked


async def test_it_is_recorded_at_once(harness: Harness, works: list[str]) -> None:
    drafts = [post("@World", "@Till", 10, f"long {number}", allow_overdraft=True) for number in range(2)]
    outcomes = await harness.batch(drafts, atomic=True)
    assert [said(outcome) for outcome in outcomes] == ["posted", "posted"]
    assert len(works) == (1 if works[0] == "decided" else 2)
    await harness.prove()


async def test_it_is_previewed(harness: Harness, works: list[str]) -> None:
    drafts = [post("@World", "@Till", 10, f"long {number}", allow_overdraft=True) for number in range(2)]
    outcomes = await harness.poster.preview(drafts, atomic=True, batch_id=harness.ids_and_clock.id(BATCH))
    assert [said(outcome) for outcome in outcomes] == ["posted", "posted"]
    assert works in (["decided"], [])
