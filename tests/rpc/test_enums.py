"""A number that is no value of its enum is rejected wherever an enum comes in, and named."""

from google.protobuf.descriptor import FieldDescriptor
from ledgerapi.v1 import operation_pb2, transaction_pb2

from tests.conftest import Server
from tests.rpc import contract

PASSED_OVER = {
    ("CreateBalance", "balance.status"): "output only",
    ("UpdateBalance", "balance.status"): "output only",
    ("BatchCreateBalances", "requests[0].balance.status"): "output only",
    ("BatchCreateIdentities", "requests[0].balances[0].status"): "output only",
    ("BatchCreateIdentities", "requests[0].identity.identity_type"): "output only",
    ("CreateIdentity", "balances[0].status"): "output only",
    ("CreateIdentity", "identity.identity_type"): "output only",
    ("UpdateIdentity", "identity.identity_type"): "output only",
}
"""What is not read at all: a caller may send back the resource that it was given, also by a later version."""

NOT_TAKEN = {
    (method, path, operation_pb2.TRANSACTION_VIEW_DECIMALS): "results in bulk have no decimals"
    for method, path in (("PostBatch", "view"), ("PostStream", "open.view"))
} | {
    ("StartReconciliation", "statuses", number): "nothing moved, or no more"
    for name, number in transaction_pb2.TransactionStatus.items()
    if name not in {"TRANSACTION_STATUS_APPLIED", "TRANSACTION_STATUS_INFLIGHT"}
}
"""Values that an enum has, and that one of its fields does not take."""

REQUIRED = ("field", "operator", "kind", "kinds", "outcome", "format", "state")


async def test_numbers_that_no_enum_has_are_rejected_by_name(server: Server) -> None:
    asked, silent = set(), {}
    for method in contract.METHODS:
        for path in contract.paths(method.input_type):
            if path[-1].type != FieldDescriptor.TYPE_ENUM:
                continue
            key = (method.name, contract.text(path))
            asked.add(key)
            for number in (99, -1):
                told = await contract.violations(server, method, path, number)
                if not contract.names(method, path) & {*told}:
                    silent[key] = told
    assert {key: told for key, told in silent.items() if key not in PASSED_OVER} == {}
    assert silent.keys() == PASSED_OVER.keys()
    assert len(asked) > 15


async def test_every_value_that_an_enum_has_is_accepted(server: Server) -> None:
    for method in contract.METHODS:
        for path in contract.paths(method.input_type):
            if path[-1].type != FieldDescriptor.TYPE_ENUM:
                continue
            for value in path[-1].enum_type.values:
                told = await contract.violations(server, method, path, value.number)
                is_read = (method.name, contract.text(path)) not in PASSED_OVER
                is_required = value.number == 0 and path[-1].name in REQUIRED and is_read
                is_rejected = is_required or (method.name, contract.text(path), value.number) in NOT_TAKEN
                assert bool(told) == is_rejected, (method.name, contract.text(path), value.number, told)


def test_there_is_a_request_of_every_method_that_is_served() -> None:
    assert contract.REQUESTS.keys() == {method.name for method in contract.METHODS}
    for method in contract.METHODS:
        assert contract.REQUESTS[method.name]().DESCRIPTOR is method.input_type


async def test_nothing_in_these_requests_is_malformed(server: Server) -> None:
    for method in contract.METHODS:
        told = await contract.ask(server, method, contract.REQUESTS[method.name]())
        assert {answer.rejection.reason for answer in told} & {"FIELD_INVALID", "INTERNAL"} == set(), (
            method.name,
            told,
        )
