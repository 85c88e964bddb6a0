import multiprocessing
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from inspect import signature
from typing import Any

import pytest
from fake_process import serving_elsewhere
from ledgerapi.v1.draft_pb2 import Draft
from ledgerapi.v1.ledger_service_pb2 import GetBalanceRequest
from ledgerapi.v1.monitor_service_pb2 import ListMonitorsRequest
from ledgerapi.v1.transaction_service_pb2 import WatchTransactionsRequest

import ledgerd_client
from ledgerd_client import BulkSummary, Rejected, Unavailable, Unsupported, draft, sync
from ledgerd_client.sync import LedgerClient

SIDES: dict[str, Any] = {"source": "@World", "destination": "bln_x", "currency": "USD"}


def drafts(count: int) -> Iterator[Draft]:
    for number in range(1, count + 1):
        yield draft(f"r-{number}", **SIDES, precise_amount=number)


def test_posting_and_reading() -> None:
    with serving_elsewhere() as ledger, LedgerClient(ledger.target) as client:
        answer = client.post("r-1", **SIDES, amount="12.50")
        assert (answer.transaction.reference, answer.transaction.amount.decimal) == ("r-1", "12.50")
        assert client.get_balance(("@World", "USD")).indicator == "@World"
        assert client.ledgers.GetBalance(GetBalanceRequest(balance_id="bln_1"), timeout=60).balance.id == "bln_1"


def test_errors_are_those_of_the_asynchronous_client() -> None:
    with serving_elsewhere("0:poor") as ledger, LedgerClient(ledger.target) as client:
        with pytest.raises(Rejected) as caught:
            client.post("r-1", **SIDES, amount="1")
        assert caught.value.reason == "INSUFFICIENT_FUNDS"
        with pytest.raises(TypeError, match="amount"):
            client.post("r-1", **SIDES, amount=1.5)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="needs its currency"):
            client.get_balance("@World")
        with pytest.raises(Unsupported):
            client.monitors.ListMonitors(ListMonitorsRequest())  # The fake does not serve it.
    with pytest.raises(RuntimeError, match="closed"):
        client.get_balance("bln_1")
    with pytest.raises(ValueError, match="above zero"):
        LedgerClient(ledger.target, deadline_seconds=0)


def test_nobody_answers() -> None:
    with LedgerClient("127.0.0.1:1", deadline_seconds=0.2) as client, pytest.raises(Unavailable):
        client.get_balance("bln_1")


def test_threads_share_a_client() -> None:
    with serving_elsewhere() as ledger, LedgerClient(ledger.target) as client:
        posted: list[str] = []

        def post(name: str) -> None:
            for number in range(20):
                posted.append(client.post(f"{name}-{number}", **SIDES, amount="1").transaction.reference)

        threads = [threading.Thread(target=post, args=[name]) for name in "abc"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(posted)) == 60


@pytest.mark.parametrize("kind", ["unavailable", "eof", "going_away"])
def test_an_upload_goes_on_after_a_break(kind: str) -> None:
    with serving_elsewhere(f"3:{kind}", f"2:{kind}") as ledger, LedgerClient(ledger.target) as client:
        seen = list(sync.bulk_results(client, drafts(1_000), chunk_operations=50))
        assert [sent.reference for sent, _ in seen] == [sent.reference for sent in drafts(1_000)]
        assert all(sent.reference == answered.reference for sent, answered in seen)


def test_an_upload_reads_and_reports_in_the_caller_s_thread() -> None:
    threads: set[threading.Thread] = set()
    progress: list[BulkSummary] = []

    def read() -> Iterator[Draft]:
        for sent in drafts(2_500):
            threads.add(threading.current_thread())
            yield sent

    def report(summary: BulkSummary) -> None:
        threads.add(threading.current_thread())
        progress.append(summary)

    with serving_elsewhere() as ledger, LedgerClient(ledger.target) as client:
        assert sync.bulk(client, read(), on_progress=report) == BulkSummary(operations=2_500, posted=2_500)
        assert sync.bulk(client, []) == BulkSummary()
    assert threads == {threading.current_thread()}
    assert [summary.operations for summary in progress] == [1_000, 2_000, 2_500]


