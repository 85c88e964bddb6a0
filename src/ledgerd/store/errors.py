"""What PostgreSQL's errors mean: a race that was lost, an outage, something too large, or a bug of ours."""

import asyncio

import asyncpg


class OutcomeUnknown(Exception):
    """COMMIT was sent and got no valid answer. Whether the transaction is recorded is not known yet."""


class RolledBack(Exception):
    """PostgreSQL answered COMMIT with ROLLBACK."""


RACES = frozenset(
    {
        "transaction_reference_once",
        "balance_indicator_once",
        "transaction_identity_exists",
        "external_source_name_once",
        "upload_content_once",
        "external_record_once",
        "record_claimed_once",
        "entry_claimed_once",
    }
)
"""Constraints that decide races between processes. The next attempt finds what the other process recorded."""

REQUEST_IDS = frozenset(
    {
        "ledger_request_once",
        "balance_request_once",
        "identity_request_once",
        "verification_request_once",
        "monitor_request_once",
        "creation_request_once",
        "external_source_request_once",
        "upload_request_once",
        "matching_rule_request_once",
        "matching_rule_set_request_once",
    }
)
"""Constraints that reject a create whose request_id another call used at the same moment."""

JUDGES = frozenset(
    {
        "ledger_name_bounded",
        "identity_type_known",
        "verification_identity_exists",
        "verification_kind_known",
        "verification_outcome_known",
        "verification_expires_after_check",
        "balance_ledger_exists",
        "balance_identity_exists",
        "balance_totals_not_negative",
        "balance_totals_bounded",
        "balance_stays_above_floor",
        "balance_stays_below_ceiling",
        "balance_status_known",
        "closed_balance_is_empty",
        "closed_balance_stays_closed",
        "frozen_balance_does_not_move",
        "internal_balance_never_closes",
        "balance_lineage_needs_identity",
        "balances_begin_empty",
        "balances_credit_what_they_debit",
        "precision_power_of_ten",
        "strategy_known",
        "transaction_amount_positive",
        "transaction_sides_differ",
        "transaction_totals_not_negative",
        "transaction_kind_known",
        "transaction_status_fits_kind",
        "transaction_parent_fits_kind",
        "hold_times_belong_to_holds",
        "hold_commits_before_it_expires",
        "commit_releases_less_than_it_moves",
        "adjustments_are_of_holds",
        "adjustment_releases_its_amount",
        "refunds_stay_within_parent",
        "transaction_takes_what_it_says",
        "transaction_stays_within_at_most",
        "transaction_leg_has_no_reference",
        "split_has_its_legs",
        "transaction_header_is_no_leg",
        "transaction_deferred_as_known",
        "transaction_rejection_fits_status",
        "transaction_is_whole",
        "transaction_request_is_json",
        "transaction_rejection_is_json",
        "transition_details_are_json",
        "due_what_known",
        "due_once",
        "hold_resolves_at_most_itself",
        "hold_status_follows_figures",
        "transition_kind_known",
        "batch_mode_known",
        "batch_counts_add_up",
        "batch_rejection_is_json",
        "batch_rejected_is_atomic",
        "batch_metadata_is_json",
        "batch_run_metadata_is_json",
        "batch_run_mode_known",
        "batch_run_status_known",
        "batch_run_payload_bounded",
        "batch_run_counts_fit",
        "batch_run_progress_fits",
        "batch_rejection_told_as_json",
        "batch_rejection_once",
        "monitor_balance_exists",
        "monitor_trigger_known",
        "creation_noun_known",
        "service_settings_single",
        "default_currency_well_formed",
        "creation_begins_with_its_subject",
        "journal_order_once",
        "journal_entries_counted",
        "position_once",
        "journal_head_single",
        "transaction_identity_once",
        "transaction_identities_do_not_change",
        "transactions_do_not_change",
        "transactions_move_only_forward",
        "transitions_do_not_change",
        "events_do_not_change",
        "journal_do_not_change",
        "positions_do_not_change",
        "batches_do_not_change",
        "batch_rejections_do_not_change",
        "identity_verifications_do_not_change",
        "balances_do_not_vanish",
        "service_settings_do_not_vanish",
        "external_source_name_bounded",
        "external_source_sign_known",
        "external_source_settlement_bounded",
        "external_source_policy_known",
        "arrival_source_exists",
        "arrivals_are_matched_in_order",
        "only_an_expected_source_is_late",
        "window_source_exists",
        "window_of_record_once",
        "window_of_entry_once",
        "source_balance_source_exists",
        "source_balance_exists",
        "source_balance_place_once",
        "source_balance_once",
        "upload_source_exists",
        "upload_content_known",
        "upload_fault_policy_known",
        "upload_status_known",
        "upload_bytes_bounded",
        "upload_records_bounded",
        "upload_done_has_its_time",
        "upload_rejected_keeps_nothing",
        "upload_repeats_when_rejected",
        "upload_part_upload_exists",
        "upload_part_numbered",
        "upload_part_bounded",
        "upload_part_has_its_size",
        "upload_part_once",
        "bank_statement_upload_exists",
        "bank_statement_once",
        "external_record_upload_exists",
        "external_record_statement_exists",
        "external_record_key_bounded",
        "external_record_amount_bounded",
        "external_record_references_bounded",
        "external_record_kind_known",
        "external_record_status_known",
        "external_record_payments_counted",
        "upload_fault_upload_exists",
        "upload_fault_once",
        "external_records_do_not_change",
        "bank_statements_do_not_change",
        "upload_faults_do_not_change",
        "replayed_reconciliation_exists",
        "reconciliation_status_known",
        "reconciliation_stage_known",
        "reconciliation_notes_all_or_nothing",
        "reconciliation_finishes_whole",
        "reconciliation_ends_with_its_time",
        "reconciliation_fails_with_a_reason",
        "reconciliation_policy_known",
        "scope_reconciliation_exists",
        "scope_balance_exists",
        "match_status_known",
        "match_names_both_rows",
        "member_is_of_one_side",
        "unmatched_outcome_known",
        "unmatched_row_is_of_one_side",
        "row_decision_known",
        "row_decision_head_single",
        "record_claim_begins_before_it_ends",
        "entry_claim_begins_before_it_ends",
        "reconciliation_balance_once",
        "reconciliations_do_not_change",
        "reconciliations_do_not_vanish",
        "reconciliation_balances_do_not_change",
        "matches_do_not_change",
        "match_members_do_not_change",
        "unmatched_rows_do_not_change",
        "row_decisions_do_not_change",
        "row_decision_head_does_not_vanish",
        "record_claims_do_not_change",
        "record_claims_end_once",
        "entry_claims_do_not_change",
        "entry_claims_end_once",
        "matches_do_not_vanish",
        "match_members_do_not_vanish",
        "unmatched_rows_do_not_vanish",
        "matching_rule_version_counted",
        "matching_rule_version_rule_exists",
        "matching_rule_name_bounded",
        "matching_rule_version_once",
        "matching_rule_set_version_counted",
        "matching_rule_set_version_set_exists",
        "matching_rule_set_name_bounded",
        "matching_rule_set_version_once",
        "set_rule_place_bounded",
        "set_rule_exists",
        "set_rule_place_once",
        "set_rule_once",
        "set_rule_set_exists",
        "set_rule_version_exists",
        "matching_rule_versions_do_not_change",
        "matching_rule_set_versions_do_not_change",
        "matching_rule_set_rules_do_not_change",
        "external_source_buckets_bounded",
        "exception_kind_known",
        "exception_status_known",
        "exception_is_about_one_row",
        "exception_of_a_match_names_it",
        "exception_resolved_has_its_time",
        "exception_resolved_has_a_reason",
        "exceptions_end_once",
        "exceptions_do_not_vanish",
        "exception_of_record_once",
        "exception_of_entry_once",
        "statement_source_exists",
        "statement_basis_known",
        "statement_status_known",
        "statement_digest_is_sha256",
        "statement_confirmed_whole",
        "statement_item_statement_exists",
        "statement_item_list_known",
        "reconciliation_statements_do_not_change",
        "reconciliation_statements_confirmed_once",
        "reconciliation_statements_do_not_vanish",
        "reconciliation_statement_items_do_not_change",
        "adjustment_kind_known",
        "adjustment_moves_something",
        "adjustment_rejection_is_json",
        "adjustment_of_match_once",
        "adjustment_of_record_once",
        "adjustment_is_of_match_or_record",
        "adjustment_posted_has_its_transaction",
        "adjustment_reversed_has_its_refund",
        "adjustment_under_way_is_attempted",
        "adjustment_ends_by_decision",
        "adjustments_do_not_change",
        "adjustments_go_step_by_step",
        "adjustments_do_not_come_late",
        "unmatched_rows_do_not_come_late",
        "adjustments_keep_their_transaction",
        "adjustment_of_transaction_once",
        "adjustment_of_refund_once",
        "adjustments_do_not_vanish",
    }
)
"""Constraints that repeat a rule of the core. If one rejects a row, the core has a bug and the answer is INTERNAL."""

