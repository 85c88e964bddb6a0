"""Refuses a change of the contract that would break those who use it.

Compares protos/ with the last released tag (v*), or where there is none with the first commit that
holds them, by ``buf breaking``.
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """The exit status of buf breaking; 0 where there is nothing to compare with."""
    base = _base()
    if base is None:
        print("breaking: nothing to compare with")  # noqa: T201
        return 0
    buf = Path(sys.executable).with_name("buf")
    against = f"{ROOT}/.git#ref={base},subdir=protos"
    return subprocess.run([str(buf), "breaking", "--against", against], cwd=ROOT / "protos", check=False).returncode


def _base() -> str | None:
    tags = _git("tag", "--list", "v*", "--sort=-version:refname").split()
    if tags:
        return tags[0]
    commits = _git("log", "--reverse", "--format=%H", "--", "protos/ledgerapi").split()
    return commits[0] if commits else None


def _git(*arguments: str) -> str:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        return ""
    return subprocess.run([git, *arguments], cwd=ROOT, capture_output=True, text=True, check=False).stdout


if __name__ == "__main__":
    sys.exit(main())