def test_an_upload_whose_source_fails() -> None:
    def read() -> Iterator[Draft]:
        yield from drafts(1_200)
        raise KeyError("the file ends in the middle of a line")

    with serving_elsewhere() as ledger, LedgerClient(ledger.target) as client:
        seen = []
        with pytest.raises(KeyError):
            seen += [sent.reference for sent, _ in sync.bulk_results(client, read())]
        # What was complete before was sent, and is recorded.
        assert sync.bulk(client, drafts(1_000)).replayed == 1_000


def test_an_upload_that_its_reader_leaves() -> None:
    with serving_elsewhere() as ledger, LedgerClient(ledger.target) as client:
        with closing(sync.bulk_results(client, drafts(100_000), chunk_operations=10)) as results:
            for sent, _ in results:
                assert sent.reference == "r-1"
                break
        assert client.get_balance("bln_1").id == "bln_1"


def test_a_watch() -> None:
    with serving_elsewhere() as ledger, LedgerClient(ledger.target) as client:
        with sync.watch_transactions(client) as watcher:
            watcher.ready()
            ledger.record()
            assert next(watcher).cursor == watcher.cursor == "c1"
        assert list(watcher) == []
        for watch in (sync.watch_monitors, sync.watch_events):
            with watch(client, after_cursor="c0") as watcher:
                assert next(watcher).cursor == "c1"
        responses = client.transactions.WatchTransactions(WatchTransactionsRequest(after_cursor="c0"))
        assert next(answer.event.cursor for answer in responses if answer.HasField("event")) == "c1"
        responses.cancel()
        assert list(responses) == []


def test_a_watch_is_closed_from_another_thread() -> None:
    with serving_elsewhere() as ledger, LedgerClient(ledger.target) as client:
        watcher = sync.watch_transactions(client)
        watcher.ready()
        seen: list[list[Any]] = []
        reader = threading.Thread(target=lambda: seen.append(list(watcher)))
        reader.start()
        watcher.close()
        reader.join()
        assert seen == [[]]


def _in_a_child(work: Callable[[], str]) -> str:
    """What the work says in a process that was forked from this one."""
    context = multiprocessing.get_context("fork")
    receiving, sending = context.Pipe(duplex=False)
    child = context.Process(target=lambda: sending.send(work()))
    child.start()
    answer = receiving.recv()
    child.join()
    return str(answer)


def test_a_client_that_was_used_before_a_fork_says_so() -> None:
    with serving_elsewhere() as ledger, LedgerClient(ledger.target) as client:
        client.get_balance("bln_1")

        def use() -> str:
            try:
                return client.get_balance("bln_1").id
            except RuntimeError as error:
                return str(error)

        assert "make a client in each process" in _in_a_child(use)
        assert client.get_balance("bln_1").id == "bln_1"


def test_a_client_that_is_first_used_after_a_fork() -> None:
    program = """
import os, sys
from ledgerd_client.sync import LedgerClient
client = LedgerClient(sys.argv[1])
if os.fork():
    os.wait()
else:
    print(client.get_balance("bln_1").id, flush=True)
"""
    with serving_elsewhere() as ledger:
        command = [sys.executable, "-c", program, ledger.target]
        assert subprocess.check_output(command, text=True).split() == ["bln_1"]  # noqa: S603


def test_it_cannot_wait_for_itself() -> None:
    with serving_elsewhere() as ledger, LedgerClient(ledger.target) as client:
        loop, _ = client.connection

        async def call() -> None:
            client.get_balance("bln_1")

        with pytest.raises(RuntimeError, match="its own event loop"):
            loop.run(call())


@pytest.mark.parametrize("name", sorted(set(sync.__all__) - {"LedgerClient", "Watcher"}))
def test_functions_take_the_same_arguments(name: str) -> None:
    ours, theirs = (list(signature(getattr(module, name)).parameters) for module in (sync, ledgerd_client))
    assert ours == theirs


def test_methods_take_the_same_arguments() -> None:
    names = {name for name in vars(ledgerd_client.LedgerClient) if not name.startswith("_")} - {"channel"}
    for name in names:
        ours, theirs = (getattr(kind, name) for kind in (LedgerClient, ledgerd_client.LedgerClient))
        assert list(signature(ours).parameters) == list(signature(theirs).parameters), name
