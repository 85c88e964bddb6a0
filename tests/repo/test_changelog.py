"""The changelog has the form that tools and readers of Keep a Changelog expect."""

import re
import tomllib

from tests.repo.documents import ROOT

CHANGELOG = (ROOT / "CHANGELOG.md").read_text()
KINDS = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]


def sections() -> dict[str, str]:
    """The text under each version."""
    pieces = re.split(r"^## \[(.+?)\].*$", CHANGELOG, flags=re.MULTILINE)[1:]
    return dict(zip(pieces[::2], pieces[1::2], strict=True))


def test_unreleased_comes_first_and_every_released_version_has_a_section() -> None:
    versions = list(sections())
    assert versions[0] == "Unreleased"
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions[1:])
    current = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert len(versions) == 1 or versions[1] == current


def test_changes_are_grouped_by_their_kind_and_none_is_empty() -> None:
    for version, text in sections().items():
        pieces = re.split(r"^### (.+)$", text, flags=re.MULTILINE)[1:]
        kinds, entries = pieces[::2], pieces[1::2]
        assert kinds == [kind for kind in KINDS if kind in kinds], version
        assert all(re.search(r"^- \S", entry, re.MULTILINE) for entry in entries), version
