"""The currency of a draft that gives none: that of a balance which it names by id, else the default of the service."""

from ledgerd.core.book import Book
from ledgerd.core.model.operation import Post


def needs_default(post: Post) -> bool:
    """Whether no balance of a draft can tell its currency: an indicator has one balance in each currency."""
    return all(name.startswith("@") for name in post.names)


def complete(post: Post, book: Book, default: str | None) -> None:
    """Fill in the currency of a draft that gives none, if it is known. The first balance named by id that exists tells
    it, sources first; the others must agree with it, as with a currency that was given."""
    if needs_default(post):
        post.currency = default or ""
        return
    for name in post.names:
        account = book.accounts.get(name)
        if account is not None:
            post.currency = account.currency
            return
