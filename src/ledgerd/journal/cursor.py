"""The only cursor there is: an epoch, a position in the journal, and an entry inside that commit."""

import base64
import binascii
from typing import NamedTuple

from ledgerd.core.ids import ORDINAL_MAX

_VERSION = "1"
_MAX_CHARS = 200


class Cursor(NamedTuple):
    """Everything up to and including entry ``ordinal`` of the commit at ``position`` was seen."""

    epoch: str
    position: int
    ordinal: int

    def text(self) -> str:
        """The opaque form that subscribers keep."""
        plain = f"{_VERSION}.{self.epoch}.{self.position}.{self.ordinal}"
        return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def whole(epoch: str, position: int) -> Cursor:
    """The cursor after the whole commit at this position."""
    return Cursor(epoch, position, ORDINAL_MAX)


def parse(text: str) -> Cursor | None:
    """A cursor from its opaque form, which has one spelling; None where it is not one of ours."""
    if len(text) > _MAX_CHARS:
        return None
    try:
        plain = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
        version, epoch, position, ordinal = plain.split(".")
        cursor = Cursor(epoch, int(position), int(ordinal))
    except (binascii.Error, ValueError):
        return None
    if version != _VERSION or cursor.position < 0 or not 0 <= cursor.ordinal <= ORDINAL_MAX:
        return None
    return cursor if cursor.text() == text else None
