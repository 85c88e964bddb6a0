"""PostgreSQL as the second judge: every rule that it repeats rejects, by its name, what is wrong."""

from typing import Any

import asyncpg

from ledgerd.store import errors
from tests.store import reconciliation_rows, rows, rule_rows, upload_rows
from tests.store.rows import (
    CLOSED,
    CREATION,
    IDENTITY,
    LINK,
    MONITOR,
    NEW_ID,
    NOWHERE,
    REJECTED_OPERATION,
    UNMOVED,
    VERIFICATION,
    balance,
    copied,
    deferred,
    frozen,
    ledger,
    leg,
    movement,
    of_sales,
    rejected_batch,
    run,
    twice,
)


async def rejected(connection: asyncpg.Connection, statement: str, *arguments: Any) -> str | None:
    """The constraint that rejects a statement; None where it passes. Leaves no trace."""
    try:
        async with connection.transaction():
            await connection.execute(statement, *arguments)
            raise _PassedError
    except _PassedError:
        return None
    except asyncpg.PostgresError as error:
        assert errors.is_violation(error), error
        return errors.constraint(error)


class _PassedError(Exception):
    """Nothing rejected the statement; its effect is rolled back."""


UNTOUCHED = {"committed": 0, "voided": 0, "status": "INFLIGHT"}
ADJUSTED = {**UNTOUCHED, "adjusted": 70, "adjustments": 1}
REJECTED: dict[str, list[tuple[str, ...]]] = {
    # Values.
    "precision_power_of_ten": [balance(precision=precision) for precision in (0, -10, 50, 10**18 * 9)],
    "strategy_known": [balance(allocation_strategy="RANDOM")],
    "ledger_name_bounded": [ledger(name=""), ledger(name="x" * 256)],
    "identity_type_known": [(IDENTITY, "ROBOT", None)],
    "verification_identity_exists": [(VERIFICATION, NOWHERE, "PEP", "PASSED", None, None)],
    "verification_kind_known": [(VERIFICATION, None, "HAIR", "PASSED", None, None)],
    "verification_outcome_known": [(VERIFICATION, None, "PEP", "MAYBE", None, None)],
    "verification_expires_after_check": [(VERIFICATION, None, "PEP", "PASSED", "2030-01-01", None)],
    "monitor_trigger_known": [(MONITOR, None, "ALWAYS", None)],
    "creation_noun_known": [(CREATION, "TRANSACTION")],
    "creation_begins_with_its_subject": [
        ("INSERT INTO creations VALUES ('LEDGER', 'r', gen_random_uuid(), '{}', now(), ARRAY[gen_random_uuid()])",)
    ],
    # Balances.
    "balance_ledger_exists": [balance(ledger_id=NOWHERE)],
    "balance_identity_exists": [balance(identity_id=NOWHERE)],
    "balance_totals_not_negative": [
        of_sales(f"{column} = -1") for column in ("credit", "debit", "inflight_credit", "inflight_debit")
    ],
    "balance_totals_bounded": [
        of_sales(f"{column} = 1e37 + 1") for column in ("credit", "debit", "inflight_credit", "inflight_debit")
    ],
    "balance_stays_above_floor": [
        of_sales("floor = credit + 1"),
        ("UPDATE balances SET floor = -49 WHERE indicator = '@Payer'",),
    ],
    "balance_stays_below_ceiling": [
        of_sales("ceiling = credit - 1"),
        # What is held to come in counts as if it were there.
        ("UPDATE balances SET ceiling = 49 WHERE indicator = '@Shop'",),
    ],
    "balance_status_known": [of_sales("status = 'ASLEEP'"), balance(status="open")],
    "closed_balance_is_empty": [
        of_sales("status = 'CLOSED'"),
        ("UPDATE balances SET status = 'CLOSED' WHERE indicator = '@Payer'",),
    ],
    "closed_balance_stays_closed": [
        (f"UPDATE balances SET status = '{status}' WHERE {CLOSED}",) for status in ("OPEN", "FROZEN")
    ],
    "frozen_balance_does_not_move": [
        *(frozen(f"{column} = {column} + 1") for column in ("credit", "debit", "inflight_credit", "inflight_debit")),
        frozen("debit = debit + 1, inflight_debit = 0"),
        (f"UPDATE balances SET credit = credit + 1, debit = debit + 1 WHERE {CLOSED}",),
    ],
    "internal_balance_never_closes": [balance(status="CLOSED")],
    "balance_lineage_needs_identity": [of_sales("track_fund_lineage = true")],
    "balances_begin_empty": [
        balance(**{column: 1}) for column in ("credit", "debit", "inflight_credit", "inflight_debit")
    ],
    "balances_credit_what_they_debit": [
        of_sales("credit = credit + 1"),
        of_sales("debit = debit + 1"),
        of_sales("inflight_credit = inflight_credit + 1"),
        of_sales("inflight_debit = inflight_debit + 1"),
        of_sales("credit = credit + 1, inflight_debit = inflight_debit + 1"),
        ("UPDATE balances SET credit = credit + 1, currency = currency WHERE status = 'OPEN'",),
    ],
    "monitor_balance_exists": [(MONITOR, NOWHERE, "EDGE", None)],
    # Transactions.
    "transaction_amount_positive": [movement(amount=0), movement(amount=-1)],
    "transaction_sides_differ": [movement(source_id=NOWHERE, destination_id=NOWHERE)],
    "transaction_totals_not_negative": [
        movement(**{f"{side}_{total}": -1})
        for side in ("source", "destination")
        for total in ("credit", "debit", "inflight_credit", "inflight_debit")
    ],
    "transaction_kind_known": [movement(kind="GIFT", **UNMOVED)],
    "transaction_status_fits_kind": [
        movement(status="INFLIGHT"),
        movement(status="VOID"),
        movement("commit", status="VOID"),
        deferred(deferred_as=None),
        deferred(status="LOST"),
    ],
    "transaction_parent_fits_kind": [
        movement(parent_id=NOWHERE),
        movement("commit", parent_id=None),
        leg(parent_id=None),
        movement(kind="SPLIT", leg_count=2, parent_id=NOWHERE, **UNMOVED),
    ],
    "transaction_leg_has_no_reference": [
        movement(reference=None),
        leg(reference="new"),
    ],
    "transaction_header_is_no_leg": [
        leg(leg_count=2, **UNMOVED),
        movement(kind="SPLIT", leg_count=0, **UNMOVED),
    ],
    "split_has_its_legs": rows.WITH_WRONG_LEGS,
    "transaction_deferred_as_known": [movement(deferred_as="SOON"), deferred(deferred_as="APPLIED")],
    "transaction_rejection_fits_status": [movement(rejection="{}"), deferred(rejection="{}")],
    "transaction_is_whole": [
        *(movement(**{column: None}) for column in UNMOVED),
        *(movement(**{column: None}) for column in ("source_id", "currency", "precision", "amount", "recorded_at")),
        *(deferred(**{column: 1}) for column in UNMOVED),
        movement(kind="SPLIT", leg_count=2),
        movement("commit", leg_count=2),
    ],
    "transaction_takes_what_it_says": [
        *(movement(takes_remainder=True, request_json=text) for text in (None, "{}")),
        movement("hold", takes_remainder=True, **UNTOUCHED),
    ],
    "transaction_stays_within_at_most": [
        movement(takes_remainder=True, request_json='{"available": {"at_most": "99"}}')
    ],
    "transaction_request_is_json": [movement(request_json="{")],
    "transaction_rejection_is_json": [deferred(status="REJECTED", rejection="{")],
    "hold_resolves_at_most_itself": [
        movement("hold", committed=51, status="APPLIED"),
        movement("hold", committed=30, voided=21, status="APPLIED"),
        movement("hold", committed=60, voided=-10, status="APPLIED"),
        movement("hold", committed=41, voided=0, status="APPLIED", adjusted=40, adjustments=1),
    ],
    "hold_status_follows_figures": [
        movement("hold", committed=50, voided=0),
        movement("hold", committed=10, status="APPLIED"),
        movement("hold", committed=0, voided=50, status="APPLIED"),
        movement("hold", committed=None),
        movement(committed=0, voided=0),
        movement("hold", committed=50, voided=0, status="APPLIED", adjusted=51, adjustments=1),
    ],
    "hold_times_belong_to_holds": [
        movement(expires_at="2030-01-01"),
        movement(commits_at="2030-01-01"),
        movement("commit", allow_over_commit=False),
        movement("commit", kind="ADJUSTMENT", released=20, allow_over_commit=True),
    ],
    "hold_commits_before_it_expires": [
        *(movement("hold", **UNTOUCHED, commits_at="2030-01-02", expires_at=f"2030-01-{day}") for day in ("01", "02")),
        movement("hold", **ADJUSTED, expires_at="2030-01-03", adjusted_commits_at="2030-01-03"),
        movement("hold", **ADJUSTED, commits_at="2030-01-03", adjusted_expires_at="2030-01-02"),
    ],
    "adjustments_are_of_holds": [
        movement(adjusted=100, adjustments=1),
        movement("hold", **ADJUSTED | {"adjustments": 0}),
        movement("hold", **ADJUSTED | {"adjusted": None}),
        movement("hold", **UNTOUCHED, adjusted=70),
        movement("hold", **UNTOUCHED, adjusted_expires_at="2030-01-01"),
        leg(**ADJUSTED, kind="HOLD"),
    ],
    "adjustment_releases_its_amount": [
        movement("commit", kind="ADJUSTMENT"),
        movement("commit", kind="ADJUSTMENT", released=19),
        movement("commit", kind="ADJUSTMENT", amount=None, released=-20),
    ],
    "commit_releases_less_than_it_moves": [
        movement("commit", released=20),
        movement("commit", released=0),
        movement("posting", released=1),
    ],
    "refunds_stay_within_parent": [
        movement(refunded=101),
        movement(refunded=0),
        movement("hold", refunded=21),
        movement("commit", refunded=1),
    ],
    "due_what_known": [(f"INSERT INTO due VALUES ('{NEW_ID}', 'REMIND', now())",)],
    "due_once": [twice(f"INSERT INTO due VALUES ('{NEW_ID}', 'EXPIRE', now())")],
    "transition_details_are_json": [copied("transitions", "true", id=NEW_ID, details="{")],
    "transition_kind_known": [copied("transitions", "true", id=NEW_ID, kind="LOST")],
    "batch_mode_known": [copied("batches", "true", id=NEW_ID, mode="SOME")],
    "batch_counts_add_up": [copied("batches", "true", id=NEW_ID, posted=7)],
    "batch_rejection_is_json": [rejected_batch(rejection="{")],
    "batch_rejected_is_atomic": [rejected_batch(mode="INDEPENDENT"), rejected_batch(posted=1, rejected=1)],
    "batch_metadata_is_json": [copied("batches", "true", id=NEW_ID, metadata="{")],
    "batch_run_metadata_is_json": [run(metadata="{")],
    "batch_run_mode_known": [run(mode="SOME")],
    "batch_run_status_known": [run(status="FINISHED")],
    "batch_run_payload_bounded": [
        (
            "INSERT INTO batch_runs (id, mode, payload, operations, accepted_at)"
            " VALUES (gen_random_uuid(), 'ATOMIC', convert_to(repeat('x', 16777217), 'UTF8'), 2, now())",
        )
    ],
    "batch_run_counts_fit": [run(posted=3), run(posted=1, replayed=1, rejected=1), run(posted=3, rejected=-1)],
    "batch_run_progress_fits": [run(next_index=3), run(next_index=-1)],
    "batch_rejection_told_as_json": [(REJECTED_OPERATION, "2", "{")],
    "batch_rejection_once": [(REJECTED_OPERATION, "1", "{}")],
    # The journal.
    "journal_order_once": [copied("journal", "true", id=NEW_ID)],
    "journal_entries_counted": [
        copied("journal", "true", id=NEW_ID, order_key=10**9, entries=entries) for entries in (0, -1, 2**24)
    ],
    "position_once": [copied("positions", "true", position=10**9)],
    "journal_head_single": [copied("journal_head", "true", only_row=False)],
    # Races and request ids.
    "transaction_reference_once": [movement(reference="posting")],
    "balance_indicator_once": [balance(indicator="@Sales")],
    "ledger_request_once": [twice("INSERT INTO ledgers VALUES (gen_random_uuid(), 'Once', '{}', 'r', now(), now())")],
    "balance_request_once": [("UPDATE balances SET request_id = 'r'",)],
    "identity_request_once": [twice(IDENTITY, "INDIVIDUAL", "r")],
    "verification_request_once": [twice(VERIFICATION, "", "PEP", "PASSED", "", "r")],
    "monitor_request_once": [twice(MONITOR, "", "EDGE", "r")],
    "creation_request_once": [twice(CREATION, "LEDGER")],
    # History.
    "transaction_identity_exists": [(LINK, NOWHERE)],
    "transaction_identity_once": [twice(LINK, "")],
    "transaction_identities_do_not_change": [
        ("UPDATE transaction_identities SET identity_id = transaction_id",),
        ("DELETE FROM transaction_identities",),
        ("TRUNCATE transaction_identities",),
    ],
    "transactions_do_not_change": [
        ("DELETE FROM transactions",),
        ("TRUNCATE transactions",),
        *(
            (f"UPDATE transactions SET {change} WHERE reference = 'posting'",)
            for change in (
                "amount = amount + 1",
                "reference = 'other'",
                "source_credit = source_credit + 1",
                "destination_id = source_id, source_id = destination_id",
                "description = 'edited'",
                "metadata_digest = '\\x00'",
                "effective_at = now()",
                "recorded_at = recorded_at - interval '1 day'",
            )
        ),
        ("UPDATE transactions SET adjusted = 70 WHERE reference = 'hold'",),
        ("UPDATE transactions SET adjusted = 70, adjustments = 0 WHERE reference = 'hold'",),
        ("UPDATE transactions SET adjusted = 70, adjustments = 1 WHERE reference = 'posting'",),
    ],
    "transactions_move_only_forward": [
        ("UPDATE transactions SET committed = 10 WHERE reference = 'hold'",),
        ("UPDATE transactions SET committed = 0, voided = 50, status = 'VOID' WHERE reference = 'hold'",),
    ],
    **{
        f"{table}_do_not_change": [(f"DELETE FROM {table}",), (f"TRUNCATE {table}",), (f"UPDATE {table} SET {same}",)]
        for table, same in {
            "transitions": "committed = committed",
            "events": "kind = kind",
            "journal": "digest = digest",
            "positions": "chain = chain",
            "batches": "posted = posted",
            "batch_rejections": "index = index",
        }.items()
    },
    "identity_verifications_do_not_change": [
        ("UPDATE identity_verifications SET tier = '1'",),
        ("TRUNCATE identity_verifications",),
    ],
    "service_settings_single": [("INSERT INTO service_settings (id, updated_at) VALUES (gen_random_uuid(), now())",)],
    "default_currency_well_formed": [
        (f"UPDATE service_settings SET default_currency = '{code}'",) for code in ("usd", "", "U" * 33)
    ],
    "service_settings_do_not_vanish": [("DELETE FROM service_settings",), ("TRUNCATE service_settings",)],
    "balances_do_not_vanish": [("DELETE FROM balances",), ("TRUNCATE balances CASCADE",)],
    **upload_rows.REJECTED,
    **reconciliation_rows.REJECTED,
    **rule_rows.REJECTED,
}
WITH_KEYS = (
    "ledgers identities identity_verifications balances transactions transitions batches batch_runs monitors "
    "events journal journal_unplaced positions journal_head leases schema_migrations service_settings"
)
KEYS = {
    *(f"{table}_pkey" for table in WITH_KEYS.split()),
    *upload_rows.KEYS,
    *reconciliation_rows.KEYS,
    *rule_rows.KEYS,
}
"""Primary keys of ids that we make: nobody else can collide with them."""


