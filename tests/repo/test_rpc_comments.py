"""The reasons in the comment of an RPC are those that it can give: by its code, and by the tables of the rules."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import descriptor_pb2
from ledgerapi.v1 import error_reason_pb2

from ledgerd.core import adjustments, amendments, compound, deferred, holds, posting, refunds, splits
from ledgerd.core.model.operation import AdjustHold, Cancel, Operation, Post, Refund, Reschedule, ResolveHold, Verdict
from ledgerd.core.model.rejection import Reason
from ledgerd.rpc.servicers.admin import AdminServicer
from ledgerd.rpc.servicers.events import EventServicer
from ledgerd.rpc.servicers.identities import IdentityServicer
from ledgerd.rpc.servicers.ledgers import LedgerServicer
from ledgerd.rpc.servicers.monitors import MonitorServicer
from ledgerd.rpc.servicers.reconciliations import ReconciliationServicer
from ledgerd.rpc.servicers.transactions import TransactionServicer
from ledgerd.wire import errors
from tests.core.test_precedence import BEYOND_THE_RULES, TABLES
from tests.repo import reach

SERVICERS = (
    *(LedgerServicer, TransactionServicer, MonitorServicer, EventServicer, IdentityServicer, AdminServicer),
    ReconciliationServicer,
)
DESCRIBED = Path(__file__).parents[2] / "protos/gen/ledgerapi/v1/descriptor_set.binpb"
DECIDED_ELSEWHERE = ("ledgerd.core", "ledgerd.poster")
"""The rules and what applies them: which of them an operation meets does not show in the code of its RPC."""
IN_CORE = "ledgerd.core.model"

AnyOperation = Callable[[Any], bool]
POSTS: dict[str, AnyOperation] = {
    "PostTransaction": lambda operation: isinstance(operation, Post),
    "CommitHold": lambda operation: isinstance(operation, ResolveHold) and not operation.void,
    "AdjustHold": lambda operation: isinstance(operation, AdjustHold),
    "VoidHold": lambda operation: isinstance(operation, ResolveHold) and operation.void,
    "RefundTransaction": lambda operation: isinstance(operation, Refund),
    "CancelTransaction": lambda operation: isinstance(operation, Cancel),
    "RescheduleTransaction": lambda operation: isinstance(operation, Reschedule),
    "ApproveTransaction": lambda operation: isinstance(operation, Verdict) and operation.approves,
    "DenyTransaction": lambda operation: isinstance(operation, Verdict) and not operation.approves,
}
"""The RPCs that hand one operation to the rules, and which operation of the tables is theirs."""
ON_PARENTS = ("CommitHold", "VoidHold", "RefundTransaction")
SEVERAL = ("PostBatch", "PostStream")
"""The RPCs that hand over several operations, whose rejections stand in the results."""

IN_GROUPS = {"REFERENCES_ALREADY_RECORDED", "NOT_APPLIED_WITH_GROUP"}
IN_CHUNKS = {"TOO_MANY_ITEMS", "MESSAGE_TOO_LARGE", "SEQUENCE_OUT_OF_ORDER"}
"""Of PostStreamChunkResult.rejection, with FIELD_INVALID."""
RULES: dict[str, tuple[Callable[..., Any], ...]] = {
    "PostTransaction": (posting.decide_post, splits.decide_split, deferred.defer_post, deferred.defer_split),
    "CommitHold": (holds.decide_hold,),
    "AdjustHold": (adjustments.decide_adjustment,),
    "RefundTransaction": (refunds.decide_refund, deferred.defer_refund, deferred.defer_compound_refund),
}
"""The rules of one operation, and what uses them."""
AMENDMENTS = ("CancelTransaction", "RescheduleTransaction", "ApproveTransaction", "DenyTransaction")

NOT_GIVEN = {
    # The run of an adjustment does not vanish.
    ("ReverseReconciliationAdjustment", "RECONCILIATION_NOT_FOUND"),
    # The match was made just before it is read.
    ("CreateMatch", "RECONCILIATION_MATCH_NOT_FOUND"),
    # A ledger and a balance are never deleted: they are read again by whoever has made or found them.
    ("CreateLedger", "LEDGER_NOT_FOUND"),
    ("CreateBalance", "BALANCE_NOT_FOUND"),
    ("BatchCreateBalances", "BALANCE_NOT_FOUND"),
    ("CreateIdentity", "BALANCE_NOT_FOUND"),
    ("BatchCreateIdentities", "BALANCE_NOT_FOUND"),
    ("UpdateMonitor", "BALANCE_NOT_FOUND"),
    ("DeleteMonitor", "BALANCE_NOT_FOUND"),
    # The three changes of a balance's status share their code.
    ("FreezeBalance", "BALANCE_NOT_EMPTY"),
    ("UnfreezeBalance", "BALANCE_NOT_EMPTY"),
    ("CloseBalance", "BALANCE_CLOSED"),
    # An adjustment of a batch is rejected before the batch is looked up.
    ("AdjustHold", "BATCH_NOT_FOUND"),
    ("AdjustHold", "BATCH_NOT_FINISHED"),
    # Its upload has one chunk of typed records, which fit, and a run is never deleted.
    ("StartReconciliation", "RECONCILIATION_NOT_FOUND"),
    # A kept statement is never deleted, nor is its source.
    ("CreateReconciliationStatement", "RECONCILIATION_STATEMENT_NOT_FOUND"),
    ("ConfirmReconciliationStatement", "EXTERNAL_SOURCE_NOT_FOUND"),
    # An exception is found with its source.
    ("UpdateReconciliationException", "EXTERNAL_SOURCE_NOT_FOUND"),
    # A refund has no overdraft limit.
    ("RefundTransaction", "OVERDRAFT_LIMIT_EXCEEDED"),
}
"""What the code of an RPC names and cannot give, and why."""


# What is said ----------------------------------------------------------------------------------


@cache
def comments() -> dict[str, str]:
    """The comment of every service and of every RPC."""
    described = descriptor_pb2.FileDescriptorSet.FromString(DESCRIBED.read_bytes())
    said = {}
    for file in described.file:
        texts = {tuple(place.path): place.leading_comments for place in file.source_code_info.location}
        for number, service in enumerate(file.service):
            said[service.name] = texts[6, number]
            said |= {method.name: texts[6, number, 2, place] for place, method in enumerate(service.method)}
    return {name: " ".join(text.split()) for name, text in said.items()}


_CODES = "|".join(code for code in grpc.StatusCode.__members__ if code != "OK")
_REASONS = {name.removeprefix("ERROR_REASON_") for name in error_reason_pb2.ErrorReason.keys()}  # noqa: SIM118


def said(name: str) -> set[tuple[str, str]]:
    """The pairs of code and reason in the lists of a comment: "NOT_FOUND: LEDGER_NOT_FOUND, IDENTITY_NOT_FOUND."."""
    lists = re.findall(rf"\b({_CODES}): (.*?)(?=\.(?: |$)|; (?:{_CODES}))", comments()[name])
    return {(code, reason) for code, text in lists for reason in re.findall(r"[A-Z_]+", text) if reason in _REASONS}


def reasons_said(name: str) -> set[str]:
    return {reason for _, reason in said(name)}


# What is given ---------------------------------------------------------------------------------


def methods() -> dict[str, tuple[type, Callable[..., Any]]]:
    """Every RPC that is served, with its servicer and its code, which the servicer may inherit."""
    return {
        name: (servicer, vars(part)[name])
        for servicer in SERVICERS
        for part in servicer.__mro__
        if part.__module__.startswith("ledgerd.")
        for name in vars(part)
        if name in comments()
    }


METHODS = methods()


def of_service(name: str) -> set[str]:
    """What any method of the same service may answer, by the comment of the service."""
    return reasons_said(METHODS[name][0].__name__.removesuffix("Servicer") + "Service")


def named(name: str) -> set[str]:
    """What the code of an RPC names, without the rules."""
    return {reason.value for reason in reach.reasons(METHODS[name][1], beyond=_is_elsewhere)}


def by_code(name: str) -> set[str]:
    """What it can give of that."""
    return named(name) - _not_given(name)


def named_by_rules(name: str) -> set[str]:
    """What the rules of its operation name."""
    return {reason.value for reason in reach.reasons(*RULES.get(name, ()))}


def _not_given(name: str) -> set[str]:
    return {reason for method, reason in NOT_GIVEN if method == name}


def _is_elsewhere(module: str) -> bool:
    return module.startswith(DECIDED_ELSEWHERE) and not module.startswith(IN_CORE)


def by_rules(name: str) -> set[str]:
    """What the rules can give for the operation of an RPC: the tables have a row that is rejected so."""
    operations: list[tuple[Reason, Operation]] = [(row[0], row[-1]) for table in TABLES for row in table]
    given = {reason.value for reason, operation in operations if POSTS[name](operation)}
    return given | {"REFERENCE_CONFLICT"} | ({"TOO_MANY_ITEMS"} & BEYOND_THE_RULES if name in ON_PARENTS else set())


def test_every_rpc_of_the_contract_is_looked_at() -> None:
    """Also those that a servicer inherits."""
    assert comments().keys() - METHODS.keys() == {
        servicer.__name__.replace("Servicer", "Service") for servicer in SERVICERS
    }


@pytest.mark.parametrize("name", [name for name in METHODS if name not in SEVERAL])
def test_an_rpc_names_what_it_can_give(name: str) -> None:
    given = by_code(name) | (by_rules(name) if name in POSTS else set())
    assert reasons_said(name) | of_service(name) == given | of_service(name)


@pytest.mark.parametrize("name", SEVERAL)
def test_an_rpc_of_several_operations_names_what_ends_it(name: str) -> None:
    """Its code can give more: what stands in the results of operations and chunks."""
    in_results = {reason for post in POSTS for reason in reasons_said(post)} | IN_GROUPS | IN_CHUNKS
    assert reasons_said(name) <= by_code(name)
    assert by_code(name) - reasons_said(name) - of_service(name) <= in_results


@pytest.mark.parametrize("name", RULES)
def test_the_rules_give_only_what_the_rpc_of_their_operation_names(name: str) -> None:
    """So a rule that can give another reason needs a place in the comment, and then a row in a table."""
    assert named_by_rules(name) - _not_given(name) <= reasons_said(name)


def test_the_rules_of_several_operations_give_only_what_one_of_their_rpcs_names() -> None:
    def reasons_of(names: tuple[str, ...]) -> set[str]:
        return {reason for name in names for reason in reasons_said(name) | _not_given(name)}

    assert {reason.value for reason in reach.reasons(compound.decide_compound)} <= reasons_of(ON_PARENTS)
    # An approval may apply the transaction, whose rejection is then no rejection of the approval; nor is a denial's.
    own = reach.reasons(amendments.decide_amendment, beyond=lambda module: module != amendments.__name__)
    assert {reason.value for reason in own} - {"REVIEW_DENIED"} <= reasons_of(AMENDMENTS)


@pytest.mark.parametrize("name", comments())
def test_a_reason_stands_under_its_code(name: str) -> None:
    codes = {reason.value: code.name for reason, (code, _) in errors.STATUSES.items()}
    assert {reason: code for code, reason in said(name) if codes.get(reason, code) != code} == {}


def test_no_exception_is_out_of_date() -> None:
    assert {(name, reason) for name, reason in NOT_GIVEN if reason not in named(name) | named_by_rules(name)} == set()
