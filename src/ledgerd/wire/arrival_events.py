"""Events that follow from arrivals, as subscribers see them."""

from ledgerapi.v1 import amount_pb2, event_pb2

from ledgerd.core.model.arrival_events import BalanceProof, SourceLate
from ledgerd.wire import encode


def late(event: event_pb2.SourceLateEvent, payload: SourceLate) -> None:
    """A source is late."""
    event.external_source_id = payload.source_id
    event.late_since.CopyFrom(encode.time(payload.late_since))


def proof(event: event_pb2.BalanceProofEvent, payload: BalanceProof) -> None:
    """What a proof found."""

    def amount(minor: int) -> amount_pb2.Amount:
        return encode.amount(minor, payload.precision, payload.currency)

    event.CopyFrom(
        event_pb2.BalanceProofEvent(
            external_source_id=payload.source_id,
            reconciliation_id=payload.reconciliation_id,
            statement_date=payload.day,
            bank_balance=amount(payload.bank_balance),
            ledger_balance=amount(payload.ledger_balance),
            opening=amount(payload.opening),
            only_in_bank=amount(payload.only_in_bank),
            only_in_bank_count=payload.only_in_bank_count,
            only_in_ledger=amount(payload.only_in_ledger),
            only_in_ledger_count=payload.only_in_ledger_count,
            ignored_in_bank=amount(payload.ignored_in_bank),
            ignored_in_ledger=amount(payload.ignored_in_ledger),
            differences=amount(payload.differences),
            difference_count=payload.difference_count,
            unexplained=amount(payload.unexplained),
        )
    )
