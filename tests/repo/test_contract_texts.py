"""What the comments of the contract say alike, and what in them can be compared with the contract itself."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import Descriptor, MethodDescriptor

from ledgerd.rpc.server import SERVICES

DESCRIBED = Path(__file__).parents[2] / "protos/gen/ledgerapi/v1/descriptor_set.binpb"
BASE = Path(__file__).parents[2] / "protos/base.binpb"
FILES = [
    file
    for file in descriptor_pb2.FileDescriptorSet.FromString(DESCRIBED.read_bytes()).file
    if file.package == "ledgerapi.v1"
]


def comments(file: descriptor_pb2.FileDescriptorProto) -> dict[tuple[int, ...], str]:
    return {tuple(place.path): place.leading_comments for place in file.source_code_info.location}


def of_services() -> dict[str, list[str]]:
    """The paragraphs in the comment of every service."""
    return {
        service.name: [" ".join(part.split()) for part in comments(file)[6, number].split("\n\n")]
        for file in FILES
        for number, service in enumerate(file.service)
    }


@pytest.mark.parametrize("beginning", ["Texts. ", "Times. ", "Errors carry a reason "])
def test_what_holds_for_every_service_is_said_of_every_service_alike(beginning: str) -> None:
    said = {name: [part for part in parts if part.startswith(beginning)] for name, parts in of_services().items()}
    assert len(said) >= 6
    assert {name for name, parts in said.items() if len(parts) != 1} == set()
    assert len({part for parts in said.values() for part in parts}) == 1


# Reasons ---------------------------------------------------------------------------------------


def reasons() -> Iterator[tuple[str, str]]:
    """Every reason that is given, with its comment."""
    (file,) = [file for file in FILES if file.name.endswith("error_reason.proto")]
    said = comments(file)
    for number, value in enumerate(file.enum_type[0].value):
        if value.number:
            yield value.name.removeprefix("ERROR_REASON_"), said[5, 0, 2, number]


REASONS = dict(reasons())


@pytest.mark.parametrize("name", REASONS)
def test_a_reason_has_examples_of_its_details_each_on_a_line_of_its_own(name: str) -> None:
    """An example that ran into the sentence before it would be lost to whoever looks for it at the beginning of a
    line, be it a person or a tool."""
    text = "\n".join(line.strip() for line in REASONS[name].splitlines())
    prose, *examples = re.split(r"^Example: ", text, flags=re.MULTILINE)
    assert prose and examples
    assert "Example" not in prose
    for example in examples:
        details, end = json.JSONDecoder().raw_decode(example)
        assert all(isinstance(value, str) for value in details.values())
        told = example[end:].strip()
        assert not told or told.startswith(", "), told
        assert "Example" not in told and "{" not in told


def test_a_permission_is_a_resource_and_what_is_done_to_it() -> None:
    (example,) = re.findall(r'"permission": "(.*?)"', REASONS["PERMISSION_DENIED"])
    assert re.fullmatch(r"[a-z]+:[a-z]+", example)


# Views -----------------------------------------------------------------------------------------


def test_the_views_that_comments_name_exist() -> None:
    known = {
        value.name.partition("_VIEW_")[2]
        for file in FILES
        for enum in file.enum_type
        if enum.name.endswith("View")
        for value in enum.value
    }
    named = [
        view
        for file in FILES
        for text in comments(file).values()
        for views in re.findall(r"\bviews? (?:is )?((?:[A-Z]{2,}(?:,\s|\sor\s|\sand\s)?)+)", text)
        for view in re.findall(r"[A-Z]{2,}", views)
    ]
    assert len(named) > 5
    assert set(named) <= known


# What a newer service may send -----------------------------------------------------------------


PINNED = {
    kind.name
    for file in descriptor_pb2.FileDescriptorSet.FromString(BASE.read_bytes()).file
    for kind in (*file.message_type, *file.enum_type)
}
"""What the contract has settled."""


def in_answers() -> Iterator[tuple[str, str, bool]]:
    """What answers contain and the contract has settled: every enum, and every oneof that no request has; each with its
    name, its comment, and whether it is an oneof."""
    answers, requests = reached(lambda method: method.output_type), reached(lambda method: method.input_type)
    for file in FILES:
        said = comments(file)
        for number, enum in enumerate(file.enum_type):
            if enum.name in answers and enum.name in PINNED:
                yield enum.name, said[5, number], False
        for number, message in enumerate(file.message_type):
            if message.name in requests or message.name not in answers & PINNED:
                continue
            for place, oneof in enumerate(message.oneof_decl):
                if not oneof.name.startswith("_"):
                    yield f"{message.name}.{oneof.name}", said[4, number, 8, place], True


def reached(side: Callable[[MethodDescriptor], Descriptor]) -> set[str]:
    """The names of all messages and enums in the requests or in the answers."""
    found: set[str] = set()
    unread = [side(method) for service in SERVICES for method in service.methods]
    while unread:
        message = unread.pop()
        if message.name not in found:
            found.add(message.name)
            found |= {field.enum_type.name for field in message.fields if field.enum_type is not None}
            unread += [field.message_type for field in message.fields if field.message_type is not None]
    return found


IN_ANSWERS = list(in_answers())


@pytest.mark.parametrize(("name", "comment", "is_oneof"), IN_ANSWERS, ids=[name for name, _, _ in IN_ANSWERS])
def test_what_answers_contain_warns_of_what_a_newer_service_sends(name: str, comment: str, is_oneof: bool) -> None:
    said = " ".join(comment.split()).lower()
    if is_oneof:
        assert "none" in said and "that you do not know" in said, name
    else:
        assert re.search(r"expect \w+ that (?:you|they) do not know", said), name


def test_a_description_that_events_keep_should_name_no_person() -> None:
    (file,) = [file for file in FILES if file.name.endswith("/operation.proto")]
    said = comments(file)
    descriptions = [
        " ".join(said[4, number, 2, place].split())
        for number, message in enumerate(file.message_type)
        for place, field in enumerate(message.field)
        if field.name == "description"
    ]
    assert len(descriptions) >= 8
    assert [text for text in descriptions if "it should name no person" not in text] == []
