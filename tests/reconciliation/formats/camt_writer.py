"""Writes camt files as banks of several countries do, after the public message definitions, for tests of the reader.

A ``Booking`` is what happened; a ``Dialect`` is where a bank puts it. Nothing of the reader is used here.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from xml.sax.saxutils import escape

MESSAGES = {
    "052": ("BkToCstmrAcctRpt", "Rpt", "RptPgntn"),
    "053": ("BkToCstmrStmt", "Stmt", "StmtPgntn"),
    "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn", "NtfctnPgntn"),
}


@dataclass(frozen=True, kw_only=True)
class Payment:
    """One payment; its amount in cents, positive where money came in."""

    amount: int
    name: str = ""
    account: str = ""
    end_to_end: str = ""
    transaction: str = ""
    instruction: str = ""
    creditor_reference: str = ""
    text: str = ""
    mandate: str = ""
    bank_reference: str = ""
    return_reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Booking:
    """One entry: its payments, and how the bank booked them."""

    payments: tuple[Payment, ...]
    day: date = date(2026, 5, 4)
    value_day: date | None = date(2026, 5, 5)
    time: str = ""
    bank_reference: str = ""
    entry_reference: str = ""
    batch: str = ""
    """The customer's id of the batch (PmtInfId), where it is one."""
    counted: int = 0
    """How many payments the batch says it has; 0 where it says nothing."""
    is_listed: bool = True
    status: str = "BOOK"
    is_reversal: bool = False
    charges: int = 0
    """What the bank took from the amount, positive."""
    code: str = ""
    """Domain/family/sub-family."""
    own_code: str = ""
    info: str = ""
    currency: str = "EUR"

    @property
    def amount(self) -> int:
        return sum(payment.amount for payment in self.payments) - self.charges


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """Where a bank puts what it says."""

    name: str
    version: str = "02"
    kind: str = "053"
    account: str = "DE89370400440532013000"
    is_iban: bool = True
    currency: str = "EUR"
    has_account_currency: bool = True
    amount_at: str = "AmtDtls/TxAmt"
    """"Amt" for the newer versions' own element of a payment."""
    opening: str = "OPBD"
    zone: str = ""
    """Of dates, where the bank adds it."""
    has_times: bool = False
    has_summary: bool = False
    has_available_balances: bool = False
    details_each_in_a_group: bool = False

    @property
    def is_new(self) -> bool:
        """From .001.07 on parties and the status have a level more."""
        return int(self.version) >= 7

    @property
    def namespace(self) -> str:
        return f"urn:iso:std:iso:20022:tech:xsd:camt.{self.kind}.001.{self.version}"


