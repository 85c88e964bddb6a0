"""The check of the contract's compatibility sees what would break callers, and fails where it cannot look."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2

ROOT = Path(__file__).parents[2]
BUF = Path(sys.executable).parent / "buf"
MAKEFILE = (ROOT / "Makefile").read_text()
RULES = MAKEFILE.split("\n\n")
FOLDERS = ("protos/ledgerapi", "protos/third_party")


def command(rule: str, of: str) -> str:
    """The line of a rule of the Makefile that begins with this program, to be run in another folder."""
    (recipe,) = (text for text in RULES if text.startswith(f"{rule}:"))
    (line,) = (line for line in recipe.splitlines() if line.startswith(f"\t{of} "))
    return line.strip().replace("$(BIN)", str(BUF.parent))


CHECK = command("check", "$(BIN)/buf build")
PIN = command("pin", "$(BIN)/buf build").partition(" >")[0]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the contract, outside of every git repository."""
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for name in ("buf.yaml", "protos/base.binpb", "protos/pin.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def check(copy: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(CHECK, cwd=copy, shell=True, capture_output=True, text=True, check=False)


def pin(copy: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(PIN, cwd=copy, shell=True, capture_output=True, check=False)


def edit(copy: Path, name: str, old: str, new: str) -> None:
    path = copy / "protos/ledgerapi/v1" / name
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def test_the_contract_is_compatible_with_its_base(copy: Path) -> None:
    checked = check(copy)
    assert (checked.returncode, checked.stdout) == (0, "")


def test_a_new_field_breaks_nobody(copy: Path) -> None:
    edit(copy, "period.proto", "message Period {", "message Period {\n  // New.\n  string later = 99;")
    assert check(copy).returncode == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("  string ledger_id = 1;", "", id="a field is gone"),
        pytest.param("  string ledger_id = 1;", "  int64 ledger_id = 1;", id="a field has another type"),
        pytest.param("  string ledger_id = 1;", "  string ledger_id = 3;", id="a field has another number"),
        pytest.param("package ledgerapi.v1;", "package ledgerapi.v2;", id="a package has another name"),
    ],
)
def test_what_breaks_callers_is_rejected(copy: Path, old: str, new: str) -> None:
    edit(copy, "period.proto", old, new)
    assert check(copy).returncode != 0


@pytest.mark.parametrize("base", [None, b"", b"no descriptor set"], ids=["missing", "empty", "not readable"])
def test_a_base_that_cannot_be_read_fails_the_check(copy: Path, base: bytes | None) -> None:
    path = copy / "protos/base.binpb"
    path.unlink()
    if base is not None:
        path.write_bytes(base)
    checked = check(copy)
    assert checked.returncode != 0
    assert checked.stderr


# What is not final -----------------------------------------------------------------------------

MARK = "// Not final. It will change."
SYNTAX = 'syntax = "proto3";'
UPLOADS, SERVICE, EVENTS = "upload.proto", "reconciliation_service.proto", "event.proto"
PAYLOAD = "    UploadEvent upload = 19;"
CONTENT = "  Upload upload = 1;"
KIND = "  EVENT_KIND_UPLOAD_FINISHED = 100;"


@pytest.fixture
def unfinished(copy: Path) -> Path:
    """A copy in which uploads are not final: their file, the service, and what events tell of them."""
    for name in (UPLOADS, SERVICE):
        edit(copy, name, SYNTAX, f"{MARK}\n{SYNTAX}")
    for declared in (PAYLOAD, "message UploadEvent {", CONTENT, KIND):
        mark(copy, EVENTS, declared)
    pinned = pin(copy)
    assert not pinned.stderr
    (copy / "protos/base.binpb").write_bytes(pinned.stdout)
    return copy


