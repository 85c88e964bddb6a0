"""What the annotations of a field in a request have to say: by its comment, by its name and type, by the code's limits.

The tables of annotation_limits.py are the only place that knows which limit is whose.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from google.protobuf import descriptor_pb2, message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor, OneofDescriptor
from google.protobuf.descriptor_pool import DescriptorPool

from ledgerd.core.model import limits
from tests.repo.annotation_limits import (
    AMOUNTS,
    COUNTS,
    EACH_ONCE,
    IF_GIVEN,
    LENGTHS,
    NOT_UNSPECIFIED,
    NUMBERS,
    OTHERS,
    PATTERNS,
    WITHOUT_RULES,
)

DESCRIBED = Path(__file__).parents[2] / "protos/gen/ledgerapi/v1/descriptor_set.binpb"
PACKAGE = "ledgerapi.v1"


@cache
def pool() -> DescriptorPool:
    """The contract with everything that it imports."""
    made = DescriptorPool()
    for file in _files():
        made.Add(file)
    return made


@cache
def _files() -> tuple[descriptor_pb2.FileDescriptorProto, ...]:
    return tuple(descriptor_pb2.FileDescriptorSet.FromString(DESCRIBED.read_bytes()).file)


@cache
def _comments() -> dict[str, str]:
    """The comments of the fields and oneofs of all messages, by full name."""
    found = {}
    for file in _files():
        texts = {
            tuple(place.path): " ".join(place.leading_comments.split()) for place in file.source_code_info.location
        }
        for number, message in enumerate(file.message_type):
            for kind, declared in ((2, message.field), (8, message.oneof_decl)):
                for place, item in enumerate(declared):
                    found[f"{file.package}.{message.name}.{item.name}"] = texts.get((4, number, kind, place), "")
    return found


def files() -> list[str]:
    """The names of the contract's own files."""
    return [file.name for file in _files() if file.package == PACKAGE]


def comment(declared: FieldDescriptor | OneofDescriptor) -> str:
    return _comments()[declared.full_name]


@cache
def requests() -> tuple[Descriptor, ...]:
    """The messages that callers send: the requests of all that is served, and what is in them. What is output only is
    not read."""
    found: dict[str, Descriptor] = {}

    def visit(message: Descriptor) -> None:
        if message.full_name not in found and message.file.package == PACKAGE:
            found[message.full_name] = message
            for field in message.fields:
                if field.message_type is not None and behaviors(field) != ["OUTPUT_ONLY"]:
                    visit(field.message_type)

    for file in _files():
        texts = {tuple(place.path): place.leading_comments for place in file.source_code_info.location}
        for number, service in enumerate(file.service):
            for place, method in enumerate(service.method):
                if "Not served yet." not in " ".join(texts[6, number, 2, place].split()):
                    visit(pool().FindMessageTypeByName(method.input_type.removeprefix(".")))
    return tuple(found.values())


# What is wanted --------------------------------------------------------------------------------

_INTEGERS = {FieldDescriptor.CPPTYPE_INT32: "int32", FieldDescriptor.CPPTYPE_INT64: "int64"}
_OPENING = re.compile(r"(Required|Optional|Output only|Identifier)(?:, never changes)?\.")


def behaviors(field: FieldDescriptor) -> list[str]:
    """The values of google.api.field_behavior that the comment of a field means: a field without an opening word is
    optional."""
    text = comment(field)
    opening = _OPENING.match(text)
    first = opening[1].upper().replace(" ", "_") if opening else "OPTIONAL"
    is_fixed = "never changes." in text.lower() and first in ("REQUIRED", "OPTIONAL")
    return [first, "IMMUTABLE"] if is_fixed else [first]


def rules(field: FieldDescriptor) -> dict[str, Any]:
    """The rules of buf.validate for a field, each by its path. Raises LookupError for a name that no table has."""
    if behaviors(field)[0] in ("OUTPUT_ONLY", "IDENTIFIER"):
        return {}
    found = _repeated(field) if field.is_repeated else _single(field)
    may_be_zero = field.cpp_type in _INTEGERS and not _needs_a_value(found)
    if behaviors(field)[0] == "REQUIRED" and not is_resource(field.containing_type) and not may_be_zero:
        return {"required": True, **found}
    is_given_anyway = field.is_repeated or field.has_presence or not _needs_a_value(found)
    return found if is_given_anyway else IF_GIVEN | found


def is_resource(message: Descriptor) -> bool:
    """Whether creates and updates share the message: an update gives only what its mask names."""
    return message in _updated()


@cache
def _updated() -> frozenset[Descriptor]:
    """The messages in requests that have an update mask."""
    masked = [message for message in requests() if "update_mask" in message.fields_by_name]
    own = {field.message_type for message in masked for field in message.fields if field.message_type is not None}
    return frozenset(message for message in own if "id" in message.fields_by_name or "etag" in message.fields_by_name)


def is_required(oneof: OneofDescriptor) -> bool:
    return comment(oneof).startswith("Required.") and not is_resource(oneof.containing_type)


