"""How callers meet the reasons of sources and uploads."""

from typing import Any

from ledgerapi.v1 import reconciliation_service_pb2 as pb

from ledgerd.core.model.rejection import Reason
from tests.conftest import Server
from tests.rpc import records, wire
from tests.rpc.provocations import Provoke

NOBODY = "01hzzzzzzzzzzzzzzzzzzzzzzz"


async def on_upload(server: Server, *messages: Any, source_id: str = "", **options: Any) -> wire.Rejection:
    """Why an upload ends after these messages."""
    stream = records.Upload(server)
    if "upload_id" not in options:
        options["external_source_id"] = source_id or (await records.source(server)).id
        options.setdefault("content", records.RECORDS)
    await stream.send(open=pb.UploadRecordsOpen(**options))
    for message in messages:
        await stream.send(**message)
    return await stream.rejection()


async def name_taken(server: Server) -> wire.Rejection:
    await records.source(server)
    return await wire.rejection(records.source(server))


async def in_use(server: Server) -> wire.Rejection:
    bank = await records.source(server)
    await records.upload(server, bank.id, records.records(1))
    request = pb.DeleteExternalSourceRequest(external_source_id=bank.id)
    return await wire.rejection(server.reconciliations.DeleteExternalSource(request))


async def profile_required(server: Server) -> wire.Rejection:
    bank = await records.source(server, format_profile=None)
    return await on_upload(server, source_id=bank.id, content=records.FILE)


async def repeated(server: Server) -> wire.Rejection:
    bank, content = await records.source(server), records.csv(records.row(1))
    await records.upload(server, bank.id, content)
    chunk, finish = {"chunk": records.piece(1, content)}, {"finish": {"chunk_count": 1}}
    return await on_upload(server, chunk, finish, source_id=bank.id, content=records.FILE)


async def closed(server: Server) -> wire.Rejection:
    done = await records.upload(server, (await records.source(server)).id, records.records(1))
    return await on_upload(server, chunk(2, 1), upload_id=done.id)


async def ended(server: Server) -> wire.Rejection:
    done = await records.upload(server, (await records.source(server)).id, records.records(1))
    return await wire.rejection(records.cancel(server, done.id))


def chunk(sequence: int, count: int) -> Any:
    return {"chunk": records.piece(sequence, records.records(count))}


PROVOKED: dict[Reason, Provoke] = {
    Reason.EXTERNAL_SOURCE_NOT_FOUND: lambda server: wire.rejection(
        server.reconciliations.GetExternalSource(pb.GetExternalSourceRequest(external_source_id=f"src_{NOBODY}"))
    ),
    Reason.EXTERNAL_RECORD_NOT_FOUND: lambda server: wire.rejection(
        server.reconciliations.GetExternalRecord(pb.GetExternalRecordRequest(external_record_id=f"xrc_{NOBODY}"))
    ),
    Reason.UPLOAD_NOT_FOUND: lambda server: wire.rejection(
        server.reconciliations.GetUpload(pb.GetUploadRequest(upload_id=f"upl_{NOBODY}"))
    ),
    Reason.EXTERNAL_SOURCE_NAME_TAKEN: name_taken,
    Reason.EXTERNAL_SOURCE_IN_USE: in_use,
    Reason.FORMAT_PROFILE_REQUIRED: profile_required,
    Reason.UPLOAD_REPEATED: repeated,
    Reason.UPLOAD_CHUNK_CONFLICT: lambda server: on_upload(server, chunk(1, 1), chunk(1, 2)),
    Reason.UPLOAD_CLOSED: closed,
    Reason.UPLOAD_ENDED: ended,
    Reason.UPLOAD_TOO_LARGE: lambda server: on_upload(server, declared_record_count=1_000_001),
}