_RETRY_STATES = frozenset(
    {
        "40001",  # serialization failure
        "40P01",  # deadlock
        "55P03",  # lock time-out
    }
)

_AWAY_STATES = frozenset(
    {
        "57P01",  # admin shutdown
        "57P02",  # crash shutdown
        "57P03",  # starting up
        "25P03",  # idle in transaction time-out
        "25006",  # read-only: what was the primary is a standby now
        "26000",  # a statement that we prepared is unknown: the session is not the one that we opened
        "42P05",  # a statement exists that this session has not prepared: again another session
    }
)

_MISDIRECTED_STATES = frozenset({"25006", "26000", "42P05"})

_AWAY_CLASSES = (
    "08",  # the connection
    "53",  # out of disk, memory or connections
)

_OVERDUE = "57014"
"""Cancelled, because it took longer than statement_timeout."""

_LOST = (
    OutcomeUnknown,
    OSError,
    asyncio.TimeoutError,
    asyncpg.InterfaceError,
    # asyncpg may raise this when the server dies in the middle of a COPY.
    asyncpg.InternalClientError,
)


def is_transient(error: BaseException) -> bool:
    """Whether the same transaction may succeed if it is run again."""
    return isinstance(error, asyncpg.PostgresError) and (error.sqlstate in _RETRY_STATES or constraint(error) in RACES)


