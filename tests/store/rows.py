"""Rows that are right but for some columns, and changes of those that are there."""

import json
from typing import Any

NEW_ID = "01900000-0000-7000-8000-0000000000ff"
NOWHERE = "01900000-0000-7000-8000-00000000dead"
CLOSED = "tag = 'closed'"


def copied(table: str, where: str, **changes: Any) -> tuple[str, str]:
    """An INSERT of a row that is like another one but for some columns."""
    statement = (
        f"INSERT INTO {table} SELECT (jsonb_populate_record(t, $1::text::jsonb)).* FROM {table} t WHERE {where} LIMIT 1"
    )
    return statement, json.dumps(changes)


def movement(like: str = "posting", **changes: Any) -> tuple[str, str]:
    return copied("transactions", f"reference = '{like}'", **{"id": NEW_ID, "reference": "new", **changes})


def balance(**changes: Any) -> tuple[str, str]:
    empty = {"credit": 0, "debit": 0, "inflight_credit": 0, "inflight_debit": 0}
    return copied("balances", "indicator = '@Sales'", **{"id": NEW_ID, "indicator": "@New", **empty, **changes})


def ledger(**changes: Any) -> tuple[str, str]:
    return copied("ledgers", "true", **{"id": NEW_ID, **changes})


def of_sales(change: str) -> tuple[str]:
    return (f"UPDATE balances SET {change} WHERE indicator = '@Sales'",)


def frozen(change: str) -> tuple[str]:
    """A change of @Sales and @Payer once both are frozen."""
    names = "indicator IN ('@Sales', '@Payer')"
    return (f"UPDATE balances SET status = 'FROZEN' WHERE {names}; UPDATE balances SET {change} WHERE {names}",)


IDENTITY = (
    "INSERT INTO identities (id, identity_type, attributes, request_id, created_at, updated_at)"
    " VALUES (gen_random_uuid(), $1, '{}', $2, now(), now())"
)
VERIFICATION = (
    "WITH made AS (INSERT INTO identities (id, identity_type, attributes, created_at, updated_at)"
    " VALUES (gen_random_uuid(), 'INDIVIDUAL', '{}', now(), now()) RETURNING id)"
    " INSERT INTO identity_verifications"
    " (id, identity_id, kind, outcome, checked_at, expires_at, request_id, created_at)"
    " SELECT gen_random_uuid(), COALESCE($1::text::uuid, id), $2, $3, '2030-01-01', $4::text::timestamptz, $5, now()"
    " FROM made"
)
LINK = (
    "WITH made AS (INSERT INTO identities (id, identity_type, attributes, created_at, updated_at)"
    f" VALUES ('{NEW_ID}', 'INDIVIDUAL', '{{}}', now(), now()) ON CONFLICT DO NOTHING)"
    f" INSERT INTO transaction_identities SELECT '{NEW_ID}', COALESCE($1::text::uuid, '{NEW_ID}')"
)
MONITOR = (
    "INSERT INTO monitors (id, balance_id, conditions, trigger, request_id, created_at, updated_at)"
    " SELECT gen_random_uuid(), COALESCE($1::text::uuid, b.id), '[]', $2, $3, now(), now()"
    " FROM balances b WHERE indicator = '@Sales'"
)
CREATION = "INSERT INTO creations VALUES ($1, 'r', gen_random_uuid(), '{}', now())"


def twice(statement: str, *arguments: str) -> tuple[str]:
    """The same statement two times, for what must be unique; arguments become literals."""
    for number, argument in reversed(list(enumerate(arguments, 1))):
        statement = statement.replace(f"${number}", f"'{argument}'" if argument else "NULL")
    return (f"{statement}; {statement}",)


_FIGURES = ("version", "credit", "debit", "inflight_credit", "inflight_debit")
UNMOVED = {f"{side}_{figure}": None for side in ("source", "destination") for figure in _FIGURES}
DEFERRED = {"status": "QUEUED", "deferred_as": "QUEUED", "created_at": "2030-01-01", "recorded_at": None, **UNMOVED}


def deferred(**changes: Any) -> tuple[str, str]:
    """A deferred movement, but for some columns."""
    return movement(**{**DEFERRED, **changes})


def leg(**changes: Any) -> tuple[str, str]:
    """A leg of a split, but for some columns."""
    return movement(**{"reference": None, "header_id": NOWHERE, "parent_id": NOWHERE, **changes})


def split(request: str | None = None, **changes: Any) -> tuple[str, str]:
    """A deferred split that asked for this."""
    return deferred(kind="SPLIT", request_json=request, **changes)


_LATE = '{"sources": [{"part": "left"}, {"part": "available 5"}]}'
_APPLIED = {"status": "APPLIED", "recorded_at": "2030-01-02"}
WITH_THEIR_LEGS = [
    split(_LATE),
    split('{"available": {}}', amount=None, takes_remainder=True),
    split('{"destinations": []}', leg_count=2),
    split(_LATE, leg_count=2, **_APPLIED),
]
"""Splits that take what is available get their legs when they are applied, and all others at once."""
WITH_WRONG_LEGS = [
    movement(kind="SPLIT", **UNMOVED),
    split(),
    split('{"sources": [{"part": "left"}]}'),
    split(_LATE, leg_count=2),
    split(_LATE, **_APPLIED),
]


def run(**changes: Any) -> tuple[str, str]:
    """A batch of two operations that was accepted, but for some columns."""
    accepted = {
        "id": NEW_ID,
        "mode": "ATOMIC",
        "status": "ACCEPTED",
        "payload": "\\x00",
        "operations": 2,
        "next_index": 0,
    }
    counts = {"posted": 0, "replayed": 0, "rejected": 0, "accepted_at": "2030-01-01"}
    return (
        "INSERT INTO batch_runs SELECT (jsonb_populate_record(NULL::batch_runs, $1::text::jsonb)).*",
        json.dumps({**accepted, **counts, **changes}),
    )


def rejected_batch(**changes: Any) -> tuple[str, str]:
    """An atomic batch of two operations that was rejected, but for some columns."""
    return copied("batches", "true", **{"id": NEW_ID, "posted": 0, "rejected": 2, "rejection": "{}", **changes})


REJECTED_OPERATION = f"INSERT INTO batch_rejections VALUES ('{NOWHERE}', $1::text::int, 'r', $2)"
