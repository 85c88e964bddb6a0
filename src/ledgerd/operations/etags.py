"""Etags: what a caller has seen of a resource's settings, so that nobody writes over a change that nobody has read.

Every resource that can be edited has a revision, a column that every change of its settings raises by one, in the
same statement. It never falls and never repeats. Movements of a balance do not raise it, so an etag stays right while
money moves.
"""

import asyncpg

from ledgerd.core.model.ids import encode
from ledgerd.core.model.rejection import Reason, reject

_NOUNS = {
    "ldg": "ledger",
    "bln": "balance",
    "idt": "identity",
    "mon": "monitor",
    "src": "external_source",
    "rul": "matching_rule",
    "rst": "matching_rule_set",
    "rex": "reconciliation_exception",
}


def of(revision: int) -> str:
    """The etag of a revision, which callers compare and never read."""
    return f"r{revision:x}"


def check(prefix: str, row: asyncpg.Record, etag: str | None) -> None:
    """Raise Rejected with ETAG_MISMATCH where the caller has seen another revision of the row. The row must be locked;
    ``prefix`` is that of its ids, ``etag`` None where the caller gave none. Of the settings of the service there is one
    row, which the rejection need not name."""
    present = of(row["revision"])
    if etag is not None and etag != present:
        resource = {_NOUNS[prefix]: encode(prefix, row["id"].int)} if prefix in _NOUNS else {}
        raise reject(Reason.ETAG_MISMATCH, **resource, given=etag, etag=present)
