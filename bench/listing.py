"""Reads by id beside lists that no index serves: how long each takes, alone and with such callers at work."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import grpc
from google.rpc import error_details_pb2, status_pb2
from ledgerapi.v1 import transaction_service_pb2

from bench import messages
from bench.plan import CALLS_IN_FLIGHT

LISTERS = 15
_FILTER = 'reference != "x" AND tag = "nope"'
_DETAILS_KEY = "grpc-status-details-bin"


class BesideLists:
    """GetBalance, so many in flight, while so many others list without a pause but the one that they are asked for."""

    def __init__(self, channel: grpc.aio.Channel, lists: grpc.aio.Channel, requests: Sequence[bytes]) -> None:
        self._get = channel.unary_unary(messages.GET_BALANCE)
        self._list = lists.unary_unary(messages.LIST_TRANSACTIONS)
        self._requests = requests
        self._listed = self._rejected = 0

    async def run(self, listers: int) -> dict[str, Any]:
        """The 99th percentile in milliseconds, and what became of the lists meanwhile."""
        others = [asyncio.create_task(self._lister()) for _ in range(listers)]
        if listers:
            await asyncio.sleep(1)  # They are at work before the clock starts.
        waiting, taken = iter(self._requests), []

        async def caller() -> None:
            for request in waiting:
                begun = time.perf_counter()
                await self._get(request)
                taken.append(time.perf_counter() - begun)

        begun = time.perf_counter()
        await asyncio.gather(*(caller() for _ in range(CALLS_IN_FLIGHT)))
        seconds = time.perf_counter() - begun
        for other in others:
            other.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        taken.sort()
        p99 = taken[int(len(taken) * 0.99)] * 1_000
        return {"seconds": seconds, "p99_ms": p99, "listed": self._listed, "rejected": self._rejected}

    async def _lister(self) -> None:
        request = transaction_service_pb2.ListTransactionsRequest(filter=_FILTER, include_total=True)
        data = request.SerializeToString()
        while True:
            try:
                await self._list(data)
                self._listed += 1
            except grpc.aio.AioRpcError as error:
                self._rejected += 1
                await asyncio.sleep(_retry_seconds(error))


def _retry_seconds(error: grpc.aio.AioRpcError) -> float:
    """How long the service asks to wait. Raises the error where it does not."""
    retry = error_details_pb2.RetryInfo()
    trailers = dict(error.trailing_metadata() or ())
    for detail in status_pb2.Status.FromString(trailers.get(_DETAILS_KEY, b"")).details:
        if detail.Is(retry.DESCRIPTOR):
            detail.Unpack(retry)
            return float(retry.retry_delay.seconds + retry.retry_delay.nanos / 1e9)
    raise error
