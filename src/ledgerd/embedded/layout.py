"""The layout of the data directory."""

import os
import sys
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

DATABASE = "ledgerd"

# sockaddr_un holds 108 bytes on Linux and 104 on macOS, the closing zero included.
_SOCKET_PATH_BYTES_MAX = 107 if sys.platform == "linux" else 103
_PORT = 5432


class EmbeddedError(Exception):
    """The embedded PostgreSQL cannot be used; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths below one data directory, which is absolute and without symbolic links."""

    root: Path

    @property
    def pgdata(self) -> Path:
        """PostgreSQL's own directory."""
        return self.root / "pg"

    @property
    def socket_dir(self) -> Path:
        """The directory of the only socket. It has mode 0700, so that the kernel decides who may connect."""
        return self.root / "socket"

    @property
    def socket(self) -> Path:
        """The socket on which PostgreSQL listens. Clients find it by directory and port."""
        return self.socket_dir / f".s.PGSQL.{_PORT}"

    @property
    def owner_lock(self) -> Path:
        """The lock of the process that may start and stop PostgreSQL. The kernel unlocks it when the process ends."""
        return self.root / "owner.lock"

    @property
    def settings(self) -> Path:
        """PostgreSQL's configuration, written anew at every start."""
        return self.root / "ledgerd.conf"

    @property
    def log(self) -> Path:
        """PostgreSQL's log."""
        return self.root / "postgres.log"

    def dsn(self, database: str) -> str:
        """The asyncpg DSN of a database in this directory, as superuser."""
        socket_dir = urllib.parse.quote(str(self.socket_dir), safe="/")
        return f"postgresql://postgres@/{database}?host={socket_dir}&port={_PORT}"


def layout_of(data_dir: Path | None) -> Layout:
    """The layout below `data_dir` or the default. Raises EmbeddedError for a path that cannot be used."""
    try:
        layout = Layout((data_dir or default_data_dir()).expanduser().resolve())
    except (OSError, RuntimeError) as error:
        raise EmbeddedError(f"no usable data directory: {error}. Name one with LEDGERD_DATA_DIR.") from error
    if "," in str(layout.root):
        raise EmbeddedError(
            f"the data directory {layout.root} has a comma in its path, which a DSN takes for a list. "
            "Choose another one with LEDGERD_DATA_DIR."
        )
    length = len(os.fsencode(layout.socket))
    if length > _SOCKET_PATH_BYTES_MAX:
        # A socket in another place, such as /tmp, would be a second entrance that needs protection.
        raise EmbeddedError(
            f"the data directory {layout.root} makes a socket path of {length} bytes, the system allows "
            f"{_SOCKET_PATH_BYTES_MAX}. Choose a shorter one with LEDGERD_DATA_DIR."
        )
    return layout


def default_data_dir() -> Path:
    """/var/lib/ledgerd for root, else ledgerd below XDG_STATE_HOME or ~/.local/state."""
    if os.geteuid() == 0:
        return Path("/var/lib/ledgerd")
    state_home = os.environ.get("XDG_STATE_HOME")
    return (Path(state_home) if state_home else Path.home() / ".local" / "state") / "ledgerd"
