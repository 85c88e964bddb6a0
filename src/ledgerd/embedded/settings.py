"""PostgreSQL's settings, adapted to the machine. Commits are durable on every machine."""

import os
from pathlib import Path

from ledgerd.embedded.layout import Layout

_MIB = 1024 * 1024
# The files with a container's memory limit (cgroup 2, cgroup 1): the system itself reports the host's memory.
_CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))

_HEADER = """\
# Written by ledgerd at every start; changes made here are lost.
# To change a setting for good: ALTER SYSTEM SET name = value, then restart ledgerd.

"""


def write_settings(layout: Layout) -> None:
    """Write ledgerd.conf atomically."""
    values = settings(memory_bytes=memory_bytes(), processors=os.cpu_count() or 1, socket_dir=layout.socket_dir)
    text = "".join(f"{name} = '{_escape(value)}'\n" for name, value in values.items())
    new = layout.settings.with_suffix(".new")
    new.write_text(_HEADER + text, encoding="utf-8")
    new.chmod(0o644)  # PostgreSQL's account reads it, whatever our umask
    new.replace(layout.settings)


def settings(*, memory_bytes: int, processors: int, socket_dir: Path) -> dict[str, str]:
    """Every setting that differs from PostgreSQL's default, or that ledgerd depends on."""
    return {
        # The only way in is a socket in a directory that nobody else may enter.
        "listen_addresses": "",
        "unix_socket_directories": '"{}"'.format(str(socket_dir).replace('"', '""')),
        "unix_socket_permissions": "0700",
        "port": "5432",
        "max_connections": "100",
        # Acknowledged means durable.
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        # The index on references grows. With 128 MB, PostgreSQL begins to read its pages from disk after a
        # million transactions. The server and the page cache use the rest of the memory.
        "shared_buffers": _mib(memory_bytes // 8, least=128, most=1024),
        "effective_cache_size": _mib(memory_bytes // 2, least=256, most=1024 * 1024),
        "maintenance_work_mem": _mib(memory_bytes // 32, least=64, most=512),
        "work_mem": "8MB",
        "huge_pages": "try",
        "max_parallel_workers": str(max(1, processors)),
        "max_parallel_workers_per_gather": str(min(2, processors // 2)),
        # Checkpoints far apart: after each one every touched page is logged whole.
        "wal_buffers": "16MB",
        "min_wal_size": "512MB",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "checkpoint_completion_target": "0.9",
        "wal_compression": "off",
        # Tables that only grow are vacuumed for their inserts, hot ones for their updates.
        "autovacuum": "on",
        "autovacuum_vacuum_scale_factor": "0.05",
        "autovacuum_vacuum_insert_scale_factor": "0.1",
        "autovacuum_analyze_scale_factor": "0.05",
        # Vacuum is slowed down: after a checkpoint it logs every page that it touches as a whole, and each
        # commit waits until the earlier log is on disk. Without this limit, commits waited 50 to 200 ms for a
        # second or two. At up to 2,000 pages a second (16 MB), vacuum still keeps up with any bulk load.
        "autovacuum_vacuum_cost_limit": "200",
        "autovacuum_vacuum_cost_delay": "5ms",
        "jit": "off",
        "timezone": "UTC",
        "datestyle": "iso, ymd",
        "lc_messages": "C",
        "default_text_search_config": "pg_catalog.simple",
        # Rows, keys and statements may contain personal data, which does not belong into a log. The message of an
        # error quotes values as well ("invalid input syntax for …"), and the client gets it anyway.
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] ",
        "log_error_verbosity": "terse",
        "log_min_messages": "log",
        "log_min_error_statement": "panic",
        "log_statement": "none",
        "log_min_duration_statement": "-1",
        "log_min_duration_sample": "-1",
        "log_transaction_sample_rate": "0",
        "log_duration": "off",
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
        "log_lock_waits": "off",
    }


def memory_bytes() -> int:
    """The memory that this process and its PostgreSQL may use."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([physical, *(limit for path in _CGROUP_LIMITS if (limit := _read_limit(path)) is not None)])


def _read_limit(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):  # no such cgroup, or "max"
        return None


def _mib(value_bytes: int, *, least: int, most: int) -> str:
    return f"{min(most, max(least, value_bytes // _MIB))}MB"


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")
