"""A checkpoint: the position up to which the books were proved, in a file outside of the database.

A proof that continues from a checkpoint reads the later commits, and takes the earlier ones as proved.
"""

import contextlib
import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ledgerd.operations.verify.head import Head

_FORMAT = "ledgerd checkpoint"
_VERSION = 1
_FILE_MAX_BYTES = 64 * 1024 * 1024


class CheckpointError(Exception):
    """A checkpoint cannot be used; the message says why, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The position up to which the books were proved."""

    epoch: str
    """The epoch of the journal. A restored backup has another epoch."""
    head: Head
    closings: tuple[tuple[str, str, int], ...]
    """The last closing of each ledger: its id, the time before which it is closed, the order key since when."""


def read(path: Path) -> Checkpoint:
    """The checkpoint in a file. Raises CheckpointError."""
    try:
        if path.stat().st_size > _FILE_MAX_BYTES:
            raise _rejected(path, "is too large to be a checkpoint")
        held = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _rejected(path, f"cannot be read ({error.strerror}); write one first with --checkpoint") from error
    except (ValueError, RecursionError):
        raise _rejected(path, "is not a checkpoint") from None
    if not isinstance(held, dict) or held.get("format") != _FORMAT:
        raise _rejected(path, "is not a checkpoint")
    if held.get("version") != _VERSION:
        raise _rejected(path, f"has version {held.get('version')!r}, and this ledgerd reads version {_VERSION}")
    if held.pop("checksum", None) != _checksum(held):
        raise _rejected(path, "was changed or damaged since it was written")
    try:
        head = Head.parse(held["head"])
        closings = tuple((str(ledger), str(before), int(since)) for ledger, before, since in held["closings"])
        checkpoint = head and Checkpoint(epoch=str(held["epoch"]), head=head, closings=closings)
    except (KeyError, TypeError, ValueError):
        checkpoint = None
    if checkpoint is None:
        raise _rejected(path, "lacks a part of a checkpoint")
    return checkpoint


def write(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint atomically, in place of an earlier one. Raises CheckpointError."""
    held: dict[str, Any] = {
        "format": _FORMAT,
        "version": _VERSION,
        "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "epoch": checkpoint.epoch,
        "head": checkpoint.head.text(),
        "closings": checkpoint.closings,
    }
    text = json.dumps({**held, "checksum": _checksum(held)}, indent=1) + "\n"
    try:
        _replace(path, text)
    except OSError as error:
        raise _rejected(path, f"cannot be written ({error.strerror})") from error


def _replace(path: Path, text: str) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _checksum(held: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(held, sort_keys=True).encode()).hexdigest()


def _rejected(path: Path, what: str) -> CheckpointError:
    return CheckpointError(f"{path} {what}.")
