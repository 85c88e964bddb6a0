"""Puts the .proto files into the wheel, beside what is made from them. All else is in pyproject.toml."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithProtos(build_py):
    """Copies the package, then the .proto files, so that ``import "ledgerapi/v1/draft.proto"`` is found there.

    What these import of others goes into a folder of ours, because it may be installed under its own name as well.
    """

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            for path in Path("ledgerapi/v1").glob("*.proto"):
                self._copy(path, path)
            for path in Path("third_party").rglob("*"):
                if path.is_file():
                    self._copy(path, "ledgerapi" / path)

    def _copy(self, path: Path, place: Path) -> None:
        target = Path(self.build_lib) / place
        self.mkpath(str(target.parent))
        self.copy_file(str(path), str(target))


setup(cmdclass={"build_py": BuildWithProtos})
