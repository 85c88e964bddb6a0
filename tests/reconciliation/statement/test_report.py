"""The report is one page that needs nothing else, says everything, and runs nothing that a bank wrote."""

import base64
import hashlib
import re
from datetime import timedelta
from itertools import pairwise

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerd.core.model.reconciliation_statement import (
    LedgerBalance,
    Open,
    OpenOutcome,
    ReconciliationStatement,
)
from ledgerd.reconciliation.report.page import OUTCOMES, POLICY, Report, write_page
from ledgerd.reconciliation.report.texts import shown
from ledgerd.reconciliation.statement import draw_up
from tests.reconciliation.statement.examples import HOSTILE, example
from tests.reconciliation.statement.worlds import SCOPE, record

NAMES = set(
    "html head meta title style body header main section h1 h2 h3 p bdi div table caption thead tbody tr th td span "
    "details summary svg g rect line text".split()
)
"""The elements that the page is made of."""
ATTRIBUTES = set(
    "lang charset http-equiv content name class scope colspan dir role tabindex aria-label viewbox x y x1 x2 y1 y2 "
    "width height text-anchor".split()
)


def page_of(report: Report) -> str:
    return b"".join(write_page(report)).decode()


def parsed(report: Report) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(page_of(report))


def with_row(text: str) -> Report:
    """A report of one row that has this text everywhere."""
    row = record(1, -1, SCOPE.day, reference=text, counterparty=text, description=text, account=text)
    statement = draw_up(SCOPE, [], [Open(row=row)], LedgerBalance(total=0, balances=((text, 0),)))
    return Report(source_name=text, statements=(statement,), made_at=example().made_at)


# What it says ------------------------------------------------------------------------------------


def cells(page: lxml.html.HtmlElement) -> list[list[str]]:
    return [[cell.text_content() for cell in row.iterchildren("th", "td")] for row in page.iter("tr")]


def test_every_step_of_the_proof_stands_in_the_page() -> None:
    report = example(lost=1_234)
    rows = cells(parsed(report))
    (proof,) = [statement.proof for statement in report.statements if statement.proof]
    assert proof.unexplained == -1_234
    for name, minor in [
        ("Balance by the bank", proof.bank_balance),
        ("What the ledger should have", proof.expected),
        ("Balance by the ledger", proof.ledger_balance),
        ("Not explained", -1_234),
        ("of that: records that the source does not have", -1_234),
    ]:
        assert [name, f"{minor / 100:.2f}"] in rows


def test_every_difference_and_every_row_of_one_side_stands_in_the_page() -> None:
    report = example()
    ids = [row[-1] for row in cells(parsed(report))]
    for statement in report.statements:
        listed = [item.match_id for item in statement.differences.items]
        for items in (statement.only_in_bank, statement.only_in_ledger):
            listed += [item.row.id for item in items.items]
        assert listed
        assert set(listed) <= set(ids)


def test_the_verdict_is_in_words() -> None:
    verdicts = [[each.text_content() for each in parsed(report).find_class("verdict")] for report in (
        example(), example(lost=1), Report(source_name="x", statements=(), made_at=example().made_at)
    )]  # fmt: skip
    absent = (
        "There is no balance by the bank, so nothing is proved. No final bank statement closed on or before the day."
    )
    assert verdicts == [
        ["The two balances are explained to the last unit.", absent],
        ["Not explained: -0.01 EUR.", absent],
        ["There is nothing to report."],
    ]


def test_every_outcome_has_words() -> None:
    assert {*OpenOutcome} <= {*OUTCOMES}


def test_a_page_has_a_bound_and_says_how_many_rows_are_not_in_it() -> None:
    rows = [Open(row=record(n, -1, SCOPE.day)) for n in range(5_001 + 23)]
    statement = draw_up(SCOPE, [], rows, LedgerBalance(total=0))
    page = parsed(Report(source_name="x", statements=(statement,), made_at=example().made_at))
    assert len(page.find_class("id")) == 5_000 + 1
    assert "These are the first 5000. 24 more are not shown; all 5024 count." in page.text_content()


# What it needs, and what it may not do -----------------------------------------------------------


def test_it_is_made_of_known_elements_and_refers_to_nothing() -> None:
    for element in parsed(example()).iter():
        assert element.tag in NAMES
        assert {*element.attrib} <= ATTRIBUTES
    assert "url(" not in page_of(example())
    assert "@import" not in page_of(example())


