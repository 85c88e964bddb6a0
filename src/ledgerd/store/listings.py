"""The lists, and every field that a filter may name: its type, its SQL and, where a watch may be narrowed
by it, its value in what is watched. A watch of transactions has all fields of their list.

A new field is one entry here, and its name in the comment of the contract's field `filter`.
"""

from ledgerd.core.model import ids
from ledgerd.core.model.account import BalanceStatus
from ledgerd.core.model.external_record import RecordKind, RecordStatus
from ledgerd.core.model.figures import Kind, Status
from ledgerd.core.model.filter import day, id_of, integer, one_of, one_text, text, time, word_of
from ledgerd.core.model.transaction import Transaction
from ledgerd.store import matching_rule_sets, matching_rules, queries, transactions
from ledgerd.store.list_terms import Field, Listing

_CREATED = Field(time(), "t.created_at")

LEDGERS = Listing(
    select=queries.LEDGERS.select,
    table="ledgers",
    fields={"name": Field(text(), "t.name"), "create_time": _CREATED},
)

_OF_IDENTITY = {
    "ledger_id": Field(id_of(ids.LEDGER), "t.ledger_id", is_indexed=True),
    "indicator": Field(text(), "t.indicator", is_indexed=True),
    "currency": Field(text(), "t.currency"),
    "group": Field(text(), "t.group_name"),
    "tag": Field(text(), "t.tag"),
    "status": Field(one_of("BALANCE_STATUS_", BalanceStatus), "t.status"),
    "create_time": _CREATED,
}
_IDENTITY = Field(id_of(ids.IDENTITY), "t.identity_id", is_indexed=True)

BALANCES = Listing(
    select=queries.BALANCES.select,
    table="balances",
    fields={"identity_id": _IDENTITY, **_OF_IDENTITY},
    narrowed_by=("ledger_id", "create_time"),
)

IDENTITIES = Listing(
    select=queries.IDENTITIES.select,
    table="identities",
    fields={
        "identity_type": Field(one_of("IDENTITY_TYPE_", ("INDIVIDUAL", "ORGANIZATION")), "t.identity_type"),
        "category": Field(text(), "(t.attributes ->> 'category')"),
        "country": Field(text(), "(t.attributes ->> 'country')"),
        "create_time": _CREATED,
    },
)

_KINDS_OF_VERIFICATION = (
    *("DOCUMENT", "ADDRESS", "AGE", "BIOMETRIC", "EMAIL", "PHONE", "BANK_ACCOUNT", "TAX_NUMBER", "REGISTRATION"),
    *("BENEFICIAL_OWNERS", "SANCTIONS", "PEP", "ADVERSE_MEDIA", "SOURCE_OF_FUNDS", "OTHER"),
)
_OUTCOMES = ("PENDING", "PASSED", "FAILED", "REVIEW")

VERIFICATIONS = Listing(
    select=queries.VERIFICATIONS.select,
    table="identity_verifications",
    fields={
        "identity_id": _IDENTITY,
        "kind": Field(one_of("VERIFICATION_KIND_", _KINDS_OF_VERIFICATION), "t.kind"),
        "outcome": Field(one_of("VERIFICATION_OUTCOME_", _OUTCOMES), "t.outcome"),
        "tier": Field(text(), "t.tier"),
        "provider": Field(text(), "t.provider"),
        "provider_reference": Field(text(), "t.provider_reference", is_indexed=True),
        "check_time": Field(time(), "t.checked_at"),
        "expire_time": Field(time(), "t.expires_at"),
        "create_time": _CREATED,
    },
)

MONITORS = Listing(
    select=queries.MONITORS.select,
    table="monitors",
    fields={"balance_id": Field(id_of(ids.BALANCE), "t.balance_id", is_indexed=True), "create_time": _CREATED},
    narrowed_by=("balance_id", "create_time"),
)


def _number(prefix: str, name: str | None) -> int:
    return (name and ids.decode(prefix, name)) or 0


def _source(found: Transaction) -> int:
    return _number(ids.BALANCE, found.source_id)


def _destination(found: Transaction) -> int:
    return _number(ids.BALANCE, found.destination_id)


def _indicator_of(side: str) -> str:
    return f"(SELECT b.indicator FROM balances b WHERE b.id = t.{side}_id)"


