"""The rules of splits: one amount, split over sources or destinations, moved as one.

A split is asked what a draft with single sides is asked, in the same order: first what the shares say alone,
then the balances, then the amount, how it divides, and at last each leg by the rules of posting, or by those of
deferral where the split is deferred. Either all legs are recorded or none.
"""

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ledgerd.core import funds
from ledgerd.core.decision import Decision
from ledgerd.core.effects import DeferredChange, HeaderEntry, Movement
from ledgerd.core.headers import Leg, apply_header, close, open_header
from ledgerd.core.model import allocation
from ledgerd.core.model.account import Account
from ledgerd.core.model.amount import minor_units
from ledgerd.core.model.figures import Kind
from ledgerd.core.model.ids import LEDGER, encode_hex
from ledgerd.core.model.operation import Deferred, Post
from ledgerd.core.model.rejection import Rejection
from ledgerd.core.model.request_json import deferral_terms, part_text
from ledgerd.core.moving import record_movement
from ledgerd.core.posting import NamedBalance, Proposal, judge, kind_and_status, unfit


class Side(NamedTuple):
    """One side of a split: ``field`` is its name in the draft, ``accounts`` has None for what is not there."""

    name: str
    field: str
    shares: Sequence[allocation.Share]
    is_divided: bool
    accounts: list[Account | None]

    def at(self, place: int) -> str:
        """The field of one share."""
        return f"{self.field}.shares[{place}]" if self.is_divided else self.name


class Division(NamedTuple):
    """A split whose balances fit and whose amount is divided. ``request_json`` has its shares."""

    sides: tuple[Side, Side]
    legs: list[Leg]
    limit: int | None
    request_json: str


def decide_split(post: Post, decision: Decision) -> HeaderEntry | DeferredChange | Rejection:
    """Decide a draft with several sources or destinations. A rejection leaves the Book as it was."""
    division = divide(post, decision)
    if isinstance(division, Rejection):
        return division
    plan, deferred, legs = decision.plan, decision.applies, division.legs
    savepoint, (_, status) = plan.savepoint(), kind_and_status(post)
    header: HeaderEntry | DeferredChange
    if deferred is None:
        header = open_header(
            decision,
            post,
            Kind.SPLIT,
            status,
            legs,
            limit=division.limit,
            request_json=division.request_json,
        )
        moved = _move(post, decision, header.id, division, [None] * len(legs))
    else:
        header = apply_header(decision, deferred, status, legs)
        moved = _move(post, decision, deferred.id, division, deferred.legs)
    if isinstance(moved, Rejection):
        plan.rollback_to(savepoint, decision.book)
        return of_share(moved, division.sides)
    return close(header, moved) if isinstance(header, HeaderEntry) else header


def divide(post: Post, decision: Decision) -> Division | Rejection:
    """Find the balances of a split and divide its amount. The decision depends on these balances from now on."""
    plan = decision.plan
    source = _side("source", post.source, post.sources, decision, post.currency)
    destination = _side("destination", post.destination, post.destinations, decision, post.currency)
    both = (source, destination)
    named = list(_named(both))
    for account in (balance.account for balance in named if balance.account is not None):
        plan.read(account)
        if post.effective_at is not None:
            plan.periods.add((account.ledger_key, account.closed_before))
    rejection = _malformed(both) or unfit(post, named)
    if rejection is not None:
        return rejection
    sources, destinations = ([account for account in side.accounts if account is not None] for side in both)
    precision = sources[0].precision
    limit = None if post.overdraft_limit is None else minor_units(post.overdraft_limit, precision)
    if limit is None and post.overdraft_limit is not None:
        return funds.too_precise(sources[0])
    legs = _legs(post, both, sources, destinations, precision)
    if isinstance(legs, Rejection):
        return legs
    return Division(both, legs, limit, _request_json(post, sources, destinations))


def _malformed(sides: Sequence[Side]) -> Rejection | None:
    for side in sides:
        rejection = allocation.malformed(side.shares)
        if rejection is not None:
            return _in_field(rejection, side)
    return None


def _legs(
    post: Post, sides: Sequence[Side], sources: list[Account], destinations: list[Account], precision: int
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
    return [Leg(sources[start], destinations[end], amount) for start, end, amount in allocation.pair(*parts)]


def _move(
    post: Post, decision: Decision, header_id: str, division: Division, deferred: Sequence[Deferred | None]
) -> list[Movement] | Rejection:
    """Move each leg, judged as those before it leave the balances."""
    (kind, status), limit, now = kind_and_status(post), division.limit, decision.plan.now
    moved: list[Movement] = []
    for leg, applies in zip(division.legs, deferred, strict=True):
        assert applies is None or _is_of(applies, leg), "what was deferred is what is applied"
        source, destination, amount = leg
        rejection = judge(Proposal(post, source, destination, amount, limit, True, now))
        if rejection is not None:
            return rejection
        moved.append(
            record_movement(decision, post, kind, status, amount, source, destination, limit, None, header_id, applies)
        )
    return moved


def _is_of(deferred: Deferred, leg: Leg) -> bool:
    return (deferred.source_id, deferred.destination_id, deferred.amount) == (
        leg.source.id,
        leg.destination.id,
        leg.amount,
    )


# Its balances ----------------------------------------------------------------------------------


def _side(name: str, balance: str, shares: Sequence[allocation.Share], decision: Decision, currency: str) -> Side:
    whole = shares or (allocation.Share(balance, allocation.Remainder()),)
    accounts = [decision.book.find(share.balance, currency) for share in whole]
    return Side(name, f"{name}s", whole, bool(shares), accounts)


def _named(sides: tuple[Side, Side]) -> Iterator[NamedBalance]:
    for side in sides:
        for place, (share, account) in enumerate(zip(side.shares, side.accounts, strict=True)):
            yield NamedBalance(side.name, side.at(place), share.balance, account)


def _request_json(post: Post, sources: Sequence[Account], destinations: Sequence[Account]) -> str:
    """What a split says that has no column of its own, as JSON text; core/model/request_json.py reads it."""
    said: dict[str, object] = {}
    if post.inflight:
        said["inflight"] = True
    for name, shares, accounts in (
        ("sources", post.sources, sources),
        ("destinations", post.destinations, destinations),
    ):
        if shares:
            said[name] = [_kept(*pair) for pair in zip(shares, accounts, strict=True)]
    if post.deferral is not None:
        said |= deferral_terms(post.deferral)
    return json.dumps(said, sort_keys=True, separators=(",", ":"))


def _kept(share: allocation.Share, account: Account) -> dict[str, str | None]:
    kept = {"balance": account.id, "part": part_text(share, account.precision)}
    return kept if account.indicator is None else {**kept, "indicator": account.indicator}


def of_share(rejection: Rejection, sides: tuple[Side, Side]) -> Rejection:
    """A rejection by the rules of a single movement, with the field of the share that it is about: the first one with
    the balance that it names, or of the ledger."""
    told = rejection.details
    for balance in _named(sides):
        account = balance.account
        if account is None:
            continue
        if told.get("balance") == account.id or told.get("ledger") == encode_hex(LEDGER, account.ledger_key):
            return rejection._replace(details={**told, "field": balance.field or ""})
    return rejection


def _in_field(rejection: Rejection, side: Side) -> Rejection:
    """A rejection of the arithmetic, with the draft's name of the field."""
    field = rejection.details["field"]
    return rejection._replace(details={**rejection.details, "field": f"{side.field}.{field}"})
