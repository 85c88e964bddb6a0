"""The demo's course: a payroll opened, funded, paid, watched, rejected, repeated, closed and proved."""

import time
from collections import Counter
from pathlib import Path

import asyncpg
from ledgerapi.v1.balance_pb2 import Balance
from ledgerapi.v1.event_pb2 import Event, EventKind
from ledgerapi.v1.monitor_pb2 import ComparisonOperator
from ledgerapi.v1.transaction_service_pb2 import GetTransactionRequest
from ledgerd_client import LedgerClient, Rejected, watch_monitors
from rich.console import Console
from rich.markup import escape

from ledgerd import embedded
from ledgerd.cli.demo import books, payroll, show
from ledgerd.cli.demo.books import BANK, PAYROLL, PERIOD
from ledgerd.cli.demo.checks import Checks, DemoFailed
from ledgerd.cli.demo.company import COUNTRIES, CURRENCIES, PEOPLE, employees
from ledgerd.cli.demo.plan import WATCHED, plan
from ledgerd.cli.demo.upload import Lookout, upload
from ledgerd.cli.report import print_report
from ledgerd.operations.verify import Report, verify
from ledgerd.store import pool

_CENTS = CURRENCIES[WATCHED]


class Story:
    """One run against one server. `checks` gets the results of all comparisons."""

    def __init__(
        self, console: Console, client: LedgerClient, checks: Checks, *, directory: Path, data_dir: Path
    ) -> None:
        self._console = console
        self._client = client
        self._checks = checks
        self._csv = directory / "payroll.csv"
        self._data_dir = data_dir
        self._people = list(employees())
        self._plan = plan(self._people)
        self._balances: dict[str, Balance] = {}
        self._rates: list[show.Rate] = []
        self._rejection: dict[str, str] = {}
        self._monitors: dict[str, str] = {}

    async def run(self) -> None:
        """Run all steps in order. Raises DemoFailed or LedgerError where the demo cannot continue."""
        await self._open_books()
        await self._fund()
        low, empty = await self._add_monitors()
        watcher = watch_monitors(self._client, monitor_ids=[low, empty], give_up_seconds=10)
        lookout = Lookout(watcher, self._show_firing)
        async with watcher:
            await lookout.start()
            await self._pay(lookout, low)
            await self._overdraw()
            await self._pay_again()
            await self._close(lookout, empty)
            await lookout.stop()
        await self._check_firings(lookout.events, low, empty)
        paid = await self._check_amounts()
        report = await self._prove()
        self._print_tables(paid, report)

    async def _open_books(self) -> None:
        show.step(self._console, 2, f"Open the books of {PEOPLE:,} people in {len(COUNTRIES)} countries")
        began = time.perf_counter()
        ledgers = await books.create_ledgers(self._client)
        with show.bar(self._console, "people", PEOPLE) as bar:
            self._balances = await books.create_people(self._client, ledgers, self._people, bar.advance)
        self._rate("open the books", 2 * PEOPLE + len(ledgers), "creates", time.perf_counter() - began)
        show.line(self._console, f"{len(ledgers)} ledgers, {PEOPLE:,} identities, {len(self._balances):,} balances")
        wrong = [
            person.number
            for person in self._people
            if self._balances[person.number].precision != person.country.precision
        ]
        self._checks.equal("every balance has the precision of its currency", wrong, [])

    async def _fund(self) -> None:
        show.step(self._console, 3, f"Fund {PAYROLL} from {BANK}")
        await books.fund(self._client, self._plan.funds)
        sums = (f"{currency} {show.money(sum_, CURRENCIES[currency])}" for currency, sum_ in self._plan.funds.items())
        show.line(self._console, ", ".join(sorted(sums)))
        self._checks.equal(
            "the payroll balance has what was funded", await books.standing(self._client, PAYROLL), self._plan.funds
        )

    async def _add_monitors(self) -> tuple[str, str]:
        low = await books.watch_for(
            self._client,
            ComparisonOperator.COMPARISON_OPERATOR_LESS,
            self._plan.low,
            currency=WATCHED,
            description="payroll money is low",
        )
        empty = await books.watch_for(
            self._client,
            ComparisonOperator.COMPARISON_OPERATOR_LESS_OR_EQUAL,
            0,
            currency=WATCHED,
            description="payroll money is used up",
        )
        show.line(
            self._console,
            f"watching {PAYROLL} {WATCHED}: below {show.money(self._plan.low, _CENTS)}, and at zero",
        )
        return low, empty

    async def _pay(self, lookout: Lookout, low: str) -> None:
        payroll.write(self._csv, self._people, {number: balance.id for number, balance in self._balances.items()})
        rows = sum(1 for _ in payroll.read(self._csv))
        show.step(self._console, 4, f"Upload the payroll: {rows:,} rows of {self._csv}")
        self._checks.equal("the file has a row for everybody", rows, PEOPLE)
        with show.bar(self._console, "payroll", rows) as bar:
            done = await upload(self._client, self._csv, lambda summary: bar.reach(summary.operations))
            # Inside the bar, so that what the monitor says is on the screen before the bar is gone.
            await lookout.wait_for(low)
        self._rate("first upload", done.summary.operations, "rows", done.seconds)
        show.line(self._console, f"{done.summary.posted:,} rows paid, {done.rows_per_second:,} rows/s")
        self._checks.equal(
            "the first upload recorded every row",
            (done.summary.posted, done.summary.replayed, done.summary.rejected),
            (PEOPLE, 0, 0),
        )

    async def _overdraw(self) -> None:
        available = self._plan.unused[WATCHED]
        amount = available + 1
        person = next(person for person in self._people if person.country.currency == WATCHED)
        show.step(self._console, 5, "Try a bonus that is one cent more than remains")
        error = await self._rejected(f"bonus-{PERIOD}-{person.number}", person.number, amount)
        if error is None:
            self._checks.that("a payment above what remains is rejected", False, "it was paid")
            return
        found = {"reason": error.reason, **error.details}
        self._rejection = {
            "reason": error.reason,
            "requested": f"{WATCHED} {show.money(amount, _CENTS)}",
            "available": f"{WATCHED} {show.money(int(error.details.get('available', '0')), _CENTS)}",
            "message": error.message,
        }
        show.line(self._console, f"[yellow]rejected[/yellow] {escape(str(error))}")
        expected = {"reason": "INSUFFICIENT_FUNDS", "requested": str(amount), "available": str(available)}
        self._checks.equal(
            "a payment above what remains is rejected, with the numbers",
            {name: found.get(name) for name in expected},
            expected,
        )

    async def _rejected(self, reference: str, number: str, amount: int) -> Rejected | None:
        try:
            await self._client.post(
                reference,
                source=PAYROLL,
                destination=self._balances[number].id,
                currency=WATCHED,
                precise_amount=amount,
                description="Bonus",
            )
        except Rejected as error:
            return error
        return None

    async def _pay_again(self) -> None:
        show.step(self._console, 6, "Upload the same file again")
        with show.bar(self._console, "again", PEOPLE) as bar:
            done = await upload(self._client, self._csv, lambda summary: bar.reach(summary.operations))
        self._rate("same upload again", done.summary.operations, "rows", done.seconds)
        show.line(self._console, f"{done.summary.replayed:,} rows replayed, {done.summary.posted:,} paid")
        self._checks.equal(
            "the second upload replayed every row and paid nothing",
            (done.summary.posted, done.summary.replayed, done.summary.rejected),
            (0, PEOPLE, 0),
        )
        self._checks.equal(
            "what remains is what was funded less the salaries",
            await books.standing(self._client, PAYROLL),
            self._plan.unused,
        )

    async def _close(self, lookout: Lookout, empty: str) -> None:
        show.step(self._console, 7, f"Return what remains to {BANK}")
        await books.return_unused(self._client, self._plan.unused)
        # This is the last event, so all earlier events have arrived as well.
        await lookout.wait_for(empty)

    async def _check_firings(self, events: list[Event], low: str, empty: str) -> None:
        fired = [event for event in events if event.kind == EventKind.EVENT_KIND_MONITOR_FIRED]
        names = [self._monitors.get(event.monitor.monitor.id, "?") for event in fired]
        self._checks.equal(
            "each monitor fired once, in order", [event.monitor.monitor.id for event in fired], [low, empty]
        )
        self._checks.equal("nothing else was reported", len(events), len(names))
        crossing = next((event.monitor for event in fired if event.monitor.monitor.id == low), None)
        if crossing is None:
            raise DemoFailed("The monitor did not fire.")
        request = GetTransactionRequest(transaction_id=crossing.transaction_id)
        movement = (await self._client.transactions.GetTransaction(request)).transaction
        after = int(crossing.figures.balance)
        before = after + int(movement.amount.precise)
        self._checks.that(
            "it fired on the payment that crossed the threshold",
            after < self._plan.low <= before and movement.group == f"payroll-{PERIOD}",
            f"{before} → {after} at {self._plan.low}, by {movement.reference}",
        )

    async def _check_amounts(self) -> dict[str, int]:
        """Compare every person's balance with the file. Returns the received sums by country."""
        rows = {row.employee: row for row in payroll.read(self._csv)}
        got = await books.received(self._client, {number: balance.id for number, balance in self._balances.items()})
        wrong = [number for number, row in rows.items() if got.get(number) != row.minor_units]
        self._checks.equal("everybody has exactly the amount of the file", wrong, [])
        by_currency: Counter[str] = Counter()
        by_country: Counter[str] = Counter()
        sums: Counter[str] = Counter()
        for number, row in rows.items():
            sums[row.currency] += row.minor_units
            by_currency[row.currency] += got[number]
            by_country[row.country] += got[number]
        self._checks.equal("what was paid is the sum of the file, in every currency", by_currency, sums)
        self._checks.equal(
            "the payroll balance is empty in every currency",
            await books.standing(self._client, PAYROLL),
            dict.fromkeys(CURRENCIES, 0),
        )
        self._checks.equal(
            "the bank gave exactly the salaries, in every currency",
            await books.standing(self._client, BANK),
            {currency: -sums[currency] for currency in CURRENCIES},
        )
        return dict(by_country)

    async def _prove(self) -> Report:
        show.step(self._console, 8, "Prove the books from what PostgreSQL has")
        began = time.perf_counter()
        connection = await asyncpg.connect(await embedded.attach(self._data_dir))
        try:
            await pool.prepare(connection)
            report = await verify(connection)
        finally:
            await connection.close()
        self._rate("prove the books", report.transactions, "transactions", time.perf_counter() - began)
        show.line(self._console, f"{report.transactions:,} transactions read, {len(report.checks)} proofs made")
        self._checks.equal("the books and the chain hold", report.faults, [])
        self._checks.equal(
            "there is no movement and no balance too many",
            (report.transactions, report.balances),
            (PEOPLE + 2 * len(CURRENCIES), PEOPLE + 2 * len(CURRENCIES)),
        )
        return report

    def _show_firing(self, event: Event) -> None:
        told = event.monitor
        self._monitors[told.monitor.id] = told.monitor.description
        threshold = int(told.monitor.conditions[0].threshold.precise)
        show.line(
            self._console,
            f"[yellow]monitor[/yellow] {told.monitor.description}: {PAYROLL} {told.currency} at"
            f" [bold]{show.money(int(told.figures.balance), told.precision)}[/bold],"
            f" threshold {show.money(threshold, told.precision)}, by {told.transaction_id}",
        )

    def _rate(self, name: str, count: int, what: str, seconds: float) -> None:
        self._rates.append((name, count, what, seconds))

    def _print_tables(self, paid: dict[str, int], report: Report) -> None:
        employed = Counter(row.country for row in payroll.read(self._csv))
        self._console.print()
        self._console.print(show.countries_table(paid, employed))
        self._console.print(show.rates_table(self._rates))
        self._console.print(show.rejection_table(self._rejection))
        print_report(self._console, report)
