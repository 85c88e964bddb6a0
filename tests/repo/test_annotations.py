"""The annotations of the fields in requests are those that their comments and the limits of the code make necessary."""

from google.protobuf.descriptor import FieldDescriptor

from tests.repo import annotations


def test_every_field_of_a_request_has_its_annotations() -> None:
    """Where this fails, it says what to write into the .proto file; then `make fmt gen`. See CONTRIBUTING."""
    wanted = "\n".join(f"{difference.field}: write\n  {difference.write}" for difference in annotations.differences())
    assert not wanted, wanted


def test_all_kinds_of_fields_are_among_them() -> None:
    fields = [field for message in annotations.requests() for field in message.fields]
    assert len(fields) > 200
    opening = {behavior for field in fields for behavior in annotations.behaviors(field)}
    assert opening == {"REQUIRED", "OPTIONAL", "OUTPUT_ONLY", "IMMUTABLE", "IDENTIFIER"}
    messages = {field.containing_type.name for field in fields}
    assert {"Draft", "Balance", "MonitorCondition", "PostStreamChunk"} <= messages
    assert not [field for field in fields if field.file.name.endswith(("reconciliation.proto", "upload.proto"))]


def test_no_field_of_an_answer_alone_has_rules() -> None:
    """Nobody checks them, and they would bind what later versions may answer."""
    asked = {message.full_name for message in annotations.requests()}
    wrong = [
        field.full_name
        for name in annotations.files()
        for message in annotations.pool().FindFileByName(name).message_types_by_name.values()
        if message.full_name not in asked
        for field in message.fields
        if annotations.rules_of(field)
    ]
    assert wrong == []


def test_every_limit_belongs_to_a_field() -> None:
    names = set()
    for message in annotations.requests():
        for field in message.fields:
            is_list_of_ids = field.is_repeated and field.type == FieldDescriptor.TYPE_STRING
            names |= {
                field.name,
                f"{message.name}.{field.name}",
                field.name.removesuffix("s" if is_list_of_ids else ""),
            }
    tables = (annotations.LENGTHS, annotations.PATTERNS, annotations.AMOUNTS, annotations.NUMBERS, annotations.COUNTS)
    assert {name for table in (*tables, annotations.WITHOUT_RULES) for name in table} - names == set()
