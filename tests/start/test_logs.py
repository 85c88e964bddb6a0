"""Logs: what libraries and Python itself say is told without the values in it."""

import functools
import json
import subprocess
import sys

import pytest

SECRET = "s3cr3t-of-the-books"

# Everything that Python, asyncio and libraries print on their own, each with the secret in it.
SAYS_TOO_MUCH = """
import asyncio, gc, logging, sys, threading, warnings
import structlog
from ledgerd import logs

SECRET = sys.argv[1]
logs.configure(level="debug", as_json=sys.argv[2] == "json")
logs.take_over()

class Unhappy(Exception):
    sqlstate = "23505"
    constraint_name = "transaction_reference_once"

def fail(*values):
    local = list(values)
    try:
        int(SECRET)
    except ValueError as error:
        raise Unhappy(f"Key (reference)=({SECRET}) already exists", local) from error

class Dying:
    def __del__(self):
        fail(SECRET)

async def failing(value):
    fail(value)

async def main():
    loop = asyncio.get_running_loop()
    logs.take_over_loop(loop)
    loop.call_soon(fail, SECRET)
    task = asyncio.create_task(failing(SECRET), name="abandoned")
    future = loop.create_future()
    future.set_exception(Unhappy(SECRET))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task, future
    gc.collect()
    loop.call_exception_handler({"message": f"lost {SECRET}", "protocol": SECRET})
    loop.default_exception_handler({"message": f"lost {SECRET}", "exception": Unhappy(SECRET)})

asyncio.run(main())
thread = threading.Thread(target=fail, args=(SECRET,))
thread.start()
thread.join()
Dying()
warnings.warn(f"careful with {SECRET}")
library = logging.getLogger("library")
library.error("a plain sentence")
library.error(f"joined {SECRET}")
library.error("given %s", SECRET)
library.error(Unhappy(SECRET))
try:
    fail(SECRET)
except Unhappy:
    library.exception("with %s", SECRET, stack_info=True)
    structlog.get_logger().error("of ours", exc_info=True)
try:
    raise ExceptionGroup(SECRET, [Unhappy(SECRET)])
except ExceptionGroup as error:
    structlog.get_logger().error("a group", exc_info=error)
"""


@functools.cache
def said(form: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-c", SAYS_TOO_MUCH, SECRET, form], capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout == ""
    return ran.stderr


@pytest.mark.parametrize("form", ["json", "lines"])
def test_nothing_that_a_library_or_python_says_shows_a_value(form: str) -> None:
    text = said(form)
    assert SECRET not in text
    for event in (
        "a callback failed", "nobody took a task's failure", "an error was ignored", "a thread failed", "Python warns",
        "a plain sentence", "given %s", "with %s", "a library has something to say", "of ours", "a group",
    ):  # fmt: skip
        assert event in text, event


def test_an_exception_is_told_by_its_type_its_names_and_its_frames() -> None:
    entries = [json.loads(line) for line in said("json").splitlines()]
    (entry,) = [entry for entry in entries if entry["event"] == "of ours"]
    last, cause = entry["exception"]
    assert (last["type"], last["sqlstate"]) == ("__main__.Unhappy", "23505")
    assert last["constraint_name"] == "transaction_reference_once"
    assert last["frames"][-1].endswith(" fail")
    assert cause["type"] == "builtins.ValueError"


def test_a_record_of_a_library_says_whose_it_is() -> None:
    entries = [json.loads(line) for line in said("json").splitlines()]
    (entry,) = [entry for entry in entries if entry["event"] == "a plain sentence"]
    assert (entry["logger"], entry["level"]) == ("library", "error")
    assert entry["at"].endswith(" <module>")
