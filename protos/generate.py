"""Generate the Python package ``ledgerapi.v1``, and the descriptor set in it, from the protos beside this file.

    python protos/generate.py [OUTPUT]      (default: protos/gen)

Needs grpcio-tools and mypy-protobuf in exactly the versions named in pyproject.toml: generated code
refuses runtimes older than its generator, so the generator is kept old on purpose.
"""

import shutil
import sys
import sysconfig
from importlib import metadata, resources
from pathlib import Path

from grpc_tools import protoc  # type: ignore[import-untyped]  # ships no types

ROOT = Path(__file__).resolve().parent
PACKAGE = Path("ledgerapi/v1")
GENERATORS = {"grpcio-tools": "1.75.0", "mypy-protobuf": "5.1.0"}


def main(arguments: list[str]) -> int:
    output = Path(arguments[0]) if arguments else ROOT / "gen"
    _check_versions()
    package = _empty_package(output)
    _generate(output)
    # ledgerapi itself stays without __init__.py: a namespace that later versions can share.
    (package / "__init__.py").write_text('"""The ledgerd gRPC API, version 1. Generated: see protos/generate.py."""\n')
    (package / "py.typed").touch()
    shutil.copyfile(ROOT / PACKAGE / "service_config.json", package / "service_config.json")
    _describe(package / "descriptor_set.binpb")
    return 0


def _check_versions() -> None:
    for name, wanted in GENERATORS.items():
        installed = metadata.version(name)
        if installed != wanted:
            raise SystemExit(f"{name} must be {wanted} to generate; {installed} is installed")


def _empty_package(output: Path) -> Path:
    package = output / PACKAGE
    shutil.rmtree(package, ignore_errors=True)
    package.mkdir(parents=True)
    return package


def _generate(output: Path) -> None:
    protos = sorted((ROOT / PACKAGE).glob("*.proto"))
    services = [path for path in protos if path.stem.endswith("_service")]
    _run_protoc(protos, f"--python_out={output}", f"--pyi_out={output}")
    _run_protoc(
        services,
        f"--grpc_python_out={output}",
        f"--plugin=protoc-gen-mypy_grpc={_mypy_plugin()}",
        f"--mypy_grpc_out=quiet:{output}",
    )


def _describe(path: Path) -> None:
    """The whole contract with its comments and all that it imports, for tools that do not ask a server."""
    protos = sorted((ROOT / PACKAGE).glob("*.proto"))
    _run_protoc(protos, f"--descriptor_set_out={path}", "--include_imports", "--include_source_info")


def _run_protoc(protos: list[Path], *options: str) -> None:
    with resources.as_file(resources.files("grpc_tools") / "_proto") as well_known:
        status = protoc.main(
            ["protoc", f"--proto_path={ROOT}", f"--proto_path={well_known}", *options, *map(str, protos)]
        )
    if status != 0:
        raise SystemExit(f"protoc failed with status {status}")


def _mypy_plugin() -> str:
    """The plugin of this environment, which need not be on PATH."""
    plugin = shutil.which("protoc-gen-mypy_grpc", path=sysconfig.get_path("scripts"))
    if plugin is None:
        raise SystemExit("protoc-gen-mypy_grpc is missing: install mypy-protobuf")
    return plugin


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
