"""What PostgreSQL must reject in matching rules and their sets: each constraint with statements that break it."""

from typing import Any

from tests.store.rows import NOWHERE
from tests.store.upload_rows import insert

_RULE_ID, _SET_ID = "'01900000-0000-7000-8000-00000000cccc'", "'01900000-0000-7000-8000-00000000dddd'"
_OTHER, _NOWHERE = "gen_random_uuid()", f"'{NOWHERE}'"
_RULE = {"id": _RULE_ID, "version": 1, "created_at": "now()"}
_RULE_VERSION = {"rule_id": _RULE_ID, "version": 1, "name": "'n'", "body": "'[]'", "created_at": "now()"}
_SET = {"id": _SET_ID, "version": 1, "created_at": "now()"}
_SET_VERSION = {"set_id": _SET_ID, "version": 1, "name": "'n'", "created_at": "now()"}
_SET_RULE = {"set_id": _SET_ID, "version": 1, "place": 1, "rule_id": _RULE_ID}
_ALL: list[tuple[str, dict[str, Any]]] = [
    ("matching_rules", _RULE),
    ("matching_rule_versions", _RULE_VERSION),
    ("matching_rule_sets", _SET),
    ("matching_rule_set_versions", _SET_VERSION),
    ("matching_rule_set_rules", _SET_RULE),
]


def row(table: str, *, twice: bool = False, **changes: Any) -> tuple[str]:
    """A row that is right but for some columns, after those that it needs; or, after it, one more."""
    statements = []
    for name, usual in _ALL:
        if name == table and not twice:
            statements.append(insert(name, usual, **changes))
            break
        statements.append(insert(name, usual))
        if name == table:
            statements.append(insert(name, usual, **changes))
            break
    return ("; ".join(statements),)


_BAD_NAMES = ("''", "repeat('x', 256)")
REJECTED: dict[str, list[tuple[str, ...]]] = {
    "matching_rule_version_counted": [row("matching_rules", version=0)],
    "matching_rule_request_once": [
        ("; ".join(insert("matching_rules", _RULE, id=_OTHER, request_id="'r'") for _ in range(2)),)
    ],
    "matching_rule_version_rule_exists": [row("matching_rule_versions", rule_id=_NOWHERE)],
    "matching_rule_name_bounded": [row("matching_rule_versions", name=name) for name in _BAD_NAMES],
    "matching_rule_version_once": [row("matching_rule_versions", twice=True)],
    "matching_rule_set_version_counted": [row("matching_rule_sets", version=0)],
    "matching_rule_set_request_once": [
        ("; ".join(insert("matching_rule_sets", _SET, id=_OTHER, request_id="'r'") for _ in range(2)),)
    ],
    "matching_rule_set_version_set_exists": [row("matching_rule_set_versions", set_id=_NOWHERE)],
    "matching_rule_set_name_bounded": [row("matching_rule_set_versions", name=name) for name in _BAD_NAMES],
    "matching_rule_set_version_once": [row("matching_rule_set_versions", twice=True)],
    "set_rule_place_bounded": [row("matching_rule_set_rules", place=place) for place in (0, 101)],
    "set_rule_exists": [row("matching_rule_set_rules", rule_id=_NOWHERE)],
    "set_rule_place_once": [row("matching_rule_set_rules", twice=True, rule_id=_OTHER)],
    "set_rule_once": [row("matching_rule_set_rules", twice=True, place=2)],
    "set_rule_set_exists": [row("matching_rule_set_rules", version=2)],
    "set_rule_version_exists": [row("matching_rule_set_rules", rule_version=2)],
    **{
        f"{table}_do_not_change": [
            (f"DELETE FROM {table}",),
            (f"TRUNCATE {table} CASCADE",),
            (f"UPDATE {table} SET {same}",),
        ]
        for table, same in {
            "matching_rule_versions": "body = body",
            "matching_rule_set_versions": "name = name",
            "matching_rule_set_rules": "place = place",
        }.items()
    },
}
KEYS = {"matching_rules_pkey", "matching_rule_sets_pkey"}
"""Primary keys of ids that we make."""
