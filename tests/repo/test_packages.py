"""The three distributions as a user gets them: built, opened, installed where there is no repository, type-checked."""

import email.message
import email.parser
import shutil
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.repo import documents
from tests.repo.checkout import copy_of_the_repository

ROOT = Path(__file__).parents[2]
PLACES = {"ledgerd": ROOT, "ledgerd-protos": ROOT / "protos", "ledgerd-client": ROOT / "clients/python"}
PACKAGES = {
    "ledgerd": "src/ledgerd",
    "ledgerd-protos": "protos/gen/ledgerapi",
    "ledgerd-client": "clients/python/src/ledgerd_client",
}
THIRD_PARTY = [path for path in sorted((ROOT / "protos/third_party").rglob("*")) if path.is_file()]
MACHINERY = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "top_level.txt"}


def settings(name: str) -> dict[str, Any]:
    return tomllib.loads((PLACES[name] / "pyproject.toml").read_text())


def run(*command: str | Path, cwd: Path) -> str:
    """What a command prints; fails with all of it when the command does. It finds nothing of ours by accident."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Built(NamedTuple):
    """One distribution, opened."""

    wheel: Path
    in_wheel: set[str]
    in_sdist: set[str]
    metadata: email.message.Message


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Built]:
    """Source distributions, and wheels that are built from them and not from the repository."""
    source = copy_of_the_repository(tmp_path_factory.mktemp("source"))
    dist = tmp_path_factory.mktemp("dist")
    return {name: build(source / place.relative_to(ROOT), dist / name) for name, place in PLACES.items()}


def build(place: Path, dist: Path) -> Built:
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", dist, place, cwd=place)
    (wheel,), (sdist,) = dist.glob("*.whl"), dist.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as opened, tarfile.open(sdist) as unpacked:
        (metadata,) = (name for name in opened.namelist() if name.endswith(".dist-info/METADATA"))
        return Built(
            wheel,
            {name for name in opened.namelist() if Path(name).name not in MACHINERY},
            {member.name.partition("/")[2] for member in unpacked if member.isfile()},
            email.parser.Parser().parsestr(opened.read(metadata).decode()),
        )


# What is declared ------------------------------------------------------------------------------


def test_one_version_for_all_and_each_asks_for_its_siblings_of_the_same() -> None:
    versions = {settings(name)["project"]["version"] for name in PLACES}
    assert len(versions) == 1
    projects = [settings(name)["project"] for name in PLACES]
    lists = [asked for project in projects for asked in project.get("optional-dependencies", {}).values()]
    lists += [project["dependencies"] for project in projects]
    siblings = sorted(
        requirement
        for asked in lists
        for requirement in asked
        if requirement.startswith("ledgerd") and "[" not in requirement
    )
    version = versions.pop()
    assert siblings == [f"ledgerd-client~={version}", f"ledgerd-protos~={version}", f"ledgerd-protos~={version}"]


def test_they_agree_on_the_bounds_of_what_they_share() -> None:
    bounds: dict[str, set[str]] = {}
    for name in PLACES:
        for requirement in settings(name)["project"]["dependencies"]:
            library = requirement.partition(">")[0].partition("~")[0]
            bounds.setdefault(library, set()).add(requirement)
    assert {library: asked for library, asked in bounds.items() if len(asked) > 1} == {}
    assert "protobuf>=6.31.1,<8" in bounds["protobuf"]  # Generated code works with its major version and the next.


@pytest.mark.parametrize("name", PLACES)
def test_the_licence_is_declared_in_a_way_that_the_build_understands(name: str) -> None:
    declared = settings(name)
    assert declared["build-system"]["requires"] == ["setuptools>=77"]  # The first that knows licence expressions.
    assert (declared["project"]["license"], declared["project"]["license-files"]) == ("Apache-2.0", ["LICENSE"])
    assert (PLACES[name] / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()


# What is built ---------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", PLACES)
def test_wheel_and_sdist_say_what_they_are(built: dict[str, Built], name: str) -> None:
    metadata = built[name].metadata
    assert (metadata["Name"], metadata["Version"]) == (name, settings(name)["project"]["version"])
    assert (metadata["License-Expression"], metadata.get_all("License-File")) == ("Apache-2.0", ["LICENSE"])
    assert metadata.get_payload().strip() == (PLACES[name] / "README.md").read_text().strip()
    assert {"LICENSE", "README.md", "pyproject.toml", "PKG-INFO"} <= built[name].in_sdist
    assert len([file for file in built[name].in_wheel if file.endswith(".dist-info/licenses/LICENSE")]) == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", PLACES)
def test_the_wheel_holds_the_whole_package_and_nothing_else(built: dict[str, Built], name: str) -> None:
    package = ROOT / PACKAGES[name]
    wanted = {
        str(path.relative_to(package.parent))
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    if name == "ledgerd-protos":
        wanted |= {str(path.relative_to(ROOT / "protos")) for path in (ROOT / "protos/ledgerapi").rglob("*.proto")}
        wanted |= {f"ledgerapi/{path.relative_to(ROOT / 'protos')}" for path in THIRD_PARTY}
    assert {file for file in built[name].in_wheel if ".dist-info/" not in file} == wanted
    assert f"{package.name}/py.typed" in wanted or f"{package.name}/v1/py.typed" in wanted


@pytest.mark.slow
def test_every_proto_comes_with_its_code_and_its_types(built: dict[str, Built]) -> None:
    inside = built["ledgerd-protos"].in_wheel
    protos = {Path(file) for file in inside if file.startswith("ledgerapi/v1/") and file.endswith(".proto")}
    assert len(protos) > 15
    for proto in protos:
        kinds = ["_pb2", "_pb2_grpc"] if proto.stem.endswith("_service") else ["_pb2"]
        assert {f"{proto.with_suffix('')}{kind}{end}" for kind in kinds for end in (".py", ".pyi")} <= inside
    assert {"ledgerapi/v1/service_config.json", "ledgerapi/v1/descriptor_set.binpb"} <= inside


@pytest.mark.slow
def test_the_sdists_hold_what_is_needed_and_no_half_of_the_tests(built: dict[str, Built]) -> None:
    protos = {"generate.py", "pin.py", "ledgerapi/v1/draft.proto", "third_party/NOTICE", "third_party/buf/LICENSE"}
    assert protos <= built["ledgerd-protos"].in_sdist
    assert {"samples/quickstart.py", "samples/bulk.py", "samples/watch.py"} <= built["ledgerd-client"].in_sdist
    for package in built.values():
        assert not [name for name in package.in_sdist if "test" in Path(name).parts[0]]


# What is installed -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def environment(built: dict[str, Built], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the three wheels and with mypy, outside of the repository."""
    place = tmp_path_factory.mktemp("environment") / "env"
    venv.create(place, with_pip=False, symlinks=True)
    wheels = [str(built[name].wheel) for name in PLACES]
    wheels[-1] += "[types]"
    install = (Path(sys.executable).parent / "uv", "pip", "install", "--quiet", "--python", place / "bin/python")
    run(*install, "--constraint", ROOT / "constraints.txt", *wheels, "mypy", cwd=place.parent)
    return place / "bin"


