"""What PostgreSQL must reject in sources, uploads and records: each constraint with statements that break it."""

from typing import Any

from tests.store.rows import NOWHERE

SOURCE, UPLOAD = "01900000-0000-7000-8000-00000000aaaa", "01900000-0000-7000-8000-00000000bbbb"


def insert(table: str, usual: dict[str, Any], **changes: Any) -> str:
    """An INSERT of a row that is right but for some columns; their values are SQL."""
    row = {**usual, **{name: value for name, value in changes.items() if value is not None}}
    return f"INSERT INTO {table} ({', '.join(row)}) OVERRIDING USER VALUE VALUES ({', '.join(map(str, row.values()))})"


_SOURCE = {
    "id": f"'{SOURCE}'",
    "name": "'Bank'",
    "time_zone": "'UTC'",
    "sign_convention": "'MONEY_IN_IS_CREDIT'",
    "settlement_window": "'{\"days\": 0}'",
    "created_at": "now()",
    "updated_at": "now()",
}
_UPLOAD = {
    "id": f"'{UPLOAD}'",
    "source_id": f"'{SOURCE}'",
    "content": "'FILE'",
    "fault_policy": "'KEEP_GOOD'",
    "created_at": "now()",
    "received_at": "now()",
}
_PART = {"upload_id": f"'{UPLOAD}'", "number": 1, "digest": "'x'", "size": 1, "data": "'x'"}
_STATEMENT: dict[str, Any] = {
    "source_id": f"'{SOURCE}'",
    "upload_id": f"'{UPLOAD}'",
    "ordinal": 1,
    "account": "'a'",
    "page": 0,
    "precision": 100,
    "opening_is_intermediate": "false",
    "closing_is_intermediate": "false",
    "is_last_page": "true",
    "is_interim": "false",
    "records": 0,
    "total": 0,
    "items": 0,
    "credits": 0,
    "debits": 0,
    "line": 1,
    "created_at": "now()",
}
_RECORD: dict[str, Any] = {
    "source_id": f"'{SOURCE}'",
    "upload_id": f"'{UPLOAD}'",
    "ordinal": 1,
    "key": "'k'",
    "digest": "'x'",
    "amount": 1,
    "currency": "'USD'",
    "precision": 100,
    "reference_texts": "'{}'",
    "kind": "'MOVEMENT'",
    "payments": 1,
    "line": 1,
    "created_at": "now()",
}
_FAULT = {"upload_id": f"'{UPLOAD}'", "index": 0, "line": 1, "code": "'KEY_REPEATED'", "reason": "'r'"}
_PLACE = {"source_id": f"'{SOURCE}'", "place": 1, "balance_id": "(SELECT id FROM balances LIMIT 1)"}


def source(**changes: Any) -> tuple[str]:
    return (insert("external_sources", _SOURCE, **changes),)


def after(table: str, usual: dict[str, Any], *, times: int = 1, **changes: Any) -> tuple[str]:
    """A row of a source and of an upload that are right."""
    before = [insert("external_sources", _SOURCE)]
    if table != "uploads":
        before.append(insert("uploads", _UPLOAD))
    return ("; ".join([*before, *[insert(table, usual, **changes)] * times]),)


def upload(**changes: Any) -> tuple[str]:
    return after("uploads", _UPLOAD, **changes)


def record(**changes: Any) -> tuple[str]:
    return after("external_records", _RECORD, **changes)


def place(**changes: Any) -> tuple[str]:
    return after("external_source_balances", _PLACE, **changes)


def part(**changes: Any) -> tuple[str]:
    return after("upload_parts", _PART, **changes)


_NOWHERE = f"'{NOWHERE}'"
_OTHER = "gen_random_uuid()"
_ANOTHER_BALANCE = "(SELECT id FROM balances OFFSET 1 LIMIT 1)"
_ARRIVALS = {"source_id": f"'{SOURCE}'"}
_WINDOW: dict[str, Any] = {
    "source_id": f"'{SOURCE}'", "reconciliation_id": "gen_random_uuid()", "kind": "'UNMATCHED'", "record_number": 1,
    "amount": 1, "currency": "'USD'", "precision": 100, "row_date": "now()", "due_at": "now()",
}  # fmt: skip


def arrivals(**changes: Any) -> tuple[str]:
    return after("source_arrivals", _ARRIVALS, **changes)


def window(**changes: Any) -> tuple[str]:
    return after("settlement_windows", _WINDOW, **changes)


