"""What the columns of a table seem to be: from their names, and from what all of their texts can be read as."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC

from ledgerd.core.model.currency import PRECISIONS
from ledgerd.core.model.format_profile import AmountSigns, AmountUnit, FormatProfile
from ledgerd.reconciliation.formats.date_forms import moment
from ledgerd.reconciliation.formats.number_forms import NumberForm, plain_number
from ledgerd.reconciliation.formats.reading import RecordRejected

DATE_FORMS = tuple(
    f"{day}{time}"
    for day in (
        *("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y"),
        *("%Y/%m/%d", "%Y%m%d", "%d-%b-%Y", "%d %b %Y", "%d-%b-%y", "%d%b%y"),
    )
    for time in ("", " %H:%M:%S", " %H:%M", "T%H:%M:%S", "T%H:%M:%S%z", "T%H:%M:%S.%f%z", " %H:%M:%S%z")
)
NUMBER_MARKS = ((".", ""), (",", ""), (".", ","), (",", "."), (".", "'"), (",", " "), (".", " "))

_NAMES = {
    "key": "id|transaction id|transaction_id|balance_transaction_id|txn id",
    "amount": "amount|value|gross|betrag|umsatz|brutto|bedrag|montant|importe|amount.value|bedrag (eur)",
    "credit": "credit|credits|paid in|money in|deposit|deposits|haben|gutschrift|crédit|credit amount",
    "debit": "debit|debits|paid out|money out|withdrawal|withdrawals|soll|belastung|débit|debit amount",
    "indicator": "credit/debit|debit/credit|dr/cr|cr/dr|indicator|soll/haben|s/h|af bij|sign|direction",
    "fee": "fee|fees|gebühr|kosten|commission",
    "net": "net|net amount|netto",
    "currency": "currency|ccy|währung|waehrung|devise|munt|amount.currency|cur",
    "booking_date": "date|booking date|booked|posted|posting date|transaction date|created|buchungstag|buchungsdatum|"
    "datum|boekdatum|date comptable|date opération|fecha|created (utc)|when",
    "value_date": "value date|valuta|valutadatum|wertstellung|rentedatum|date valeur|available_on",
    "reference": "reference|ref|end-to-end id|end to end id|kundenreferenz|kenmerk|référence|e2e",
    "description": "description|text|memo|details|narrative|verwendungszweck|buchungstext|omschrijving|libellé|purpose",
    "counterparty": "counterparty|name|payee|beneficiary|auftraggeber/empfänger|empfänger|naam|beguenstigter/zahlungs"
    "pflichtiger|begünstigter/zahlungspflichtiger|naam / omschrijving|customer",
    "counterparty_account": "iban|counterparty iban|account number|kontonummer/iban|tegenrekening|counterparty account",
    "group_key": "payout|payout id|automatic_payout_id|payout_id|batch|batch id|settlement id",
    "status": "status|state",
}
_FIELD_OF = {name: field for field, names in _NAMES.items() for name in names.split("|")}
_CREDIT_WORDS = frozenset("C CR CRDT CREDIT H HABEN BIJ +".split())
_DEBIT_WORDS = frozenset("D DR DBIT DEBIT S SOLL AF -".split())
_BOOKED_WORDS = frozenset(("BOOK", "BOOKED", "POSTED", "COMPLETED", "SETTLED", "CLEARED", "GEBUCHT"))
_PENDING_WORDS = frozenset("PDNG PENDING VORGEMERKT".split())
_MONEY = ("amount", "credit", "debit", "fee", "net")
_DATES = ("booking_date", "value_date")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A profile that reads the sample, and why it looks as it does."""

    profile: FormatProfile
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Columns:
    proposals: tuple[Proposal, ...]
    uncertain: tuple[str, ...]


def looks_like_data(text: str) -> bool:
    """Whether the text is a date or a number: headers have none."""
    is_date = any(_reads_date(form, [text]) for form in DATE_FORMS)
    return is_date or any(_reads_number(NumberForm(*marks), [text]) for marks in NUMBER_MARKS)


