"""The image's requirements: what the server needs, in the versions that are tested, and nothing without a hash."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "image/requirements.txt").read_text()
BUILD = (ROOT / "image/build.txt").read_text()
PINNED = dict(re.findall(r"^([\w.-]+)==(\S+)", LOCK, re.MULTILINE))
TESTED = {
    canonicalize_name(name): version
    for name, _, version in (line.partition("==") for line in (ROOT / "constraints.txt").read_text().splitlines())
}


def project(folder: str) -> dict:
    return tomllib.loads((ROOT / folder / "pyproject.toml").read_text())


def needed() -> set[str]:
    """Everything that the server and the client need, and what that needs, and so on, with uvloop."""
    asked = [*project(".")["project"]["optional-dependencies"]["uvloop"]]
    for folder in (".", "protos", "clients/python"):
        asked += project(folder)["project"]["dependencies"]
    waiting = [Requirement(text) for text in asked if not text.startswith("ledgerd")]
    found: dict[str, set[str]] = {}
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in found and requirement.extras <= found[name]:
            continue
        extras = found[name] = found.get(name, set()) | requirement.extras
        for text in metadata.requires(name) or ():
            required = Requirement(text)
            if any(required.marker is None or required.marker.evaluate({"extra": extra}) for extra in (*extras, "")):
                waiting.append(required)
    return set(found)


def test_the_image_has_what_the_server_and_the_client_need_and_nothing_else() -> None:
    assert PINNED.keys() == needed()


def test_the_image_has_the_versions_that_are_tested() -> None:
    assert {name: TESTED[name] for name in PINNED} == PINNED
    assert re.findall(r"^([\w.-]+)==(\S+)", BUILD, re.MULTILINE) == [("setuptools", TESTED["setuptools"])]


@pytest.mark.parametrize("text", [LOCK, BUILD], ids=["requirements", "build"])
def test_every_line_is_a_version_or_a_hash_and_no_version_is_without(text: str) -> None:
    """So the file names no index, and pip takes nothing that was not looked at."""
    pinned = re.findall(r"^[\w.-]+==\S+ \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", text, re.MULTILINE)
    assert len(pinned) == len(re.findall(r"^[\w.-]+==", text, re.MULTILINE))
    assert sum(1 + block.count("\n") for block in pinned) == len(text.splitlines())


def test_the_image_is_built_from_them() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    commands = re.split(r"&&|\n", dockerfile.replace("\\\n", " "))
    installs = [command for command in commands if re.search(r"/pip .*\b(install|wheel)\b", command)]
    assert len(installs) == 4
    assert all("--require-hashes" in install or "--no-index" in install for install in installs)
    ignored = (ROOT / ".dockerignore").read_text()
    for line in re.findall(r"^COPY (?!--)(.*) \S+$", dockerfile, re.MULTILINE):
        assert [word for word in line.split() if f"!{word}" not in ignored] == []
