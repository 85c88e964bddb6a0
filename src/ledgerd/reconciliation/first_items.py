"""Counts and adds up any number of items, and keeps the first of them."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from ledgerd.core.model.reconciliation_statement import Listed

T = TypeVar("T")


class FirstItems(Generic[T]):
    """The order in which items are added changes nothing. Memory is bounded by twice ``items_max``."""

    def __init__(self, items_max: int, key: Callable[[T], Any]) -> None:
        self._items_max = items_max
        self._key = key
        self._count = 0
        self._total = 0
        self._items: list[T] = []

    def add(self, item: T, amount: int) -> None:
        """Count an item."""
        self._count += 1
        self._total += amount
        self._items.append(item)
        if len(self._items) > 2 * self._items_max:
            self._cut()

    def listed(self) -> Listed[T]:
        """All that was added."""
        self._cut()
        return Listed(self._count, self._total, tuple(self._items))

    def _cut(self) -> None:
        self._items.sort(key=self._key)
        del self._items[self._items_max :]
