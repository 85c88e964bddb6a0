"""Headers: the records that stand for several legs."""

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from ledgerd.core.book import Account, Change, ChangeKind, HeaderEntry, Movement, Plan, Sums
from ledgerd.core.model import limits
from ledgerd.core.model.figures import Kind, Status
from ledgerd.core.model.ids import TRANSACTION
from ledgerd.core.model.operation import Deferred, Moving, Post, ResolveHold
from ledgerd.core.model.parent import Parent
from ledgerd.core.model.transaction import Transaction


class Leg(NamedTuple):
    """What one leg is going to move."""

    source: Account
    destination: Account
    amount: int


class Part(NamedTuple):
    """One of several to which something is done, with what it can still give. Money goes from ``source`` to
    ``destination``."""

    parent: Parent
    source: Account
    destination: Account
    left: int


def open_header(
    plan: Plan,
    operation: Moving,
    kind: Kind,
    status: Status,
    legs: Collection[Leg],
    batch_id: str | None,
    *,
    limit: int | None = None,
    parent_id: str | None = None,
    request_json: str | None = None,
) -> HeaderEntry:
    """Put a header into the plan, before its legs. close() adds these to it."""
    post = operation if isinstance(operation, Post) else None
    source, destination = only([leg.source for leg in legs]), only([leg.destination for leg in legs])
    currency, precision, amount = _total(legs)
    settled = 0 if status is Status.INFLIGHT else None
    ordinal, now = plan.entries + 1, _recorded_at(plan, legs)
    record = HeaderEntry(
        ordinal,
        Transaction(
            id=plan.block.text(TRANSACTION, ordinal),
            reference=operation.reference,
            kind=kind,
            status=status,
            currency=currency,
            precision=precision,
            amount=amount,
            source_id=None if source is None else source.id,
            source_indicator=None if source is None else source.indicator,
            source=None,
            destination_id=None if destination is None else destination.id,
            destination_indicator=None if destination is None else destination.indicator,
            destination=None,
            allow_overdraft=not isinstance(operation, ResolveHold) and operation.allow_overdraft,
            overdraft_limit=limit,
            takes_remainder=True if not isinstance(operation, Post) and operation.quantity is None else None,
            parent_id=parent_id,
            batch_id=batch_id,
            description=operation.description,
            group=None if post is None else post.group,
            tag=None if post is None else post.tag,
            metadata=operation.metadata,
            metadata_digest=operation.metadata_digest,
            created_by=None,
            created_at=now,
            recorded_at=now,
            effective_at=None if post is None else post.effective_at,
            committed=settled,
            voided=settled,
            expires_at=None if post is None else post.expires_at,
            commits_at=None if post is None else post.commits_at,
            request_json=request_json,
        ),
        operation,
    )
    plan.records.append(record)
    return record


def apply_header(plan: Plan, deferred: Deferred, status: Status, legs: Collection[Leg]) -> Change:
    """Put into the plan what becomes of a header that waited, before its legs. Those of a split waited as well; of a
    refund it is only known now which there are."""
    before, deferred.status = deferred.before, status
    kind = ChangeKind.INFLIGHT if status is Status.INFLIGHT else ChangeKind.APPLIED
    details = None if deferred.legs else json.dumps({"legs": len(legs)})
    amount = None if deferred.currency is None else _total(legs)[2]
    change = Change(plan.entries + 1, deferred, before, kind, status, deferred.scheduled_at, deferred.key, details)
    change.sums = Sums(amount, len(legs), _recorded_at(plan, legs))
    plan.changes.append(change)
    return change


def close(header: HeaderEntry, legs: Sequence[Movement | HeaderEntry]) -> HeaderEntry:
    """Tell a header its legs, when all of them have moved."""
    header.legs = tuple(legs)
    header.transaction = replace(header.transaction, leg_ids=tuple(leg.id for leg in legs))
    return header


def only(accounts: Sequence[Account]) -> Account | None:
    """The one balance on a side; None where there are several."""
    return accounts[0] if all(account is accounts[0] for account in accounts) else None


def _recorded_at(plan: Plan, legs: Collection[Leg]) -> datetime:
    """When the last of the legs will be recorded, see Account.not_before."""
    return max(plan.now, *(side.not_before for leg in legs for side in (leg.source, leg.destination)))


def _total(legs: Collection[Leg]) -> tuple[str, int, int] | tuple[None, None, None]:
    """Currency, precision and sum; nothing where the legs have several, or where no amount may be so large."""
    kinds = {(leg.source.currency, leg.source.precision) for leg in legs}
    total = sum(leg.amount for leg in legs)
    if len(kinds) > 1 or total >= limits.AMOUNT_BOUND_MINOR_UNITS:
        return None, None, None
    return (*kinds.pop(), total)
