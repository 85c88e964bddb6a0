"""Events that follow from arrivals, as subscribers see them."""

from ledgerapi.v1 import event_pb2

from ledgerd.core.model.arrival_events import ExternalSourceLate, ReconciliationProof
from ledgerd.wire import encode, reconciliation_statements


def late(event: event_pb2.ExternalSourceLateEvent, payload: ExternalSourceLate) -> None:
    """A source is late."""
    event.external_source_id = payload.source_id
    event.late_since.CopyFrom(encode.time(payload.late_since))


def proof(event: event_pb2.ReconciliationProofEvent, payload: ReconciliationProof) -> None:
    """What a proof found."""
    event.CopyFrom(
        event_pb2.ReconciliationProofEvent(
            external_source_id=payload.source_id,
            reconciliation_id=payload.reconciliation_id,
            currency=payload.currency,
            date=payload.day,
            proof=reconciliation_statements.encode_proof(payload.proof, payload.precision, payload.currency),
            only_in_bank_count=payload.only_in_bank,
            only_in_ledger_count=payload.only_in_ledger,
            ignored_in_bank_count=payload.ignored_in_bank,
            ignored_in_ledger_count=payload.ignored_in_ledger,
            difference_count=payload.differences,
        )
    )
