"""A journal entry as one canonical row of text: the row that COPY reads, and the bytes that are digested.

Both are the same text on purpose, PostgreSQL's text format for COPY: fields in a fixed order,
separated by tabs, escaped so that no value can be mistaken for a separator. These functions write
version 1 of the canonical form. A change of the form is a new version, never an edit.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from ledgerd.core.effects import DeferredChange, Movement
from ledgerd.core.model.figures import Figures, Kind, Status
from ledgerd.core.model.ids import BALANCE, BATCH, TRANSACTION, decode_hex
from ledgerd.core.model.operation import Moving, Post, ResolveHold
from ledgerd.core.model.request_json import with_acted_for
from ledgerd.core.model.transaction import Transaction

DIGEST_VERSION = 1

COLUMNS = (
    "id reference kind currency precision amount "
    "source_id source_version source_credit source_debit source_inflight_credit source_inflight_debit "
    "destination_id destination_version destination_credit destination_debit destination_inflight_credit "
    "destination_inflight_debit allow_overdraft overdraft_limit takes_remainder parent_id batch_id description "
    "group_name tag metadata_digest created_by created_at recorded_at effective_at "
    "metadata status committed voided"
).split()
"""The columns of a canonical row. The last four are written but not digested, because they may change later."""

TAIL = "expires_at commits_at allow_over_commit released".split()
"""Further digested fields of the few entries that have any of them; the row of all others ends before."""

SECOND_TAIL = "header_id leg_count deferred_as request_json".split()
"""Further digested fields after TAIL, for legs and for entries that move nothing themselves."""

CHANGE_COLUMNS = "transaction_id caused_by kind status committed voided refunded recorded_at details".split()
"""The columns of a deferred transaction's transition after its id. All of them are digested. Where the transaction was
applied, APPLIED_COLUMNS are digested as well, which stand in the transaction's own row."""

APPLIED_COLUMNS = (
    "amount source_version source_credit source_debit source_inflight_credit source_inflight_debit "
    "destination_version destination_credit destination_debit destination_inflight_credit destination_inflight_debit"
).split()

_HEADER_DIGESTED = COLUMNS[:-4] + TAIL + SECOND_TAIL
HEADER_COLUMNS = _HEADER_DIGESTED + COLUMNS[-4:] + ["scheduled_at"]
"""The columns of a row that has any of SECOND_TAIL. The digested ones come first."""

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
NULL = "\\N"


def _escape(value: str) -> str:
    # A printable text without a backslash needs no escape. This check takes a tenth of the time of translate.
    return value if value.isprintable() and "\\" not in value else value.translate(_ESCAPES)


def text_or_null(value: str | None) -> str:
    return NULL if value is None else _escape(value)


def _bytes_text(value: bytes | None) -> str:
    return NULL if value is None else "\\\\x" + value.hex()


def time_text(value: datetime) -> str:
    """A time in UTC to the microsecond, as PostgreSQL reads it."""
    # Not strftime: its %Y writes the year 1 as "1", which PostgreSQL reads as 2001.
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds") + "+00"


_POSTING = Kind.POSTING
_PLAIN_REST = f"\t{NULL}\t{Status.APPLIED.value}\t{NULL}\t{NULL}\n"
_NO_OPTIONS = "\t".join([NULL] * 9)
_NULL_FIELD = f"\t{NULL}"
_NO_TAIL = _NULL_FIELD * len(TAIL)


def movement_row(movement: Movement, now: str) -> str:
    """The digested part of a new transaction's canonical row; ``now`` is its time as text."""
    operation = movement.operation
    source, destination = movement.source, movement.destination
    version, credit, debit, held_in, held_out = movement.source_figures
    version_to, credit_to, debit_to, held_in_to, held_out_to = movement.destination_figures
    if type(operation) is Post:
        post, may_overdraw = operation, operation.allow_overdraft
    else:
        post, may_overdraw = None, not isinstance(operation, ResolveHold) and operation.allow_overdraft
    effective_at = operation.effective_at
    return (
        f"{movement.block.hex_head}{movement.ordinal:06x}\t{_escape(operation.reference)}\t{movement.kind._value_}\t"
        f"{source.currency}\t{source.precision}\t{movement.amount}\t"
        f"{source.key}\t{version}\t{credit}\t{debit}\t{held_in}\t{held_out}\t"
        f"{destination.key}\t{version_to}\t{credit_to}\t{debit_to}\t{held_in_to}\t{held_out_to}\t"
        f"{'t' if may_overdraw else 'f'}\t"
        f"{_movement_options(movement, operation, post)}\t"
        f"{NULL}\t{now}\t{NULL if effective_at is None else time_text(effective_at)}"
    )


