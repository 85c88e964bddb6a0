"""What commits, voids and refunds show of their parents: description and metadata, where they were given none.

This is looked up whenever a transaction is shown, and never recorded: docs/design/decisions.md says why.
"""

from collections.abc import Mapping, Sequence

from ledgerd.access.caller import Caller
from ledgerd.core.decide import Outcome
from ledgerd.core.effects import HeaderEntry, Movement
from ledgerd.core.model.transaction import INHERITING, Words
from ledgerd.core.replay import Replay
from ledgerd.operations.engine import Engine
from ledgerd.store import transactions


async def inherited(engine: Engine, caller: Caller, outcomes: Sequence[Outcome]) -> Mapping[str, Words]:
    """The words that new transactions among these outcomes show of their parents, by the ids of the parents.

    A replayed transaction that was read has these words already. The parent of a previewed transaction may be a preview
    itself.
    """
    parents = {parent for outcome in outcomes if (parent := _inherits_from(outcome)) is not None}
    if not parents:
        return {}
    async with engine.pool.acquire() as connection:
        words = await transactions.words(connection, parents)
    if len(words) < len(parents):
        for outcome in outcomes:
            if isinstance(outcome, Movement | HeaderEntry) and outcome.id in parents:
                words[outcome.id] = Words(outcome.operation.description, outcome.to_transaction().metadata)
    return words


def _inherits_from(outcome: Outcome) -> str | None:
    written = outcome.recorded if isinstance(outcome, Replay) else outcome
    if not isinstance(written, Movement | HeaderEntry):
        return None
    kind = written.kind if isinstance(written, Movement) else written.transaction.kind
    if kind not in INHERITING:
        return None
    said = written.to_transaction()
    return None if said.description and said.metadata else said.parent_id
