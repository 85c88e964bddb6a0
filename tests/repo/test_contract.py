"""The contract and what is made from it: fresh stubs, and a retry policy for every method."""

import filecmp
import json
import subprocess
import sys
from pathlib import Path

from google.protobuf import descriptor_pb2
from ledgerapi.v1 import operation_pb2

from ledgerd.rpc.server import SERVICES

ROOT = Path(__file__).parents[2]
GENERATED = ROOT / "protos/gen/ledgerapi/v1"
CONFIG = ROOT / "protos/ledgerapi/v1/service_config.json"
METHODS = [method for service in SERVICES for method in service.methods]


def test_generated_code_is_fresh(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "protos/generate.py", tmp_path], check=True, capture_output=True)
    made = tmp_path / "ledgerapi/v1"
    names = {path.name for path in made.iterdir()}
    assert {path.name for path in GENERATED.iterdir() if path.suffix != ".pyc" and path.name != "__pycache__"} == names
    same, differing, missing = filecmp.cmpfiles(made, GENERATED, names, shallow=False)
    assert (sorted(same), differing, missing) == (sorted(names), [], [])


def test_the_descriptor_set_has_every_comment_and_everything_that_is_imported() -> None:
    described = descriptor_pb2.FileDescriptorSet.FromString((GENERATED / "descriptor_set.binpb").read_bytes())
    files = {file.name: file for file in described.file}
    assert {needed for file in described.file for needed in file.dependency} <= files.keys()
    for service in SERVICES:
        file = files[service.file.name]
        commented = {tuple(place.path): place.leading_comments for place in file.source_code_info.location}
        for number in range(len(service.methods)):
            assert commented[6, 0, 2, number].strip()


def method_configs() -> dict[tuple[str, str], list[dict[str, object]]]:
    """What the service config says about each method; once is right, twice is a mistake."""
    said: dict[tuple[str, str], list[dict[str, object]]] = {}
    for entry in json.loads(CONFIG.read_text())["methodConfig"]:
        for name in entry["name"]:
            said.setdefault((name["service"], name["method"]), []).append(entry)
    return said


def test_the_service_config_names_every_method_once_and_no_other() -> None:
    said = method_configs()
    assert said.keys() == {(method.containing_service.full_name, method.name) for method in METHODS}
    assert {name: len(entries) for name, entries in said.items() if len(entries) != 1} == {}


def test_only_what_nobody_answered_is_retried_and_not_for_ever() -> None:
    """CANCELLED by nobody is what a server that stops has received and not looked at."""
    unanswered = ["UNAVAILABLE", "CANCELLED"]
    for entry in json.loads(CONFIG.read_text())["methodConfig"]:
        policy = entry.get("retryPolicy", {"retryableStatusCodes": unanswered, "maxAttempts": 2})
        assert policy["retryableStatusCodes"] == unanswered
        assert 2 <= policy["maxAttempts"] <= 5
        assert "timeout" not in entry


def test_messages_and_enums_are_commented() -> None:
    linted = subprocess.run(
        [Path(sys.executable).parent / "buf", "lint"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (linted.returncode, linted.stdout) == (0, "")


def test_a_balance_is_named_by_its_indicator_under_one_number() -> None:
    """In every request, so that who reads one knows them all."""
    keys = [method.input_type.fields_by_name.get("indicator_key") for method in METHODS]
    numbers = [key.number for key in keys if key is not None]
    assert len(numbers) >= 6
    assert len({*numbers}) == 1


def test_an_operation_on_a_transaction_is_named_as_its_rpc() -> None:
    """The package has one namespace for all messages: `Refund` alone would be taken for ever."""
    names = {method.name for method in METHODS}
    operations = operation_pb2.Operation.DESCRIPTOR.fields
    assert {field.message_type.name for field in operations if field.name != "post"} <= names
