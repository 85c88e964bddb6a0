"""Differences are told in the precision in which a run compared, whatever rows and balances they are about."""

from decimal import Decimal

import pytest
from google.protobuf import field_mask_pb2
from ledgerapi.v1 import reconciliation_service_pb2 as pb

from tests.conftest import Server
from tests.rpc import records, rules, runs, wire


@pytest.mark.parametrize("has_finer_rows", [False, True])
async def test_a_difference_is_told_in_the_precision_of_the_run(server: Server, has_finer_rows: bool) -> None:
    """The balance of the run has one decimal, the record that differs has two, and another one may have four."""
    source_id, _, _ = await runs.bank(server)
    coarse = await wire.open_balance(server, "USD", precision=10)
    about = await rules.create(server, criteria=[runs.ABOUT, rules.REFERENCE])
    await wire.record(server, wire.from_world("ref-0", coarse, 10, precision=10))
    await records.upload(server, source_id, runs.told(1, 0, "1.05"))
    expected = [Decimal("0.05")]
    if has_finer_rows:
        fine = await wire.open_balance(server, "USD", precision=10_000)
        await server.reconciliations.UpdateExternalSource(
            pb.UpdateExternalSourceRequest(
                external_source={"id": source_id, "balance_ids": [fine]},
                update_mask=field_mask_pb2.FieldMask(paths=["balance_ids"]),
            )
        )
        await records.upload(server, source_id, [records.record("finer", "7.0001")])
        expected.append(Decimal("7.0001"))
    found = await runs.run(server, source_id, about.id, balance_ids=[coarse])
    listed = await server.reconciliations.ListMatches(pb.ListMatchesRequest(reconciliation_id=found.id))
    assert [Decimal(match.difference.decimal) for match in listed.reconciliation_matches] == expected[:1]
    opened = await server.reconciliations.ListReconciliationExceptions(
        pb.ListReconciliationExceptionsRequest(filter=f"external_source_id = {source_id}")
    )
    assert sorted(Decimal(each.amount.decimal) for each in opened.reconciliation_exceptions) == expected
