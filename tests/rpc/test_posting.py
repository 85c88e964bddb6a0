"""PostTransaction: figures, exactness, replays, and what a malformed draft is told."""

from typing import Any

import pytest
from google.protobuf import struct_pb2, timestamp_pb2
from ledgerapi.v1 import balance_pb2, draft_pb2, transaction_pb2

from tests.conftest import Server
from tests.rpc import wire

THIRTY_DIGITS = "123456789012345678901234567890"
MOST = str(10**36 - 1)


def totals(figures: balance_pb2.Figures) -> tuple[int, str, str, str]:
    return figures.version, figures.balance, figures.credit_balance, figures.debit_balance


# What moved ------------------------------------------------------------------------------------


async def test_both_sides_are_shown_before_and_after(server: Server) -> None:
    till = await wire.open_balance(server)
    await wire.record(server, wire.from_world("open", till, "100.00"))
    moved = (await wire.record(server, wire.draft("sale", till, "@Sales", "12.50"))).transaction
    source, destination = moved.source_figures, moved.destination_figures
    assert totals(source.before) == (1, "10000", "10000", "0")
    assert totals(source.after) == (2, "8750", "10000", "1250")
    assert totals(destination.before) == (0, "0", "0", "0")
    assert totals(destination.after) == (1, "1250", "1250", "0")
    assert (source.balance_id, source.currency, source.precision) == (till, "USD", 100)
    assert (moved.source_indicator, moved.destination_indicator) == ("", "@Sales")


async def test_the_answer_shows_the_amount_in_both_spellings(server: Server) -> None:
    amount = (await wire.record(server, wire.from_world("r", "@Sales", "7.5"))).transaction.amount
    assert (amount.precise, amount.decimal, amount.precision, amount.currency) == ("750", "7.50", 100, "USD")


async def test_what_was_answered_is_what_is_read_later(server: Server) -> None:
    answered = (await wire.record(server, wire.from_world("r", "@Sales", 5))).transaction
    assert await wire.transaction(server, transaction_id=answered.id) == answered
    assert await wire.transaction(server, reference="r") == answered


async def test_the_balances_hold_what_the_answer_showed(server: Server) -> None:
    moved = (await wire.record(server, wire.from_world("r", "@Sales", 5))).transaction
    assert await wire.figures(server, "@Sales") == moved.destination_figures.after
    assert await wire.figures(server, "@World") == moved.source_figures.after


@pytest.mark.parametrize("digits", [THIRTY_DIGITS, MOST])
async def test_a_large_amount_survives_every_way_out(server: Server, digits: str) -> None:
    watching = await wire.watch(server)
    upload = wire.Upload(server)
    await upload.open(view=wire.FULL)
    streamed = await upload.chunk([wire.post(wire.from_world("streamed", "@Vault", int(digits)))])
    posted = (await wire.record(server, wire.from_world("posted", "@Vault", int(digits)))).transaction
    events = await watching.events(2)
    seen = [
        streamed.results[0].posted.transaction,
        posted,
        await wire.transaction(server, reference="streamed"),
        *await wire.listed(server, "reference = posted"),
        *(event.transaction.transaction for event in events),
    ]
    assert {transaction.amount.precise for transaction in seen} == {digits}
    assert {transaction.amount.decimal for transaction in seen} == {f"{digits[:-2]}.{digits[-2:]}"}
    assert await wire.balance(server, "@Vault") == 2 * int(digits)
    watching.cancel()


async def test_a_decimal_amount_counts_only_the_decimals_that_matter(server: Server) -> None:
    moved = await wire.record(server, wire.from_world("r", "@Sales", "1.50000"))
    assert moved.transaction.amount.precise == "150"


# Rejections with their numbers -------------------------------------------------------------------


async def test_a_rejected_overdraft_tells_the_numbers_and_moves_nothing(server: Server) -> None:
    till = await wire.open_balance(server)
    await wire.record(server, wire.from_world("open", till, 100))
    rejection = await wire.rejection(wire.record(server, wire.draft("r", till, "@Sales", 101)))
    assert rejection.code == "FAILED_PRECONDITION"
    assert rejection.reason == "INSUFFICIENT_FUNDS"
    assert rejection.details == {"balance": till, "requested": "101", "available": "100"}
    assert await wire.balance(server, till) == 100


