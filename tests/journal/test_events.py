"""Events: what is written of each kind, and what a subscriber is shown of it."""

from typing import get_args

import asyncpg
import pytest
from google.protobuf.json_format import MessageToDict
from ledgerapi.v1 import event_pb2

from ledgerd.core.model import event as model
from ledgerd.core.model.chain import GENESIS
from ledgerd.core.model.event import Event, EventKind
from ledgerd.journal.cursor import Cursor, whole
from ledgerd.journal.reader import EVERYTHING, EventEntry, read_entry, read_page
from ledgerd.store import event_payloads, event_writer
from ledgerd.wire import events
from tests import builders as a
from tests.journal.commits import tick
from tests.journal.event_examples import BATCH_TEXT, EVENTS, NOON, OLDER, SHOWN, created, finished

NOT_GIVEN = (
    "UNSPECIFIED",
    "MONITOR_CLEARED",
    "IDENTITY_ERASED",
)


# The text ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", EventKind)
def test_a_payload_is_written_to_the_byte_and_read_back(kind: EventKind) -> None:
    payload, text = EVENTS[kind]
    assert event_payloads.to_json(payload) == text
    assert event_payloads.to_json(payload, "d1") == f'{text[:-1]}, "settings_digest": "d1"}}'
    for stored in (text, event_payloads.to_json(payload, "d1")):
        assert event_payloads.from_json(kind, stored) == payload


def test_every_payload_class_has_an_example() -> None:
    assert {type(payload) for payload, _ in EVENTS.values()} == set(get_args(model.Payload))


@pytest.mark.parametrize(("kind", "payload", "text"), OLDER)
def test_what_earlier_versions_wrote_is_read(kind: EventKind, payload: model.Payload, text: str) -> None:
    assert event_payloads.from_json(kind, text) == payload


@pytest.mark.parametrize(("kind", "payload", "text"), OLDER)
def test_what_earlier_versions_wrote_is_shown(kind: EventKind, payload: model.Payload, text: str) -> None:
    """Of what they did not tell there is the id."""
    entry = EventEntry(1, whole("epoch", 1, GENESIS), NOON, Event(kind, payload))
    assert payload.subject_id in str(events.show(entry).event)


def test_a_batch_that_was_not_accepted_first_says_nothing_of_it() -> None:
    assert event_payloads.to_json(finished()) == f"{BATCH_TEXT}}}"


async def beginning(connection: asyncpg.Connection) -> Cursor:
    return whole(await connection.fetchval("SELECT epoch FROM journal_head"), 0, GENESIS)


# What subscribers are shown ----------------------------------------------------------------------


async def test_subscribers_are_shown_what_was_written(connection: asyncpg.Connection) -> None:
    plan = a.plan()
    written = [Event(kind, payload) for kind, (payload, _) in EVENTS.items()]
    rows = [event_writer.event_row(plan, ordinal, event) for ordinal, event in enumerate(written, start=1)]
    await event_writer.write_journal(connection, plan, rows)
    head = await tick(connection)
    assert head == 1
    page = await read_page(connection, whole("epoch", 0, GENESIS), EVERYTHING, head=head)
    told = [MessageToDict(events.show(entry).event) for entry in page.entries]
    assert [event.pop("kind") for event in told] == [f"EVENT_KIND_{kind}" for kind in SHOWN]
    for event, shown in zip(told, SHOWN.values(), strict=True):
        assert event.pop("commitTime") == "2026-01-02T12:00:00Z"
        del event["cursor"], event["id"]
        assert event == shown


async def test_an_event_is_read_by_its_id_from_its_position_on(connection: asyncpg.Connection) -> None:
    plan = a.plan()
    rows = [event_writer.event_row(plan, 1, Event(EventKind.BALANCE_CREATED, created))]
    await event_writer.write_journal(connection, plan, rows)
    number = int(plan.block.hex(1), 16)
    assert await read_entry(connection, number) is None
    head = await tick(connection)
    (entry,) = (await read_page(connection, await beginning(connection), EVERYTHING, head=head)).entries
    assert await read_entry(connection, number) == entry
    assert [await read_entry(connection, number + away) for away in (-1, 1, 1 << 24)] == [None, None, None]


def test_every_kind_of_the_contract_has_a_source() -> None:
    """It is told of a transaction, or of an event that the core knows, or it is not given yet."""
    of_transactions = {*events.NEW_TRANSACTIONS.values(), *events.CHANGED_TRANSACTIONS.values()}
    of_events = {event_pb2.EventKind.Value(f"EVENT_KIND_{kind}") for kind in EventKind}
    not_given = {event_pb2.EventKind.Value(f"EVENT_KIND_{kind}") for kind in NOT_GIVEN}
    assert sorted([*of_transactions, *of_events, *not_given]) == sorted(event_pb2.EventKind.values())
    assert EVENTS.keys() == set(EventKind) == SHOWN.keys()
