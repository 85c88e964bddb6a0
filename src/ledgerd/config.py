"""Configuration: read once from the environment, then passed down. Imports nothing of ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class ConfigError(Exception):
    """A setting that cannot be used; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything that can be set, with its default. README.md lists the variables."""

    database_url: str | None = None
    """Where PostgreSQL is. Without it the server starts its own under data_dir."""
    data_dir: Path | None = None
    listen: str = "127.0.0.1:50051"
    metrics_port: int = 0
    """Prometheus metrics on this port of the same host; 0 serves none."""
    reflection: bool = True
    migrate: bool = True
    log_level: str = "info"
    log_json: bool = True
    pool_size: int = 10
    stop_grace_seconds: int = 20
    workers: bool = True
    """Whether a server also applies what is queued and due; elsewhere `ledgerd work` does."""
    queue_limit: int = 1_000_000
    """How many transactions may wait to be applied."""


def read(environment: Mapping[str, str]) -> Config:
    """The configuration that these variables describe. Raises ConfigError."""
    given = {name: value for name, value in environment.items() if value}
    data_dir = given.get("LEDGERD_DATA_DIR")
    return Config(
        database_url=given.get("DATABASE_URL"),
        data_dir=Path(data_dir) if data_dir else None,
        listen=given.get("LEDGERD_LISTEN", "127.0.0.1:50051"),
        metrics_port=_number(given, "LEDGERD_METRICS_PORT", 0, low=0, high=65535),
        reflection=_switch(given, "LEDGERD_REFLECTION", default=True),
        migrate=_switch(given, "LEDGERD_MIGRATE", default=True),
        log_level=_choice(given, "LEDGERD_LOG_LEVEL", "info", ("debug", "info", "warning", "error")),
        log_json=_switch(given, "LEDGERD_LOG_JSON", default=True),
        pool_size=_number(given, "LEDGERD_POOL_SIZE", 10, low=2, high=100),
        stop_grace_seconds=_number(given, "LEDGERD_STOP_GRACE_SECONDS", 20, low=1, high=600),
        workers=_switch(given, "LEDGERD_WORKERS", default=True),
        queue_limit=_number(given, "LEDGERD_QUEUE_LIMIT", 1_000_000, low=1, high=100_000_000),
    )


def _number(given: Mapping[str, str], name: str, default: int, *, low: int, high: int) -> int:
    text = given.get(name, str(default))
    if not text.isdecimal() or not low <= int(text) <= high:
        raise ConfigError(f"{name} must be a number from {low} to {high}, not {text!r}")
    return int(text)


def _switch(given: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = given.get(name, "true" if default else "false").lower()
    if text not in ("true", "false"):
        raise ConfigError(f"{name} must be true or false, not {text!r}")
    return text == "true"


def _choice(given: Mapping[str, str], name: str, default: str, allowed: tuple[str, ...]) -> str:
    text = given.get(name, default).lower()
    if text not in allowed:
        raise ConfigError(f"{name} must be one of {', '.join(allowed)}, not {text!r}")
    return text
