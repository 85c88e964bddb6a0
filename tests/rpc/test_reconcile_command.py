"""`ledgerd reconcile` as a user sees it: what it prints, what it writes, and its exit code."""

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from ledgerapi.v1.reconciliation_pb2 import Reconciliation
from ledgerapi.v1.upload_pb2 import Upload
from rich.console import Console

from ledgerd.cli.reconcile import stating
from ledgerd.cli.reconcile.terminal import Progressing
from ledgerd.workers import reconciliations
from tests.conftest import Server
from tests.rpc import records
from tests.rpc.commands import DAY, MT940, Bank, mt940

Capture = pytest.CaptureFixture[str]


@pytest.fixture
async def bank(server: Server, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> Bank:
    monkeypatch.setenv("COLUMNS", "200")
    return await Bank.open(server, tmp_path, capsys)


@pytest.fixture
async def giro(server: Server, tmp_path: Path, capsys: Capture) -> Bank:
    """Its files tell balances."""
    return await Bank.open(server, tmp_path, capsys, MT940)


# Exit codes ------------------------------------------------------------------------------------


async def test_a_statement_that_is_explained(giro: Bank) -> None:
    """What only one side has explains the difference as well as a match does."""
    await giro.post("ref-1", 200)
    await giro.post("cheque", 700)
    said = await giro.reconcile(giro.file(mt940("0,00", "11,00", ("ref-1", "2,00"), ("fee", "9,00"))))
    assert (said.code, said.err) == (0, "")
    assert f"Bank, USD, up to {DAY}" in said.out and "USD is explained to the last unit." in said.out
    strict = await giro.reconcile(giro.folder / "march", all_matched=True)
    assert strict.code == 1 and "Not every row is matched" in strict.out


async def test_a_statement_that_lacks_records_is_not_explained(giro: Bank) -> None:
    path = giro.file(mt940("0,00", "2,00", ("ref-1", "2,00")) + mt940("9,00", "10,00", ("ref-2", "1,00"), number=2))
    said = await giro.reconcile(path, as_json=True)
    (statement,) = json.loads(said.out)["statements"]
    assert (said.code, statement["explained"], statement["proof"]["records_missing"]) == (1, False, "7.00")
    said = await giro.reconcile(path)
    assert "USD is not explained: 7.00 USD of the bank's balance stand in no record." in said.out


async def test_where_the_bank_tells_no_balance_every_row_must_be_matched(bank: Bank) -> None:
    await bank.post("ref-1", 100)
    said = await bank.reconcile(bank.file(records.csv(records.row(1))))
    assert said.code == 0 and "(no statement), and every row is matched." in said.out
    said = await bank.reconcile(bank.file(records.csv(records.row(2)), "april"))
    assert said.code == 1 and "and not every row is matched without a difference." in said.out


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"source": "Nobody"}, "No source is called Nobody."),
        ({"source": "src_01hzzzzzzzzzzzzzzzzzzzzzzz"}, "(EXTERNAL_SOURCE_NOT_FOUND)"),
        ({"rules": 'No "one"'}, 'No set of rules is called No "one".'),
        ({"target": "127.0.0.1:1"}, "No server answers at 127.0.0.1:1."),
        ({"html": Path("nowhere/report.html")}, "nowhere is no directory."),
        ({"currency": "CHF"}, "Name a currency that it has."),
    ],
)
async def test_what_cannot_run_says_why_in_a_sentence(bank: Bank, more: dict[str, Any], sentence: str) -> None:
    said = await bank.reconcile(bank.file(records.csv(records.row(1))), **more)
    assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert sentence in said.err


def test_rows_that_are_not_compared_need_no_match() -> None:
    """Those that a decision ignores, and those outside the window."""

    def matched(*outcomes: str) -> bool:
        totals = [{"currency": "USD", "outcome": f"ROW_OUTCOME_{outcome}"} for outcome in outcomes]
        return stating.all_matched(Upload(), Reconciliation(totals=totals), "USD")

    assert matched("MATCHED", "IGNORED", "OUTSIDE_WINDOW")
    assert not matched("MATCHED", "UNMATCHED")


async def test_a_file_that_cannot_be_read(bank: Bank) -> None:
    for name, sentence in (("none", "No such file"), (".", "Is a directory")):
        said = await bank.reconcile(bank.folder / name)
        assert (said.code, said.out) == (2, "") and sentence in said.err


