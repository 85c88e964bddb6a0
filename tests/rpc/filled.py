"""Which fields the answers of a server have filled: what the tests share that go through all of the contract."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from tests.conftest import Server

OF_RECONCILIATION = (
    *("external_source", "external_source_late", "upload", "matching_rule", "matching_rule_set", "reconciliation"),
    *("reconciliation_decision", "reconciliation_exception", "reconciliation_proof", "reconciliation_statement"),
)
"""The payloads of events that are about reconciliation."""

Seen = set[str]
"""Fields by their names, as Transaction.created_by."""

_PACKAGE = "ledgerapi.v1"


def can_be_filled(descriptors: Iterable[Descriptor], excused: Mapping[str, str], *more: str) -> Seen:
    """These fields, every field of the messages, and of those inside, but for what stands inside of what is excused."""
    found = set(more)
    for descriptor in descriptors:
        _add_fields(found, descriptor, excused)
    return found


def check(possible: Seen, seen: Seen, excused: Mapping[str, str]) -> None:
    """Every field is filled by some answer or has an excuse, and no excuse is out of date."""
    for what, fields in (
        ("filled by no answer", possible - seen - excused.keys()),
        ("excused, and filled", seen & excused.keys()),
        ("excused, and no field", excused.keys() - possible),
    ):
        assert not fields, f"{what}: {', '.join(sorted(fields))}"


class Noting:
    """A channel that remembers what is set in every answer that comes over it, by the name of its service."""

    def __init__(self, channel: Any) -> None:
        self.seen: dict[str, Seen] = {}
        self.answered: set[str] = set()
        """The methods that answered."""
        for kind in ("unary_unary", "unary_stream", "stream_unary", "stream_stream"):
            setattr(self, kind, partial(self._call, getattr(channel, kind)))

    def _call(
        self, make: Callable[..., Any], path: str, *, response_deserializer: Callable[[bytes], Message], **more: Any
    ) -> Any:
        service, _, method = path.removeprefix(f"/{_PACKAGE}.").partition("/")
        seen = self.seen.setdefault(service, set())

        def read(data: bytes) -> Message:
            answer = response_deserializer(data)
            self.answered.add(method)
            _note(seen, answer)
            return answer

        return make(path, response_deserializer=read, **more)


def noting(server: Server) -> tuple[Server, Noting]:
    """The same server, reached over a channel that notes its answers."""
    channel: Any = Noting(server.channel)
    return Server(server.app, channel), channel


def _add_fields(into: Seen, descriptor: Descriptor, excused: Mapping[str, str]) -> None:
    for field in descriptor.fields:
        name = _name(field.full_name)
        if name not in into:
            into.add(name)
            if _is_ours(field.message_type) and name not in excused:
                _add_fields(into, field.message_type, excused)


def _note(seen: Seen, message: Message) -> None:
    """Remember what is set, at any depth."""
    for field, value in message.ListFields():
        seen.add(_name(field.full_name))
        if _is_ours(field.message_type):
            for item in value if field.is_repeated else [value]:
                _note(seen, item)


def _name(full_name: str) -> str:
    return full_name.removeprefix(f"{_PACKAGE}.")


def _is_ours(inner: Descriptor | None) -> bool:
    """Whether a field has a message of the contract inside, which is no map."""
    return inner is not None and inner.file.package == _PACKAGE and not inner.GetOptions().map_entry
