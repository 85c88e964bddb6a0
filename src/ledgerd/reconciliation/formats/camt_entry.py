"""An entry of a camt statement: its records.

One entry is one record, except that a batch which lists its payments one by one is a record for each. Their amounts
must add up to what the bank booked, after charges that the entry states; if not, the entry is one BATCH, with a fault.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from lxml import etree

from ledgerd.core.model.amount import decimal_text
from ledgerd.core.model.external_record import (
    RAW_CHARS,
    REFERENCES_MAX,
    TEXT_CHARS,
    ExternalRecord,
    FaultCode,
    RecordFault,
    RecordKind,
    RecordStatus,
)
from ledgerd.reconciliation.formats.camt_facts import (
    Facts,
    account_of,
    count,
    day_of,
    facts_of,
    first,
    flag,
    reference,
    references,
    sign_of,
    texts,
    unsigned_amount,
)
from ledgerd.reconciliation.formats.identity import RecordKeys
from ledgerd.reconciliation.formats.reading import (
    IDENTIFIER_CHARS,
    ReadContext,
    RecordRejected,
    identifier,
    precision_of,
    prose,
    raw_text,
    replacements,
)
from ledgerd.reconciliation.formats.xml_stream import line_of

_OWN_REFERENCES = (
    "Refs/EndToEndId",
    "RmtInf/Strd/CdtrRefInf/Ref",
    "RmtInf/Strd/RfrdDocInf/Nb",
    "Refs/InstrId",
    "Refs/TxId",
    "Refs/UETR",
    "Refs/AcctOwnrTxId",
    "Refs/ChqNb",
    "Refs/ClrSysRef",
    "Refs/MktInfrstrctrTxId",
)
"""What payer, payee and the clearing call a payment. One payment may be for several of the payee's references."""
_BANK_REFERENCES = ("Refs/AcctSvcrRef", "Refs/AcctSvcrTxId")
_POSITION_DIGITS = 6
"""A shorter NtryRef of digits alone is the entry's place in its statement, and another one in the next statement."""
_STATUSES = {
    "BOOK": RecordStatus.BOOKED,
    "PDNG": RecordStatus.PENDING,
    "FUTR": RecordStatus.PENDING,
    "INFO": RecordStatus.INFORMATION,
}
_FEES = frozenset({"CHRG", "FEES", "COMM", "COME", "COMI", "NCHG", "808", "809"})
_INTEREST = frozenset({"INTR", "NINT", "814"})
"""Sub-families of bank transaction codes, the words of MT940 and the codes of German banks (GVC), which some banks give
as their own code."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What an entry says of itself."""

    facts: Facts
    amount: int
    currency: str
    precision: int
    sign: int
    status: RecordStatus
    source_status: str
    is_reversal: bool
    booking_date: date | None
    booked_at: datetime | None
    value_date: date | None
    line: int
    raw: str


@dataclass(slots=True)
class _Detail:
    """One payment of an entry."""

    facts: Facts
    line: int
    raw: str


