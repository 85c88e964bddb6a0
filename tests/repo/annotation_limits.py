"""The limits of the code, by the names of the fields that they are about: a new name needs an entry in one table."""

import re
from typing import Any

from ledgerd.core.model import amount, external_record, ids, limits, matching_rule
from ledgerd.rpc.servicers import deferred
from ledgerd.wire import fields, identities, shares, typed_records


def _whole(pattern: re.Pattern[str]) -> str:
    return f"^(?:{pattern.pattern})$" if "|" in pattern.pattern else f"^{pattern.pattern}$"


def _id(prefix: str) -> str:
    return f"^{prefix}_[0-7][{_ALPHABET}]{{25}}$"


_ALPHABET = "0-9a-hjkmnp-tv-z"
assert set(ids.ALPHABET) == set(re.findall(f"[{_ALPHABET}]", "0123456789abcdefghijklmnopqrstuvwxyz"))

LENGTHS = {
    **dict.fromkeys(("description", "reason", "review_reason"), limits.DESCRIPTION_MAX_CHARS),
    **dict.fromkeys(("group", "tag", "on_behalf_of"), limits.LABEL_MAX_CHARS),
    **dict.fromkeys(("first_name", "last_name", "other_names", "gender"), limits.LABEL_MAX_CHARS),
    **dict.fromkeys(("tier", "provider", "provider_reference"), limits.LABEL_MAX_CHARS),
    **dict.fromkeys(("category", "street", "city", "state", "post_code"), limits.LABEL_MAX_CHARS),
    "name": limits.NAME_MAX_CHARS,
    "email_address": limits.EMAIL_MAX_CHARS,
    "phone_number": limits.PHONE_MAX_CHARS,
    "reference": limits.REFERENCE_MAX_CHARS,
    "request_id": limits.REQUEST_ID_MAX_CHARS,
    "etag": limits.ETAG_MAX_CHARS,
    "filter": limits.FILTER_MAX_CHARS,
    "page_token": limits.PAGE_TOKEN_MAX_CHARS,
    "after_cursor": limits.CURSOR_MAX_CHARS,
    **dict.fromkeys(
        ("key", "counterparty_account", "group_key", "source_status", "records_path"), limits.LABEL_MAX_CHARS
    ),
    **dict.fromkeys(("field", "column", "metadata_key", "ledger_metadata_key"), limits.LABEL_MAX_CHARS),
    "counterparty": external_record.TEXT_CHARS,
    "value": limits.RULE_VALUE_MAX_CHARS,
    "time_zone": limits.TIME_ZONE_MAX_CHARS,
    "owner": limits.LABEL_MAX_CHARS,
    **dict.fromkeys(("comment", "resolution"), limits.DESCRIPTION_MAX_CHARS),
    "encoding": limits.ENCODING_MAX_CHARS,
    "date_format": limits.DATE_FORMAT_MAX_CHARS,
    "file_name": limits.FILE_NAME_MAX_CHARS,
    **dict.fromkeys(("delimiter", "quote", "decimal_mark", "thousands_separator"), 1),
    **dict.fromkeys(
        ("credit_word", "debit_word", "booked_word", "pending_word", "information_word"), limits.PROFILE_WORD_MAX_CHARS
    ),
    **dict.fromkeys(("pattern", "extract", "ledger_extract"), limits.PATTERN_MAX_CHARS),
}
"""The most characters of a text, by the name of its field."""

PATTERNS = {
    "ledger_id": _id(ids.LEDGER),
    "balance_id": _id(ids.BALANCE),
    "transaction_id": _id(ids.TRANSACTION),
    "batch_id": _id(ids.BATCH),
    "monitor_id": _id(ids.MONITOR),
    "identity_id": _id(ids.IDENTITY),
    "verification_id": _id(ids.VERIFICATION),
    "event_id": _id(ids.EVENT),
    "external_source_id": _id(ids.EXTERNAL_SOURCE),
    "age_buckets_external_source_id": _id(ids.EXTERNAL_SOURCE),
    "upload_id": _id(ids.UPLOAD),
    "reconciliation_id": _id(ids.RECONCILIATION),
    "reconciliation_exception_id": _id(ids.RECONCILIATION_EXCEPTION),
    "reconciliation_statement_id": _id(ids.RECONCILIATION_STATEMENT),
    "reconciliation_adjustment_id": _id(ids.RECONCILIATION_ADJUSTMENT),
    "counterpart": _whole(shares.SIDE),
    "external_record_id": _id(ids.EXTERNAL_RECORD),
    **dict.fromkeys(("matching_rule_id", "auto_confirmed_matching_rule_id"), _id(ids.MATCHING_RULE)),
    "matching_rule_set_id": _id(ids.MATCHING_RULE_SET),
    **dict.fromkeys(("booking_date", "value_date", "begin_date", "end_date", "date"), _whole(typed_records._DAY)),
    "currency": _whole(fields._CURRENCY),
    "default_currency": _whole(fields._CURRENCY),
    "indicator": _whole(fields._INDICATOR),
    **dict.fromkeys(("source", "destination", "balance"), _whole(shares.SIDE)),
    "birth_date": _whole(identities._DATE),
    **dict.fromkeys(("country", "nationality"), "^[A-Z]{2}$"),
}
"""The form of a text, by the name of its field; that of an id also holds for a list of them."""

