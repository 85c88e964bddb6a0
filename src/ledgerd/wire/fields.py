"""Decoding the fields of requests: text, ids, times, metadata. Bounds are those of the contract.

    with fields.reading() as read:
        name = read.label("ledger.name", request.ledger.name, limits.NAME_MAX_CHARS)
        ...

The block collects every malformed field. Its end raises all of them at once as FIELD_INVALID, so the
placeholder of a malformed field is never used.
"""

import hashlib
import json
import re
import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from google.protobuf import field_mask_pb2, struct_pb2, timestamp_pb2
from google.protobuf.message import Message
from ledgerapi.v1 import amount_pb2

from ledgerd.core.model import ids, limits, text
from ledgerd.core.model.amount import Quantity, is_precision, parse_signed
from ledgerd.core.model.operation import Amendment, Moving
from ledgerd.core.model.rejection import Reason, Rejected, Rejection, Violation, reject
from ledgerd.operations.sums import Sum

_CURRENCY = re.compile(rf"[A-Z][A-Z0-9_.-]{{0,{limits.CURRENCY_MAX_CHARS - 1}}}", re.ASCII)
_INDICATOR = re.compile(rf"@[A-Za-z0-9_.:-]{{1,{limits.INDICATOR_MAX_CHARS - 1}}}", re.ASCII)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS_MIN = int((datetime(1, 1, 1, tzinfo=UTC) - _EPOCH).total_seconds())
_SECONDS_MAX = int((datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC) - _EPOCH).total_seconds())
_NANOS_BOUND = 1_000_000_000

Requested = TypeVar("Requested", bound=Moving | Amendment)

_NOWHERE = uuid.UUID(int=0)
REFERENCE_FORM = (
    f"required: 1 to {limits.REFERENCE_MAX_CHARS} {text.LABEL_FORM}, not beginning with {limits.RESERVED_PREFIX}"
)
LABEL_RULE = f"at most {limits.LABEL_MAX_CHARS} {text.LABEL_FORM}"
PROSE_RULE = f"at most {limits.DESCRIPTION_MAX_CHARS} {text.PROSE_FORM}"
_NOT_GIVEN = "UNSPECIFIED"

is_currency = _CURRENCY.fullmatch
"""Whether a text has the form of a currency code: "USD", "POINTS"."""
is_indicator = _INDICATOR.fullmatch
"""Whether a text has the form of an indicator: "@World"."""


@contextmanager
def reading(path: str = "") -> Iterator["Reading"]:
    """Reads fields and raises FIELD_INVALID at the end if any was malformed. ``path`` stands before
    every field's name: "open."."""
    read = Reading(path)
    yield read
    read.finish()


