"""Payloads of the events about reconciliation statements, as JSON."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from ledgerd.core.model.event import EventKind
from ledgerd.core.model.statement_events import StatementChanged


def _read(plain: Mapping[str, Any]) -> StatementChanged:
    return StatementChanged(**{field.name: plain[field.name] for field in fields(StatementChanged)})


READERS: Mapping[EventKind, Callable[[Mapping[str, Any]], StatementChanged]] = {
    EventKind.RECONCILIATION_STATEMENT_CREATED: _read,
    EventKind.RECONCILIATION_STATEMENT_CONFIRMED: _read,
}
