"""Type codes of BAI2: their sides by the public ranges, and which are summaries by the table of the library."""

from bai2.constants import TypeCodeLevel, TypeCodes

from ledgerd.core.model.external_record import FaultCode, RecordKind
from ledgerd.reconciliation.formats.reading import RecordRejected

OPENING_LEDGER = "010"
CLOSING_LEDGER = "015"
TOTAL_CREDITS = "100"
TOTAL_DEBITS = "400"
NON_MONETARY = "890"

_CREDITS = ((100, 399), (706, 706), (708, 708), (720, 728), (920, 959))
_DEBITS = ((400, 699), (760, 760), (960, 999))
"""From 920 on the codes are the banks' own, on the side that their range has."""

_KINDS = {
    RecordKind.FEE: "224 398 524 564 567 661 698 724 726 728",
    RecordKind.INTEREST: "242 346 354 359 654 659 721 727",
    RecordKind.REVERSAL: "252 254 255 257 258 266 395 552 554 555 557 558 566 694",
}
_KIND_OF = {code: kind for kind, codes in _KINDS.items() for code in codes.split()}


def sign(code: str) -> int:
    """1 where money came in, -1 where it went out; rejected where the code is of no single movement."""
    number = int(code) if len(code) == 3 and code.isascii() and code.isdecimal() else 0
    known = TypeCodes.get(code)
    if known and known.level is not TypeCodeLevel.detail:
        # To take it as a record would count its movements twice; to pass over it would lose them.
        raise RecordRejected(FaultCode.SYNTAX_INVALID, "type", "The code of a detail is one of a summary or balance.")
    for side, ranges in ((1, _CREDITS), (-1, _DEBITS)):
        if any(first <= number <= last for first, last in ranges):
            return side
    raise RecordRejected(FaultCode.SYNTAX_INVALID, "type", "The code is none of a credit or a debit.")


def kind(code: str) -> RecordKind:
    return _KIND_OF.get(code, RecordKind.MOVEMENT)


def description(code: str) -> str:
    known = TypeCodes.get(code)
    return str(known.description) if known else ""
