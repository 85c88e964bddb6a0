"""The check of the contract's compatibility sees what would break callers, and fails where it cannot look."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUF = Path(sys.executable).parent / "buf"
CHECK = ("breaking", "--against", "base.binpb")


@pytest.fixture
def protos(tmp_path: Path) -> Path:
    """A copy of the contract, outside of every git repository."""
    copy = tmp_path / "protos"
    copy.mkdir()
    for name in ("buf.yaml", "base.binpb"):
        shutil.copy(ROOT / "protos" / name, copy)
    shutil.copytree(ROOT / "protos/ledgerapi", copy / "ledgerapi")
    return copy


def check(protos: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([BUF, *CHECK], cwd=protos, capture_output=True, text=True, check=False)


def edit(protos: Path, name: str, old: str, new: str) -> None:
    path = protos / "ledgerapi/v1" / name
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def test_make_check_runs_this_check() -> None:
    recipe = (ROOT / "Makefile").read_text().partition("\ncheck:")[2].partition("\n\n")[0]
    assert f"buf {' '.join(CHECK)}\n" in recipe + "\n"


def test_the_contract_is_compatible_with_its_base(protos: Path) -> None:
    checked = check(protos)
    assert (checked.returncode, checked.stdout) == (0, "")


def test_a_new_field_breaks_nobody(protos: Path) -> None:
    edit(protos, "period.proto", "message Period {", "message Period {\n  // New.\n  string later = 99;")
    assert check(protos).returncode == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("  string ledger_id = 1;", "", id="a field is gone"),
        pytest.param("  string ledger_id = 1;", "  int64 ledger_id = 1;", id="a field has another type"),
        pytest.param("  string ledger_id = 1;", "  string ledger_id = 3;", id="a field has another number"),
        pytest.param("package ledgerapi.v1;", "package ledgerapi.v2;", id="a package has another name"),
    ],
)
def test_what_breaks_callers_is_rejected(protos: Path, old: str, new: str) -> None:
    edit(protos, "period.proto", old, new)
    assert check(protos).returncode != 0


@pytest.mark.parametrize("base", [None, b"", b"no descriptor set"], ids=["missing", "empty", "not readable"])
def test_a_base_that_cannot_be_read_fails_the_check(protos: Path, base: bytes | None) -> None:
    path = protos / "base.binpb"
    path.unlink()
    if base is not None:
        path.write_bytes(base)
    checked = check(protos)
    assert checked.returncode != 0
    assert checked.stderr
