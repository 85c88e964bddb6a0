"""Reads of books that may be damaged in any way: a read that fails is a finding, not the end of the proof."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from ledgerd.operations.verify.report import Report
from ledgerd.store import errors

_TEXT_MAX_CHARS = 300
_DAMAGE = (asyncpg.PostgresError, asyncpg.InterfaceError, ArithmeticError, LookupError, TypeError, ValueError)
"""The errors of a read where a table lacks a column, or has values that the service does not write."""


@asynccontextmanager
async def guarded(connection: asyncpg.Connection, report: Report, check: str, where: str = "") -> AsyncIterator[None]:
    """Report an error of the read as a fault of the check. Raises only errors of the connection."""
    try:
        async with connection.transaction():
            yield
    except _DAMAGE as error:
        if connection.is_closed() or errors.is_passing(error):
            raise
        # The message alone: a detail would quote the row.
        text = " ".join(str(error.args[0] if error.args else error).split())[:_TEXT_MAX_CHARS]
        report.fault(check, f"{where}cannot be proved, because reading failed: {type(error).__name__}: {text}")
