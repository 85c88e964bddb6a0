"""The rules that the contract has for requests are those of the service: what they reject it rejects, by the same name,
and what they accept at their bounds is not malformed."""

from collections.abc import Iterator
from typing import Any

import protovalidate
import pytest
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message

from tests.conftest import Server
from tests.repo import annotations
from tests.rpc import contract

REASONS = {
    *("SEQUENCE_OUT_OF_ORDER", "TOO_MANY_ITEMS", "SPLIT_INVALID", "FILTER_INVALID", "PAGE_TOKEN_INVALID"),
    *("CURSOR_INVALID", "MESSAGE_TOO_LARGE"),
}
"""Why the service rejects what the rules reject, where not with FIELD_INVALID."""
ID = "_01hzzzzzzzzzzzzzzzzzzzzzzz"
GOOD: dict[str, tuple[str, ...]] = {
    **{f"{noun}_id": (prefix + ID,) for noun, prefix in (("ledger", "ldg"), ("balance", "bln"), ("identity", "idt"))},
    **{f"{noun}_id": (prefix + ID,) for noun, prefix in (("transaction", "txn"), ("monitor", "mon"), ("batch", "bat"))},
    **{f"{noun}_id": (prefix + ID,) for noun, prefix in (("event", "evt"), ("verification", "ver"))},
    **dict.fromkeys(("currency", "default_currency"), ("X", "A" * 32, "B-2_.C")),
    **{f"{noun}_id": (prefix + ID,) for noun, prefix in (("external_source", "src"), ("upload", "upl"))},
    "external_record_id": ("xrc" + ID,),
    "age_buckets_external_source_id": ("src" + ID,),
    **{f"{noun}_id": (prefix + ID,) for noun, prefix in (("matching_rule", "rul"), ("matching_rule_set", "rst"))},
    "auto_confirmed_matching_rule_id": ("rul" + ID,),
    **dict.fromkeys(("credit_word", "debit_word", "booked_word", "pending_word", "information_word"), ("x",)),
    "indicator": ("@a", "@" + "x" * 127, "@A-z_.:9"),
    **dict.fromkeys(("source", "destination", "balance"), ("@a", "@" + "x" * 127, "bln" + ID)),
    **dict.fromkeys(("birth_date", "booking_date", "value_date", "begin_date", "end_date", "date"), ("1900-01-01",)),
    "age_bucket_day": (1,),
    "reconciliation_id": ("rec" + ID,),
    "reconciliation_exception_id": ("rex" + ID,),
    "reconciliation_statement_id": ("rcs" + ID,),
    "reconciliation_adjustment_id": ("adj" + ID,),
    "reference": ("r",),
    **dict.fromkeys(("country", "nationality"), ("NG",)),
    **dict.fromkeys(("amount", "overdraft_limit"), ("0.5", "1", "9" * 35, "1." + "0" * 62)),
    **dict.fromkeys(("precise_amount", "precise_overdraft_limit"), ("1", "9" * 36)),
    "percent": ("100", "0.5", "1." + "0" * 62),
    **dict.fromkeys(("threshold", "decimal"), ("-0.5", "1", "-1." + "0" * 62)),
    **dict.fromkeys(("precise_threshold", "precise"), ("-1", "1", "9" * 36)),
}
"""Texts that have the form of a field, by the name of the field."""
OTHER_SPELLING = {"precise": "decimal", "decimal": "precise"}
NOT_REACHED = {
    *(("ListIdentityBalances", name) for name in ("page_size", "page_token", "filter", "max_response_bytes", "view")),
    ("CreateIdentity", "balances[0].identity_id"),
    ("BatchCreateIdentities", "requests[0].balances[0].identity_id"),
}
"""What the service does not come to: the identity of these requests does not exist, or not yet."""
OF_NOBODY = {
    *("ListMatches", "ListUnmatchedRows", "ConfirmMatches", "RejectMatches"),
}
"""Methods that find nobody's run or source before they look further: they have tests of their own."""
JUDGED_FURTHER = {("PostBatch", "view"), ("PostStream", "open.view"), ("StartReconciliation", "statuses")}
"""Enums of which the service takes some values only."""
NOT_SUPPORTED = {"clear_threshold", "allocation_strategy"}
NEVER_NEGATIVE = {"at_most", "total", "increase", "decrease"}
"""An Amount may be negative; these amounts may not."""
BAD = ["?", " 1", "1 ", "01", "1e3", "1.", ".5", "+1", "-", "--1", "abc", "@", "x" * 200, "1" * 66, "ldg" + ID + "0"]
"""Texts that have the form of no field."""


def samples(field: FieldDescriptor) -> Iterator[tuple[Any, bool]]:
    """Values of a field at the bounds of its rules, each with whether the rules accept it."""
    rules = annotations.rules_of(known(field))
    for path, bound in rules.items():
        kind = path.rpartition(".")[2]
        if kind == "pattern":
            name = field.name.removesuffix("s") if field.is_repeated else field.name
            yield from ((text, True) for text in GOOD[name])
            yield from ((text, False) for text in BAD)
        elif path == "bytes.max_len":
            yield b"x" * (bound + 1), False
        elif kind == "max_len" and "string.pattern" not in rules:
            yield "é" * (bound + 1), False
        elif kind in ("gte", "lte") and field.message_type is None:
            yield bound, True
            yield bound + (1 if kind == "lte" else -1), False
        elif kind == "const":
            yield not bound, False
            yield bound, True
        elif kind == "defined_only":
            yield 99, False
            yield max(field.enum_type.values_by_number), True
        elif kind == "not_in":
            yield from ((value, False) for value in bound)


