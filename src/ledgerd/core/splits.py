"""The rules of splits: one amount, divided over several sources or destinations, moved as one.

What a draft with single sides is asked is asked here as well, in the same order of precedence: first what
the shares say by themselves, then the balances, then the amount, how it divides, and at last each leg by
the rules of posting, or by those of accepting where it is to be applied later. All legs stand or fall together.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from ledgerd.core import funds
from ledgerd.core.book import Account, Book, Change, HeaderEntry, Movement, Plan
from ledgerd.core.deferred import said_of
from ledgerd.core.deferred_compound import defer_split
from ledgerd.core.headers import Leg, apply_header, close, open_header
from ledgerd.core.model import allocation
from ledgerd.core.model.amount import minor_units
from ledgerd.core.model.figures import Kind, Status
from ledgerd.core.model.ids import LEDGER, encode_hex
from ledgerd.core.model.operation import Deferred, Post
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.core.model.request_json import part_text
from ledgerd.core.moving import record_movement
from ledgerd.core.undoing import mark, take_back

Judge = Callable[[Post, Account, Account, int, int | None, datetime], Rejection | None]
"""The rules of posting, for one leg of so many minor units: the first that objects."""


class _Side(NamedTuple):
    """One side of a split: ``field`` is its name in the draft, ``accounts`` has None for what is not there."""

    name: str
    field: str
    shares: Sequence[allocation.Share]
    is_divided: bool
    accounts: list[Account | None]

    def at(self, place: int) -> str:
        """The field of one share."""
        return f"{self.field}.shares[{place}]" if self.is_divided else self.name


def decide_split(
    post: Post, book: Book, plan: Plan, batch_id: str | None, judge: Judge, applies: Deferred | None = None
) -> HeaderEntry | Change | Rejection:
    """Decide a draft with several sources or destinations. A rejection leaves the Book as it was. ``fills`` is what
    waited, if this is its application: then it is filled in with its legs, and nothing new recorded."""
    source = _side("source", post.source, post.sources, book, post.currency)
    destination = _side("destination", post.destination, post.destinations, book, post.currency)
    both = (source, destination)
    for account in (account for side in both for account in side.accounts if account is not None):
        plan.read.setdefault(account, account.figures)
        if post.effective_at is not None:
            plan.periods.add((account.ledger_key, account.closed_before))
    rejection = _malformed(both) or _unfit(post, both)
    if rejection is not None:
        return rejection
    sources, destinations = ([account for account in side.accounts if account is not None] for side in both)
    precision = sources[0].precision
    limit = None if post.overdraft_limit is None else minor_units(post.overdraft_limit, precision)
    if limit is None and post.overdraft_limit is not None:
        return funds.too_precise(sources[0])
    legs = _divide(post, both, sources, destinations, precision)
    if isinstance(legs, Rejection):
        return legs
    asked = _asked_text(post, sources, destinations)
    if post.deferral is not None:
        accepted = defer_split(post, legs, limit, book, plan, batch_id, asked)
        return _of_share(accepted, both) if isinstance(accepted, Rejection) else accepted
    before = mark(plan)
    status = Status.INFLIGHT if post.inflight else Status.APPLIED
    header: HeaderEntry | Change
    if applies is None:
        header = open_header(plan, post, Kind.SPLIT, status, legs, batch_id, limit=limit, request_json=asked)
        moved = _move(post, plan, batch_id, judge, header.id, legs, limit, ())
    else:
        header = apply_header(plan, applies, status, legs)
        moved = _move(post, plan, batch_id, judge, applies.id, legs, limit, applies.legs)
    if isinstance(moved, Rejection):
        take_back(book, plan, before)
        return _of_share(moved, both)
    return close(header, moved) if isinstance(header, HeaderEntry) else header


def _malformed(sides: Sequence[_Side]) -> Rejection | None:
    for side in sides:
        rejection = allocation.malformed(side.shares)
        if rejection is not None:
            return _in_field(rejection, side)
    return None


def _divide(
    post: Post, sides: Sequence[_Side], sources: list[Account], destinations: list[Account], precision: int
) -> list[Leg] | Rejection:
    total = minor_units(post.quantity, precision)
    if total is None:
        return funds.too_precise(sources[0])
    rejection = funds.bounded(total)
    if rejection is not None:
        return rejection
    parts = []
    for side in sides:
        divided = allocation.divide(total, side.shares, precision)
        if isinstance(divided, Rejection):
            return _in_field(divided, side)
        parts.append(divided)
    return [Leg(sources[one], destinations[other], amount) for one, other, amount in allocation.pair(*parts)]


def _move(
    post: Post,
    plan: Plan,
    batch_id: str | None,
    judge: Judge,
    header_id: str,
    legs: list[Leg],
    limit: int | None,
    deferred: Sequence[Deferred],
) -> list[Movement] | Rejection:
    """Each leg, judged as those before it leave the balances."""
    kind, status = (Kind.HOLD, Status.INFLIGHT) if post.inflight else (Kind.POSTING, Status.APPLIED)
    moved: list[Movement] = []
    filled: Sequence[Deferred | None] = deferred or [None] * len(legs)
    for leg, applies in zip(legs, filled, strict=True):
        assert applies is None or _is_of(applies, leg), "what was accepted is what is applied"
        rejection = judge(post, leg.source, leg.destination, leg.amount, limit, plan.now)
        if rejection is not None:
            return rejection
        moved.append(
            record_movement(
                plan,
                post,
                kind,
                status,
                leg.amount,
                leg.source,
                leg.destination,
                limit,
                None,
                batch_id,
                header_id=header_id,
                applies=applies,
            )
        )
    return moved


def _is_of(deferred: Deferred, leg: Leg) -> bool:
    asked = (deferred.source_id, deferred.destination_id, deferred.amount)
    return asked == (leg.source.id, leg.destination.id, leg.amount)


# Its balances ----------------------------------------------------------------------------------


def _side(name: str, balance: str, shares: Sequence[allocation.Share], book: Book, currency: str) -> _Side:
    whole = shares or (allocation.Share(balance, allocation.Remainder()),)
    return _Side(name, f"{name}s", whole, bool(shares), [book.find(one.balance, currency) for one in whole])


def _unfit(post: Post, sides: tuple[_Side, _Side]) -> Rejection | None:
    """What stands against the balances: one is not there, is named twice, does not move, or differs."""
    found = list(_found(sides))
    for rule in BALANCE_RULES:
        rejection = rule(post, found)
        if rejection is not None:
            return rejection
    return None


class _Found(NamedTuple):
    """A balance that a split names, and where."""

    side: str
    field: str
    name: str
    account: Account | None


def _found(sides: tuple[_Side, _Side]) -> Iterator[_Found]:
    for side in sides:
        for place, (share, account) in enumerate(zip(side.shares, side.accounts, strict=True)):
            yield _Found(side.name, side.at(place), share.balance, account)


def _not_found(post: Post, found: list[_Found]) -> Rejection | None:
    for one in found:
        if one.account is None and not one.name.startswith("@"):
            numbers = {"side": one.side, "field": one.field, "balance": one.name, "currency": post.currency}
            return Rejection(Reason.BALANCE_NOT_FOUND, numbers)
    return None


def _named_twice(post: Post, found: list[_Found]) -> Rejection | None:
    """An id and an indicator may be the same balance."""
    first: dict[str, _Found] = {}
    for one in found:
        balance = one.name if one.account is None else one.account.id
        other = first.setdefault(balance, one)
        if other is one:
            continue
        if other.side != one.side:
            return Rejection(Reason.SAME_BALANCE, {"balance": balance, "field": one.field})
        details = {"field": one.field, "rule": allocation.Rule.DUPLICATE_BALANCE.value, "balance": balance}
        return Rejection(Reason.SPLIT_INVALID, details)
    return None


def _not_open(post: Post, found: list[_Found]) -> Rejection | None:
    for one in found:
        rejection = None if one.account is None else funds.is_open(one.account, one.side)
        if rejection is not None and (post.deferral is None or rejection.reason is Reason.BALANCE_CLOSED):
            # A frozen balance may be open again by the time that what waits is applied.
            return rejection._replace(details={**rejection.details, "field": one.field})
    return None


def _other_currency(post: Post, found: list[_Found]) -> Rejection | None:
    for one in found:
        if one.account is not None and one.account.currency != post.currency:
            numbers = {"asked": post.currency, one.side: one.account.currency, "field": one.field}
            return Rejection(Reason.CURRENCY_MISMATCH, numbers)
    return None


def _other_precision(post: Post, found: list[_Found]) -> Rejection | None:
    expected = post.precision
    for one in found:
        if one.account is None:
            continue
        if expected is None:
            expected = one.account.precision
        elif one.account.precision != expected:
            numbers = {"asked": str(expected), one.side: str(one.account.precision), "field": one.field}
            return Rejection(Reason.PRECISION_MISMATCH, numbers)
    return None


def _unknown_precision(post: Post, found: list[_Found]) -> Rejection | None:
    """An internal balance is opened on first use; where one is still missing nobody told its precision."""
    for one in found:
        if one.account is None:
            numbers = {"side": one.side, "field": one.field, "balance": one.name, "currency": post.currency}
            return Rejection(Reason.PRECISION_REQUIRED, numbers)
    return None


def _asked_text(post: Post, sources: Sequence[Account], destinations: Sequence[Account]) -> str:
    """What a split asked that has no column of its own, as JSON text; core/model/request_json.py reads it."""
    asked: dict[str, object] = {}
    if post.inflight:
        asked["inflight"] = True
    for name, shares, accounts in (
        ("sources", post.sources, sources),
        ("destinations", post.destinations, destinations),
    ):
        if shares:
            asked[name] = [_kept(*pair) for pair in zip(shares, accounts, strict=True)]
    if post.deferral is not None:
        asked |= said_of(post.deferral)
    return json.dumps(asked, sort_keys=True, separators=(",", ":"))


def _kept(share: allocation.Share, account: Account) -> dict[str, str | None]:
    kept = {"balance": account.id, "part": part_text(share, account.precision)}
    return kept if account.indicator is None else {**kept, "indicator": account.indicator}


BALANCE_RULES: tuple[Callable[[Post, list[_Found]], Rejection | None], ...] = (
    _not_found,
    _named_twice,
    _not_open,
    _other_currency,
    _other_precision,
    _unknown_precision,
)
"""What stands against the balances of a split, in order."""


def _of_share(rejection: Rejection, sides: tuple[_Side, _Side]) -> Rejection:
    """A rejection by the rules of a single movement, with the field of the share that it is about: the first one with
    the balance that it names, or of the ledger."""
    told = rejection.details
    for one in _found(sides):
        account = one.account
        if account is None:
            continue
        if told.get("balance") == account.id or told.get("ledger") == encode_hex(LEDGER, account.ledger_key):
            return rejection._replace(details={**told, "field": one.field})
    return rejection


def _in_field(rejection: Rejection, side: _Side) -> Rejection:
    """A rejection of the arithmetic, with the draft's name of the field."""
    field = rejection.details["field"]
    return rejection._replace(details={**rejection.details, "field": f"{side.field}.{field}"})
