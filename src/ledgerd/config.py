"""Configuration: read once from the environment, then passed down. Imports nothing of ours.

A setting is one field of `Config` and one row of README.md's table. A test compares both.
"""

import difflib
import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args, get_origin
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import AliasGenerator, BeforeValidator, Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

_PREFIX = "LEDGERD_"
_FILE = "_FILE"
_FILE_MAX_BYTES = 16_384
_SHOWN_MAX_CHARS = 80
_PORT_MAX = 65_535
_SOCKET_PATH_MAX_BYTES = 107

_LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*\.?")
# The variables that Kubernetes sets in every container for a Service called ledgerd or ledgerd-…
_OF_A_SERVICE = re.compile(r"LEDGERD_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_[A-Z]+_(PROTO|PORT|ADDR))")
_PORT_OF_A_SERVICE = re.compile(r"LEDGERD_(\w+_)?PORT(_\d+_[A-Z]+)?")
_VALUE_OF_A_SERVICE = re.compile(r"(tcp|udp|sctp)://")


class ConfigError(Exception):
    """Settings cannot be used. The message has a sentence for each: the setting's name, and what is allowed."""


@dataclass(frozen=True, slots=True)
class _Form:
    """The form of a setting, in the words of README.md, and whether its value is secret."""

    allowed: str
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens: a host and a port, or the path of a Unix socket. As text it is what gRPC takes."""

    host: str = ""
    """A name or an address, an IPv6 one without its brackets; "" for a Unix socket."""
    port: int = 0
    """0 takes a free port."""
    path: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """The address that `text` says. Raises ValueError."""
        if text.startswith("unix:"):
            path = text.removeprefix("unix:")
            path = path.removeprefix("//") if path.startswith("///") else path
            if not path.startswith("/") or len(path.encode()) > _SOCKET_PATH_MAX_BYTES:
                raise ValueError
            return cls(path=path)
        host, colon, port = text.rpartition(":")
        if not colon or not _is_port(port) or not _is_host(host):
            raise ValueError
        return cls(host=host.strip("[]"), port=int(port))

    def __str__(self) -> str:
        if self.path:
            return f"unix:{self.path}"
        return f"{_bracketed(self.host)}:{self.port}"

    @property
    def from_here(self) -> str:
        """The address under which a server that listens here is reached from the same machine."""
        if self.path:
            return str(self)
        local = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104  (told apart, not bound)
        return f"{_bracketed(local)}:{self.port}"


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _is_port(text: str) -> bool:
    return re.fullmatch("[0-9]{1,5}", text) is not None and int(text) <= _PORT_MAX


def _is_host(text: str) -> bool:
    """A name, an IPv4 address, or an IPv6 address in brackets."""
    if text.startswith("[") and text.endswith("]"):
        return _is_ip(text[1:-1], ipaddress.IPv6Address)
    if re.fullmatch(r"[0-9.]+", text):
        return _is_ip(text, ipaddress.IPv4Address)
    return _HOST_NAME.fullmatch(text) is not None


def _is_ip(text: str, kind: type[ipaddress.IPv4Address | ipaddress.IPv6Address]) -> bool:
    try:
        kind(text)
    except ValueError:
        return False
    return True


def _address(value: Any) -> Any:
    return Address.parse(value) if isinstance(value, str) else value


def _host(text: str) -> str:
    if not _is_host(text):
        raise ValueError
    return text.strip("[]")


def _database_url(text: str) -> str:
    """Check a URL with one or more hosts. It stays as it is: asyncpg reads it again."""
    parts = urlsplit(text)
    query = parse_qs(parts.query, strict_parsing=True) if parts.query else {}
    hosts = [*_host_list(parts.netloc.rpartition("@")[2]), *_host_list(",".join(query.get("host", ())))]
    ports = [port for ports in query.get("port", ()) for port in ports.split(",")]
    if (
        parts.scheme not in ("postgresql", "postgres")
        or parts.netloc.count("@") > 1
        or parts.fragment
        or not all(host.startswith("/") or _is_host_with_port(host) for host in hosts)
        or not all(_is_port(port) for port in ports)
    ):
        raise ValueError
    return text


def _host_list(text: str) -> list[str]:
    return [unquote(host) for host in text.split(",")] if text else []


def _is_host_with_port(text: str) -> bool:
    return _is_host(text) or (_is_host(text.rpartition(":")[0]) and _is_port(text.rpartition(":")[2]))


def _redis_url(text: str) -> str:
    parts = urlsplit(text)
    where = parts.netloc.rpartition("@")[2]
    reachable = (
        _is_host_with_port(where) if parts.scheme in ("redis", "rediss") else parts.scheme == "unix" and parts.path
    )
    if not reachable or parts.netloc.count("@") > 1 or parts.fragment:
        raise ValueError
    _make_client(text)
    return text


def _make_client(redis_url: str) -> None:
    """Let the client read the URL's options, as it will do later, without a connection. Raises ValueError."""
    import redis.asyncio  # noqa: PLC0415  (imported only where a Redis is configured)

    try:
        redis.asyncio.ConnectionPool.from_url(redis_url).make_connection()  # type: ignore[no-untyped-call]
    except (AttributeError, TypeError, redis.RedisError):
        raise ValueError from None


