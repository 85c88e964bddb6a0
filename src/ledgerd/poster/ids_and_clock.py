"""New ids and the time, which the rules get as arguments."""

import secrets
from datetime import datetime

from ledgerd.core.model.ids import Block, encode, uuid7
from ledgerd.poster.clock import Clock


class IdsAndClock:
    """Makes ids and tells the time, both by the database's clock."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()

    def now(self) -> datetime:
        """The present time. It is never before the last time that the database's clock told."""
        return self.clock.now()

    def block(self) -> Block:
        """The ids of a new commit."""
        return Block.of(self.number())

    def number(self) -> int:
        """A new UUIDv7."""
        return uuid7(unix_ns=self.clock.now_ns(), random_bits=secrets.randbits(62))

    def id(self, prefix: str) -> str:
        """A new TypeID."""
        return encode(prefix, self.number())
