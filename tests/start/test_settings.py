"""Settings: what is taken, what is rejected by its name, and what README.md says about them."""

import re
from pathlib import Path

import pytest

from ledgerd import config
from ledgerd.config import Address, ConfigError

README = (Path(__file__).parents[2] / "README.md").read_text()
PASSWORD = "s3cr3t-of-the-books"

LISTEN = {
    "127.0.0.1:50051": Address("127.0.0.1", 50051),
    "0.0.0.0:0": Address("0.0.0.0", 0),
    "[::]:50051": Address("::", 50051),
    "[::1]:65535": Address("::1", 65535),
    "ledger.example:50051": Address("ledger.example", 50051),
    "unix:/run/ledgerd.sock": Address(path="/run/ledgerd.sock"),
    "unix:///run/ledgerd.sock": Address(path="/run/ledgerd.sock"),
}
NO_LISTEN = [
    "127.0.0.1:99999", "127.0.0.1:-1", "127.0.0.1:", "127.0.0.1", ":50051", "50051", "::1:50051", "[::1]", "[::g]:1",
    "127.0.0.999:1", "1.2.3:1", "a b:1", "a..b:1", "-a:1", "unix:ledgerd.sock", "unix:", f"unix:/{'x' * 107}", "h:٣",
]  # fmt: skip

DATABASES = [
    "postgresql://h", "postgresql://u:p@h:5432/db", "postgres://u@h/db", "postgresql://", "postgresql:///db",
    "postgresql://u:p@h1,h2:5433/db?target_session_attrs=read-write", "postgresql://u:p%40%23@[::1]:5432/db",
    "postgresql://u:p@h/db?search_path=books,public", "postgresql://u:p@h/db?options=-csearch_path%3Dbooks",
    "postgresql:///db?host=/run/pg&port=5433", "postgres://u:p@%2Frun%2Fpg/db", "postgresql://h/db?host=a,b&port=1,2",
]  # fmt: skip
NO_DATABASES = [
    f"postgresql://u:{PASSWORD}@h:99999/db", f"postgresql://u:{PASSWORD}@h:port/db", f"mysql://u:{PASSWORD}@h/db",
    f"host=h password={PASSWORD}", f"postgresql://u:{PASSWORD}#x@h/db", f"postgresql://u:{PASSWORD}@x@h/db",
    f"postgresql://u:{PASSWORD}@h1,,h2/db", f"postgresql://u:{PASSWORD}@[::1/db", f"postgresql://{PASSWORD}@h/db?host",
    f"postgresql://u:{PASSWORD}@h/db?port=70000", f"postgresql://u:{PASSWORD}@h h/db",
]  # fmt: skip
REDISES = ["redis://h", "redis://:p@h:6379/0", "rediss://u:p@[::1]:6380/1", "unix:///run/redis.sock?db=1"]
NO_REDISES = [
    f"redis://:{PASSWORD}@h:99999",
    f"redis://:{PASSWORD}@",
    f"http://u:{PASSWORD}@h",
    f"unix://?{PASSWORD}",
    f"redis://:{PASSWORD}@h?socket_timeout={PASSWORD}",
    f"redis://:{PASSWORD}@h?nothing={PASSWORD}",
    f"redis://:{PASSWORD}@h?retry={PASSWORD}",
    f"rediss://:{PASSWORD}@h?ssl_cert_reqs={PASSWORD}",
]


def rejected(**environment: str) -> str:
    with pytest.raises(ConfigError) as error:
        config.read(environment)
    assert error.value.__cause__ is None
    return str(error.value)


def with_default(field: object) -> str | None:
    default = field.default
    return None if default is None else str(default).lower() if isinstance(default, bool) else str(default)


@pytest.mark.parametrize("text", LISTEN)
def test_where_to_listen(text: str) -> None:
    address = config.read({"LEDGERD_LISTEN": text}).listen
    assert address == LISTEN[text]
    assert Address.parse(str(address)) == address


