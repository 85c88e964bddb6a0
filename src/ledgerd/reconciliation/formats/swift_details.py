"""What tag 86 says about an entry, in the dialects that banks write it in.

- German, Austrian and Polish banks: a code of three digits and fields of two ("166?00GUTSCHRIFT?20EREF+…?32NAME").
  Their purpose may hold SEPA's own keywords ("EREF+", "SVWZ+").
- Dutch and other banks: words between slashes ("/EREF/…/NAME/…/REMI/…").
- All others: free text.

Read here and not by the library: it knows the first dialect only, keeps the last of several fields with one number, and
takes a question mark in a text for the beginning of a field.
"""

import re
from dataclasses import dataclass, field

FIELD_CHARS = 27
"""What a field of the purpose holds. A full one goes on in the next; a shorter one ended at a word."""

_GERMAN = re.compile(r"(?P<code>[0-9]{3})(?P<sign>[?<>~^])(?=[0-9]{2})")
_KEYWORDS = "EREF KREF MREF CRED DEBT SVWZ ABWA ABWE IBAN BIC PURP COAM OAMT RREF".split()
_KEYWORD = re.compile(rf"(?<![A-Z])(?P<word>{'|'.join(_KEYWORDS)})(?:\+|: )")
_SLASH_WORDS = (
    "ACCW ADDR AORN BENM BIC BUSP CBRE CHGS CHG1 CNTP CREF CSID EREF EXCH IBAN INIT IREF ISDT KREF MARF NAME NRTX OAMT "
    "OCMT ORDP PREF PURP REMI RTRN RTYP SVCL TRCD TRTP ULTB ULTC ULTD USTD STRD VACC"
).split()
_SLASH_WORD = re.compile(rf"(?:^|(?<=/)|(?=/))/?(?P<word>{'|'.join(_SLASH_WORDS)})/")


@dataclass(slots=True)
class Details:
    description: str = ""
    counterparty: str = ""
    counterparty_account: str = ""
    end_to_end: str = ""
    customer_reference: str = ""
    metadata: dict[str, str] = field(default_factory=dict)


def details(text: str) -> Details:
    """What the text says, in whichever dialect it is."""
    if not text.strip():
        return Details()
    # Lines are broken after 65 characters, wherever that falls. Only in free text a line ends with a word.
    joined = text.replace("\n", "")
    if german := _GERMAN.match(joined):
        return _german(joined, german["code"], german["sign"])
    words = list(_SLASH_WORD.finditer(joined))
    if words and words[0].start() == 0:
        return _slashes(joined, words)
    return _free(text)


def _german(text: str, code: str, sign: str) -> Details:
    found: dict[str, str] = {}
    purpose: list[str] = []
    for part in re.split(rf"{re.escape(sign)}(?=[0-9]{{2}})", text)[1:]:
        number, value = part[:2], part[2:]
        if "20" <= number <= "29" or "60" <= number <= "63":
            purpose.append(value)
        else:
            found[number] = found.get(number, "") + value
    keywords = _sepa(_joined(purpose))
    result = Details(
        description=f"{keywords.pop('', '')} {keywords.pop('SVWZ', '')}".strip(),
        counterparty=_joined([found.get("32", ""), found.get("33", "")]).strip(),
        counterparty_account=(found.get("31", "") or keywords.get("IBAN", "")).strip(),
        end_to_end=keywords.pop("EREF", ""),
        customer_reference=keywords.pop("KREF", ""),
    )
    names = {"00": "posting_text", "10": "prima_nota", "30": "bank", "34": "text_key"}
    result.metadata = {"business_code": code} | {names[n]: v.strip() for n, v in found.items() if n in names}
    result.metadata |= {_METADATA[word]: value for word, value in keywords.items() if word in _METADATA}
    return result


_METADATA = {
    "MREF": "mandate",
    "MARF": "mandate",
    "CRED": "creditor_id",
    "CSID": "creditor_id",
    "ABWA": "ultimate_debtor",
    "ABWE": "ultimate_creditor",
    "ULTD": "ultimate_debtor",
    "ULTC": "ultimate_creditor",
    "PURP": "purpose",
    "OAMT": "original_amount",
    "OCMT": "original_amount",
    "COAM": "charges",
    "CHGS": "charges",
    "EXCH": "exchange_rate",
    "RTRN": "return_reason",
    "TRTP": "posting_text",
    "TRCD": "transaction_code",
    "RTYP": "transaction_code",
    "BIC": "bank",
}


def _joined(fields: list[str]) -> str:
    """The fields as one text: after a full field a word may go on, after a shorter one it does not."""
    text = last = ""
    for value in fields:
        gap = " " if text and value and len(last) < FIELD_CHARS and not text.endswith(" ") else ""
        text, last = text + gap + value, value
    return text


def _sepa(purpose: str) -> dict[str, str]:
    """The purpose by SEPA's keywords. What stands before the first one is under ""."""
    parts: dict[str, str] = {}
    word, at = "", 0
    for keyword in [*_KEYWORD.finditer(purpose), None]:
        value = purpose[at : keyword.start() if keyword else len(purpose)].strip()
        if value and word in ("", "SVWZ"):
            parts[word] = f"{parts.get(word, '')} {value}".strip()
        elif value:
            parts.setdefault(word, value)
        if keyword:
            word, at = keyword["word"], keyword.end()
    return parts


def _slashes(text: str, words: list[re.Match[str]]) -> Details:
    found: dict[str, str] = {}
    for word, following in zip(words, [*words[1:], None], strict=True):
        value = text[word.end() : following.start() if following else len(text)].strip("/ ")
        found.setdefault(word["word"], value)
    account, name = found.get("IBAN", ""), found.get("NAME", "")
    if counterparty := found.get("CNTP"):
        # /CNTP/account/BIC/name/city/
        parts = [*counterparty.split("/"), "", "", ""]
        account, name = account or parts[0], name or parts[2]
    for side in ("ORDP", "BENM"):
        name = name or found.get(side, "")
    remittance = found.get("REMI", "") or found.get("USTD", "") or found.get("STRD", "")
    result = Details(
        description=remittance.strip("/ "),
        counterparty=name,
        counterparty_account=account,
        end_to_end=found.get("EREF", ""),
        customer_reference=found.get("KREF", "") or found.get("PREF", ""),
    )
    result.metadata = {_METADATA[word]: value for word, value in found.items() if word in _METADATA and value}
    return result


def _free(text: str) -> Details:
    return Details(description=" ".join(text.split()))
