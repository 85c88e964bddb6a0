"""What PostgreSQL's errors mean: a race that was lost, an outage, something too large, or a bug of ours."""

import asyncio

import asyncpg


class OutcomeUnknown(Exception):
    """COMMIT was sent and got no valid answer. Whether the transaction is recorded is not known yet."""


class RolledBack(Exception):
    """PostgreSQL answered COMMIT with ROLLBACK."""


RACES = frozenset({"transaction_reference_once", "balance_indicator_once"})
"""Constraints that decide races between processes. The next attempt finds what the other process recorded."""

REQUEST_IDS = frozenset(
    {
        "ledger_request_once",
        "balance_request_once",
        "identity_request_once",
        "monitor_request_once",
        "creation_request_once",
    }
)
"""Constraints that reject a create whose request_id another call used at the same moment."""

JUDGES = frozenset(
    {
        "ledger_name_bounded",
        "identity_type_known",
        "balance_ledger_exists",
        "balance_identity_exists",
        "balance_totals_not_negative",
        "balance_totals_bounded",
        "balance_stays_above_floor",
        "balance_stays_below_ceiling",
        "balance_state_known",
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
        "refunds_stay_within_parent",
        "transaction_leg_has_no_reference",
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
        "journal_order_once",
        "journal_entries_counted",
        "position_once",
        "journal_head_single",
        "transactions_do_not_change",
        "transactions_move_only_forward",
        "transitions_do_not_change",
        "events_do_not_change",
        "journal_do_not_change",
        "positions_do_not_change",
        "batches_do_not_change",
        "batch_rejections_do_not_change",
        "balances_do_not_vanish",
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
