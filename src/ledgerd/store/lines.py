"""A journal entry as one line of text: the row that COPY reads, and the bytes that are digested.

Both are the same text on purpose, PostgreSQL's text format for COPY: fields in a fixed order,
separated by tabs, escaped so that no value can pretend to be a separator. Version 1 of the
canonical form is what these functions write; a change of it is a new version, never an edit.
"""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime

from ledgerd.core.book import Movement
from ledgerd.core.figures import Figures, Kind
from ledgerd.core.ids import BATCH, TRANSACTION, decode_hex
from ledgerd.core.operation import Post

DIGEST_VERSION = 1

COLUMNS = (
    "id reference kind currency precision amount "
    "source_id source_version source_credit source_debit source_inflight_credit source_inflight_debit "
    "destination_id destination_version destination_credit destination_debit destination_inflight_credit "
    "destination_inflight_debit allow_overdraft overdraft_limit takes_rest parent_id batch_id description "
    "group_name tag metadata_digest created_by created_at recorded_at effective_at "
    "metadata status committed voided"
).split()
"""What a line holds; the last four are written but not digested, because they may change later."""

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
NULL = "\\N"


def text_or_null(value: str | None) -> str:
    return NULL if value is None else value.translate(_ESCAPES)


def _bytes_text(value: bytes | None) -> str:
    return NULL if value is None else "\\\\x" + value.hex()


def time_text(value: datetime) -> str:
    """A time in UTC to the microsecond, as PostgreSQL reads it."""
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00")


def transaction_line(
    *,
    key: str,
    reference: str,
    kind: Kind,
    currency: str,
    precision: int,
    amount: int,
    source_key: str,
    source: Figures,
    destination_key: str,
    destination: Figures,
    allow_overdraft: bool,
    overdraft_limit: int | None,
    takes_rest: bool | None,
    parent_key: str | None,
    batch_key: str | None,
    description: str | None,
    group: str | None,
    tag: str | None,
    metadata_digest: bytes | None,
    created_by: str | None,
    created_at: str,
    recorded_at: str,
    effective_at: datetime | None,
) -> str:
    """The digested part of a transaction's line. Keys are ids as 32 hex digits."""
    source_version, source_credit, source_debit, source_held_in, source_held_out = source
    version, credit, debit, held_in, held_out = destination
    return (
        f"{key}\t{reference.translate(_ESCAPES)}\t{kind._value_}\t{currency}\t{precision}\t{amount}\t"
        f"{source_key}\t{source_version}\t{source_credit}\t{source_debit}\t{source_held_in}\t{source_held_out}\t"
        f"{destination_key}\t{version}\t{credit}\t{debit}\t{held_in}\t{held_out}\t"
        f"{'t' if allow_overdraft else 'f'}\t{NULL if overdraft_limit is None else overdraft_limit}\t"
        f"{NULL if takes_rest is None else 't'}\t{parent_key or NULL}\t{batch_key or NULL}\t"
        f"{text_or_null(description)}\t{text_or_null(group)}\t{text_or_null(tag)}\t"
        f"{_bytes_text(metadata_digest)}\t{text_or_null(created_by)}\t"
        f"{created_at}\t{recorded_at}\t{NULL if effective_at is None else time_text(effective_at)}"
    )


def movement_line(movement: Movement, now: str) -> str:
    """The digested part of a new transaction's line; ``now`` is its plan's time as text."""
    asked = movement.operation
    post = asked if isinstance(asked, Post) else None
    return transaction_line(
        key=movement.plan.block.hex(movement.ordinal),
        reference=asked.reference,
        kind=movement.kind,
        currency=movement.source.currency,
        precision=movement.source.precision,
        amount=movement.amount,
        source_key=movement.source.key,
        source=movement.source_figures,
        destination_key=movement.destination.key,
        destination=movement.destination_figures,
        allow_overdraft=post is not None and post.allow_overdraft,
        overdraft_limit=movement.overdraft_limit,
        takes_rest=movement.takes_rest,
        parent_key=movement.hold_id and decode_hex(TRANSACTION, movement.hold_id),
        batch_key=movement.batch_id and decode_hex(BATCH, movement.batch_id),
        description=asked.description,
        group=post and post.group,
        tag=post and post.tag,
        metadata_digest=asked.metadata_digest,
        created_by=None,
        created_at=now,
        recorded_at=now,
        effective_at=post and post.effective_at,
    )


def movement_rest(movement: Movement) -> str:
    """The rest of the line, which may change later: metadata, status, a hold's settled amounts."""
    settled = "0\t0" if movement.kind is Kind.HOLD else "\\N\t\\N"
    return f"\t{text_or_null(movement.operation.metadata)}\t{movement.status._value_}\t{settled}\n"


def settlement_line(
    *, key: str, hold_key: str, cause_key: str, kind: str, status: str, committed: int, voided: int
) -> str:
    return f"{key}\t{hold_key}\t{cause_key}\t{kind}\t{status}\t{committed}\t{voided}"


def event_line(*, key: str, kind: str, subject_key: str, payload: str) -> str:
    return f"{key}\t{kind}\t{subject_key}\t{payload.translate(_ESCAPES)}"


def digest(lines: Iterable[tuple[int, str]]) -> bytes:
    """SHA-256 over a commit's lines in the order of their ordinals, each ended by a newline."""
    hashed = hashlib.sha256()
    for _, line in sorted(lines):
        hashed.update(line.encode() + b"\n")
    return hashed.digest()
