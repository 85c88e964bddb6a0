"""The cursor of the journal: an epoch, a position, and an entry inside the commit at that position.

A cursor also carries the beginning of the chain's hash at its position. Another history has another hash there. So a
cursor of commits that a switch-over lost differs from a cursor of the commits that now have their positions.
"""

import base64
import binascii
import re
from typing import NamedTuple

from ledgerd.core.model.chain import TAG, tag
from ledgerd.core.model.ids import ORDINAL_MAX
from ledgerd.core.model.limits import CURSOR_MAX_CHARS

_VERSION = "2"
_VERSION_WITHOUT_CHAIN = "1"


class Cursor(NamedTuple):
    """The subscriber has seen all entries up to and including entry ``ordinal`` of the commit at ``position``.

    ``chain`` is the tag of the chain's hash there. It is empty in a cursor from a version without tags.
    """

    epoch: str
    position: int
    ordinal: int
    chain: str = ""

    def text(self) -> str:
        """The opaque form that subscribers keep."""
        version, end = (_VERSION, f".{self.chain}") if self.chain else (_VERSION_WITHOUT_CHAIN, "")
        plain = f"{version}.{self.epoch}.{self.position}.{self.ordinal}{end}"
        return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def whole(epoch: str, position: int, chain: bytes) -> Cursor:
    """The cursor after the whole commit at this position, where the chain has this hash."""
    return Cursor(epoch, position, ORDINAL_MAX, tag(chain))


def after(epoch: str, position: int, chain: str) -> str:
    """The opaque form of the cursor after the whole commit at this position, where the chain has this tag."""
    return Cursor(epoch, position, ORDINAL_MAX, chain).text()


def parse(text: str) -> Cursor | None:
    """A cursor from its opaque form, which has one spelling; None for any other text."""
    if len(text) > CURSOR_MAX_CHARS:
        return None
    try:
        plain = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
        version, epoch, position, ordinal, *rest = plain.split(".")
        cursor = Cursor(epoch, int(position), int(ordinal), *rest)
    except (binascii.Error, TypeError, ValueError):
        return None
    known = re.fullmatch(TAG, cursor.chain) if version == _VERSION else version == _VERSION_WITHOUT_CHAIN and not rest
    if not known or cursor.position < 0 or not 0 <= cursor.ordinal <= ORDINAL_MAX:
        return None
    return cursor if cursor.text() == text else None
