"""What PostgreSQL must reject in runs and what they found: each constraint with statements that break it."""

from collections.abc import Mapping
from typing import Any

from tests.store.rows import NOWHERE
from tests.store.upload_rows import insert

_ID = "'01900000-0000-7000-8000-00000000cccc'"
_NOWHERE = f"'{NOWHERE}'"
_RUN: dict[str, Any] = {
    "id": _ID,
    "source_id": _NOWHERE,
    "scope": "'{}'",
    "rules": "'[]'",
    "dry_run": "false",
    "created_at": "now()",
}
_NOTED = {"position": 1, "decisions": 0, "record_bound": 0}
_FINISHED = {**_NOTED, "status": "'FINISHED'", "counts": "'{}'", "digest": "'x'", "finished_at": "now()"}
_BALANCE = {"reconciliation_id": _ID, "balance_id": "(SELECT id FROM balances ORDER BY id LIMIT 1)", "version": 1}
_MATCH: dict[str, Any] = {"reconciliation_id": _ID, "number": 1, "level": 0, "drift": 0, "distance": 0}
_MEMBER: dict[str, Any] = {"reconciliation_id": _ID, "match_number": 1, "place": 0, "record_number": 1}
_UNMATCHED: dict[str, Any] = {"reconciliation_id": _ID, "number": 1, "record_number": 1, "outcome": "'UNMATCHED'"}
_DECISION = {"source_id": _NOWHERE, "kind": "'IGNORE_ROWS'", "decided_at": "now()"}
_CLAIMS: dict[str, dict[str, Any]] = {
    "record": {"record_number": 1, "claimed_by": 1},
    "entry": {"transaction_id": _NOWHERE, "balance_id": _NOWHERE, "claimed_by": 1},
}


def run(**changes: Any) -> tuple[str]:
    return (insert("reconciliations", _RUN, **changes),)


def of_run(table: str, usual: dict[str, Any], **changes: Any) -> tuple[str]:
    """A row of a run that is right."""
    return (f"{run()[0]}; {insert(table, usual, **changes)}",)


def lost(table: str, usual: dict[str, Any]) -> tuple[str]:
    """The loss of a row of a finished run."""
    finished = ", ".join(f"{name} = {value}" for name, value in _FINISHED.items())
    steps = [run()[0], insert(table, usual), f"UPDATE reconciliations SET {finished}", f"DELETE FROM {table}"]
    return ("; ".join(steps),)


def late(table: str, usual: dict[str, Any]) -> tuple[str]:
    """A row that comes when its run is finished."""
    return ("; ".join([run(**_FINISHED)[0], insert(table, usual)]),)


def claim(side: str, *then: str, **changes: Any) -> tuple[str]:
    return ("; ".join([insert(f"{side}_claims", _CLAIMS[side], **changes), *then]),)


_ONE_SIDE = [{"record_number": "NULL"}, {"transaction_id": _NOWHERE, "balance_id": _NOWHERE}, {"balance_id": _NOWHERE}]
_SAME = {
    "reconciliation_balances": "version = version",
    "match_members": "place = place",
    "unmatched_rows": "outcome = outcome",
    "row_decisions": "reason = reason",
}
_EXCEPTION: dict[str, Any] = {
    "id": _ID, "source_id": _NOWHERE, "reconciliation_id": _ID, "kind": "'UNMATCHED'", "record_number": 1, "amount": 1,
    "currency": "'USD'", "precision": 100, "row_date": "now()", "due_at": "now()", "created_at": "now()",
    "updated_at": "now()",
}  # fmt: skip
_RESOLVED = {"status": "'RESOLVED'", "resolved_at": "now()", "resolution": "'x'"}
_OF_ENTRY = {"record_number": "NULL", "transaction_id": _NOWHERE, "balance_id": _NOWHERE}


def exception(*then: str, **changes: Any) -> tuple[str]:
    return ("; ".join([insert("reconciliation_exceptions", _EXCEPTION, **changes), *then]),)


