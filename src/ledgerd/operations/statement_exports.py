"""Reconciliations as files: CSV, JSON lines, and the report as a page. Memory does not grow with the rows."""

import asyncio
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ledgerd.access.caller import Caller
from ledgerd.core.model.ids import EXTERNAL_SOURCE, RECONCILIATION_STATEMENT, encode
from ledgerd.core.model.reconciliation_statement import Matched, Standing
from ledgerd.core.model.rejection import Reason, reject
from ledgerd.operations import reconciliation_statements
from ledgerd.operations.engine import Engine
from ledgerd.operations.reconciliation_statements import NARROWED_BY, StatementRequest
from ledgerd.reconciliation import export_tables as tables
from ledgerd.reconciliation.export import PIECE_ROWS, ExportFormat, ExportRow, Writer
from ledgerd.reconciliation.report.page import Report, write_page
from ledgerd.reconciliation.statement_loading import Books
from ledgerd.store import session
from ledgerd.store.kept_statements import KeptStatement

CHUNK_BYTES = 65_536
AHEAD_CHUNKS = 8
"""So many chunks are read ahead of the client."""
PATIENCE_SECONDS = 30
"""How long the client may take nothing before its export ends, which holds a snapshot."""
_COLUMNS = {"MATCHES": tables.MATCHES, "UNMATCHED_ROWS": tables.UNMATCHED}


class Content(StrEnum):
    """What is in a file."""

    STATEMENT = "STATEMENT"
    MATCHES = "MATCHES"
    UNMATCHED_ROWS = "UNMATCHED_ROWS"


class FileFormat(StrEnum):
    """How a file is written."""

    CSV = "CSV"
    JSON_LINES = "JSON_LINES"
    HTML = "HTML"