def columns(table: dict[str, list[str]], profile: FormatProfile, reasons: list[str]) -> Columns:
    """The proposals for a table of named columns. Where the sample cannot decide, each reading is proposed."""
    filled = {name: [text for text in texts if text.strip()] for name, texts in table.items()}
    mapped = _by_name(table)
    uncertain: list[str] = []
    _check_currency(filled, mapped, uncertain)
    forms = _date_forms(filled, mapped, uncertain)
    _find_amount(filled, mapped, uncertain)
    marks = _number_marks(filled, mapped, uncertain)
    profile = _signs(filled, mapped, profile, uncertain)
    profile = _statuses(filled, mapped, profile, uncertain)
    reasons = [*reasons, *(f"The column {name!r} is named like the {field}." for field, name in mapped.items())]
    reasons += [f"Amounts are {profile.amount_signs}: one column, two, or one with a word beside it."]
    profile = replace(profile, columns=mapped)
    found = [
        Proposal(
            replace(profile, date_format=form, decimal_mark=mark[0], thousands_separator=mark[1], amount_unit=unit),
            (*reasons, *_said_of(mapped, form, mark, unit)),
        )
        for form in forms
        for mark in marks
        for unit in (AmountUnit if _has_whole_numbers_only(filled, mapped, uncertain) else (AmountUnit.MAJOR,))
    ]
    return Columns(tuple(found), tuple(dict.fromkeys(uncertain)))


def _said_of(mapped: dict[str, str], form: str, mark: tuple[str, str], unit: AmountUnit) -> Iterator[str]:
    if "booking_date" in mapped:
        yield f"The dates are read as {form}."
    if mapped.keys() & _MONEY:
        counted = "smallest units" if unit is AmountUnit.MINOR else "whole units"
        yield f"The amounts are read with {mark[0]!r} for decimals and {mark[1]!r} for thousands, in {counted}."


def _by_name(table: dict[str, list[str]]) -> dict[str, str]:
    mapped: dict[str, str] = {}
    for name in table:
        lower = name.lower().strip()
        field = _FIELD_OF.get(lower) or _FIELD_OF.get(lower.rpartition(".")[2])
        if field and field not in mapped:
            mapped[field] = name
    return mapped


def _check_currency(filled: dict[str, list[str]], mapped: dict[str, str], uncertain: list[str]) -> None:
    name = mapped.get("currency")
    if name and not (filled[name] and all(text.strip().upper() in PRECISIONS for text in filled[name])):
        del mapped["currency"]
        uncertain.append(
            f"The column {name!r} is named like the currency, and has other texts than codes; it is left out."
        )


def _find_amount(filled: dict[str, list[str]], mapped: dict[str, str], uncertain: list[str]) -> None:
    """Where no name says it: the only column of numbers."""
    if "amount" in mapped or {"credit", "debit"} <= mapped.keys():
        return
    named = set(mapped.values())
    numbers = [
        name
        for name, texts in filled.items()
        if name not in named and texts and any(_reads_number(NumberForm(*mark), texts) for mark in NUMBER_MARKS)
    ]
    if len(numbers) == 1:
        mapped["amount"] = numbers[0]
        uncertain.append(f"The column {numbers[0]!r} has numbers; that they are the amounts is not known.")


def _date_forms(filled: dict[str, list[str]], mapped: dict[str, str], uncertain: list[str]) -> list[str]:
    if "booking_date" not in mapped:
        named = set(mapped.values())
        for name, texts in filled.items():
            if name not in named and texts and any(_reads_date(form, texts) for form in DATE_FORMS):
                mapped["booking_date"] = name
                uncertain.append(f"The column {name!r} has dates; that they are booking dates is not known.")
                break
        else:
            uncertain.append("No column has dates in a form that is known.")
            return ["%Y-%m-%d"]
    texts = filled[mapped["booking_date"]]
    forms = [form for form in DATE_FORMS if texts and _reads_date(form, texts)]
    if not forms:
        uncertain.append("The dates are of no form that is known.")
        return ["%Y-%m-%d"]
    if len(forms) > 1:
        uncertain.append(f"The sample does not decide how dates are to be read: {', '.join(forms)}. Each is proposed.")
    value = mapped.get("value_date")
    if value and not all(_reads_date(form, filled[value]) for form in forms):
        del mapped["value_date"]
        uncertain.append(f"The column {value!r} has dates of another form, and a profile has one; it is left out.")
    return forms


