"""Posting: submits decoded operations to the Poster, and puts the rejections of malformed ones into their places."""

from collections.abc import Sequence

from ledgerd.access.caller import Caller
from ledgerd.core.decide import Outcome
from ledgerd.core.effects import DeferredChange, HeaderEntry, Movement, Unchanged
from ledgerd.core.model.operation import Operation
from ledgerd.core.model.rejection import Reason, Rejected, Rejection
from ledgerd.core.replay import Replay
from ledgerd.operations.engine import Engine
from ledgerd.poster.submission import OrderedRun, Traffic


async def post_one(
    engine: Engine, caller: Caller, operation: Operation, *, validate_only: bool
) -> Movement | HeaderEntry | Replay:
    """Post a single operation. A rejection is raised, since a single call has no result for it."""
    if validate_only:
        outcome = (await engine.poster.preview([operation], caller=caller))[0]
    else:
        outcome = (await engine.poster.submit([operation], caller=caller, traffic=Traffic.UNARY))[0]
    if isinstance(outcome, Rejection):
        raise Rejected(outcome)
    assert not isinstance(outcome, DeferredChange | Unchanged), "only workers nominate"
    return outcome


async def post_many(
    engine: Engine,
    caller: Caller,
    decoded: Sequence[Operation | Rejection],
    *,
    atomic: bool,
    batch_id: str | None,
    validate_only: bool,
    metadata: str | None = None,
    patient: bool = False,
    run: OrderedRun | None = None,
) -> list[Outcome]:
    """Post operations that arrived together; one outcome for each, in order.

    Among independent operations a malformed one is rejected alone. In an atomic group all are rejected. An atomic group
    needs a ``batch_id`` and is recorded under it. ``metadata`` is that of the batch. A patient caller waits until the
    write path has capacity. What is not recorded of a run, nothing later of it overtakes.
    """
    malformed = {place: rejection for place, rejection in enumerate(decoded) if isinstance(rejection, Rejection)}
    if atomic and malformed:
        neighbour = Rejection(Reason.NOT_APPLIED_WITH_GROUP, {"failed_index": str(min(malformed))})
        return [malformed.get(place, neighbour) for place in range(len(decoded))]
    operations = [operation for operation in decoded if not isinstance(operation, Rejection)]
    if not operations:
        return list(malformed.values())
    if validate_only:
        outcomes = await engine.poster.preview(operations, caller=caller, atomic=atomic, batch_id=batch_id)
    else:
        outcomes = await engine.poster.submit(
            operations,
            caller=caller,
            traffic=Traffic.BULK,
            atomic=atomic,
            batch_id=batch_id,
            patient=patient,
            malformed=len(malformed),
            metadata=metadata,
            run=run,
        )
    if not malformed:
        return outcomes
    remaining = iter(outcomes)
    return [malformed[place] if place in malformed else next(remaining) for place in range(len(decoded))]