def test_every_listed_constraint_has_something_to_reject() -> None:
    assert REJECTED.keys() == errors.JUDGES | errors.RACES | errors.REQUEST_IDS


async def test_every_constraint_rejects_by_its_name_what_it_must(books: asyncpg.Connection) -> None:
    told = {
        name: [await rejected(books, statement, *arguments) for statement, *arguments in statements]
        for name, statements in REJECTED.items()
    }
    assert told == {name: [name] * len(statements) for name, statements in REJECTED.items()}


async def test_the_rows_that_the_table_changes_pass_unchanged(books: asyncpg.Connection) -> None:
    """The table above would prove nothing if its statements failed for another reason."""
    for statement, *arguments in (
        movement(),
        movement("hold"),
        movement("commit"),
        balance(),
        ledger(),
        (IDENTITY, "INDIVIDUAL", "r"),
        (VERIFICATION, None, "PEP", "PASSED", "2030-01-02", "r"),
        (LINK, None),
        (MONITOR, None, "EDGE", "r"),
        (CREATION, "LEDGER"),
        leg(),
        deferred(),
        deferred(amount=None, takes_remainder=True, request_json='{"available": {"at_most": "99"}}'),
        *rows.WITH_THEIR_LEGS,
        movement(takes_remainder=True, request_json='{"available": {"at_most": "100"}}'),
        movement(kind="SPLIT", leg_count=2, **UNMOVED),
        copied("transitions", "true", id=NEW_ID),
        copied("batches", "true", id=NEW_ID),
        run(),
        *reconciliation_rows.SOUND,
        rejected_batch(),
        (REJECTED_OPERATION, "2", "{}"),
        copied("journal", "true", id=NEW_ID, order_key=10**9),
        copied("positions", "true", position=10**9, journal_id=NEW_ID),
        of_sales("floor = -5, tag = 'x', ceiling = credit, status = 'FROZEN'"),
        frozen("status = 'OPEN'"),
        frozen("credit = credit, tag = 'x'"),
        (f"UPDATE balances SET tag = 'kept', status = 'CLOSED' WHERE {CLOSED}",),
        ("UPDATE transactions SET metadata = '{}' WHERE reference = 'posting'",),
        ("UPDATE transactions SET committed = 50, status = 'APPLIED' WHERE reference = 'hold'",),
        ("UPDATE transactions SET committed = 20, voided = 30, status = 'APPLIED' WHERE reference = 'hold'",),
    ):
        assert await rejected(books, statement, *arguments) is None, statement


