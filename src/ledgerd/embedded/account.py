"""Who runs PostgreSQL: this user; or under root, as which it refuses to run, a system user of its own."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ledgerd.embedded.layout import EmbeddedError

SYSTEM_USER = "ledgerd"
# The user where no other can be made, because /etc is read-only. It exists for the same purpose.
_STAND_IN = "postgres"

# PGPORT, PGDATA or a locale in the caller's environment must not change the PostgreSQL that is started.
CLEAN_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The user and group of PostgreSQL's processes and files. None means those of this process."""

    uid: int | None = None
    gid: int | None = None

    @property
    def extra_groups(self) -> list[int] | None:
        """No group of root is passed on."""
        return None if self.uid is None else []

    def run(self, command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
        """Run a command as this account and wait. Raises OSError when the account cannot execute it."""
        return subprocess.run(
            [str(word) for word in command],
            user=self.uid,
            group=self.gid,
            extra_groups=self.extra_groups,
            cwd="/",
            env=CLEAN_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )

    def make_private(self, directory: Path) -> None:
        """Make a directory, if missing, that only this account and root may enter."""
        directory.mkdir(mode=0o700, exist_ok=True)
        if self.uid is not None and self.gid is not None:
            os.chown(directory, self.uid, self.gid)

    def can_enter(self, directory: Path) -> bool:
        """Whether the account may enter a directory. The kernel decides, by access control lists and mounts as well."""
        return self.run(["/bin/sh", "-c", 'cd -- "$0"', directory]).returncode == 0


def choose_account(pgdata: Path) -> Account:
    """The user of this process. Under root, the owner of existing data, otherwise the system user, made if missing."""
    if os.geteuid() != 0:
        return Account()
    if pgdata.exists():
        status = pgdata.stat()
        return Account(uid=status.st_uid, gid=status.st_gid)
    entry = _find(SYSTEM_USER) or _make_system_user() or _find(_STAND_IN)
    if entry is None:
        raise EmbeddedError(
            f"PostgreSQL does not run as root, and the system user {SYSTEM_USER} could not be made. "
            f"Run `useradd --system {SYSTEM_USER}`, or run ledgerd as another user, or set DATABASE_URL."
        )
    return Account(uid=entry.pw_uid, gid=entry.pw_gid)


def _find(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _make_system_user() -> pwd.struct_passwd | None:
    # The result is not checked: two processes may do this at once. The user must exist afterwards.
    useradd = shutil.which("useradd", path=f"{os.defpath}:/usr/sbin:/sbin")
    if useradd is not None:
        options = ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin"]
        subprocess.run([useradd, *options, SYSTEM_USER], capture_output=True, check=False)
    return _find(SYSTEM_USER)
