"""The payroll as a file: written once, then read back from disk for every upload and every comparison."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from ledgerapi.v1.draft_pb2 import Draft
from ledgerd_client import draft

from ledgerd.cli.demo.books import PAYROLL, PERIOD
from ledgerd.cli.demo.company import CURRENCIES, Employee
from ledgerd.core.model.amount import decimal_text

_COLUMNS = ("employee", "country", "currency", "amount", "balance")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file. The amount is in major units, as people write it: "5120.50"."""

    employee: str
    country: str
    currency: str
    amount: str
    balance: str

    @property
    def minor_units(self) -> int:
        """The amount as the integer that the ledger must show. No float is used."""
        scaled = Decimal(self.amount) * CURRENCIES[self.currency]
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{self.employee}: {self.amount} {self.currency} has too many decimals")
        return int(scaled)


def write(path: Path, employees: Iterable[Employee], balance_ids: Mapping[str, str]) -> None:
    """Write a line for everybody who is to be paid."""
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(_COLUMNS)
        for employee in employees:
            country = employee.country
            amount = decimal_text(employee.salary, country.precision)
            lines.writerow((employee.number, country.code, country.currency, amount, balance_ids[employee.number]))


def read(path: Path) -> Iterator[Row]:
    """The lines of the file, one after the other, so that a payroll of any length needs the same memory."""
    with path.open(newline="", encoding="utf-8") as file:
        for line in csv.DictReader(file):
            yield Row(**line)


def drafts(path: Path) -> Iterator[Draft]:
    """A draft for each line of the file. The same file gives the same references, so it may be sent twice."""
    for row in read(path):
        yield draft(
            f"payroll-{PERIOD}-{row.employee}",
            source=PAYROLL,
            destination=row.balance,
            currency=row.currency,
            amount=row.amount,
            description=f"Salary {PERIOD}",
            group=f"payroll-{PERIOD}",
            tag=row.country,
            # The person's name is in the identity only: a transaction is kept for ever.
            metadata={"employee": row.employee, "period": PERIOD},
        )