_DECIMAL, _INTEGER = r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?", r"(?:0|[1-9][0-9]*)"
AMOUNTS = {
    **dict.fromkeys(("amount", "overdraft_limit", "percent"), f"^{_DECIMAL}$"),
    **dict.fromkeys(("precise_amount", "precise_overdraft_limit"), f"^{_INTEGER}$"),
    "decimal": f"^-?{_DECIMAL}$",
    "precise": f"^-?{_INTEGER}$",
}
"""The form of an amount, by the name of its field. Its digits and point are limited, a minus is not counted."""

PRECISION_MAX = max(amount._EXPONENTS)
NUMBERS: dict[str, dict[str, int]] = {
    **{name: {"gte": 0} for name in ("page_size", "version")},
    "precision": {"gte": 0, "lte": PRECISION_MAX},
    "max_response_bytes": {"gte": limits.RESPONSE_DEFAULT_BYTES, "lte": limits.MESSAGE_MAX_BYTES},
    "sequence": {"gte": 1},
    "operation_count": {},
    "number": {"gte": 1},
    "chunk_count": {},
    "declared_byte_count": {"gte": 0, "lte": limits.UPLOAD_MAX_BYTES},
    "declared_record_count": {"gte": 0, "lte": limits.UPLOAD_MAX_RECORDS},
    "payment_count": {"gte": 0, "lte": limits.RECORD_PAYMENTS_MAX},
    "SettlementWindow.days": {"gte": 0, "lte": limits.SETTLEMENT_MAX_DAYS},
    "SettlementWindow.business_days": {"gte": 0, "lte": limits.SETTLEMENT_MAX_DAYS},
    "debounce_seconds": {"gte": 0, "lte": limits.DEBOUNCE_MAX_SECONDS},
    "within_business_days": {"gte": 1, "lte": limits.CADENCE_MAX_BUSINESS_DAYS},
    "within_seconds": {"gte": limits.CADENCE_MIN_SECONDS, "lte": limits.CADENCE_MAX_SECONDS},
    "nearest_count": {"gte": 0, "lte": limits.NEAREST_MAX},
    "item_count": {"gte": 0, "lte": limits.STATEMENT_ITEMS_TOLD_MAX},
    "rule_place": {"gte": 0, "lte": limits.RULES_MAX},
    "skip_lines": {"gte": 0, "lte": limits.PROFILE_SKIP_MAX_LINES},
    "matching_rule_set_version": {"gte": 0},
    "threshold": {"gte": 0, "lte": matching_rule.PERCENT_MAX},
    "business_days": {"gte": 0, "lte": limits.TOLERANCE_MAX_BUSINESS_DAYS},
    "window_days": {"gte": 0, "lte": limits.GROUP_WINDOW_MAX_DAYS},
    "max_rows": {"gte": limits.GROUP_ROWS_MIN, "lte": limits.GROUP_ROWS_MAX},
    "max_sums": {"gte": limits.SEARCH_SUMS_MIN, "lte": limits.SEARCH_SUMS_MAX},
}
"""The range of a number, by the name of its field. Without a range it is only compared with another number."""