TRANSACTIONS = Listing(
    select=transactions.SELECT,
    table="transactions",
    fields={
        "balance_id": Field(
            id_of(ids.BALANCE),
            ("t.source_id", "t.destination_id"),
            lambda found: (_source(found), _destination(found)),
            sides=("source", "destination"),
        ),
        "source_id": Field(id_of(ids.BALANCE), "t.source_id", _source, sides=("source",)),
        "destination_id": Field(id_of(ids.BALANCE), "t.destination_id", _destination, sides=("destination",)),
        "source_indicator": Field(
            text(),
            _indicator_of("source"),
            lambda found: found.source_indicator or "",
            sides=("source",),
            names_indicator=True,
        ),
        "destination_indicator": Field(
            text(),
            _indicator_of("destination"),
            lambda found: found.destination_indicator or "",
            sides=("destination",),
            names_indicator=True,
        ),
        "reference": Field(text(), "t.reference", lambda found: found.reference or "", is_indexed=True),
        "batch_id": Field(
            id_of(ids.BATCH), "t.batch_id", lambda found: _number(ids.BATCH, found.batch_id), is_indexed=True
        ),
        "parent_id": Field(
            id_of(ids.TRANSACTION),
            "t.parent_id",
            lambda found: _number(ids.TRANSACTION, found.parent_id),
            is_indexed=True,
        ),
        "identity_id": Field(
            id_of(ids.IDENTITY),
            "t.id",
            lambda found: tuple(_number(ids.IDENTITY, name) for name in found.identity_ids),
            links=("transaction_identities", "transaction_id", "identity_id"),
            is_indexed=True,
        ),
        "kind": Field(one_of("TRANSACTION_KIND_", Kind), "t.kind", lambda found: found.kind.value),
        "status": Field(one_of("TRANSACTION_STATUS_", Status), "t.status", lambda found: found.status.value),
        "currency": Field(text(), "t.currency", lambda found: found.currency or ""),
        "group": Field(text(), "t.group_name", lambda found: found.group or ""),
        "tag": Field(text(), "t.tag", lambda found: found.tag or ""),
        "create_time": Field(time(), "COALESCE(t.created_at, t.recorded_at)", lambda found: found.created_at),
        "record_time": Field(time(), "t.recorded_at", lambda found: found.recorded_at),
        "effective_time": Field(
            time(),
            "COALESCE(t.effective_at, t.recorded_at)",
            lambda found: found.effective_at or found.recorded_at,
        ),
        "scheduled_time": Field(time(), "t.scheduled_at", lambda found: found.scheduled_at),
    },
    narrowed_by=("create_time", "balance_id"),
)

_BATCHES = f"({queries.BATCHES.known})"

BATCHES = Listing(
    select=f"SELECT t.* FROM {_BATCHES} t",
    table=_BATCHES,
    fields={
        "mode": Field(one_of("BATCH_MODE_", ("INDEPENDENT", "ATOMIC")), "t.mode"),
        "status": Field(one_of("BATCH_STATUS_", ("ACCEPTED", "RUNNING", "FINISHED", "REJECTED")), "t.status"),
        "create_time": _CREATED,
    },
)

EXTERNAL_SOURCES = Listing(
    select=queries.EXTERNAL_SOURCES.select,
    table="external_sources",
    fields={
        "name": Field(text(), "t.name"),
        "currency": Field(text(), "t.currency"),
        "create_time": _CREATED,
    },
)

_SOURCE = Field(id_of(ids.EXTERNAL_SOURCE), "t.source_id", is_indexed=True)

UPLOADS = Listing(
    select=queries.UPLOADS.select,
    table="uploads",
    fields={
        "external_source_id": _SOURCE,
        "status": Field(
            one_of("UPLOAD_STATUS_", ("RECEIVING", "READING", "FINISHED", "REJECTED", "CANCELLED")), "t.status"
        ),
        "content_hash": Field(text(), "t.content_hash", is_indexed=True),
        "file_name": Field(text(), "t.file_name"),
        "create_time": _CREATED,
    },
    narrowed_by=("external_source_id", "create_time"),
)

_UPLOAD = Field(id_of(ids.UPLOAD), "t.upload_id", is_indexed=True)

RECONCILIATIONS = Listing(
    select=queries.RECONCILIATIONS.select,
    table="reconciliations",
    fields={
        "external_source_id": _SOURCE,
        "upload_id": Field(id_of(ids.UPLOAD), "t.upload_id"),
        "status": Field(
            one_of("RECONCILIATION_STATUS_", ("PENDING", "RUNNING", "FINISHED", "FAILED", "CANCELLED")), "t.status"
        ),
        "create_time": _CREATED,
    },
    narrowed_by=("external_source_id", "create_time"),
)

