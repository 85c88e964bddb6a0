"""Whatever a rejection names as a field is a field of what was sent."""

from typing import Any

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp

from tests.conftest import Server
from tests.rpc import contract


def bad(field: FieldDescriptor) -> list[Any]:
    """Values that hardly any field of this type takes."""
    if field.message_type is not None:
        return [None, *_bad_messages(field.message_type)]
    if field.type == FieldDescriptor.TYPE_STRING:
        return ["", "\x00", "x" * 2_000, "txn_1", "-"]
    if field.type == FieldDescriptor.TYPE_BYTES:
        return [b""]
    if field.type == FieldDescriptor.TYPE_BOOL:
        return [True, False]
    return [0, -1, 99]


def _bad_messages(descriptor: Descriptor) -> list[Any]:
    lists: dict[str, list[Any]] = {
        "Timestamp": [Timestamp(seconds=-(10**12)), Timestamp(nanos=-1)],
        "Duration": [Duration(seconds=-1), Duration(seconds=10**9)],
        "FieldMask": [FieldMask(paths=["colour"]), FieldMask(paths=["name"] * 50)],
        "Struct": [_struct(float("nan")), _struct("\x00"), _struct("x" * 20_000)],
    }
    return lists.get(descriptor.name, [])


def _struct(value: Any) -> Struct:
    struct = Struct()
    struct.update({"key": value})
    return struct


@pytest.mark.slow
async def test_every_field_that_a_malformed_request_is_told_of_is_one_of_its_own(server: Server) -> None:
    """Each field of each request is set to a few bad values, one at a time, and most of all is told by name."""
    wrong, told_of = [], set()
    for method in contract.METHODS:
        for path in contract.paths(method.input_type):
            for value in bad(path[-1]):
                message = contract.with_siblings(contract.REQUESTS[method.name](), path)
                contract.put(message, path, value)
                for told in await contract.ask(server, method, message):
                    assert told.rejection.reason != "INTERNAL", (method.name, contract.text(path), value)
                    wrong += [(method.name, contract.text(path), unknown) for unknown in contract.unknown(told)]
                    told_of |= {(method.name, field) for field in told.rejection.fields}
    assert wrong == []
    assert len(told_of) > 150
