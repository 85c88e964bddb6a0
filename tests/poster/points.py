"""Points on the way of a batch at which a test can look in, wait, or break something."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum

import asyncpg

from ledgerd.core.model.operation import Apply, Operation
from ledgerd.core.plan import Plan
from ledgerd.poster.settings import Step, Steps
from ledgerd.store.connecting import Connection

Happening = Callable[[asyncpg.Connection], Awaitable[None]]


class Point(Enum):
    READ = "before what it names is read"
    PREVIEW = "before it is previewed"
    LOCKED = "under the locks, before anything is read"
    BEFORE_COPY = "before its rows are copied"
    COPIED = "between COPY and the locks"
    APPLIED = "between the change of the balances and COMMIT"
    COMMIT = "when COMMIT is sent"
    COMMITTED = "when COMMIT is done but not yet answered"


_POINTS = {
    Step.READ: Point.READ,
    Step.PREVIEW: Point.PREVIEW,
    Step.LOCKED: Point.LOCKED,
    Step.COPY: Point.BEFORE_COPY,
    Step.COPIED: Point.COPIED,
    Step.APPLIED: Point.APPLIED,
}


class Points(Steps):
    """What is to happen when the batch with a certain reference gets to a point, the first time it does."""

    def __init__(self) -> None:
        self._happenings: dict[tuple[str, Point], list[Happening]] = defaultdict(list)
        self._reached: dict[tuple[str, Point], asyncio.Event] = defaultdict(asyncio.Event)
        self._before: dict[str, list[Happening]] = defaultdict(list)
        self._applied: dict[int, list[str]] = {}
        self._each: dict[Point, Happening] = {}
        self.passed: list[tuple[str, Point]] = []
        """In order, every time."""
        self.conflicts: list[BaseException] = []
        """Why optimistic attempts failed."""

    async def reached(self, step: Step, connection: asyncpg.Connection, about: Plan | Sequence[Operation]) -> None:
        references = _references(about)
        if step is Step.APPLIED:
            self._applied[connection.get_server_pid()] = references
        await self._reach(_POINTS[step], references, connection)

    def conflicted(self, error: BaseException) -> None:
        self.conflicts.append(error)

    @property
    def connection_class(self) -> type[Connection]:
        """The write path's connections: they tell of COMMIT, and of statements."""
        points = self

        class Watched(Connection):
            async def execute(self, query: str, *arguments: object, **more: object) -> str:
                references = points._applied.pop(self.get_server_pid(), []) if query == "COMMIT" else []
                await points._reach(Point.COMMIT, references, self)
                status: str = await super().execute(query, *arguments, **more)
                await points._reach(Point.COMMITTED, references, self)
                return status

            async def fetch(self, query: str, *arguments: object, **more: object) -> list[asyncpg.Record]:
                for happening in points._before.pop(query, []):
                    await happening(self)
                rows: list[asyncpg.Record] = await super().fetch(query, *arguments, **more)
                return rows

        return Watched

    def at(self, point: Point, reference: str, happening: Happening) -> None:
        self._happenings[reference, point].append(happening)

    def at_each(self, point: Point, happening: Happening) -> None:
        """What is to happen when any batch gets to a point, every time."""
        self._each[point] = happening

    def before(self, query: str, happening: Happening) -> None:
        """What is to happen before a query is sent, the first time it is."""
        self._before[query].append(happening)

    async def until(self, point: Point, reference: str) -> None:
        """Wait until a batch gets to a point."""
        await asyncio.wait_for(self._reached[reference, point].wait(), 120)

    def forget(self) -> None:
        """From here on nothing more happens."""
        self._happenings.clear()
        self._each.clear()

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
        if point in self._each:
            await self._each[point](connection)


def _references(about: Plan | Sequence[Operation]) -> list[str]:
    if not isinstance(about, Plan):
        return [operation.reference for operation in about if not isinstance(operation, Apply)]
    recorded = [written.operation.reference for written in (*about.movements, *about.headers)]
    return recorded + [
        change.deferred.operation.reference for change in about.changes if change.deferred.operation is not None
    ]