GERMAN = Dialect(name="German")
GERMAN_NEW = replace(GERMAN, name="German, new", version="08", amount_at="Amt", has_summary=True)
SWISS = Dialect(
    name="Swiss",
    version="04",
    account="CH9300762011623852957",
    amount_at="Amt",
    has_times=True,
    has_summary=True,
    details_each_in_a_group=True,
)
DUTCH = Dialect(
    name="Dutch",
    account="NL91ABNA0417164300",
    opening="PRCD",
    zone="+02:00",
    has_account_currency=False,
    has_available_balances=True,
)
BRITISH = Dialect(
    name="British",
    version="10",
    account="20-32-06 38290008",
    is_iban=False,
    amount_at="Amt",
    has_available_balances=True,
)
DIALECTS = (GERMAN, GERMAN_NEW, SWISS, DUTCH, BRITISH)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One statement, report or notification."""

    bookings: tuple[Booking, ...] = ()
    opening: int | None = 100_000
    number: str = "17"
    page: int = 0
    is_last_page: bool = True
    day: date = date(2026, 5, 4)
    opening_type: str = ""
    closing_type: str = "CLBD"
    changes: dict[str, str] = field(default_factory=dict)
    """Texts that are put in the place of others where these first occur, to break the statement."""
    changes_everywhere: dict[str, str] = field(default_factory=dict)


def amount_text(cents: int) -> str:
    return f"{abs(cents) // 100}.{abs(cents) % 100:02d}"


def tag(name: str, content: str) -> str:
    """The element, or nothing where it has no content. A path makes elements in elements."""
    if not content:
        return ""
    outer, _, inner = name.partition("/")
    return f"<{outer}>{tag(inner, content) if inner else content}</{outer}>"


def indicator(amount: int) -> str:
    return tag("CdtDbtInd", "DBIT" if amount < 0 else "CRDT")


def document(dialect: Dialect, *sheets: Sheet, page: tuple[int, bool] | None = None) -> bytes:
    return "".join(parts(dialect, sheets, page)).encode()


def parts(dialect: Dialect, sheets: Iterable[Sheet], page: tuple[int, bool] | None = None) -> Iterator[str]:
    """The document piece by piece."""
    message, _, _ = MESSAGES[dialect.kind]
    pages = tag("MsgPgntn", tag("PgNb", str(page[0])) + tag("LastPgInd", str(page[1]).lower())) if page else ""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<Document xmlns="{dialect.namespace}"><{message}>\n'
    yield tag("GrpHdr", tag("MsgId", "M1") + tag("CreDtTm", "2026-05-04T20:00:00") + pages)
    for sheet in sheets:
        text = "".join(statement(dialect, sheet))
        for old, new in sheet.changes.items():
            assert old in text
            text = text.replace(old, new, 1)
        for old, new in sheet.changes_everywhere.items():
            assert old in text
            text = text.replace(old, new)
        yield text
    yield f"</{message}></Document>\n"


def statement(dialect: Dialect, sheet: Sheet) -> Iterator[str]:
    _, name, pagination = MESSAGES[dialect.kind]
    yield f"\n<{name}>{tag('Id', 'S' + sheet.number)}"
    if sheet.page and dialect.is_new:
        yield tag(pagination, tag("PgNb", str(sheet.page)) + tag("LastPgInd", str(sheet.is_last_page).lower()))
    yield tag("ElctrncSeqNb", sheet.number) + tag("CreDtTm", "2026-05-04T20:00:00")
    own = tag("IBAN", dialect.account) if dialect.is_iban else tag("Othr", tag("Id", dialect.account))
    yield tag("Acct", tag("Id", own) + (tag("Ccy", dialect.currency) if dialect.has_account_currency else ""))
    if sheet.opening is not None:
        closing = sheet.opening + sum(booking.amount for booking in sheet.bookings if booking.status == "BOOK")
        yield balance(dialect, sheet.opening_type or dialect.opening, sheet.opening, sheet.day)
        if dialect.has_available_balances:
            yield balance(dialect, "CLAV", closing + 7, sheet.day)
        yield balance(dialect, sheet.closing_type, closing, sheet.day)
    if dialect.has_summary:
        yield summary(sheet)
    for booking in sheet.bookings:
        yield entry(dialect, booking)
    yield f"</{name}>\n"


def money(dialect: Dialect, amount: int) -> str:
    return f'<Amt Ccy="{dialect.currency}">{amount_text(amount)}</Amt>'


def balance(dialect: Dialect, kind: str, amount: int, day: date) -> str:
    code, _, sub = kind.partition("/")
    types = tag("CdOrPrtry", tag("Cd", code)) + tag("SubTp", tag("Cd", sub))
    return tag("Bal", tag("Tp", types) + money(dialect, amount) + indicator(amount) + tag("Dt/Dt", day.isoformat()))


def summary(sheet: Sheet) -> str:
    def total(name: str, amounts: list[int]) -> str:
        return tag(name, tag("NbOfNtries", str(len(amounts))) + tag("Sum", amount_text(sum(map(abs, amounts)))))

    amounts = [booking.amount for booking in sheet.bookings]
    return tag(
        "TxsSummry",
        total("TtlNtries", amounts)
        + total("TtlCdtNtries", [amount for amount in amounts if amount >= 0])
        + total("TtlDbtNtries", [amount for amount in amounts if amount < 0]),
    )


def entry(dialect: Dialect, booking: Booking) -> str:
    dialect = replace(dialect, currency=booking.currency if booking.currency != "EUR" else dialect.currency)
    when = tag("Dt", booking.day.isoformat() + dialect.zone)
    if dialect.has_times:
        when = tag("DtTm", f"{booking.day.isoformat()}T{booking.time or '10:00:00'}")
    value = tag("Dt", booking.value_day.isoformat() + dialect.zone) if booking.value_day else ""
    return "\n" + tag(
        "Ntry",
        tag("NtryRef", booking.entry_reference)
        + money(dialect, booking.amount)
        + indicator(booking.amount)
        + tag("RvslInd", "true" if booking.is_reversal else "")
        + tag("Sts/Cd" if dialect.is_new else "Sts", booking.status)
        + tag("BookgDt", when)
        + tag("ValDt", value)
        + tag("AcctSvcrRef", booking.bank_reference)
        + code(booking)
        + charges(dialect, booking)
        + details(dialect, booking)
        + tag("AddtlNtryInf", escape(booking.info)),
    )


def code(booking: Booking) -> str:
    domain, family, sub_family = booking.code.split("/") if booking.code else ("", "", "")
    families = tag("Cd", family) + tag("SubFmlyCd", sub_family)
    domains = tag("Domn", tag("Cd", domain) + tag("Fmly", families)) if domain else ""
    return f"<BkTxCd>{domains}{tag('Prtry', tag('Cd', booking.own_code))}</BkTxCd>"


def charges(dialect: Dialect, booking: Booking) -> str:
    if not booking.charges:
        return ""
    charge = money(dialect, booking.charges) + tag("CdtDbtInd", "DBIT")
    return tag("Chrgs/Rcrd" if dialect.is_new else "Chrgs", charge)


def details(dialect: Dialect, booking: Booking) -> str:
    batch = tag(
        "Btch", tag("PmtInfId", booking.batch) + tag("NbOfTxs", str(booking.counted) if booking.counted else "")
    )
    listed = [payment(dialect, booking, one) for one in booking.payments] if booking.is_listed else []
    if dialect.details_each_in_a_group and len(listed) > 1:
        return tag("NtryDtls", batch + listed[0]) + "".join(tag("NtryDtls", one) for one in listed[1:])
    return tag("NtryDtls", batch + "".join(listed))


def payment(dialect: Dialect, booking: Booking, paid: Payment) -> str:
    references = (
        tag("AcctSvcrRef", paid.bank_reference)
        + tag("InstrId", paid.instruction)
        + tag("EndToEndId", paid.end_to_end)
        + tag("TxId", paid.transaction)
        + tag("MndtId", paid.mandate)
    )
    amount = ""
    if len(booking.payments) > 1 or booking.charges:
        own = money(dialect, paid.amount)
        amount = own + indicator(paid.amount) if dialect.amount_at == "Amt" else tag(dialect.amount_at, own)
    is_credit = (paid.amount >= 0) is not (booking.is_reversal or bool(paid.return_reason))
    other, holder = ("Dbtr", "Cdtr") if is_credit else ("Cdtr", "Dbtr")
    at = "Pty/Nm" if dialect.is_new else "Nm"
    sides = {
        other: tag(f"{other}/{at}", escape(paid.name)) + tag(f"{other}Acct/Id/IBAN", paid.account),
        holder: tag(f"{holder}/{at}", "The holder"),
    }
    unstructured = "".join(tag("Ustrd", escape(line)) for line in paid.text.split("\n"))
    return "\n" + tag(
        "TxDtls",
        tag("Refs", references)
        + amount
        + tag("RltdPties", sides["Dbtr"] + sides["Cdtr"])
        + tag("RmtInf", unstructured + tag("Strd/CdtrRefInf/Ref", paid.creditor_reference))
        + tag("RtrInf/Rsn/Cd", paid.return_reason),
    )