COUNTS = {
    "PostBatchRequest.operations": limits.BATCH_MAX_OPERATIONS,
    "PostStreamChunk.operations": limits.CHUNK_MAX_OPERATIONS,
    "BatchGetBalancesRequest.balance_ids": limits.BATCH_GET_MAX_IDS,
    "indicator_keys": limits.BATCH_GET_MAX_IDS,
    "StartReconciliationRequest.balance_ids": limits.RECONCILIATION_NAMED_MAX_BALANCES,
    "StartReconciliationRequest.ledger_ids": limits.RECONCILIATION_NAMED_MAX_LEDGERS,
    "StartReconciliationRequest.identity_ids": limits.RECONCILIATION_NAMED_MAX_IDENTITIES,
    "StartReconciliationRequest.upload_ids": limits.RECONCILIATION_MAX_UPLOADS,
    "balance_ids": limits.WATCH_MAX_IDS,
    "monitor_ids": limits.WATCH_MAX_IDS,
    "kinds": limits.EVENT_KINDS_MAX,
    "identity_ids": limits.TRANSACTION_MAX_IDENTITIES,
    "requests": limits.BATCH_CREATE_MAX_ITEMS,
    "CreateIdentityRequest.balances": limits.IDENTITY_MAX_BALANCES,
    "conditions": limits.CONDITIONS_MAX,
    "shares": limits.SPLIT_MAX_SHARES,
    **{f"{change}ExternalSourceRequest.indicator_keys": limits.SOURCE_BALANCES_MAX for change in ("Create", "Update")},
    "ExternalSource.balance_ids": limits.SOURCE_BALANCES_MAX,
    **dict.fromkeys(("credit_words", "debit_words", "booked_words"), limits.PROFILE_WORDS_MAX),
    **dict.fromkeys(("pending_words", "information_words"), limits.PROFILE_WORDS_MAX),
    "columns": limits.PROFILE_COLUMNS_MAX,
    "age_bucket_days": limits.AGE_BUCKETS_MAX,
    "auto_confirmed_matching_rule_ids": limits.CONFIRMED_RULES_MAX,
    "MatchNumbers.values": limits.MATCH_NUMBERS_MAX,
    "external_record_ids": limits.MATCH_ROWS_MAX,
    "reconciliation_adjustment_ids": limits.ADJUSTMENTS_NAMED_MAX,
    **dict.fromkeys(
        ("CreateMatchRequest.entries", "IgnoreRowsRequest.entries", "RestoreRowsRequest.entries"),
        limits.MATCH_ROWS_MAX,
    ),
    "references": external_record.REFERENCES_MAX,
    "ExternalRecords.external_records": limits.UPLOAD_CHUNK_MAX_RECORDS,
    "criteria": limits.RULE_CRITERIA_MAX,
    **dict.fromkeys(
        ("MatchingAdjustment.at_most", "post_at_most", "post_at_most_per_day", "fixed", "amounts"),
        limits.RULE_CURRENCIES_MAX,
    ),
    "values": limits.RULE_VALUES_MAX,
    "keys": limits.GROUP_KEYS_MAX,
    **dict.fromkeys(("rules", "matching_rules"), limits.RULE_SET_MAX_RULES),
    "external_records": limits.RECONCILIATION_MAX_RECORDS,
    "statuses": 2,
    "normalizations": len(matching_rule.Normalization),
    **{f"PreviewMatchingRuleRequest.{side}": limits.PREVIEW_MAX_ROWS for side in ("records", "entries")},
}
"""How many a list may have, by the name of its field."""

WITHOUT_RULES = {
    "order_by": "the service knows a few texts, which its comment names",
}
"""Texts for which no rule can be given, and why."""

EACH_ONCE = {"identity_ids", "ledger_ids", "normalizations", "statuses"}
"""Lists in which nothing may stand twice."""
NOT_UNSPECIFIED = {"kinds", "normalizations", "statuses"}
"""Lists of values of an enum in which UNSPECIFIED has no meaning."""

IF_GIVEN = {"ignore": "IGNORE_IF_ZERO_VALUE"}
OTHERS: dict[str, dict[str, Any]] = {
    "Share.remainder": {"bool.const": True},
    "SuggestFormatProfileRequest.sample": {"bytes.max_len": limits.SAMPLE_MAX_BYTES},
    "UploadRecordsChunk.data": {"bytes.max_len": limits.UPLOAD_CHUNK_MAX_BYTES},
    "MatchingTolerance.duration": {"duration.gte": {}, "duration.lte.seconds": limits.TOLERANCE_MAX_SECONDS},
    "WaitTransactionRequest.timeout": {"duration.gt": {}, "duration.lte.seconds": deferred.WAIT_SECONDS_MAX},
}
"""Fields whose type has no rules otherwise."""


# The contract ----------------------------------------------------------------------------------
