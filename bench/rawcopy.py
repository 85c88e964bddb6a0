"""The yardstick of bulk posting: raw binary COPY into a table whose definition is frozen.

The rows are encoded before the clock starts, 1,000 go into each commit, over one connection: nothing
is decided, looked up, locked, digested or answered. ``frozen.sql`` says what the table leaves out.
"""

import io
import os
import random
import struct
import time
import uuid
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import asyncpg

from bench.plan import CHUNK_ROWS

_TABLE_SQL = Path(__file__).with_name("frozen.sql")
_COLUMNS = 35
_SIGNATURE = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER = b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
_POSTGRES_EPOCH_S = 946_684_800


class FrozenTable:
    """Makes realistic rows for the frozen table and copies them in."""

    def __init__(self, connection: asyncpg.Connection, balance_ids: Sequence[uuid.UUID]) -> None:
        self._connection = connection
        self._random = random.Random()
        self._balances = [_Totals(_field(balance_id.bytes)) for balance_id in balance_ids]

    async def create(self) -> None:
        """Create the table."""
        await self._connection.execute(_TABLE_SQL.read_text(encoding="utf-8"))

    def encode(self, rows: int) -> list[bytes]:
        """New rows as ready payloads, one for each commit."""
        return [self._payload(CHUNK_ROWS) for _ in range(rows // CHUNK_ROWS)]

    async def copy(self, payloads: Sequence[bytes]) -> float:
        """Copy the payloads, one a commit. Returns the seconds it took."""
        begun = time.perf_counter()
        for payload in payloads:
            await self._connection.execute("BEGIN")
            await self._connection.copy_to_table(
                "frozen_transactions", schema_name="bench", source=io.BytesIO(payload), format="binary"
            )
            await self._connection.execute("COMMIT")
        return time.perf_counter() - begun

    def _payload(self, rows: int) -> bytes:
        """The ids of one commit share their first 104 bits and count up, as those of the service do."""
        now_ms = time.time_ns() // 1_000_000
        prefix = now_ms.to_bytes(6, "big") + b"\x70" + os.urandom(1) + b"\x80" + os.urandom(4)
        now = _field(struct.pack("!q", time.time_ns() // 1_000 - _POSTGRES_EPOCH_S * 1_000_000))
        lines = [self._row(prefix + ordinal.to_bytes(3, "big"), now) for ordinal in range(1, rows + 1)]
        return b"".join([_SIGNATURE, *lines, _TRAILER])

    def _row(self, row_id: bytes, now: bytes) -> bytes:
        amount = self._random.randrange(1, 10_000_000)
        source, destination = self._random.sample(self._balances, 2)
        source.move(debit=amount)
        destination.move(credit=amount)
        reference = self._random.randbytes(12).hex().encode()
        parts = (_HEAD, row_id, _field(reference), _KIND, _numeric(amount), source.fields(), destination.fields())
        return b"".join((*parts, _OPTIONS, now, now, _REST))


class _Totals:
    """What a row shows of one side: id, version and running totals."""

    __slots__ = ("_credit", "_debit", "_id", "_version")

    def __init__(self, balance_id: bytes) -> None:
        self._id = balance_id
        self._version = self._credit = self._debit = 0

    def move(self, *, credit: int = 0, debit: int = 0) -> None:
        self._version += 1
        self._credit += credit
        self._debit += debit

    def fields(self) -> bytes:
        version = _field(self._version.to_bytes(8, "big"))
        return b"".join((self._id, version, _numeric(self._credit), _numeric(self._debit), _ZERO, _ZERO))


def _field(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value


def _numeric(value: int) -> bytes:
    """A non-negative integer as PostgreSQL's binary numeric, with its length."""
    digits = []
    while value:
        value, digit = divmod(value, 10_000)
        digits.append(digit)
    count = len(digits)
    return _numeric_form(count).pack(8 + 2 * count, count, max(count - 1, 0), 0, 0, *reversed(digits))


@cache
def _numeric_form(digits: int) -> struct.Struct:
    """Length, digit count, weight, sign, scale, digits of base 10,000."""
    return struct.Struct(f"!iHhHH{digits}H")


_ZERO = _numeric(0)
_HEAD = _COLUMNS.to_bytes(2, "big") + (16).to_bytes(4, "big")
_KIND = _field(b"POSTING") + _field(b"USD") + _field((100).to_bytes(8, "big"))
_OPTIONS = _field(b"\x01") + 9 * _NULL
_REST = 2 * _NULL + _field(b"APPLIED") + 2 * _NULL
