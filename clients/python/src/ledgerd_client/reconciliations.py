"""Runs of reconciliation: asking for them, and following them to the end."""

import asyncio
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from ledgerapi.v1.reconciliation_pb2 import (
    RECONCILIATION_STATUS_CANCELLED,
    RECONCILIATION_STATUS_FAILED,
    RECONCILIATION_STATUS_FINISHED,
    Reconciliation,
)
from ledgerapi.v1.reconciliation_service_pb2 import StartReconciliationRequest, WatchReconciliationRequest

from ledgerd_client.backoff import Backoff, is_break, next_response
from ledgerd_client.client import LedgerClient
from ledgerd_client.errors import LedgerError, Unavailable

SILENCE_SECONDS_MAX = 90.0
"""The service sends a run at least every 30 seconds; a watch that is silent for longer than this is dead."""
_ENDS = (RECONCILIATION_STATUS_FINISHED, RECONCILIATION_STATUS_FAILED, RECONCILIATION_STATUS_CANCELLED)


async def reconcile(
    client: LedgerClient,
    request: StartReconciliationRequest,
    *,
    on_progress: Callable[[Reconciliation], None] | None = None,
    give_up_seconds: float | None = None,
) -> Reconciliation:
    """Starts a run and waits for its end, over broken connections and restarts of the service.

    Args:
        client: The client to work with.
        request: What is compared, and by which rules. Without a `request_id` it gets one of its own; calling again with
            your own is safe: it returns the same run.
        on_progress: Called with the run as it is, whenever it has come further, and at its end.
        give_up_seconds: How long the service may be unreachable before this raises. None means for ever.

    Returns:
        The run as it ended: FINISHED with its totals, FAILED with its `failure`, or CANCELLED.

    Raises:
        NotFound: The source, the upload, a balance or a rule does not exist.
        Conflict: The request id was used for a run with other content.
        Malformed: The request can never pass.
        Busy: Too many runs have not ended.
        Unavailable: The service was unreachable. The run continues.
    """
    return await _last(reconciliation_steps(client, request, give_up_seconds=give_up_seconds), on_progress)


async def wait_for_reconciliation(
    client: LedgerClient,
    reconciliation_id: str,
    *,
    on_progress: Callable[[Reconciliation], None] | None = None,
    give_up_seconds: float | None = None,
) -> Reconciliation:
    """Waits until a run ends, over broken connections and restarts of the service.

    Raises:
        NotFound: There is no such run.
        Malformed: The id is not a valid id of a run.
        Unavailable: The service was unreachable for `give_up_seconds`. The run continues.
    """
    return await _last(watch_steps(client, reconciliation_id, give_up_seconds=give_up_seconds), on_progress)


async def reconciliation_steps(
    client: LedgerClient, request: StartReconciliationRequest, *, give_up_seconds: float | None
) -> AsyncGenerator[Reconciliation, None]:
    """Starts a run as `reconcile` does: yields it whenever it has come further, and last as it ended."""
    keyed = StartReconciliationRequest()
    keyed.CopyFrom(request)
    keyed.request_id = keyed.request_id or uuid.uuid4().hex
    run = (await client.reconciliations.StartReconciliation(keyed)).reconciliation
    yield run
    if run.status not in _ENDS:
        async with aclosing(watch_steps(client, run.id, give_up_seconds=give_up_seconds)) as steps:
            async for step in steps:
                yield step


async def watch_steps(
    client: LedgerClient, reconciliation_id: str, *, give_up_seconds: float | None
) -> AsyncGenerator[Reconciliation, None]:
    """Follows a run as `wait_for_reconciliation` does: yields it whenever it has come further, and last as it ended."""
    backoff = Backoff(give_up_seconds)
    request = WatchReconciliationRequest(reconciliation_id=reconciliation_id)
    while True:
        call = client.reconciliations.WatchReconciliation(request)
        responses = aiter(call)
        try:
            while True:
                async with asyncio.timeout(SILENCE_SECONDS_MAX):
                    run = (await next_response(responses)).reconciliation
                backoff.progress()
                yield run
                if run.status in _ENDS:
                    return
        except TimeoutError:
            seconds = backoff.seconds_after(Unavailable("the service sent nothing about the run"))
        except LedgerError as error:
            if not is_break(error):
                raise
            seconds = backoff.seconds_after(error)
        finally:
            call.cancel()
        await asyncio.sleep(seconds)


async def _last(
    steps: AsyncGenerator[Reconciliation, None], on_progress: Callable[[Reconciliation], None] | None
) -> Reconciliation:
    run = Reconciliation()
    async with aclosing(steps):
        async for run in steps:
            if on_progress is not None:
                on_progress(run)
    return run
