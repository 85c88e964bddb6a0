"""Ids: TypeIDs outside ("txn_01jd…": prefix and UUIDv7 in Crockford base 32), 32 hex digits in SQL.

Source of the text form: the TypeID specification, version 0.3; of the bits: RFC 9562, UUID version 7.
"""

from dataclasses import dataclass

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_TO_PYTHON = str.maketrans(ALPHABET, "0123456789abcdefghijklmnopqrstuv")
_PAIRS = [a + b for a in ALPHABET for b in ALPHABET]
_ALLOWED = frozenset(ALPHABET)
_TEXT_CHARS = 26

LEDGER, BALANCE, TRANSACTION, BATCH = "ldg", "bln", "txn", "bat"
MONITOR, IDENTITY, VERIFICATION, EVENT, SETTINGS = "mon", "idt", "ver", "evt", "set"
EXTERNAL_SOURCE, UPLOAD = "src", "upl"
MATCHING_RULE, MATCHING_RULE_SET = "rul", "rst"
RECONCILIATION, RECONCILIATION_EXCEPTION, RECONCILIATION_STATEMENT = "rec", "rex", "rcs"
RECONCILIATION_ADJUSTMENT = "adj"
EXTERNAL_RECORD, BANK_STATEMENT, ROW_DECISION = "xrc", "bst", "dec"
"""Their numbers are counted, not UUIDv7: millions of them are joined."""

GENERAL_LEDGER = 0x00000000_0000_7000_8000_000000000001
"""The number of the General Ledger, which schema.sql inserts."""

SERVICE_SETTINGS = 0x00000000_0000_7000_8000_000000000002
"""The number of the settings of the service, which schema.sql inserts."""

ORDINAL_BITS = 24
ORDINAL_MAX = (1 << ORDINAL_BITS) - 1
_ORDINAL_CHARS = 5


def encode(prefix: str, number: int) -> str:
    """The TypeID of a 128-bit number."""
    pairs = [_PAIRS[(number >> shift) & 1023] for shift in range(120, -1, -10)]
    return f"{prefix}_{''.join(pairs)}"


def encode_hex(prefix: str, key: str) -> str:
    """The TypeID of a uuid given as 32 hex digits."""
    return encode(prefix, int(key, 16))


def decode(prefix: str, text: str) -> int | None:
    """The number behind a TypeID with this prefix; None where the text is not one."""
    head, _, tail = text.partition("_")
    if head != prefix or len(tail) != _TEXT_CHARS or tail[0] > "7" or not _ALLOWED.issuperset(tail):
        return None
    return int(tail.translate(_TO_PYTHON), 32)


def decode_hex(prefix: str, text: str) -> str | None:
    """The same as 32 hex digits, the form SQL takes."""
    number = decode(prefix, text)
    return None if number is None else f"{number:032x}"


def uuid7(*, unix_ns: int, random_bits: int) -> int:
    """A UUIDv7 from a time and 62 random bits.

    The twelve bits after the millisecond hold its fraction (RFC 9562, section 6.2, method 3), so
    that ids made by one process sort by time to a quarter of a microsecond.
    """
    unix_ms, rest_ns = divmod(unix_ns, 1_000_000)
    head = (unix_ms & ((1 << 48) - 1)) << 80
    fraction = (rest_ns << 12) // 1_000_000
    return head | 0x7 << 76 | fraction << 64 | 0b10 << 62 | random_bits & ((1 << 62) - 1)


@dataclass(frozen=True, slots=True)
class Block:
    """The ids of one commit: 104 bits in common, then a count from 1. Ordinal 0 is the commit's own.

    So a journal row finds its entries, and an entry its journal row, by id alone.
    """

    hex_head: str
    text_head: str

    @staticmethod
    def of(number: int) -> "Block":
        """The block that a UUIDv7 opens; its last 24 bits are set to zero."""
        number &= ~ORDINAL_MAX
        # The text's last five characters hold 25 bits: the ordinal and one bit that must be zero.
        number &= ~(1 << ORDINAL_BITS)
        return Block(hex_head=f"{number:032x}"[:26], text_head=encode("", number)[1:-_ORDINAL_CHARS])

    def hex(self, ordinal: int) -> str:
        return f"{self.hex_head}{ordinal:06x}"

    def text(self, prefix: str, ordinal: int) -> str:
        high, middle, low = ordinal >> 20, (ordinal >> 10) & 1023, ordinal & 1023
        return f"{prefix}_{self.text_head}{ALPHABET[high]}{_PAIRS[middle]}{_PAIRS[low]}"
