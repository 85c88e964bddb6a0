"""What was measured, by name: rates of repeated rounds, and the CPU seconds that they cost."""

import statistics
from dataclasses import dataclass, field
from typing import Any

from bench.load import Measured


@dataclass(slots=True)
class Figure:
    """One rate, measured in several rounds."""

    rates: list[float] = field(default_factory=list)
    work: int = 0
    server_cpu: float = 0.0
    postgres_cpu: float = 0.0
    client_cpu: float = 0.0

    def add(self, work: int, measured: Measured) -> None:
        """Count one round."""
        self.rates.append(work / measured.seconds)
        self.work += work
        self.server_cpu += measured.cpu.server
        self.postgres_cpu += measured.cpu.postgres
        self.client_cpu += measured.client_cpu

    @property
    def median(self) -> float:
        return statistics.median(self.rates)

    def cpu_us_each(self) -> dict[str, float]:
        """CPU microseconds for one row or call."""
        parts = {"server": self.server_cpu, "postgres": self.postgres_cpu, "client": self.client_cpu}
        return {name: round(seconds / self.work * 1e6, 1) for name, seconds in parts.items()}


@dataclass(slots=True)
class Figures:
    """Everything that one run measured."""

    rates: dict[str, Figure] = field(default_factory=dict)
    values: dict[str, float] = field(default_factory=dict)
    """Named figures that are not rates: delays, memory, ratios."""
    facts: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    """What is wrong with the books. Anything here makes the bench fail."""

    def rate(self, name: str) -> Figure:
        return self.rates.setdefault(name, Figure())

    def divide(self, name: str, above: str, below: str) -> None:
        """A ratio: the median over the rounds, each divided by what was measured just beside it.

        Where the divisor has several measurements a round (raw COPY has two), each round's mean counts.
        """
        rates, divisors = self.rate(above).rates, self.rate(below).rates
        each = len(divisors) // len(rates)
        pairs = zip(rates, (statistics.mean(divisors[n * each :][:each]) for n in range(len(rates))), strict=True)
        self.values[name] = statistics.median(rate / divisor for rate, divisor in pairs)
