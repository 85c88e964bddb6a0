"""Structured logs: one JSON object a line, or readable lines on a terminal."""

import logging
import sys
from contextvars import ContextVar
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The id of the request being served: the caller's x-request-id, or one of ours."""


def configure(*, level: str, as_json: bool) -> None:
    """Set up logging, once, at start."""
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    )
    exceptions: Processor = structlog.processors.dict_tracebacks if as_json else _keep
    # What libraries say by the standard module goes out in the same form.
    logging.basicConfig(handlers=[_Forward()], level=logging.WARNING, force=True)
    structlog.configure(
        processors=[
            _add_request_id,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            exceptions,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )


class _Forward(logging.Handler):
    """Hands a record of the standard module to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger(record.name).log(record.levelno, record.getMessage(), exc_info=record.exc_info)


def _add_request_id(logger: Any, method: str, event: EventDict) -> EventDict:
    current = request_id.get()
    if current is not None:
        event["request_id"] = current
    return event


def _keep(logger: Any, method: str, event: EventDict) -> EventDict:
    return event
