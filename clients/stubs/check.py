"""Generates and compiles the stubs of other languages from this checkout, and calls a server with them: ``make stubs``.

    python clients/stubs/check.py [LANGUAGE ...]      (default: all)

Needs Go, Node.js, a JDK with Maven, a plugin of grpc-java for protoc, and the registries of these languages. C# is
generated only.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BIN = Path(sys.executable).parent
RETRIES = ROOT / "protos/ledgerapi/v1/service_config.json"
GRPC_JAVA = ("protoc-gen-grpc-java", "grpc_java_plugin")
"""The plugin has the second name in Debian's protobuf-compiler-grpc-java-plugin."""
GRPC_JAVA_FILE = "io.grpc:protoc-gen-grpc-java:1.83.0:exe:linux-x86_64"
"""The plugin in Maven Central, for where it is not on the PATH."""


def main(arguments: list[str]) -> int:
    languages = arguments or list(LANGUAGES)
    with _folder() as made, _server(made / "data") as target:
        for language in languages:
            needs, check = LANGUAGES[language]
            missing = [tool for tool in needs if shutil.which(tool) is None]
            if missing:
                raise SystemExit(f"{language}: {', '.join(missing)} must be on the PATH")
            began, folder = time.monotonic(), made / language
            shutil.copytree(HERE / language, folder)
            says = check(folder, target)
            print(f"{language}: {says}, {time.monotonic() - began:.0f} s", flush=True)
    return 0


# Languages -------------------------------------------------------------------------------------


def _go(folder: Path, target: str) -> str:
    _generate("go", folder)
    shutil.copy(RETRIES, folder)
    _run(folder, "go", "vet", "-mod=readonly", "./...")
    return _called(_run(folder, "go", "run", "-mod=readonly", ".", target))


def _typescript(folder: Path, target: str) -> str:
    _run(folder, "npm", "ci", "--silent", "--no-fund", "--no-audit")
    tools = folder / "node_modules/.bin"
    _generate("typescript", folder, tools)
    _run(folder, tools / "tsc")
    return _called(_run(folder, "node", "dist/main.js", target))


def _java(folder: Path, target: str) -> str:
    (folder / "tools").mkdir()
    plugin = next((found for found in map(shutil.which, GRPC_JAVA) if found), None) or _grpc_java_file(folder)
    (folder / "tools" / GRPC_JAVA[0]).symlink_to(plugin)
    _generate("java", folder, folder / "tools")
    (folder / "Main.java").rename(folder / "src/main/java/Main.java")
    (folder / "src/main/resources").mkdir()
    shutil.copy(RETRIES, folder / "src/main/resources")
    _run(
        folder, "mvn", "--quiet", "--batch-mode", "compile", "dependency:build-classpath", "-Dmdep.outputFile=classpath"
    )
    classpath = f"target/classes{os.pathsep}{(folder / 'classpath').read_text()}"
    return _called(_run(folder, "java", "-cp", classpath, "Main", target))


def _grpc_java_file(folder: Path) -> Path:
    to = f"-DoutputDirectory={folder / 'tools'}"
    _run(folder, "mvn", "--quiet", "--batch-mode", "dependency:copy", f"-Dartifact={GRPC_JAVA_FILE}", to)
    (plugin,) = (folder / "tools").iterdir()
    plugin.chmod(0o755)
    return plugin


def _csharp(folder: Path, _target: str) -> str:
    _generate("csharp", folder)
    return f"{len(list(folder.glob('*.cs')))} files"


def _python(folder: Path, _target: str) -> str:
    _generate("python", folder)
    modules = sorted(path.stem for path in folder.glob("ledgerapi/v1/*.py"))
    _run(folder, sys.executable, "-c", "".join(f"import ledgerapi.v1.{name}\n" for name in modules))
    return f"{len(modules)} modules"


LANGUAGES: dict[str, tuple[Sequence[str], Callable[[Path, str], str]]] = {
    "go": (["go"], _go),
    "typescript": (["node", "npm"], _typescript),
    "java": (["java", "javac", "mvn"], _java),
    "csharp": ([], _csharp),
    "python": ([], _python),
}


def _generate(language: str, folder: Path, *tools: Path) -> None:
    template = HERE / language / "buf.gen.yaml"
    _run(ROOT, BIN / "buf", "generate", "--template", template, "--output", folder, tools=tools)


def _called(printed: str) -> str:
    """What the program of a language printed must be the ledger that every service has."""
    if "General Ledger" not in printed:
        raise SystemExit(f"the program printed {printed!r}")
    return "compiles and calls"


# Programs --------------------------------------------------------------------------------------


def _run(folder: Path, *command: str | Path, tools: Sequence[Path] = ()) -> str:
    places = [str(place) for place in (*tools, BIN)]
    environment = os.environ | {"PATH": os.pathsep.join([*places, os.environ["PATH"]])}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="stubs") as made:
        # PostgreSQL runs under another user where this runs under root.
        Path(made).chmod(0o755)
        yield Path(made)


@contextmanager
def _server(data: Path) -> Iterator[str]:
    """A server on a PostgreSQL of its own, with nothing in it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        target = f"127.0.0.1:{free.getsockname()[1]}"
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("LEDGERD_", "DATABASE_"))}
    environment |= {"LEDGERD_LISTEN": target, "LEDGERD_DATA_DIR": str(data), "LEDGERD_METRICS_PORT": "0"}
    server = subprocess.Popen((BIN / "ledgerd", "serve"), env=environment)
    try:
        _wait_for(server, environment)
        yield target
    finally:
        server.terminate()
        server.wait()


def _wait_for(server: "subprocess.Popen[bytes]", environment: dict[str, str]) -> None:
    health = (BIN / "python", "-m", "ledgerd.cli.health")
    for _ in range(120):
        if server.poll() is not None:
            raise SystemExit("the server did not start")
        if subprocess.run(health, env=environment, capture_output=True, check=False).returncode == 0:
            return
        time.sleep(1)
    raise SystemExit("the server did not begin to serve")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
