"""What the contract imports of others: the files are theirs, and no process gets a second copy of their code."""

import re
import subprocess
import sys
from importlib import metadata, resources
from pathlib import Path

import pytest
from google.api import annotations_pb2, field_behavior_pb2, http_pb2
from google.protobuf import descriptor_pb2

ROOT = Path(__file__).parents[2]
THIRD_PARTY = ROOT / "protos/third_party"
GENERATED = ROOT / "protos/gen/ledgerapi/v1"
MODULES = sorted(f"ledgerapi.v1.{path.stem}" for path in GENERATED.glob("*_pb2.py"))


def python(program: str, *arguments: str) -> str:
    """What a program prints in a process of its own."""
    command = (sys.executable, "-W", "error", "-c", program, *arguments)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("module", [annotations_pb2, field_behavior_pb2, http_pb2], ids=lambda m: m.DESCRIPTOR.name)
def test_the_files_of_google_are_those_of_its_package(module: object) -> None:
    name = module.DESCRIPTOR.name  # type: ignore[attr-defined]
    theirs = Path(module.__file__).parents[2] / name  # type: ignore[attr-defined]
    assert (THIRD_PARTY / name).read_text() == theirs.read_text()
    assert f"protos {metadata.version('googleapis-common-protos')}." in (THIRD_PARTY / "NOTICE").read_text()


def test_every_file_has_its_licence_and_is_noticed() -> None:
    files = [path.relative_to(THIRD_PARTY) for path in THIRD_PARTY.rglob("*.proto")]
    for file in files:
        assert "Apache License" in (THIRD_PARTY / file.parts[0] / "LICENSE").read_text()
        assert f"{file.parent}/ " in (THIRD_PARTY / "NOTICE").read_text()
    described = descriptor_pb2.FileDescriptorSet.FromString((GENERATED / "descriptor_set.binpb").read_bytes())
    imported = {needed for file in described.file for needed in file.dependency}
    assert {str(file) for file in files} <= imported


def test_generated_code_brings_no_code_of_others() -> None:
    names = [str(path) for path in resources.files("ledgerapi").iterdir()]
    assert {Path(name).name for name in names} - {"third_party"} == {"v1"}
    files = [path.read_text() for path in GENERATED.glob("*.py*")]
    assert not [text for text in files if "validate_pb2" in text]


_BOTH = """
import sys, importlib
for name in sys.argv[1:]:
    importlib.import_module(name)
from google.api import annotations_pb2, field_behavior_pb2
from ledgerapi.v1 import draft_pb2, transaction_service_pb2
(service,) = transaction_service_pb2.DESCRIPTOR.services_by_name.values()
print(service.methods_by_name["PostTransaction"].GetOptions().Extensions[annotations_pb2.http].post)
"""

OTHERS = ["google.api.annotations_pb2", "google.api.field_behavior_pb2", "google.api.client_pb2", "protovalidate"]


@pytest.mark.parametrize("names", [[*OTHERS, *MODULES], [*MODULES, *OTHERS]], ids=["theirs first", "ours first"])
@pytest.mark.parametrize("implementation", ["upb", "python"])
def test_the_packages_of_others_are_imported_beside_ours_in_either_order(
    names: list[str], implementation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION", implementation)
    assert python(_BOTH, *names).split() == ["/v1/transactions"]


_RULES = """
import sys, importlib
for name in sys.argv[1:]:
    importlib.import_module(name)
import protovalidate
from google.api import field_behavior_pb2
from ledgerapi.v1.admin_service_pb2 import GetPeriodRequest
(behavior,) = GetPeriodRequest.DESCRIPTOR.fields_by_name["ledger_id"].GetOptions().Extensions[
    field_behavior_pb2.field_behavior
]
print(field_behavior_pb2.FieldBehavior.Name(behavior))
for ledger_id in ("", "ldg_1", "ldg_01jd0000000000000000000000"):
    violations = protovalidate.collect_violations(GetPeriodRequest(ledger_id=ledger_id))
    print(*(violation.proto.rule_id for violation in violations))
"""


@pytest.mark.parametrize("names", [["protovalidate", *MODULES], [*MODULES, "protovalidate"]], ids=["first", "last"])
def test_protovalidate_finds_the_rules_although_nobody_imports_their_code(names: list[str]) -> None:
    assert python(_RULES, *names).splitlines() == ["REQUIRED", "required", "string.pattern", ""]


def test_the_packages_of_others_that_are_tested_have_the_rules_that_are_vendored() -> None:
    """So nothing in these files is newer than what they check."""
    import protovalidate._gen.buf.validate.validate_pb as theirs

    ours = (THIRD_PARTY / "buf/validate/validate.proto").read_text()
    names = re.findall(r"^(?:message|enum) (\w+)", ours, re.MULTILINE)
    assert len(names) > 20
    assert [name for name in names if not hasattr(theirs, name)] == []
