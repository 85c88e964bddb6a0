"""Naming what a commit, void, adjustment, refund or amendment is about."""

import re

from ledgerapi.v1.operation_pb2 import TransactionTarget

_ID = re.compile(r"(txn|bat)_[0-7][0-9a-hjkmnp-tv-z]{25}")
"""A TypeID: prefix, then a UUID in 26 characters of Crockford's base 32."""


def target(named: str | TransactionTarget) -> TransactionTarget:
    """The target of an operation.

    Args:
        named: The id of a transaction (`txn_...`) or of a batch (`bat_...`); any other text is the caller's own
            reference of the transaction. A reference that has the form of such an id needs
            `TransactionTarget(reference=...)`.
    """
    if isinstance(named, TransactionTarget):
        return named
    if not isinstance(named, str):
        raise TypeError(f"a target is a str or a TransactionTarget, not {type(named).__name__}")
    found = _ID.fullmatch(named)
    if found is None:
        return TransactionTarget(reference=named)
    return TransactionTarget(transaction_id=named) if found[1] == "txn" else TransactionTarget(batch_id=named)