_EXCEPTIONS_REJECTED: dict[str, list[tuple[str, ...]]] = {
    "exception_kind_known": [exception(kind="'ODD'")],
    "exception_status_known": [exception(status="'ODD'")],
    "exception_is_about_one_row": [exception(**change) for change in _ONE_SIDE],
    "exception_of_a_match_names_it": [exception(match_number=1), exception(kind="'DIFFERENCE'")],
    "exception_resolved_has_its_time": [exception(**{**_RESOLVED, "resolved_at": "NULL"})],
    "exception_resolved_has_a_reason": [exception(**{**_RESOLVED, "resolution": "NULL"})],
    "exceptions_end_once": [exception("UPDATE reconciliation_exceptions SET comment = 'x'", **_RESOLVED)],
    "exceptions_do_not_vanish": [exception(f"{do} reconciliation_exceptions") for do in ("DELETE FROM", "TRUNCATE")],
    "exception_of_record_once": [exception(*exception(id="gen_random_uuid()"))],
    "exception_of_entry_once": [exception(*exception(id="gen_random_uuid()", **_OF_ENTRY), **_OF_ENTRY)],
}
_SOURCE = (
    "INSERT INTO external_sources (id, name, time_zone, sign_convention, settlement_window, created_at, updated_at)"
    f" VALUES ({_ID}, 'Bank', 'UTC', 'MONEY_IN_IS_CREDIT', '{{\"days\": 0}}', now(), now())"
)
_STATEMENT: dict[str, Any] = {
    "id": _ID, "source_id": _ID, "currency": "'USD'", "day": "now()", "basis": "'RECORD'", "figures": "'{}'",
    "moment": "'{}'", "digest": "sha256('')", "created_at": "now()",
}  # fmt: skip
_CONFIRMED = {"status": "'CONFIRMED'", "confirmed_at": "now()", "confirm_reason": "'x'"}
_ITEM: dict[str, Any] = {"statement_id": _ID, "list": "'differences'", "place": 0, "item": "'{}'"}


def statement(*then: str, **changes: Any) -> tuple[str]:
    return ("; ".join([_SOURCE, insert("reconciliation_statements", _STATEMENT, **changes), *then]),)


_STATEMENTS_REJECTED: dict[str, list[tuple[str, ...]]] = {
    "statement_source_exists": [(insert("reconciliation_statements", _STATEMENT),)],
    "statement_basis_known": [statement(basis="'ODD'")],
    "statement_status_known": [statement(status="'ODD'")],
    "statement_digest_is_sha256": [statement(digest="'x'")],
    "statement_confirmed_whole": [
        statement(status="'CONFIRMED'"),
        statement(**{**_CONFIRMED, "confirm_reason": "NULL"}),
        statement(confirmed_by="'ada'"),
    ],
    "statement_item_statement_exists": [(insert("reconciliation_statement_items", _ITEM),)],
    "statement_item_list_known": [statement(insert("reconciliation_statement_items", _ITEM, list="'odd'"))],
    "reconciliation_statements_do_not_change": [
        (f"UPDATE reconciliation_statements SET {name} = {name}",) for name in (*_STATEMENT, "created_by")
    ],
    "reconciliation_statements_confirmed_once": [
        statement("UPDATE reconciliation_statements SET confirmed_by = 'eve'", **_CONFIRMED)
    ],
    "reconciliation_statements_do_not_vanish": [
        ("DELETE FROM reconciliation_statements",),
        ("TRUNCATE reconciliation_statements CASCADE",),
    ],
    "reconciliation_statement_items_do_not_change": [
        (f"{do} reconciliation_statement_items",) for do in ("DELETE FROM", "TRUNCATE")
    ]
    + [("UPDATE reconciliation_statement_items SET place = place",)],
}
_ADJUSTMENT: dict[str, Any] = {
    "id": _ID, "source_id": _NOWHERE, "reconciliation_id": _ID, "level": 0, "rule_id": _NOWHERE, "rule_version": 1,
    "kind": "'FEE'", "record_number": 1, "first_record": 1, "balance_id": _NOWHERE, "counterpart": "'@Fees'",
    "amount": -1, "currency": "'USD'", "precision": 100, "effective_at": "now()", "allow_overdraft": "false",
    "is_automatic": "false",
}  # fmt: skip
_OF_MATCH = {"record_number": "NULL", "match_number": 1}
_STEPS = {
    "POSTING": f"attempt = {_ID}",
    "POSTED": f"attempt = NULL, decision = 1, transaction_id = {_NOWHERE}",
    "REVERSING": f"attempt = {_ID}",
    "REVERSED": f"attempt = NULL, reversal_id = {_NOWHERE}",
}


def adjustment(*then: str, **changes: Any) -> tuple[str]:
    return ("; ".join([insert("reconciliation_adjustments", _ADJUSTMENT, **changes), *then]),)


def to(status: str, **changes: str) -> tuple[str, ...]:
    """An adjustment, step by step to a status; the last step with these changes."""
    statuses = list(_STEPS)[: list(_STEPS).index(status) + 1]
    steps = [f"{ADJUSTED} status = '{name}', {_STEPS[name]}" for name in statuses]
    more = "".join(f", {name} = {value}" for name, value in changes.items())
    return (*steps[:-1], _without(steps[-1], changes) + more)


def _without(step: str, changes: Mapping[str, str]) -> str:
    head, *settings = step.split(", ")
    return ", ".join([head, *(each for each in settings if each.split(" ")[0] not in changes)])


