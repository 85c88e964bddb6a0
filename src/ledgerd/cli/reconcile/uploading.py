"""Uploading the file. The same file is the same upload, however often the command is run."""

import asyncio
import hashlib
from dataclasses import dataclass
from pathlib import Path

from ledgerapi.v1.external_source_pb2 import ExternalSource
from ledgerapi.v1.reconciliation_service_pb2 import GetUploadRequest, ListUploadFaultsRequest
from ledgerapi.v1.upload_pb2 import UPLOAD_STATUS_READING, UPLOAD_STATUS_RECEIVING, Upload, UploadFault
from ledgerd_client import Conflict, LedgerClient, UploadProgress, upload_records

from ledgerd.cli.reconcile.terminal import CannotRun, Progressing
from ledgerd.core.model import limits
from ledgerd.reconciliation.report.texts import shown

FAULTS_SHOWN = 20
_LOOK_SECONDS = 0.5
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Uploaded:
    """The upload when it was read."""

    upload: Upload
    is_repeated: bool
    """Whether the source had the file already."""
    faults: list[UploadFault]
    """The first of them."""


async def upload(client: LedgerClient, source: ExternalSource, path: Path, progress: Progressing) -> Uploaded:
    """Upload the file, in chunks, and wait until it was read. Raises CannotRun, LedgerError."""
    size, digest = await asyncio.to_thread(_fingerprint, path)
    stored = 0

    def tell(told: UploadProgress) -> None:
        nonlocal stored
        stored += 1
        done = min(told.chunks * limits.UPLOAD_CHUNK_MAX_BYTES, size)
        doing = "uploading" if done < size else "reading"
        progress.show(doing, f"{done / _MIB:,.1f} of {size / _MIB:,.1f} MiB", done=done, total=size)

    progress.show("uploading", total=size)
    try:
        made = await upload_records(
            client,
            source.id,
            path,
            request_id=_request_id(source, path, digest),
            file_name=shown(path.name),
            on_progress=tell,
        )
        earlier = made.repeated_upload_id
    except Conflict as conflict:
        if conflict.reason != "UPLOAD_REPEATED":
            raise
        made, earlier = Upload(), conflict.details["earlier"]
    except OSError as error:
        raise _unreadable(path, error) from error
    if earlier:
        progress.show("reading")
        made = await _when_read(client, earlier)
    request = ListUploadFaultsRequest(upload_id=made.id, page_size=FAULTS_SHOWN)
    faults = (await client.reconciliations.ListUploadFaults(request)).faults
    return Uploaded(upload=made, is_repeated=bool(earlier) or not stored, faults=list(faults))


def _fingerprint(path: Path) -> tuple[int, str]:
    """How many bytes the file has, and the SHA-256 of them."""
    try:
        with path.open("rb") as opened:
            size = opened.seek(0, 2)
            if size > limits.UPLOAD_MAX_BYTES:
                most = limits.UPLOAD_MAX_BYTES // _MIB
                raise CannotRun(f"{path} is larger than {most} MiB. Pack it with gzip, or split it.")
            opened.seek(0)
            return size, hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> CannotRun:
    return CannotRun(f"{path} cannot be read: {error.strerror or type(error).__name__}.")


def _request_id(source: ExternalSource, path: Path, digest: str) -> str:
    """The same for the same file, as long as the source reads it in the same way: what was rejected because of the
    source's profile can be uploaded again when that is mended."""
    parts = (source.id, source.etag, path.name, digest)
    whole = hashlib.sha256("\0".join(parts).encode(errors="surrogateescape"))
    return f"ledgerd-reconcile-{whole.hexdigest()}"


async def _when_read(client: LedgerClient, upload_id: str) -> Upload:
    while True:
        found = (await client.reconciliations.GetUpload(GetUploadRequest(upload_id=upload_id))).upload
        if found.status not in (UPLOAD_STATUS_RECEIVING, UPLOAD_STATUS_READING):
            return found
        await asyncio.sleep(_LOOK_SECONDS)
