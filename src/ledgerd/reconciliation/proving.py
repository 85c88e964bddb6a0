"""Whether the balances of a source are explained to the last unit, as of the bank's last closing balances."""

import uuid

import asyncpg

from ledgerd.core.model import ids
from ledgerd.core.model.arrival_events import ReconciliationProof
from ledgerd.core.model.reconciliation_statement import ReconciliationStatement, TimeBasis
from ledgerd.reconciliation.statement_loading import CurrencyNotInSource, load_statement
from ledgerd.store import reconciliation_statements as stored


async def proofs(connection: asyncpg.Connection, source_id: uuid.UUID, run_id: uuid.UUID) -> list[ReconciliationProof]:
    """One for each currency in which there is a balance by the bank. The connection is in no transaction."""
    found = []
    for currency, day in await stored.closings(connection, source_id):
        try:
            statement = await load_statement(connection, source_id, currency, day, TimeBasis.RECORD)
        except CurrencyNotInSource:
            continue
        if statement.proof is not None:
            found.append(_proof(statement, source_id, run_id))
    return found


def _proof(statement: ReconciliationStatement, source_id: uuid.UUID, run_id: uuid.UUID) -> ReconciliationProof:
    scope, proof = statement.scope, statement.proof
    assert proof is not None
    return ReconciliationProof(
        source_id=ids.encode(ids.EXTERNAL_SOURCE, source_id.int),
        reconciliation_id=ids.encode(ids.RECONCILIATION, run_id.int),
        currency=scope.currency,
        precision=scope.precision,
        day=scope.day.isoformat(),
        proof=proof,
        only_in_bank=statement.only_in_bank.count,
        only_in_ledger=statement.only_in_ledger.count,
        ignored_in_bank=statement.ignored_in_bank.count,
        ignored_in_ledger=statement.ignored_in_ledger.count,
        differences=statement.differences.count,
    )
