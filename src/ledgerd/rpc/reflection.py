"""gRPC reflection, which tools such as grpcurl and ghz use before they call.

The library finds no methods by name, because the descriptor pool does not, and serves v1alpha only. Recent tools try v1
first. Both versions have the same messages under another package name, so one servicer serves both.

What is served is the contract as it is written, from its descriptor set. The descriptors of the generated code do not
name the file of the options of buf.validate, so that no process needs its code.
"""

from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

import grpc
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import FileDescriptor
from google.protobuf.descriptor_pool import DescriptorPool
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection, reflection_pb2, reflection_pb2_grpc

_V1_SERVICE = "grpc.reflection.v1.ServerReflection"
_METHOD = "ServerReflectionInfo"
_NOT_OF_THE_CONTRACT = (error_details_pb2.DESCRIPTOR, health_pb2.DESCRIPTOR, reflection_pb2.DESCRIPTOR)


class _Servicer(reflection.aio.ReflectionServicer):  # type: ignore[misc]  # the library ships no types
    """The library's servicer, extended so that it finds methods."""

    def _file_containing_symbol(self, request: Any, fully_qualified_name: str) -> Any:
        return super()._file_containing_symbol(request, self._known_to_the_pool(fully_qualified_name))

    def _known_to_the_pool(self, name: str) -> str:
        """The service of a method, which is in the same file; any other name as it is."""
        parent, _, method = name.rpartition(".")
        try:
            service = self._pool.FindServiceByName(parent)
        except KeyError:
            return name
        return parent if method in service.methods_by_name else name


@cache
def _pool() -> DescriptorPool:
    """The contract with all that it imports, and what the server speaks beside it."""
    pool = DescriptorPool()
    described = resources.files("ledgerapi.v1").joinpath("descriptor_set.binpb").read_bytes()
    files = descriptor_pb2.FileDescriptorSet.FromString(described).file
    for file in files:
        pool.Add(file)
    known = {file.name for file in files}
    for descriptor in _NOT_OF_THE_CONTRACT:
        _add(pool, descriptor, known)
    return pool


def _add(pool: DescriptorPool, descriptor: FileDescriptor, known: set[str]) -> None:
    if descriptor.name not in known:
        known.add(descriptor.name)
        for needed in descriptor.dependencies:
            _add(pool, needed, known)
        pool.AddSerializedFile(descriptor.serialized_pb)


def add(server: grpc.aio.Server, services: Sequence[str]) -> None:
    """Serve reflection of these services, in both of its versions."""
    # v1 is not listed: its descriptor is not here, and a tool that describes everything that is listed would fail.
    servicer = _Servicer([*services, reflection.SERVICE_NAME], _pool())
    reflection_pb2_grpc.add_ServerReflectionServicer_to_server(servicer, server)
    handler = grpc.stream_stream_rpc_method_handler(
        servicer.ServerReflectionInfo,
        request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
        response_serializer=reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(_V1_SERVICE, {_METHOD: handler}),))