@pytest.mark.slow
def test_the_installed_server_and_client_start(environment: Path, tmp_path: Path) -> None:
    assert "serve" in run(environment / "ledgerd", "--help", cwd=tmp_path)
    for path in run(environment / "python", "-W", "error", "-c", _WHERE, cwd=tmp_path).split():
        assert Path(path).is_relative_to(environment.parent)


_WHERE = """
import ledgerapi.v1, ledgerd, ledgerd_client
for package in (ledgerapi.v1, ledgerd, ledgerd_client):
    print(package.__file__)
"""


@pytest.mark.slow
def test_samples_and_readmes_pass_a_strict_type_check(environment: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "clients/python/samples", tmp_path, dirs_exist_ok=True)
    for number, path in enumerate(documents.READMES):
        for block in documents.blocks(path):
            if block.language == "python":
                (tmp_path / f"readme_{number}_{block.file}").write_text(block.text)
    programs = sorted(tmp_path.glob("*.py"))
    assert len(programs) > 8
    run(environment / "mypy", "--strict", *programs, cwd=tmp_path)
    wrong = tmp_path / "wrong.py"
    wrong.write_text(_WRONG)
    mypy = (environment / "mypy", "--strict", wrong)
    found = subprocess.run(mypy, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert [line.split(": ")[0] for line in found.stdout.splitlines()[:-1]] == ["wrong.py:8", "wrong.py:9"]


_WRONG = """from ledgerapi.v1.ledger_service_pb2 import GetBalanceRequest
from ledgerapi.v1.balance_pb2 import Balance

from ledgerd_client import LedgerClient


async def read(client: LedgerClient) -> Balance:
    await client.ledgers.GetBalance(GetBalanceRequest(balance_id=1))
    return await client.ledgers.GetBalance(GetBalanceRequest(balance_id=""))
"""
"""What mypy must object to: that it does shows that it knows the types of stubs and messages."""
