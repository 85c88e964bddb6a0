"""The company that is paid: its countries, its people and what each of them earns. The same at every run."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

_SEED = 20_260_131


@dataclass(frozen=True, slots=True)
class Country:
    """Where people are paid, in which currency, and how much a month."""

    code: str
    name: str
    currency: str
    decimals: int
    """Digits after the point in this currency: 2 for cents, 0 for yen."""
    people: int
    lowest: int
    """The lowest salary in major units; the highest is three times as much."""

    @property
    def precision(self) -> int:
        """Minor units per major unit."""
        return int(10**self.decimals)


@dataclass(frozen=True, slots=True)
class Employee:
    """One person on the payroll."""

    number: str
    first_name: str
    last_name: str
    country: Country
    salary: int
    """A month's pay in minor units."""


COUNTRIES = (
    Country("BR", "Brazil", "BRL", 2, 180, 4_200),
    Country("CH", "Switzerland", "CHF", 2, 90, 5_100),
    Country("DE", "Germany", "EUR", 2, 340, 3_100),
    Country("FR", "France", "EUR", 2, 260, 2_700),
    Country("GB", "United Kingdom", "GBP", 2, 310, 2_600),
    Country("IN", "India", "INR", 2, 380, 61_000),
    Country("IT", "Italy", "EUR", 2, 220, 2_300),
    Country("JP", "Japan", "JPY", 0, 240, 310_000),
    Country("KW", "Kuwait", "KWD", 3, 60, 900),
    Country("NG", "Nigeria", "NGN", 2, 210, 480_000),
    Country("TN", "Tunisia", "TND", 3, 90, 1_800),
    Country("US", "United States", "USD", 2, 620, 4_300),
)
PEOPLE = sum(country.people for country in COUNTRIES)
CURRENCIES = {country.currency: country.precision for country in COUNTRIES}
"""Minor units per major unit, by currency."""

_FIRST_NAMES = (
    "Adaeze Akira Amelia Anja Arjun Bilal Camila Chiara Claire Daniel Diego Elif Emeka Farah Felix Giulia Hana Hugo "
    "Ines Isabel Jonas Kavya Kenji Lea Leila Luca Mariam Mateus Nadia Noah Olivia Omar Priya Rafael Salma Sofia "
    "Tomas Urs Yasmin Yuki"
).split()
_LAST_NAMES = (
    "Adeyemi Almeida Baker Bauer Ben-Salah Bianchi Carter Costa Das Dubois Evans Ferrari Fischer Garcia Haddad Hughes "
    "Iyer Jones Keller Khan Laurent Lopez Mehta Meier Mori Morel Nakamura Novak Okafor Patel Ricci Rossi Santos Sato "
    "Schmid Silva Tanaka Trabelsi Walker Wells"
).split()


def employees() -> Iterator[Employee]:
    """Everybody, in a shuffled order: a payroll is seldom sorted by country."""
    chance = random.Random(_SEED)
    places = [country for country in COUNTRIES for _ in range(country.people)]
    chance.shuffle(places)
    for number, country in enumerate(places, start=1):
        lowest = country.lowest * country.precision
        yield Employee(
            number=f"E{number:04}",
            first_name=chance.choice(_FIRST_NAMES),
            last_name=chance.choice(_LAST_NAMES),
            country=country,
            salary=chance.randint(lowest, 3 * lowest),
        )
