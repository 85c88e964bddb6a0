"""``ledgerd reconcile``: a file of a bank against the ledger, through a server, as any client would.

Exit code 0: the statement is explained. 1: it is not. 2: the command could not run; the message says why.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

from grpc import StatusCode
from ledgerapi.v1.reconciliation_match_pb2 import ReconciliationDecision
from ledgerapi.v1.reconciliation_pb2 import ENTRY_TIME_EFFECTIVE_TIME, ENTRY_TIME_RECORD_TIME
from ledgerapi.v1.upload_pb2 import UPLOAD_STATUS_CANCELLED, UPLOAD_STATUS_REJECTED
from ledgerd_client import LedgerClient, LedgerError, Unavailable, confirm_matches
from rich.console import Console

from ledgerd.cli.reconcile import naming, running, stating, uploading
from ledgerd.cli.reconcile.as_json import as_json
from ledgerd.cli.reconcile.outcome import CANNOT_RUN, Outcome
from ledgerd.cli.reconcile.show import show, show_upload
from ledgerd.cli.reconcile.terminal import CannotRun, Printer, Progressing, output
from ledgerd.reconciliation.report.texts import shown

_REASON = "Proposed by the run, and confirmed with ledgerd reconcile --confirm."


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is to be reconciled, and what is to be shown."""

    file: Path
    source: str
    rules: str
    target: str
    currency: str
    date: str
    by_effective_time: bool
    only_file: bool
    confirm: bool
    all_matched: bool
    html: Path | None
    as_json: bool


async def run_reconcile(options: Options) -> int:
    """Reconcile, and print the outcome on standard output. Returns the exit code."""
    try:
        async with LedgerClient(options.target) as client:
            with Progressing(Console(stderr=True)) as progress:
                outcome = await _reconcile(client, options, progress)
    except RejectedFile as rejected:
        show_upload(Printer(Console(stderr=True)), rejected.uploaded)
        return _cannot_run("Nothing of the file was kept. Mend it, or how the source reads its files.")
    except CannotRun as error:
        return _cannot_run(str(error))
    except LedgerError as error:
        return _cannot_run(_sentence(error, options.target))
    with output() as console:
        if options.as_json:
            print(as_json(outcome))
        else:
            show(Printer(console), outcome)
    return outcome.exit_code


class RejectedFile(CannotRun):
    """Nothing of the file was kept."""

    def __init__(self, uploaded: uploading.Uploaded) -> None:
        super().__init__()
        self.uploaded = uploaded


async def _reconcile(client: LedgerClient, options: Options, progress: Progressing) -> Outcome:
    if options.html is not None and not options.html.parent.is_dir():
        raise CannotRun(f"{options.html.parent} is no directory. Make it first, or write the report elsewhere.")
    source = await naming.find_source(client, options.source)
    rules = await naming.find_rules(client, options.rules)
    uploaded = await uploading.upload(client, source, options.file, progress)
    if uploaded.upload.status == UPLOAD_STATUS_REJECTED:
        raise RejectedFile(uploaded)
    if uploaded.upload.status == UPLOAD_STATUS_CANCELLED:
        raise CannotRun(
            "The upload was cancelled: nothing of the file was kept. Give it another name to upload it again."
        )
    entry_time = ENTRY_TIME_EFFECTIVE_TIME if options.by_effective_time else ENTRY_TIME_RECORD_TIME
    upload_id = uploaded.upload.id if options.only_file else ""
    found = await running.run(client, source, rules, progress, upload_id=upload_id, entry_time=entry_time)
    confirmed = await _confirm(client, found.run.id) if options.confirm else None
    told = await stating.told_by_file(client, uploaded.upload)
    date = options.date or stating.date_of(told, source)
    currencies = [options.currency] if options.currency else stating.currencies_of(source, found.run, told)
    stated = []
    for currency in currencies:
        progress.show(f"stating {currency}")
        scope = stating.scope_of(source, currency, date, entry_time)
        matched = stating.all_matched(uploaded.upload, found.run, currency)
        stated.append(stating.Stated(await stating.state(client, scope), matched))
        if options.html is not None:
            await stating.write_page(client, scope, stating.page_of(options.html, currency, currencies))
    return Outcome(
        source=source,
        rules=rules,
        uploaded=uploaded,
        found=found,
        confirmed=confirmed,
        date=date,
        stated=stated,
        demands_matches=options.all_matched,
    )


async def _confirm(client: LedgerClient, run_id: str) -> ReconciliationDecision:
    answer = await confirm_matches(client, run_id, reason=_REASON, request_id=f"ledgerd-reconcile-{run_id}")
    return answer.reconciliation_decision


def _sentence(error: LedgerError, target: str) -> str:
    if isinstance(error, Unavailable) and not error.reason:
        if error.code is StatusCode.UNAVAILABLE:
            return f"No server answers at {target}. Is it running, and is the address right?"
        return f"The server at {target} did not answer in time. Try again."
    wrong = "; ".join(f"{violation.field} {violation.description}" for violation in error.violations)
    return f"{error.message} ({wrong or error.reason or error.code.name})"


def _cannot_run(sentence: str) -> int:
    print(shown(sentence), file=sys.stderr)
    return CANNOT_RUN


__all__ = ["CANNOT_RUN", "Options", "run_reconcile"]
