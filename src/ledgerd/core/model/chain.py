"""The hash chain over the journal: changing, dropping or reordering any commit changes every later link."""

import hashlib

GENESIS = bytes(32)
TAG = "[0-9a-f]{16}"
"""What a tag looks like."""


def link(previous: bytes, *, position: int, journal_key: str, entries: int, digest: bytes) -> bytes:
    """The chain's hash at a position: SHA-256 over the one before and the commit placed there."""
    placed = position.to_bytes(8, "big") + bytes.fromhex(journal_key) + entries.to_bytes(4, "big")
    return hashlib.sha256(previous + placed + digest).digest()


def tag(chain: bytes) -> str:
    """The beginning of a hash: enough to tell two histories apart, not to prove anything."""
    return chain[:8].hex()
