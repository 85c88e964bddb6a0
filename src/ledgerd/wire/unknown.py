"""Fields that this version of the service does not know. Where money may move, they reject the request.

A newer client may set a term, such as a cap, that an older server would not see: the money would move without it.
"""

from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet

from ledgerd.core.model.rejection import Reason, Rejected, Rejection, Violation


def rejection(message: Message) -> Rejection | None:
    """Why a message cannot be accepted that has an unknown field, at any depth; None where it has none."""
    known = type(message)()
    known.CopyFrom(message)
    known.DiscardUnknownFields()
    return None if known.ByteSize() == message.ByteSize() else _rejection(_path(message))


def outer_rejection(message: Message) -> Rejection | None:
    """The same for the fields of the message itself, whatever the messages inside have."""
    own = _own(message)
    return _rejection(own) if own else None


def check(message: Message) -> None:
    """Raises Rejected: FIELD_NOT_SUPPORTED, for an unknown field at any depth."""
    found = rejection(message)
    if found is not None:
        raise Rejected(found)


def check_outer(message: Message) -> None:
    """Raises Rejected: FIELD_NOT_SUPPORTED, for an unknown field of the message itself."""
    found = outer_rejection(message)
    if found is not None:
        raise Rejected(found)


def _rejection(path: str) -> Rejection:
    violation = Violation(path, "is not known to this version of the service")
    return Rejection(Reason.FIELD_NOT_SUPPORTED, {"field": path}, (violation,))


def _own(message: Message) -> str:
    """The number of the first unknown field of a message, as text; empty where it has none."""
    fields: Any = UnknownFieldSet(message)
    return str(fields[0].field_number) if len(fields) else ""


def _path(message: Message) -> str:
    """The path of the first unknown field: the names of the fields around it, and its number. Empty where the message
    has none."""
    own = _own(message)
    if own:
        return own
    for field, value in message.ListFields():
        for name, inner in _inside(field, value):
            path = _path(inner)
            if path:
                return f"{name}.{path}"
    return ""


def _inside(field: FieldDescriptor, value: Any) -> Iterator[tuple[str, Message]]:
    """The messages that a field has, each with the name of its place."""
    inner_type = field.message_type
    if inner_type is None:
        return
    if not field.is_repeated:
        yield field.name, value
    elif not inner_type.GetOptions().map_entry:
        yield from ((f"{field.name}[{place}]", inner) for place, inner in enumerate(value))
    elif inner_type.fields_by_name["value"].message_type is not None:
        # The keys are words of the caller.
        yield from ((field.name, inner) for inner in value.values())
