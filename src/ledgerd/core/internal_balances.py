"""Internal balances that do not exist yet, such as "@World": which of them drafts open, and with what precision.

An internal balance belongs to the General Ledger and is named by its indicator, one for each currency.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from ledgerd.core.book import Book
from ledgerd.core.model.account import Account
from ledgerd.core.model.currency import PRECISIONS
from ledgerd.core.model.figures import Figures
from ledgerd.core.model.operation import Post


def named_balances(post: Post) -> list[str | tuple[str, str]]:
    """The balances that a draft names: an id, or the indicator and currency of an internal balance."""
    sides = post.names if post.sources or post.destinations else (post.source, post.destination)
    return [(name, post.currency) if name.startswith("@") else name for name in sides]


def precisions(book: Book, posts: Sequence[Post], missing: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The precisions of new internal balances, as these drafts would determine them one after another.

    A name whose precision nobody tells is left out: posting rejects it by that name.
    """
    found: dict[tuple[str, str], int] = {}
    for post in posts:
        sides = named_balances(post)
        opens = [name for name in sides if isinstance(name, tuple) and name in missing]
        if opens and len(set(sides)) == len(sides):
            precision = _precision(book, post, found)
            if precision is not None:
                found.update(dict.fromkeys(opens, precision))
    return found


def _precision(book: Book, post: Post, found: dict[tuple[str, str], int]) -> int | None:
    """What the draft or a side of it says, else the currency's own.

    None where they disagree, or where a side does not exist or has another currency: such a draft will
    be rejected, and must not leave a precision behind that nobody can change.
    """
    known = {post.precision}
    for name in named_balances(post):
        account = book.accounts.get(name)
        if account is not None:
            if account.currency != post.currency:
                return None
            known.add(account.precision)
        elif isinstance(name, tuple):
            known.add(found.get(name))
        else:
            return None
    known.discard(None)
    if len(known) > 1:
        return None
    return known.pop() if known else PRECISIONS.get(post.currency)


def imagined(name: tuple[str, str], precision: int, key: str, closed_before: datetime | None) -> Account:
    """An internal balance as a preview sees it. It has no id yet, and never this one: it is found by its indicator and
    currency only. ``closed_before`` is the General Ledger's."""
    indicator, currency = name
    figures = Figures(0, 0, 0, 0, 0)
    return Account(
        f"{indicator} {currency}", key, indicator, currency, precision, None, (), figures, closed_before=closed_before
    )
