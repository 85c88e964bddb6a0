"""Records and entries as rows of their tables, written without the service: what runs read."""

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import asyncpg

from ledgerd.core.model.matching_rule import MatchingRule
from ledgerd.reconciliation.spec import RunSpec
from tests.store.upload_rows import SOURCE, UPLOAD, insert

BANK, OTHER = (uuid.UUID(f"01900000-0000-7000-8000-00000000000{number}") for number in (1, 2))
GENERAL = "00000000-0000-7000-8000-000000000001"


@dataclass(frozen=True, kw_only=True)
class StoredRecord:
    amount: int
    booking_date: date | None = None
    value_date: date | None = None
    booked_at: datetime | None = None
    references: Sequence[str] = ()
    description: str | None = None
    group_key: str | None = None
    currency: str = "EUR"


@dataclass(frozen=True, kw_only=True)
class StoredEntry:
    """A movement of the bank's balance; what it received is positive."""

    amount: int
    recorded_at: datetime
    effective_at: datetime | None = None
    reference: str
    references: str | None = None
    description: str | None = None
    group_name: str | None = None


async def store(
    connection: asyncpg.Connection, records: Iterable[StoredRecord], entries: Iterable[StoredEntry]
) -> None:
    """Write rows of one source and of the balance that it corresponds to."""
    moment, at = "now()", {"created_at": "now()", "updated_at": "now()"}
    await connection.execute(
        insert(
            "external_sources",
            {"id": f"'{SOURCE}'", "name": "'Bank'", "time_zone": "'UTC'", "sign_convention": "'MONEY_IN_IS_CREDIT'",
             "settlement_window": "'{\"days\": 0}'", **at},
        )
    )  # fmt: skip
    await connection.execute(
        insert(
            "uploads",
            {"id": f"'{UPLOAD}'", "source_id": f"'{SOURCE}'", "content": "'FILE'", "fault_policy": "'KEEP_GOOD'",
             "created_at": moment, "received_at": moment},
        )
    )  # fmt: skip
    for balance in (BANK, OTHER):
        columns = {"id": f"'{balance}'", "ledger_id": f"'{GENERAL}'", "currency": "'EUR'", "precision": 100}
        await connection.execute(insert("balances", {**columns, "moved_at": moment, **at}))
    for number, record in enumerate(records, 1):
        await connection.execute(
            "INSERT INTO external_records (source_id, upload_id, ordinal, key, digest, amount, currency, precision,"
            " booking_date, value_date, booked_at, reference_texts, description, group_key, kind, payments, line,"
            " created_at) VALUES ($1, $2, $3, ($3::bigint)::text, 'x', $4, $5, 100, $6, $7, $8, $9, $10, $11,"
            " 'MOVEMENT', 1, 1, now())",
            uuid.UUID(SOURCE), uuid.UUID(UPLOAD), number, record.amount, record.currency, record.booking_date,
            record.value_date, record.booked_at, list(record.references), record.description, record.group_key,
        )  # fmt: skip
    for version, entry in enumerate(entries, 1):
        sides = (OTHER, BANK) if entry.amount > 0 else (BANK, OTHER)
        await connection.execute(
            "INSERT INTO transactions (id, reference, kind, currency, precision, amount, source_id, destination_id,"
            " source_version, source_credit, source_debit, source_inflight_credit, source_inflight_debit,"
            " destination_version, destination_credit, destination_debit, destination_inflight_credit,"
            " destination_inflight_debit, allow_overdraft, recorded_at, effective_at, description, group_name,"
            " metadata, status) VALUES ($1, $2, 'POSTING', 'EUR', 100, $3, $4, $5, $6, 0, 0, 0, 0, $6, 0, 0, 0, 0,"
            " true, $7, $8, $9, $10, $11, 'APPLIED')",
            uuid.UUID(int=BANK.int + (version << 32)), entry.reference, abs(entry.amount), *sides, version,
            entry.recorded_at, entry.effective_at, entry.description, entry.group_name,
            None if entry.references is None else json.dumps({"references": entry.references}),
        )  # fmt: skip


def spec(rules: Sequence[MatchingRule], **changes: object) -> RunSpec:
    """A run over everything that is stored."""
    usual: dict[str, object] = {
        "id": uuid.uuid4(), "source_id": uuid.UUID(SOURCE), "upload_id": None, "record_bound": 10**9, "decisions": 0,
        "versions": {BANK: 10**9}, "begin": None, "end": None, "by_effective_time": False, "applied": True,
        "inflight": False, "time_zone": "Europe/Berlin", "is_opposite": False, "rules": tuple(rules),
        "precisions": {"EUR": 100, "USD": 100},
    }  # fmt: skip
    return RunSpec(**(usual | changes))
