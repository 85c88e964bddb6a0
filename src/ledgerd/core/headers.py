"""Headers: the rows that stand for legs, of a split or of a commit, void or refund of a split or batch."""

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from ledgerd.core.decision import Decision
from ledgerd.core.effects import ChangeKind, DeferredChange, HeaderEntry, Movement, Sums
from ledgerd.core.model import limits
from ledgerd.core.model.account import Account
from ledgerd.core.model.figures import Kind, Status
from ledgerd.core.model.ids import TRANSACTION
from ledgerd.core.model.operation import Deferred, Moving
from ledgerd.core.model.parent import Parent
from ledgerd.core.model.transaction import Side, Total, from_operation
from ledgerd.core.moving import change_deferred
from ledgerd.core.plan import Plan


class Leg(NamedTuple):
    """What one leg is going to move."""

    source: Account
    destination: Account
    amount: int


class Part(NamedTuple):
    """A leg of a split or batch to which something is done, with what of it remains to be committed, voided or
    refunded. Money goes from ``source`` to ``destination``."""

    parent: Parent
    source: Account
    destination: Account
    remaining: int


def open_header(
    decision: Decision,
    operation: Moving,
    kind: Kind,
    status: Status,
    legs: Collection[Leg],
    *,
    limit: int | None = None,
    parent_id: str | None = None,
    request_json: str | None = None,
) -> HeaderEntry:
    """Put a header into the plan, before its legs. close() adds these to it."""
    plan = decision.plan
    ordinal, now = plan.next_ordinal, _recorded_at(plan, legs)
    transaction = from_operation(
        operation,
        id=plan.block.text(TRANSACTION, ordinal),
        kind=kind,
        status=status,
        created_at=now,
        recorded_at=now,
        created_by=decision.created_by,
        total=_total(legs),
        source=Side(only([leg.source for leg in legs])),
        destination=Side(only([leg.destination for leg in legs])),
        overdraft_limit=limit,
        parent_id=parent_id,
        batch_id=decision.batch_id,
        request_json=request_json,
    )
    header = HeaderEntry(ordinal, transaction, operation)
    plan.effects.append(header)
    return header


def apply_header(decision: Decision, deferred: Deferred, status: Status, legs: Collection[Leg]) -> DeferredChange:
    """Put into the plan what becomes of a deferred header, before its legs. The legs of a split were deferred with it;
    of a refund, and of a split that divides late, it is only known now which there are."""
    kind = ChangeKind.INFLIGHT if status is Status.INFLIGHT else ChangeKind.APPLIED
    change = change_deferred(decision, deferred, kind, status)
    if not deferred.legs:
        change.details = json.dumps({"legs": len(legs)})
    amount = None if deferred.currency is None else _total(legs).amount
    change.sums = Sums(amount, len(legs), _recorded_at(decision.plan, legs))
    decision.plan.effects.append(change)
    return change


def close(header: HeaderEntry, legs: Sequence[Movement | HeaderEntry]) -> HeaderEntry:
    """Tell a header its legs, when all of them are in the plan."""
    header.legs = tuple(legs)
    header.transaction = replace(header.transaction, leg_ids=tuple(leg.id for leg in legs))
    return header


def only(accounts: Sequence[Account]) -> Account | None:
    """The single balance on a side; None where there are several."""
    return accounts[0] if all(account is accounts[0] for account in accounts) else None


def _recorded_at(plan: Plan, legs: Collection[Leg]) -> datetime:
    """When the last of the legs will be recorded, see Account.not_before."""
    return max(plan.now, *(side.not_before for leg in legs for side in (leg.source, leg.destination)))


def _total(legs: Collection[Leg]) -> Total:
    """Currency, precision and sum; nothing where the legs have several, or where no amount may be so large."""
    kinds = {(leg.source.currency, leg.source.precision) for leg in legs}
    total = sum(leg.amount for leg in legs)
    if len(kinds) > 1 or total >= limits.AMOUNT_BOUND_MINOR_UNITS:
        return Total()
    return Total(*kinds.pop(), total)