def movement_tail(movement: Movement) -> str:
    """The TAIL fields of a movement's canonical row, and the SECOND_TAIL fields; empty for most."""
    operation = movement.operation
    if type(operation) is Post:
        if not (operation.inflight or operation.on_behalf_of):
            return ""  # Only holds have the other fields of the tail.
        tail = _tail(operation.expires_at, operation.commits_at, operation.allow_over_commit, None)
    else:
        tail = _tail(None, None, False, movement.released)
    if operation.on_behalf_of is None:
        return tail
    said = with_acted_for(None, operation.on_behalf_of)
    return f"{tail or _NO_TAIL}\t{NULL}\t{NULL}\t{NULL}\t{text_or_null(said)}"


def _tail(
    expires_at: datetime | None, commits_at: datetime | None, allow_over_commit: bool, released: int | None
) -> str:
    if expires_at is None and commits_at is None and not allow_over_commit and released is None:
        return ""
    return (
        f"\t{NULL if expires_at is None else time_text(expires_at)}\t"
        f"{NULL if commits_at is None else time_text(commits_at)}\t"
        f"{'t' if allow_over_commit else NULL}\t{NULL if released is None else released}"
    )


def with_tails(rows: Mapping[str, str], tails: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """The columns and whole rows of new transactions of which some have a tail."""
    widths = {name: tail.count("\t") for name, tail in tails.items()}
    columns = [*TAIL, *SECOND_TAIL][: max(widths.values())]
    whole = {
        name: f"{row[:-1]}{tails.get(name, '')}{_NULL_FIELD * (len(columns) - widths.get(name, 0))}\n"
        for name, row in rows.items()
    }
    return COLUMNS + columns, whole


def transaction_row(transaction: Transaction) -> str:
    """The same row, from the recorded transaction. This code is separate, so that a proof does not repeat an error."""
    options = _options(
        transaction.overdraft_limit,
        transaction.takes_remainder,
        _key(TRANSACTION, transaction.parent_id),
        _key(BATCH, transaction.batch_id),
        transaction.description,
        transaction.group,
        transaction.tag,
        transaction.metadata_digest,
        transaction.created_by,
    )
    tail = _tail(transaction.expires_at, transaction.commits_at, transaction.allow_over_commit, transaction.released)
    was_deferred = transaction.deferred_as is not None
    recorded_at = None if was_deferred else transaction.recorded_at
    row = "\t".join(
        [
            _known_key(TRANSACTION, transaction.id),
            text_or_null(transaction.reference),
            transaction.kind.value,
            transaction.currency or NULL,
            _number(transaction.precision),
            _number(None if was_deferred and transaction.takes_remainder else transaction.amount),
            _key(BALANCE, transaction.source_id) or NULL,
            _figures(None if was_deferred else transaction.source),
            _key(BALANCE, transaction.destination_id) or NULL,
            _figures(None if was_deferred else transaction.destination),
            "t" if transaction.allow_overdraft else "f",
            options,
            NULL if transaction.created_at == recorded_at else time_text(transaction.created_at),
            NULL if recorded_at is None else time_text(recorded_at),
            NULL if transaction.effective_at is None else time_text(transaction.effective_at),
        ]
    )
    second = _second_tail(transaction)
    return f"{row}{tail or _NO_TAIL}{second}" if second else row + tail


def _second_tail(transaction: Transaction) -> str:
    """The SECOND_TAIL fields of a row; empty for most."""
    header_key, legs = _key(TRANSACTION, transaction.header_id), len(transaction.leg_ids)
    if transaction.got_legs_late:
        legs = 0  # The transition of its application counts them.
    if header_key is None and not legs and transaction.deferred_as is None and transaction.request_json is None:
        return ""
    deferred_as, request_json = transaction.deferred_as or NULL, text_or_null(transaction.request_json)
    return f"\t{header_key or NULL}\t{legs or NULL}\t{deferred_as}\t{request_json}"


def header_row(transaction: Transaction) -> tuple[str, str]:
    """A rare transaction's canonical row: its digested part, and the whole row in the order of HEADER_COLUMNS."""
    row = transaction_row(transaction)
    missing = f"\t{NULL}" * (len(_HEADER_DIGESTED) - 1 - row.count("\t"))
    scheduled_at = transaction.scheduled_at
    cache = [
        text_or_null(transaction.metadata),
        transaction.status.value,
        _number(transaction.committed),
        _number(transaction.voided),
        NULL if scheduled_at is None else time_text(scheduled_at),
    ]
    return row, "\t".join([row + missing, *cache]) + "\n"


def _figures(figures: Figures | None) -> str:
    return "\t".join([NULL] * 5) if figures is None else "\t".join(map(str, figures))


def _number(value: int | None) -> str:
    return NULL if value is None else str(value)


def _movement_options(movement: Movement, operation: Moving, post: Post | None) -> str:
    """The nine fields that most movements leave empty."""
    group, tag = (None, None) if post is None else (post.group, post.tag)
    parent_id, batch_id, limit = movement.parent_id, movement.batch_id, movement.overdraft_limit
    created_by = movement.created_by
    words = operation.description or group or tag or operation.metadata_digest or created_by
    if not (parent_id or batch_id or limit is not None or words):
        return _NO_OPTIONS
    return _options(
        limit,
        movement.takes_remainder,
        _key(TRANSACTION, parent_id),
        _key(BATCH, batch_id),
        operation.description,
        group,
        tag,
        operation.metadata_digest,
        created_by,
    )


def _options(
    limit: int | None,
    takes_remainder: bool | None,
    parent_key: str | None,
    batch_key: str | None,
    description: str | None,
    group: str | None,
    tag: str | None,
    metadata_digest: bytes | None,
    created_by: str | None,
) -> str:
    return (
        f"{NULL if limit is None else limit}\t{'t' if takes_remainder else NULL}\t"
        f"{parent_key or NULL}\t{batch_key or NULL}\t"
        f"{text_or_null(description)}\t{text_or_null(group)}\t{text_or_null(tag)}\t{_bytes_text(metadata_digest)}\t"
        f"{text_or_null(created_by)}"
    )


def _key(prefix: str, text: str | None) -> str | None:
    return text and decode_hex(prefix, text)


def _known_key(prefix: str, text: str) -> str:
    key = decode_hex(prefix, text)
    assert key is not None, f"not an id of ours: {text}"
    return key


def movement_state(movement: Movement) -> str:
    """The rest of the row, which may change later: metadata, status, and the committed and voided amounts of a hold."""
    if movement.operation.metadata is None and movement.kind is _POSTING:
        return _PLAIN_REST
    resolved = "0\t0" if movement.kind is Kind.HOLD else "\\N\t\\N"
    return f"\t{text_or_null(movement.operation.metadata)}\t{movement.status._value_}\t{resolved}\n"


def transition_row(
    *,
    key: str,
    parent_key: str,
    cause_key: str,
    kind: str,
    status: str,
    after: tuple[int, int, int],
    details: str | None = None,
) -> str:
    """A transition's canonical row. A refunded amount stands at its end, and then what adjustments made of a hold."""
    committed, voided, refunded = after
    row = f"{key}\t{parent_key}\t{cause_key}\t{kind}\t{status}\t{committed}\t{voided}"
    if refunded:
        row = f"{row}\t{refunded}"
    return row if details is None else f"{row}\tdetails {_escape(details)}"


def change_row(*, key: str, change: tuple[str, ...], applied: tuple[str, ...] = ()) -> str:
    """The canonical row of a deferred transaction's transition: the id, CHANGE_COLUMNS, and APPLIED_COLUMNS if any."""
    return "\t".join((key, *change, *applied))


def change_fields(change: DeferredChange, time: str) -> tuple[str, ...]:
    """CHANGE_COLUMNS of a transition that is to be written."""
    return (
        change.deferred.key,
        change.cause_key,
        change.kind.value,
        change.status.value,
        "0",
        "0",
        "0",
        time,
        text_or_null(change.details),
    )


def applied_fields(change: DeferredChange) -> tuple[str, ...]:
    """The APPLIED_COLUMNS of a deferred transaction that is applied. A header has only the amount of its legs."""
    movement = change.movement
    if movement is None:
        amount = None if change.sums is None else change.sums.amount
        return (_number(amount), *[NULL] * (len(APPLIED_COLUMNS) - 1))
    return (str(movement.amount), *map(str, movement.source_figures), *map(str, movement.destination_figures))


def event_row(*, key: str, kind: str, subject_key: str, payload: str) -> str:
    return f"{key}\t{kind}\t{subject_key}\t{_escape(payload)}"


class Digest:
    """SHA-256 over a commit's canonical rows in the order of their ordinals, each ended by a newline.

    Rows that are too many for memory are added in order, between the rows given at the start.
    """

    def __init__(self, rows: Iterable[tuple[int, str]]) -> None:
        self._rest = sorted(rows, reverse=True)
        self._hashed = hashlib.sha256()

    def add(self, ordinal: int, row: str) -> None:
        """Add a row. Its ordinal is higher than those of all rows added before."""
        rest = self._rest
        while rest and rest[-1][0] < ordinal:
            self._hashed.update(rest.pop()[1].encode() + b"\n")
        self._hashed.update(row.encode() + b"\n")

    def finish(self) -> bytes:
        """The digest of all rows."""
        for _, row in reversed(self._rest):
            self._hashed.update(row.encode() + b"\n")
        return self._hashed.digest()


def digest(rows: Iterable[tuple[int, str]]) -> bytes:
    """The digest of complete rows."""
    return Digest(rows).finish()
