"""An upload under kills, crashes and false wake-ups: nothing is lost or doubled, and all is seen once, in order."""

import random

import pytest

from tests.faults.campaign import Campaign, Fault

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "faults",
    [
        [Fault.KILL_SERVER] * 3,
        [Fault.CRASH_POSTGRES] * 3,
        [Fault.KILL_SERVER, Fault.CRASH_POSTGRES, Fault.KILL_SERVER, Fault.CRASH_POSTGRES],
        [Fault.FALSE_HINTS, Fault.KILL_REDIS, Fault.FALSE_HINTS, Fault.HANG_REDIS, Fault.FALSE_HINTS],
        [Fault.STOP_SERVER, Fault.SWITCH_OVER, Fault.KILL_SERVER],
    ],
    ids=[
        "servers are killed",
        "PostgreSQL crashes",
        "both in turn",
        "Redis fails and false wake-ups are sent",
        "a server stops, a standby takes over",
    ],
)
async def test_an_upload_survives(faults: list[Fault]) -> None:
    campaign = Campaign(drafts=5_000, faults=faults, seed=random.randrange(10**6), chunk_operations=25)
    await campaign.run()
    assert campaign.findings == [], f"seed {campaign.seed}"
    assert campaign.lives is not None
    assert len(campaign.sent) == 5_000 + 500 * 3
    assert len(campaign.seen) == len(campaign.sent | campaign.lives.moves)
    assert campaign.lives.ended > 0
    assert campaign.subscriptions == len(faults) + 1
