"""Deferred splits that divide late: of what is available nobody knows before the money moves how much it is.

So only the header is deferred. Its shares are kept in what its request said, and its legs are recorded when it is
applied, as those of a deferred refund are. It counts as nothing in what is queued, and keeps all balances that it names
from being closed. It is judged by what can no longer change: it must divide where each source has as much as it may
give.
"""

from collections.abc import Mapping

from ledgerd.core import funds
from ledgerd.core.book import Unread
from ledgerd.core.decision import Decision
from ledgerd.core.deferred import DEFERRAL_RULES, queue_has_capacity, record_deferred, sources_cover_deferred
from ledgerd.core.effects import HeaderEntry
from ledgerd.core.headers import only
from ledgerd.core.model import allocation
from ledgerd.core.model.amount import Available
from ledgerd.core.model.figures import Kind
from ledgerd.core.model.operation import Deferral, Post
from ledgerd.core.model.rejection import Rejection
from ledgerd.core.model.transaction import Total
from ledgerd.core.posting import Proposal
from ledgerd.core.splits import Found, divide_total, find, fixed_total, given, in_field, of_share


def defer_late_split(post: Post, deferral: Deferral, decision: Decision) -> HeaderEntry | Rejection:
    """Defer a split that divides late, or reject it."""
    found = find(post, decision)
    if isinstance(found, Rejection):
        return found
    most = _most(found)
    if isinstance(most, Rejection):
        return most
    rejections = (funds.first_rejection(DEFERRAL_RULES, proposal) for proposal in _proposals(found, most, decision))
    rejection = (
        next((rejection for rejection in rejections if rejection is not None), None)
        or queue_has_capacity(decision)
        or _sources_cover(found, most, decision)
    )
    if rejection is not None:
        return of_share(rejection, found.sides)
    amount = None if isinstance(post.quantity, Available) else most
    return record_deferred(
        decision,
        post,
        deferral,
        Kind.SPLIT,
        total=Total(found.sources[0].currency, found.precision, amount),
        source=only(found.sources),
        destination=only(found.destinations),
        limit=found.limit,
        request_json=found.request_json,
    )


def _most(found: Found) -> int | Rejection:
    """The amount, or the most that it can be. Rejected where it never divides, whatever the sources have."""
    quantity, source = found.post.quantity, found.sources[0]
    if isinstance(quantity, Available):
        most = funds.most(quantity, source)
        if isinstance(most, Rejection):
            return most
        side = found.sides[1]
        rejection = allocation.never_divides(most, side.shares, found.precision)
        return most if rejection is None else in_field(rejection, side)
    total = fixed_total(quantity, source)
    if isinstance(total, Rejection):
        return total
    may_give = _may_give(found)
    divided = may_give if isinstance(may_give, Rejection) else divide_total(found, total, may_give)
    return divided if isinstance(divided, Rejection) else total


def _may_give(found: Found) -> dict[int, int] | Rejection:
    """The most that each source gives which gives what it has available, by the place of its share."""
    side, at_most = found.sides[0], {}
    for place, (share, source) in enumerate(zip(side.shares, found.sources, strict=True)):
        if isinstance(share.part, Available):
            most = funds.most(share.part, source)
            if isinstance(most, Rejection):
                return most._replace(details={**most.details, "field": side.at(place)})
            at_most[place] = most
    return at_most


def _proposals(found: Found, amount: int, decision: Decision) -> list[Proposal]:
    """Legs in which every balance stands once at least: which of them it will have is not known."""
    sources, destinations = found.sources, found.destinations
    pairs = [(source, destinations[0]) for source in sources]
    pairs += [(sources[0], destination) for destination in destinations[1:]]
    return [Proposal(found.post, *pair, amount, found.limit, True, decision.plan.now) for pair in pairs]


def _sources_cover(found: Found, total: int, decision: Decision) -> Rejection | None:
    """With `check_deferred` the sources must be able to pay now, beside everything before it that is deferred there."""
    deferral = found.post.deferral
    if deferral is None or not deferral.check_deferred:
        return None
    if isinstance(found.post.quantity, Available):
        return sources_cover_deferred(_proposals(found, total, decision)[:1], decision)
    queued = _queued(found, decision)
    available = given(found, queued)
    if isinstance(available, Rejection):
        return available
    legs = divide_total(found, total, available)
    if isinstance(legs, Rejection):
        return legs._replace(details={**legs.details, "deferred": str(sum(queued.values()))})
    now, limit = decision.plan.now, found.limit
    return sources_cover_deferred([Proposal(found.post, *leg, limit, True, now) for leg in legs], decision)


def _queued(found: Found, decision: Decision) -> Mapping[str, int]:
    """What is deferred on the sources. No Book knows that unless it was read under the locks."""
    queued = {source.id: decision.book.queued.get(source.id) for source in found.sources}
    known = {name: amount for name, amount in queued.items() if amount is not None}
    if len(known) < len(queued):
        raise Unread
    return known