def mark(copy: Path, name: str, declared: str) -> None:
    """Let the comment above this line begin with the mark."""
    path = copy / "protos/ledgerapi/v1" / name
    lines = path.read_text().splitlines()
    at = lines.index(declared)
    while lines[at - 1].lstrip().startswith("//"):
        at -= 1
    path.write_text("\n".join([*lines[:at], MARK, *lines[at:], ""]))


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        pytest.param(UPLOADS, "  string file_name = 3;", "  int64 file_name = 3;", id="a field of a file"),
        pytest.param(UPLOADS, "  string file_name = 3;", "  string file_name = 99;", id="a number in a file"),
        pytest.param(SERVICE, "rpc StartReconciliation(", "rpc BeginReconciliation(", id="a method"),
    ],
)
def test_what_is_not_final_may_change(unfinished: Path, name: str, old: str, new: str) -> None:
    edit(unfinished, name, old, new)
    checked = check(unfinished)
    assert (checked.returncode, checked.stdout) == (0, "")


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        pytest.param(EVENTS, KIND, KIND.replace("100", "199"), id="a kind"),
        pytest.param(EVENTS, PAYLOAD, PAYLOAD.replace("19", "99"), id="the number of a payload"),
        pytest.param(EVENTS, PAYLOAD, PAYLOAD.replace("UploadEvent", "LedgerEvent"), id="the message"),
        pytest.param(EVENTS, CONTENT, CONTENT.replace("= 1", "= 9"), id="a number in a payload"),
        pytest.param(EVENTS, CONTENT, CONTENT.replace("Upload ", "Ledger "), id="what is in a payload"),
        pytest.param(EVENTS, "LEDGER_CREATED = 40", "LEDGER_OPENED = 40", id="what is final beside it"),
    ],
)
def test_what_a_final_file_declares_stays_where_its_content_is_not_final(
    unfinished: Path, name: str, old: str, new: str
) -> None:
    """Final streams send it, and stored events come again."""
    edit(unfinished, name, old, new)
    assert check(unfinished).returncode != 0


def test_no_mark_in_a_final_file_takes_anything_out_of_the_base(unfinished: Path) -> None:
    """But for services and their methods, which nobody has stored."""
    built = subprocess.run([BUF, "build", "--output", "-"], cwd=unfinished, capture_output=True, check=True).stdout
    files = {file.name: file for file in descriptor_pb2.FileDescriptorSet.FromString(built).file}
    for file in base(unfinished):
        if Path(file.name).name != UPLOADS:
            now = files[file.name]
            assert file.message_type == now.message_type, file.name
            assert file.enum_type == now.enum_type, file.name


def test_the_base_is_what_is_final_and_names_nothing_else(unfinished: Path) -> None:
    files = base(unfinished)
    names = {file.name for file in files}
    assert {needed for file in files for needed in file.dependency} <= names
    every = {path.name for path in (unfinished / "protos/ledgerapi/v1").glob("*.proto")}
    assert every - {Path(name).name for name in names} == {SERVICE}
    (by_name_alone,) = [file for file in files if Path(file.name).name == UPLOADS]
    assert [message.name for message in by_name_alone.message_type] == ["Upload"]
    assert not by_name_alone.message_type[0].field


def test_what_is_no_longer_marked_is_pinned(unfinished: Path) -> None:
    before = pin(unfinished).stdout
    assert before == pin(unfinished).stdout
    assert b"declared_byte_count" not in before
    edit(unfinished, UPLOADS, f"{MARK}\n", "")
    assert b"declared_byte_count" in pin(unfinished).stdout


def test_nothing_that_is_final_may_use_what_is_not(copy: Path) -> None:
    edit(copy, UPLOADS, SYNTAX, f"{MARK}\n{SYNTAX}")
    failed = pin(copy)
    assert (failed.returncode, failed.stdout) == (1, b"")
    assert b"what is final uses what is not" in failed.stderr


def base(copy: Path) -> list[descriptor_pb2.FileDescriptorProto]:
    return list(descriptor_pb2.FileDescriptorSet.FromString((copy / "protos/base.binpb").read_bytes()).file)


def test_all_of_the_contract_is_pinned(copy: Path) -> None:
    """Nothing is marked now. What is new may be, until it is served wholly."""
    pinned = {Path(file.name).name for file in base(copy)}
    assert {path.name for path in (copy / "protos/ledgerapi/v1").glob("*.proto")} <= pinned
    assert pin(copy).stdout
