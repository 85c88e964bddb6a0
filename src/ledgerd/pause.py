"""Waiting for an event, but not for ever. Imports nothing of ours."""

import asyncio
from contextlib import suppress


async def pause(event: asyncio.Event, seconds: float) -> None:
    """Wait for so long, or until the event is set."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
