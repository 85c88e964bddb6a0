"""The contract in other languages: each file says where its code goes, and the compiler puts it there."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest
import yaml
from google.protobuf import descriptor_pb2

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
DESCRIBED = resources.files("ledgerapi.v1").joinpath("descriptor_set.binpb").read_bytes()
FILES = {
    file.name: file
    for file in descriptor_pb2.FileDescriptorSet.FromString(DESCRIBED).file
    if file.package == "ledgerapi.v1"
}
NAMES = [Path(name).stem for name in FILES]
SHARED = {
    "csharp_namespace": "Ledgerd.Api.V1",
    "go_package": "ledgerd.dev/clients/go/ledgerapi/v1;ledgerapiv1",
    "java_multiple_files": True,
    "java_package": "dev.ledgerd.api.v1",
    "objc_class_prefix": "LGR",
    "php_metadata_namespace": r"Ledgerd\Api\V1\Metadata",
    "php_namespace": r"Ledgerd\Api\V1",
    "ruby_package": "Ledgerd::Api::V1",
}


def camel_case(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


@pytest.mark.parametrize("name", FILES)
def test_a_file_says_for_every_language_where_its_code_goes(name: str) -> None:
    options = FILES[name].options
    wanted = SHARED | {"java_outer_classname": f"{camel_case(Path(name).stem)}Proto"}
    assert {option.name: value for option, value in options.ListFields()} == wanted


def test_a_class_of_java_or_csharp_has_the_name_of_nothing_else() -> None:
    """In both languages all messages, enums and outer classes are in one namespace, and `Void` is a type of Java."""
    declared = [d.name for file in FILES.values() for kind in (file.message_type, file.enum_type) for d in kind]
    outer = [f"{camel_case(name)}{end}" for name in NAMES for end in ("Proto", "Reflection")]
    assert len({*declared, *outer}) == len(declared) + len(outer)
    assert {"Void", "Object", "String", "Record", "Override", "Exception"}.isdisjoint(declared)


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the compiler makes of the shipped files with nothing else, for the languages that it knows itself."""
    folder = tmp_path_factory.mktemp("generated")
    for language in WHERE:
        (folder / language).mkdir()
    places = [f"--proto_path={ROOT / place}" for place in ("protos", "protos/third_party")]
    outputs = [f"--{language}_out={folder / language}" for language in WHERE]
    subprocess.run([BIN / "protoc", *places, *outputs, *FILES], cwd=ROOT / "protos", check=True)
    return folder


WHERE = {
    "csharp": ("TransactionService.cs", "namespace Ledgerd.Api.V1 {", "class PostTransactionRequest "),
    "java": ("dev/ledgerd/api/v1/PostTransactionRequest.java", "package dev.ledgerd.api.v1;", "class PostTransactionR"),
    "kotlin": ("dev/ledgerd/api/v1/PostTransactionRequestKt.kt", "package dev.ledgerd.api.v1;", "postTransactionR"),
    "objc": ("ledgerapi/v1/TransactionService.pbobjc.h", "@interface LGRPostTransactionRequest "),
    "php": ("Ledgerd/Api/V1/PostTransactionRequest.php", r"namespace Ledgerd\Api\V1;", "class PostTransactionR"),
    "ruby": ("ledgerapi/v1/transaction_service_pb.rb", "module Ledgerd\n  module Api\n    module V1"),
}
"""Where a language has the message PostTransactionRequest, and what is written there."""


@pytest.mark.parametrize("language", WHERE)
def test_generated_code_is_where_its_users_look_for_it(generated: Path, language: str) -> None:
    path, *texts = WHERE[language]
    code = (generated / language / path).read_text()
    assert [text for text in texts if text not in code] == []


def test_every_file_and_every_message_has_its_code(generated: Path) -> None:
    assert {path.stem for path in (generated / "csharp").glob("*.cs")} == {camel_case(name) for name in NAMES}
    messages = {message.name for file in FILES.values() for message in file.message_type}
    for language, folder in (("java", "dev/ledgerd/api/v1"), ("php", "Ledgerd/Api/V1")):
        assert messages <= {path.stem for path in (generated / language / folder).iterdir()}
    assert {path.stem for path in (generated / "php/Ledgerd/Api/V1/Metadata").iterdir()} == {*map(camel_case, NAMES)}


# Templates -------------------------------------------------------------------------------------

STUBS = ROOT / "clients/stubs"


@pytest.mark.parametrize(("language", "name"), [("csharp", camel_case), ("python", "ledgerapi/v1/{}_pb2".format)])
def test_a_template_makes_code_that_needs_none_of_buf_validate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, name: Callable[[str], str]
) -> None:
    monkeypatch.setenv("PATH", str(BIN), prepend=os.pathsep)
    template = ("--template", STUBS / language / "buf.gen.yaml")
    subprocess.run([BIN / "buf", "generate", *template, "--output", tmp_path], cwd=ROOT, check=True)
    code = {path.relative_to(tmp_path).with_suffix("").as_posix(): path.read_text() for path in tmp_path.rglob("*.*")}
    assert code.keys() == {name(file) for file in NAMES}
    assert [path for path, text in code.items() if "buf.validate" in text.lower() or "buf/validate" in text] == []


def test_every_template_takes_the_contract_alone() -> None:
    templates = {path.parent.name: yaml.safe_load(path.read_text()) for path in STUBS.glob("*/buf.gen.yaml")}
    assert templates.keys() == {"csharp", "go", "java", "python", "typescript"}
    for language, template in templates.items():
        (taken,) = template["inputs"]
        assert (taken["directory"], taken["paths"]) == (".", ["protos/ledgerapi"]), language


def test_generators_have_the_versions_of_what_their_code_runs_with() -> None:
    go, module = (STUBS / "go/buf.gen.yaml").read_text(), (STUBS / "go/go.mod").read_text()
    (generator,) = re.findall(r"google\.golang\.org/protobuf/cmd/protoc-gen-go@(\S+?)\]", go)
    assert f"google.golang.org/protobuf {generator}\n" in module
    package = json.loads((STUBS / "typescript/package.json").read_text())
    assert package["devDependencies"]["@bufbuild/protoc-gen-es"] == package["dependencies"]["@bufbuild/protobuf"]
    assert package["dependencies"]["@connectrpc/connect-node"] == package["dependencies"]["@connectrpc/connect"]