class Reading:
    """One request, with its malformed fields so far."""

    __slots__ = ("_path", "violations")

    def __init__(self, path: str = "") -> None:
        self._path = path
        self.violations: list[Violation] = []

    def wrong(self, field: str, description: str) -> None:
        """Add a malformed field, with the reason."""
        self.violations.append(Violation(self._path + field, description))

    def finish(self) -> None:
        """Raise Rejected if anything was malformed."""
        if self.violations:
            raise Rejected(invalid(*self.violations))

    # Text ------------------------------------------------------------------------------------

    def label(self, field: str, value: str, max_chars: int) -> str:
        """A required text on one line."""
        if not value:
            self.wrong(field, "is required")
        return self.optional_label(field, value, max_chars) or ""

    def optional_label(self, field: str, value: str, max_chars: int) -> str | None:
        """A text on one line or, where it is empty, None."""
        if value and not text.is_label(value, max_chars):
            self.wrong(field, f"at most {max_chars} {text.LABEL_FORM}")
        return value or None

    def reference(self, field: str, value: str) -> str:
        """A required reference of the caller's own."""
        if not text.is_reference(value):
            self.wrong(field, REFERENCE_FORM)
        return value

    def prose(self, field: str, value: str) -> str | None:
        """A description or reason or, where it is empty, None."""
        if value and not text.is_prose(value, limits.DESCRIPTION_MAX_CHARS):
            self.wrong(field, PROSE_RULE)
        return value or None

    def currency(self, field: str, value: str) -> str:
        """A required currency code."""
        if not is_currency(value):
            self._wrong_form(field, value, "1 to 32 of A-Z, 0-9, _, -, . and begins with a letter")
        return value

    def indicator(self, field: str, value: str) -> str | None:
        """An indicator or, where it is empty, None."""
        if value and not is_indicator(value):
            self._wrong_form(field, value, "@ and 1 to 127 letters, digits, _, -, ., :")
        return value or None

    # Ids and numbers -------------------------------------------------------------------------

    def id(self, field: str, value: str, prefix: str) -> uuid.UUID:
        """A required id with this prefix."""
        number = ids.decode(prefix, value)
        if number is None:
            self._wrong_form(field, value, f"an id that begins with {prefix}_")
            return _NOWHERE
        return uuid.UUID(int=number)

    def optional_id(self, field: str, value: str, prefix: str) -> uuid.UUID | None:
        return self.id(field, value, prefix) if value else None

    def precision(self, field: str, value: int) -> int | None:
        """Minor units per major unit or, where it is 0, None."""
        if value and not is_precision(value):
            self.wrong(field, "must be a power of ten from 1 to 10^18")
        return value or None

    def enum(self, field: str, wrapper: Any, number: int) -> str:
        """The name of an enum's value without the prefix of the enum: "QUEUED". That of 0 is "UNSPECIFIED"."""
        names = wrapper.DESCRIPTOR.values_by_number
        if number not in names:
            self.wrong(field, f"{number} is no value of {wrapper.DESCRIPTOR.name}")
            number = 0
        prefix = names[0].name.removesuffix(_NOT_GIVEN)
        return str(names[number].name.removeprefix(prefix))

    def signed(self, field: str, value: str, *, decimal: bool) -> Quantity:
        """A sum that may be negative, in major or in minor units."""
        quantity = parse_signed(value, decimal=decimal)
        if quantity is None:
            form = "a plain decimal" if decimal else "an integer without leading zeros"
            self.wrong(field, f"must be {form} of at most {limits.AMOUNT_TEXT_MAX_CHARS} characters")
            return Quantity(0, None)
        return quantity

    def amount(self, field: str, message: amount_pb2.Amount) -> Sum:
        """A sum in one spelling, or in both, which are compared when the precision of the balance is known. An empty
        text counts as not given."""
        given = {"precise": message.precise, "decimal": message.decimal}
        quantities = [
            self.signed(f"{field}.{name}", value, decimal=name == "decimal") for name, value in given.items() if value
        ]
        if not quantities:
            self.wrong(field, "needs precise or decimal")
        return Sum(
            quantities[0] if quantities else Quantity(0, None),
            self.currency(f"{field}.currency", message.currency) if message.currency else None,
            self.precision(f"{field}.precision", message.precision),
            quantities[1] if len(quantities) > 1 else None,
        )

    def etag(self, field: str, value: str) -> str | None:
        """What the caller has seen of a resource or, where it is empty, None."""
        return self.optional_label(field, value, limits.ETAG_MAX_CHARS)

    # Times, metadata, masks ------------------------------------------------------------------

    def time(self, field: str, value: timestamp_pb2.Timestamp) -> datetime:
        """A time from year 1 to 9999, truncated to the microsecond, as all times are."""
        seconds, nanos = value.seconds, value.nanos
        if not (_SECONDS_MIN <= seconds <= _SECONDS_MAX and 0 <= nanos < _NANOS_BOUND):
            self.wrong(field, "must be a time from year 1 to 9999 with 0 to 999,999,999 nanoseconds")
            return _EPOCH
        return _EPOCH + timedelta(0, seconds, nanos // 1_000)

    def metadata(self, field: str, value: struct_pb2.Struct) -> str | None:
        """Metadata as canonical JSON text, None where it is empty."""
        try:
            return _to_json(value)
        except _FaultError as fault:
            self.wrong(field, str(fault))
            return None

    def metadata_and_digest(self, field: str, value: struct_pb2.Struct) -> tuple[str | None, bytes | None]:
        """Metadata as canonical JSON text, and its digest; both None where it is empty."""
        text = self.metadata(field, value)
        return text, None if text is None else hashlib.sha256(text.encode()).digest()

    def mask(self, field: str, value: field_mask_pb2.FieldMask, allowed: Collection[str]) -> frozenset[str]:
        """The paths of a required field mask."""
        paths = value.paths
        if not paths:
            self.wrong(field, "is required")
        for path in paths[: limits.MASK_MAX_PATHS]:
            if path not in allowed:
                self.wrong(field, f"{path[:64]!r} is not one of {', '.join(sorted(allowed))}")
        if len(paths) > limits.MASK_MAX_PATHS:
            self.wrong(field, f"has {len(paths)} paths; at most {limits.MASK_MAX_PATHS} are allowed")
        return frozenset(paths)

    def _wrong_form(self, field: str, value: str, form: str) -> None:
        self.wrong(field, f"must be {form}" if value else "is required")


def invalid(*violations: Violation) -> Rejection:
    """The rejection of malformed fields; its details name the first one."""
    return Rejection(Reason.FIELD_INVALID, {"field": violations[0].field}, violations)


def judged(operation: Requested, violations: Sequence[Violation], path: str) -> Requested | Rejection:
    """An operation, or why it cannot be read. Malformed texts alone do not reject it here: if its reference is
    recorded, an earlier version accepted these texts, and the operation is a repetition."""
    if not violations:
        return operation
    rejection = invalid(*(Violation(path + field, description) for field, description in violations))
    if any(violation.description not in (LABEL_RULE, PROSE_RULE) for violation in violations):
        return rejection
    operation.unfit = rejection
    return operation


def bounded(field: str, count: int, limit: int) -> None:
    """Check how many items a batch has. Raises Rejected: FIELD_INVALID, TOO_MANY_ITEMS."""
    if not count:
        raise rejected(field, "is required")
    if count > limit:
        raise reject(Reason.TOO_MANY_ITEMS, field=field, requested=count, limit=limit)


def sized(message: Message) -> None:
    """Check how large a request is whose answer repeats it. Raises Rejected: MESSAGE_TOO_LARGE."""
    size = message.ByteSize()
    if size > limits.BATCH_CREATE_MAX_BYTES:
        raise reject(Reason.MESSAGE_TOO_LARGE, requested=size, limit=limits.BATCH_CREATE_MAX_BYTES)


def rejected(field: str, description: str) -> Rejected:
    """The rejection, to be raised, of one malformed field."""
    return Rejected(invalid(Violation(field, description)))


def response_bytes(requested: int, path: str = "") -> int:
    """The largest size of an answer in bytes, from the field max_response_bytes. ``path`` stands before the field's
    name. Raises Rejected: FIELD_INVALID."""
    if requested and not limits.RESPONSE_DEFAULT_BYTES <= requested <= limits.MESSAGE_MAX_BYTES:
        raise rejected(f"{path}max_response_bytes", "must be from 4194304 (4 MiB) to 16777216 (16 MiB), or not set")
    return requested or limits.RESPONSE_DEFAULT_BYTES


def unsupported(field: str) -> Rejected:
    """The rejection, to be raised, of a field whose feature is not served yet."""
    return Rejected(Rejection(Reason.FIELD_NOT_SUPPORTED, {"field": field}, (Violation(field, "is not served yet"),)))


# Metadata --------------------------------------------------------------------------------------

_EXACT_BOUND = 2**53
"""Below this a double holds every integer exactly, so integral ones are written without a point."""

_WIRE_PER_JSON_BYTES = 8
"""The most bytes on the wire for each byte of JSON. A larger value is rejected unread."""

_TO_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode


_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
"""A NUL in JSON text, which PostgreSQL cannot store; not an escaped backslash and "u0000"."""


_RESERVED = f'"{limits.RESERVED_PREFIX}'
"""How a reserved key begins in JSON text; other texts may begin so too."""


class _FaultError(Exception):
    """Metadata that JSON, or PostgreSQL's form of it, cannot hold; the message says why."""


def struct_to_json(struct: struct_pb2.Struct, field: str = "metadata") -> str | None:
    """Canonical JSON text: keys sorted, no spaces, integral numbers without a point; None where there
    is none. Raises Rejected with FIELD_INVALID: too large, too deep, a number that is not finite or has
    too many digits."""
    with reading() as read:
        return read.metadata(field, struct)


def _to_json(struct: struct_pb2.Struct) -> str | None:
    members = struct.fields
    if not members:
        return None
    if struct.ByteSize() > _WIRE_PER_JSON_BYTES * limits.METADATA_MAX_BYTES:
        raise _FaultError(f"has more than {limits.METADATA_MAX_BYTES} bytes as JSON")
    try:
        text = _TO_JSON(_object(members, limits.METADATA_MAX_DEPTH))
    except ValueError:
        raise _FaultError("has a number that is not finite") from None
    if _RESERVED in text and any(key.startswith(limits.RESERVED_PREFIX) for key in members):
        raise _FaultError(f"has a key that begins with {limits.RESERVED_PREFIX}, which is reserved")
    if "\\u0000" in text and _NUL.search(text):
        raise _FaultError("has a NUL character")
    size = len(text) if text.isascii() else len(text.encode())
    if size > limits.METADATA_MAX_BYTES:
        raise _FaultError(f"has {size} bytes as JSON; at most {limits.METADATA_MAX_BYTES} are allowed")
    return text


def _object(members: Any, depth: int) -> dict[str, object]:
    if depth == 0:
        raise _FaultError(f"is more than {limits.METADATA_MAX_DEPTH} levels deep")
    return {key: _value(value, depth) for key, value in members.items()}


def _value(value: struct_pb2.Value, depth: int) -> object:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return value.string_value
    if kind == "number_value":
        return _number(value.number_value)
    if kind == "bool_value":
        return value.bool_value
    if kind == "null_value":
        return None
    if kind == "struct_value":
        return _object(value.struct_value.fields, depth - 1)
    if kind == "list_value":
        return _list(value.list_value.values, depth - 1)
    raise _FaultError("has a value that is not set")


def _number(number: float) -> int | float:
    if number.is_integer() and -_EXACT_BOUND < number < _EXACT_BOUND:
        return int(number)
    text = repr(number)
    if "e" in text and len(format(Decimal(text), "f")) > limits.METADATA_NUMBER_MAX_CHARS:
        raise _FaultError(f"has a number of more than {limits.METADATA_NUMBER_MAX_CHARS} characters: {text}")
    return number


def _list(values: Any, depth: int) -> list[object]:
    if depth == 0:
        raise _FaultError(f"is more than {limits.METADATA_MAX_DEPTH} levels deep")
    return [_value(value, depth) for value in values]


def json_to_struct(text: str, struct: struct_pb2.Struct) -> None:
    """Write JSON text into an empty struct. struct_to_json wrote the text, or PostgreSQL made it from that."""
    _fill(json.loads(text), struct)


def _fill(members: dict[str, Any], struct: struct_pb2.Struct) -> None:
    fields = struct.fields
    for key, value in members.items():
        _set(fields[key], value)
    struct.SetInParent()


def _set(target: struct_pb2.Value, value: Any) -> None:
    if isinstance(value, str):
        target.string_value = value
    elif isinstance(value, bool):
        target.bool_value = value
    elif value is None:
        target.null_value = struct_pb2.NULL_VALUE
    elif isinstance(value, dict):
        target.struct_value.SetInParent()
        _fill(value, target.struct_value)
    elif isinstance(value, list):
        target.list_value.SetInParent()
        for item in value:
            _set(target.list_value.values.add(), item)
    else:
        target.number_value = value
