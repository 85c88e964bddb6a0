"""Random programs, run on the ledger and on the second set of books, and compared after every step."""

import asyncio
import itertools
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Sequence
from datetime import datetime, timedelta

import asyncpg
import hypothesis.strategies as st
from hypothesis import event, note
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from ledgerd.core.model import ids
from ledgerd.core.model.account import BalanceStatus
from ledgerd.core.model.rejection import Rejected
from ledgerd.poster.ids_and_clock import IdsAndClock
from ledgerd.workers import queue, timed
from tests.model.books import Books
from tests.model.comparison import Comparison
from tests.model.entry_points import Answer, EntryPoint, Names
from tests.model.generator import AMENDMENTS, APPLIED_NOT_PREVIEWED, FOREIGN, LEAVING, OWN, RequestGenerator
from tests.model.requests import AdjustHold, Cancel, Refund, Request, Reschedule, ResolveHold, Review
from tests.model.service import Service, without_new_names
from tests.model.state import POSTED, REPLAYED, ModelBalance
from tests.poster.harness import Harness

MADE = (*OWN[:3], LEAVING)
HOUR = 3_600
SLOW_BY = timedelta(days=3_650)
HOLDER = uuid.UUID(int=7)

_examples = itertools.count(1)


class Clock(IdsAndClock):
    """The time of processes whose clocks are behind the database's: a time that is ahead for them is due for the
    database already, so no test has to wait. Hours pass when the program says so."""

    passed = timedelta(0)

    def now(self) -> datetime:
        """Ten years ago, and the hours that have passed."""
        return super().now() - SLOW_BY + Clock.passed