def is_read(method: MethodDescriptor, path: contract.Path) -> bool:
    """Whether the service looks at the field: it ignores what is output only, in updates what never changes, and the
    etag of what is new."""
    if path[-1].name == "etag" and "Create" in method.name:
        return False
    if method.name in OF_NOBODY or (method.name, contract.text(path)) in JUDGED_FURTHER:
        return False
    if NOT_SUPPORTED & {field.name for field in path} or (method.name, contract.text(path)) in NOT_REACHED:
        return False
    behaviors = {behavior for field in path for behavior in annotations.behaviors(known(field))}
    return "OUTPUT_ONLY" not in behaviors and not ("IMMUTABLE" in behaviors and method.name.startswith("Update"))


def known(field: FieldDescriptor) -> FieldDescriptor:
    """The field in the pool that knows all options."""
    return annotations.pool().FindFieldByName(field.full_name)


CASES = [
    (method, path) for method in contract.METHODS for path in contract.paths(method.input_type) if is_read(method, path)
]


def request_with(method: MethodDescriptor, path: contract.Path, value: Any) -> Message:
    message = contract.with_siblings(contract.REQUESTS[method.name](), path)
    contract.put(message, path, value)
    if path[-1].containing_type.name == "Amount" and path[-1].name in OTHER_SPELLING:
        contract.put(message, (*path[:-1], path[-1].containing_type.fields_by_name[OTHER_SPELLING[path[-1].name]]), "")
    return message


def broken(message: Message, path: contract.Path) -> list[str]:
    """The rules that a request breaks at this field."""
    names = [field.name for field in path]
    return [
        violation.proto.rule_id
        for violation in protovalidate.collect_violations(message)
        if [element.field_name for element in violation.proto.field.elements] == names
    ]


async def is_rejected(server: Server, method: MethodDescriptor, path: contract.Path, message: Message) -> bool:
    told = await contract.ask(server, method, message)
    named = {name for answer in told for name in answer.rejection.fields}
    return bool(contract.names(method, path) & named or REASONS & {answer.rejection.reason for answer in told})


async def test_the_rules_are_those_of_the_service(server: Server) -> None:
    wrong, asked = [], 0
    for method, path in CASES:
        for value, is_good in samples(path[-1]):
            if str(value).startswith("-") and is_good and NEVER_NEGATIVE & {field.name for field in path}:
                continue
            message = request_with(method, path, value)
            answer = await is_rejected(server, method, path, message), bool(broken(message, path))
            asked += 1
            if answer != (not is_good, not is_good):
                wrong.append((method.name, contract.text(path), ascii(value)[:40], is_good, answer))
    assert wrong == []
    assert asked > 1_000


def item(field: FieldDescriptor) -> Any:
    """An element of a list; None for a message."""
    if field.message_type is not None:
        return None
    return 1 if field.enum_type is not None else GOOD[field.name.removesuffix("s")][0]


async def test_a_list_has_at_most_what_the_service_takes(server: Server) -> None:
    wrong, asked = [], 0
    for method, path in CASES:
        bound = annotations.rules_of(known(path[-1])).get("repeated.max_items")
        if bound is None:
            continue
        message = contract.REQUESTS[method.name]()
        contract.put(message, path, item(path[-1]))
        items = contract.at(message, path)
        items.extend([items[0]] * bound)
        asked += 1
        breaks = set(broken(message, path)) - {"repeated.unique"}  # They are all the same.
        if not (await is_rejected(server, method, path, message) and breaks == {"repeated.max_items"}):
            wrong.append((method.name, contract.text(path), broken(message, path)))
    assert wrong == []
    assert asked > 8


async def test_what_may_stand_in_a_list_once_is_rejected_twice(server: Server) -> None:
    asked = 0
    for method, path in CASES:
        if annotations.rules_of(known(path[-1])).get("repeated.unique"):
            message = contract.REQUESTS[method.name]()
            contract.put(message, path, item(path[-1]))
            assert broken(message, path) == []
            contract.at(message, path).append(item(path[-1]))
            asked += 1
            assert broken(message, path) == ["repeated.unique"]
            told = await contract.ask(server, method, message)
            named = {name for answer in told for name in answer.rejection.fields}
            assert {name + "[1]" for name in contract.names(method, path)} & named, (method.name, named)
    assert asked == 5


@pytest.mark.parametrize("method", contract.METHODS, ids=lambda method: method.name)
def test_a_request_in_which_nothing_is_malformed_breaks_no_rule(method: MethodDescriptor) -> None:
    violations = protovalidate.collect_violations(contract.REQUESTS[method.name]())
    assert [(violation.proto.rule_id, str(violation.proto.field)) for violation in violations] == []


async def test_what_is_required_is_required_by_the_service(server: Server) -> None:
    wrong, asked = [], 0
    for method, path in CASES:
        if not annotations.rules_of(known(path[-1])).get("required") or any(field.is_repeated for field in path[:-1]):
            continue
        message = contract.REQUESTS[method.name]()
        outer = contract.at(message, path[:-1])
        if path[:-1] and not outer.ByteSize():
            continue  # Inside of what the request does not have.
        outer.ClearField(path[-1].name)
        told = await contract.ask(server, method, message)
        asked += 1
        if not told or "required" not in broken(message, path):
            wrong.append((method.name, contract.text(path), told, broken(message, path)))
    assert wrong == []
    assert asked > 40