ADJUSTED = "UPDATE reconciliation_adjustments SET"
_ALL = ("PROPOSED", "POSTING", "POSTED", "REJECTED", "REVERSING", "REVERSED")
_LEAPS = {
    "PROPOSED": ("POSTED", "REVERSING", "REVERSED"),
    "POSTING": ("REJECTED", "REVERSING", "REVERSED"),
    "POSTED": ("PROPOSED", "POSTING", "POSTED", "REJECTED", "REVERSED"),
    "REVERSING": ("PROPOSED", "POSTING", "REJECTED"),
    "REVERSED": ("PROPOSED", "POSTING", "POSTED", "REJECTED", "REVERSING", "REVERSED"),
}
"""Where an adjustment cannot go from a status."""
_ADJUSTMENTS_REJECTED: dict[str, list[tuple[str, ...]]] = {
    "adjustment_kind_known": [adjustment(kind="'ODD'")],
    "adjustment_moves_something": [adjustment(amount=0)],
    "adjustment_rejection_is_json": [adjustment(rejection="'odd'")],
    "adjustment_of_match_once": [adjustment(*adjustment(id="gen_random_uuid()", **_OF_MATCH), **_OF_MATCH)],
    "adjustment_of_record_once": [adjustment(*adjustment(id="gen_random_uuid()"))],
    "adjustment_is_of_match_or_record": [adjustment(match_number=1), adjustment(record_number="NULL")],
    "adjustment_posted_has_its_transaction": [
        adjustment(transaction_id=_NOWHERE),
        adjustment(*to("POSTED", transaction_id="NULL")),
    ],
    "adjustment_reversed_has_its_refund": [
        adjustment(*to("REVERSED", reversal_id="NULL")),
        adjustment(*to("POSTED", reversal_id=_NOWHERE)),
    ],
    "adjustment_under_way_is_attempted": [
        adjustment(attempt=_ID),
        adjustment(*to("POSTING", attempt="NULL")),
        adjustment(*to("POSTED", attempt=_ID)),
    ],
    "adjustment_ends_by_decision": [
        adjustment(f"{ADJUSTED} status = 'REJECTED'"),
        adjustment(*to("POSTED", decision="NULL")),
    ],
    "adjustments_go_step_by_step": [
        *(adjustment(status=f"'{status}'") for status in _ALL[1:]),
        *(
            adjustment(*(() if at == "PROPOSED" else to(at)), f"{ADJUSTED} status = '{status}'")
            for at, statuses in _LEAPS.items()
            for status in statuses
        ),
        adjustment(f"{ADJUSTED} status = 'REJECTED', decision = 1", f"{ADJUSTED} status = 'PROPOSED'"),
    ],
    "adjustments_do_not_change": [
        ("TRUNCATE reconciliation_adjustments",),
        *((f"{ADJUSTED} {name} = {name}",) for name in _ADJUSTMENT),
    ],
    "adjustments_keep_their_transaction": [
        adjustment(
            *to("POSTED"), f"{ADJUSTED} status = 'REVERSING', attempt = {_ID}, transaction_id = gen_random_uuid()"
        )
    ],
    "adjustments_do_not_come_late": [late("reconciliation_adjustments", _ADJUSTMENT)],
    "adjustment_of_transaction_once": [adjustment(*adjustment(id="gen_random_uuid()", record_number=2), *to("POSTED"))],
    "adjustment_of_refund_once": [
        adjustment(
            *adjustment(id="gen_random_uuid()", record_number=2),
            *to("POSTED", transaction_id="gen_random_uuid()"),
            f"{ADJUSTED} status = 'REVERSING', attempt = {_ID}",
            f"{ADJUSTED} status = 'REVERSED', {_STEPS['REVERSED']}",
        )
    ],
    "adjustments_do_not_vanish": [lost("reconciliation_adjustments", _ADJUSTMENT)],
}
REJECTED: dict[str, list[tuple[str, ...]]] = {
    **_EXCEPTIONS_REJECTED,
    **_STATEMENTS_REJECTED,
    **_ADJUSTMENTS_REJECTED,
    "replayed_reconciliation_exists": [run(replays=_NOWHERE)],
    "reconciliation_status_known": [run(status="'ODD'")],
    "reconciliation_stage_known": [run(stage="'ODD'")],
    "reconciliation_notes_all_or_nothing": [run(**{name: 1}) for name in _NOTED],
    "reconciliation_finishes_whole": [
        run(**{**_FINISHED, "digest": "NULL"}),
        run(**{**_FINISHED, "status": "'CANCELLED'"}),
    ],
    "reconciliation_ends_with_its_time": [run(status="'CANCELLED'"), run(finished_at="now()")],
    "reconciliation_fails_with_a_reason": [run(status="'FAILED'", finished_at="now()"), run(rejection="'f'")],
    "reconciliation_policy_known": [run(confirmation_policy="'NOBODY'")],
    "scope_reconciliation_exists": [(insert("reconciliation_balances", _BALANCE),)],
    "scope_balance_exists": [of_run("reconciliation_balances", _BALANCE, balance_id=_NOWHERE)],
    "reconciliation_balance_once": [
        ("; ".join([*of_run("reconciliation_balances", _BALANCE), insert("reconciliation_balances", _BALANCE)]),)
    ],
    "match_status_known": [of_run("matches", _MATCH, status="'ODD'")],
    "match_names_both_rows": [of_run("matches", _MATCH, record_number=1), of_run("matches", _MATCH, balance_id=_ID)],
    "member_is_of_one_side": [of_run("match_members", _MEMBER, **changes) for changes in _ONE_SIDE],
    "unmatched_rows_do_not_come_late": [late("unmatched_rows", _UNMATCHED)],
    "unmatched_outcome_known": [of_run("unmatched_rows", _UNMATCHED, outcome="'ODD'")],
    "unmatched_row_is_of_one_side": [of_run("unmatched_rows", _UNMATCHED, **changes) for changes in _ONE_SIDE],
    "row_decision_known": [(insert("row_decisions", _DECISION, kind="'ODD'"),)],
    "row_decision_head_single": [("INSERT INTO row_decision_head (only_row, number) VALUES (false, 1)",)],
    "record_claim_begins_before_it_ends": [claim("record", released_by=1)],
    "entry_claim_begins_before_it_ends": [claim("entry", released_by=1)],
    "record_claimed_once": [claim("record", *claim("record"))],
    "entry_claimed_once": [claim("entry", *claim("entry"))],
    "reconciliations_do_not_change": [
        (f"{run(**_FINISHED)[0]}; UPDATE reconciliations SET stage = stage",),
    ],
    "reconciliations_do_not_vanish": [("DELETE FROM reconciliations",), ("TRUNCATE reconciliations CASCADE",)],
    "matches_do_not_change": [
        ("TRUNCATE matches",),
        *((f"UPDATE matches SET {name} = {name}",) for name in (*_MATCH, "record_number", "is_ambiguous")),
    ],
    **{
        f"{table}_do_not_change": [(f"TRUNCATE {table}",), (f"UPDATE {table} SET {same}",)]
        for table, same in _SAME.items()
    },
    "row_decision_head_does_not_vanish": [("DELETE FROM row_decision_head",), ("TRUNCATE row_decision_head",)],
    **{
        f"{side}_claims_do_not_change": [
            (f"DELETE FROM {side}_claims",),
            (f"TRUNCATE {side}_claims",),
            (f"UPDATE {side}_claims SET claimed_by = 2",),
        ]
        for side in _CLAIMS
    },
    **{
        f"{side}_claims_end_once": [claim(side, f"UPDATE {side}_claims SET released_by = 3", released_by=2)]
        for side in _CLAIMS
    },
    "matches_do_not_vanish": [lost("matches", _MATCH)],
    "match_members_do_not_vanish": [lost("match_members", _MEMBER)],
    "unmatched_rows_do_not_vanish": [lost("unmatched_rows", _UNMATCHED)],
}
KEYS = {
    "reconciliation_statements_pkey",
    "reconciliation_statement_items_pkey",
    "reconciliation_exceptions_pkey",
    "reconciliation_adjustments_pkey",
    "reconciliations_pkey",
    "matches_pkey",
    "match_members_pkey",
    "unmatched_rows_pkey",
    "row_decisions_pkey",
    "row_decision_head_pkey",
}
SOUND = [
    run(),
    run(**_FINISHED),
    of_run("reconciliation_balances", _BALANCE),
    (f"{of_run('matches', _MATCH)[0]}; UPDATE matches SET status = 'CONFIRMED'; DELETE FROM matches",),
    of_run("match_members", _MEMBER),
    of_run("unmatched_rows", _UNMATCHED),
    (insert("row_decisions", _DECISION),),
    exception(*exception(id="gen_random_uuid()"), **_RESOLVED),
    statement(
        insert("reconciliation_statement_items", _ITEM),
        "UPDATE reconciliation_statements SET status = 'CONFIRMED',"
        " confirmed_by = 'eve', confirmed_at = now(), confirm_reason = 'x'",
    ),
    *(claim(side, f"UPDATE {side}_claims SET released_by = 2", *claim(side)) for side in _CLAIMS),
]
"""Statements like those above that nothing rejects."""
