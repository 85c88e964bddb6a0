"""Write base.binpb: the contract that later changes must be compatible with. Run by ``make pin``.

    python protos/pin.py < IMAGE > BASE      (an image of buf with comments, as binary)

What has a comment that begins with "Not final." may change in ways that break callers. A whole file has it above its
syntax: of such a file the base has the names of those messages and enums alone that a final file uses. A service or a
method that has it is left out. A message, a field, an enum or a value of a final file that has it stays, by its name,
number and type: final streams send it, and stored events come again. Only what is inside a message or an enum of a
file that is not final may change there.
"""

import sys
from collections.abc import Callable, Container, Iterable
from typing import Any, NoReturn

from google.protobuf import descriptor_pb2, descriptor_pool

MARK = "Not final."
_SYNTAX, _MESSAGES, _ENUMS, _SERVICES = 12, 4, 5, 6
_FIELDS = _METHODS = 2


def main() -> int:
    image = descriptor_pb2.FileDescriptorSet.FromString(sys.stdin.buffer.read())
    if not image.file:
        raise SystemExit("there is no image to pin")
    sys.stdout.buffer.write(pinned(image).SerializeToString(deterministic=True))
    return 0


def pinned(image: descriptor_pb2.FileDescriptorSet) -> descriptor_pb2.FileDescriptorSet:
    """The final part of the contract, without comments. Ends the program where that uses what is not final."""
    final = [file for file in image.file if not _marks(file)(_SYNTAX)]
    changing = [file for file in image.file if _marks(file)(_SYNTAX)]
    not_final = {name for file in changing for name in _types(file)}
    for file in final:
        marks = _marks(file)
        not_final |= {name for name, path in _types(file).items() if marks(*path)}
    used: set[str] = set()
    for file in final:
        _remove_services(file)
        used |= _used(file, not_final)
    names = {file.name: _only_names(file, used) for file in changing}
    gone = {name for name, file in names.items() if not _types(file)}
    kept = descriptor_pb2.FileDescriptorSet()
    kept.file.extend(names.get(file.name, file) for file in image.file if file.name not in gone)
    for file in kept.file:
        _remove(file.dependency, lambda place, file=file: file.dependency[place] in gone)
        file.ClearField("source_code_info")
    _check(kept.file)
    return kept


def _types(file: descriptor_pb2.FileDescriptorProto) -> dict[str, tuple[int, int]]:
    """The full names of the messages and enums of a file, each with its path."""
    return {
        f".{file.package}.{declaration.name}": (number, place)
        for number, declarations in ((_MESSAGES, file.message_type), (_ENUMS, file.enum_type))
        for place, declaration in enumerate(declarations)
    }


def _marks(file: descriptor_pb2.FileDescriptorProto) -> Callable[..., bool]:
    """Whether the declaration at a path is marked."""
    places = file.source_code_info.location
    marked = {tuple(place.path) for place in places if place.leading_comments.strip().startswith(MARK)}
    return lambda *path: path in marked


def _remove_services(file: descriptor_pb2.FileDescriptorProto) -> None:
    """Leave out the services and methods that are marked."""
    is_marked = _marks(file)
    for place, service in enumerate(file.service):
        _remove(service.method, lambda item, place=place: is_marked(_SERVICES, place, _METHODS, item))
    _remove(file.service, lambda place: is_marked(_SERVICES, place))


def _used(file: descriptor_pb2.FileDescriptorProto, not_final: Container[str]) -> set[str]:
    """The types that a final file uses and that are not final. Ends the program where what uses them is not marked."""
    used: set[str] = set()
    is_marked = _marks(file)
    for place, message in enumerate(file.message_type):
        for item, field in enumerate(message.field):
            if field.type_name not in not_final:
                continue
            if not is_marked(_MESSAGES, place) and not is_marked(_MESSAGES, place, _FIELDS, item):
                _fail(f"{message.name}.{field.name}")
            used.add(field.type_name)
    for service in file.service:
        for method in service.method:
            if method.input_type in not_final or method.output_type in not_final:
                _fail(f"{service.name}.{method.name}")
    return used


def _only_names(file: descriptor_pb2.FileDescriptorProto, used: Container[str]) -> descriptor_pb2.FileDescriptorProto:
    """A file that is not final: its used messages without fields, and its used enums with their first value."""
    bare = descriptor_pb2.FileDescriptorProto(
        name=file.name, package=file.package, syntax=file.syntax, options=file.options
    )
    for message in file.message_type:
        if f".{file.package}.{message.name}" in used:
            bare.message_type.add(name=message.name)
    for enum in file.enum_type:
        if f".{file.package}.{enum.name}" in used:
            bare.enum_type.add(name=enum.name, value=enum.value[:1])
    return bare


def _fail(user: str) -> NoReturn:
    raise SystemExit(f"what is final uses what is not: {user}")


def _remove(items: Any, is_gone: Callable[[int], bool]) -> None:
    for place in reversed(range(len(items))):
        if is_gone(place):
            del items[place]


def _check(files: Iterable[descriptor_pb2.FileDescriptorProto]) -> None:
    pool = descriptor_pool.DescriptorPool()
    try:
        for file in files:
            pool.Add(file)
        for file in files:
            pool.FindFileByName(file.name)
    except (KeyError, TypeError) as error:
        raise SystemExit(f"what is final uses what is not: {error}") from error


if __name__ == "__main__":
    sys.exit(main())
