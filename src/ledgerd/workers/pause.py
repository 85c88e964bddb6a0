"""Waiting between two rounds of a worker."""

import asyncio


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait for so long, or until stop is set."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        pass
