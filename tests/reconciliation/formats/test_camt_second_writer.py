"""Files of a second writer, made from the schemas of the message definitions: they read as those of the tests' own do.

pyiso20022 has a class for each type of each version; what it is told is converted by the types of their fields.
"""

import dataclasses
import importlib
import io
import typing
from datetime import date
from decimal import Decimal
from enum import Enum
from zoneinfo import ZoneInfo

import pytest
from xsdata.formats.dataclass.serializers import XmlSerializer
from xsdata.models.datatype import XmlDate, XmlDateTime

from ledgerd.core.model.currency import PRECISIONS
from ledgerd.core.model.external_record import BankStatement, ExternalRecord, RecordKind
from ledgerd.core.model.format_profile import FileFormat, FormatProfile
from ledgerd.reconciliation.formats.arithmetic import checked
from ledgerd.reconciliation.formats.files import read_file
from ledgerd.reconciliation.formats.reading import ReadContext

CONTEXT = ReadContext(
    profile=FormatProfile(format=FileFormat.CAMT), precisions=PRECISIONS, zone=ZoneInfo("Europe/Berlin")
)
MESSAGES = {
    "052": ("BkToCstmrAcctRpt", "Rpt"),
    "053": ("BkToCstmrStmt", "Stmt"),
    "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}
IBAN = "DE89370400440532013000"


def _built(kind: object, told: object) -> object:
    """An object of this type, from dictionaries with the names of the schema."""
    origin = typing.get_origin(kind)
    if origin in (typing.Union, type(int | None)):
        (kind,) = (one for one in typing.get_args(kind) if one is not type(None))
        return _built(kind, told)
    if origin is list:
        return [_built(typing.get_args(kind)[0], one) for one in told]
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        fields = {field.metadata.get("name", field.name): field.name for field in dataclasses.fields(kind)}
        return kind(**{fields[name]: _built(hints[fields[name]], value) for name, value in told.items()})
    if kind is XmlDate:
        return XmlDate.from_string(told)
    if kind is XmlDateTime:
        return XmlDateTime.from_string(told)
    if isinstance(kind, type) and issubclass(kind, Enum | Decimal):
        return kind(told)
    return told


def _written(kind: str, version: str, statement: dict) -> bytes:
    name = f"camt_{kind}_001_{version}"
    module = importlib.import_module(f"pyiso20022.camt.{name}.{name}")
    message, part = MESSAGES[kind]
    header = {"MsgId": "M1", "CreDtTm": "2026-05-04T20:00:00"}
    document = _built(module.Document, {message: {"GrpHdr": header, part: [statement]}})
    namespace = f"urn:iso:std:iso:20022:tech:xsd:camt.{kind}.001.{version}"
    return XmlSerializer().render(document, ns_map={None: namespace}).encode()


def _money(amount: str) -> dict:
    return {"value": amount, "Ccy": "EUR"}


def _balance(code: str, amount: str) -> dict:
    return {
        "Tp": {"CdOrPrtry": {"Cd": code}},
        "Amt": _money(amount),
        "CdtDbtInd": "CRDT",
        "Dt": {"Dt": "2026-05-04"},
    }


def _payment(version: int, *, name: str, account: str, reference: str, amount: str, side: str, text: str) -> dict:
    party = {"Nm": name}
    parties = {
        side: {"Pty": party} if version >= 7 else party,
        f"{side}Acct": {"Id": {"IBAN": account}},
    }
    detail = {"Refs": {"EndToEndId": reference}, "RltdPties": parties, "RmtInf": {"Ustrd": [text]}}
    if version >= 3:
        return detail | {"Amt": _money(amount), "CdtDbtInd": "CRDT" if side == "Dbtr" else "DBIT"}
    return detail | {"AmtDtls": {"TxAmt": {"Amt": _money(amount)}}}


def _entry(version: int, amount: str, indicator: str, details: list[dict], **more: object) -> dict:
    code = {"Domn": {"Cd": "PMNT", "Fmly": {"Cd": "RCDT", "SubFmlyCd": "ESCT"}}}
    return {
        "Amt": _money(amount),
        "CdtDbtInd": indicator,
        "Sts": {"Cd": "BOOK"} if version >= 7 else "BOOK",
        "BookgDt": {"Dt": "2026-05-04"},
        "ValDt": {"DtTm": "2026-05-05T12:00:00+02:00"},
        "BkTxCd": code,
        "NtryDtls": [{"TxDtls": details} | more.pop("group", {})],
    } | more


def _statement(kind: str, version: int) -> dict:
    customer = {"name": "Müller & Söhne", "account": "FR1420041010050500013M02606", "side": "Dbtr"}
    staff = {"account": "NL02RABO0123456789", "side": "Cdtr"}
    sale = _payment(version, **customer, reference="INV-17", amount="120.5", text="Invoice 17")
    salaries = [
        _payment(version, **staff, name="Ann", reference="PAY-1", amount="1000.00", text="May"),
        _payment(version, **staff, name="Bob", reference="PAY-2", amount="2000.00", text="May"),
    ]
    statement = {
        "Id": "S17",
        "ElctrncSeqNb": "17",
        "CreDtTm": "2026-05-04T20:00:00",
        "Acct": {"Id": {"IBAN": IBAN}, "Ccy": "EUR"},
        "TxsSummry": {
            "TtlCdtNtries": {"NbOfNtries": "1", "Sum": "120.50"},
            "TtlDbtNtries": {"NbOfNtries": "2", "Sum": "3099.50"},
        },
        "Ntry": [
            _entry(version, "120.5", "CRDT", [sale], AcctSvcrRef="B-1", NtryRef="1"),
            _entry(
                version,
                "3000",
                "DBIT",
                salaries,
                AcctSvcrRef="B-2",
                group={"Btch": {"PmtInfId": "MAY", "NbOfTxs": "2"}},
            ),
            _entry(version, "99.50", "DBIT", [], RvslInd=True, AddtlNtryInf="Taken back"),
        ],
    }
    if kind != "054":
        statement["Bal"] = [_balance("OPBD", "5000.00"), _balance("CLBD", "2021.00"), _balance("CLAV", "1.00")]
    return statement


@pytest.mark.parametrize("kind", ["052", "053", "054"])
@pytest.mark.parametrize("version", ["02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"])
def test_a_second_writers_files_read_as_they_were_meant(kind: str, version: str):
    items = list(checked(read_file(io.BytesIO(_written(kind, version, _statement(kind, int(version)))), CONTEXT)))
    *records, statement = items
    assert all(isinstance(record, ExternalRecord) for record in records)
    assert isinstance(statement, BankStatement)
    assert [
        (record.amount, record.kind, record.references, record.counterparty, record.description, record.group_key)
        for record in records
    ] == [
        (12_050, RecordKind.MOVEMENT, ("INV-17", "B-1"), "Müller & Söhne", "Invoice 17", ""),
        (-100_000, RecordKind.MOVEMENT, ("PAY-1", "B-2"), "Ann", "May", "MAY"),
        (-200_000, RecordKind.MOVEMENT, ("PAY-2", "B-2"), "Bob", "May", "MAY"),
        (-9_950, RecordKind.REVERSAL, (), "", "Taken back", ""),
    ]
    assert {(record.booking_date, record.value_date) for record in records} == {(date(2026, 5, 4), date(2026, 5, 5))}
    assert [record.counterparty_account for record in records[:2]] == [
        "FR1420041010050500013M02606",
        "NL02RABO0123456789",
    ]
    balances = (None, None) if kind == "054" else (500_000, 202_100)
    assert (statement.account, statement.number, statement.opening, statement.closing) == (IBAN, "17", *balances)
    assert (statement.credit_total, statement.debit_total, statement.declared_items) == (12_050, 309_950, 3)
