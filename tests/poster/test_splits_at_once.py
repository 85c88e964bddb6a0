"""One split, resolved by two processes at once, as a whole and leg by leg: it is resolved once."""

import asyncio
import itertools
import random

import pytest

from ledgerd.core.decide import Outcome
from ledgerd.core.effects import HeaderEntry
from ledgerd.core.model.allocation import Remainder, Share
from ledgerd.core.model.amount import Quantity
from ledgerd.core.model.ids import TRANSACTION, encode
from ledgerd.core.model.operation import Post, Refund, Target
from ledgerd.core.model.rejection import Reason, Rejected, Rejection
from tests.poster.harness import Harness, commit, id_of, post, said, void

pytestmark = pytest.mark.poster(overlap_operations=10)
"""Ten queued operations are enough to start the next batch."""


def split(payer: str, parts: dict[str, int], reference: str, **more: object) -> Post:
    """So much for each, the last one as what is left."""
    shares = [Share(name, Quantity(minor, None)) for name, minor in parts.items()]
    shares[-1] = Share(shares[-1].balance, Remainder())
    return post(payer, "", sum(parts.values()), reference, destinations=tuple(shares), **more)


def refund(of: str, minor: int | None, reference: str) -> Refund:
    return Refund(reference, Target(of), None if minor is None else Quantity(minor, None))


def legs(outcome: Outcome) -> list[str]:
    assert isinstance(outcome, HeaderEntry), outcome
    return [leg.id for leg in outcome.legs]


async def standing(harness: Harness, split_id: str) -> tuple[str, int, int, int]:
    """Status, committed, voided and refunded, as recorded."""
    row = await harness.pool.fetchrow(
        "SELECT id, status, committed, voided, COALESCE(refunded, 0) AS refunded FROM transactions"
        " WHERE kind = 'SPLIT' AND leg_count IS NOT NULL ORDER BY id DESC LIMIT 1"
    )
    assert encode(TRANSACTION, row["id"].int) == split_id
    return row["status"], int(row["committed"]), int(row["voided"]), int(row["refunded"])


def in_turns(harness: Harness, other: Harness) -> "itertools.cycle[Harness]":
    return itertools.cycle([harness, other])


@pytest.mark.usefixtures("either_path")
async def test_a_split_is_resolved_once_however_many_ask(harness: Harness, other: Harness) -> None:
    payer, *takers = [await harness.balance(money=1_000) for _ in range(4)]
    for turn in range(4):
        held = await harness.one(split(payer, dict.fromkeys(takers, 10), f"held {turn}", inflight=True))
        asked = [
            where.one(commit(held, None, f"{turn} c{n}") if n % 3 else void(held, f"{turn} v{n}"))
            for n, where in zip(range(40), in_turns(harness, other), strict=False)
        ]
        answers = [said(outcome) for outcome in await asyncio.gather(*asked)]
        assert sorted(set(answers)) == ["HOLD_RESOLVED", "posted"]
        assert answers.count("posted") == 1
    await harness.prove()


@pytest.mark.usefixtures("either_path")
async def test_parts_of_a_split_never_exceed_it(harness: Harness, other: Harness) -> None:
    payer, *takers = [await harness.balance(money=1_000) for _ in range(4)]
    held = await harness.one(split(payer, dict.fromkeys(takers, 40), "held", inflight=True))
    asked = [
        where.one(commit(held, 25, f"part {n}")) for n, where in zip(range(10), in_turns(harness, other), strict=False)
    ]
    answers = [said(outcome) for outcome in await asyncio.gather(*asked)]
    assert answers.count("posted") == 4
    assert set(answers) == {"posted", "HOLD_EXCEEDED"}
    assert await standing(harness, id_of(held)) == ("INFLIGHT", 100, 0, 0)
    await harness.prove()


@pytest.mark.usefixtures("either_path")
async def test_legs_with_nothing_in_common_but_their_split_are_resolved_at_once(
    harness: Harness, other: Harness
) -> None:
    """No balance is on two legs, so only the split itself can tell the two processes of each other."""
    payers = [await harness.balance(money=100) for _ in range(6)]
    takers = [await harness.balance() for _ in range(6)]
    sources, destinations = (tuple(Share(balance, Quantity(20, None)) for balance in side) for side in (payers, takers))
    held = await harness.one(post("", "", 120, "held", inflight=True, sources=sources, destinations=destinations))
    asked = [
        where.one(commit(leg, 5, f"{turn} of {leg}"))
        for turn in range(4)
        for leg, where in zip(legs(held), in_turns(harness, other), strict=False)
    ]
    async with asyncio.timeout(120):
        answers = await asyncio.gather(*asked)
    assert {said(answer) for answer in answers} == {"posted"}
    assert await standing(harness, id_of(held)) == ("APPLIED", 120, 0, 0)
    assert await harness.posted(*takers) == [20] * 6
    await harness.prove()


