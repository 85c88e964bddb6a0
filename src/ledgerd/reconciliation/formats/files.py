"""Reads any file of a source: opens archives, picks the reader of the declared format, bounds what all formats have."""

from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from ledgerd.core.model.external_record import FileRejected, RecordFault
from ledgerd.core.model.format_profile import FileFormat
from ledgerd.reconciliation.formats import bai2_file, camt, csv_file, json_file, mt940, ofx
from ledgerd.reconciliation.formats.archives import Member, members
from ledgerd.reconciliation.formats.reading import Item, ReadContext, Reader, counted

READERS: dict[FileFormat, Reader] = {
    FileFormat.CSV: csv_file.read,
    FileFormat.JSON: json_file.read,
    FileFormat.JSON_LINES: json_file.read_lines,
    FileFormat.CAMT: camt.read,
    FileFormat.MT940: mt940.read,
    FileFormat.MT942: mt940.read,
    FileFormat.BAI2: bai2_file.read,
    FileFormat.OFX: ofx.read,
}
_REST_BYTES = 64 * 1024


def read_file(source: BinaryIO, context: ReadContext) -> Iterator[Item]:
    """Everything that the file says, in its order. The source is at its beginning, and for a zip it can seek.

    Raises ``FileRejected`` where the file as a whole cannot be read: what was given before is to be dropped.
    """
    reader = READERS[context.profile.format]
    return counted(_items(source, context, reader), context.bounds)


def _items(source: BinaryIO, context: ReadContext, reader: Reader) -> Iterator[Item]:
    for member in members(source, context.bounds):
        try:
            for item in reader(member.source, context):
                yield replace(item, member=member.name) if isinstance(item, RecordFault) and member.name else item
            # A reader may stop before the end; an archive is proved whole only there.
            while member.source.read(_REST_BYTES):
                pass
        except FileRejected as rejected:
            raise _named(rejected, member) from None


def _named(rejected: FileRejected, member: Member) -> FileRejected:
    return FileRejected(replace(rejected.fault, member=member.name))
