"""The measurements, in the order in which they are made. Rounds of what is compared are interleaved, so
that whatever else the machine does hits all of them alike."""

import dataclasses
import statistics
import time
from collections.abc import Callable
from typing import Any

import asyncpg

from bench import backlog
from bench.figures import Figures
from bench.listing import LISTERS
from bench.load import Load, Measured
from bench.machine import rss_mib
from bench.plan import CHUNK_ROWS, HOT_BALANCES, Plan
from bench.rawcopy import FrozenTable
from bench.service import Server

_PAIR_ROWS_PER_S = 50_000
"""More than a server can post: what is prepared must not run out before the time does."""

Say = Callable[[str], None]


@dataclasses.dataclass(frozen=True, slots=True)
class Bench:
    """What every measurement needs."""

    plan: Plan
    server: Server
    dsn: str
    load: Load
    figures: Figures
    say: Say


async def bulk(bench: Bench, table: FrozenTable) -> None:
    """Raw COPY, uniform, raw COPY, one hot source, and again. Memory is read around all of it.

    COPY goes before each of the two: so its table has as many rows as the service's at any time, and
    the mean of the two stands on both sides of the uniform lot that is divided by it.
    """
    plan, figures = bench.plan, bench.figures
    bench.say("bulk: warming up")
    await _bulk_job(bench, "uniform", plan.first_rows)
    await _copy(bench, table, plan.first_rows)
    memory_before = rss_mib(bench.server.pid)
    for round_number in range(1, plan.bulk_rounds + 1):
        bench.say(f"bulk: round {round_number} of {plan.bulk_rounds}")
        for name, pattern in (("bulk_tx_per_s", "uniform"), ("bulk_hot_tx_per_s", "hot")):
            figures.rate("copy_rows_per_s").add(plan.bulk_rows, await _copy(bench, table, plan.bulk_rows))
            figures.rate(name).add(plan.bulk_rows, await _bulk_job(bench, pattern, plan.bulk_rows))
    memory_after = rss_mib(bench.server.pid)
    if memory_before is not None and memory_after is not None:
        figures.values["rss_growth_mib"] = memory_after - memory_before
        figures.facts["server_rss_mib"] = round(memory_after, 1)
    figures.divide("bulk_over_copy", "bulk_tx_per_s", "copy_rows_per_s")
    figures.divide("hot_over_uniform", "bulk_hot_tx_per_s", "bulk_tx_per_s")


async def queue(bench: Bench, connection: asyncpg.Connection) -> None:
    """How fast a full queue is applied, beside posting as much at once."""
    plan, figures = bench.plan, bench.figures
    for round_number in range(1, plan.queue_rounds + 1):
        bench.say(f"queue: round {round_number} of {plan.queue_rounds}")
        beside = await _bulk_job(bench, "uniform", plan.queue_rows)
        figures.rate("bulk_beside_queue_tx_per_s").add(plan.queue_rows, beside)
        async with backlog.held_back(connection):
            accepted = await bench.load.run(
                "bulk", target=bench.server.target, pattern="uniform", rows=plan.queue_rows, queue=True
            )
            figures.rate("accept_tx_per_s").add(plan.queue_rows, accepted)
        before, own = bench.load.meter(), time.process_time()
        seconds = await backlog.drained(connection)
        drained = Measured({"seconds": seconds}, bench.load.meter().since(before), time.process_time() - own)
        figures.rate("queue_tx_per_s").add(plan.queue_rows, drained)
    figures.divide("queue_over_bulk", "queue_tx_per_s", "bulk_beside_queue_tx_per_s")


async def calls(bench: Bench) -> None:
    """A no-op, a posting and a read, each as unary calls with 64 in flight."""
    names = {"noop": "noop_per_s", "post": "unary_per_s", "get": "get_balance_per_s"}
    for what in names:
        await bench.load.run("calls", target=bench.server.target, what=what, count=bench.plan.first_calls)
    for round_number in range(1, bench.plan.call_rounds + 1):
        bench.say(f"unary calls: round {round_number} of {bench.plan.call_rounds}")
        for what, name in names.items():
            count = bench.plan.calls
            measured = await bench.load.run("calls", target=bench.server.target, what=what, count=count)
            bench.figures.rate(name).add(count, measured)
    bench.figures.divide("unary_over_noop", "unary_per_s", "noop_per_s")
    bench.figures.divide("get_over_noop", "get_balance_per_s", "noop_per_s")