def _needs_a_value(found: dict[str, Any]) -> bool:
    return any(path.endswith(".pattern") or (path.endswith(".gte") and value > 0) for path, value in found.items())


def _repeated(field: FieldDescriptor) -> dict[str, Any]:
    found = {"repeated.max_items": _of(COUNTS, field)}
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING and field.name.removesuffix("s") in LENGTHS:
        found["repeated.items.string.max_len"] = LENGTHS[field.name.removesuffix("s")]
    elif field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        found["repeated.items.string.pattern"] = _of(PATTERNS, field, field.name.removesuffix("s"))
    elif field.enum_type is not None:
        found["repeated.items.enum.defined_only"] = True
    if field.name in EACH_ONCE:
        found["repeated.unique"] = True
    if field.name in NOT_UNSPECIFIED:
        found["repeated.items.enum.not_in"] = [0]
    return found


def _single(field: FieldDescriptor) -> dict[str, Any]:
    full_name = f"{field.containing_type.name}.{field.name}"
    if full_name in OTHERS:
        return OTHERS[full_name]
    if field.enum_type is not None:
        return {"enum.defined_only": True}
    if field.cpp_type in _INTEGERS:
        kind = _INTEGERS[field.cpp_type]
        return {f"{kind}.{bound}": value for bound, value in _of(NUMBERS, field).items()}
    return _text(field) if field.cpp_type == FieldDescriptor.CPPTYPE_STRING else {}


def _text(field: FieldDescriptor) -> dict[str, Any]:
    if field.name in WITHOUT_RULES:
        return {}
    if field.name in AMOUNTS:
        pattern = AMOUNTS[field.name]
        return {"string.pattern": pattern, "string.max_len": limits.AMOUNT_TEXT_MAX_CHARS + ("-?" in pattern)}
    if field.name in LENGTHS:
        return {"string.max_len": LENGTHS[field.name]}
    return {"string.pattern": _of(PATTERNS, field)}


def _of(table: dict[str, Any], field: FieldDescriptor, name: str = "") -> Any:
    for key in (f"{field.containing_type.name}.{field.name}", name or field.name):
        if key in table:
            return table[key]
    raise LookupError(f"its limit, by its name, into a table of tests/repo/{Path(__file__).name}")


def written(field: FieldDescriptor) -> str:
    """The annotations as they have to stand behind the field."""
    options = [f"(google.api.field_behavior) = {behavior}" for behavior in behaviors(field)]
    options += [f"(buf.validate.field).{path} = {_literal(path, value)}" for path, value in rules(field).items()]
    return f"[{options[0]}]" if len(options) == 1 else "[\n    " + ",\n    ".join(options) + "\n  ]"


def _literal(path: str, value: Any) -> str:
    if path == "ignore":
        return str(value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\") + '"'
    return str(value).lower()


# What is there ---------------------------------------------------------------------------------


def behaviors_of(field: FieldDescriptor) -> list[str]:
    """The values of google.api.field_behavior that a field has."""
    names = pool().FindEnumTypeByName("google.api.FieldBehavior").values_by_number
    return [names[number].name for number in _options(field).get("google.api.field_behavior", ())]


def rules_of(field: FieldDescriptor) -> dict[str, Any]:
    """The rules of buf.validate that a field has, each by its path."""
    found = _options(field).get("buf.validate.field")
    return dict(_flat(found)) if found is not None else {}


def is_said_to_be_required(oneof: OneofDescriptor) -> bool:
    found = _options(oneof).get("buf.validate.oneof")
    return found is not None and found.required


def _options(declared: Any) -> dict[str, Any]:
    plain = declared.GetOptions()
    kind = message_factory.GetMessageClass(pool().FindMessageTypeByName(plain.DESCRIPTOR.full_name))
    return {option.full_name: value for option, value in kind.FromString(plain.SerializeToString()).ListFields()}


def _flat(message: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    for field, value in message.ListFields():
        if field.message_type is not None and not field.is_repeated:
            yield from _flat(value, f"{path}{field.name}.") if value.ListFields() else ((f"{path}{field.name}", {}),)
        elif field.is_repeated:
            yield f"{path}{field.name}", list(value)
        elif field.enum_type is not None:
            yield f"{path}{field.name}", field.enum_type.values_by_number[value].name
        else:
            yield f"{path}{field.name}", value


class Difference(NamedTuple):
    """A field whose annotations are not what they have to be, and what to write instead."""

    field: str
    write: str


def differences() -> Iterator[Difference]:
    for message in requests():
        for field in message.fields:
            try:
                is_right = (behaviors_of(field), rules_of(field)) == (behaviors(field), rules(field))
            except LookupError as error:
                yield Difference(field.full_name, str(error))
                continue
            if not is_right:
                yield Difference(field.full_name, f"{field.name} = {field.number} {written(field)};")
        for oneof in message.oneofs:
            if is_said_to_be_required(oneof) != is_required(oneof):
                line = "option (buf.validate.oneof).required = true;"
                yield Difference(oneof.full_name, line if is_required(oneof) else f"remove: {line}")
