"""Tells inside this process what happens to accepted batches. Nothing depends on it: the database has the truth."""

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from ledgerd.core.model.limits import BATCH_WATCHES_MAX


class Board:
    """Wakes the worker when a batch was accepted, and the watchers of a batch when it made progress."""

    def __init__(self, listeners_max: int = BATCH_WATCHES_MAX) -> None:
        self.listeners_max = listeners_max
        """The largest number of listeners at once."""
        self.accepted = asyncio.Event()
        """Set when the worker may have something to do. The worker clears it."""
        self.received = asyncio.Event()
        """The same for the worker that reads uploads."""
        self.requested = asyncio.Event()
        """The same for the worker that reconciles."""
        self.arrived = asyncio.Event()
        """The same for the worker that does what follows from arrivals."""
        self.proposed = asyncio.Event()
        """The same for the worker that posts adjustments."""
        self.listener_count = 0
        self._listeners: dict[uuid.UUID, set[asyncio.Event]] = {}

    @contextmanager
    def listening(self, batch_id: uuid.UUID) -> Iterator[asyncio.Event]:
        """An event that is set whenever the batch changes. The listener clears it."""
        event = asyncio.Event()
        events = self._listeners.setdefault(batch_id, set())
        events.add(event)
        self.listener_count += 1
        try:
            yield event
        finally:
            self.listener_count -= 1
            events.discard(event)
            if not events and self._listeners.get(batch_id) is events:
                del self._listeners[batch_id]

    def changed(self, batch_id: uuid.UUID) -> None:
        """Tell the listeners that the batch made progress."""
        for event in self._listeners.get(batch_id, ()):
            event.set()

    def upload_ended(self) -> None:
        """Wake the workers that an upload kept waiting."""
        self.received.set()
        self.requested.set()
        self.arrived.set()

    def run_ended(self) -> None:
        """Wake the workers that go on after a run."""
        self.requested.set()
        self.arrived.set()
        self.proposed.set()

    def wake(self) -> None:
        """Wake all listeners, without a change: the server is stopping."""
        for events in self._listeners.values():
            for event in events:
                event.set()
