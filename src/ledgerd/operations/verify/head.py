"""A place in the journal that an operator can keep and compare later."""

from typing import NamedTuple

from ledgerd.core.model.chain import GENESIS


class Head(NamedTuple):
    """A position and the chain's hash there. A kept head proves later that history still leads to it."""

    position: int
    chain: bytes

    @staticmethod
    def parse(text: str) -> "Head | None":
        """The head that text() wrote; None for any other text."""
        position, _, chain = text.strip().partition(":")
        if not (position.isascii() and position.isdigit() and len(position) <= len(str(2**63 - 1))):
            return None
        try:
            head = Head(int(position), bytes.fromhex(chain))
        except ValueError:
            return None
        return head if len(head.chain) == len(GENESIS) and len(chain) == 2 * len(GENESIS) else None

    def text(self) -> str:
        return f"{self.position}:{self.chain.hex()}"


START = Head(0, GENESIS)
