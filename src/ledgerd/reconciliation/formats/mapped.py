"""Records from named texts, as the profile maps them: what CSV and JSON have in common."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime

from ledgerd.core.model.external_record import (
    KEY_CHARS,
    METADATA_MAX,
    ExternalRecord,
    FaultCode,
    RecordKind,
    RecordStatus,
)
from ledgerd.core.model.format_profile import AmountSigns, AmountUnit, FeeSigns, FormatProfile
from ledgerd.reconciliation.formats.date_forms import DateFormInvalid, check_form, moment
from ledgerd.reconciliation.formats.identity import RecordKeys, unbooked_suffix
from ledgerd.reconciliation.formats.json_text import JsonNumber
from ledgerd.reconciliation.formats.number_forms import NumberForm, from_smallest_units, plain_number
from ledgerd.reconciliation.formats.reading import (
    ReadContext,
    RecordRejected,
    identifier,
    minor_amount,
    precision_of,
    prose,
    reject_file,
)
from ledgerd.reconciliation.formats.references import references

REFERENCES = ("reference", *(f"reference_{n}" for n in range(2, 9)))
METADATA_PREFIX = "metadata."
FIELDS = frozenset(
    """key amount credit debit indicator fee net currency booking_date value_date description description_2 counterparty
    counterparty_account group_key kind status""".split()
) | frozenset(REFERENCES)
_NEEDED = {
    AmountSigns.SIGNED: ("amount",),
    AmountSigns.TWO_COLUMNS: ("credit", "debit"),
    AmountSigns.INDICATOR: ("amount", "indicator"),
}
FEE_SUFFIX = ":fee"
_METADATA_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)


def check_mapping(profile: FormatProfile) -> None:
    """Reject the file where its profile cannot be what somebody meant."""
    for name in profile.columns:
        is_metadata = name.startswith(METADATA_PREFIX) and _METADATA_NAME.fullmatch(name.removeprefix(METADATA_PREFIX))
        if name not in FIELDS and not is_metadata:
            reject_file(FaultCode.COLUMNS_INVALID, "The profile maps a field that records do not have.", name=name)
    if sum(name.startswith(METADATA_PREFIX) for name in profile.columns) > METADATA_MAX:
        reject_file(FaultCode.COLUMNS_INVALID, f"The profile maps more than {METADATA_MAX} metadata.")
    for name in _NEEDED[profile.amount_signs]:
        if name not in profile.columns:
            reject_file(FaultCode.COLUMNS_INVALID, f"The profile maps no {name}; amount_signs need it.", name=name)
    if profile.amount_signs is AmountSigns.INDICATOR and not (profile.credit_words and profile.debit_words):
        reject_file(FaultCode.COLUMNS_INVALID, "The profile names no words for credits and debits.", name="indicator")
    if set(profile.credit_words) & set(profile.debit_words):
        reject_file(FaultCode.COLUMNS_INVALID, "A word means both a credit and a debit.", name="indicator")
    _check_statuses(profile)
    try:
        check_form(profile.date_format)
    except DateFormInvalid:
        reject_file(FaultCode.DATE_INVALID, "The profile's form of dates has no day, month and year that can be read.")
    if profile.thousands_separator == profile.decimal_mark or not profile.decimal_mark:
        reject_file(FaultCode.AMOUNT_INVALID, "The profile's decimal mark is empty, or also separates thousands.")


def _check_statuses(profile: FormatProfile) -> None:
    words = [word for _, words in _words_of(profile) for word in set(words)]
    if "status" in profile.columns and not words:
        reason = "The profile maps a status, and names no words for booked, pending or information."
        reject_file(FaultCode.COLUMNS_INVALID, reason, name="status")
    if words and "status" not in profile.columns:
        reason = "The profile names words of a status, and maps no status."
        reject_file(FaultCode.COLUMNS_INVALID, reason, name="status")
    if len(set(words)) < len(words):
        reject_file(FaultCode.COLUMNS_INVALID, "A word means two statuses.", name="status")


def _words_of(profile: FormatProfile) -> Iterator[tuple[RecordStatus, tuple[str, ...]]]:
    yield RecordStatus.BOOKED, profile.booked_words
    yield RecordStatus.PENDING, profile.pending_words
    yield RecordStatus.INFORMATION, profile.information_words


class MappedReader:
    """Reads the texts of one record. What the profile says is looked up once for the file."""

    def __init__(self, context: ReadContext) -> None:
        profile = context.profile
        check_mapping(profile)
        self._context = context
        self._profile = profile
        self._form = NumberForm(
            profile.decimal_mark,
            profile.thousands_separator,
            profile.parentheses_are_negative,
            profile.trailing_minus_is_negative,
            bare_mark=False,
        )
        self._references = [name for name in REFERENCES if name in profile.columns]
        self._keys = RecordKeys()
        self._statuses = {word: status for status, words in _words_of(profile) for word in words}
        self._metadata = [name for name in profile.columns if name.startswith(METADATA_PREFIX)]

    def records(self, texts: Mapping[str, str], line: int, raw: str) -> Iterator[ExternalRecord]:
        """The record, and one for its fee where it has one. All or, where a fault is raised, none."""
        currency = texts.get("currency", "").strip().upper() or self._context.currency
        precision = precision_of(currency, self._context)
        booking, booked_at = self._day(texts, "booking_date")
        value, _ = self._day(texts, "value_date")
        if "booking_date" in texts and booking is None and value is None:
            raise RecordRejected(FaultCode.FIELD_MISSING, "booking_date", "The record has no date.")
        key = self._given_key(texts)
        source_status = identifier(texts.get("status", ""), "status")
        status = self._status(source_status)
        record = ExternalRecord(
            key=key,
            amount=self._amount(texts, currency, precision),
            currency=currency,
            precision=precision,
            booking_date=booking,
            value_date=value,
            booked_at=booked_at,
            references=references((name, texts[name]) for name in self._references),
            description=prose(f"{texts.get('description', '')} {texts.get('description_2', '')}"),
            counterparty=prose(texts.get("counterparty", "")),
            counterparty_account=identifier(texts.get("counterparty_account", ""), "counterparty_account"),
            group_key=identifier(texts.get("group_key", ""), "group_key"),
            kind=_kind(texts.get("kind", "").strip()),
            status=status,
            source_status=source_status,
            metadata={
                name.removeprefix(METADATA_PREFIX): text for name in self._metadata if (text := prose(texts[name]))
            },
            line=line,
            raw=raw,
        )
        fee = self._fee(texts, currency, precision)
        self._check_net(texts, currency, precision, record.amount + fee)
        if key:
            key += unbooked_suffix(status)
        if len(key) + (len(FEE_SUFFIX) if fee else 0) > KEY_CHARS:
            reason = "The key is too long for the fee, or for what is not booked yet, to have one as well."
            raise RecordRejected(FaultCode.TEXT_INVALID, "key", reason)
        record = replace(record, key=key or self._made_key(record))
        yield record
        if fee:
            yield replace(record, amount=fee, kind=RecordKind.FEE, key=record.key + FEE_SUFFIX)

    def _made_key(self, record: ExternalRecord) -> str:
        return self._keys.key(
            amount=record.amount,
            currency=record.currency,
            booking_date=record.booking_date,
            value_date=record.value_date,
            references=record.references,
            description=record.description,
            counterparty=record.counterparty,
            unbooked_as="" if record.status is RecordStatus.BOOKED else record.source_status,
        )

    def _status(self, word: str) -> RecordStatus:
        if not word:
            return RecordStatus.BOOKED
        if word not in self._statuses:
            reason = "The word is none of booked_words, pending_words and information_words of the profile."
            raise RecordRejected(FaultCode.WORD_UNKNOWN, "status", reason)
        return self._statuses[word]

    def _given_key(self, texts: Mapping[str, str]) -> str:
        key = identifier(texts.get("key", ""), "key")
        if "key" in texts and not key:
            raise RecordRejected(FaultCode.FIELD_MISSING, "key", "The record has no key.")
        return key

    def _day(self, texts: Mapping[str, str], name: str) -> tuple[date | None, datetime | None]:
        text = texts.get(name, "").strip()
        if not text:
            return None, None
        found = moment(text, self._profile.date_format, name, self._context.zone)
        return found.day, found.at

    def _number(self, text: str, currency: str, precision: int, name: str) -> int:
        form = _JSON_FORM if isinstance(text, JsonNumber) else self._form
        number = plain_number(text, form, name)
        if self._profile.amount_unit is AmountUnit.MINOR:
            return from_smallest_units(number, currency, precision, name)
        return minor_amount(number, precision, name)

    def _amount(self, texts: Mapping[str, str], currency: str, precision: int) -> int:
        if self._profile.amount_signs is AmountSigns.TWO_COLUMNS:
            return self._of_two(texts, currency, precision)
        text = texts["amount"]
        if not text.strip():
            raise RecordRejected(FaultCode.FIELD_MISSING, "amount", "The amount is missing.")
        amount = self._number(text, currency, precision, "amount")
        if self._profile.amount_signs is AmountSigns.SIGNED:
            return amount
        word = texts["indicator"].strip()
        if not word:
            raise RecordRejected(FaultCode.FIELD_MISSING, "indicator", "It says neither credit nor debit.")
        is_credit = word in self._profile.credit_words
        if not is_credit and word not in self._profile.debit_words:
            raise RecordRejected(FaultCode.AMOUNT_INVALID, "indicator", "The word means neither credit nor debit.")
        if amount < 0:
            raise RecordRejected(
                FaultCode.AMOUNT_INVALID, "amount", "A word says the sign, and the amount has a minus."
            )
        return amount if is_credit else -amount

    def _of_two(self, texts: Mapping[str, str], currency: str, precision: int) -> int:
        filled = {
            name: self._number(texts[name], currency, precision, name)
            for name in ("credit", "debit")
            if texts[name].strip()
        }
        if not filled:
            raise RecordRejected(FaultCode.FIELD_MISSING, "amount", "The record has neither a credit nor a debit.")
        credit, debit = filled.get("credit", 0), filled.get("debit", 0)
        if self._profile.debits_are_negative:
            debit = -debit
        # A zero beside an amount says nothing: many banks write in both columns.
        if credit and debit:
            raise RecordRejected(FaultCode.AMOUNT_INVALID, "amount", "The record has both a credit and a debit.")
        if credit < 0 or debit < 0:
            name = "credit" if credit < 0 else "debit"
            raise RecordRejected(FaultCode.AMOUNT_INVALID, name, "The column says one sign, and the amount another.")
        return credit - debit

    def _fee(self, texts: Mapping[str, str], currency: str, precision: int) -> int:
        text = texts.get("fee", "")
        if not text.strip():
            return 0
        fee = self._number(text, currency, precision, "fee")
        return fee if self._profile.fee_signs is FeeSigns.SIGNED else -fee

    def _check_net(self, texts: Mapping[str, str], currency: str, precision: int, expected: int) -> None:
        text = texts.get("net", "")
        if text.strip() and self._number(text, currency, precision, "net") != expected:
            raise RecordRejected(FaultCode.TOTAL_DIFFERS, "net", "Amount and fee do not make the net amount.")


_JSON_FORM = NumberForm()


def _kind(word: str) -> RecordKind:
    if not word:
        return RecordKind.MOVEMENT
    try:
        return RecordKind(word.upper())
    except ValueError:
        words = ", ".join(RecordKind)
        raise RecordRejected(FaultCode.WORD_UNKNOWN, "kind", f"The kind is none of {words}.") from None
