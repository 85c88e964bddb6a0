"""A preview of a draft: what the real call would answer, and nothing written."""

from typing import Any

from ledgerapi.v1 import draft_pb2

from tests.conftest import Server
from tests.rpc import wire


async def test_a_preview_shows_the_figures_and_writes_nothing(server: Server) -> None:
    asked = wire.from_world("r", "@New", 5, group="g", metadata={"a": "b"})
    preview = (await wire.record(server, asked, preview=True)).transaction
    assert preview.id == ""
    assert not await wire.exists(server, "@New")
    assert not await wire.exists(server, "@World")
    assert await wire.listed(server) == []
    real = (await wire.record(server, asked)).transaction
    for transaction in (preview, real):
        for name in ("id", "source_id", "destination_id", "create_time", "record_time", "effective_time"):
            transaction.ClearField(name)
        transaction.source_figures.ClearField("balance_id")
        transaction.destination_figures.ClearField("balance_id")
    assert preview == real


REJECTED_DRAFTS: dict[str, dict[str, Any]] = {
    "BALANCE_NOT_FOUND": {"source": "bln_01hzzzzzzzzzzzzzzzzzzzzzzz"},
    "SAME_BALANCE": {"source": "@Sales", "destination": "@Sales"},
    "PRECISION_REQUIRED": {"currency": "POINTS", "destination": "@Other"},
    "CURRENCY_MISMATCH": {"currency": "EUR"},
    "PRECISION_MISMATCH": {"precision": 1},
    "AMOUNT_TOO_PRECISE": {"amount": "0.001"},
    "AMOUNT_OUT_OF_BOUNDS": {"precise_amount": "0"},
    "INSUFFICIENT_FUNDS": {"allow_overdraft": False, "source": "@Empty"},
    "REFERENCE_CONFLICT": {"reference": "taken"},
}


async def test_a_preview_is_rejected_as_the_real_draft_is(server: Server) -> None:
    till = await wire.open_balance(server)
    await wire.record(server, wire.from_world("taken", till, 5))
    for reason, change in REJECTED_DRAFTS.items():
        fields = {"reference": "r", "source": "@World", "destination": till, "currency": "USD", "allow_overdraft": True}
        amount = {} if "amount" in change else {"precise_amount": "7"}
        asked = draft_pb2.Draft(**{**fields, **amount, **change})
        preview = await wire.rejection(wire.record(server, asked, preview=True))
        real = await wire.rejection(wire.record(server, asked))
        assert preview.reason == reason
        if reason not in ("SAME_BALANCE", "INSUFFICIENT_FUNDS"):  # Their balance has no id before it exists.
            assert preview == real
        assert (preview.reason, preview.code) == (real.reason, real.code)


async def test_a_preview_of_what_is_recorded_is_a_replay(server: Server) -> None:
    asked = wire.from_world("r", "@Sales", 5)
    recorded = await wire.record(server, asked)
    preview = await wire.record(server, asked, preview=True)
    assert preview.replayed
    assert preview.transaction == recorded.transaction
