"""Points on the way of a batch at which a test can look in, wait, or break something."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from enum import Enum

import asyncpg
import pytest

from ledgerd.core.plan import Plan
from ledgerd.store import plan_writer

Happening = Callable[[asyncpg.Connection], Awaitable[None]]


class Point(Enum):
    BEFORE_COPY = "before its rows are copied"
    COPIED = "between COPY and the locks"
    SETTLED = "between the settlement and COMMIT"
    COMMIT = "when COMMIT is sent"
    COMMITTED = "when COMMIT is done but not yet answered"


class Points:
    """What is to happen when the batch with a certain reference gets to a point, the first time it does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._happenings: dict[tuple[str, Point], list[Happening]] = defaultdict(list)
        self._reached: dict[tuple[str, Point], asyncio.Event] = defaultdict(asyncio.Event)
        self._settled: dict[int, list[str]] = {}
        self.passed: list[tuple[str, Point]] = []
        """In order, every time."""
        copy, resolve, execute = (
            plan_writer.copy_transactions,
            plan_writer.apply_to_balances,
            asyncpg.Connection.execute,
        )

        async def watched_copy(connection: asyncpg.Connection, plan: Plan) -> list[tuple[int, str]]:
            references = _references(plan)
            await self._reach(Point.BEFORE_COPY, references, connection)
            digested = await copy(connection, plan)
            await self._reach(Point.COPIED, references, connection)
            return digested

        async def watched_settle(connection: asyncpg.Connection, plan: Plan, digested: plan_writer.Prepared) -> None:
            await resolve(connection, plan, digested)
            self._settled[connection.get_server_pid()] = _references(plan)
            await self._reach(Point.SETTLED, _references(plan), connection)

        async def watched_execute(
            connection: asyncpg.Connection, query: str, *arguments: object, **more: object
        ) -> str:
            references = self._settled.pop(connection.get_server_pid(), []) if query == "COMMIT" else []
            await self._reach(Point.COMMIT, references, connection)
            status: str = await execute(connection, query, *arguments, **more)
            await self._reach(Point.COMMITTED, references, connection)
            return status

        monkeypatch.setattr(plan_writer, "copy_transactions", watched_copy)
        monkeypatch.setattr(plan_writer, "apply_to_balances", watched_settle)
        monkeypatch.setattr(asyncpg.Connection, "execute", watched_execute)

    def at(self, point: Point, reference: str, happening: Happening) -> None:
        self._happenings[reference, point].append(happening)

    async def reached(self, point: Point, reference: str) -> None:
        """Wait until a batch gets to a point."""
        await asyncio.wait_for(self._reached[reference, point].wait(), 120)

    def forget(self) -> None:
        """From here on nothing more happens."""
        self._happenings.clear()

    def hold_back(self, reference: str, *, until: str) -> None:
        """Keep a batch from being written until another one begins to be."""

        async def wait(_: asyncpg.Connection) -> None:
            await self._reached[until, Point.BEFORE_COPY].wait()

        self._happenings[reference, Point.BEFORE_COPY].insert(0, wait)

    async def _reach(self, point: Point, references: list[str], connection: asyncpg.Connection) -> None:
        for reference in references:
            self.passed.append((reference, point))
            self._reached[reference, point].set()
            for happening in self._happenings.pop((reference, point), []):
                await happening(connection)


def _references(plan: Plan) -> list[str]:
    recorded = [one.operation.reference for one in (*plan.movements, *plan.headers)]
    return recorded + [
        change.deferred.operation.reference for change in plan.changes if change.deferred.operation is not None
    ]
