"""The load maker: a process of its own, so that its cost is known and is not the server's.

It reads jobs from its standard input, one JSON object a line. To each it answers twice: ``ready`` once
everything is made and serialised; then, after a line that says ``go``, what it measured.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import grpc

from bench import messages, streaming
from bench.listing import BesideLists
from bench.plan import CALLS_IN_FLIGHT, CHUNK_ROWS, WatchPlan
from bench.watching import WatchJob

Work = Callable[[], Awaitable[dict[str, Any]]]
_PATTERNS = {"uniform": messages.uniform, "hot": messages.hot}


class Client:
    """Prepares jobs; what a preparation returns is the work to be timed."""

    def __init__(self) -> None:
        self._channels: dict[str, grpc.aio.Channel] = {}
        self._balances: list[str] = []

    def prepare(self, job: dict[str, Any]) -> Work:
        """Make everything that a job sends."""
        kind = job.pop("job")
        prepare: Callable[..., Work] = {
            "balances": self._keep_balances,
            "bulk": self._bulk,
            "hot_together": self._hot_together,
            "calls": self._calls,
            "beside_lists": self._beside_lists,
            "watch": self._watch,
        }[kind]
        return prepare(**job)

    def _channel(self, target: str, use: str = "") -> grpc.aio.Channel:
        key = f"{use} {target}"
        if key not in self._channels:
            options = [("grpc.use_local_subchannel_pool", 1)]
            self._channels[key] = grpc.aio.insecure_channel(target, options=options)
        return self._channels[key]

    def _keep_balances(self, ids: list[str]) -> Work:
        async def work() -> dict[str, Any]:
            self._balances = ids
            return {}

        return work

    def _bulk(self, target: str, pattern: str, rows: int, *, queue: bool = False) -> Work:
        """One stream of so many rows, posted at once or queued."""
        chunks = messages.chunks(_PATTERNS[pattern](self._balances), rows // CHUNK_ROWS, CHUNK_ROWS, queue=queue)

        async def work() -> dict[str, Any]:
            run = await streaming.stream(self._channel(target), chunks, CHUNK_ROWS)
            return {"seconds": run.seconds, "posted": streaming.posted(run, CHUNK_ROWS)}

        return work

    def _hot_together(self, targets: list[str], balances: int, seconds: float, chunks: int) -> Work:
        """One stream to each server at once, for a given time, all among the same few balances."""
        some = self._balances[:balances]
        loads = [messages.chunks(messages.uniform(some), chunks, CHUNK_ROWS) for _ in targets]

        async def work() -> dict[str, Any]:
            runs = await asyncio.gather(
                *(
                    streaming.stream(self._channel(target), load, CHUNK_ROWS, stop_after_s=seconds)
                    for target, load in zip(targets, loads, strict=True)
                )
            )
            return {
                "posted": sum(streaming.posted(run, CHUNK_ROWS) for run in runs),
                "in_time": [run.answered_in_time * CHUNK_ROWS for run in runs],
                "seconds": min(seconds, *(run.seconds for run in runs)),
            }

        return work

    def _calls(self, target: str, what: str, count: int) -> Work:
        """Unary calls, so many in flight on one channel."""
        path, requests = self._requests(what, count)

        async def work() -> dict[str, Any]:
            call = self._channel(target).unary_unary(path)
            waiting = iter(requests)

            async def caller() -> None:
                for request in waiting:
                    await call(request)

            begun = time.perf_counter()
            await asyncio.gather(*(caller() for _ in range(CALLS_IN_FLIGHT)))
            return {"seconds": time.perf_counter() - begun, "posted": count if what == "post" else 0}

        return work

    def _beside_lists(self, target: str, count: int, listers: int) -> Work:
        """Reads by id beside callers who list; those have a connection of their own."""
        lists = self._channel(target, "lists") if listers else self._channel(target)
        _, requests = self._requests("get", count)
        job = BesideLists(self._channel(target), lists, requests)
        return lambda: job.run(listers)

    def _requests(self, what: str, count: int) -> tuple[str, Sequence[bytes]]:
        if what == "noop":
            return messages.NO_OP, [messages.no_op()] * count
        if what == "get":
            return messages.GET_BALANCE, [messages.get_balance(self._balances) for _ in range(count)]
        sides = messages.uniform(self._balances)
        return messages.POST_TRANSACTION, [messages.post(sides) for _ in range(count)]

    def _watch(self, target: str, dsn: str, watchers: int, posts_per_s: int, seconds: int) -> Work:
        return WatchJob(target, dsn, WatchPlan(watchers, posts_per_s, seconds), self._balances).run


async def _serve() -> None:
    client = Client()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        work = client.prepare(json.loads(line))
        _say({"ready": True})
        await loop.run_in_executor(None, sys.stdin.readline)
        begun = time.process_time()
        result = await work()
        # Answers are counted in this, too: a real client reads them.
        _say({**result, "client_cpu": time.process_time() - begun})


def _say(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


def main() -> None:
    """Serve jobs until standard input ends, on uvloop where it is installed."""
    try:
        import uvloop  # noqa: PLC0415  (optional)

        uvloop.run(_serve())
    except ImportError:
        asyncio.run(_serve())


if __name__ == "__main__":
    main()
