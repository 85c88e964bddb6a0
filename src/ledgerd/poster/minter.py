"""New ids and the time: the two things the rules may not fetch for themselves."""

import secrets
import time
from datetime import UTC, datetime

from ledgerd.core.ids import Block, encode, uuid7


class Minter:
    """Mints ids and tells a time that never runs backwards, whatever the clock does."""

    def __init__(self) -> None:
        self._latest = datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        """The present, but never before anything that this process has seen recorded."""
        self._latest = max(self._latest, datetime.now(UTC))
        return self._latest

    def not_before(self, seen: datetime | None) -> None:
        """Learn of a time in the database, written by a server whose clock may be ahead."""
        if seen is not None:
            self._latest = max(self._latest, seen)

    def block(self) -> Block:
        """The ids of a new commit."""
        return Block.of(self.number())

    def number(self) -> int:
        """A new UUIDv7."""
        return uuid7(unix_ns=time.time_ns(), random_bits=secrets.randbits(62))

    def id(self, prefix: str) -> str:
        """A new TypeID."""
        return encode(prefix, self.number())
