"""Writes the requirements of the image, with the hash of every file that they may be: run by ``make lock``.

Versions are those of constraints.txt. Needs the package index; the image then takes nothing else from it.
"""

import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IMAGE = ROOT / "image"


def main() -> int:
    server = _project(ROOT)
    protos = _project(ROOT / "protos")
    asked = [*server["dependencies"], *server["optional-dependencies"]["uvloop"], *protos["dependencies"]]
    # What is ours is built in the image itself.
    _lock([one for one in asked if not one.startswith("ledgerd")], IMAGE / "requirements.txt")
    _lock(tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"], IMAGE / "build.txt")
    return 0


def _project(folder: Path) -> dict[str, dict[str, list[str]]]:
    return tomllib.loads((folder / "pyproject.toml").read_text())["project"]


def _lock(requirements: Iterable[str], path: Path) -> None:
    uv = (Path(sys.executable).with_name("uv"), "pip", "compile", "-", "--quiet", "--no-header", "--generate-hashes")
    image = ("--python-version", "3.11.9", "--python-platform", "x86_64-manylinux_2_28", "--no-annotate", "--upgrade")
    subprocess.run(
        [*uv, *image, "--constraint", ROOT / "constraints.txt", "--output-file", path],
        input="\n".join(requirements),
        text=True,
        check=True,
        stdout=subprocess.DEVNULL,
    )


if __name__ == "__main__":
    sys.exit(main())
