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


NOT_FINAL = {
    path.name for path in (ROOT / "protos/ledgerapi/v1").glob("*.proto") if path.read_text().startswith("// Not final.")
}
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


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        pytest.param("upload.proto", "  string file_name = 3;", "  int64 file_name = 3;", id="a field of a file"),
        pytest.param("upload.proto", "  string file_name = 3;", "  string file_name = 99;", id="a number in a file"),
        pytest.param(
            "reconciliation_service.proto", "rpc StartReconciliation(", "rpc BeginReconciliation(", id="a method"
        ),
    ],
)
def test_what_is_not_final_may_change(copy: Path, name: str, old: str, new: str) -> None:
    edit(copy, name, old, new)
    checked = check(copy)
    assert (checked.returncode, checked.stdout) == (0, "")


RECONCILIATION_FINISHED = "EVENT_KIND_RECONCILIATION_FINISHED = 131;"
PAYLOAD = " ReconciliationEvent reconciliation = 22;"


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        pytest.param(
            "event.proto", RECONCILIATION_FINISHED, RECONCILIATION_FINISHED.replace("131", "199"), id="a kind"
        ),
        pytest.param("event.proto", PAYLOAD, PAYLOAD.replace("22", "99"), id="the number of a payload"),
        pytest.param("event.proto", PAYLOAD, " LedgerEvent reconciliation = 16;", id="the message of a payload"),
        pytest.param("event.proto", "  Upload upload = 1;", "  Upload upload = 9;", id="a number in a payload"),
        pytest.param("event.proto", "  Upload upload = 1;", "  Ledger upload = 1;", id="what is in a payload"),
        pytest.param("error_reason.proto", "UPLOAD_REPEATED = 129 ", "UPLOAD_REPEATED = 999 ", id="a reason"),
    ],
)
def test_what_a_final_file_declares_stays_where_its_content_is_not_final(
    copy: Path, name: str, old: str, new: str
) -> None:
    """Final streams send it, and stored events come again."""
    edit(copy, name, old, new)
    assert check(copy).returncode != 0


def test_no_mark_in_a_final_file_takes_anything_out_of_the_base(copy: Path) -> None:
    """But for services and their methods, which nobody has stored."""
    everything = subprocess.run([BUF, "build", "--output", "-"], cwd=copy, capture_output=True, check=True).stdout
    files = {file.name: file for file in descriptor_pb2.FileDescriptorSet.FromString(everything).file}
    for file in descriptor_pb2.FileDescriptorSet.FromString(pin(copy).stdout).file:
        now = files[file.name]
        if Path(file.name).name not in NOT_FINAL:
            assert file.message_type == now.message_type, file.name
            assert file.enum_type == now.enum_type, file.name


def test_what_is_final_may_not_change_beside_what_is_not(copy: Path) -> None:
    edit(copy, "event.proto", "LEDGER_CREATED = 40", "LEDGER_OPENED = 40")
    assert check(copy).returncode != 0


def test_the_base_is_what_is_final_and_names_nothing_else(copy: Path) -> None:
    files = descriptor_pb2.FileDescriptorSet.FromString((copy / "protos/base.binpb").read_bytes()).file
    names = {file.name for file in files}
    assert {needed for file in files for needed in file.dependency} <= names
    pinned = {Path(name).name for name in names}
    left_out = {path.name for path in (copy / "protos/ledgerapi/v1").glob("*.proto")} - pinned
    by_name_alone = NOT_FINAL - left_out
    assert left_out < NOT_FINAL
    assert {"reconciliation.proto", "upload.proto"} <= by_name_alone
    for file in files:
        if Path(file.name).name in by_name_alone:
            assert file.message_type or file.enum_type
            assert not any(message.field for message in file.message_type)
            assert all(len(enum.value) == 1 for enum in file.enum_type)


def test_what_is_no_longer_marked_is_pinned(copy: Path) -> None:
    before = pin(copy).stdout
    assert before == pin(copy).stdout
    assert b"declared_byte_count" not in before
    edit(copy, "upload.proto", "// Not final. ", "// ")
    assert b"declared_byte_count" in pin(copy).stdout


def test_nothing_that_is_final_may_use_what_is_not(copy: Path) -> None:
    edit(copy, "event.proto", "    // Not final. For kinds RECONCILIATION_CR", "    // For kinds RECONCILIATION_CR")
    failed = pin(copy)
    assert (failed.returncode, failed.stdout) == (1, b"")
    assert b"what is final uses what is not" in failed.stderr
