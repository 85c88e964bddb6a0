"""What a call about adjustments chose and did, and how a call with the same request id finds it.

A call that posts goes on over several commits. The first one keeps what it chose, under its request id; the last one
what became of it. So a call that did not come to its end is gone on with by the next one that has its request id, about
the same adjustments, and one that did is answered again with the same counts.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import asyncpg

from ledgerd.core.model import limits
from ledgerd.core.plan import Plan
from ledgerd.operations import creation
from ledgerd.operations.adjustment_checks import Skipped
from ledgerd.operations.creation import CreateRequest, Made, Noun
from ledgerd.operations.engine import Engine


@dataclass(slots=True)
class Done:
    """The chosen adjustments that are now as requested, those that are not, and the first of these with the reason."""

    ids: list[uuid.UUID] = field(default_factory=list)
    skipped_ids: list[uuid.UUID] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.ids)

    @property
    def skipped_count(self) -> int:
        return len(self.skipped_ids)

    def skip(self, skipped: Sequence[Skipped]) -> None:
        """Note that these stay as they are."""
        self.skipped_ids += [adjustment_id for adjustment_id, _ in skipped]
        self.skipped += skipped[: limits.SKIPPED_TOLD_MAX - len(self.skipped)]


def asked(
    noun: Noun,
    request_id: str | None,
    run_id: uuid.UUID,
    chosen: Sequence[uuid.UUID] | None,
    reason: str | None,
    **more: datetime | None,
) -> CreateRequest:
    """A call about adjustments of a run; None are all of them."""
    selection = None if chosen is None else [adjustment_id.hex for adjustment_id in chosen]
    fields: dict[str, object] = {"reconciliation_id": run_id.hex, "selection": selection, "reason": reason}
    return CreateRequest(noun, request_id, fields | {name: at and at.isoformat() for name, at in more.items()})


async def earlier(engine: Engine, request: CreateRequest) -> Done | None:
    """What an earlier call with the request id did; None where none came to its end. Raises Rejected:
    REQUEST_ID_CONFLICT."""
    found = await creation.earlier(engine, request)
    return None if found is None else done_of(found)


async def chosen_once(
    engine: Engine, request: CreateRequest, run_id: uuid.UUID, chosen: Sequence[uuid.UUID]
) -> Sequence[uuid.UUID]:
    """The adjustments that a call is about: those that an earlier one with its request id chose, which did not come to
    its end. Raises Rejected: REQUEST_ID_CONFLICT."""
    if request.request_id is None:
        return chosen

    async def find(connection: asyncpg.Connection, ids: Sequence[uuid.UUID]) -> Sequence[uuid.UUID]:
        return ids[1:]

    async def create(connection: asyncpg.Connection, plan: Plan) -> tuple[Sequence[uuid.UUID], Sequence[uuid.UUID]]:
        return chosen, [run_id, *chosen]

    made = await creation.all_once(engine, replace(request, noun=Noun.ADJUSTMENTS_CHOSEN), find=find, create=create)
    return made.rows


async def remember(engine: Engine, request: CreateRequest, run_id: uuid.UUID, done: Done) -> Made[Done]:
    """Keep what a call did, under its request id; or what another call with it did meanwhile."""
    if request.request_id is None:
        return Made(done, False)

    async def find(connection: asyncpg.Connection, ids: Sequence[uuid.UUID]) -> Done:
        return done_of(ids)

    async def create(connection: asyncpg.Connection, plan: Plan) -> tuple[Done, Sequence[uuid.UUID]]:
        return done, kept(run_id, done)

    return await creation.all_once(engine, request, find=find, create=create)


def kept(run_id: uuid.UUID, done: Done) -> list[uuid.UUID]:
    """What is kept of a call: the run, what is as requested, the run again, what was skipped."""
    return [run_id, *done.ids, run_id, *done.skipped_ids]


def done_of(ids: Sequence[uuid.UUID]) -> Done:
    """What a call did, from what is kept of it: without the reasons of what it skipped."""
    middle = ids.index(ids[0], 1)
    return Done(list(ids[1:middle]), list(ids[middle + 1 :]))
