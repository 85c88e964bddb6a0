"""Rows of transactions have the columns that the table in schema.sql says."""

import re
from collections.abc import Awaitable, Callable
from importlib import resources

import asyncpg
import pytest

from tests.conftest import Server, Yesterday, start_server, stop_server
from tests.journal import test_verify_adjustments, test_verify_deferred, test_verify_deferred_splits, test_verify_splits

SCHEMA = resources.files("ledgerd.store").joinpath("schema.sql").read_text(encoding="utf-8")
ROW = re.compile(r"^--   (\S.*?)  +((?:[xo.] *){12})$", re.MULTILINE)
HEADER = re.compile(r"^--    +(POSTING .*SPLIT)$", re.MULTILINE)

MOVED = {"APPLIED", "INFLIGHT", "VOID"}
AMENDMENTS = {"CANCEL", "RESCHEDULE", "APPROVE", "DENY"}
FIGURES = [
    f"{side}_{figure}"
    for side in ("source", "destination")
    for figure in ("version", "credit", "debit", "inflight_credit", "inflight_debit")
]
Group = tuple[str, bool]


def table() -> dict[Group, dict[str, str]]:
    """For each kind of row, moved or not, the mark of each column."""
    header = HEADER.search(SCHEMA)
    assert header is not None
    names = header[1].split()
    groups = [(name, place < names.index("amendment") + 1) for place, name in enumerate(names)]
    marks: dict[Group, dict[str, str]] = {group: {} for group in groups}
    for label, cells in ROW.findall(SCHEMA):
        columns = FIGURES if label == "the ten figures" else label.split(", ")
        for group, mark in zip(groups, cells.split(), strict=True):
            marks[group] |= dict.fromkeys(columns, mark)
    return marks


def group_of(row: asyncpg.Record) -> Group:
    has_moved = row["status"] in MOVED
    if row["kind"] in AMENDMENTS:
        return "amendment", has_moved
    return "header" if has_moved and row["leg_count"] is not None else row["kind"], has_moved


def test_the_table_has_every_column_that_can_be_null_for_a_reason() -> None:
    marks = table()
    assert len(marks) == 12
    assert {len(columns) for columns in marks.values()} == {len(FIGURES) + 23}


@pytest.mark.parametrize(
    ("work", "groups"),
    [
        (
            test_verify_deferred.a_days_work,
            {("POSTING", True), ("HOLD", True), ("REFUND", True), ("amendment", True), ("POSTING", False)},
        ),
        (
            test_verify_deferred_splits.a_days_work,
            {("COMMIT", True), ("header", True), ("POSTING", False), ("REFUND", False), ("SPLIT", False)},
        ),
        (test_verify_adjustments.a_days_work, {("HOLD", True), ("ADJUSTMENT", True), ("COMMIT", True)}),
        (
            test_verify_splits.a_days_work,
            {("POSTING", True), ("HOLD", True), ("COMMIT", True), ("VOID", True), ("REFUND", True), ("header", True)},
        ),
    ],
)
async def test_rows_have_the_columns_that_the_table_says(
    dsn: str, connection: asyncpg.Connection, work: Callable[[Server], Awaitable[None]], groups: set[Group]
) -> None:
    server = await start_server(dsn, clock=Yesterday())
    try:
        await work(server)
    finally:
        await stop_server(server)
    rows, marks = await connection.fetch("SELECT * FROM transactions"), table()
    assert groups <= {group_of(row) for row in rows}
    wrong = [
        (group_of(row), row["status"], row["reference"], column)
        for row in rows
        for column, mark in marks[group_of(row)].items()
        if mark != "o" and (mark == "x") != (row[column] is not None)
    ]
    assert wrong == []
