"""The currency of a draft that gives none."""

import pytest

from ledgerd.core import currencies
from ledgerd.core.effects import Movement
from ledgerd.core.model.operation import Post
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.core.replay import Replay
from tests import builders as a
from tests.builders import decide
from tests.core.splits import split

BOOK = a.book(
    a.account("euro", currency="EUR", credit=9),
    a.account("dollar", credit=9),
    a.account("world", indicator="@World"),
    a.account("fees", indicator="@Fees"),
)


@pytest.mark.parametrize(
    ("draft", "default", "expected"),
    [
        (a.post("euro", "@World", 5, currency=""), "USD", "EUR"),
        (a.post("@World", "euro", 5, currency=""), "USD", "EUR"),
        (a.post("euro", "dollar", 5, currency=""), None, "EUR"),
        (a.post("nobody", "euro", 5, currency=""), "USD", "EUR"),
        (a.post("nobody", "@World", 5, currency=""), "USD", ""),
        (a.post("@World", "@Fees", 5, currency=""), "USD", "USD"),
        (a.post("@World", "@Fees", 5, currency=""), None, ""),
        (split("@World", "@Fees:10% euro:left", 5, currency=""), "USD", "EUR"),
        (split("@World", "@Fees:10% @Tax:left", 5, currency=""), "USD", "USD"),
    ],
)
def test_a_balance_named_by_id_tells_it_and_else_the_default(draft: Post, default: str | None, expected: str) -> None:
    asked = currencies_of(draft, default)
    assert asked == expected


def currencies_of(draft: Post, default: str | None) -> str:
    draft.currency = ""
    currencies.complete(draft, BOOK, default)
    return draft.currency


def test_a_repetition_without_a_currency_agrees_with_what_was_recorded() -> None:
    """Also when the default is another one since; one with a currency must give the same."""
    book, plan = a.book(a.account("world", indicator="@World"), a.account("fees", indicator="@Fees")), a.plan()
    book.add(a.account("euro world", indicator="@World", currency="EUR"))
    terms = {"allow_overdraft": True, "currency_given": False}
    assert isinstance(decide(a.post("@World", "@Fees", 5, **terms), book, plan), Movement)
    assert isinstance(decide(a.post("@World", "@Fees", 5, currency="EUR", **terms), book, plan), Replay)
    assert isinstance(decide(a.post("@World", "@Fees", 5, currency="", **terms), book, plan), Replay)
    conflict = decide(a.post("@World", "@Fees", 5, currency="EUR", allow_overdraft=True), book, plan)
    assert isinstance(conflict, Rejection)
    assert (conflict.reason, conflict.details["fields"]) == (Reason.REFERENCE_CONFLICT, "currency")