EXTERNAL_RECORDS = Listing(
    select=queries.EXTERNAL_RECORDS.select,
    table="external_records",
    fields={
        "external_source_id": _SOURCE,
        "upload_id": _UPLOAD,
        "bank_statement_id": Field(id_of(ids.BANK_STATEMENT), "t.statement_id", is_counted=True),
        "key": Field(text(), "t.key"),
        "reference": Field(one_text(), "t.reference_texts", is_array=True),
        "precise_amount": Field(integer(), "t.amount"),
        "currency": Field(text(), "t.currency"),
        "booking_date": Field(day(), "t.booking_date"),
        "kind": Field(one_of("EXTERNAL_RECORD_KIND_", RecordKind), "t.kind"),
        "status": Field(one_of("EXTERNAL_RECORD_STATUS_", RecordStatus), "COALESCE(t.status, 'BOOKED')"),
        "group_key": Field(text(), "t.group_key"),
        "create_time": _CREATED,
    },
    narrowed_by=("external_source_id", "booking_date"),
    is_counted=True,
)

_RUN = Field(id_of(ids.RECONCILIATION), "t.reconciliation_id", is_indexed=True)
_TRUTH = word_of("true", "false")
_MATCHES = f"({queries.MATCHES.listed})"
_MEMBERS = "SELECT FROM match_members f WHERE f.reconciliation_id = t.reconciliation_id AND f.match_number = t.id"
_RULE_OF_MATCH = """CASE WHEN t.level >= 0 THEN (
    SELECT (r.rules -> t.level::integer ->> 'id')::uuid FROM reconciliations r WHERE r.id = t.reconciliation_id) END"""

MATCHES = Listing(
    select=f"SELECT t.* FROM {_MATCHES} t",
    table=_MATCHES,
    fields={
        "reconciliation_id": _RUN,
        "external_record_id": Field(
            id_of(ids.EXTERNAL_RECORD),
            "t.record_number",
            is_counted=True,
            members=f"{_MEMBERS} AND f.record_number = {{value}}",
        ),
        "transaction_id": Field(
            id_of(ids.TRANSACTION), "t.transaction_id", members=f"{_MEMBERS} AND f.transaction_id = {{value}}"
        ),
        "rule_place": Field(integer(), "(t.level + 1)::numeric"),
        "matching_rule_id": Field(id_of(ids.MATCHING_RULE), _RULE_OF_MATCH),
        "status": Field(
            one_of("RECONCILIATION_MATCH_STATUS_", ("PROPOSED", "CONFIRMED", "REJECTED", "RELEASED")), "t.status"
        ),
        "ambiguous": Field(_TRUTH, "t.is_ambiguous::text"),
        "has_difference": Field(_TRUTH, "(t.drift <> 0)::text"),
        "currency": Field(text(), "t.currency"),
    },
    narrowed_by=("reconciliation_id",),
    is_counted=True,
    within="reconciliation_id",
    order="number",
    latest_first=False,
)

_UNMATCHED = f"({queries.MATCHES.unmatched})"

UNMATCHED_ROWS = Listing(
    select=f"SELECT t.* FROM {_UNMATCHED} t",
    table=_UNMATCHED,
    fields={
        "reconciliation_id": _RUN,
        "side": Field(word_of("RECORD", "ENTRY"), "t.side"),
        "outcome": Field(one_of("ROW_OUTCOME_", ("UNMATCHED", "AMBIGUOUS", "LIMIT_REACHED", "DUPLICATE")), "t.outcome"),
    },
    narrowed_by=("reconciliation_id",),
    is_counted=True,
    within="reconciliation_id",
    order="number",
    latest_first=False,
)

_DECISIONS = f"({queries.ROW_DECISIONS.select})"
_DECISION_KINDS = (
    *("CONFIRM_MATCHES", "REJECT_MATCHES", "CREATE_MATCH", "RELEASE_MATCH", "IGNORE_ROWS", "RESTORE_ROWS"),
    *("POST_ADJUSTMENTS", "REJECT_ADJUSTMENTS", "REVERSE_ADJUSTMENT"),
)

