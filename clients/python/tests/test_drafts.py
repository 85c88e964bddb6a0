"""What `draft` and the makers of shares build, and what they reject to."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from inspect import signature
from typing import Any, get_type_hints

import pytest
from ledgerapi.v1.draft_pb2 import Distribution, Draft, Share

from ledgerd_client import draft, fixed, percent, remainder
from ledgerd_client.drafts import DraftFields

SIDES: dict[str, Any] = {"source": "@World", "destination": "bln_x", "currency": "USD"}
FLAGS = ("allow_overdraft", "inflight", "allow_over_commit", "queue", "require_review", "check_deferred")
TIMES = ("effective_time", "inflight_expiry_time", "inflight_commit_time", "scheduled_time")


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": 1.5},
        {"amount": 1},
        {"precise_amount": 1.5},
        {"precise_amount": True},
        {"amount": "1", "overdraft_limit": 2.0},
        {"amount": "1", "precise_overdraft_limit": 2.0},
        {"amount": "1", "queue": 2.0},
        {"amount": "1", "review_reason": 2.0},
    ],
)
def test_floats_are_rejected(wrong: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        draft("r", **SIDES, **wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"amount": "1", "precise_amount": 1},
        {"amount": Decimal("NaN")},
        {"amount": "1", "overdraft_limit": "1", "precise_overdraft_limit": 1},
        {"amount": "1", "effective_time": datetime(2026, 1, 1)},
    ],
)
def test_impossible_drafts(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        draft("r", **SIDES, **wrong)


def test_a_draft_has_only_what_was_given() -> None:
    plain = draft("r", **SIDES, amount="120.50")
    assert {field.name for field, _ in plain.ListFields()} == {
        "reference",
        "amount",
        "currency",
        "source",
        "destination",
    }
    full = draft(
        "r",
        **SIDES,
        precise_amount=12050,
        precision=100,
        allow_overdraft=True,
        precise_overdraft_limit=0,
        inflight=True,
        metadata={"order": "17"},
        effective_time=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=1),
    )
    assert full.precise_overdraft_limit == "0"
    assert full.metadata["order"] == "17"
    assert full.effective_time.nanos == 1_000


def test_a_draft_that_waits_and_a_hold_with_its_times() -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    built = draft(
        "r",
        **SIDES,
        amount="1",
        inflight=True,
        inflight_expiry_time=noon + timedelta(hours=3),
        inflight_commit_time=noon + timedelta(hours=2),
        allow_over_commit=True,
        queue=True,
        scheduled_time=noon.astimezone(timezone(timedelta(hours=2))),
        require_review=True,
        review_reason="over the limit",
        check_deferred=True,
        identity_ids=["idt_1", "idt_2"],
    )
    assert list(built.identity_ids) == ["idt_1", "idt_2"]
    flags = (built.inflight, built.allow_over_commit, built.queue, built.require_review, built.check_deferred)
    assert (flags, built.review_reason) == ((True,) * 5, "over the limit")
    assert built.scheduled_time.ToDatetime(UTC) == noon
    assert built.inflight_commit_time.ToDatetime(UTC) == noon + timedelta(hours=2)
    assert built.inflight_expiry_time.ToDatetime(UTC) == noon + timedelta(hours=3)


@pytest.mark.parametrize("name", FLAGS)
def test_a_flag_sets_itself_alone(name: str) -> None:
    flag: dict[str, Any] = {name: True}
    built, plain = draft("r", **SIDES, amount="1", **flag), draft("r", **SIDES, amount="1")
    setattr(plain, name, True)
    assert built == plain


@pytest.mark.parametrize("name", TIMES)
def test_times_need_a_zone_and_a_time_of_day(name: str) -> None:
    times: dict[str, Any] = {name: datetime(2026, 1, 1)}
    with pytest.raises(ValueError, match=name):
        draft("r", **SIDES, amount="1", **times)
    for wrong in (date(2026, 1, 1), 1_767_225_600, 0.5, "2026-01-01T00:00:00Z"):
        times[name] = wrong
        with pytest.raises(TypeError, match=name):
            draft("r", **SIDES, amount="1", **times)


def test_every_field_of_a_draft_has_its_argument() -> None:
    fields = set(Draft.DESCRIPTOR.fields_by_name) - {"sources", "destinations"}  # Those are shares given as a side.
    arguments = list(signature(draft).parameters)
    assert set(arguments) == fields
    assert [*list(arguments)[:4], *get_type_hints(DraftFields)] == list(arguments)


# Splits ----------------------------------------------------------------------------------------


def test_sides_may_be_shares() -> None:
    payers = (fixed("@Mine", precise_amount=50_00), remainder("@Yours"))
    takers = [fixed("bln_rent", "500.00"), percent("@Tax", "25"), remainder("@Pocket")]
    built = draft("r", source=payers, destination=takers, currency="USD", amount="1234.56")
    assert (built.WhichOneof("source_side"), built.WhichOneof("destination_side")) == ("sources", "destinations")
    assert list(built.sources.shares) == [
        Share(balance="@Mine", precise_amount="5000"),
        Share(balance="@Yours", remainder=True),
    ]
    assert list(built.destinations.shares) == [
        Share(balance="bln_rent", amount="500.00"),
        Share(balance="@Tax", percent="25"),
        Share(balance="@Pocket", remainder=True),
    ]


def test_one_side_may_be_shares_and_no_shares_are_for_the_service_to_reject() -> None:
    built = draft("r", source="@World", destination=[], currency="USD", amount="1")
    assert (built.source, built.HasField("destinations"), built.destinations) == ("@World", True, Distribution())


@pytest.mark.parametrize(
    ("value", "text"), [("12.50", "12.50"), (25, "25"), (Decimal("1E+1"), "10"), (Decimal("0.000001"), "0.000001")]
)
def test_percentages(value: Any, text: str) -> None:
    assert percent("@Tax", value).percent == text


def test_shares_without_floats() -> None:
    assert fixed("@Rent", Decimal("1E+3")).amount == "1000"
    wrong: Any
    for wrong in (25.0, True, None):
        with pytest.raises(TypeError):
            percent("@Tax", wrong)
    for wrong in ({"amount": 5.0}, {"amount": 5}, {"precise_amount": 5.0}, {"precise_amount": True}):
        with pytest.raises(TypeError):
            fixed("@Rent", **wrong)


def test_impossible_shares() -> None:
    with pytest.raises(ValueError, match="give either"):
        fixed("@Rent")
    with pytest.raises(ValueError, match="give either"):
        fixed("@Rent", "1", precise_amount=100)
    with pytest.raises(ValueError, match="no number"):
        percent("@Tax", Decimal("Infinity"))


@pytest.mark.parametrize("wrong", [None, 5, remainder("@Rent"), ["@Rent"], {"@Rent": "500.00"}, [{"balance": "@Rent"}]])
def test_a_side_is_a_balance_or_shares(wrong: Any) -> None:
    with pytest.raises(TypeError):
        draft("r", source=wrong, destination="@Rent", currency="USD", amount="1")
    with pytest.raises(TypeError):
        draft("r", source="@Rent", destination=wrong, currency="USD", amount="1")
