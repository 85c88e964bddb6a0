"""What an element of a camt file says, as texts by path, and what its types mean: amounts, dates, accounts, codes."""

import re
from datetime import date, datetime
from typing import TypeAlias

from lxml import etree

from ledgerd.core.model.external_record import FaultCode
from ledgerd.reconciliation.formats.reading import (
    ReadContext,
    RecordRejected,
    identifier,
    minor_amount,
    reject_file,
)
from ledgerd.reconciliation.formats.xml_stream import line_of

Facts: TypeAlias = dict[str, list[str]]
"""The texts of an element's leaves by path ("Refs/EndToEndId"), each in the order of the file. An amount's currency is
at "Amt@Ccy", beside it."""

_NOT_PROVIDED = frozenset({"NOTPROVIDED", "NOT PROVIDED", "NONREF", "NONE", "NOTAVAILABLE"})
"""What stands in references that must not be empty and have nothing to say."""
_COUNT_DIGITS = 9
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})?", re.ASCII)
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})?", re.ASCII
)


def facts_of(element: etree._Element, namespace: str, depth: int, *, without: str = "") -> Facts:
    """The facts of an element of this namespace ("{...}"); of its direct children, all but ``without``.

    Other namespaces are supplementary data of somebody's own. Deeper than ``depth`` no real file goes.
    """
    facts: Facts = {}
    for child in element:
        if str(child.tag) != namespace + without:
            _gather(child, namespace, "", depth, facts)
    return facts


def _gather(element: etree._Element, namespace: str, path: str, depth: int, facts: Facts) -> None:
    tag = str(element.tag)
    if not tag.startswith(namespace):
        return
    if depth <= 0:
        reject_file(FaultCode.LIMIT_EXCEEDED, "Elements are nested too deeply.", line=line_of(element))
    path += tag[len(namespace) :]
    if len(element):
        for child in element:
            _gather(child, namespace, path + "/", depth - 1, facts)
        return
    facts.setdefault(path, []).append(element.text or "")
    if path.endswith("Amt"):
        facts.setdefault(path + "@Ccy", []).append(element.get("Ccy", ""))


def first(facts: Facts, *paths: str) -> str:
    """The first text at the first of these paths that has one."""
    for path in paths:
        for text in facts.get(path, ()):
            if stripped := text.strip():
                return stripped
    return ""


def texts(facts: Facts, *paths: str) -> list[str]:
    """Every text at these paths."""
    return [text for path in paths for text in facts.get(path, ())]


def references(facts: Facts, *paths: str) -> list[str]:
    """Every reference at these paths that says something."""
    found = [identifier(text, path) for path in paths for text in facts.get(path, ())]
    return [value for value in found if value and value.upper() not in _NOT_PROVIDED]


def reference(facts: Facts, *paths: str) -> str:
    """The first of them; empty where there is none."""
    return next(iter(references(facts, *paths)), "")


def sign_of(facts: Facts, path: str = "CdtDbtInd", default: int | None = None) -> int:
    """1 for a credit, -1 for a debit: by the books of the account holder, so money that came in is a credit."""
    indicator = first(facts, path)
    if not indicator and default is not None:
        return default
    if not indicator:
        raise RecordRejected(FaultCode.FIELD_MISSING, path, "It does not say whether it is a credit or a debit.")
    if indicator not in ("CRDT", "DBIT"):
        raise RecordRejected(FaultCode.SYNTAX_INVALID, path, "It is neither CRDT nor DBIT.")
    return 1 if indicator == "CRDT" else -1


def unsigned_amount(text: str, precision: int, path: str = "Amt") -> int:
    """An amount in minor units; its sign is elsewhere."""
    amount = minor_amount(text.strip(), precision, path)
    if amount < 0:
        raise RecordRejected(FaultCode.AMOUNT_INVALID, path, "The amount has a sign, which its indicator has already.")
    return amount


def flag(facts: Facts, path: str) -> bool:
    """Whether it says true; absent means false."""
    word = first(facts, path)
    if word not in ("", "true", "false", "1", "0"):
        raise RecordRejected(FaultCode.SYNTAX_INVALID, path, "It is neither true nor false.")
    return word in ("true", "1")


def count(facts: Facts, path: str) -> int | None:
    """A number of things; None where there is none."""
    text = first(facts, path)
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= _COUNT_DIGITS):
        raise RecordRejected(FaultCode.SYNTAX_INVALID, path, "It is no number of things.")
    return int(text)


def day_of(facts: Facts, path: str, context: ReadContext) -> tuple[date | None, datetime | None]:
    """The day at ``path``/Dt; or the time at ``path``/DtTm, and its day in the source's zone.

    A time without a zone of its own is one of the source's zone. A day keeps to itself, whatever zone stands behind it.
    """
    try:
        if text := first(facts, f"{path}/Dt"):
            matched = _DATE.fullmatch(text)
            return date.fromisoformat(matched[1] if matched else ""), None
        if text := first(facts, f"{path}/DtTm"):
            time = datetime.fromisoformat(text if _TIME.fullmatch(text) else "")
            time = time if time.tzinfo else time.replace(tzinfo=context.zone)
            return time.astimezone(context.zone).date(), time
    except (ValueError, OverflowError):
        raise RecordRejected(FaultCode.DATE_INVALID, path, "It is no date, or no date with a time.") from None
    return None, None


def account_of(facts: Facts, path: str) -> str:
    """An IBAN, or the bank's own number, without spaces in an IBAN."""
    iban = first(facts, f"{path}/Id/IBAN")
    return identifier(iban.replace(" ", "") if iban else first(facts, f"{path}/Id/Othr/Id"), path)
