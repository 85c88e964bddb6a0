"""What happens to accepted batches, told inside this process. Nothing depends on it: the database knows."""

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from ledgerd.core.model.limits import BATCH_WATCHES_MAX


class Board:
    """Wakes the worker when a batch was accepted, and those who watch a batch when it got further."""

    def __init__(self, listeners_max: int = BATCH_WATCHES_MAX) -> None:
        self.listeners_max = listeners_max
        """How many may listen at once."""
        self.accepted = asyncio.Event()
        """Set when there may be something to do for the worker, who clears it."""
        self.listener_count = 0
        self._listeners: dict[uuid.UUID, set[asyncio.Event]] = {}

    @contextmanager
    def listening(self, batch_id: uuid.UUID) -> Iterator[asyncio.Event]:
        """An event that is set whenever the batch changes; whoever listens clears it."""
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
        """Tell who listens that the batch got further."""
        for event in self._listeners.get(batch_id, ()):
            event.set()

    def wake(self) -> None:
        """Wake everyone who listens, without a change: the server is stopping."""
        for events in self._listeners.values():
            for event in events:
                event.set()
