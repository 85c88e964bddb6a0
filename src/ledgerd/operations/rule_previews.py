"""Trying a matching rule on a sample. Nothing is recorded."""

import asyncio
import pickle
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from ledgerd.access.caller import Caller
from ledgerd.core.model import limits
from ledgerd.core.model.matching_rule import MatchingRule
from ledgerd.core.model.rejection import Reason, reject
from ledgerd.operations import matching_rules, rule_samples
from ledgerd.operations.engine import Engine
from ledgerd.operations.rule_samples import Rows, StoredRows
from ledgerd.reconciliation.previewing import Preview, Sample
from ledgerd.store.matching_rules import rule_of


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """A version of a rule that exists; 0 is the latest."""

    rule_id: uuid.UUID
    version: int


async def preview(
    engine: Engine, caller: Caller, tried: MatchingRule | RuleVersion, sampled: Rows | StoredRows
) -> tuple[Preview, Rows]:
    """What a rule makes of a sample, and the rows of the sample.

    Raises Rejected: MATCHING_RULE_NOT_FOUND, FIELD_INVALID, EXTERNAL_SOURCE_NOT_FOUND, TOO_BUSY, READ_TOO_COSTLY.
    """
    if isinstance(tried, RuleVersion):
        rule = rule_of(await matching_rules.get(engine, caller, tried.rule_id, tried.version))
    else:
        rule = tried
    matching_rules.check(rule)
    with _TURNS.taken():
        found = await rule_samples.read(engine, caller, sampled) if isinstance(sampled, StoredRows) else sampled
        sample = Sample(rule=rule, records=found.records, entries=found.entries, precisions=found.precisions)
        answer: Preview = pickle.loads(await _worked_out(pickle.dumps(sample)))  # noqa: S301  it is our own process
    return answer, found


_MAIN = "from ledgerd.reconciliation.previewing import main; main()"
"""Not with -m: what is pickled names the module of its class, which must not be __main__."""


class _Turns:
    """How many previews this process works on."""

    def __init__(self) -> None:
        self._under_way = 0

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Raises Rejected: TOO_BUSY."""
        if self._under_way >= limits.PREVIEWS_MAX:
            raise reject(Reason.TOO_BUSY, unit="previews", waiting=self._under_way, limit=limits.PREVIEWS_MAX)
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1


_TURNS = _Turns()


async def _worked_out(sample: bytes) -> bytes:
    """What the process for previews answers. Raises Rejected: READ_TOO_COSTLY."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _MAIN),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(limits.PREVIEW_MAX_SECONDS):
            answer, _ = await process.communicate(sample)
    except TimeoutError:
        raise reject(
            Reason.READ_TOO_COSTLY, cause="time", field="records", limit_seconds=limits.PREVIEW_MAX_SECONDS
        ) from None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
        await process.wait()
    if process.returncode:
        raise RuntimeError(f"the process for previews ended with {process.returncode}")
    return answer
