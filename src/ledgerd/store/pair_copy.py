"""Writes pairs of a run by the hundred thousand, in PostgreSQL's binary format of COPY.

Source of the format: the PostgreSQL documentation of COPY, "Binary Format". Every column of a pair has a fixed width,
so that whole columns are written at once.
"""

import uuid
from collections.abc import AsyncIterator

import asyncpg
import numpy as np
from numpy.typing import NDArray

_COLUMNS = [
    "reconciliation_id",
    "number",
    "level",
    "record_number",
    "transaction_id",
    "balance_id",
    "drift",
    "distance",
]
_WIDTHS = [16, 4, 2, 8, 16, 16, 8, 8]
_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
_PIECE_ROWS = 10_000
_KEY_BYTES = 16
_ROW = np.dtype(
    [("fields", ">i2")]
    + [
        pair
        for name, width in zip(_COLUMNS, _WIDTHS, strict=True)
        for pair in ((f"{name}_bytes", ">i4"), (name, f"V{width}"))
    ]
)


async def copy_pairs(
    connection: asyncpg.Connection,
    reconciliation_id: uuid.UUID,
    level: int,
    numbers: NDArray[np.int32],
    records: NDArray[np.uint8],
    entries: NDArray[np.uint8],
    distances: NDArray[np.int64],
) -> None:
    """Write matches of one record with one entry and without drift, each with its number.

    ``records`` has the eight bytes of each record's number, ``entries`` the 32 bytes of transaction and balance.
    """

    async def pieces() -> AsyncIterator[bytes]:
        yield _SIGNATURE
        for begin in range(0, len(records), _PIECE_ROWS):
            end = min(begin + _PIECE_ROWS, len(records))
            rows = np.zeros(end - begin, _ROW)
            rows["fields"] = len(_COLUMNS)
            for name, width in zip(_COLUMNS, _WIDTHS, strict=True):
                rows[f"{name}_bytes"] = width
            rows["reconciliation_id"] = np.void(reconciliation_id.bytes)
            rows["number"] = numbers[begin:end].astype(">i4").view("V4")
            rows["level"] = np.full(end - begin, level, ">i2").view("V2")
            rows["record_number"] = _void(records[begin:end])
            rows["transaction_id"] = _void(entries[begin:end, :_KEY_BYTES])
            rows["balance_id"] = _void(entries[begin:end, _KEY_BYTES:])
            rows["distance"] = distances[begin:end].astype(">i8").view("V8")
            yield rows.tobytes()
        yield _END

    await connection.copy_to_table("matches", source=pieces(), columns=_COLUMNS, format="binary")


def _void(columns: NDArray[np.uint8]) -> NDArray[np.void]:
    whole = np.ascontiguousarray(columns)
    return whole.view(f"V{whole.shape[1]}").ravel()