ROW_DECISIONS = Listing(
    select=f"SELECT t.* FROM {_DECISIONS} t",
    table=_DECISIONS,
    fields={
        "external_source_id": _SOURCE,
        "reconciliation_id": Field(id_of(ids.RECONCILIATION), "t.reconciliation_id"),
        "kind": Field(one_of("RECONCILIATION_DECISION_KIND_", _DECISION_KINDS), "t.kind"),
        "create_time": Field(time(), "t.decided_at"),
    },
    narrowed_by=("external_source_id",),
    is_counted=True,
)

RECONCILIATION_EXCEPTIONS = Listing(
    select=queries.RECONCILIATION_EXCEPTIONS.select,
    table="reconciliation_exceptions",
    fields={
        "external_source_id": _SOURCE,
        "kind": Field(
            one_of(
                "RECONCILIATION_EXCEPTION_KIND_", ("UNMATCHED", "AMBIGUOUS", "LIMIT_REACHED", "DUPLICATE", "DIFFERENCE")
            ),
            "t.kind",
        ),
        "status": Field(one_of("RECONCILIATION_EXCEPTION_STATUS_", ("OPEN", "IN_PROGRESS", "RESOLVED")), "t.status"),
        "owner": Field(text(), "t.owner"),
        "currency": Field(text(), "t.currency"),
        "reconciliation_id": _RUN,
        "external_record_id": Field(id_of(ids.EXTERNAL_RECORD), "t.record_number", is_counted=True),
        "transaction_id": Field(id_of(ids.TRANSACTION), "t.transaction_id"),
        "row_date": Field(day(), "t.row_date"),
        "due_time": Field(time(), "t.due_at"),
        "create_time": _CREATED,
    },
    narrowed_by=("external_source_id", "reconciliation_id", "create_time"),
)

RECONCILIATION_STATEMENTS = Listing(
    select=queries.KEPT_STATEMENTS.select,
    table="reconciliation_statements",
    fields={
        "external_source_id": _SOURCE,
        "currency": Field(text(), "t.currency"),
        "date": Field(day(), "t.day"),
        "status": Field(one_of("RECONCILIATION_STATEMENT_STATUS_", ("DRAFT", "CONFIRMED")), "t.status"),
        "create_time": _CREATED,
    },
    narrowed_by=("external_source_id", "create_time"),
)

RECONCILIATION_ADJUSTMENTS = Listing(
    select=queries.RECONCILIATION_ADJUSTMENTS.select,
    table="""(
        SELECT a.* FROM reconciliation_adjustments a
        JOIN reconciliations r ON r.id = a.reconciliation_id AND r.status = 'FINISHED')""",
    fields={
        "external_source_id": _SOURCE,
        "reconciliation_id": _RUN,
        "kind": Field(one_of("RECONCILIATION_ADJUSTMENT_KIND_", ("FEE", "INTEREST", "WRITE_OFF")), "t.kind"),
        "status": Field(
            one_of(
                "RECONCILIATION_ADJUSTMENT_STATUS_",
                ("PROPOSED", "POSTING", "POSTED", "REJECTED", "REVERSING", "REVERSED"),
            ),
            "t.status",
        ),
        "matching_rule_id": Field(id_of(ids.MATCHING_RULE), "t.rule_id"),
        "currency": Field(text(), "t.currency"),
        "external_record_id": Field(id_of(ids.EXTERNAL_RECORD), "t.record_number", is_counted=True),
        "match_number": Field(integer(), "COALESCE(t.match_number, t.made_match, 0)::numeric"),
        "automatic": Field(_TRUTH, "t.is_automatic::text"),
    },
    narrowed_by=("reconciliation_id", "external_source_id"),
)

BANK_STATEMENTS = Listing(
    select=queries.EXTERNAL_RECORDS.statements,
    table="bank_statements",
    fields={
        "external_source_id": _SOURCE,
        "upload_id": _UPLOAD,
        "account": Field(text(), "t.account"),
        "number": Field(text(), "t.number"),
        "currency": Field(text(), "t.currency"),
        "create_time": _CREATED,
    },
    narrowed_by=("external_source_id",),
    is_counted=True,
)

_RULES, _RULE_SETS = f"({matching_rules.LATEST})", f"({matching_rule_sets.LATEST})"

MATCHING_RULES = Listing(
    select=f"SELECT t.* FROM {_RULES} t",
    table=_RULES,
    fields={"name": Field(text(), "t.name"), "create_time": _CREATED},
)

MATCHING_RULE_SETS = Listing(
    select=f"SELECT t.* FROM {_RULE_SETS} t",
    table=_RULE_SETS,
    fields={"name": Field(text(), "t.name"), "create_time": _CREATED},
)