def _path(value: Any) -> Any:
    if isinstance(value, str) and "://" in value:
        raise ValueError  # Meant for DATABASE_URL: PostgreSQL must not be started in a directory of that name.
    return value


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


Listen = Annotated[
    Address, BeforeValidator(_address), _Form("`host:port`, `[IPv6]:port` or `unix:/path`, the port from 0 to 65535")
]
Host = Annotated[str, BeforeValidator(_host), _Form("a host name or an IP address")]
Directory = Annotated[Path, BeforeValidator(_path)]
Level = Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)]
DatabaseUrl = Annotated[
    str,
    BeforeValidator(_database_url),
    _Form("`postgresql://user:password@host:port/database`, other characters percent-encoded", secret=True),
]
RedisUrl = Annotated[
    str,
    BeforeValidator(_redis_url),
    _Form(
        "`redis://…`, `rediss://…` or `unix://…`, other characters percent-encoded, options as redis-py knows them",
        secret=True,
    ),
]


class Config(BaseSettings):
    """All settings, with their defaults. A secret can also come from a file: DATABASE_URL_FILE names the file."""

    model_config = SettingsConfigDict(
        frozen=True,
        validate_by_name=True,
        alias_generator=AliasGenerator(validation_alias=lambda name: _PREFIX + name.upper()),
        case_sensitive=True,
        enable_decoding=False,
        hide_input_in_errors=True,
    )

    database_url: DatabaseUrl | None = Field(None, validation_alias="DATABASE_URL", repr=False)
    """Where PostgreSQL is. Without it the server starts its own under data_dir."""
    redis_url: RedisUrl | None = Field(None, validation_alias="REDIS_URL", repr=False)
    """A Redis that wakes other servers sooner. Nothing depends on it."""
    data_dir: Directory | None = None
    listen: Listen = Address("127.0.0.1", 50051)
    metrics_port: int = Field(0, ge=0, le=_PORT_MAX)
    """Prometheus metrics on this port of metrics_host; 0 serves none."""
    metrics_host: Host | None = None
    """The host of the metrics, where it is not the host of listen."""
    reflection: bool = True
    migrate: bool = True
    log_level: Level = "info"
    log_json: bool = True
    pool_size: int = Field(10, ge=2, le=100)
    """Connections for short reads and administrative writes."""
    costly_reads: int = Field(1, ge=1, le=20)
    """How many reads that scan many rows run at once."""
    read_seconds: float = Field(5.0, ge=0.1, le=60)
    """How long a statement of a read may take."""
    calls_max: int = Field(2_000, ge=10, le=100_000)
    """How many calls a server works on at once."""
    streams_max: int = Field(200, ge=1, le=100_000)
    """How many PostStreams and UploadRecords are open at once."""
    streams_per_connection_max: int = Field(50, ge=1, le=100_000)
    stream_open_seconds: float = Field(30.0, ge=0.1, le=3_600)
    """How long a PostStream or UploadRecords may be without its first message."""
    watches_max: int = Field(5_000, ge=1, le=100_000)
    """How many watches are open at once."""
    watches_per_connection_max: int = Field(1_000, ge=1, le=100_000)
    waits_max: int = Field(1_000, ge=1, le=100_000)
    """How many calls wait for a transaction at once."""
    waits_per_connection_max: int = Field(500, ge=1, le=100_000)
    connection_age_seconds: int = Field(1_800, ge=0, le=86_400)
    """The age at which the server asks a client to connect again; 0 means never."""
    connection_grace_seconds: int = Field(900, ge=1, le=86_400)
    """How long the calls of such a connection may continue."""
    stop_grace_seconds: int = Field(20, ge=1, le=600)
    workers: bool = True
    """Whether a server also applies queued and due transactions. Otherwise `ledgerd work` does it."""
    queue_limit: int = Field(1_000_000, ge=1, le=100_000_000)
    """How many transactions may be deferred."""
    clock_tolerance_seconds: int = Field(5, ge=1, le=3_600)
    """The difference between this machine's clock and the database's from which it is logged. It decides nothing."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take the values as given: only `read` reads an environment."""
        return (init_settings,)

    @property
    def metrics_address(self) -> tuple[str, int] | None:
        """The host of the metrics: the host of `listen`, or this machine's loopback address for a Unix socket."""
        if not self.metrics_port:
            return None
        return self.metrics_host or self.listen.host or "127.0.0.1", self.metrics_port