async def beside_lists(bench: Bench) -> None:
    """The slowest hundredth of reads by id, alone and while others list what no index serves."""
    p99_ms: dict[int, list[float]] = {0: [], LISTERS: []}
    for round_number in range(1, bench.plan.call_rounds + 1):
        bench.say(f"reads beside lists: round {round_number} of {bench.plan.call_rounds}")
        for listers, values in p99_ms.items():
            measured = await bench.load.run(
                "beside_lists", target=bench.server.target, count=bench.plan.calls, listers=listers
            )
            values.append(measured.answer["p99_ms"])
            if listers:
                lists = {name: measured.answer[name] for name in ("listed", "rejected")}
                bench.figures.facts.setdefault("lists_meanwhile", []).append(lists)
    alone, beside = (statistics.median(values) for values in p99_ms.values())
    bench.figures.values |= {"get_alone_p99_ms": alone, "get_beside_lists_p99_ms": beside}
    bench.figures.values["get_beside_lists"] = beside / alone


async def watches(bench: Bench) -> None:
    """The delay from a posting's commit until watchers hear of it; watching.py says how the commit is timed.

    The keys without a number are those of 100 watchers.
    """
    for plan in bench.plan.watches:
        bench.say(f"watchers: {plan.watchers:,}")
        measured = await bench.load.run("watch", target=bench.server.target, dsn=bench.dsn, **dataclasses.asdict(plan))
        suffix = "" if plan.watchers == 100 else f"_{plan.watchers}"
        for origin in ("", "from_send_", "after_reply_"):
            for name in ("p50_ms", "p99_ms"):
                bench.figures.values[f"watch_{origin}{name}{suffix}"] = measured.answer[f"{origin}{name}"]
        bench.figures.facts.setdefault("watch_cpu_share", {})[str(plan.watchers)] = _shares(measured)


async def two_processes(bench: Bench, second: Server) -> None:
    """Two servers on one database, posting among the same few balances; and one of them doing so alone."""
    figures, plan = bench.figures, bench.plan
    together = [bench.server.target, second.target]
    for target in together:
        await bench.load.run("hot_together", **_among_the_hot([target], 0.2))
    for round_number in range(1, plan.pair_rounds + 1):
        bench.say(f"two servers on the same balances: round {round_number} of {plan.pair_rounds}")
        alone = await bench.load.run("hot_together", **_among_the_hot([bench.server.target], plan.pair_seconds))
        figures.rate("one_process_hot_tx_per_s").add(sum(alone.answer["in_time"]), alone)
        both = await bench.load.run("hot_together", **_among_the_hot(together, plan.pair_seconds))
        figures.rate("two_process_hot_tx_per_s").add(sum(both.answer["in_time"]), both)
        _note_starved(figures, both.answer["in_time"])
    figures.divide("two_process_hot", "two_process_hot_tx_per_s", "one_process_hot_tx_per_s")


def _among_the_hot(targets: list[str], seconds: float) -> dict[str, Any]:
    chunks = max(1, int(_PAIR_ROWS_PER_S * seconds / CHUNK_ROWS / len(targets)))
    return {"targets": targets, "balances": HOT_BALANCES, "seconds": seconds, "chunks": chunks}


def _note_starved(figures: Figures, posted: list[int]) -> None:
    """Each of the two must get a fifth of the whole."""
    share = min(posted) / max(1, sum(posted))
    figures.values["two_process_least_share"] = min(share, figures.values.get("two_process_least_share", 1.0))


async def post_uniform(bench: Bench, rows: int) -> Measured:
    """Post so many rows over all balances."""
    return await _bulk_job(bench, "uniform", rows)


async def _bulk_job(bench: Bench, pattern: str, rows: int) -> Measured:
    return await bench.load.run("bulk", target=bench.server.target, pattern=pattern, rows=rows)


async def _copy(bench: Bench, table: FrozenTable, rows: int) -> Measured:
    payloads = table.encode(rows)
    before, own = bench.load.meter(), time.process_time()
    seconds = await table.copy(payloads)
    return Measured({"seconds": seconds}, bench.load.meter().since(before), time.process_time() - own)


def _shares(measured: Measured) -> dict[str, float]:
    """CPU seconds for each second of the measurement."""
    parts = {"server": measured.cpu.server, "postgres": measured.cpu.postgres, "client": measured.client_cpu}
    return {name: round(cpu / measured.seconds, 2) for name, cpu in parts.items()}
