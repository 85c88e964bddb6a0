"""How much money the payroll needs, and the threshold for a monitor of the remaining money."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from ledgerd.cli.demo.company import CURRENCIES, Employee

WATCHED = "USD"
"""The currency whose payroll balance is watched, and in which one payment too many is tried."""

_RESERVE_PERCENT = 4
_LOW_PERCENT = 25
_ROUND_TO = 1_000


@dataclass(frozen=True, slots=True)
class Plan:
    """Sums in minor units, by currency."""

    salaries: dict[str, int]
    funds: dict[str, int]
    """The salaries and a reserve, in round figures."""
    low: int
    """The threshold of the monitor, in WATCHED."""

    @property
    def unused(self) -> dict[str, int]:
        """The sums that must remain when everybody is paid."""
        return {currency: self.funds[currency] - needed for currency, needed in self.salaries.items()}


def plan(employees: Iterable[Employee]) -> Plan:
    """The plan for these people."""
    salaries: Counter[str] = Counter()
    for employee in employees:
        salaries[employee.country.currency] += employee.salary
    funds = {
        currency: _rounded_up(needed * (100 + _RESERVE_PERCENT) // 100, CURRENCIES[currency])
        for currency, needed in salaries.items()
    }
    return Plan(dict(salaries), funds, _rounded_up(funds[WATCHED] * _LOW_PERCENT // 100, CURRENCIES[WATCHED]))


def _rounded_up(minor: int, precision: int) -> int:
    unit = _ROUND_TO * precision
    return -(-minor // unit) * unit