async def test_a_file_of_which_nothing_is_kept_can_be_uploaded_again_once_the_source_is_mended(giro: Bank) -> None:
    path = giro.file(records.csv(records.row(1)))
    said = await giro.reconcile(path)
    assert (said.code, said.out) == (2, "")
    assert "rejected" in said.err and said.err.endswith("Mend it, or how the source reads its files.\n")
    assert (await giro.reconcile(path)).code == 2
    await giro.read_as(records.CSV)
    assert "1 record, 1 of them new" in (await giro.reconcile(path)).out


@pytest.mark.tuned(run_work=reconciliations.Settings(command=("/bin/false",)))
async def test_a_run_that_fails(bank: Bank) -> None:
    said = await bank.reconcile(bank.file(records.csv(records.row(1))))
    assert (said.code, said.out) == (2, "") and said.err.startswith("The run failed: ") and "attempts 3" in said.err


def test_the_command_itself_says_what_is_wrong_with_its_options(tmp_path: Path) -> None:
    def run(*more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "ledgerd", "reconcile", str(tmp_path / "none"), "--source", "Bank", *more]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    assert run().returncode == 2
    assert run("--rules", "Rules", "--date", "tomorrow").returncode == 2
    said = run("--rules", "Rules", "--target", "127.0.0.1:1")
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr == "No server answers at 127.0.0.1:1. Is it running, and is the address right?\n"


# What is shown ---------------------------------------------------------------------------------


async def test_what_is_open_is_shown_with_what_comes_closest(bank: Bank) -> None:
    await bank.post("ref-1", 100)
    await bank.post("ref-2", 500)
    await bank.post("alone", 700)
    path = bank.file(
        records.csv(records.row(1), records.row(2, "4.00"), "k3,7.50,2026-03-31,lost,Unknown", "k4,x,2026-03-31,,")
    )
    said = await bank.reconcile(path)
    lines = [line.strip() for line in said.out.splitlines()]
    assert "3 records, 3 of them new, 0 known already; 0 statements; 1 fault" in lines[0]
    assert lines[1] == "line 5 amount: The amount is no number in the form of the file."
    at = lines.index("match 2: 1.00 USD apart")
    assert lines[at + 1 : at + 3] == [
        f"bank: {DAY}  4.00 USD  ref-2  Payment 2",
        f"ledger: {DAY}  5.00 USD  ref-2  @World",
    ]
    at = lines.index("In the bank only: 1")
    assert lines[at + 1 : at + 4] == [
        f"{DAY}  7.50 USD  lost  Unknown  (unmatched)",
        f"nearest: {DAY}  7.00 USD  alone  @World",
        "reference 'lost' does not equal 'alone'",
    ]
    document = json.loads((await bank.reconcile(path, as_json=True)).out)
    assert document["matches_with_difference"]["first"][0]["difference"] == "1.00"
    assert document["unmatched_entries"]["first"][0]["amount"] == "7.00"
    assert {total["outcome"]: total["record_amount"] for total in document["run"]["totals"]} == {
        "matched": "1.00", "matched with difference": "4.00", "unmatched": "7.50",
    }  # fmt: skip
    assert not _floats(document)


async def test_only_the_first_rows_are_shown(bank: Bank) -> None:
    path = bank.file(records.csv(*(records.row(number) for number in range(25))))
    said = await bank.reconcile(path)
    assert said.out.count("  (unmatched)") == 20 and "  … and 5 more" in said.out
    unmatched = json.loads((await bank.reconcile(path, as_json=True)).out)["unmatched_records"]
    assert (unmatched["count"], len(unmatched["first"])) == (25, 20)


async def test_the_same_file_is_the_same_upload_and_is_told_as_such(bank: Bank) -> None:
    path = bank.file(records.csv(records.row(1)))
    first = json.loads((await bank.reconcile(path, as_json=True)).out)["upload"]
    renamed = path.rename(bank.folder / "copy")
    again = await bank.reconcile(renamed)
    back = json.loads((await bank.reconcile(renamed.rename(path), as_json=True)).out)["upload"]
    assert again.out.startswith(f"The source has this file already: it is the upload {first['id']}.")
    assert (first["repeated"], back) == (False, first | {"repeated": True})


