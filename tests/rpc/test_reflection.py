"""Reflection as tools use it: by the protocol, in both of its versions, for every kind of symbol."""

from typing import Any

import grpc
import pytest
from google.api import annotations_pb2
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_reflection.v1alpha import reflection_pb2
from ledgerapi.v1 import draft_pb2, error_reason_pb2

from ledgerd.rpc.server import SERVICES
from tests.conftest import Server

V1, V1ALPHA = "grpc.reflection.v1", "grpc.reflection.v1alpha"
PACKAGE = "ledgerapi.v1"
METHODS = [method.full_name for service in SERVICES for method in service.methods]
KNOWN = [
    *(service.full_name for service in SERVICES),
    *METHODS,
    *(message.full_name for message in draft_pb2.DESCRIPTOR.message_types_by_name.values()),
    *(field.full_name for field in draft_pb2.Draft.DESCRIPTOR.fields),
    f"{PACKAGE}.CreateMonitorRequest",
    f"{PACKAGE}.ErrorReason",
    f"{PACKAGE}.{error_reason_pb2.ErrorReason.Name(1)}",
    "grpc.health.v1.Health.Check",
    "grpc.health.v1.HealthCheckResponse.ServingStatus",
    "grpc.reflection.v1alpha.ServerReflection.ServerReflectionInfo",
    "google.protobuf.Struct.FieldsEntry",
    "google.protobuf.Value.kind",
    "google.protobuf.FieldOptions.CType",
    annotations_pb2.http.full_name,  # An extension.
    # What the details of an error are: tools print them only if they find these.
    "google.rpc.ErrorInfo",
    "google.rpc.BadRequest.FieldViolation",
    "google.rpc.RetryInfo",
]
UNKNOWN = [
    f"{PACKAGE}.TransactionService.NoSuchMethod",
    f"{PACKAGE}.NoSuchService.PostTransaction",
    f"{PACKAGE}.Draft.no_such_field",
    f"{PACKAGE}.Draft.",
    f".{PACKAGE}.Draft",
    PACKAGE,
    "",
    ".",
    "a..b",
]


