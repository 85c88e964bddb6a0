"""Whether the balances of a source are explained to the last unit, as of the bank's last closing balances."""

import uuid

import asyncpg

from ledgerd.core.model import ids
from ledgerd.core.model.arrival_events import BalanceProof
from ledgerd.core.model.reconciliation_statement import ReconciliationStatement, TimeBasis
from ledgerd.reconciliation.statement_loading import NothingToState, load_statement
from ledgerd.store import reconciliation_statements as stored


async def proofs(connection: asyncpg.Connection, source_id: uuid.UUID, run_id: uuid.UUID) -> list[BalanceProof]:
    """One for each currency in which there is a balance by the bank. The connection is in no transaction."""
    found = []
    for currency, day in await stored.closings(connection, source_id):
        try:
            statement = await load_statement(connection, source_id, currency, day, TimeBasis.RECORD)
        except NothingToState:
            continue
        if statement.proof is not None:
            found.append(_proof(statement, source_id, run_id))
    return found


def _proof(statement: ReconciliationStatement, source_id: uuid.UUID, run_id: uuid.UUID) -> BalanceProof:
    scope, proof = statement.scope, statement.proof
    assert proof is not None
    return BalanceProof(
        source_id=ids.encode(ids.EXTERNAL_SOURCE, source_id.int),
        reconciliation_id=ids.encode(ids.RECONCILIATION, run_id.int),
        currency=scope.currency,
        precision=scope.precision,
        day=scope.day.isoformat(),
        bank_balance=proof.bank_balance,
        ledger_balance=proof.ledger_balance,
        opening=proof.opening,
        only_in_bank=proof.only_in_bank,
        only_in_bank_count=statement.only_in_bank.count,
        only_in_ledger=proof.only_in_ledger,
        only_in_ledger_count=statement.only_in_ledger.count,
        ignored_in_bank=proof.ignored_in_bank,
        ignored_in_ledger=proof.ignored_in_ledger,
        differences=proof.differences,
        difference_count=statement.differences.count,
        unexplained=proof.unexplained,
    )
