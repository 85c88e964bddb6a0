"""What an operation is about, from the wire, and the reference of an operation that may have none of its own."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from ledgerapi.v1 import operation_pb2

from ledgerd.core.model import limits
from ledgerd.core.model.ids import BATCH, TRANSACTION, decode
from ledgerd.core.model.operation import Target, Targeted, derived_reference
from ledgerd.core.model.rejection import Rejection, Violation
from ledgerd.core.model.text import is_label
from ledgerd.wire import fields

_REQUIRED = Violation("target", "one of transaction_id, reference and batch_id is required")
_TARGET_REFERENCE_FORM = f"required: {fields.LABEL_RULE}"
Requested = TypeVar("Requested", bound=Targeted)


def read(message: operation_pb2.TransactionTarget, violations: list[Violation]) -> Target:
    """What an operation is about. A malformed target adds a violation."""
    which = message.WhichOneof("target")
    if which == "transaction_id":
        if decode(TRANSACTION, message.transaction_id) is None:
            violations.append(Violation("target.transaction_id", "a transaction id (txn_…)"))
        return Target(message.transaction_id)
    if which == "batch_id":
        if decode(BATCH, message.batch_id) is None:
            violations.append(Violation("target.batch_id", "a batch id (bat_…)"))
        return Target(message.batch_id)
    if which is None:
        violations.append(_REQUIRED)
    elif not (message.reference and is_label(message.reference, limits.REFERENCE_MAX_CHARS)):
        violations.append(Violation("target.reference", _TARGET_REFERENCE_FORM))
    return Target(reference=message.reference)


def judged(operation: Requested, violations: Sequence[Violation], path: str) -> Requested | Rejection:
    """As fields.judged, for an operation that may have no reference of its own: it is derived from the target, which
    may have to be found first."""
    requested = fields.judged(operation, violations, path)
    if isinstance(requested, Rejection) or requested.reference or not requested.target.id:
        return requested
    return replace(requested, reference=derived_reference(requested, requested.target.id))
