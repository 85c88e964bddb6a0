"""The long campaign: python -m tests.faults.soak --rounds 20 --drafts 100000, or make soak

Each round is one fault, of a random kind, at a random moment of one upload. Exit 1 on any finding.
"""

import argparse
import asyncio
import random
import sys
from collections import Counter

from ledgerd import logs
from tests.faults.campaign import Campaign, Fault


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=20)
    arguments.add_argument("--drafts", type=int, default=100_000)
    arguments.add_argument("--seed", type=int, default=random.randrange(10**6))
    asked = arguments.parse_args()
    logs.configure(level="error", as_json=False)
    rng = random.Random(asked.seed)
    faults = [rng.choice([fault for fault in Fault if fault is not Fault.SWITCH_OVER]) for _ in range(asked.rounds)]
    faults[rng.randrange(len(faults))] = Fault.SWITCH_OVER  # There is one standby.
    campaign = Campaign(asked.drafts, faults, asked.seed)
    asyncio.run(campaign.run())
    kinds = ", ".join(f"{count} x {fault.value}" for fault, count in Counter(faults).items())
    print(f"seed          {asked.seed}")
    print(f"faults        {kinds}")
    print(f"upload        {len(campaign.sent)} operations of {asked.drafts} numbers, replayed {campaign.replayed}")
    print(f"lives         {campaign.lives.ended if campaign.lives else 0} of holds and batches beside it")
    print(f"acknowledged  {len(campaign.acknowledged)}")
    print(f"seen          {len(campaign.seen)} events by {campaign.subscriptions} subscriptions")
    print(f"seconds       {campaign.seconds:.1f}")
    print(f"findings      {campaign.findings or 'none'}")
    return 1 if campaign.findings else 0


if __name__ == "__main__":
    sys.exit(main())
