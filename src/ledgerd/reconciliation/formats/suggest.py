"""Proposes how a file is to be read, from its beginning. It applies nothing: somebody who knows the file decides."""

import codecs
import csv
import io
import json
import re
import struct
import zlib
from dataclasses import dataclass
from typing import Any

from ledgerd.core.model.external_record import FileRejected
from ledgerd.core.model.format_profile import FileFormat, FormatProfile
from ledgerd.reconciliation.formats.json_text import JsonText, parse
from ledgerd.reconciliation.formats.reading import Bounds, RecordRejected
from ledgerd.reconciliation.formats.suggest_columns import Proposal, columns, looks_like_data, rows_of

SAMPLE_BYTES = 256 * 1024
ROWS_MAX = 200
SKIP_LINES_MAX = 20
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_LOCAL_HEADER = struct.Struct("<4s5H3L2H")
_ARRAYS = re.compile(r'"([A-Za-z_][A-Za-z0-9_]{0,63})"\s*:\s*\[\s*\{')
_PATHS_MAX = 10


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``proposals`` has the readings that fit, the likeliest first; none where nothing is recognised."""

    proposals: tuple[Proposal, ...]
    uncertain: tuple[str, ...] = ()
    """What the sample does not say, in words."""
    archive: str = ""
    """gzip or zip, where the file is one: it is read as it is."""


def suggest(sample: bytes) -> Suggestion:
    """What the first 256 KiB of a file seem to be."""
    data, archive = _unpacked(sample[:SAMPLE_BYTES])
    if archive and not data:
        return Suggestion((), ("Nothing could be unpacked from the beginning of the archive.",), archive)
    proposals, uncertain = _of_plain(data)
    if not proposals:
        uncertain = (*uncertain, "No format was recognised.")
    return Suggestion(proposals, uncertain, archive)


def _unpacked(sample: bytes) -> tuple[bytes, str]:
    """The beginning of what an archive holds, whole or cut off."""
    if sample.startswith(b"\x1f\x8b"):
        return _inflated(sample, 31), "gzip"
    if not sample.startswith(b"PK\x03\x04") or len(sample) < _LOCAL_HEADER.size:
        return sample, ""
    _, _, flags, method, _, _, _, _, _, name, extra = _LOCAL_HEADER.unpack_from(sample)
    content = sample[_LOCAL_HEADER.size + name + extra :]
    if flags & 1 or method not in (0, 8):
        return b"", "zip"
    return _inflated(content, -15) if method == 8 else content, "zip"


def _inflated(data: bytes, window: int) -> bytes:
    try:
        return zlib.decompressobj(window).decompress(data, SAMPLE_BYTES)
    except zlib.error:
        return b""


def _of_plain(data: bytes) -> tuple[tuple[Proposal, ...], tuple[str, ...]]:
    encoding, text, uncertain = _decoded(data)
    start = text.lstrip()[:4096]
    if found := _declared(start, text, encoding):
        return (found,), uncertain
    if start.startswith(("[", "{")):
        found_json = _json(text, encoding)
        return found_json[0], (*uncertain, *found_json[1])
    found_csv = _csv(text, encoding)
    return found_csv[0], (*uncertain, *found_csv[1])


def _decoded(data: bytes) -> tuple[str, str, tuple[str, ...]]:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", data.decode("utf-16", "replace"), ()
    try:
        # The end may be in the middle of a character.
        decoder = codecs.getincrementaldecoder("utf-8-sig")()
        return "utf-8", decoder.decode(data), ()
    except UnicodeDecodeError:
        reason = "The text is not UTF-8. Which of the encodings with one byte a character it has is not known: look at"
        return "windows-1252", data.decode("windows-1252", "replace"), (f"{reason} its letters with accents.",)


def _declared(start: str, text: str, encoding: str) -> Proposal | None:
    """Formats that say what they are."""
    if "urn:iso:std:iso:20022:tech:xsd:camt.05" in start:
        return Proposal(FormatProfile(format=FileFormat.CAMT), ("The XML has the namespace of a camt statement.",))
    if start.startswith("OFXHEADER") or re.search(r"<OFX>|<\?OFX ", start, re.IGNORECASE):
        return Proposal(FormatProfile(format=FileFormat.OFX), ("The file has the header of OFX.",))
    if re.match(r"01,[^\n]*,2\s*/\s*\r?\n02,", start):
        return Proposal(
            FormatProfile(format=FileFormat.BAI2, encoding=encoding),
            ("The file begins with the records 01 and 02 of BAI2.",),
        )
    if not re.search(r"^:20:", text, re.MULTILINE):
        return None
    has_balance = re.search(r"^:6[02][FM]:", text, re.MULTILINE)
    if has_balance or "{2:O940" in start or "{2:I940" in start:
        reason = "The file has tag 20 and the balances of an MT940."
        return Proposal(FormatProfile(format=FileFormat.MT940, encoding=encoding), (reason,))
    if re.search(r"^:34F:", text, re.MULTILINE) or "{2:O942" in start:
        reason = "The file has tag 20, a floor limit and no balances, as an MT942."
        return Proposal(FormatProfile(format=FileFormat.MT942, encoding=encoding), (reason,))
    return None


_Found = tuple[tuple[Proposal, ...], tuple[str, ...]]


def _json(text: str, encoding: str) -> _Found:
    lines = text.lstrip().splitlines()
    bounds = Bounds()
    if lines[0].startswith("{"):
        rows = [row for line in lines[:ROWS_MAX] if isinstance(row := _parsed(line, bounds), dict)]
        is_one_answer = len(lines) == 1 and _ARRAYS.search(text)
        if any(rows) and not is_one_answer and len(rows) >= len(lines[:ROWS_MAX]) - 1:
            profile = FormatProfile(format=FileFormat.JSON_LINES, encoding=encoding)
            return _of_objects(rows, profile, "Each line is an object of JSON.")
    paths = [""] if lines[0].startswith("[") else list(dict.fromkeys(_ARRAYS.findall(text)))[:_PATHS_MAX]
    best: tuple[str, list[dict[str, Any]]] = ("", [])
    for path in paths:
        rows = _elements(text, path, bounds)
        if len(rows) > len(best[1]):
            best = (path, rows)
    if not best[1]:
        return (), ("The file begins like JSON, and no array of objects was found in it.",)
    where = f"The array of objects stands under {best[0]!r}." if best[0] else "The file is an array of objects."
    profile = FormatProfile(format=FileFormat.JSON, encoding=encoding, records_path=best[0])
    return _of_objects(best[1], profile, where)


def _parsed(text: str, bounds: Bounds) -> Any:
    try:
        return parse(text, bounds)
    except (json.JSONDecodeError, RecordRejected):
        return None


def _elements(text: str, path: str, bounds: Bounds) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    try:
        for _, element in JsonText(iter([text]), bounds).array(path.split(".") if path else []):
            if isinstance(row := _parsed(element, bounds), dict):
                rows.append(row)
            if len(rows) >= ROWS_MAX:
                break
    except FileRejected:
        # The sample may end anywhere. What it has until there counts.
        pass
    return rows


def _of_objects(rows: list[dict[str, Any]], profile: FormatProfile, reason: str) -> _Found:
    table = dict(rows_of([_flat(row, "") for row in rows]))
    found = columns(table, profile, [reason])
    return found.proposals, found.uncertain


def _flat(value: dict[str, Any], prefix: str) -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, inner in value.items():
        if isinstance(inner, dict) and prefix.count(".") < 3:
            flat |= _flat(inner, f"{prefix}{name}.")
        elif isinstance(inner, str):
            flat[prefix + name] = inner
    return flat


def _csv(text: str, encoding: str) -> _Found:
    best: tuple[float, str, int, list[list[str]]] = (0, "", 0, [])
    for delimiter in _DELIMITERS:
        rows = _rows(text, delimiter)
        widths = [len(row) for row in rows if row]
        width = max(set(widths), key=widths.count, default=0)
        score = widths.count(width) / len(widths) * min(width, 10) if width > 1 else 0
        if score > best[0]:
            best = (score, delimiter, width, rows)
    _, delimiter, width, rows = best
    start = next((n for n, row in enumerate(rows[:SKIP_LINES_MAX]) if len(row) == width), None)
    if not delimiter or start is None:
        return (), ()
    first = rows[start]
    has_header = not any(looks_like_data(cell) for cell in first) and all(cell.strip() for cell in first)
    names = [cell.strip() for cell in first] if has_header else [str(n + 1) for n in range(width)]
    data = [row for row in rows[start + has_header :] if len(row) == width]
    table = {name: [row[n] for row in data] for n, name in enumerate(names)}
    reasons = [f"Most lines have {width} columns between {_DELIMITERS[delimiter]}."]
    reasons.append("The first of them names the columns." if has_header else "No line names the columns.")
    profile = FormatProfile(
        format=FileFormat.CSV, encoding=encoding, delimiter=delimiter, skip_lines=start, has_header=has_header
    )
    found = columns(table, profile, reasons)
    if not data:
        return found.proposals[:1], ("The sample has no row below the names of the columns.",)
    return found.proposals, found.uncertain


def _rows(text: str, delimiter: str) -> list[list[str]]:
    # The last line of a sample may be cut off.
    cut = text if len(text) < SAMPLE_BYTES // 2 else text.rpartition("\n")[0]
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO(cut, newline=None), delimiter=delimiter)
    try:
        for row in reader:
            rows.append(row)
            if len(rows) >= ROWS_MAX:
                break
    except csv.Error:
        pass
    return rows
