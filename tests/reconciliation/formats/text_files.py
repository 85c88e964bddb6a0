"""Reads bytes as a file of some format, and says what came of them."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, tzinfo

from ledgerd.core.model.external_record import BankStatement, ExternalRecord, FileRejected, RecordFault
from ledgerd.core.model.format_profile import FileFormat, FormatProfile
from ledgerd.reconciliation.formats.reading import Bounds, ReadContext

PRECISIONS = {"EUR": 100, "USD": 100, "GBP": 100, "JPY": 1, "KWD": 1000, "XTS": 10**6}


@dataclass
class Outcome:
    records: list[ExternalRecord]
    faults: list[RecordFault]
    statements: list[BankStatement]
    rejected: RecordFault | None = None

    @property
    def codes(self) -> list[tuple[int, str, str]]:
        """Line, field and code of each fault; that of a rejected file comes last."""
        return [(f.line, f.field, f.code.value) for f in [*self.faults, *([self.rejected] if self.rejected else [])]]


def context(
    profile: FormatProfile, *, currency: str = "EUR", zone: tzinfo = UTC, bounds: Bounds | None = None
) -> ReadContext:
    return ReadContext(profile=profile, currency=currency, precisions=PRECISIONS, zone=zone, bounds=bounds or Bounds())


def outcome(reader: Callable, data: str | bytes, profile: FormatProfile | FileFormat, **settings) -> Outcome:
    """What the reader makes of the file."""
    if isinstance(profile, FileFormat):
        profile = FormatProfile(format=profile)
    source = io.BytesIO(data.encode() if isinstance(data, str) else data)
    found = Outcome([], [], [])
    kinds = {ExternalRecord: found.records, RecordFault: found.faults, BankStatement: found.statements}
    try:
        for item in reader(source, context(profile, **settings)):
            kinds[type(item)].append(item)
    except FileRejected as rejected:
        found.rejected = rejected.fault
    return found
