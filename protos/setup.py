"""Puts the .proto files into the wheel, beside what is made from them. All else is in pyproject.toml."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithProtos(build_py):
    """Copies the package, then the .proto files, so that ``import "ledgerapi/v1/draft.proto"`` is found there."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            for path in Path("ledgerapi/v1").glob("*.proto"):
                self.copy_file(str(path), str(Path(self.build_lib) / path))


setup(cmdclass={"build_py": BuildWithProtos})