async def test_a_resolved_hold_stays_resolved(books: asyncpg.Connection) -> None:
    await books.execute("UPDATE transactions SET committed = 50, status = 'APPLIED' WHERE reference = 'hold'")
    reopened = "UPDATE transactions SET status = 'INFLIGHT', committed = 20 WHERE reference = 'hold'"
    assert await rejected(books, reopened) == "transactions_move_only_forward"


async def test_what_is_held_on_a_frozen_balance_may_be_released(books: asyncpg.Connection) -> None:
    await books.execute("UPDATE balances SET status = 'FROZEN' WHERE indicator IN ('@Payer', '@Shop')")
    released = (
        "UPDATE balances SET inflight_debit = inflight_debit - (indicator = '@Payer')::int,"
        " inflight_credit = inflight_credit - (indicator = '@Shop')::int WHERE indicator IN ('@Payer', '@Shop')"
    )
    assert await rejected(books, released) is None


async def test_money_may_move_within_a_currency_and_not_between(books: asyncpg.Connection) -> None:
    statement, changes = balance(id=NOWHERE, currency="EUR")
    await books.execute(statement, changes)
    moved = (
        "UPDATE balances SET debit = debit + (indicator = '@Payer')::int, credit = credit + (indicator = $1)::int"
        " WHERE indicator IN ('@Payer', $1)"
    )
    assert await rejected(books, moved, "@Sales") is None
    assert await rejected(books, moved, "@New") == "balances_credit_what_they_debit"


async def test_every_constraint_of_the_schema_is_listed(connection: asyncpg.Connection) -> None:
    named = await connection.fetch(
        "SELECT conname AS name FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'"
    )
    triggers = await connection.fetch("SELECT tgname AS name FROM pg_trigger WHERE NOT tgisinternal")
    assert {row["name"] for row in (*named, *triggers)} == REJECTED.keys() | KEYS