@pytest.mark.parametrize("text", NO_LISTEN)
def test_no_place_to_listen(text: str) -> None:
    assert rejected(LEDGERD_LISTEN=text).startswith("LEDGERD_LISTEN must be host:port, [IPv6]:port or unix:/path")


@pytest.mark.parametrize("text", DATABASES)
def test_a_database_is_handed_on_untouched(text: str) -> None:
    assert config.read({"DATABASE_URL": text}).database_url == text


@pytest.mark.parametrize("text", NO_DATABASES)
def test_no_database_and_its_password_stays_a_secret(text: str) -> None:
    sentence = rejected(DATABASE_URL=text)
    assert sentence.startswith("DATABASE_URL must be postgresql://user:password@host:port/database")
    assert PASSWORD not in sentence


@pytest.mark.parametrize("text", REDISES)
def test_a_redis_is_handed_on_untouched(text: str) -> None:
    assert config.read({"REDIS_URL": text}).redis_url == text


@pytest.mark.parametrize("text", NO_REDISES)
def test_no_redis_and_its_password_stays_a_secret(text: str) -> None:
    sentence = rejected(REDIS_URL=text)
    assert sentence.startswith("REDIS_URL must be redis://")
    assert PASSWORD not in sentence


def test_what_is_shown_of_settings_holds_no_secret() -> None:
    given = {"DATABASE_URL": f"postgresql://u:{PASSWORD}@h/db", "REDIS_URL": f"redis://:{PASSWORD}@h"}
    assert PASSWORD not in repr(config.read(given))
    # A secret that was given to the wrong variable.
    assert PASSWORD not in rejected(LEDGERD_LISTEN=given["DATABASE_URL"])
    assert PASSWORD not in rejected(LEDGERD_DATA_DIR=given["DATABASE_URL"])


@pytest.mark.parametrize("name", config.names())
def test_every_setting_rejects_nonsense_by_its_name(name: str) -> None:
    field = config.names()[name]
    if name == "LEDGERD_DATA_DIR":
        return  # Any text names a path; whether it can be used is seen when it is.
    sentence = rejected(**{name: "no thing:at all"})
    assert sentence.startswith(f"{name} must be {config.allowed(field).replace('`', '')}")
    assert sentence.count("\n") == 0


def test_numbers_are_bounded_on_both_sides() -> None:
    for name, field in config.names().items():
        bounds = re.search(r"number from (\S+) to (\S+)", config.allowed(field))
        if bounds is None:
            continue
        low, high = (float(bound) if "." in bound else int(bound) for bound in bounds.groups())
        config.read({name: str(low)})
        config.read({name: str(high)})
        assert f"not '{low - 1}'" in rejected(**{name: str(low - 1)})
        assert f"not '{high + 1}'" in rejected(**{name: str(high + 1)})


def test_every_wrong_setting_is_named_at_once() -> None:
    sentences = rejected(LEDGERD_POOL_SIZE="1", LEDGERD_WORKERS="perhaps", LEDGERD_LISTEN="x").splitlines()
    assert [sentence.split()[0] for sentence in sentences] == [
        "LEDGERD_LISTEN", "LEDGERD_POOL_SIZE", "LEDGERD_WORKERS",
    ]  # fmt: skip


def test_nothing_is_as_good_as_not_set() -> None:
    assert config.read(dict.fromkeys(config.names(), "")) == config.read({})


def test_what_is_constructed_is_not_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEDGERD_POOL_SIZE", "7")
    assert config.Config(listen="[::1]:0").pool_size == 10


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ({"LEDGERD_LISTEN": "[::]:50051", "LEDGERD_METRICS_PORT": "9464"}, ("::", 9464)),
        ({"LEDGERD_LISTEN": "unix:/run/l.sock", "LEDGERD_METRICS_PORT": "9464"}, ("127.0.0.1", 9464)),
        ({"LEDGERD_METRICS_HOST": "[::1]", "LEDGERD_METRICS_PORT": "9464"}, ("::1", 9464)),
        ({"LEDGERD_METRICS_HOST": "10.0.0.1"}, None),
    ],
)
def test_metrics_are_served_beside_the_calls(settings: dict[str, str], address: tuple[str, int] | None) -> None:
    assert config.read(settings).metrics_address == address