REJECTED: dict[str, list[tuple[str, ...]]] = {
    "arrival_source_exists": [arrivals(source_id=_NOWHERE)],
    "arrivals_are_matched_in_order": [arrivals(matched=1)],
    "only_an_expected_source_is_late": [arrivals(late_since="now()")],
    "window_source_exists": [window(source_id=_NOWHERE)],
    "window_of_record_once": [window(times=2)],
    "window_of_entry_once": [
        window(times=2, record_number="NULL", transaction_id=_NOWHERE, balance_id=_NOWHERE),
    ],
    "external_source_name_bounded": [source(name="''"), source(name="repeat('x', 256)")],
    "external_source_name_once": [(f"{source()[0]}; {source(id=_OTHER)[0]}",)],
    "external_source_sign_known": [source(sign_convention="'ODD'")],
    "external_source_settlement_bounded": [
        source(settlement_window=window) for window in ("'{}'", "'{\"days\": -1}'", "'{\"business_days\": 61}'")
    ],
    "external_source_policy_known": [source(confirmation_policy="'NOBODY'")],
    "external_source_buckets_bounded": [source(age_bucket_days="'{}'")],
    "external_source_request_once": [
        ("; ".join([*source(request_id="'r'"), *source(id=_OTHER, name="'b'", request_id="'r'")]),)
    ],
    "source_balance_source_exists": [place(source_id=_NOWHERE)],
    "source_balance_exists": [place(balance_id=_NOWHERE)],
    "source_balance_place_once": [
        ("; ".join([*place(), insert("external_source_balances", _PLACE, balance_id=_ANOTHER_BALANCE)]),)
    ],
    "source_balance_once": [(f"{place()[0]}; {insert('external_source_balances', _PLACE, place=2)}",)],
    "upload_source_exists": [upload(source_id=_NOWHERE)],
    "upload_content_known": [upload(content="'PAPER'")],
    "upload_fault_policy_known": [upload(fault_policy="'MAYBE'")],
    "upload_status_known": [upload(status="'LOST'")],
    "upload_bytes_bounded": [upload(bytes=-1), upload(bytes=268_435_457)],
    "upload_records_bounded": [upload(received_records=-1), upload(received_records=1_000_001)],
    "upload_request_once": [upload(request_id="'r'", id=_OTHER, times=2)],
    "upload_done_has_its_time": [upload(status="'FINISHED'"), upload(finished_at="now()")],
    "upload_rejected_keeps_nothing": [upload(status="'REJECTED'", finished_at="now()", new_records=1)],
    "upload_repeats_when_rejected": [upload(repeats=_OTHER)],
    "upload_content_once": [upload(id=_OTHER, status="'READING'", content_hash="'x'", times=2)],
    "upload_part_upload_exists": [part(upload_id=_NOWHERE)],
    "upload_part_numbered": [part(number=0)],
    "upload_part_bounded": [part(size=0, data="''"), part(size=1_052_673, data="NULL")],
    "upload_part_has_its_size": [part(size=2)],
    "upload_part_once": [part(times=2)],
    "bank_statement_upload_exists": [after("bank_statements", _STATEMENT, upload_id=_NOWHERE)],
    "bank_statement_once": [after("bank_statements", _STATEMENT, times=2)],
    "external_record_upload_exists": [record(upload_id=_NOWHERE)],
    "external_record_statement_exists": [record(statement_id=99)],
    "external_record_key_bounded": [record(key="''"), record(key="repeat('x', 256)")],
    "external_record_amount_bounded": [record(amount="1e36"), record(amount="-1e36")],
    "external_record_references_bounded": [record(reference_texts="array_fill('x'::text, ARRAY[17])")],
    "external_record_kind_known": [record(kind="'GIFT'")],
    "external_record_status_known": [record(status="'BOOKED'")],
    "external_record_payments_counted": [record(payments=0)],
    "external_record_once": [record(times=2)],
    "upload_fault_upload_exists": [after("upload_faults", _FAULT, upload_id=_NOWHERE)],
    "upload_fault_once": [after("upload_faults", _FAULT, times=2)],
    **{
        f"{table}_do_not_change": [
            (f"{change} {table} {rest}",)
            for change, rest in (("DELETE FROM", ""), ("TRUNCATE", "CASCADE"), ("UPDATE", "SET line = 1"))
        ]
        for table in ("external_records", "bank_statements")
    },
    "upload_faults_do_not_change": [("TRUNCATE upload_faults",), ("UPDATE upload_faults SET line = 1",)],
}
KEYS = {
    *("external_sources_pkey", "uploads_pkey", "bank_statements_pkey", "external_records_pkey"),
    *("arriving_records_pkey", "arriving_faults_pkey", "source_arrivals_pkey", "settlement_windows_pkey"),
}
"""Primary keys of ids that we make or PostgreSQL counts, and of what was put aside."""