@pytest.mark.usefixtures("either_path")
async def test_a_split_its_legs_and_its_batch_resolved_crosswise(harness: Harness, other: Harness) -> None:
    """Whatever order they get into, what was asked and passed is what moved."""
    dice = random.Random(11)
    payer, *takers = [await harness.balance(money=10_000) for _ in range(5)]
    for turn in range(3):
        batch = await harness.batch(
            [
                split(payer, dict.fromkeys(takers, 30), f"s{turn}", inflight=True),
                post(payer, takers[0], 50, f"h{turn}", inflight=True),
            ],
            atomic=True,
        )
        held, hold = batch
        assert isinstance(held, HeaderEntry)
        batch_id = held.batch_id
        assert batch_id is not None
        targets = [id_of(held), batch_id, id_of(hold), *legs(held)]

        async def ask(where: Harness, name: str, targets: list[str] = targets) -> int:
            committed = 0
            for n in range(15):
                target, amount = dice.choice(targets), dice.randint(1, 12)
                if dice.random() < 0.1:
                    await where.one(void(target, f"{name} v{n}"))
                elif said(await where.one(commit(target, amount, f"{name} c{n}"))) == "posted":
                    committed += amount
            return committed

        before = (await harness.posted(payer))[0]
        async with asyncio.timeout(120):
            committed = sum(
                await asyncio.gather(
                    *(
                        ask(where, f"{turn} {place} {n}")
                        for place, where in enumerate([harness, other])
                        for n in range(3)
                    )
                )
            )
        assert before - (await harness.posted(payer))[0] == committed
        await harness.prove()


@pytest.mark.usefixtures("either_path")
async def test_refunds_of_a_split_never_return_more_than_it_moved(harness: Harness, other: Harness) -> None:
    payer, *takers = [await harness.balance(money=1_000) for _ in range(4)]
    paid = await harness.one(split(payer, dict.fromkeys(takers, 40), "paid"))
    targets = [id_of(paid), *legs(paid)]
    asked = [
        where.one(refund(target, 17, f"r{n}"))
        for n, target, where in zip(range(24), itertools.cycle(targets), in_turns(harness, other), strict=False)
    ]
    answers = [said(outcome) for outcome in await asyncio.gather(*asked)]
    assert set(answers) == {"posted", "REFUND_EXCEEDED"}
    given = 17 * answers.count("posted")
    assert await harness.posted(payer) == [1_000 - 120 + given]
    await harness.one(refund(id_of(paid), None, "rest"))
    assert await harness.posted(payer, *takers) == [1_000] * 4
    await harness.prove()


async def test_in_one_process_batches_that_overlap_know_of_each_other(harness: Harness) -> None:
    """A leg in one chunk, the split in the next, before the first is recorded."""
    payer, *takers = [await harness.balance(money=1_000) for _ in range(4)]
    held = await harness.one(split(payer, dict.fromkeys(takers, 100), "held", inflight=True))
    leg = legs(held)[0]
    chunks = [
        harness.chunk(
            [commit(leg if n % 2 else held, 1, f"{turn} {n}") for n in range(10)]
            + [post(payer, takers[0], 1, f"{turn} filler {n}") for n in range(5)]
        )
        for turn in range(12)
    ]
    answers = await asyncio.gather(*chunks)
    assert {said(outcome) for chunk in answers for outcome in chunk} == {"posted"}
    assert await standing(harness, id_of(held)) == ("INFLIGHT", 120, 0, 0)
    await harness.prove()


# Too much at once ------------------------------------------------------------------------------


@pytest.mark.poster(legs_together_max=7)
async def test_more_legs_than_one_commit_takes_are_resolved_one_after_another(harness: Harness) -> None:
    payer, *takers = [await harness.balance(money=1_000) for _ in range(4)]
    held = [await harness.one(split(payer, dict.fromkeys(takers, 10), f"h{n}", inflight=True)) for n in range(4)]
    group = [commit(hold, 5, f"g{n}") for n, hold in enumerate(held)]
    with pytest.raises(Rejected) as rejected:
        await harness.batch(group, atomic=True)
    numbers = {"unit": "legs", "requested": "8", "limit": "7"}
    assert rejected.value.rejection == Rejection(Reason.TOO_MANY_ITEMS, numbers)
    answers = await asyncio.gather(
        harness.chunk(group), harness.fund(takers[0], 1), harness.batch([commit(held[0], 3, "c")])
    )
    assert [said(answer) for answer in answers[0]] == ["posted"] * 4
    assert (said(answers[1]), said(answers[2][0])) == ("posted", "posted")
    await harness.prove()