def is_away(error: BaseException) -> bool:
    """Whether the database could not be reached, cannot write for now, or the connection to it broke."""
    if isinstance(error, asyncpg.PostgresError):
        return error.sqlstate in _AWAY_STATES or (error.sqlstate or "").startswith(_AWAY_CLASSES)
    return isinstance(error, _LOST)


def is_misdirected(error: BaseException) -> bool:
    """Whether the connection has a wrong server or session behind it. Such a connection must be closed."""
    return isinstance(error, asyncpg.PostgresError) and error.sqlstate in _MISDIRECTED_STATES


def is_overdue(error: BaseException) -> bool:
    """Whether a statement took longer than allowed. A smaller one may succeed."""
    return isinstance(error, asyncpg.PostgresError) and error.sqlstate == _OVERDUE


def is_passing(error: BaseException) -> bool:
    """Whether the database caused the error and will recover: no bug, and no reason for a worker to end."""
    return is_transient(error) or is_away(error) or is_overdue(error)


def is_violation(error: BaseException) -> bool:
    """Whether a value was rejected: by a constraint (SQLSTATE class 23) or by its column's type (22)."""
    return isinstance(error, asyncpg.PostgresError) and (error.sqlstate or "")[:2] in ("22", "23")


def constraint(error: BaseException) -> str | None:
    """The name of the constraint that rejected a row, if any."""
    return getattr(error, "constraint_name", None)
