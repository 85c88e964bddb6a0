"""COPY that ends when its connection does."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import asyncpg

_ROWS_AT_ONCE = 500
_ALWAYS_TAKEN_CHARS = 8 * 1024
"""A text of so many characters is written without a wait: asyncpg waits from 64 KiB of unsent data on."""


async def copy_rows(connection: asyncpg.Connection, table: str, rows: Sequence[str], columns: Sequence[str]) -> None:
    """Write rows in PostgreSQL's text format. Raises ConnectionResetError where the connection breaks.

    asyncpg waits until the socket takes more data. If the connection breaks meanwhile, it would wait for ever.
    """
    if not rows:
        return
    if sum(map(len, rows)) <= _ALWAYS_TAKEN_CHARS:
        await connection.copy_to_table(table, source=_pieces(rows), columns=columns, format="text")
        return
    lost = asyncio.get_running_loop().create_future()

    def tell(_: object) -> None:
        if not lost.done():
            lost.set_result(None)

    connection.add_termination_listener(tell)
    copying = asyncio.ensure_future(
        connection.copy_to_table(table, source=_pieces(rows), columns=columns, format="text")
    )
    try:
        await asyncio.wait({copying, lost}, return_when=asyncio.FIRST_COMPLETED)
        if not copying.done():
            raise ConnectionResetError("the connection broke during COPY")
        await copying
    finally:
        connection.remove_termination_listener(tell)
        if not copying.done():
            copying.cancel()
            await asyncio.wait({copying})


async def _pieces(rows: Sequence[str]) -> AsyncIterator[bytes]:
    """The rows as an async iterator: asyncpg would read a file in a thread, piece by piece."""
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        yield "".join(rows[start : start + _ROWS_AT_ONCE]).encode()