async def test_a_rejected_draft_does_not_use_up_its_reference(server: Server) -> None:
    till = await wire.open_balance(server)
    await wire.rejection(wire.record(server, wire.draft("r", till, "@Sales", 1)))
    await wire.record(server, wire.from_world("open", till, 1))
    assert not (await wire.record(server, wire.draft("r", till, "@Sales", 1))).replayed


async def test_an_overdraft_goes_down_to_its_limit_and_no_further(server: Server) -> None:
    till = await wire.open_balance(server)

    def asked(reference: str, amount: int) -> draft_pb2.Draft:
        return wire.draft(reference, till, "@Sales", amount, allow_overdraft=True, overdraft_limit="5.00")

    moved = (await wire.record(server, asked("within", 500))).transaction
    assert (moved.allow_overdraft, moved.overdraft_limit.precise) == (True, "500")
    rejection = await wire.rejection(wire.record(server, asked("beyond", 1)))
    assert rejection.reason == "OVERDRAFT_LIMIT_EXCEEDED"
    assert rejection.details == {"balance": till, "requested": "1", "available": "-500", "limit": "500"}


async def test_a_floor_binds_also_where_overdraft_is_allowed(server: Server) -> None:
    till = await wire.open_balance(server, floor={"precise": "-300"})
    await wire.record(server, wire.draft("within", till, "@Sales", 300, allow_overdraft=True))
    rejection = await wire.rejection(wire.record(server, wire.draft("beyond", till, "@Sales", 1, allow_overdraft=True)))
    assert (rejection.reason, rejection.details["floor"]) == ("FLOOR_EXCEEDED", "-300")


async def test_more_decimals_than_the_precision_are_rejected(server: Server) -> None:
    rejection = await wire.rejection(wire.record(server, wire.from_world("r", "@Sales", "0.005")))
    assert (rejection.reason, rejection.details["precision"]) == ("AMOUNT_TOO_PRECISE", "100")


@pytest.mark.parametrize("limit", [{"precise_overdraft_limit": "9" * 60}, {"overdraft_limit": "9" * 37}])
async def test_an_overdraft_limit_beyond_all_bounds_is_rejected_by_name(server: Server, limit: dict[str, str]) -> None:
    rejection = await wire.rejection(wire.record(server, wire.from_world("r", "@Sales", 1, **limit)))
    assert rejection.reason in ("AMOUNT_OUT_OF_BOUNDS", "FIELD_INVALID")


async def test_an_overdraft_limit_beyond_all_bounds_spares_its_neighbours(server: Server) -> None:
    beyond = wire.post(wire.from_world("beyond", "@Sales", 1, precise_overdraft_limit="9" * 60))
    answer = await wire.batch(server, [*wire.drafts(3), beyond])
    assert wire.outcomes(answer.results)[:3] == ["posted"] * 3


# Once ------------------------------------------------------------------------------------------


async def test_a_repeated_draft_answers_what_it_recorded(server: Server) -> None:
    asked = wire.from_world("r", "@Sales", 5, description="coffee", metadata={"table": "4"})
    first, again = await wire.record(server, asked), await wire.record(server, asked)
    assert (first.replayed, again.replayed) == (False, True)
    assert again.transaction == first.transaction
    assert await wire.balance(server, "@Sales") == 5


async def test_both_spellings_of_an_amount_and_of_a_side_are_the_same_content(server: Server) -> None:
    first = await wire.record(server, wire.from_world("r", "@Sales", "5.00"))
    by_id = wire.from_world("r", first.transaction.destination_id, 500, precision=100)
    assert (await wire.record(server, by_id)).replayed


CONFLICTS: dict[str, dict[str, Any]] = {
    "amount": {"amount": "0.06"},
    "precise_amount": {"precise_amount": "6"},
    "currency": {"currency": "EUR"},
    "precision": {"precision": 1000},
    "source": {"source": "@Bank"},
    "destination": {"destination": "@Bank"},
    "allow_overdraft": {"allow_overdraft": False},
    "overdraft_limit": {"overdraft_limit": "9"},
    "precise_overdraft_limit": {"precise_overdraft_limit": "9"},
    "inflight": {"inflight": True},
    "description": {"description": "tea"},
    "metadata": {"metadata": {"table": "5"}},
    "effective_time": {"effective_time": timestamp_pb2.Timestamp(seconds=1)},
    "group": {"group": "bar"},
    "tag": {"tag": "bar"},
}