def _number_marks(filled: dict[str, list[str]], mapped: dict[str, str], uncertain: list[str]) -> list[tuple[str, str]]:
    texts = [text for field in _MONEY if field in mapped for text in filled[mapped[field]]]
    marks = [mark for mark in NUMBER_MARKS if texts and _reads_number(NumberForm(*mark), texts)]
    if not marks:
        uncertain.append("No column has amounts in a form that is known.")
        return [(".", "")]
    values = {mark: [plain_number(text, NumberForm(*mark), "") for text in texts] for mark in marks}
    # Forms that read every amount of the sample alike: the one without thousands is the strictest.
    different: dict[tuple[str, ...], tuple[str, str]] = {}
    for mark in marks:
        different.setdefault(tuple(values[mark]), mark)
    chosen = list(different.values())
    if len(chosen) > 1:
        uncertain.append("The sample does not decide which mark is for decimals: each reading is proposed.")
    elif not chosen[0][1] and not any(len(text.partition(".")[0].lstrip("-")) > 3 for text in values[chosen[0]]):
        uncertain.append("No amount of the sample has thousands: whether they are separated is not known.")
    return chosen


def _has_whole_numbers_only(filled: dict[str, list[str]], mapped: dict[str, str], uncertain: list[str]) -> bool:
    texts = [text for field in _MONEY if field in mapped for text in filled[mapped[field]]]
    is_whole = bool(texts) and all(text.strip().lstrip("+-").isdecimal() for text in texts)
    if is_whole:
        uncertain.append(
            "No amount of the sample has decimals: they may count whole units or the smallest. Both are proposed."
        )
    return is_whole


def _signs(
    filled: dict[str, list[str]], mapped: dict[str, str], profile: FormatProfile, uncertain: list[str]
) -> FormatProfile:
    if "credit" in mapped and "debit" in mapped and "amount" not in mapped:
        mapped.pop("indicator", None)
        negative = any(text.strip().startswith("-") for text in filled[mapped["debit"]])
        return replace(profile, amount_signs=AmountSigns.TWO_COLUMNS, debits_are_negative=negative)
    mapped.pop("credit", None)
    mapped.pop("debit", None)
    indicator = mapped.pop("indicator", "")
    words = sorted(set(filled.get(indicator, [])))
    credit = tuple(word for word in words if word.strip().upper() in _CREDIT_WORDS)
    debit = tuple(word for word in words if word.strip().upper() in _DEBIT_WORDS)
    if credit and debit and len(credit) + len(debit) == len(words):
        mapped["indicator"] = indicator
        return replace(profile, amount_signs=AmountSigns.INDICATOR, credit_words=credit, debit_words=debit)
    amounts = filled.get(mapped.get("amount", ""), [])
    if not amounts:
        uncertain.append("No column is named like an amount: name it in the profile.")
    elif not any(text.strip().startswith("-") for text in amounts):
        uncertain.append("No amount of the sample is negative: how money out is written is not known.")
    return profile


def _statuses(
    filled: dict[str, list[str]], mapped: dict[str, str], profile: FormatProfile, uncertain: list[str]
) -> FormatProfile:
    name = mapped.pop("status", "")
    words = sorted({text.strip() for text in filled.get(name, [])})
    booked = tuple(word for word in words if word.upper() in _BOOKED_WORDS)
    pending = tuple(word for word in words if word.upper() in _PENDING_WORDS)
    if words and len(booked) + len(pending) == len(words):
        mapped["status"] = name
        uncertain.append(f"The column {name!r} may have words that the sample lacks: name them in the profile.")
        return replace(profile, booked_words=booked, pending_words=pending)
    if name:
        uncertain.append(
            f"The column {name!r} is named like the status, and what its words mean is not known; it is left out, and "
            "every row counts as booked. Map it and name its words where that is wrong."
        )
    return profile


def _reads_all(read: Callable[[str], object], texts: list[str]) -> bool:
    try:
        for text in texts:
            read(text)
    except RecordRejected:
        return False
    return True


def _reads_date(form: str, texts: list[str]) -> bool:
    return _reads_all(lambda text: moment(text.strip(), form, "", UTC), texts)


def _reads_number(form: NumberForm, texts: list[str]) -> bool:
    return _reads_all(lambda text: plain_number(text, form, ""), texts)


def rows_of(table: list[dict[str, str]]) -> Iterator[tuple[str, list[str]]]:
    """The columns of rows that have names each."""
    for name in dict.fromkeys(name for row in table for name in row):
        yield name, [row.get(name, "") for row in table]
