"""The rules of accepting splits, and refunds of splits and batches, that are to be applied later.

The legs of a split are known when it is accepted. So they wait as well, each on its own balances: they count in what
is queued there, and keep these from being closed. The legs of a refund are not known before its time comes: they
follow from what is left then.
"""

import json
from collections.abc import Collection, Sequence

from ledgerd.core import deferred, funds
from ledgerd.core.asking import Proposal
from ledgerd.core.book import Book, HeaderEntry, Plan
from ledgerd.core.headers import Leg, Part, close, only
from ledgerd.core.model.amount import minor_units
from ledgerd.core.model.figures import Kind
from ledgerd.core.model.ids import BATCH
from ledgerd.core.model.operation import Post, Refund
from ledgerd.core.model.parent import Parent
from ledgerd.core.model.rejection import Reason, Rejection


def defer_split(
    post: Post, legs: Sequence[Leg], limit: int | None, book: Book, plan: Plan, batch_id: str | None, said: str
) -> HeaderEntry | Rejection:
    """Accept a split of these legs, or reject it. ``said`` is its shares as JSON."""
    deferral = post.deferral
    assert deferral is not None, "a split that is to be applied later"
    proposals = [Proposal(post, leg.source, leg.destination, leg.amount, limit, True, plan.now) for leg in legs]
    for proposal in proposals:
        for rule in deferred.DEFERRAL_RULES:
            rejection = rule(proposal)
            if rejection is not None:
                return rejection
    rejection = deferred.queue_has_capacity(plan, 1 + len(legs)) or _sources_cover_deferred(proposals, book)
    if rejection is not None:
        return rejection
    source, destination = only([leg.source for leg in legs]), only([leg.destination for leg in legs])
    total = sum(leg.amount for leg in legs)
    any_source = legs[0].source
    known = deferred.Known(Kind.SPLIT, source, destination, any_source.currency, any_source.precision, total, limit)
    header = deferred.deferred_entry(plan, post, deferral, known, batch_id, said=said)
    return close(
        header, [deferred.defer(proposal, deferral, book, plan, batch_id, header.id) for proposal in proposals]
    )


def _sources_cover_deferred(proposals: Sequence[Proposal], book: Book) -> Rejection | None:
    """Each source all that the split takes of it, beside everything before it that waits there."""
    of_source: dict[str, Proposal] = {}
    for proposal in proposals:
        known = of_source.get(proposal.source.id)
        of_source[proposal.source.id] = (
            proposal if known is None else known._replace(amount=known.amount + proposal.amount)
        )
    rejections = (deferred.source_covers_deferred(proposal, book) for proposal in of_source.values())
    return next((rejection for rejection in rejections if rejection is not None), None)


# Refunds ---------------------------------------------------------------------------------------


def defer_compound_refund(
    refund: Refund, header: Parent, parts: Collection[Part], book: Book, plan: Plan, batch_id: str | None
) -> HeaderEntry | Rejection:
    """Accept a refund of a split or batch that is to be given later, or reject it."""
    deferral = refund.deferral
    assert deferral is not None, "a refund that is to be given later"
    is_batch = header.id.startswith(BATCH)
    # What waits in a batch may be there by then, and has a say in what the refund will be of.
    kinds = {(part.source.currency, part.source.precision) for part in parts} | header.kinds
    rejection = deferred.refundable_some_day(header, book) or _not_closed(parts)
    if rejection is not None:
        return rejection
    amount = None
    if refund.quantity is not None:
        if not parts or len(kinds) > 1:
            return _of_no_one_kind(header, kinds if parts else ())
        amount = minor_units(refund.quantity, next(iter(kinds))[1])
        if amount is None:
            return funds.too_precise(next(iter(parts)).source)
        rejection = funds.bounded(amount) or (None if is_batch else deferred.within(header, amount))
        if rejection is not None:
            return rejection
    rejection = deferred.ahead(deferral.scheduled_at, plan.now) or deferred.queue_has_capacity(plan)
    if rejection is not None:
        return rejection
    currency, precision = kinds.pop() if len(kinds) == 1 else (None, None)
    known = deferred.Known(Kind.REFUND, None, None, currency, precision, amount)
    said = deferred.said_of(deferral) | ({"batch": header.id} if is_batch else {})
    parent_id = None if is_batch else header.id
    return deferred.deferred_entry(
        plan, refund, deferral, known, batch_id, parent_id=parent_id, said=json.dumps(said, sort_keys=True)
    )


def _not_closed(parts: Collection[Part]) -> Rejection | None:
    for part in parts:
        if part.parent.may_give_back:
            rejection = deferred.not_closed(part.source, "source") or deferred.not_closed(
                part.destination, "destination"
            )
            if rejection is not None:
                return rejection._replace(details={**rejection.details, "leg": part.parent.id})
    return None


def _of_no_one_kind(header: Parent, kinds: Collection[tuple[str, int]]) -> Rejection:
    """Part of it was asked for, but of what has several currencies or precisions, or of which nothing moved yet."""
    if not kinds:
        return Rejection(Reason.NOT_REFUNDABLE, {"transaction": header.id})
    currencies = sorted({currency for currency, _ in kinds})
    if len(currencies) > 1:
        return Rejection(Reason.CURRENCY_MISMATCH, {"transaction": header.id, "currencies": ",".join(currencies)})
    precisions = sorted(precision for _, precision in kinds)
    return Rejection(
        Reason.PRECISION_MISMATCH, {"transaction": header.id, "precisions": ",".join(map(str, precisions))}
    )
