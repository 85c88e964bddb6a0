"""Structured logs: one JSON object a line, or readable lines on a terminal. Imports nothing of ours.

No line holds a secret or what a request says. So an exception is shown as its type, the names that PostgreSQL gives to
what rejected, and where it was raised: its message may quote a row, a request or a DSN, and so may the locals of its
frames. What libraries say is shown only as far as it is a constant of their code.
"""

import asyncio
import logging
import sys
import threading
import traceback
import warnings
from contextvars import ContextVar
from types import FrameType, TracebackType
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

call_id: ContextVar[str | None] = ContextVar("call_id", default=None)
"""The id of the request being served: the caller's x-request-id, or one of ours."""

_NAMES = ("sqlstate", "constraint_name", "table_name", "column_name", "errno")
"""What an exception may tell of itself: words of the schema and of the system, never values."""
_CHAIN_MAX = 8
_UNQUOTED = "a library has something to say"

log = structlog.get_logger()


def configure(*, level: str, as_json: bool) -> None:
    """Set up logging, once, at start."""
    render: Any = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    common: list[Processor] = [
        _add_call_id,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _show_exception if as_json else _show_exception_as_text,
    ]
    structlog.configure(
        processors=[*common, render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    # The records of libraries, which use the standard module, get the same form.
    foreign = logging.StreamHandler(sys.stderr)
    foreign.addFilter(_keep_constants)
    foreign.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_add_origin, *common],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
            use_get_message=False,
        )
    )
    logging.basicConfig(handlers=[foreign], level=logging.WARNING, force=True)
    # Its pools warn at every attempt while the database is unavailable. We log the beginning and the end of that.
    logging.getLogger("asyncpg.pool").setLevel(logging.ERROR)


def take_over() -> None:
    """Log the warnings and unhandled errors that Python would print with all values."""
    warnings.showwarning = _on_warning
    sys.unraisablehook = lambda about: log.error("an error was ignored", exc_info=about.exc_value)
    threading.excepthook = lambda about: log.error("a thread failed", exc_info=about.exc_value)


def take_over_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Log the errors that an event loop would print."""
    loop.set_exception_handler(_on_loop_error)


def describe(error: BaseException) -> list[dict[str, Any]]:
    """An exception and its causes, the last first, without a value in it."""
    described: list[dict[str, Any]] = []
    current: BaseException | None = error
    while current is not None and len(described) < _CHAIN_MAX:
        kind = type(current)
        frames = traceback.extract_tb(current.__traceback__)
        described.append(
            {
                "type": f"{kind.__module__}.{kind.__qualname__}",
                **{name: value for name in _NAMES if (value := getattr(current, name, None)) is not None},
                "frames": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
            }
        )
        if isinstance(current, BaseExceptionGroup) and current.exceptions:
            described[-1]["exceptions"] = len(current.exceptions)
            current = current.exceptions[0]
        else:
            current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return described


def describe_as_text(error: BaseException) -> str:
    """An exception and its causes as lines of text."""
    lines: list[str] = []
    for cause in describe(error):
        frames, kind = cause.pop("frames"), cause.pop("type")
        told = " ".join(f"{name}={value}" for name, value in cause.items())
        lines += [f"{kind} {told}".rstrip(), *(f"  {frame}" for frame in frames)]
    return "\n".join(lines)


def _add_call_id(logger: Any, method: str, event: EventDict) -> EventDict:
    current = call_id.get()
    if current is not None:
        event["call_id"] = current
    return event


def _show_exception(logger: Any, method: str, event: EventDict) -> EventDict:
    error = _exception(event.pop("exc_info", None))
    if error is not None:
        event["exception"] = describe(error)
    return event


def _show_exception_as_text(logger: Any, method: str, event: EventDict) -> EventDict:
    error = _exception(event.pop("exc_info", None))
    if error is not None:
        event["exception"] = describe_as_text(error)
    return event


def _exception(
    given: BaseException | tuple[type[BaseException], BaseException, TracebackType] | bool | None,
) -> BaseException | None:
    if isinstance(given, tuple):
        return given[1]
    return given if isinstance(given, BaseException) else sys.exception() if given else None


def _keep_constants(record: logging.LogRecord) -> bool:
    """Remove from a library's record all that is not a constant of the library's code."""
    frame: FrameType | None = sys._getframe()
    while frame is not None and not _made(frame, record):
        frame = frame.f_back
    if frame is None or record.msg not in frame.f_code.co_consts:
        record.msg = _UNQUOTED
    record.args = ()
    record.stack_info = None
    return True


def _made(frame: FrameType, record: logging.LogRecord) -> bool:
    code = frame.f_code
    return (code.co_filename, code.co_name, frame.f_lineno) == (record.pathname, record.funcName, record.lineno)


def _add_origin(logger: Any, method: str, event: EventDict) -> EventDict:
    record: logging.LogRecord = event["_record"]
    event["logger"] = record.name
    event["at"] = f"{record.pathname}:{record.lineno} {record.funcName}"
    return event


def _on_warning(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, *where: object, **more: object
) -> None:
    log.warning("Python warns", category=category.__name__, file=filename, line=lineno)


def _on_loop_error(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """asyncio's own handler shows tasks and callbacks, with their exceptions' messages and their arguments."""
    task = context.get("task") or context.get("future")
    name = task.get_name() if isinstance(task, asyncio.Task) else None
    event = "nobody took a task's failure" if task is not None else "a callback failed"
    log.error(event, task=name, exc_info=context.get("exception"))