@pytest.mark.parametrize(
    ("listen", "target"),
    [
        ("0.0.0.0:1", "127.0.0.1:1"),
        ("[::]:1", "[::1]:1"),
        ("10.0.0.1:1", "10.0.0.1:1"),
        ("unix:/run/l.sock", "unix:/run/l.sock"),
    ],
)
def test_a_server_is_reached_from_its_own_machine(listen: str, target: str) -> None:
    assert Address.parse(listen).from_here == target


def test_a_secret_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text(f"postgresql://u:{PASSWORD}@h/db\n")
    assert config.read({"DATABASE_URL_FILE": str(file)}).database_url == f"postgresql://u:{PASSWORD}@h/db"
    file.write_text(f"redis://:{PASSWORD}@h")
    assert config.read({"REDIS_URL_FILE": str(file)}).redis_url == f"redis://:{PASSWORD}@h"


def test_a_file_that_holds_no_secret(tmp_path: Path) -> None:
    file = tmp_path / "url"
    for content in (b"", b" \n", b"\xff\xfe", b"x" * 20_000):
        file.write_bytes(content)
        assert rejected(DATABASE_URL_FILE=str(file)).startswith("DATABASE_URL_FILE names a file that is ")
    file.write_text(f"{PASSWORD}\n")
    sentence = rejected(DATABASE_URL_FILE=str(file))
    assert sentence.startswith("DATABASE_URL must be")
    assert PASSWORD not in sentence


def test_a_file_that_cannot_be_read_is_not_named_in_case_it_is_the_secret() -> None:
    sentence = rejected(DATABASE_URL_FILE=f"postgresql://u:{PASSWORD}@h/db")
    assert sentence == "DATABASE_URL_FILE names a file that cannot be read: No such file or directory."


def test_a_secret_given_twice_is_rejected() -> None:
    assert "both set" in rejected(DATABASE_URL="postgresql://h/db", DATABASE_URL_FILE="/run/secrets/url")


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("LEDGERD_POOLSIZE", "LEDGERD_POOL_SIZE"),
        ("LEDGERD_METRIC_PORT", "LEDGERD_METRICS_PORT"),
        ("LEDGERD_DATABASE_URL", "DATABASE_URL"),
        ("LEDGERD_REDIS_URL_FILE", "REDIS_URL_FILE"),
        ("LEDGERD_ZZZ", None),
    ],
)
def test_an_unknown_setting_is_told_with_the_nearest_name(name: str, nearest: str | None) -> None:
    assert list(config.unknown({name: "1", "PATH": "/bin", "LEDGERD_LISTEN": "x"})) == [(name, nearest)]


def test_what_kubernetes_makes_for_services_is_no_setting() -> None:
    made = {
        "LEDGERD_SERVICE_HOST": "10.0.0.1",
        "LEDGERD_SERVICE_PORT": "50051",
        "LEDGERD_SERVICE_PORT_GRPC": "50051",
        "LEDGERD_PORT": "tcp://10.0.0.1:50051",
        "LEDGERD_PORT_50051_TCP": "tcp://10.0.0.1:50051",
        "LEDGERD_PORT_50051_TCP_PROTO": "tcp",
        "LEDGERD_PORT_50051_TCP_PORT": "50051",
        "LEDGERD_PORT_50051_TCP_ADDR": "10.0.0.1",
        # For a Service called ledgerd-metrics.
        "LEDGERD_METRICS_SERVICE_HOST": "10.0.0.2",
        "LEDGERD_METRICS_PORT": "tcp://10.0.0.2:9464",
    }
    assert list(config.unknown(made)) == []
    assert config.read(made) == config.read({})


def test_the_table_of_settings_says_what_is_true() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.+?) \| (.+) \| (?:`(.+)`|none) \|$", README, re.MULTILINE)
    assert [row[0] for row in rows] == list(config.names())
    for name, _, allowed, default in rows:
        field = config.names()[name]
        assert (allowed, default or None) == (config.allowed(field), with_default(field)), name
