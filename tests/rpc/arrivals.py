"""Sources that match what arrives, in the domain's words."""

import asyncio
import uuid
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
from google.protobuf import timestamp_pb2
from ledgerapi.v1 import event_pb2, external_source_pb2
from ledgerapi.v1 import event_service_pb2 as events_pb
from ledgerapi.v1 import reconciliation_service_pb2 as pb

from ledgerd.core.model import ids
from tests.conftest import Server
from tests.rpc import records, rules, runs, wire

BEGUN_BY = "ledgerd:arrival"
MT940: dict[str, Any] = {"format": "FILE_FORMAT_MT940"}


class Arriving:
    """A source that matches what arrives by amount and reference, its balance, its set and its rule."""

    def __init__(
        self,
        server: Server,
        connection: asyncpg.Connection,
        source: external_source_pb2.ExternalSource,
        rule_id: str,
        set_id: str,
    ) -> None:
        self.server, self.connection = server, connection
        self.source_id, self.balance_id = source.id, source.balance_ids[0]
        self.rule_id, self.set_id = rule_id, set_id

    @classmethod
    async def open(
        cls,
        server: Server,
        connection: asyncpg.Connection,
        *,
        confirms: bool = False,
        debounce: int = 0,
        each_chunk: bool = False,
        **more: Any,
    ) -> "Arriving":
        rule = await rules.create(server)
        rule_set = await rules.create_set(server, rule.id)
        matching = {
            "matching_rule_set_id": rule_set.id,
            "auto_confirmed_matching_rule_ids": [rule.id] if confirms else [],
            "debounce_seconds": debounce,
            "each_chunk": each_chunk,
        }
        source = await records.source(server, match_on_arrival=matching, **more)
        return cls(server, connection, source, rule.id, rule_set.id)

    async def post(self, reference: str, amount: str | int, **more: Any) -> date:
        """Money that the balance receives: the day, in UTC."""
        posted = await wire.record(self.server, wire.from_world(reference, self.balance_id, amount, **more))
        return moment(posted.transaction.record_time).date()

    async def tell(self, *rows: Any) -> None:
        await records.upload(self.server, self.source_id, list(rows))

    async def begun(self) -> list[runs.Run]:
        """Its runs, in the order in which they were begun."""
        request = pb.ListReconciliationsRequest(
            filter=f"external_source_id = {self.source_id}", order_by="create_time", page_size=100
        )
        return list((await self.server.reconciliations.ListReconciliations(request)).reconciliations)

    async def done(self, count: int) -> list[runs.Run]:
        """Its runs, once so many were begun and everything that follows from them is done."""
        nothing = "SELECT arrivals = matched AND open_run_id IS NULL FROM source_arrivals WHERE source_id = $1"
        number = ids.decode(ids.EXTERNAL_SOURCE, self.source_id)
        assert number is not None
        async with asyncio.timeout(wire.PATIENCE_SECONDS):
            while len(found := await self.begun()) < count or not await self.connection.fetchval(
                nothing, uuid.UUID(int=number)
            ):
                await asyncio.sleep(0.05)
        return found


async def source_of(server: Server, source_id: str) -> external_source_pb2.ExternalSource:
    request = pb.GetExternalSourceRequest(external_source_id=source_id)
    return (await server.reconciliations.GetExternalSource(request)).external_source


def statement(day: date, number: int, *, opening: str, amount: str, closing: str) -> bytes:
    """A statement of one day with one entry, whose reference is that of the number before."""
    of_day = day.strftime("%y%m%d")
    return (
        "{1:F01BANKDEFFXXXX0000000000}{2:O9400000000000BANKDEFFXXXX00000000000000000000N}{4:\n"
        f":20:START\n:25:DE89370400440532013000\n:28C:{number}/1\n:60F:C{of_day}EUR{opening}\n"
        f":61:{of_day}{of_day[2:]}C{amount}NTRFref-{number - 1}//B{number}\n:86:Rent\n:62F:C{of_day}EUR{closing}\n-}}\n"
    ).encode()


def moment(stamp: timestamp_pb2.Timestamp) -> datetime:
    return stamp.ToDatetime(tzinfo=UTC)


def event_kind(event: event_pb2.Event) -> str:
    return event_pb2.EventKind.Name(event.kind).removeprefix("EVENT_KIND_")


async def until(connection: asyncpg.Connection, condition: str) -> None:
    """Wait until a condition of SQL holds."""
    async with asyncio.timeout(wire.PATIENCE_SECONDS):
        while not await connection.fetchval(f"SELECT {condition}"):
            await asyncio.sleep(0.02)


async def told(server: Server, *kinds: str) -> list[event_pb2.Event]:
    """All events of these kinds, in order."""
    found: list[event_pb2.Event] = []
    request = events_pb.ListEventsRequest(kinds=[f"EVENT_KIND_{kind}" for kind in kinds], page_size=1_000)
    page = await server.events.ListEvents(request)
    found += page.events
    return found


async def told_some(server: Server, count: int, *kinds: str) -> list[event_pb2.Event]:
    """The events of these kinds, once there are so many."""
    async with asyncio.timeout(wire.PATIENCE_SECONDS):
        while len(found := await told(server, *kinds)) < count:
            await asyncio.sleep(0.05)
    return found
