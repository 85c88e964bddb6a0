"""Drafts without a currency, and the default of the service, which every server knows at once."""

from typing import Any

import asyncpg
import pytest
from ledgerapi.v1 import admin_service_pb2, draft_pb2, event_pb2

from ledgerd.operations.verify import verify
from tests.conftest import Server
from tests.rpc import wire

pb = admin_service_pb2


def draft(reference: str, source: str, destination: str, **more: Any) -> draft_pb2.Draft:
    return wire.draft(reference, source, destination, 5, **{"currency": "", "allow_overdraft": True, **more})


async def set_default(server: Server, currency: str, **more: Any) -> Any:
    asked = pb.UpdateServiceSettingsRequest(
        service_settings={"default_currency": currency, **more}, update_mask={"paths": ["default_currency"]}
    )
    return (await server.admin.UpdateServiceSettings(asked)).service_settings


async def get(server: Server) -> Any:
    return (await server.admin.GetServiceSettings(pb.GetServiceSettingsRequest())).service_settings


@pytest.mark.parametrize("named", ["source", "destination"])
async def test_a_balance_named_by_id_fixes_the_currency(server: Server, named: str) -> None:
    euros = await wire.open_balance(server, currency="EUR")
    sides = {"source": "@World", "destination": "@World", named: euros}
    posted = (await wire.record(server, draft("r", **sides))).transaction
    assert posted.amount.currency == "EUR"
    assert (await wire.record(server, draft("r", **sides))).replayed
    assert (await wire.record(server, draft("r", **sides, currency="EUR"))).replayed
    conflict = await wire.rejection(wire.record(server, draft("r", **sides, currency="USD")))
    assert (conflict.reason, conflict.details["fields"]) == ("REFERENCE_CONFLICT", "currency")


async def test_balances_of_two_currencies_do_not_agree(server: Server) -> None:
    euros, dollars = await wire.open_balance(server, currency="EUR"), await wire.open_balance(server)
    rejection = await wire.rejection(wire.record(server, draft("r", euros, dollars)))
    assert rejection.reason == "CURRENCY_MISMATCH"


async def test_between_indicators_there_must_be_a_default(server: Server) -> None:
    rejection = await wire.rejection(wire.record(server, draft("r", "@World", "@Fees")))
    assert (rejection.code, rejection.reason) == ("INVALID_ARGUMENT", "CURRENCY_REQUIRED")
    assert not await wire.exists(server, "@Fees")
    await set_default(server, "USD")
    assert (await wire.record(server, draft("r", "@World", "@Fees"), preview=True)).transaction.amount.currency == "USD"
    assert (await wire.record(server, draft("r", "@World", "@Fees"))).transaction.amount.currency == "USD"
    await set_default(server, "")
    rejection = await wire.rejection(wire.record(server, draft("r2", "@World", "@Fees")))
    assert rejection.reason == "CURRENCY_REQUIRED"


async def test_another_default_makes_no_conflict_of_a_repetition(server: Server) -> None:
    await set_default(server, "USD")
    first = (await wire.record(server, draft("r", "@World", "@Fees"))).transaction
    await set_default(server, "EUR")
    again = await wire.record(server, draft("r", "@World", "@Fees"))
    assert (again.replayed, again.transaction.id) == (True, first.id)
    assert not await wire.exists(server, "@Fees", "EUR"), "a repetition opens nothing"
    assert (await wire.record(server, draft("r2", "@World", "@Fees"))).transaction.amount.currency == "EUR"


async def test_in_batches_streams_and_splits_too(server: Server) -> None:
    euros = await wire.open_balance(server, currency="EUR")
    await set_default(server, "USD")
    split = draft("split", "@World", "")
    split.destinations.shares.add(balance="@Fees", precise_amount="2")
    split.destinations.shares.add(balance=euros, remainder=True)
    drafts = [draft("plain", "@World", "@Fees"), split, draft("queued", "@World", "@Till", queue=True)]
    answer = await wire.batch(server, [wire.post(each) for each in drafts], view=wire.FULL)
    currencies = [result.posted.transaction.amount.currency for result in answer.results]
    assert currencies == ["USD", "EUR", "USD"]
    upload = wire.Upload(server)
    await upload.open()
    again = [wire.post(each) for each in (*drafts[:2], draft("new", "@World", euros))]
    await upload.send(chunk=wire.pb.PostStreamChunk(sequence=1, operations=again))
    assert wire.outcomes((await upload.result()).results) == ["replayed", "replayed", "posted"]


async def test_every_server_knows_another_default_at_once(dsn: str) -> None:
    async with wire.two_servers(dsn) as (first, second):
        for number, currency in enumerate(("USD", "EUR", "GBP")):
            await set_default(first, currency)
            posted = (await wire.record(second, draft(f"r{number}", "@World", "@Fees"))).transaction
            assert posted.amount.currency == currency


async def test_settings_are_guarded_by_their_etag_and_told(server: Server, connection: asyncpg.Connection) -> None:
    watching = await wire.watch_events(server, kinds=[event_pb2.EVENT_KIND_SERVICE_SETTINGS_UPDATED])
    before = await get(server)
    assert (before.default_currency, before.HasField("update_time")) == ("", False)
    after = await set_default(server, "USD", etag=before.etag)
    assert after == await get(server)
    assert after.HasField("update_time")
    rejection = await wire.rejection(set_default(server, "EUR", etag=before.etag))
    assert (rejection.code, rejection.reason) == ("ABORTED", "ETAG_MISMATCH")
    assert rejection.details == {"given": before.etag, "etag": after.etag}
    assert await set_default(server, "USD") == after, "nothing has changed"
    (event,) = await watching.events(1)
    watching.cancel()
    told = event.service_settings
    assert (told.service_settings.default_currency, told.before.default_currency) == ("USD", "")
    assert list(told.changed_fields) == ["default_currency"]
    assert (await verify(connection)).faults == []
    await connection.execute("UPDATE service_settings SET default_currency = 'EUR'")
    assert "settings are what was told of them" in str((await verify(connection)).faults)


async def test_a_malformed_default_is_named(server: Server) -> None:
    rejection = await wire.rejection(set_default(server, "usd"))
    assert (rejection.reason, rejection.fields) == ("FIELD_INVALID", ("service_settings.default_currency",))


async def test_a_precision_of_nothing_is_none(server: Server) -> None:
    """The least precision is 1, that of a currency without decimals, so 0 is free to say that none is given."""
    yen = await wire.open_balance(server, currency="JPY")
    for number, precision in enumerate((0, 1)):
        draft = wire.from_world(f"r{number}", yen, "5", currency="JPY", precision=precision)
        assert (await wire.record(server, draft)).transaction.amount.precision == 1
    assert (await wire.rejection(wire.record(server, wire.from_world("s", yen, "5", precision=-1)))).fields == (
        "draft.precision",
    )
