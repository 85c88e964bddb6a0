"""What AdminService shows: the settings of the service, and the closed period of a ledger."""

from datetime import UTC, datetime

import asyncpg
from ledgerapi.v1 import period_pb2, service_settings_pb2

from ledgerd.core.model import ids
from ledgerd.operations import etags
from ledgerd.wire import encode

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""The time of a change that was not made yet."""


def service_settings(row: asyncpg.Record) -> service_settings_pb2.ServiceSettings:
    """The settings of the service, from their row."""
    message = service_settings_pb2.ServiceSettings(
        default_currency=row["default_currency"] or "", etag=etags.of(row["revision"])
    )
    if row["updated_at"] > _NEVER:
        message.update_time.CopyFrom(encode.time(row["updated_at"]))
    return message


def period(row: asyncpg.Record) -> period_pb2.Period:
    """The closed period of a ledger, from the ledger's row."""
    closed = row["closed_before"]
    return period_pb2.Period(
        ledger_id=ids.encode(ids.LEDGER, row["id"].int),
        closed_before=None if closed is None else encode.time(closed),
        etag=etags.of(row["revision"]),
    )
