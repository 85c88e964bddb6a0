"""Which internal balances drafts open, and with what precision."""

import pytest

from ledgerd.core.internal_balances import precisions
from ledgerd.core.model.operation import Post
from tests import builders as a

WORLD, SALES = ("@World", "USD"), ("@Sales", "USD")
BOOK = a.book(a.account("cents"), a.account("mills", precision=1000), a.account("euro", currency="EUR"))


def tokens(source: str, destination: str, **more: object) -> Post:
    return a.post(source, destination, 1, currency="TOKENS", **more)


@pytest.mark.parametrize(
    ("drafts", "opened"),
    [
        ([a.post("@World", "cents", 1)], {WORLD: 100}),
        ([a.post("@World", "mills", 1)], {WORLD: 1000}),
        ([a.post("@World", "@Sales", 1)], {WORLD: 100, SALES: 100}),
        ([a.post("@World", "@Sales", 1, precision=1000)], {WORLD: 1000, SALES: 1000}),
        ([a.post("@World", "mills", 1), a.post("@Sales", "@World", 1)], {WORLD: 1000, SALES: 1000}),
        ([a.post("@World", "cents", 1, precision=1000)], {}),
        ([a.post("@World", "euro", 1)], {}),
        ([a.post("@World", "nowhere", 1)], {}),
        ([a.post("@World", "@World", 1)], {}),
        ([tokens("@World", "@Sales")], {}),
        ([tokens("@World", "@Sales", precision=10)], {("@World", "TOKENS"): 10, ("@Sales", "TOKENS"): 10}),
    ],
)
def test_the_first_draft_that_can_be_applied_says_the_precision(
    drafts: list[Post], opened: dict[tuple[str, str], int]
) -> None:
    missing = [(name, currency) for name in ("@World", "@Sales") for currency in ("USD", "TOKENS")]
    assert precisions(BOOK, drafts, missing) == opened


def test_what_exists_is_not_opened() -> None:
    assert precisions(BOOK, [a.post("@World", "cents", 1)], [SALES]) == {}
