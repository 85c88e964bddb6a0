"""Sources, uploads and records in the domain's words."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

import grpc
from ledgerapi.v1 import external_record_pb2, external_source_pb2, format_profile_pb2, upload_pb2
from ledgerapi.v1 import reconciliation_service_pb2 as pb

from tests.conftest import Server
from tests.rpc import wire

FILE, RECORDS = upload_pb2.UPLOAD_CONTENT_FILE, upload_pb2.UPLOAD_CONTENT_RECORDS
REJECT_ALL = upload_pb2.UPLOAD_FAULT_POLICY_REJECT_ALL
CSV: dict[str, Any] = {
    "format": "FILE_FORMAT_CSV",
    "columns": [
        {"field": name, "column": name} for name in ("key", "amount", "booking_date", "reference", "description")
    ],
}
CSV_FORMAT = format_profile_pb2.FILE_FORMAT_CSV
HEADER = "key,amount,booking_date,reference,description"


def csv(*rows: str) -> bytes:
    """A file of the profile CSV."""
    return "\n".join([HEADER, *rows, ""]).encode()


def row(number: int, amount: str = "1.00") -> str:
    return f"k{number},{amount},2026-03-31,ref-{number},Payment {number}"


def record(key: str, amount: str = "1.00", **more: Any) -> external_record_pb2.ExternalRecord:
    """A typed record."""
    fields: dict[str, Any] = {"booking_date": "2026-03-31", **more}
    return external_record_pb2.ExternalRecord(key=key, amount={"decimal": amount}, **fields)


def records(count: int, first: int = 0) -> list[external_record_pb2.ExternalRecord]:
    return [record(f"k{number}") for number in range(first, first + count)]


async def source(
    server: Server, name: str = "Bank A", request_id: str = "", **more: Any
) -> external_source_pb2.ExternalSource:
    """A new source in USD, which reads CSV."""
    fields: dict[str, Any] = {"currency": "USD", "format_profile": CSV, **more}
    if "balance_ids" not in fields:
        fields["balance_ids"] = [await wire.open_balance(server, fields["currency"] or "USD")]
    request = pb.CreateExternalSourceRequest(external_source={"name": name, **fields}, request_id=request_id)
    return (await server.reconciliations.CreateExternalSource(request)).external_source


def piece(sequence: int, content: bytes | Sequence[Any]) -> pb.UploadRecordsChunk:
    """A chunk of a file, or of typed records."""
    if isinstance(content, bytes):
        return pb.UploadRecordsChunk(sequence=sequence, data=content)
    return pb.UploadRecordsChunk(sequence=sequence, records={"external_records": content})


class Upload:
    """One UploadRecords, message by message."""

    def __init__(self, server: Server) -> None:
        self.call = server.reconciliations.UploadRecords()
        self.number = 0

    async def send(self, **message: Any) -> None:
        await self.call.write(pb.UploadRecordsRequest(**message))

    async def read(self, expected: str) -> Any:
        """The next response, which must be of this kind."""
        async with asyncio.timeout(wire.PATIENCE_SECONDS):
            response = await self.call.read()
        assert response is not grpc.aio.EOF, f"no {expected}"
        assert response.WhichOneof("message") == expected, response
        return getattr(response, expected)

    async def open(self, **options: Any) -> pb.UploadRecordsOpened:
        await self.send(open=pb.UploadRecordsOpen(**options))
        opened = await self.read("opened")
        self.number = opened.next_sequence - 1
        return opened

    async def chunk(self, content: bytes | Sequence[Any], number: int | None = None) -> pb.UploadRecordsAcknowledged:
        self.number += 1
        await self.send(chunk=piece(number or self.number, content))
        return await self.read("acknowledged")

    async def finish(self, count: int | None = None) -> upload_pb2.Upload:
        """Everything was sent: the upload when it is done."""
        await self.send(finish=pb.UploadRecordsFinish(chunk_count=self.number if count is None else count))
        await self.read("received")
        return (await self.read("finished")).upload

    async def rejection(self) -> wire.Rejection:
        """Why the stream ended."""
        try:
            async with asyncio.timeout(wire.PATIENCE_SECONDS):
                while (await self.call.read()) is not grpc.aio.EOF:
                    pass
        except grpc.aio.AioRpcError as error:
            return wire.of_error(error)
        raise AssertionError("the stream ended with OK")


async def cancel(server: Server, upload_id: str) -> upload_pb2.Upload:
    return (await server.reconciliations.CancelUpload(pb.CancelUploadRequest(upload_id=upload_id))).upload


async def upload(server: Server, source_id: str, *chunks: bytes | Sequence[Any], **options: Any) -> upload_pb2.Upload:
    """Upload chunks, and wait until they are read."""
    stream = Upload(server)
    content = FILE if isinstance(chunks[0], bytes) else RECORDS
    await stream.open(external_source_id=source_id, content=content, **options)
    for chunk in chunks:
        await stream.chunk(chunk)
    return await stream.finish()


async def faults(server: Server, upload_id: str) -> list[tuple[int, str, str]]:
    """The faults of an upload: line, field, code."""
    found = await all_faults(server, upload_id)
    return [(fault.line, fault.field, code(fault)) for fault in found]


async def all_faults(server: Server, upload_id: str) -> list[upload_pb2.UploadFault]:
    request = pb.ListUploadFaultsRequest(upload_id=upload_id, page_size=1_000)
    return list((await server.reconciliations.ListUploadFaults(request)).faults)


def code(fault: upload_pb2.UploadFault) -> str:
    return upload_pb2.UploadFaultCode.Name(fault.code).removeprefix("UPLOAD_FAULT_CODE_")


def status(found: upload_pb2.Upload) -> str:
    return upload_pb2.UploadStatus.Name(found.status).removeprefix("UPLOAD_STATUS_")


async def keys(server: Server, filter_text: str = "") -> list[str]:
    """The keys of all records that fit, in their order."""
    return [found.key async for found in every(server, filter_text)]


async def every(server: Server, filter_text: str = "") -> Any:
    token = ""
    while True:
        request = pb.ListExternalRecordsRequest(
            filter=filter_text, order_by="create_time", page_size=1_000, page_token=token
        )
        page = await server.reconciliations.ListExternalRecords(request)
        for found in page.external_records:
            yield found
        token = page.next_page_token
        if not token:
            return


def pieces(content: bytes, size: int) -> Iterable[bytes]:
    return (content[start : start + size] for start in range(0, len(content), size))
