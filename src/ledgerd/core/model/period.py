"""Closed periods: what is effective before a ledger's closing time takes no further movement."""

from datetime import datetime

from ledgerd.core.model.ids import LEDGER, encode_hex
from ledgerd.core.model.rejection import Reason, Rejection


def closed(ledger_key: str, requested: datetime, limit: datetime) -> Rejection:
    """The rejection of a time that lies in a closed period; what is open begins at the limit."""
    return outside(Reason.PERIOD_CLOSED, ledger_key, requested, limit)


def outside(reason: Reason, ledger_key: str, requested: datetime, limit: datetime) -> Rejection:
    """The rejection of a time beyond a ledger's limit."""
    ledger = encode_hex(LEDGER, ledger_key)
    return Rejection(reason, {"ledger": ledger, "requested": _text(requested), "limit": _text(limit)})


def _text(time: datetime) -> str:
    """RFC 3339, as the contract writes times in text. All times here are in UTC."""
    return time.replace(tzinfo=None).isoformat() + "Z"