async def answers(
    channel: grpc.aio.Channel, version: str, requests: list[reflection_pb2.ServerReflectionRequest]
) -> list[reflection_pb2.ServerReflectionResponse]:
    """One answer for each request, all on one stream."""
    call = channel.stream_stream(
        f"/{version}.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )(iter(requests))
    return [answer async for answer in call]


def symbol(name: str) -> reflection_pb2.ServerReflectionRequest:
    return reflection_pb2.ServerReflectionRequest(file_containing_symbol=name)


def files(answer: reflection_pb2.ServerReflectionResponse) -> list[descriptor_pb2.FileDescriptorProto]:
    """The files of an answer, the one that was asked for first."""
    assert answer.WhichOneof("message_response") == "file_descriptor_response", answer
    found = answer.file_descriptor_response.file_descriptor_proto
    return [descriptor_pb2.FileDescriptorProto.FromString(file) for file in found]


def declares(file: descriptor_pb2.FileDescriptorProto, name: str) -> bool:
    """Whether the outermost declaration that the name goes through is in this file."""
    within = name.removeprefix(f"{file.package}.").split(".")[0]
    kinds = (file.message_type, file.enum_type, file.service, file.extension)
    declared = [declaration.name for kind in kinds for declaration in kind]
    return within in [*declared, *(value.name for enum in file.enum_type for value in enum.value)]


@pytest.mark.parametrize("version", [V1, V1ALPHA])
async def test_every_kind_of_symbol_is_found_in_its_file(server: Server, version: str) -> None:
    found = await answers(server.channel, version, [symbol(name) for name in KNOWN])
    assert len(METHODS) > 40
    for name, answer in zip(KNOWN, found, strict=True):
        assert declares(files(answer)[0], name), name


@pytest.mark.parametrize("version", [V1, V1ALPHA])
async def test_an_unknown_symbol_is_not_found_and_the_stream_goes_on(server: Server, version: str) -> None:
    found = await answers(server.channel, version, [symbol(name) for name in [*UNKNOWN, METHODS[0]]])
    assert {answer.error_response.error_code for answer in found[:-1]} == {grpc.StatusCode.NOT_FOUND.value[0]}
    assert files(found[-1])


async def test_an_answer_brings_the_files_that_its_file_needs(server: Server) -> None:
    (answer,) = await answers(server.channel, V1, [symbol(f"{PACKAGE}.TransactionService.PostTransaction")])
    brought = files(answer)
    names = {file.name for file in brought}
    assert {needed for file in brought for needed in file.dependency} <= names


async def test_the_files_of_a_method_bring_the_meaning_of_every_option(server: Server) -> None:
    """A tool that describes a method shows its annotations, and what a request must be."""
    (answer,) = await answers(server.channel, V1, [symbol(f"{PACKAGE}.AdminService.ClosePeriod")])
    pool = pool_of(files(answer))
    request = pool.FindMessageTypeByName(f"{PACKAGE}.ClosePeriodRequest")
    extensions = {option.full_name for option, _ in options_of(pool, request.fields_by_name["ledger_id"])}
    assert extensions == {"google.api.field_behavior", "buf.validate.field"}
    method = pool.FindMethodByName(f"{PACKAGE}.AdminService.ClosePeriod")
    ((http, rule),) = options_of(pool, method)
    assert (http.full_name, rule.post) == ("google.api.http", "/v1/ledgers/{ledger_id}:closePeriod")


def pool_of(files: list[descriptor_pb2.FileDescriptorProto]) -> descriptor_pool.DescriptorPool:
    """A pool with these files alone, which must be whole."""
    pool, waiting = descriptor_pool.DescriptorPool(), {file.name: file for file in files}

    def add(name: str) -> None:
        file = waiting.pop(name, None)
        if file is not None:
            for needed in file.dependency:
                add(needed)
            pool.Add(file)

    for name in list(waiting):
        add(name)
    return pool


def options_of(pool: descriptor_pool.DescriptorPool, described: Any) -> list[tuple[Any, Any]]:
    """The options of a declaration, read by the files of this pool alone."""
    plain = described.GetOptions()
    kind = message_factory.GetMessageClass(pool.FindMessageTypeByName(plain.DESCRIPTOR.full_name))
    return kind.FromString(plain.SerializeToString()).ListFields()


async def test_both_versions_answer_everything_alike(server: Server) -> None:
    http, nothing = [
        reflection_pb2.ExtensionRequest(containing_type="google.protobuf.MethodOptions", extension_number=number)
        for number in (annotations_pb2.http.number, -1)
    ]
    requests = [
        reflection_pb2.ServerReflectionRequest(list_services=""),
        reflection_pb2.ServerReflectionRequest(file_by_filename="ledgerapi/v1/draft.proto"),
        reflection_pb2.ServerReflectionRequest(file_by_filename="no/such.proto"),
        reflection_pb2.ServerReflectionRequest(file_containing_extension=http),
        reflection_pb2.ServerReflectionRequest(file_containing_extension=nothing),
        reflection_pb2.ServerReflectionRequest(all_extension_numbers_of_type=f"{PACKAGE}.Draft"),
        reflection_pb2.ServerReflectionRequest(all_extension_numbers_of_type="no.such.Type"),
        reflection_pb2.ServerReflectionRequest(),
    ]
    older, newer = [await answers(server.channel, version, requests) for version in (V1ALPHA, V1)]
    assert older == newer
    assert [answer.WhichOneof("message_response") or "" for answer in newer] == [
        "list_services_response",
        "file_descriptor_response",
        "error_response",
        "file_descriptor_response",
        "error_response",
        "all_extension_numbers_response",
        "error_response",
        "error_response",
    ]


async def test_whatever_is_listed_can_be_described(server: Server) -> None:
    (listed,) = await answers(server.channel, V1, [reflection_pb2.ServerReflectionRequest(list_services="")])
    names = [service.name for service in listed.list_services_response.service]
    assert {service.full_name for service in SERVICES} < set(names)
    for answer in await answers(server.channel, V1, [symbol(name) for name in names]):
        assert files(answer)
