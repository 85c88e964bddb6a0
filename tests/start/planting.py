"""A channel that plants a secret in everything that a request may say in words of its caller's."""

from collections.abc import Callable
from typing import Any

import grpc
from google.protobuf.message import Message

WORDS = frozenset(
    "reference references description group tag name first_name last_name other_names email_address phone_number "
    "street city post_code category nationality created_by decided_by on_behalf_of reason request_id review_reason "
    "counterparty counterparty_account comment resolution owner".split()
)
NAMED = frozenset({"source", "destination", "indicator", "balance"})


class PlantingChannel:
    """Looks to a stub like the channel that it wraps. The secret is the word and a number, which `next` counts up, so
    that no two rounds have a reference or a balance in common."""

    def __init__(self, channel: grpc.aio.Channel, word: str) -> None:
        self._channel = channel
        self._word = word
        self._round = 0

    def next(self) -> None:
        self._round += 1

    @property
    def secret(self) -> str:
        return f"{self._word}{self._round}"

    def __getattr__(self, kind: str) -> Callable[..., Any]:
        """unary_unary, unary_stream and the other two."""
        make = getattr(self._channel, kind)

        def wrapped(path: str, request_serializer: Any, response_deserializer: Any, **more: Any) -> Any:
            def serialize(message: Message) -> bytes:
                copy = type(message)()
                copy.CopyFrom(message)
                self._plant(copy)
                return request_serializer(copy)

            return make(path, request_serializer=serialize, response_deserializer=response_deserializer, **more)

        return wrapped

    def _plant(self, message: Message) -> None:
        for field in message.DESCRIPTOR.fields:
            name = field.name
            if field.message_type is not None and field.message_type.full_name == "google.protobuf.Struct":
                if message.DESCRIPTOR.name == "PostStreamChunk":
                    continue  # Only an atomic chunk may have metadata.
                # The metadata of a record is texts alone.
                is_flat = message.DESCRIPTOR.name == "ExternalRecord"
                getattr(message, name).update({self.secret: self.secret if is_flat else {"deep": [self.secret]}})
            elif field.message_type is not None and field.is_repeated:
                for part in getattr(message, name):
                    self._plant(part)
            elif field.message_type is not None:
                if message.HasField(name):
                    self._plant(getattr(message, name))
            elif name in WORDS and field.is_repeated:
                getattr(message, name)[:] = [f"{text} {self.secret}" for text in getattr(message, name)]
            elif name in WORDS and getattr(message, name):
                setattr(message, name, f"{getattr(message, name)} {self.secret}")
            elif name in NAMED and getattr(message, name).startswith("@") and getattr(message, name) != "@World":
                setattr(message, name, getattr(message, name) + self.secret)
            elif name in ("description", "tag") and not getattr(message, name):
                setattr(message, name, self.secret)
