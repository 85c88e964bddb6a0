"""The rules of splits: one amount, split over sources or destinations, moved as one.

A split is asked what a draft with single sides is asked, in the same order: first what the shares say alone,
then the balances, then the amount, how it divides, and at last each leg by the rules of posting, or by those of
deferral where the split is deferred. Either all legs are recorded or none.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ledgerd.core import funds
from ledgerd.core.decision import Decision
from ledgerd.core.effects import DeferredChange, HeaderEntry, Movement
from ledgerd.core.headers import Leg, apply_header, close, open_header
from ledgerd.core.model import allocation
from ledgerd.core.model.account import Account
from ledgerd.core.model.amount import Available, Quantity, minor_units
from ledgerd.core.model.figures import Kind
from ledgerd.core.model.ids import LEDGER, encode_hex
from ledgerd.core.model.operation import Deferred, Post
from ledgerd.core.model.parent import Parent
from ledgerd.core.model.rejection import Rejection
from ledgerd.core.model.request_json import available_terms, deferral_terms, identity_terms, part_text
from ledgerd.core.moving import record_movement
from ledgerd.core.posting import NamedBalance, Proposal, identities_exist, judge, kind_and_status, unfit


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


class Found(NamedTuple):
    """A split whose balances are found and fit. ``request_json`` has its shares."""

    post: Post
    sides: tuple[Side, Side]
    sources: list[Account]
    destinations: list[Account]
    limit: int | None
    request_json: str

    @property
    def precision(self) -> int:
        """That of all its balances."""
        return self.sources[0].precision


class Division(NamedTuple):
    """A split whose amount is divided as well."""

    found: Found
    legs: list[Leg]

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.found.sides

    @property
    def limit(self) -> int | None:
        return self.found.limit

    @property
    def request_json(self) -> str:
        return self.found.request_json


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
        moved = _move(post, decision, deferred.id, division, deferred.legs or [None] * len(legs))
    if isinstance(moved, Rejection):
        plan.rollback_to(savepoint, decision.book)
        return of_share(moved, division.sides)
    if deferred is not None and not deferred.legs:
        deferred.moved, deferred.made = sum(leg.amount for leg in legs), tuple(_as_parent(leg, post) for leg in moved)
    return close(header, moved) if isinstance(header, HeaderEntry) else header


def divide(post: Post, decision: Decision) -> Division | Rejection:
    """Find the balances of a split and divide its amount. The decision depends on these balances from now on."""
    found = find(post, decision)
    if isinstance(found, Rejection):
        return found
    total = _total(found)
    if isinstance(total, Rejection):
        return total
    available = given(found, {})
    if isinstance(available, Rejection):
        return available
    legs = divide_total(found, total, available)
    return legs if isinstance(legs, Rejection) else Division(found, legs)


def find(post: Post, decision: Decision) -> Found | Rejection:
    """Find the balances of a split. The decision depends on them from now on."""
    if post.identity_ids and (stranger := identities_exist(post, decision)) is not None:
        return stranger
    plan = decision.plan
    source = _side("source", post.source, post.sources, decision, post.currency)
    destination = _side("destination", post.destination, post.destinations, decision, post.currency)
    both = (source, destination)
    named = list(_named(both))
    for account in (balance.account for balance in named if balance.account is not None):
        plan.read(account)
        if post.effective_at is not None:
            plan.read_periods(account)
    rejection = _malformed(both) or unfit(post, named)
    if rejection is not None:
        return rejection
    sources, destinations = ([account for account in side.accounts if account is not None] for side in both)
    limit = None if post.overdraft_limit is None else minor_units(post.overdraft_limit, sources[0].precision)
    if limit is None and post.overdraft_limit is not None:
        return funds.too_precise(sources[0])
    return Found(post, both, sources, destinations, limit, _request_json(post, sources, destinations))


def _malformed(sides: Sequence[Side]) -> Rejection | None:
    for side in sides:
        rejection = allocation.malformed(side.shares)
        if rejection is not None:
            return in_field(rejection, side)
    return None


def _total(found: Found) -> int | Rejection:
    """The amount of the split. All that is available has a single source."""
    post, source = found.post, found.sources[0]
    if isinstance(post.quantity, Available):
        at_most = funds.most(post.quantity, source)
        if isinstance(at_most, Rejection):
            return at_most
        return funds.take(at_most, source, allow_overdraft=post.allow_overdraft, limit=found.limit)
    return fixed_total(post.quantity, source)


def fixed_total(quantity: Quantity, source: Account) -> int | Rejection:
    """The amount of a split that says it."""
    total = minor_units(quantity, source.precision)
    if total is None:
        return funds.too_precise(source)
    return funds.bounded(total) or total


def given(found: Found, queued: Mapping[str, int]) -> dict[int, int] | Rejection:
    """What each source that gives what it has available has, by the place of its share: beside what is deferred on it,
    where that is given."""
    side, terms, limit = found.sides[0], found.post.allow_overdraft, found.limit
    available: dict[int, int] = {}
    for place, (share, source) in enumerate(zip(side.shares, found.sources, strict=True)):
        if isinstance(share.part, Available):
            deferred = queued.get(source.id, 0)
            has = funds.give(share.part, source, allow_overdraft=terms, limit=limit, queued=deferred)
            if isinstance(has, Rejection):
                return has._replace(details={**has.details, "field": side.at(place)})
            available[place] = has
    return available


def divide_total(found: Found, total: int, available: Mapping[int, int]) -> list[Leg] | Rejection:
    """Divide an amount over both sides, where the sources have so much available."""
    parts = []
    for side, has in zip(found.sides, (available, {}), strict=True):
        divided = allocation.divide(total, side.shares, found.precision, has)
        if isinstance(divided, Rejection):
            return in_field(divided, side)
        parts.append(divided)
    return [
        Leg(found.sources[start], found.destinations[end], amount) for start, end, amount in allocation.pair(*parts)
    ]


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


def _as_parent(leg: Movement, post: Post) -> Parent:
    """A leg as decisions after this one see it before the database has it."""
    return Parent(
        id=leg.id,
        key=leg.key,
        source_id=leg.source.id,
        destination_id=leg.destination.id,
        amount=leg.amount,
        kind=leg.kind,
        allow_overdraft=post.allow_overdraft,
        overdraft_limit=leg.overdraft_limit,
        allow_over_commit=post.allow_over_commit,
        expires_at=post.expires_at,
        commits_at=post.commits_at,
    )


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
    said = available_terms(post.quantity, sources[0].precision)
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
    said |= identity_terms(post.identity_ids)
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


def in_field(rejection: Rejection, side: Side) -> Rejection:
    """A rejection of the arithmetic, with the draft's name of the field."""
    field = rejection.details["field"]
    return rejection._replace(details={**rejection.details, "field": f"{side.field}.{field}"})
