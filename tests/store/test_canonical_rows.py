"""The line that is written is the line that is proved later, whatever the text in it."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerd.core.book import Book
from ledgerd.core.effects import Movement
from ledgerd.core.model.amount import Quantity
from ledgerd.core.model.operation import Operation
from ledgerd.core.plan import Plan
from ledgerd.store import canonical, plan_writer, transactions
from tests import builders as a
from tests.builders import decide

HOSTILE = [
    "tab\tand\ttab",
    "line\nbreak\r\nand return",
    "back\\slash \\t \\n \\\\",
    "\\N",
    "\\.",
    "\\.\n\\.",
    "quotes \" and ' and $1 %s {x}",
    "ünï 漢字 🙂 \u200b\u202e",
    "line\u2028separator\u0085next",
    "\b\f\v\x01\x7f",
    " ",
    "trailing\\",
    "',''); DROP TABLE transactions; --",
]
TIMES = [
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(99, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC),
    datetime(2026, 3, 29, 2, 30, tzinfo=timezone(timedelta(hours=5, minutes=45))),
    datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
]
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=40)


def book() -> Book:
    world = a.account("world", indicator="@World")
    shop = a.account("shop", held_in=100)
    return a.book(
        world,
        shop,
        a.account("holder", credit=500, held_out=100),
        holds=(a.hold("h", "holder", "shop", 100), a.hold("tip", "holder", "shop", 10, allow_over_commit=True)),
    )


def decided(*operations: Operation) -> tuple[Plan, list[Movement]]:
    view, plan = book(), a.plan()
    outcomes = [decide(operation, view, plan) for operation in operations]
    assert not [outcome for outcome in outcomes if not isinstance(outcome, Movement)]
    return plan, plan.movements


def posted(text: str, reference: str = "r1", **more: Any) -> Operation:
    digest = hashlib.sha256(text.encode()).digest()
    words = {"description": text, "group": text, "tag": text, "metadata": "{}", "metadata_digest": digest}
    return a.post("@World", "shop", 5, reference, allow_overdraft=True, **{**words, **more})


def variety() -> list[Operation]:
    """Every kind of movement, with and without what may be left out."""
    return [
        *(posted(text, f"{text[:1]}r-{number}") for number, text in enumerate(HOSTILE)),
        *(posted("x", f"t-{number}", effective_at=when) for number, when in enumerate(TIMES)),
        a.post(
            "@World", "shop", 10**36 - 1_000, "large", allow_overdraft=True, overdraft_limit=Quantity(10**36 - 1, None)
        ),
        a.post("holder", "shop", 7, "plain"),
        a.post("holder", "shop", 7, "held", inflight=True),
        a.post("holder", "shop", 7, "timed", inflight=True, commits_at=a.NOON + a.HOUR, expires_at=a.NOON + 2 * a.HOUR),
        a.post("holder", "shop", 7, "tips", inflight=True, allow_over_commit=True),
        a.commit("h", 40),
        a.void("h"),
        a.commit("tip", 12, "c2"),
        a.refund("h", 30),
        a.refund("h", reference="f2", allow_overdraft=True),
    ]


@given(TEXT, TEXT)
def test_the_line_of_a_movement_is_that_of_its_transaction(text: str, reference: str) -> None:
    plan, (movement,) = decided(posted(text, reference))
    assert canonical.movement_row(movement, canonical.time_text(plan.now)) == canonical.transaction_row(
        movement.to_transaction()
    )


@given(TEXT, TEXT)
def test_no_text_can_pretend_to_be_a_separator(text: str, reference: str) -> None:
    plan, (movement,) = decided(posted(text, reference))
    canonical_row = canonical.movement_row(movement, canonical.time_text(plan.now))
    assert "\n" not in canonical_row
    assert "\r" not in canonical_row
    assert len((canonical_row + canonical.movement_state(movement)).split("\t")) == len(canonical.COLUMNS)


@given(TEXT, TEXT)
def test_different_texts_have_different_lines(text: str, other: str) -> None:
    assert (canonical.text_or_null(text) == canonical.text_or_null(other)) == (text == other)
    assert canonical.text_or_null(text) != canonical.NULL


@pytest.mark.parametrize("when", TIMES)
def test_a_time_is_written_with_all_its_digits(when: datetime) -> None:
    text = canonical.time_text(when)
    assert len(text) == len("2026-01-02 12:00:00.000000+00")
    assert datetime.fromisoformat(text) == when


async def test_what_was_copied_is_read_back_as_the_same_lines(connection: asyncpg.Connection) -> None:
    plan, movements = decided(*variety())
    await _open(connection)
    await plan_writer.copy_transactions(connection, plan)
    now = canonical.time_text(plan.now)
    written = {
        movement.ordinal: canonical.movement_row(movement, now) + canonical.movement_tail(movement)
        for movement in movements
    }
    rows = await connection.fetch(transactions.SELECT)
    read = {row["id"].int & 0xFFFFFF: transactions.from_row(row) for row in rows}
    assert {ordinal: canonical.transaction_row(row) for ordinal, row in read.items()} == written
    for movement in movements:
        asked, recorded = movement.operation, read[movement.ordinal]
        assert (recorded.reference, recorded.description) == (asked.reference, asked.description)
        assert recorded == movement.to_transaction()


async def test_what_takes_all_that_is_available_is_read_back_as_the_same_rows(connection: asyncpg.Connection) -> None:
    """These have a request of their own, and are written beside the headers."""
    plan, movements = decided(
        a.post("holder", "shop", 0, "most", quantity=a.available(40)),
        a.post("holder", "shop", 5, "plain"),
        a.post("holder", "shop", 0, "all", quantity=a.available(), inflight=True, expires_at=a.NOON + a.HOUR),
    )
    await _open(connection)
    await plan_writer.copy_transactions(connection, plan)
    rows = await connection.fetch(f"{transactions.SELECT} ORDER BY t.id")
    assert [transactions.from_row(row) for row in rows] == [movement.to_transaction() for movement in movements]
    assert [(row["amount"], row["takes_remainder"], row["request_json"]) for row in rows] == [
        (40, True, '{"available":{"at_most":"40"}}'),
        (5, None, None),
        (355, True, '{"available":{}}'),
    ]


async def _open(connection: asyncpg.Connection) -> None:
    """The balances that the movements name, so that reading them finds both sides."""
    for account in {account.key: account for account in book().accounts.values()}.values():
        await connection.execute(
            "INSERT INTO balances (id, ledger_id, indicator, currency, precision, moved_at, created_at, updated_at)"
            " SELECT $1::text::uuid, id, $2, 'USD', 100, now(), now(), now() FROM ledgers",
            account.key,
            account.indicator,
        )


def test_the_digest_depends_on_every_line_and_not_on_the_order_of_arrival() -> None:
    written = [(1, "a"), (2, "b"), (3, "c")]
    assert canonical.digest(written) == canonical.digest(reversed(written)) == hashlib.sha256(b"a\nb\nc\n").digest()
    others = [written[:2], [(1, "b"), (2, "a"), (3, "c")], [(1, "a"), (2, "bc"), (3, "")]]
    assert canonical.digest(written) not in {canonical.digest(other) for other in others}


def test_a_line_keeps_the_form_of_its_version() -> None:
    """Version 1 of the canonical form, digested by every commit there is: never edit, only add."""
    plan, (movement,) = decided(posted("a\tb", "ref\\1", effective_at=TIMES[0]))
    canonical_row = canonical.movement_row(movement, canonical.time_text(plan.now))
    ids = [movement.block.hex(1), a.account("world").key, a.account("shop").key]
    assert canonical.DIGEST_VERSION == 1
    assert canonical_row == (
        f"{ids[0]}\tref\\\\1\tPOSTING\tUSD\t100\t5\t{ids[1]}\t2\t0\t5\t0\t0\t{ids[2]}\t2\t5\t0\t100\t0\tt\t\\N\t\\N\t"
        f"\\N\t\\N\ta\\tb\ta\\tb\ta\\tb\t\\\\x{hashlib.sha256(b'a' + bytes([9]) + b'b').hexdigest()}\t\\N\t"
        "\\N\t2026-01-02 12:00:00.000000+00\t0001-01-01 00:00:00.000000+00"
    )
