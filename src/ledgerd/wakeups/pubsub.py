"""Wakes other processes through Redis: PUBLISH after a tick that placed commits, SUBSCRIBE in every server.

A published message is a hint, as a NOTIFY is. It may be lost, late or wrong: PostgreSQL still sends its NOTIFY, and the
poll continues, so Redis may be empty, slow or gone at any moment. Nothing waits for Redis. An event is set when there
is something to publish: where Redis is slow, only the latest position is published.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

import redis.asyncio
import structlog
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from ledgerd.pause import pause
from ledgerd.wakeups.head import Head

log = structlog.get_logger()

STOP_SECONDS = 1.0
"""How often the loop checks for a stop. A cancellation is not enough, because some libraries suppress it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How soon an outage of Redis is noticed and overcome."""

    answer_seconds: float = 2.0
    """How long Redis may take for one answer."""
    ping_seconds: float = 2.0
    """After so long without a message, a subscription sends a ping to Redis."""
    again_seconds: float = 1.0


USUAL = Settings()


def channel(epoch: str) -> str:
    """The ledger's own channel, which other ledgers on the same Redis do not wake. An epoch names one history."""
    return f"ledgerd:head:{epoch}"


class Wakeups:
    """One Redis, by its URL. Both loops handle every error of Redis: none ends a server."""

    def __init__(self, url: str, head: Head, settings: Settings = USUAL) -> None:
        self._url = url
        self._settings = settings
        self._head = head
        self._away: set[str] = set()

    async def publish(self, placed: asyncio.Event, stop: asyncio.Event) -> None:
        """Publish the head's position whenever ``placed`` is set, until ``stop`` is."""
        while not stop.is_set():
            client = self._connect()
            try:
                while not stop.is_set():
                    await pause(placed, STOP_SECONDS)
                    if placed.is_set():
                        placed.clear()
                        place = self._head.place
                        async with asyncio.timeout(self._settings.answer_seconds):
                            await client.publish(channel(place.epoch), str(place.position))
                        self._is_back("publish")
            except Exception as error:  # noqa: BLE001  (a server that is no Redis may raise anything)
                self._is_away("publish", error)
                placed.set()
            finally:
                await _close(client, self._settings.answer_seconds)
            await pause(stop, self._settings.again_seconds)

    async def subscribe(self, stop: asyncio.Event) -> None:
        """Pass on the messages of other processes as hints, until ``stop`` is set."""
        while not stop.is_set():
            client = self._connect()
            try:
                await self._listen(client.pubsub(), self._head.place.epoch, stop)
            except Exception as error:  # noqa: BLE001  (a server that is no Redis may raise anything)
                self._is_away("subscribe", error)
                await pause(stop, self._settings.again_seconds)
            finally:
                await _close(client, self._settings.answer_seconds)

    async def _listen(self, subscription: redis.asyncio.client.PubSub, epoch: str, stop: asyncio.Event) -> None:
        """Listen as long as the journal has this epoch."""
        async with asyncio.timeout(self._settings.answer_seconds):
            await subscription.subscribe(channel(epoch))
        pinged = False
        while self._head.place.epoch == epoch and not stop.is_set():
            message = await subscription.get_message(timeout=self._settings.ping_seconds)
            if message is None:
                if pinged:
                    raise TimeoutError
                async with asyncio.timeout(self._settings.answer_seconds):
                    await subscription.ping()
                pinged = True
                continue
            pinged = False
            if message["type"] == "subscribe":
                self._is_back("subscribe")
                self._head.hint("redis")  # For messages that were lost before this subscription.
            elif message["type"] == "message" and message["data"] != str(self._head.place.position).encode():
                self._head.hint("redis")
            await asyncio.sleep(0)  # Messages that have arrived already are read without waiting.

    def _connect(self) -> redis.asyncio.Redis:
        """A client that does one thing at a time and repeats nothing automatically: the loops here do."""
        return redis.asyncio.Redis.from_url(
            self._url,
            protocol=2,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=self._settings.answer_seconds,
            socket_connect_timeout=self._settings.answer_seconds,
        )

    def _is_away(self, what: str, error: Exception) -> None:
        if not self._away:
            log.warning("redis wake-ups lost: going on without them", error=type(error).__name__)
        self._away.add(what)

    def _is_back(self, what: str) -> None:
        if what in self._away:
            self._away.remove(what)
            if not self._away:
                log.info("redis wake-ups are back")


async def _close(client: redis.asyncio.Redis, seconds: float) -> None:
    with suppress(Exception):
        async with asyncio.timeout(seconds):
            await client.aclose()
            await client.connection_pool.disconnect()