async def test_a_repeated_reference_with_other_content_names_the_field_that_differs(server: Server) -> None:
    first = (await wire.record(server, wire.from_world("r", "@Sales", 5))).transaction
    told = {}
    for field, change in CONFLICTS.items():
        other = wire.from_world("r", "@Sales", 5)
        other.MergeFrom(draft_pb2.Draft(**{name: value for name, value in change.items() if value is not False}))
        if change.get("allow_overdraft") is False:
            other.allow_overdraft = False
        rejection = await wire.rejection(wire.record(server, other))
        assert (rejection.code, rejection.reason) == ("ALREADY_EXISTS", "REFERENCE_CONFLICT")
        assert (rejection.details["reference"], rejection.details["transaction"]) == ("r", first.id)
        told[field] = rejection.details["fields"]
    assert told == {field: field for field in CONFLICTS}


async def test_every_field_that_differs_is_named(server: Server) -> None:
    await wire.record(server, wire.from_world("r", "@Sales", 5))
    other = wire.from_world("r", "@Bank", 6, tag="bar")
    assert (await wire.rejection(wire.record(server, other))).details["fields"] == "precise_amount,destination,tag"


async def test_a_replay_comes_before_every_other_rule(server: Server) -> None:
    till = await wire.open_balance(server)
    await wire.record(server, wire.from_world("open", till, 5))
    sale = wire.draft("sale", till, "@Sales", 5)
    await wire.record(server, sale)
    assert (await wire.record(server, sale)).replayed  # The till is empty by now.


# Malformed and not supported yet ---------------------------------------------------------------

MALFORMED: dict[str, dict[str, Any]] = {
    "reference": {"reference": ""},
    "reference ": {"reference": "x" * 256},
    "reference  ": {"reference": "line\nbreak"},
    "reference   ": {"reference": "ledgerd:mine"},
    "amount": {"amount": "1,50"},
    "amount ": {"amount": "-1"},
    "amount  ": {"amount": "1e3"},
    "amount   ": {"amount": "1" * 65},
    "precise_amount": {"precise_amount": "1.5"},
    "precise_amount ": {"precise_amount": "007"},
    "precise_amount  ": {"precise_amount": "٣"},
    "currency": {"currency": "usd"},
    "currency ": {"currency": "U" * 33},
    "precision": {"precision": 50},
    "precision ": {"precision": -10},
    "source": {"source": ""},
    "source ": {"source": "World"},
    "source  ": {"source": "txn_01hzzzzzzzzzzzzzzzzzzzzzzz"},
    "destination": {"destination": "@"},
    "destination ": {"destination": "@" + "x" * 128},
    "overdraft_limit": {"overdraft_limit": "-1", "allow_overdraft": True},
    "overdraft_limit ": {"overdraft_limit": "1", "allow_overdraft": False},
    "precise_overdraft_limit": {"precise_overdraft_limit": "x", "allow_overdraft": True},
    "description": {"description": "x" * 1_001},
    "description ": {"description": "nul\0"},
    "metadata": {"metadata": {"big": "x" * 17_000}},
    "metadata ": {"metadata": {"not a number": float("nan")}},
    "effective_time": {"effective_time": timestamp_pb2.Timestamp(seconds=1, nanos=-1)},
    "effective_time ": {"effective_time": timestamp_pb2.Timestamp(seconds=10**14)},
    "group": {"group": "x" * 256},
    "group ": {"group": "tab\t"},
    "tag": {"tag": "x" * 256},
}


async def test_each_malformed_field_is_named(server: Server) -> None:
    told = {}
    for name, change in MALFORMED.items():
        fields = {"reference": "r", "source": "@World", "destination": "@Sales", "currency": "USD"}
        amount = {} if {"amount", "precise_amount"} & change.keys() else {"amount": "1"}
        rejection = await wire.rejection(wire.record(server, draft_pb2.Draft(**{**fields, **amount, **change})))
        assert (rejection.code, rejection.reason) == ("INVALID_ARGUMENT", "FIELD_INVALID"), name
        told[name] = rejection.fields
    assert told == {name: (f"draft.{name.strip()}",) for name in MALFORMED}
    assert await wire.listed(server) == []


