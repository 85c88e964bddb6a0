"""Generate the Python package ``ledgerapi.v1``, and the descriptor set in it, from the protos beside this file.

    python protos/generate.py [OUTPUT]      (default: protos/gen)

Needs grpcio-tools and mypy-protobuf in exactly the versions named in pyproject.toml: generated code
refuses runtimes older than its generator, so the generator is kept old on purpose.
"""

import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata, resources
from pathlib import Path

from google.protobuf import descriptor_pb2
from grpc_tools import protoc  # type: ignore[import-untyped]  # ships no types

ROOT = Path(__file__).resolve().parent
PACKAGE = Path("ledgerapi/v1")
GENERATORS = {"grpcio-tools": "1.75.0", "mypy-protobuf": "5.1.0"}
PROTOS = sorted(str(path.relative_to(ROOT)) for path in (ROOT / PACKAGE).glob("*.proto"))
SERVICES = [name for name in PROTOS if name.endswith("_service.proto")]
NOT_IMPORTED = "buf/validate/validate.proto"
"""No Python package that a caller of this service needs has its code, and two copies of it in one process would clash.
The options that it defines stay in the descriptors, where protovalidate finds them."""


def main(arguments: list[str]) -> int:
    output = Path(arguments[0]) if arguments else ROOT / "gen"
    _check_versions()
    package = _empty_package(output)
    described = _describe()
    (package / "descriptor_set.binpb").write_bytes(described.SerializeToString(deterministic=True))
    _generate(output, _without_imports_of(NOT_IMPORTED, described))
    # ledgerapi itself stays without __init__.py: a namespace that later versions can share.
    (package / "__init__.py").write_text('"""The ledgerd gRPC API, version 1. Generated: see protos/generate.py."""\n')
    (package / "py.typed").touch()
    shutil.copyfile(ROOT / PACKAGE / "service_config.json", package / "service_config.json")
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


def _describe() -> descriptor_pb2.FileDescriptorSet:
    """The whole contract with its comments and all that it imports, for tools that do not ask a server."""
    with resources.as_file(resources.files("grpc_tools") / "_proto") as well_known, _temporary() as described:
        places = [f"--proto_path={place}" for place in (ROOT, ROOT / "third_party", well_known)]
        options = ("--include_imports", "--include_source_info")
        _run_protoc(PROTOS, *places, f"--descriptor_set_out={described}", *options)
        files = descriptor_pb2.FileDescriptorSet.FromString(described.read_bytes())
    for file in files.file:
        if file.name not in PROTOS:
            file.ClearField("source_code_info")
    return files


def _without_imports_of(name: str, described: descriptor_pb2.FileDescriptorSet) -> descriptor_pb2.FileDescriptorSet:
    files = descriptor_pb2.FileDescriptorSet()
    files.CopyFrom(described)
    for file in files.file:
        if name in file.dependency:
            file.dependency.remove(name)
    return files


def _generate(output: Path, files: descriptor_pb2.FileDescriptorSet) -> None:
    with _temporary() as described:
        described.write_bytes(files.SerializeToString())
        source = f"--descriptor_set_in={described}"
        _run_protoc(PROTOS, source, f"--python_out={output}", f"--pyi_out={output}")
        _run_protoc(
            SERVICES,
            source,
            f"--grpc_python_out={output}",
            f"--plugin=protoc-gen-mypy_grpc={_mypy_plugin()}",
            f"--mypy_grpc_out=quiet:{output}",
        )


@contextmanager
def _temporary() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "descriptors.binpb"


def _run_protoc(protos: list[str], *options: str) -> None:
    status = protoc.main(["protoc", *options, *protos])
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
