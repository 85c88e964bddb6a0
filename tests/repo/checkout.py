"""A copy of the repository, as somebody gets it who has just cloned it."""

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def copy_of_the_repository(folder: Path) -> Path:
    """All that belongs to the repository, also if it is not committed yet, and nothing that was made from it."""
    command = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for line in filter(None, listed.split("\0")):
        if (ROOT / line).is_file():
            (folder / line).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / line, folder / line)
    return folder