@dataclass(slots=True)
class EntryReader:
    """Reads the entries of one statement, one after the other: first their payments, then themselves."""

    context: ReadContext
    namespace: str
    account: str
    currency: str
    """What the statement's account has; empty where it does not say."""
    keys: RecordKeys
    listed: int = 0
    """How many payments of the current entry were taken in."""
    _details: list[_Detail] = field(default_factory=list)
    _first: etree._Element | None = None
    _batch: Facts = field(default_factory=dict)
    _batched: int = 0
    """How many payments the entry says it has, in all its groups of details."""
    _faults: list[RecordFault] = field(default_factory=list)

    def batch(self, element: etree._Element) -> None:
        """Take in what a group of details (NtryDtls) says of itself."""
        group = element.find(f"{self.namespace}Btch")
        if group is None:
            return
        facts = facts_of(group, self.namespace, self.context.bounds.depth)
        for path, values in facts.items():
            self._batch.setdefault(path, values)
        try:
            self._batched += count(facts, "NbOfTxs") or 0
        except RecordRejected as rejected:
            self._faults = [rejected.fault(line_of(group))]

    def detail(self, element: etree._Element) -> None:
        """Take in one payment (TxDtls)."""
        self.listed += 1
        if self.listed <= self.context.bounds.details:
            facts = facts_of(element, self.namespace, self.context.bounds.depth)
            # The text of an only payment is that of its entry: it is not needed until a second one comes.
            raw = "" if self.listed == 1 else _raw(element)
            if self.listed == 2 and self._first is not None:
                self._details[0].raw = _raw(self._first)
            self._first = element if self.listed == 1 else None
            self._details.append(_Detail(facts, line_of(element), raw))
        else:
            self._details.clear()

    def entry(self, element: etree._Element) -> tuple[Entry | None, list[ExternalRecord | RecordFault]]:
        """The entry (Ntry) whose payments were taken in, and its records; None where it cannot be read."""
        line, raw = line_of(element), _raw(element)
        try:
            entry = self._read(element, line, raw)
            items = [*self._faults, *self._items(entry)]
        except RecordRejected as rejected:
            return None, [rejected.fault(line, raw)]
        finally:
            self._details, self._first, self.listed = [], None, 0
            self._batch, self._batched, self._faults = {}, 0, []
        return entry, items

    def _read(self, element: etree._Element, line: int, raw: str) -> Entry:
        facts = facts_of(element, self.namespace, self.context.bounds.depth, without="NtryDtls")
        currency = first(facts, "Amt@Ccy") or self.currency or self.context.currency
        if self.currency and currency != self.currency:
            reason = "The entry has another currency than its account."
            raise RecordRejected(FaultCode.CURRENCY_INVALID, "Amt", reason)
        precision = precision_of(currency, self.context)
        sign = sign_of(facts)
        status = identifier(first(facts, "Sts", "Sts/Cd", "Sts/Prtry"), "Sts")
        if not status:
            raise RecordRejected(FaultCode.FIELD_MISSING, "Sts", "The entry does not say whether it is booked.")
        if status not in _STATUSES:
            reason = "The status of the entry is none of BOOK, PDNG, FUTR and INFO."
            raise RecordRejected(FaultCode.WORD_UNKNOWN, "Sts", reason)
        booking_date, booked_at = day_of(facts, "BookgDt", self.context)
        return Entry(
            facts=facts,
            amount=sign * unsigned_amount(first(facts, "Amt"), precision),
            currency=currency,
            precision=precision,
            sign=sign,
            status=_STATUSES[status],
            source_status=status,
            is_reversal=flag(facts, "RvslInd"),
            booking_date=booking_date,
            booked_at=booked_at,
            value_date=day_of(facts, "ValDt", self.context)[0],
            line=line,
            raw=raw,
        )

    def _items(self, entry: Entry) -> Iterator[ExternalRecord | RecordFault]:
        if self.listed > 1:
            try:
                records = self._payments(entry)
            except RecordRejected as rejected:
                yield rejected.fault(entry.line, entry.raw)
                records = [self._whole(entry)]
        else:
            records = [self._whole(entry)]
        for record in records:
            yield from replacements(record)
            yield record

    def _whole(self, entry: Entry) -> ExternalRecord:
        """The entry as one record, with what its only payment says, if it has just one."""
        detail = self._details[0] if self.listed == 1 else _Detail({}, entry.line, entry.raw)
        payments = max(self._batched, self.listed)
        kind = RecordKind.BATCH if payments > 1 else _kind(entry, detail.facts)
        return self._record(entry, detail.facts, entry.amount, kind, entry.line, entry.raw, max(payments, 1))

    def _payments(self, entry: Entry) -> list[ExternalRecord]:
        """The payments that the entry lists, and the charges that are between their sum and what was booked."""
        if self.listed > self.context.bounds.details:
            reason = "The entry lists more payments than are read one by one. It was read as one batch."
            raise RecordRejected(FaultCode.LIMIT_EXCEEDED, "TxDtls", reason)
        amounts = [self._payment_amount(entry, detail.facts) for detail in self._details]
        rest = entry.amount - sum(amounts)
        charges = _charges(entry.facts, entry)
        if rest and rest != charges:
            charges = sum(_charges(detail.facts, entry) for detail in self._details)
        if (rest and rest != charges) or (self._batched and self._batched != self.listed):
            reason = "The payments that the entry lists are not all that it booked. It was read as one batch."
            raise RecordRejected(FaultCode.TOTAL_DIFFERS, "TxDtls", reason)
        records = [
            self._record(entry, detail.facts, amount, _kind(entry, detail.facts), detail.line, detail.raw, 1)
            for detail, amount in zip(self._details, amounts, strict=True)
        ]
        if rest:
            records.append(self._record(entry, {}, rest, RecordKind.FEE, entry.line, entry.raw, 1))
        return records

    def _payment_amount(self, entry: Entry, facts: Facts) -> int:
        """In the account's currency: what was booked, else what was transferred, else what was instructed."""
        for path in ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/CntrValAmt/Amt", "AmtDtls/InstdAmt/Amt"):
            if first(facts, path) and first(facts, f"{path}@Ccy") in ("", entry.currency):
                return sign_of(facts, default=entry.sign) * unsigned_amount(first(facts, path), entry.precision, path)
        reason = "A payment that the entry lists has no amount of its own. It was read as one batch."
        raise RecordRejected(FaultCode.FIELD_MISSING, "TxDtls/Amt", reason)

    def _record(
        self, entry: Entry, facts: Facts, amount: int, kind: RecordKind, line: int, raw: str, payments: int
    ) -> ExternalRecord:
        own = references(facts, *_OWN_REFERENCES)
        batch = [
            reference(self._batch, "PmtInfId") or reference(facts, "Refs/PmtInfId"),
            reference(self._batch, "MsgId"),
        ]
        is_part = self.listed > 1 and kind is not RecordKind.BATCH
        bank = [reference(facts, *_BANK_REFERENCES), reference(entry.facts, "AcctSvcrRef")]
        place = reference(entry.facts, "NtryRef")
        if place.isdecimal() and len(place) <= _POSITION_DIGITS:
            place = ""
        found = dict.fromkeys([*own, *(() if is_part else batch), *bank, place])
        names = tuple(value for value in found if value)[:REFERENCES_MAX]
        description = prose(" ".join(_description(entry.facts, facts)), TEXT_CHARS)
        counterparty, account = self._counterparty(entry, facts)
        return ExternalRecord(
            key=self.keys.key(
                amount=amount,
                currency=entry.currency,
                booking_date=entry.booking_date,
                value_date=entry.value_date,
                bank_reference=(bank[0] or bank[1]) if is_part else (bank[1] or bank[0]),
                part=tuple(own) or ("",) if is_part else (),
                references=names,
                description=description,
                counterparty=counterparty,
                unbooked_as="" if entry.status is RecordStatus.BOOKED else entry.source_status,
            ),
            amount=amount,
            currency=entry.currency,
            precision=entry.precision,
            booking_date=entry.booking_date,
            value_date=entry.value_date,
            booked_at=entry.booked_at,
            references=names,
            description=description,
            counterparty=counterparty,
            counterparty_account=account,
            group_key=next((value for value in [*batch, *((bank[1], place) if is_part else ())] if value), ""),
            kind=kind,
            status=entry.status,
            source_status=entry.source_status,
            payments=payments if kind is RecordKind.BATCH else 1,
            metadata=self._metadata(entry, facts),
            line=line,
            raw=raw,
        )

    def _counterparty(self, entry: Entry, facts: Facts) -> tuple[str, str]:
        """Name and account of the other side: the debtor of money that came in, the creditor of money that went out.

        What takes a payment back, or returns it, names the parties of the payment. The holder is nobody's other side.
        """
        is_back = entry.is_reversal or any(path.startswith("RtrInf/") for path in facts)
        is_credit = (sign_of(facts, default=entry.sign) > 0) is not is_back
        sides = ("Dbtr", "Cdtr") if is_credit else ("Cdtr", "Dbtr")
        if account_of(facts, f"RltdPties/{sides[0]}Acct") == self.account:
            sides = sides[::-1]
        party = f"RltdPties/{sides[0]}"
        name = first(
            facts,
            f"{party}/Nm",
            f"{party}/Pty/Nm",
            f"{party}/Agt/FinInstnId/Nm",
            f"RltdPties/Ultmt{sides[0]}/Nm",
            f"RltdPties/Ultmt{sides[0]}/Pty/Nm",
        )
        return prose(name, IDENTIFIER_CHARS), account_of(facts, f"{party}Acct")

    def _metadata(self, entry: Entry, facts: Facts) -> dict[str, str]:
        """What may help to explain a record. Nothing here is the statement's own: the next statement says the same."""
        charges = _charges(facts, entry) or (0 if self.listed > 1 else _charges(entry.facts, entry))
        said = {
            "account": self.account,
            "bank_transaction_code": "/".join(_code(facts) or _code(entry.facts)),
            "bank_own_code": first(facts, "BkTxCd/Prtry/Cd") or first(entry.facts, "BkTxCd/Prtry/Cd"),
            "charges": decimal_text(charges, entry.precision) if charges else "",
            "instructed_amount": " ".join(
                filter(None, (first(facts, "AmtDtls/InstdAmt/Amt"), first(facts, "AmtDtls/InstdAmt/Amt@Ccy")))
            ),
            "mandate": first(facts, "Refs/MndtId"),
            "message": first(facts, "Refs/MsgId"),
            "purpose": first(facts, "Purp/Cd", "Purp/Prtry"),
            "return_reason": first(facts, "RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry"),
            "reversal": "true" if entry.is_reversal else "",
        }
        return {name: prose(text, IDENTIFIER_CHARS) for name, text in said.items() if text}


