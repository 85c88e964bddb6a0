"""Writes the report as HTML. Whatever text of others stands in it is escaped, and shows what it hides."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from ledgerd.core.model.amount import decimal_text
from ledgerd.core.model.reconciliation_statement import BookSide, NoBalance, OpenOutcome, ReconciliationStatement
from ledgerd.reconciliation.overview import IGNORED, MATCHED, WITH_DIFFERENCE
from ledgerd.reconciliation.report.picture import picture
from ledgerd.reconciliation.report.texts import shown

OUTCOMES = {
    MATCHED: "matched",
    WITH_DIFFERENCE: "matched with a difference",
    OpenOutcome.UNMATCHED: "unmatched",
    OpenOutcome.PROPOSED: "match proposed, not confirmed",
    OpenOutcome.AMBIGUOUS: "several matches are possible",
    OpenOutcome.LIMIT_REACHED: "not compared with all: a bound was reached",
    OpenOutcome.DUPLICATE: "duplicate",
    OpenOutcome.OTHER_SIDE_LATER: "the other side has it on a later day",
    IGNORED: "ignored",
}
ABSENT = {
    NoBalance.NO_STATEMENT: "No final bank statement closed on or before the day.",
    NoBalance.ACCOUNT_UNKNOWN: "The source has several accounts, and there are records that belong to none of them.",
}
SIDES = {BookSide.BANK: "bank", BookSide.LEDGER: "ledger"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is reported: statements of one source and day, one for each currency."""

    source_name: str
    statements: tuple[ReconciliationStatement, ...]
    made_at: datetime


def _packaged(name: str) -> str:
    return (resources.files(__package__) / name).read_text(encoding="utf-8")


def _finalized(value: object) -> object:
    return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _environment() -> Environment:
    made = Environment(
        loader=DictLoader({"report.html": _packaged("report.html")}),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["decimal"] = decimal_text
    made.globals.update(picture=picture, outcomes=OUTCOMES, absent=ABSENT, sides=SIDES, BookSide=BookSide)
    return made


_TEMPLATE = _environment().get_template("report.html")
_STYLE = _packaged("report.css")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'"
"""The page may load nothing and run nothing. Its own style is known by its hash."""


def write_page(report: Report) -> Iterator[bytes]:
    """The page, a piece at a time."""
    stream = _TEMPLATE.stream(
        report=report,
        made_at=report.made_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        policy=POLICY,
        style=Markup(_STYLE),  # noqa: S704
    )
    stream.enable_buffering(200)
    for piece in stream:
        yield piece.encode(errors="replace")
