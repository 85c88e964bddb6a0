"""The outcome for people: tables of counts and sums, then the rows that need a look, then the statements."""

from ledgerapi.v1.reconciliation_match_pb2 import ReconciliationDecision, ReconciliationMatch, UnmatchedRow
from ledgerapi.v1.reconciliation_pb2 import RowOutcome
from ledgerapi.v1.reconciliation_statement_pb2 import BankBalanceAbsence, ReconciliationStatement
from ledgerapi.v1.upload_pb2 import UploadStatus

from ledgerd.cli.reconcile.outcome import Outcome
from ledgerd.cli.reconcile.running import Listed
from ledgerd.cli.reconcile.stating import Stated
from ledgerd.cli.reconcile.terminal import Printer
from ledgerd.cli.reconcile.texts import counted, money, row, row_of, why_not, word
from ledgerd.cli.reconcile.uploading import Uploaded

_GOOD, _BAD = "green", "red"


def show(printer: Printer, outcome: Outcome) -> None:
    """Print everything."""
    show_upload(printer, outcome.uploaded)
    _show_totals(printer, outcome)
    _show_differences(printer, outcome.found.differences)
    _show_unmatched(printer, "In the bank only", outcome.found.records)
    _show_unmatched(printer, "In the ledger only", outcome.found.entries)
    if outcome.confirmed is not None:
        printer.line(_confirmed(outcome.confirmed))
    for stated in outcome.stated:
        _show_statement(printer, stated)
    if not outcome.stated:
        printer.line("There is nothing to state: neither side has rows.", _BAD)
    elif outcome.explained != all(stated.explained for stated in outcome.stated):
        printer.line("Not every row is matched without a difference.", _BAD)


def show_upload(printer: Printer, uploaded: Uploaded) -> None:
    """What became of the file, and what is wrong with it."""
    upload = uploaded.upload
    if uploaded.is_repeated:
        printer.line(f"The source has this file already: it is the upload {upload.id}.")
    status = word(UploadStatus, upload.status)
    read = f"{counted(upload.record_count, 'record')}, {upload.new_record_count:,} of them new"
    known = f"{upload.known_record_count:,} known already"
    others = f"{counted(upload.statement_count, 'statement')}; {counted(upload.fault_count, 'fault')}"
    printer.line(f"upload {upload.id} {status}: {read}, {known}; {others}")
    for fault in uploaded.faults:
        where = [fault.member, f"line {fault.line}" if fault.line else "the file", fault.field]
        printer.line(f"  {' '.join(part for part in where if part)}: {fault.reason}", _BAD)
    _show_more(printer, upload.fault_count - len(uploaded.faults))


def _show_totals(printer: Printer, outcome: Outcome) -> None:
    run = outcome.found.run
    rows = [
        (
            total.currency,
            word(RowOutcome, total.outcome),
            f"{total.record_count:,}",
            total.record_amount.decimal,
            f"{total.entry_count:,}",
            total.entry_amount.decimal,
        )
        for total in run.totals
    ]
    columns = ("currency", "outcome", "records", "amount", "entries", "amount")
    printer.table(f"{outcome.source.name}, by {outcome.rules.name}, run {run.id}", columns, rows, texts=2)


def _show_differences(printer: Printer, matches: Listed[ReconciliationMatch]) -> None:
    if matches.count:
        printer.line(f"Matches with a difference: {matches.count:,}")
    for match in matches.first:
        printer.line(f"  match {match.number}: {money(match.difference)} apart", _BAD)
        for side, rows, count in (
            ("bank", match.records, match.record_count),
            ("ledger", match.entries, match.entry_count),
        ):
            more = f"  and {count - 1:,} more" if count > 1 else ""
            for told in rows[:1]:
                printer.line(f"    {side}: {row(told)}{more}")
    _show_more(printer, matches.more)


def _show_unmatched(printer: Printer, title: str, rows: Listed[UnmatchedRow]) -> None:
    if rows.count:
        printer.line(f"{title}: {rows.count:,}")
    for unmatched in rows.first:
        printer.line(f"  {row(row_of(unmatched))}  ({word(RowOutcome, unmatched.outcome)})", _BAD)
        for near in unmatched.nearest[:1]:
            printer.line(f"    nearest: {row(row_of(near))}")
            for reason in why_not(near):
                printer.line(f"      {reason}")
    _show_more(printer, rows.more)


def _show_more(printer: Printer, count: int) -> None:
    if count > 0:
        printer.line(f"  … and {count:,} more")


def _confirmed(decision: ReconciliationDecision) -> str:
    verb = "match is" if decision.match_count == 1 else "matches are"
    skipped = f", {decision.skipped_count:,} skipped: a row belongs to another match" if decision.skipped_count else ""
    return f"{decision.match_count:,} {verb} confirmed{skipped}."


def _show_statement(printer: Printer, stated: Stated) -> None:
    told = stated.statement
    lines = _proof(told) if stated.proves else [("balance by the ledger", money(told.ledger_balance))]
    title = f"{told.external_source_name}, {told.currency}, up to {told.date}"
    printer.table(title, ("", ""), lines)
    printer.line(verdict(stated), _GOOD if stated.explained else _BAD)


def _proof(told: ReconciliationStatement) -> list[tuple[str, str]]:
    proof = told.proof
    return [
        ("balance by the bank", money(proof.bank_balance)),
        ("less what stood there before the first record", money(proof.opening)),
        (f"less in the bank only ({told.only_in_bank.row_count:,})", money(proof.only_in_bank)),
        (f"less ignored in the bank ({told.ignored_in_bank.row_count:,})", money(proof.ignored_in_bank)),
        (f"plus in the ledger only ({told.only_in_ledger.row_count:,})", money(proof.only_in_ledger)),
        (f"plus ignored in the ledger ({told.ignored_in_ledger.row_count:,})", money(proof.ignored_in_ledger)),
        (f"plus differences of matches ({told.differences.match_count:,})", money(proof.differences)),
        ("what the ledger should have", money(proof.expected)),
        ("balance by the ledger", money(proof.ledger_balance)),
        ("not explained", money(proof.unexplained)),
    ]


def verdict(stated: Stated) -> str:
    """Whether the statement is explained, in a sentence."""
    told = stated.statement
    if not stated.proves:
        absence = word(BankBalanceAbsence, told.bank.absence)
        held = "every row is matched" if stated.all_matched else "not every row is matched without a difference"
        return f"The bank tells no balance for {told.currency} ({absence}), and {held}."
    if stated.explained:
        return f"{told.currency} is explained to the last unit."
    missing = [
        f"{money(amount)} of {side} stand in no {rows}"
        for amount, side, rows in (
            (told.proof.records_missing, "the bank's balance", "record"),
            (told.proof.entries_missing, "the ledger's balance", "entry"),
        )
        if amount.precise not in ("", "0")
    ]
    return f"{told.currency} is not explained: {', '.join(missing) or money(told.proof.unexplained)}."
