"""Opening the company's books: ledgers, people, balances, and the money to pay them with."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from ledgerapi.v1.balance_pb2 import Balance, IndicatorKey
from ledgerapi.v1.identity_pb2 import Identity, Individual
from ledgerapi.v1.identity_service_pb2 import BatchCreateIdentitiesRequest, CreateIdentityRequest
from ledgerapi.v1.ledger_pb2 import Ledger
from ledgerapi.v1.ledger_service_pb2 import BatchGetBalancesRequest, CreateLedgerRequest
from ledgerapi.v1.monitor_pb2 import ComparisonOperator, Monitor, MonitorCondition, MonitorField
from ledgerapi.v1.monitor_service_pb2 import CreateMonitorRequest
from ledgerd_client import LedgerClient

from ledgerd.cli.demo.company import COUNTRIES, CURRENCIES, Employee
from ledgerd.core.model.amount import decimal_text

PAYROLL = "@PayrollBalance"
BANK = "@BankDeposits"
PERIOD = "2026-01"

_CREATED_AT_ONCE = 250
_GET_AT_ONCE = 1_000


async def create_ledgers(client: LedgerClient) -> dict[str, str]:
    """A ledger for each country; their ids by the country's code."""

    async def create(code: str, name: str) -> tuple[str, str]:
        request = CreateLedgerRequest(ledger=Ledger(name=f"Payroll {name}"), request_id=f"ledger-{code}")
        return code, (await client.ledgers.CreateLedger(request)).ledger.id

    return dict(await asyncio.gather(*(create(country.code, country.name) for country in COUNTRIES)))


async def create_people(
    client: LedgerClient, ledgers: Mapping[str, str], people: Sequence[Employee], on_created: Callable[[int], None]
) -> dict[str, Balance]:
    """An identity and a balance for everybody, many with each call; the balances by employee number."""
    batches = [people[start : start + _CREATED_AT_ONCE] for start in range(0, len(people), _CREATED_AT_ONCE)]

    async def create(number: int, batch: Sequence[Employee]) -> list[Balance]:
        requests = [_person(employee, ledgers[employee.country.code]) for employee in batch]
        request = BatchCreateIdentitiesRequest(requests=requests, request_id=f"people-{number}")
        response = await client.identities.BatchCreateIdentities(request)
        on_created(len(batch))
        return list(response.balances)

    created = await asyncio.gather(*(create(number, batch) for number, batch in enumerate(batches)))
    balances = (balance for batch in created for balance in batch)
    return dict(zip((employee.number for employee in people), balances, strict=True))


def _person(employee: Employee, ledger_id: str) -> CreateIdentityRequest:
    """One person, with a balance for the salary."""
    country = employee.country
    who = Individual(first_name=employee.first_name, last_name=employee.last_name, nationality=country.code)
    # The service chooses the precision: it knows that yen have no decimals and dinars three.
    salary = Balance(ledger_id=ledger_id, currency=country.currency, group=country.code, tag="salary")
    identity = Identity(individual=who, category="employee", country=country.code)
    return CreateIdentityRequest(identity=identity, balances=[salary])


async def fund(client: LedgerClient, amounts: Mapping[str, int]) -> None:
    """Move what the payroll needs from the bank to the payroll balance, in each currency."""

    async def deposit(currency: str, amount: int) -> None:
        await client.post(
            f"funding-{PERIOD}-{currency}",
            source=BANK,
            destination=PAYROLL,
            currency=currency,
            precise_amount=amount,
            # The bank's debt to the company is outside of these books, so this side may go below zero.
            allow_overdraft=True,
            description=f"Funds for the payroll of {PERIOD}",
        )

    await asyncio.gather(*(deposit(currency, amount) for currency, amount in amounts.items()))


async def return_unused(client: LedgerClient, amounts: Mapping[str, int]) -> None:
    """Move the unused money back to the bank, in each currency."""

    async def withdraw(currency: str, amount: int) -> None:
        await client.post(
            f"unused-{PERIOD}-{currency}",
            source=PAYROLL,
            destination=BANK,
            currency=currency,
            precise_amount=amount,
            description=f"Not needed for the payroll of {PERIOD}",
        )

    await asyncio.gather(*(withdraw(currency, amount) for currency, amount in amounts.items()))


async def watch_for(
    client: LedgerClient, operator: ComparisonOperator, threshold: int, *, currency: str, description: str
) -> str:
    """A monitor on what remains on the payroll balance of a currency; its id."""
    condition = MonitorCondition(
        field=MonitorField.MONITOR_FIELD_BALANCE,
        operator=operator,
        threshold={"decimal": decimal_text(threshold, CURRENCIES[currency])},
    )
    request = CreateMonitorRequest(
        monitor=Monitor(conditions=[condition], description=description),
        indicator_key=IndicatorKey(indicator=PAYROLL, currency=currency),
        request_id=f"monitor-{currency}-{threshold}",
    )
    return (await client.monitors.CreateMonitor(request)).monitor.id


async def received(client: LedgerClient, balance_ids: Mapping[str, str]) -> dict[str, int]:
    """The credits of each balance, in minor units, by the key under which its id is given."""
    keys = {balance_id: key for key, balance_id in balance_ids.items()}
    ids = list(keys)
    sums: dict[str, int] = {}
    for begin in range(0, len(ids), _GET_AT_ONCE):
        request = BatchGetBalancesRequest(balance_ids=ids[begin : begin + _GET_AT_ONCE])
        for balance in (await client.ledgers.BatchGetBalances(request)).balances:
            sums[keys[balance.id]] = int(balance.figures.credit_balance)
    return sums


async def standing(client: LedgerClient, indicator: str) -> dict[str, int]:
    """The balance of an internal balance, in minor units, by currency."""

    async def read(currency: str) -> tuple[str, int]:
        return currency, int((await client.get_balance((indicator, currency))).figures.balance)

    return dict(await asyncio.gather(*(read(currency) for currency in CURRENCIES)))