_ENDINGS = {
    FileFormat.CSV: ("csv", "text/csv; charset=utf-8; header=present"),
    FileFormat.JSON_LINES: ("jsonl", "application/jsonl"),
    FileFormat.HTML: ("html", "text/html; charset=utf-8"),
}
"""The ending and the media type of each format."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """A file as requested: of a kept statement, or of what is drawn up now. Rows are of what is drawn up now, and no
    page of HTML."""

    about: uuid.UUID | StatementRequest
    content: Content
    written_as: FileFormat


@dataclass(frozen=True, slots=True)
class Export:
    """A file: its name, its media type, and its bytes in chunks."""

    name: str
    media_type: str
    chunks: AsyncGenerator[bytes, None]


async def export(engine: Engine, caller: Caller, request: ExportRequest) -> Export:
    """The file. What is rejected about rows is raised with the first chunk.

    Raises Rejected: RECONCILIATION_STATEMENT_NOT_FOUND, EXTERNAL_SOURCE_NOT_FOUND, CURRENCY_NOT_IN_EXTERNAL_SOURCE,
    READ_TOO_COSTLY.
    """
    if isinstance(request.about, uuid.UUID):
        kept = await reconciliation_statements.get_whole(engine, caller, request.about)
        name = encode(RECONCILIATION_STATEMENT, request.about.int)
    else:
        name = encode(EXTERNAL_SOURCE, request.about.source_id.int)
        if request.content is not Content.STATEMENT:
            chunks = _rows(engine, caller, request.about, request)
            return _export(request, name, request.about.currency, request.about.day, chunks)
        kept = await reconciliation_statements.preview(engine, caller, request.about)
    scope = kept.drawn.statement.scope
    return _export(request, name, scope.currency, scope.day, _statement(engine, kept, request.written_as))


def _export(
    request: ExportRequest, subject: str, currency: str, day: date, chunks: AsyncGenerator[bytes, None]
) -> Export:
    ending, media_type = _ENDINGS[request.written_as]
    kind = request.content.lower().replace("_", "-")
    return Export(f"{kind}-{subject}-{currency}-{day}.{ending}", media_type, chunks)


async def _statement(engine: Engine, kept: KeptStatement, written_as: FileFormat) -> AsyncGenerator[bytes, None]:
    statement = kept.drawn.statement
    if written_as is FileFormat.HTML:
        made_at = kept.created_at or engine.ids_and_clock.now()
        pieces = write_page(Report(source_name=statement.scope.source_name, statements=(statement,), made_at=made_at))
    else:
        pieces = Writer(tables.STATEMENT, _format(written_as)).pieces(tables.statement_rows(statement))
    for chunk in _chunked(pieces):
        yield chunk


async def _rows(
    engine: Engine, caller: Caller, about: StatementRequest, request: ExportRequest
) -> AsyncGenerator[bytes, None]:
    """All rows of both sides up to the day that are in a match, or in none."""
    queue: asyncio.Queue[bytes] = asyncio.Queue(AHEAD_CHUNKS)
    reading = asyncio.create_task(_read_rows(engine, caller, about, request, queue))
    try:
        while (chunk := await _next(queue, reading)) is not None:
            yield chunk
        await reading
    finally:
        reading.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await reading


async def _next(queue: asyncio.Queue[bytes], reading: asyncio.Task[None]) -> bytes | None:
    """The next chunk; None where the reading has ended and nothing is left of it."""
    getting = asyncio.ensure_future(queue.get())
    try:
        await asyncio.wait({getting, reading}, return_when=asyncio.FIRST_COMPLETED)
        return getting.result() if getting.done() else None
    finally:
        getting.cancel()


async def _read_rows(
    engine: Engine,
    caller: Caller,
    about: StatementRequest,
    request: ExportRequest,
    queue: asyncio.Queue[bytes],
) -> None:
    async with reconciliation_statements.open_books(engine, caller, about) as books:
        await session.allow_idle(books.connection, 2 * PATIENCE_SECONDS)
        buffered = bytearray()
        async with aclosing(_pieces(books, request)) as pieces:
            async for piece in pieces:
                buffered += piece
                while len(buffered) >= CHUNK_BYTES:
                    await _put(queue, bytes(buffered[:CHUNK_BYTES]))
                    del buffered[:CHUNK_BYTES]
        if buffered:
            await _put(queue, bytes(buffered))


async def _put(queue: asyncio.Queue[bytes], chunk: bytes) -> None:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await queue.put(chunk)
    except TimeoutError:
        raise reject(Reason.READ_TOO_COSTLY, cause="time", field=NARROWED_BY, limit_seconds=PATIENCE_SECONDS) from None


async def _pieces(books: Books, request: ExportRequest) -> AsyncGenerator[bytes, None]:
    writer = Writer(_COLUMNS[request.content], _format(request.written_as))
    yield writer.begin()
    rows: list[ExportRow] = []
    standings: AsyncIterator[Standing] = books.standings()
    async for standing in standings:
        rows += _rows_of(standing, books, request.content)
        if len(rows) >= PIECE_ROWS:
            yield writer.rows(rows)
            rows = []
    yield writer.rows(rows)


def _rows_of(standing: Standing, books: Books, content: Content) -> Iterable[ExportRow]:
    scope = books.scope
    if isinstance(standing, Matched):
        if content is Content.MATCHES and any(row.day <= scope.day for row in standing.rows):
            yield from tables.match_rows(standing, scope.currency, scope.precision)
    elif content is Content.UNMATCHED_ROWS and standing.row.day <= scope.day:
        yield tables.unmatched_row(standing, scope.currency, scope.precision)


def _chunked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    buffered = bytearray()
    for piece in pieces:
        buffered += piece
        while len(buffered) >= CHUNK_BYTES:
            yield bytes(buffered[:CHUNK_BYTES])
            del buffered[:CHUNK_BYTES]
    if buffered:
        yield bytes(buffered)


def _format(written_as: FileFormat) -> ExportFormat:
    return ExportFormat.CSV if written_as is FileFormat.CSV else ExportFormat.JSONL
