"""The keys of records that their files give none for, and the hash of a file.

A bank repeats a row when statements overlap, and when a report of the day comes before the statement: the row must get
the same key each time. Two equal payments of one day must get two. So a key is made from

- the account and what the bank's own reference says together with day, amount and currency, where there is such a
  reference: descriptions of the same row often differ from report to report, references do not;
- else the account and everything that is told of the row: dates, amount, currency, references, texts;
- and an ordinal among the rows of one statement that are equal in all of this.

The ordinals rest on one assumption: **a statement covers whole days**, so that equal rows of one day stand in one
statement (its pages together), and in the same number whenever they are repeated. Where a bank reports only what is new
since its last report, or sends the pages of a statement as files of their own, equal rows without a reference count as
one: the second is said to be known already.

A record that is not booked yet has another key than when it is booked.
"""

import hashlib
import json
from collections import Counter
from datetime import date
from typing import BinaryIO

from ledgerd.core.model.external_record import RecordStatus

_RECIPE = "record 1"
"""Stands in every key's hash. Keys are kept for ever: a change of what follows needs another word here, and a way to
know the records that have keys of the old recipe."""
_CHUNK_BYTES = 256 * 1024


class RecordKeys:
    """Makes the keys of one file's records. Holds 16 bytes, and what Python adds, for each record of a statement."""

    def __init__(self) -> None:
        self._account = ""
        self._number: str | None = None
        self._ordinals: Counter[bytes] = Counter()

    def begin(self, account: str, number: str = "", page: int = 0) -> None:
        """The records of this statement come next: ordinals begin anew, unless it is a further page of the same."""
        if page <= 1 or (account, number) != (self._account, self._number):
            self._ordinals.clear()
        self._account, self._number = account, number

    def key(
        self,
        *,
        amount: int,
        currency: str,
        booking_date: date | None,
        value_date: date | None = None,
        bank_reference: str = "",
        part: tuple[str, ...] = (),
        references: tuple[str, ...] = (),
        description: str = "",
        counterparty: str = "",
        unbooked_as: str = "",
    ) -> str:
        """The key of the next record.

        ``unbooked_as`` is the source's word for what is not booked; empty where it is booked.
        ``bank_reference`` is what the bank itself calls the row; empty where it has no such name. ``part`` is what
        tells the payments of one row apart, where the row lists several.
        """
        day = booking_date.isoformat() if booking_date else ""
        told: list[object] = [_RECIPE, self._account, unbooked_as, day, currency, str(amount)]
        if bank_reference:
            told += ["reference", bank_reference, *part]
        else:
            value_day = value_date.isoformat() if value_date else ""
            told += ["row", value_day, list(references), description, counterparty, *part]
        digest = hashlib.sha256(json.dumps(told, ensure_ascii=True).encode()).digest()
        short = digest[:16]
        self._ordinals[short] += 1
        return f"{digest.hex()}-{self._ordinals[short]}"


def unbooked_suffix(status: RecordStatus) -> str:
    """What is added to a key that the file gives, so that what is not booked yet stands in no record's way."""
    return "" if status is RecordStatus.BOOKED else f":{status.lower()}"


def content_hash(source: BinaryIO) -> str:
    """SHA-256 of what is left of an open file, in hex: the same bytes are the same file, whatever its name."""
    content = hashlib.sha256()
    while chunk := source.read(_CHUNK_BYTES):
        content.update(chunk)
    return content.hexdigest()
