"""The rules of posting. Read this file first, and funds.py beside it.

A draft is decided in one order of questions:

1. Do the identities exist that it concerns?      identities_exist
2. Are its balances there, and do they fit?       BALANCE_RULES
3. Do the other rules allow it?                   POSTING_RULES, which begin with the question before
4. Then it moves: both sides' figures, and the monitors that it makes fire (moving.py).

The first rule that objects names the rejection. The legs of a split are judged by the same rules (splits.py), and so is
a deferred draft when its turn comes; until then deferred.py judges what no longer changes. Whether a reference was
recorded before, and whether the draft is deferred at all, decide.py asks first.

Nothing in the core waits, reads a clock or touches the database: same Book, same request, same answer.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from ledgerd.core import funds
from ledgerd.core.decision import Decision
from ledgerd.core.effects import Movement
from ledgerd.core.model import limits
from ledgerd.core.model.account import Account
from ledgerd.core.model.allocation import Rule
from ledgerd.core.model.amount import Available, minor_units
from ledgerd.core.model.figures import Kind, Status
from ledgerd.core.model.operation import Post
from ledgerd.core.model.rejection import Reason, Rejection
from ledgerd.core.moving import record_movement

_POSTED = Kind.POSTING, Status.APPLIED
_HELD = Kind.HOLD, Status.INFLIGHT


class Proposal(NamedTuple):
    """A draft, or a leg of one, with both its balances found and its amount in their minor units.

    ``whole`` is false where an amount has more decimals than the precision; it then counts as zero. Where all that is
    available is asked for, the amount is at first the most that may be taken, see with_available.
    """

    post: Post
    source: Account
    destination: Account
    amount: int
    limit: int | None
    whole: bool
    now: datetime


# The balances ----------------------------------------------------------------------------------


class NamedBalance(NamedTuple):
    """A balance that a draft names: on which side, in which field (None for a draft with single sides), by which name;
    ``account`` is None where it does not exist."""

    side: str
    field: str | None
    name: str
    account: Account | None


def balances_exist(post: Post, named: Sequence[NamedBalance]) -> Rejection | None:
    for balance in named:
        if balance.account is None and not balance.name.startswith("@"):
            return Rejection(Reason.BALANCE_NOT_FOUND, _missing(post, balance))
    return None


def currency_is_known(post: Post, named: Sequence[NamedBalance]) -> Rejection | None:
    """Where the request gives no currency, and no balance tells it, there must be a default."""
    if post.currency:
        return None
    return Rejection(Reason.CURRENCY_REQUIRED, {"balance": named[0].name})


def balances_differ(post: Post, named: Sequence[NamedBalance]) -> Rejection | None:
    """No balance stands on both sides, or twice on one. An id and an indicator may be the same balance."""
    seen: dict[str, NamedBalance] = {}
    for balance in named:
        name = balance.name if balance.account is None else balance.account.id
        first = seen.setdefault(name, balance)
        if first is balance:
            continue
        if first.side != balance.side:
            return Rejection(Reason.SAME_BALANCE, {"balance": name} | _field(balance))
        numbers = {**_field(balance), "rule": Rule.DUPLICATE_BALANCE.value, "balance": name}
        return Rejection(Reason.SPLIT_INVALID, numbers)
    return None


def balances_are_open(post: Post, named: Sequence[NamedBalance]) -> Rejection | None:
    """Nothing moves on a frozen or closed balance. A deferred draft may name a frozen one: it may be open again by
    then. A closed one never will be."""
    for balance in named:
        rejection = None if balance.account is None else funds.is_open(balance.account, balance.side)
        if rejection is not None and (post.deferral is None or rejection.reason is Reason.BALANCE_CLOSED):
            return rejection._replace(details={**rejection.details, **_field(balance)})
    return None


def currencies_agree(post: Post, named: Sequence[NamedBalance]) -> Rejection | None:
    for balance in named:
        if balance.account is not None and balance.account.currency != post.currency:
            told = [balance] if balance.field else named
            sides = {side.side: side.account.currency if side.account else post.currency for side in told}
            return Rejection(Reason.CURRENCY_MISMATCH, {"requested": post.currency, **sides, **_field(balance)})
    return None


def precisions_agree(post: Post, named: Sequence[NamedBalance]) -> Rejection | None:
    expected = post.precision
    for balance in named:
        if balance.account is None:
            continue
        if expected is None:
            expected = balance.account.precision
        elif balance.account.precision != expected:
            told, asked = ([balance], expected) if balance.field else (named, post.precision)
            sides = {side.side: str(side.account.precision) if side.account else "unset" for side in told}
            numbers = {"requested": str(asked or "unset"), **sides, **_field(balance)}
            return Rejection(Reason.PRECISION_MISMATCH, numbers)
    return None


def precisions_are_known(post: Post, named: Sequence[NamedBalance]) -> Rejection | None:
    """An internal balance is opened on first use; where one is still missing nothing told its precision."""
    for balance in named:
        if balance.account is None:
            return Rejection(Reason.PRECISION_REQUIRED, _missing(post, balance))
    return None


BALANCE_RULES: tuple[Callable[[Post, Sequence[NamedBalance]], Rejection | None], ...] = (
    balances_exist,
    currency_is_known,
    balances_differ,
    balances_are_open,
    currencies_agree,
    precisions_agree,
    precisions_are_known,
)
"""What is asked of the balances of every draft, in order."""


def unfit(post: Post, named: Sequence[NamedBalance]) -> Rejection | None:
    """What stands against the balances that a draft names."""
    for rule in BALANCE_RULES:
        rejection = rule(post, named)
        if rejection is not None:
            return rejection
    return None


def _missing(post: Post, balance: NamedBalance) -> dict[str, str]:
    currency = {"currency": post.currency} if post.currency else {}
    return {"side": balance.side, **_field(balance), "balance": balance.name, **currency}


def _field(balance: NamedBalance) -> dict[str, str]:
    return {} if balance.field is None else {"field": balance.field}


# The identities --------------------------------------------------------------------------------


def identities_exist(post: Post, decision: Decision) -> Rejection | None:
    """Whom a draft concerns is known. Most drafts name nobody and are not asked."""
    decision.plan.names_identities = True
    for identity_id in post.identity_ids:
        if identity_id not in decision.book.identities:
            return Rejection(Reason.IDENTITY_NOT_FOUND, {"identity": identity_id})
    return None


# The draft -------------------------------------------------------------------------------------


def balances_fit(proposal: Proposal) -> Rejection | None:
    """BALANCE_RULES. What they say together is written out here, because nearly every draft meets them."""
    post, source, destination = proposal.post, proposal.source, proposal.destination
    if (
        source is not destination
        and source.status is funds.OPEN
        and destination.status is funds.OPEN
        and post.currency == source.currency == destination.currency
        and source.precision == destination.precision
        and (post.precision is None or post.precision == source.precision)
    ):
        return None
    return unfit(post, single_sides(post, source, destination))


def amount_is_whole(proposal: Proposal) -> Rejection | None:
    """More decimals than the precision allows are rejected, never rounded."""
    return None if proposal.whole else funds.too_precise(proposal.source)


def amount_is_bounded(proposal: Proposal) -> Rejection | None:
    if proposal.limit is not None and proposal.limit >= limits.AMOUNT_BOUND_MINOR_UNITS:
        return funds.out_of_bounds(proposal.limit)
    return funds.bounded(proposal.amount)


def hold_times_are_ahead(proposal: Proposal) -> Rejection | None:
    """What is to happen to a hold automatically lies in the future."""
    return ahead(proposal.post.first_hold_time, proposal.now)


def period_is_open(proposal: Proposal) -> Rejection | None:
    effective = proposal.post.effective_at
    return None if effective is None else funds.period_is_open(effective, proposal.source, proposal.destination)


def source_has_funds(proposal: Proposal) -> Rejection | None:
    """The rule that rejects an overdraft; funds.funds_cover has its terms."""
    allow_overdraft = proposal.post.allow_overdraft
    return funds.funds_cover(proposal.amount, proposal.source, allow_overdraft=allow_overdraft, limit=proposal.limit)


def destination_stays_below_ceiling(proposal: Proposal) -> Rejection | None:
    """Held credits count from the hold on, so that its commit cannot pass the ceiling later."""
    return funds.below_ceiling(proposal.amount, proposal.destination)


def totals_stay_bounded(proposal: Proposal) -> Rejection | None:
    inflight = proposal.post.inflight
    return funds.totals_bounded(proposal.amount, proposal.source, proposal.destination, inflight=inflight)


POSTING_RULES: tuple[Callable[[Proposal], Rejection | None], ...] = (
    balances_fit,
    amount_is_whole,
    amount_is_bounded,
    hold_times_are_ahead,
    period_is_open,
    source_has_funds,
    destination_stays_below_ceiling,
    totals_stay_bounded,
)


RULES_BEFORE_FUNDS = POSTING_RULES[: POSTING_RULES.index(source_has_funds)]


def judge(proposal: Proposal) -> Rejection | None:
    """The first rule of posting that objects."""
    for rule in POSTING_RULES:
        rejection = rule(proposal)
        if rejection is not None:
            return rejection
    return None


def ahead(asked: datetime | None, limit: datetime) -> Rejection | None:
    """What is to happen later must lie after this."""
    if asked is None or asked > limit:
        return None
    return Rejection(Reason.SCHEDULE_IN_PAST, {"requested": asked.isoformat(), "limit": limit.isoformat()})


# Deciding --------------------------------------------------------------------------------------


def propose(post: Post, decision: Decision) -> Proposal | Rejection:
    """Find both balances of a draft with single sides. The decision depends on them from now on."""
    if post.identity_ids and (stranger := identities_exist(post, decision)) is not None:
        return stranger
    book, plan = decision.book, decision.plan
    source, destination = book.find(post.source, post.currency), book.find(post.destination, post.currency)
    for side in (source, destination):
        if side is not None:
            plan.read(side)
    if source is None or destination is None:
        rejection = unfit(post, single_sides(post, source, destination))
        assert rejection is not None, "a balance that is not there"
        return rejection
    if post.effective_at is not None:
        plan.read_periods(source, destination)
    amount: int | None
    if isinstance(post.quantity, Available):
        most = funds.most(post.quantity, source)
        if isinstance(most, Rejection):
            return unfit(post, single_sides(post, source, destination)) or most
        amount = most
    else:
        amount = minor_units(post.quantity, source.precision)
    limit, whole = None, amount is not None
    if post.overdraft_limit is not None:
        limit = minor_units(post.overdraft_limit, source.precision)
        whole = whole and limit is not None
    return Proposal(post, source, destination, amount or 0, limit, whole, plan.now)


def with_available(proposal: Proposal) -> Proposal | Rejection:
    """The proposal with what its source has available now. The rules before those of funds come first."""
    rejection = funds.first_rejection(RULES_BEFORE_FUNDS, proposal)
    if rejection is not None:
        return rejection
    terms, source = proposal.post.allow_overdraft, proposal.source
    amount = funds.take(proposal.amount, source, allow_overdraft=terms, limit=proposal.limit)
    return amount if isinstance(amount, Rejection) else proposal._replace(amount=amount)


def single_sides(post: Post, source: Account | None, destination: Account | None) -> list[NamedBalance]:
    """The balances of a draft with single sides."""
    return [
        NamedBalance("source", None, post.source, source),
        NamedBalance("destination", None, post.destination, destination),
    ]


def kind_and_status(post: Post) -> tuple[Kind, Status]:
    """What a draft, or a leg of one, is recorded as when it moves."""
    return _HELD if post.inflight else _POSTED


def decide_post(post: Post, decision: Decision) -> Movement | Rejection:
    """Decide a draft with single sides."""
    proposal = propose(post, decision)
    if isinstance(post.quantity, Available) and isinstance(proposal, Proposal):
        proposal = with_available(proposal)
        decision.plan.takes_available = True
    if isinstance(proposal, Rejection):
        return proposal
    rejection = judge(proposal)
    if rejection is not None:
        return rejection
    kind, status = kind_and_status(post)
    source, destination, limit = proposal.source, proposal.destination, proposal.limit
    amount, applies = proposal.amount, decision.applies
    return record_movement(decision, post, kind, status, amount, source, destination, limit, applies=applies)
