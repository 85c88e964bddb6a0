"""The rules for a proxy that offers the contract as HTTP and JSON: every RPC has one, and all can be told apart."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from google.api import annotations_pb2, http_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor

from ledgerd.rpc.server import SERVICES

METHODS = [method for service in SERVICES for method in service.methods]
PROXIED = [method for method in METHODS if not method.client_streaming]
"""HTTP has no stream of requests."""
BODIES = {"post": "*", "patch": "*", "get": "", "delete": ""}
_SEGMENT = r"(?:[a-z][A-Za-z]*|\{[a-z_.]+\})"
_PATH = re.compile(rf"/v1(?:/{_SEGMENT})+(?::[a-z][A-Za-z]*)?")
_VARIABLE = re.compile(r"\{([a-z_.]+)\}")
_AS_A_TEXT = {"google.protobuf.Timestamp", "google.protobuf.Duration", "google.protobuf.FieldMask"}


class Rule(NamedTuple):
    """One way to call a method."""

    verb: str
    path: str
    body: str


def rules(method: MethodDescriptor) -> list[Rule]:
    options = method.GetOptions()
    if not options.HasExtension(annotations_pb2.http):
        return []
    rule = options.Extensions[annotations_pb2.http]
    return [_rule(way) for way in (rule, *rule.additional_bindings)]


def _rule(way: http_pb2.HttpRule) -> Rule:
    verb = way.WhichOneof("pattern")
    assert verb is not None, way
    return Rule(verb, getattr(way, verb), way.body)


def field(message: Descriptor, path: str) -> FieldDescriptor | None:
    """The field at a path such as `ledger.id`, or None."""
    first, _, rest = path.partition(".")
    found = message.fields_by_name.get(first)
    if rest and found is not None:
        return field(found.message_type, rest) if found.message_type else None
    return found


def not_in_a_query(message: Descriptor, within: tuple[str, ...] = ()) -> Iterator[str]:
    """The fields of a message that no query of a URL can give: those that repeat messages, or that contain their own
    type."""
    for found in message.fields:
        inner = found.message_type
        if inner is None or inner.full_name in _AS_A_TEXT:
            continue
        if found.is_repeated or inner.full_name in within:
            yield found.full_name
        else:
            yield from not_in_a_query(inner, (*within, inner.full_name))


def by_name(method: MethodDescriptor) -> str:
    return str(method.name)


@pytest.mark.parametrize("method", METHODS, ids=by_name)
def test_every_rpc_but_streams_of_requests_has_a_rule(method: MethodDescriptor) -> None:
    missing = f'write into the RPC: option (google.api.http) = {{post: "/v1/..." body: "*"}};  ({method.full_name})'
    assert bool(rules(method)) == (method in PROXIED), missing


@pytest.mark.parametrize("method", PROXIED, ids=by_name)
def test_a_rule_is_well_formed_and_names_fields_of_the_request(method: MethodDescriptor) -> None:
    for rule in rules(method):
        assert _PATH.fullmatch(rule.path), rule
        assert rule.body == BODIES[rule.verb], rule
        for name in _VARIABLE.findall(rule.path):
            found = field(method.input_type, name)
            assert found is not None and found.type == FieldDescriptor.TYPE_STRING and not found.is_repeated, rule


@pytest.mark.parametrize("method", PROXIED, ids=by_name)
def test_what_a_rule_without_a_body_leaves_fits_into_a_query(method: MethodDescriptor) -> None:
    if any(not rule.body for rule in rules(method)):
        assert list(not_in_a_query(method.input_type)) == []


@pytest.mark.parametrize("method", PROXIED, ids=by_name)
def test_what_only_reads_is_a_get_and_nothing_else_is(method: MethodDescriptor) -> None:
    """A list of many ids would make a URL too long, so it is posted; and so is every watch that begins at a cursor, for
    all of them to be alike."""
    taken = method.input_type.fields_by_name
    posted = "balance_ids" in taken or ("after_cursor" in taken and method.name.startswith("Watch"))
    reads = method.name.startswith(("Get", "List", "Watch", "Wait")) and not posted
    verbs = {rule.verb for rule in rules(method)}
    assert ("get" in verbs) == reads
    assert ("patch" in verbs) == method.name.startswith("Update")
    assert ("delete" in verbs) == method.name.startswith("Delete")


def other_names(method: MethodDescriptor, path: str) -> list[str]:
    """The fields by which a caller can name what a variable of the path names, instead of that variable."""
    message = method.input_type
    found = []
    for name in _VARIABLE.findall(path):
        first = message.fields_by_name[name.partition(".")[0]]
        if first.containing_oneof is not None:
            found += [other.name for other in first.containing_oneof.fields if other is not first]
        elif "." in name and "indicator_key" in message.fields_by_name:
            found.append("indicator_key")
    return found


@pytest.mark.parametrize("method", PROXIED, ids=by_name)
def test_what_has_another_name_than_its_id_has_a_path_without_the_id(method: MethodDescriptor) -> None:
    """A path with a variable that must stay empty cannot be written."""
    paths = [rule.path for rule in rules(method)]
    if any(other_names(method, path) for path in paths):
        assert any(not _VARIABLE.search(path) for path in paths), f"write additional_bindings into {method.full_name}"


def test_no_two_rules_are_alike() -> None:
    """Not even when a variable of one has the value that another one has in its path."""
    used = Counter((rule.verb, _VARIABLE.sub("*", rule.path)) for method in PROXIED for rule in rules(method))
    assert len(used) >= len(PROXIED) > 40
    assert {way: times for way, times in used.items() if times > 1} == {}