async def test_what_a_run_proposes_is_confirmed_on_request(bank: Bank) -> None:
    await bank.post("ref-1", 100)
    path = bank.file(records.csv(records.row(1)))
    said = await bank.reconcile(path, confirm=True)
    assert said.code == 0 and "1 match is confirmed." in said.out
    document = json.loads((await bank.reconcile(path, confirm=True, as_json=True)).out)
    assert (document["run"]["totals"], document["confirmed"]["match_count"]) == ([], 0)


async def test_the_records_of_the_file_alone_are_compared_on_request(bank: Bank) -> None:
    await bank.reconcile(bank.file(records.csv(records.row(1))))
    path = bank.file(records.csv(records.row(2)), "april")
    compared = [
        json.loads((await bank.reconcile(path, only_file=only_file, as_json=True)).out)["unmatched_records"]["count"]
        for only_file in (False, True)
    ]
    assert compared == [2, 1]


async def test_texts_of_others_do_not_drive_the_terminal(bank: Bank) -> None:
    packed = io.BytesIO()
    hostile = f"k1,1.00,{DAY},[red]r[/red],[link=http://x]here :smile:"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("\x1b[2Jmarch.csv", records.csv(hostile, f"k2,x,{DAY},,"))
    path = bank.file(packed.getvalue(), "\x1b]0;owned\x07.zip")
    said = await bank.reconcile(path)
    assert "[red]r[/red]" in said.out and "[link=http://x]here :smile:" in said.out
    document = (await bank.reconcile(path, as_json=True)).out
    missing = await bank.reconcile(bank.folder / "\x1b[31m")
    assert "⟨U+001B⟩[31m cannot be read" in missing.err
    for text in (said.out, said.err, document, missing.err):
        assert not {character for character in text if ord(character) < 32} - {"\n"}
    assert document.isascii() and json.loads(document)["upload"]["file_name"] == "⟨U+001B⟩]0;owned⟨U+0007⟩.zip"


async def test_the_report_is_written_whole_or_not_at_all(giro: Bank) -> None:
    report = giro.file("before", "report.html")
    path = giro.file(mt940("0,00", "2,00", ("ref-1", "2,00")))
    assert (await giro.reconcile(path, html=report, currency="CHF")).code == 2
    assert report.read_text() == "before"
    assert (await giro.reconcile(path, html=report)).code == 0
    page = report.read_text()
    assert page.startswith("<!DOCTYPE html>") and page.rstrip().endswith("</html>") and "ref-1" in page
    assert sorted(found.name for found in giro.folder.iterdir()) == ["march", "report.html"]


def test_each_of_several_currencies_has_a_report_of_its_own() -> None:
    assert stating.page_of(Path("a/report.html"), "USD", ["USD"]) == Path("a/report.html")
    assert stating.page_of(Path("a/report.html"), "USD", ["EUR", "USD"]) == Path("a/report-USD.html")


def test_progress_is_a_bar_on_a_terminal_and_nothing_elsewhere() -> None:
    shown = []
    for is_terminal in (True, False):
        file = io.StringIO()
        with Progressing(Console(file=file, force_terminal=is_terminal)) as progress:
            progress.show("uploading \x1b[2J", "1.0 of 2.0 MiB", done=1, total=2)
        shown.append(file.getvalue())
    assert "uploading ⟨U+001B⟩[2J" in shown[0] and "1.0 of 2.0 MiB" in shown[0]
    assert shown[1] == ""


@pytest.mark.parametrize("lines", [1, 10_000])
def test_who_reads_the_output_may_stop(lines: int) -> None:
    """As head does: the command ends as it would, whether the output is short or long."""
    for print_line in ("Printer(console).line('a line')", "print('a line')"):
        script = f"""
import sys
from ledgerd.cli.reconcile.terminal import Printer, output
with output() as console:
    for _ in range({lines}):
        {print_line}
sys.exit(7)
"""
        reader, writer = os.pipe()
        os.close(reader)
        with open(writer, "wb") as closed:
            said = subprocess.run(
                [sys.executable, "-c", script], stdout=closed, stderr=subprocess.PIPE, text=True, check=False
            )
        assert (said.returncode, said.stderr) == (7, "")


def _floats(value: Any) -> list[float]:
    """All floats in a document."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [found for each in value for found in _floats(each)]
    return [value] if isinstance(value, float) else []
