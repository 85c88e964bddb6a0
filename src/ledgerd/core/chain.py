"""The hash chain over the journal: changing, dropping or reordering any commit changes every later link."""

import hashlib

GENESIS = bytes(32)


def link(previous: bytes, *, position: int, journal_key: str, entries: int, digest: bytes) -> bytes:
    """The chain's hash at a position: SHA-256 over the one before and the commit placed there."""
    placed = position.to_bytes(8, "big") + bytes.fromhex(journal_key) + entries.to_bytes(4, "big")
    return hashlib.sha256(previous + placed + digest).digest()