def test_its_policy_lets_nothing_in_but_its_own_style() -> None:
    page = parsed(example())
    (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    (style,) = re.findall(r"<style>(.*?)</style>", page_of(example()), re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == POLICY == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    first = page.find("head").getchildren()[:2]
    assert [element.tag for element in first] == ["meta", "meta"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text(text: str) -> None:
    page = parsed(with_row(text))
    assert {element.tag for element in page.iter()} <= NAMES
    assert len(list(page.iter("style"))) == len(page.findall("head/title")) == len(page.findall(".//h1")) == 1
    row = next(cells_ for cells_ in cells(page) if cells_[-1] == f"{1:019d}")
    assert row[2:5] == [shown(text)] * 3
    assert page.find("head").find("title").text == f"Reconciliation: {shown(text)}"


@given(st.text())
def test_any_text_is_text(text: str) -> None:
    page = parsed(with_row(text))
    assert {element.tag for element in page.iter()} <= NAMES
    assert all({*element.attrib} <= ATTRIBUTES for element in page.iter())


@pytest.mark.parametrize("code", [0x202A, 0x202E, 0x2066, 0x2069, 0x200E, 0x200F, 0x061C, 0x200B, 0xFEFF, 0x2028, 0x07])
def test_what_is_hidden_or_turns_the_direction_is_a_mark(code: int) -> None:
    assert shown(f"a{chr(code)}b") == f"a⟨U+{code:04X}⟩b"
    assert chr(code) not in page_of(with_row(f"a{chr(code)}b"))


@pytest.mark.parametrize("text", ["Ärger & Söhne", "קנייה", "می\u200cخواهم", "日本", "👩\u200d🚀", "a b"])
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert shown(text) == text


def test_texts_have_one_row() -> None:
    assert shown("a\tb\r\nc") == "a b  c"


# For everybody -----------------------------------------------------------------------------------


def test_tables_have_captions_and_headers_for_their_columns() -> None:
    page = parsed(example())
    assert page.get("lang") == "en"
    for table in page.iter("table"):
        assert table.find("caption").text_content()
        headers = table.findall("thead/tr/th")
        assert {header.get("scope") for header in headers} == {"col"}
        widths = {sum(int(cell.get("colspan", 1)) for cell in row) for row in table.findall("tbody/tr")}
        assert widths == {len(headers)}
    assert {cell.get("scope") for cell in page.iterfind(".//tbody/tr/th")} == {"row"}


def test_headings_leave_out_no_level_and_pictures_have_names() -> None:
    page = parsed(example())
    levels = [int(element.tag[1]) for element in page.iter("h1", "h2", "h3")]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert [picture.get("role") for picture in page.iter("svg")] == ["img", "img"]
    assert all("by day" in picture.get("aria-label") for picture in page.iter("svg"))


def themes() -> dict[str, dict[str, str]]:
    """The colours of the page, of a dark one and of paper."""
    (style,) = re.findall(r"<style>(.*?)</style>", page_of(example()), re.DOTALL)
    roots = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    return dict(
        zip(["light", "dark", "print"], (dict(re.findall(r"(--\w+): #(\w{6})", r)) for r in roots), strict=True)
    )


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_text_can_be_read_and_bars_can_be_told_apart(theme: str) -> None:
    colours = themes()[theme]
    for text in ("--text", "--quiet", "--good", "--bad"):
        for ground in ("--page", "--panel"):
            assert contrast(colours[text], colours[ground]) >= 4.5
    assert contrast(colours["--unmatched"], colours["--panel"]) >= 3
    assert contrast(colours["--matched"], colours["--unmatched"]) >= 2


def contrast(one: str, other: str) -> float:
    """The ratio that WCAG 2 defines."""
    brighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_on_paper_each_currency_begins_a_page_and_headers_are_repeated() -> None:
    (printed,) = re.findall(r"@media print \{(.*)\n\}", page_of(example()), re.DOTALL)
    assert ".currency + .currency { break-before: page; }" in printed
    assert "thead { display: table-header-group; }" in printed


def test_the_example_differs_in_every_way() -> None:
    statement: ReconciliationStatement = example().statements[0]
    for listed in (
        statement.only_in_bank, statement.only_in_ledger, statement.differences, statement.ignored_in_bank,
        statement.ignored_in_ledger,
    ):  # fmt: skip
        assert listed.count
    assert statement.scope.day - timedelta(days=1) == statement.bank.accounts[0].closing_day
