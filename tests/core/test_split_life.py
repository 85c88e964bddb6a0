"""The life of a split: whatever is done to it, its legs make it up."""

from fractions import Fraction
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from ledgerd.core.model.account import Account
from ledgerd.core.model.operation import Operation
from ledgerd.core.model.rejection import Rejection
from tests import builders as a
from tests.builders import decide
from tests.core.compound import add_split, refund, resolve, standing


def fairly(amount: int, left: list[int]) -> list[int]:
    """The documented rule once more, by hand: proportional, cut down, and what is lost to those that lost most."""
    exact = [Fraction(amount * part, sum(left)) for part in left]
    given = [int(share) for share in exact]
    while sum(given) < amount:
        lost = [share - part for share, part in zip(exact, given, strict=True)]
        given[lost.index(max(lost))] += 1
    return given


@given(st.integers(0, 2**64))
def test_whatever_is_done_to_a_split_its_legs_make_it_up(seed: int) -> None:
    """Commits, voids and refunds, of the whole, of parts and of single legs, against books kept by hand."""
    dice = Random(seed)
    sizes = [dice.randint(1, 40) for _ in range(dice.randint(1, 5))]
    accounts: list[Account] = [a.account("payer", credit=200, held_out=sum(sizes))]
    accounts += [a.account(f"t{n}", held_in=size) for n, size in enumerate(sizes)]
    book, plan = a.book(*accounts), a.plan()
    split = add_split(book, "split", *(a.hold(f"leg{n}", "payer", f"t{n}", size) for n, size in enumerate(sizes)))
    held, committed, given = [*sizes], [0] * len(sizes), [0] * len(sizes)
    for turn in range(12):
        kind = dice.choice(["commit", "void", "refund"])
        whole = dice.random() < 0.3 or kind == "void"
        single = dice.randrange(len(sizes)) if dice.random() < 0.3 else None
        pool = held if kind != "refund" else [had - back for had, back in zip(committed, given, strict=True)]
        mine = [remainder if single in (None, place) else 0 for place, remainder in enumerate(pool)]
        amount = None if whole else dice.randint(1, 60)
        name = "split" if single is None else f"leg{single}"
        asked: Operation = (
            refund(name, amount, f"r{turn}")
            if kind == "refund"
            else resolve(name, amount, void=kind == "void", reference=f"r{turn}")
        )
        before = standing(book)
        outcome = decide(asked, book, plan)
        wanted = sum(mine) if amount is None else amount
        if not sum(mine) or wanted > sum(mine):
            assert isinstance(outcome, Rejection)
            assert standing(book) == before
            continue
        assert not isinstance(outcome, Rejection), outcome
        # Refunds are spread the latest leg first.
        order = slice(None, None, -1) if kind == "refund" else slice(None)
        spread = fairly(wanted, mine[order])[order]
        for place, part in enumerate(spread):
            if kind == "refund":
                given[place] += part
            else:
                held[place] -= part
                committed[place] += part if kind == "commit" else 0
        legs = [book.parents[leg_id] for leg_id in split.leg_ids]
        assert [leg.remaining for leg in legs] == held
        assert [leg.committed for leg in legs] == committed
        assert [leg.refunded for leg in legs] == given
        assert split.resolved == tuple(map(sum, zip(*(leg.resolved for leg in legs), strict=True)))
        assert split.remaining == sum(held)
    assert sum(account.figures.balance for account in accounts) == 200
    assert [account.figures.inflight_credit for account in accounts[1:]] == held
