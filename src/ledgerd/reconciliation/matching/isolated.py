"""Candidates that stand alone: their rows have no other candidate of the same rule, so each is in every best result.

Works on the keys of millions of rows in a few dozen bytes a row. A key is its SHA-256, cut off after 128 bits.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int32]
Flags = NDArray[np.bool_]
_KEY = np.dtype([("head", "<u8"), ("tail", "<u8")])
_KEY_BYTES = 16


class KeyTable:
    """The keys of the rows of one side, by the place of each row in the order in which it was added, from 0."""

    def __init__(self) -> None:
        self._keys: list[NDArray[np.void]] = []
        self._places: list[Places] = []
        self.rows = 0

    def add(self, keys: Sequence[Sequence[Hashable]]) -> None:
        """The keys of the next rows: texts, or tuples of texts, numbers and dates, whose ``repr`` tells them apart."""
        keys = [keys_of_row if len(keys_of_row) < 2 else tuple(dict.fromkeys(keys_of_row)) for keys_of_row in keys]
        digests = b"".join([_digest(key) for keys_of_row in keys for key in keys_of_row])
        places = np.arange(self.rows, self.rows + len(keys), dtype=np.int32)
        self._keys.append(np.frombuffer(digests, _KEY))
        self._places.append(np.repeat(places, [len(keys_of_row) for keys_of_row in keys]))
        self.rows += len(keys)

    def packed(self) -> tuple[NDArray[np.void], Places]:
        """All keys, and the place of the row that each belongs to."""
        keys = np.concatenate(self._keys) if self._keys else np.empty(0, _KEY)
        places = np.concatenate(self._places) if self._places else np.empty(0, np.int32)
        self._keys, self._places = [keys], [places]
        return keys, places


def _digest(key: Hashable) -> bytes:
    return sha256((key if isinstance(key, str) else repr(key)).encode()).digest()[:_KEY_BYTES]


@dataclass(frozen=True, slots=True)
class Isolated:
    """Places of records and entries: ``records[i]`` and ``entries[i]`` share a key, and neither shares one with
    another row. Ordered by the records' places."""

    records: Places
    entries: Places
    record_has_partner: Flags
    """By place: whether the record shares a key with any entry. The few that only seem to are among them."""
    entry_has_partner: Flags


def find_isolated(records: KeyTable, entries: KeyTable) -> Isolated:
    """All pairs that stand alone by their keys. Deterministic. A pair whose keys collide with others is left out."""
    (record_keys, record_places), (entry_keys, entry_places) = records.packed(), entries.packed()
    groups, record_groups, entry_groups = _groups(record_keys["head"], entry_keys["head"])
    in_records = np.bincount(record_groups, minlength=groups)
    in_entries = np.bincount(entry_groups, minlength=groups)
    shared = (in_records > 0) & (in_entries > 0)
    crowded = shared & ((in_records > 1) | (in_entries > 1))
    single = shared & ~crowded
    del in_records, in_entries
    # The only key of each side in a group of two.
    record_key, entry_key = np.zeros(groups, np.int32), np.zeros(groups, np.int32)
    record_key[record_groups] = np.arange(len(record_groups), dtype=np.int32)
    entry_key[entry_groups] = np.arange(len(entry_groups), dtype=np.int32)
    record_key, entry_key = record_key[single], entry_key[single]
    equal = record_keys["tail"][record_key] == entry_keys["tail"][entry_key]
    pairs = np.unique(
        record_places[record_key[equal]].astype(np.int64) << 32 | entry_places[entry_key[equal]].astype(np.int64)
    )
    of_record, of_entry = (pairs >> 32).astype(np.int32), (pairs & 0xFFFFFFFF).astype(np.int32)
    # Keys of one row may be crowded, or lead to several partners.
    alone = ~_marked(record_places, crowded[record_groups], records.rows)[of_record]
    alone &= ~_marked(entry_places, crowded[entry_groups], entries.rows)[of_entry]
    alone &= np.bincount(of_record, minlength=records.rows)[of_record] == 1
    alone &= np.bincount(of_entry, minlength=entries.rows)[of_entry] == 1
    return Isolated(
        of_record[alone],
        of_entry[alone],
        _marked(record_places, shared[record_groups], records.rows),
        _marked(entry_places, shared[entry_groups], entries.rows),
    )


def _groups(record_heads: NDArray[np.uint64], entry_heads: NDArray[np.uint64]) -> tuple[int, Places, Places]:
    """How many different heads there are, and the number of each record's and each entry's."""
    heads = np.concatenate((record_heads, entry_heads))
    if not len(heads):
        return 0, np.empty(0, np.int32), np.empty(0, np.int32)
    order = np.argsort(heads, kind="stable")
    is_new = np.empty(len(heads), np.bool_)
    is_new[0] = True
    heads.sort()  # In place: heads[order] would be one more copy.
    np.not_equal(heads[1:], heads[:-1], out=is_new[1:])
    numbers = np.empty(len(heads), np.int32)
    numbers[order] = np.cumsum(is_new, dtype=np.int32) - 1
    return int(numbers[order[-1]]) + 1, numbers[: len(record_heads)], numbers[len(record_heads) :]


def _marked(places: Places, where: Flags, rows: int) -> Flags:
    marked = np.zeros(rows, np.bool_)
    marked[places[where]] = True
    return marked