def names() -> dict[str, FieldInfo]:
    """Every setting, by the name that it has in the environment."""
    return {str(field.validation_alias or _PREFIX + name.upper()): field for name, field in Config.model_fields.items()}


def allowed(field: FieldInfo) -> str:
    """What a setting may be, in words."""
    form, bounds = _form(field), {type(bound).__name__: bound for bound in field.metadata}
    if form is not None:
        return form.allowed
    kind = _kind(field.annotation)
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(f"`{choice}`" for choice in get_args(kind))
    if kind is bool:
        return "`true` or `false`"
    if kind in (int, float):
        number = "a whole number" if kind is int else "a number"
        return f"{number} from {bounds['Ge'].ge} to {bounds['Le'].le}"
    return "a path"


def read(environment: Mapping[str, str]) -> Config:
    """The configuration that these variables describe. Raises ConfigError."""
    known = names()
    given = {name: value for name, value in environment.items() if value and not _is_of_a_service(name, value)}
    source = EnvSettingsSource(Config)
    source.env_vars = given | dict(_from_files(given))
    try:
        return Config(**source())
    except ValidationError as error:
        wrong = sorted({str(details["loc"][0]) for details in error.errors(include_input=False)})
    raise ConfigError("\n".join(_rejection(name, known[name], given.get(name, "")) for name in wrong))


def unknown(environment: Mapping[str, str]) -> Iterator[tuple[str, str | None]]:
    """Variables with names like settings that are no settings, each with the setting that may be meant."""
    known = [*names(), *(name + _FILE for name in _secrets())]
    for name, value in sorted(environment.items()):
        if not name.startswith(_PREFIX) or name in known or _is_of_a_service(name, value):
            continue
        bare = name.removeprefix(_PREFIX)
        near = [bare] if bare in known else difflib.get_close_matches(name, known, n=1, cutoff=0.75)
        yield name, near[0] if near else None


def _is_of_a_service(name: str, value: str) -> bool:
    if _OF_A_SERVICE.fullmatch(name):
        return True
    return bool(_PORT_OF_A_SERVICE.fullmatch(name) and _VALUE_OF_A_SERVICE.match(value))


def _secrets() -> list[str]:
    return [name for name, field in names().items() if (form := _form(field)) is not None and form.secret]


def _from_files(given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The secrets from files, as they are mounted into containers."""
    for name in _secrets():
        path = given.get(name + _FILE)
        if path is None:
            continue
        if name in given:
            raise ConfigError(f"{name} and {name}{_FILE} are both set; set one of them.")
        # Neither the path nor the content is shown: who confuses the two variables would find a password in the log.
        try:
            content = Path(path).read_bytes()[: _FILE_MAX_BYTES + 1]
            text = content.decode().strip()
        except OSError as error:
            raise ConfigError(f"{name}{_FILE} names a file that cannot be read: {error.strerror}.") from None
        except ValueError:
            raise ConfigError(f"{name}{_FILE} names a file that is not text.") from None
        if not text or len(content) > _FILE_MAX_BYTES:
            raise ConfigError(f"{name}{_FILE} names a file that is empty or longer than {_FILE_MAX_BYTES} bytes.")
        yield name, text


def _rejection(name: str, field: FieldInfo, value: str) -> str:
    form = _form(field)
    secret = (form is not None and form.secret) or "@" in value or len(value) > _SHOWN_MAX_CHARS
    return f"{name} must be {allowed(field).replace('`', '')}{'' if secret else f', not {value!r}'}."


def _form(field: FieldInfo) -> _Form | None:
    """The form in a field's annotation, also where the field may be absent."""
    parts = [*field.metadata, *(part for option in get_args(field.annotation) for part in get_args(option))]
    return next((part for part in parts if isinstance(part, _Form)), None)


def _kind(annotation: Any) -> Any:
    if get_origin(annotation) is Literal:
        return annotation
    return next((option for option in get_args(annotation) if option is not type(None)), annotation)