async def test_all_malformed_fields_are_named_at_once(server: Server) -> None:
    rejection = await wire.rejection(wire.record(server, draft_pb2.Draft(precision=3)))
    wanted = {"reference", "source", "destination", "amount", "precision"}
    assert set(rejection.fields) == {f"draft.{name}" for name in wanted}


async def test_metadata_may_not_be_deeper_than_eight_levels(server: Server) -> None:
    def nested(levels: int) -> dict[str, Any]:
        return {"a": nested(levels - 1)} if levels > 1 else {"a": "b"}

    assert (await wire.record(server, wire.from_world("8", "@Sales", 1, metadata=nested(8)))).transaction.id
    rejection = await wire.rejection(wire.record(server, wire.from_world("9", "@Sales", 1, metadata=nested(9))))
    assert rejection.fields == ("draft.metadata",)


def test_no_field_of_a_draft_is_passed_over_in_silence() -> None:
    """Every field of the contract is served, and so compared on replay."""
    served = {"reference", *CONFLICTS}
    served |= {"inflight_expiry_time", "inflight_commit_time", "allow_over_commit"}  # See test_timed_holds.py.
    served |= {"sources", "destinations"}  # See test_splits.py.
    served |= {"queue", "scheduled_time", "require_review", "review_reason", "check_deferred"}  # See test_queue.py.
    served |= {"identity_ids"}  # See test_transaction_identities.py.
    served |= {"available"}  # See test_available.py.
    served |= {"on_behalf_of"}  # See test_on_behalf_of.py.
    assert {field.name for field in draft_pb2.Draft.DESCRIPTOR.fields} == served


# What else a draft carries ---------------------------------------------------------------------


async def test_metadata_comes_back_as_it_was_given(server: Server) -> None:
    metadata = struct_pb2.Struct()
    metadata.update(
        {
            "text": 'tab\t "quoted" \\ line\n ünï 漢字 🙂',
            "n": 12.5,
            "whole": 9007199254740991,
            "yes": True,
            "none": None,
        }
    )
    metadata.update({"list": [1, "two", {"three": [None]}], "deep": {"a": {"b": {}}}, "": "empty key"})
    await wire.record(server, wire.from_world("r", "@Sales", 1, metadata=metadata))
    assert (await wire.transaction(server, reference="r")).metadata == metadata


async def test_words_come_back_as_they_were_given(server: Server) -> None:
    words = {"description": "two\nlines\tand a \\N, ünï 漢字 🙂", "group": "payroll 2026", "tag": 'a\\b "c"'}
    await wire.record(server, wire.from_world('ref "q" \\ ünï', "@Sales", 1, **words))
    read = await wire.transaction(server, reference='ref "q" \\ ünï')
    assert {name: getattr(read, name) for name in words} == words
    assert [transaction.id for transaction in await wire.listed(server, 'group = "payroll 2026"')] == [read.id]


@pytest.mark.parametrize(
    "seconds", [-62_135_596_800, -59_000_000_000, 0, 1_700_000_000, 4_000_000_000, 253_402_300_799]
)
async def test_an_effective_time_is_kept_in_the_past_and_in_the_future(server: Server, seconds: int) -> None:
    when = timestamp_pb2.Timestamp(seconds=seconds, nanos=123_456_000)
    answered = (await wire.record(server, wire.from_world("r", "@Sales", 1, effective_time=when))).transaction
    read = await wire.transaction(server, reference="r")
    assert answered.effective_time == read.effective_time == when
    assert read.record_time != when
    assert await wire.balance(server, "@Sales") == 1  # The money moves now in either case.


async def test_without_an_effective_time_it_is_that_of_recording(server: Server) -> None:
    moved = (await wire.record(server, wire.from_world("r", "@Sales", 1))).transaction
    assert moved.effective_time == moved.record_time == moved.create_time


async def test_a_transaction_says_what_it_is(server: Server) -> None:
    moved = (await wire.record(server, wire.from_world("r", "@Sales", 1))).transaction
    assert moved.kind == transaction_pb2.TRANSACTION_KIND_POSTING
    assert moved.status == transaction_pb2.TRANSACTION_STATUS_APPLIED
    assert not moved.HasField("hold")
    assert (moved.parent_id, moved.batch_id) == ("", "")