class Programs(RuleBasedStateMachine):
    """One example: balances and references of its own, in a currency of its own, in a database that all share."""

    runner: asyncio.Runner
    entry_points: Sequence[EntryPoint]
    harness: Harness
    reader: asyncpg.Connection
    queue_settings, timed_settings = queue.USUAL, timed.USUAL
    has_clock = True
    """Whether the processes take their time from Clock. Else nothing becomes due."""

    def __init__(self) -> None:
        super().__init__()
        number = next(_examples)
        self.names = Names(f"example {number}", f"M{number}", self.harness.ids_and_clock.now())
        self.books = Books()
        first_id = uuid.UUID(int=ids.uuid7(unix_ns=time.time_ns(), random_bits=0))
        self.comparison = Comparison(self.reader, self.books, self.names, first_id)
        self.draw = RequestGenerator(self.books, has_clock=self.has_clock)

    @initialize(data=st.data(), floor=st.none() | st.integers(-100, 0), worked=st.booleans(), as_batch=st.booleans())
    def open(self, data: st.DataObject, floor: int | None, worked: bool, as_batch: bool) -> None:
        """Open the balances; apply the first requests, and defer others."""
        for name in MADE:
            self.books.balances[name] = ModelBalance()
        self.books.balances[FOREIGN] = ModelBalance(currency="foreign")
        self.books.balances["bob"].floor = floor
        self.run(self._open(floor))
        self._send(self.draw.begin(data), False, as_batch, 0)
        if worked:
            self._work_on(of_queue=True)
        self._send(self.draw.follow(data), False, False, 0)
        if worked:
            self._work_on(of_queue=False)

    async def _open(self, floor: int | None) -> None:
        made = await asyncio.gather(
            *(
                self.harness.balance(floor=floor if name == "bob" else None, currency=self.names.currency)
                for name in MADE
            ),
            self.harness.balance(currency=self.names.money("foreign")),
        )
        self.names.balances.update(zip((*MADE, FOREIGN), made, strict=True))

    # Steps -------------------------------------------------------------------------------------

    @rule(
        data=st.data(), atomic=st.booleans(), as_batch=st.booleans(), process=st.integers(0, 9), count=st.integers(1, 5)
    )
    def arrive_together(self, data: st.DataObject, atomic: bool, as_batch: bool, process: int, count: int) -> None:
        requests = self.draw.requests(data, count)
        self._send(requests, atomic, as_batch, process)

    @rule(data=st.data(), atomic=st.booleans(), as_batch=st.booleans(), process=st.integers(0, 9))
    def approve_and_undo(self, data: st.DataObject, atomic: bool, as_batch: bool, process: int) -> None:
        self._send(self.draw.approved_and_undone(data), atomic, as_batch, process)

    @rule(data=st.data(), groups=st.lists(st.tuples(st.booleans(), st.integers(1, 3)), min_size=2, max_size=6))
    def arrive_at_once(self, data: st.DataObject, groups: list[tuple[bool, int]]) -> None:
        """Several submissions to one entry point at once: judged in the order in which they arrived."""
        submissions = [(self.draw.requests(data, count), atomic) for atomic, count in groups]
        expected = [self.books.do(requests, atomic=atomic, as_batch=True) for requests, atomic in submissions]

        async def all_at_once() -> list[list[Answer]]:
            calls = [
                self.entry_points[0].send(requests, self.names, atomic=atomic, as_batch=True, preview=False)
                for requests, atomic in submissions
            ]
            return await asyncio.gather(*calls)

        note(f"sent {submissions}")
        self.touched = _targets([request for requests, _ in submissions for request in requests])
        for (requests, _), outcomes, answers in zip(submissions, expected, self.run(all_at_once()), strict=True):
            self._compare(requests, outcomes, answers)
        self._compare_figures()

    @rule(data=st.data(), atomic=st.booleans(), process=st.integers(0, 9), count=st.integers(1, 3))
    def preview(self, data: st.DataObject, atomic: bool, process: int, count: int) -> None:
        requests = self.draw.requests(data, count)
        note(f"previewed {requests}")
        expected = self.books.would(requests, atomic=atomic)
        assert self._preview(requests, atomic, process) == expected
        self._compare_figures()

    @precondition(lambda self: isinstance(self.entry_points[0], Service))
    @rule(data=st.data(), atomic=st.booleans(), count=st.integers(1, 3))
    def preview_and_do(self, data: st.DataObject, atomic: bool, count: int) -> None:
        """A preview shows what the same call then records: the same figures, and the same rejections."""
        # The ids of a preview are not those of the call.
        requests = self.draw.requests(data, count, of_earlier=False)
        note(f"previewed and sent {requests}")
        expected = self.books.do(requests, atomic=atomic, as_batch=True)
        (entry_point,) = self.entry_points
        _, shown = self.run(entry_point.show(requests, self.names, atomic=atomic, preview=True))
        answers, done = self.run(entry_point.show(requests, self.names, atomic=atomic, preview=False))
        self.touched = _targets(requests)
        self._compare(requests, expected, answers)
        for before, after in zip(shown, done, strict=True):
            assert before == without_new_names(after, before)
        self._compare_figures()

    @precondition(lambda self: self.books.recorded)
    @rule(data=st.data(), count=st.integers(1, 3), atomic=st.booleans(), process=st.integers(0, 9))
    def repeat(self, data: st.DataObject, count: int, atomic: bool, process: int) -> None:
        """Send recorded requests again, as they were or with one thing changed."""
        requests = self.draw.repeated(data, count)
        self._send(requests, atomic, False, process)

    @precondition(lambda self: self.books.deferred)
    @rule(data=st.data(), process=st.integers(0, 9), count=st.integers(1, 4))
    def amend(self, data: st.DataObject, process: int, count: int) -> None:
        """Amend requests, most of them deferred; or preview the amendment."""
        for place in range(count):
            request = self.draw.amendment(data, data.draw(AMENDMENTS))
            if data.draw(APPLIED_NOT_PREVIEWED):
                self._send([request], False, False, process + place)
            else:
                expected = self.books.would([request])
                assert self._preview([request], False, process) == expected
                self._compare_figures()

    @precondition(lambda self: any(request.is_open for request in self.books.deferred.values()))
    @rule(queue_first=st.booleans())
    def work(self, queue_first: bool) -> None:
        """The workers apply what is queued and what is due."""
        self._work_on(of_queue=queue_first)
        self._work_on(of_queue=not queue_first)

    async def _work(self, of_queue: bool) -> None:
        """Run a worker until nothing is due."""
        stop = asyncio.Event()
        for _ in range(60):
            if of_queue:
                done = await queue.apply_queued(self.harness.engine, HOLDER, stop, self.queue_settings)
            else:
                done = await timed.process_due(self.harness.engine, HOLDER, self.timed_settings)
            if not done:
                break
        else:
            raise AssertionError("the work does not end")
        await keep_leases(self.reader)

    @precondition(lambda self: self.has_clock and self.books.deferred)
    @rule()
    def an_hour_passes(self) -> None:
        Clock.passed += timedelta(hours=1)
        self.books.now += HOUR

    @precondition(lambda self: any(recorded.batch for recorded in self.books.recorded.values()))
    @rule(data=st.data(), atomic=st.booleans(), process=st.integers(0, 9))
    def repeat_a_batch(self, data: st.DataObject, atomic: bool, process: int) -> None:
        batches = sorted({recorded.batch for recorded in self.books.recorded.values() if recorded.batch})
        batch = data.draw(st.sampled_from(batches))
        requests = [recorded.request for recorded in self.books.recorded.values() if recorded.batch == batch]
        self._send(requests, atomic, True, process)

    @rule(name=st.sampled_from(["alice", "bob", "carol"]), floor=st.none() | st.integers(-150, 60))
    def set_floor(self, name: str, floor: int | None) -> None:
        change = self.harness.change_floor(self.names.balance(name), floor)
        assert self.run(_is_done(change)) == self.books.set_floor(name, floor)

    @rule(name=st.sampled_from(["alice", "bob", "carol"]), ceiling=st.none() | st.integers(-60, 300))
    def set_ceiling(self, name: str, ceiling: int | None) -> None:
        change = self.harness.change_ceiling(self.names.balance(name), ceiling)
        assert self.run(_is_done(change)) == self.books.set_ceiling(name, ceiling)

    @rule(name=st.sampled_from(["alice", "bob", "carol"]), status=st.sampled_from(["FROZEN", "OPEN", "OPEN"]))
    def freeze_or_unfreeze(self, name: str, status: str) -> None:
        self._set_status(name, status)

    @rule(name=st.sampled_from(["carol", LEAVING, FOREIGN]))
    def close(self, name: str) -> None:
        self._set_status(name, "CLOSED")

    # Parts of steps ----------------------------------------------------------------------------

    def _work_on(self, *, of_queue: bool) -> None:
        if of_queue:
            self.books.work_queue()
        else:
            self.books.work_schedule()
        self.run(self._work(of_queue))
        self._compare_figures()

    def _set_status(self, name: str, status: str) -> None:
        async def change() -> str:
            try:
                await self.harness.set_status(self.names.balance(name), BalanceStatus(status))
            except Rejected as rejected:
                return rejected.rejection.reason.value
            return POSTED

        outcome = self.books.set_status(name, status)
        event(f"{status}: {outcome}")
        assert self.run(change()) == outcome
        self._compare_figures()

    def run(self, work):
        return self.runner.run(asyncio.wait_for(work, 60))

    def _entry_point(self, process: int) -> EntryPoint:
        return self.entry_points[process % len(self.entry_points)]

    def _preview(self, requests: list[Request], atomic: bool, process: int) -> list[str]:
        entry_point = self._entry_point(process)
        calling = entry_point.send(requests, self.names, atomic=atomic, as_batch=False, preview=True)
        return [answer.outcome for answer in self.run(calling)]

    def _send(self, requests: list[Request], atomic: bool, as_batch: bool, process: int) -> None:
        note(f"sent {requests}")
        expected = self.books.do(requests, atomic=atomic, as_batch=as_batch)
        calling = self._entry_point(process).send(requests, self.names, atomic=atomic, as_batch=as_batch, preview=False)
        answers = self.run(calling)
        self.touched = _targets(requests)
        self._compare(requests, expected, answers)
        self._compare_figures()

    def _compare(self, requests: list[Request], expected: list[str], answers: list[Answer]) -> None:
        assert [answer.outcome for answer in answers] == expected, requests
        for request, answer in zip(requests, answers, strict=True):
            event(answer.outcome)
            if answer.outcome == POSTED:
                self.names.transactions[request.key] = answer.id
                if not request.reference:
                    self.names.derived.add(request.key)
                self._learn_batch(request.key, answer.id)
            elif answer.outcome == REPLAYED:
                assert self.names.transactions[request.key] == answer.id
            if answer.outcome in (POSTED, REPLAYED) and not self._changes_later(request.key, 0):
                assert answer.status == self.books.status(request.key), request
            if answer.subject is not None and not self._changes_later(request.of, 1):
                assert answer.subject == self.books.status(request.of), request

    def _changes_later(self, key: str, times: int) -> bool:
        """Whether a request of the same step was about this one, or about a batch, more often than so."""
        is_batch = key.startswith("batch ") or any(of.startswith("batch ") for of in self.touched)
        return is_batch or self.touched[key] > times

    def _learn_batch(self, key: str, transaction_id: str) -> None:
        number = self.books.recorded[key].batch
        if number is not None and number not in self.names.batches:
            row_id = uuid.UUID(int=ids.decode(ids.TRANSACTION, transaction_id))
            found = self.run(self.reader.fetchval("SELECT batch_id FROM transactions WHERE id = $1", row_id))
            self.names.batches[number] = ids.encode(ids.BATCH, found.int)

    def _compare_figures(self) -> None:
        self.run(self.comparison.all())


def _targets(requests: Sequence[Request]) -> Counter[str]:
    """How often each request, or batch, is the target of one of these."""
    amended = [request.of for request in requests if isinstance(request, Refund | Cancel | Reschedule | Review)]
    return Counter([*amended, *(request.hold for request in requests if isinstance(request, ResolveHold | AdjustHold))])


async def _is_done(change: Awaitable[None]) -> bool:
    try:
        await change
    except Rejected:
        return False
    return True


async def keep_leases(connection: asyncpg.Connection) -> None:
    """Keep the workers of servers idle, so that only the test's own workers apply anything."""
    await connection.execute(
        "INSERT INTO leases (name, holder, until) SELECT name, $1, clock_timestamp() + interval '1 day'"
        " FROM unnest($2::text[]) AS names(name)"
        " ON CONFLICT (name) DO UPDATE SET holder = EXCLUDED.holder, until = EXCLUDED.until",
        HOLDER,
        ["queue", "timed"],
    )