def _raw(element: etree._Element) -> str:
    return raw_text(etree.tostring(element, encoding="unicode", with_tail=False)[:RAW_CHARS])


def _description(entry: Facts, facts: Facts) -> list[str]:
    """The remittance information; where there is none, what the bank adds."""
    return (
        texts(facts, "RmtInf/Ustrd", "RmtInf/Strd/AddtlRmtInf")
        or texts(facts, "AddtlTxInf")
        or texts(entry, "AddtlNtryInf")
    )


def _code(facts: Facts) -> list[str]:
    """Domain, family and sub-family, where the bank uses them."""
    paths = ("BkTxCd/Domn/Cd", "BkTxCd/Domn/Fmly/Cd", "BkTxCd/Domn/Fmly/SubFmlyCd")
    return [text for path in paths if (text := first(facts, path))]


def _kind(entry: Entry, facts: Facts) -> RecordKind:
    """By the bank transaction code: the payment's own before the entry's."""
    if entry.is_reversal:
        return RecordKind.REVERSAL
    for source in (facts, entry.facts):
        words = {*_code(source)[2:], *first(source, "BkTxCd/Prtry/Cd").split("+")}
        if words & _FEES:
            return RecordKind.FEE
        if words & _INTEREST:
            return RecordKind.INTEREST
    return RecordKind.MOVEMENT


def _charges(facts: Facts, entry: Entry) -> int:
    """Charges in the account's currency, signed: what they took from the account is negative.

    Newer versions list them as records, older ones one beside the other; both may only have a total. Without an
    indicator a charge is a debit. Charges only explain an entry: those that cannot be read are none, and spoil nothing.
    """
    try:
        for path in ("Chrgs/Rcrd", "Chrgs"):
            amounts, currencies = facts.get(f"{path}/Amt", []), facts.get(f"{path}/Amt@Ccy", [])
            if amounts:
                signs = facts.get(f"{path}/CdtDbtInd", [])
                if len(signs) != len(amounts):
                    signs = ["DBIT"] * len(amounts)
                return sum(
                    (1 if sign.strip() == "CRDT" else -1) * unsigned_amount(amount, entry.precision)
                    for amount, currency, sign in zip(amounts, currencies, signs, strict=True)
                    if currency == entry.currency
                )
        if first(facts, "Chrgs/TtlChrgsAndTaxAmt@Ccy") == entry.currency:
            return -unsigned_amount(first(facts, "Chrgs/TtlChrgsAndTaxAmt"), entry.precision)
    except RecordRejected:
        pass
    return 0
