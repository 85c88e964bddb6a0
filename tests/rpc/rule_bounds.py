"""The bounds of matching rules: of each a rule beyond it, and one at it."""

from typing import Any

from tests.rpc.rules import AMOUNT, REFERENCE, usd

DATE = "MATCHING_FIELD_BOOKING_DATE"


def criterion(**fields: Any) -> dict[str, Any]:
    """A rule of the amount, a reference and one more criterion."""
    return {"criteria": [AMOUNT, REFERENCE, fields]}


OF_FEES = {
    "field": "MATCHING_FIELD_DESCRIPTION",
    "operator": "MATCHING_OPERATOR_PATTERN",
    "pattern": "fee",
}


def adjusting(**changes: Any) -> dict[str, Any]:
    """A rule that says what happens to what its matches leave over."""
    usual = {"kind": "RECONCILIATION_ADJUSTMENT_KIND_WRITE_OFF", "counterpart": "@Fees", "at_most": usd("1")}
    return {"adjustment": {**usual, **changes}}


def alone(**changes: Any) -> dict[str, Any]:
    """A rule for records that have no entry."""
    return {"strategy": "MATCHING_STRATEGY_RECORD_ALONE", "criteria": [OF_FEES], **adjusting(), **changes}


def within(field: str = "MATCHING_FIELD_AMOUNT", **tolerance: Any) -> dict[str, Any]:
    return {"criteria": [{"field": field, "tolerance": tolerance}, REFERENCE]}


def absolute(*amounts: dict[str, Any]) -> dict[str, Any]:
    return within(absolute={"amounts": amounts})


def many(count: int) -> list[dict[str, Any]]:
    """An amount in so many currencies."""
    return [{"currency": f"X{number}", "decimal": "1"} for number in range(count)]


def grouped(**grouping: Any) -> dict[str, Any]:
    usual = {"keys": [{"field": "MATCHING_FIELD_GROUP_KEY"}]}
    return {"strategy": "MATCHING_STRATEGY_ONE_TO_MANY", "grouping": {**usual, **grouping}}


SIMILAR = {"field": "MATCHING_FIELD_DESCRIPTION", "operator": "MATCHING_OPERATOR_SIMILAR"}
ONE_OF = {"field": "MATCHING_FIELD_DESCRIPTION", "operator": "MATCHING_OPERATOR_ONE_OF"}
PATTERN = {"field": "MATCHING_FIELD_DESCRIPTION", "operator": "MATCHING_OPERATOR_PATTERN"}
SEARCH = {"mode": "GROUPING_MODE_BY_SEARCH"}
BOUNDS: list[tuple[str, dict[str, Any], dict[str, Any] | None]] = [
    ("name", {"name": ""}, {"name": "x" * 255}),
    ("name", {"name": "x" * 256}, None),
    ("name", {"name": "a\nb"}, None),
    ("description", {"description": "x" * 1_001}, {"description": "x" * 1_000}),
    ("criteria", {"criteria": []}, {"criteria": [REFERENCE]}),
    ("criteria", {"criteria": [REFERENCE] * 17}, {"criteria": [REFERENCE] * 16}),
    ("criteria", {"criteria": [AMOUNT, AMOUNT, REFERENCE]}, None),
    ("criteria", {"criteria": [{"field": "MATCHING_FIELD_CURRENCY"}]}, None),
    ("criteria[0].field", {"criteria": [{}]}, None),
    ("criteria[0].field", {"criteria": [{"field": 99}]}, None),
    ("criteria[2].operator", criterion(field=DATE, operator="MATCHING_OPERATOR_CONTAINS"), criterion(field=DATE)),
    ("criteria[2].ledger_field", criterion(field=DATE, ledger_field="MATCHING_FIELD_AMOUNT"), None),
    ("criteria[2].metadata_key", criterion(field="MATCHING_FIELD_METADATA"), None),
    (
        "criteria[2].metadata_key",
        criterion(field="MATCHING_FIELD_METADATA", metadata_key="x" * 256),
        criterion(field="MATCHING_FIELD_METADATA", metadata_key="x" * 255),
    ),
    ("criteria[2].threshold", criterion(**SIMILAR, threshold=0), criterion(**SIMILAR, threshold=1)),
    ("criteria[2].threshold", criterion(**SIMILAR, threshold=101), criterion(**SIMILAR, threshold=100)),
    ("criteria[2].threshold", criterion(**SIMILAR, threshold=-1), None),
    ("criteria[2].values", criterion(**ONE_OF), criterion(**ONE_OF, values=["x" * 255])),
    ("criteria[2].values", criterion(**ONE_OF, values=["x"] * 101), criterion(**ONE_OF, values=["x"] * 100)),
    ("criteria[2].values[1]", criterion(**ONE_OF, values=["x", "x" * 256]), None),
    ("criteria[2].pattern", criterion(**PATTERN), criterion(**PATTERN, pattern="x" * 500)),
    ("criteria[2].pattern", criterion(**PATTERN, pattern="x" * 501), None),
    ("criteria[2].pattern", criterion(**PATTERN, pattern="("), None),
    ("criteria[2].extract", criterion(**SIMILAR, threshold=1, extract="(?=x)"), None),
    (
        "criteria[2].normalizations[1]",
        criterion(**SIMILAR, threshold=1, normalizations=[1, 1]),
        criterion(**SIMILAR, threshold=1, normalizations=[5, 4, 3, 2, 1]),
    ),
    ("criteria[2].normalizations[0]", criterion(**SIMILAR, threshold=1, normalizations=[0]), None),
    ("criteria[0].tolerance", within(), absolute(*usd("0"))),
    (
        "criteria[0].tolerance.absolute.amounts[0]",
        absolute(*usd("1" + "0" * 18)),
        absolute(*usd("9" * 18 + "." + "9" * 18)),
    ),
    ("criteria[0].tolerance.absolute.amounts[1]", absolute(*many(1), *usd("0." + "0" * 18 + "1")), None),
    ("criteria[0].tolerance.absolute.amounts[0]", absolute(*usd("-1")), absolute(*usd("1.0"))),
    ("criteria[0].tolerance.absolute.amounts[0].decimal", absolute(*usd("1e3")), None),
    ("criteria[0].tolerance.absolute.amounts[0].currency", absolute({"decimal": "1"}), None),
    ("criteria[0].tolerance.absolute.amounts[0].currency", absolute({"decimal": "1", "currency": "usd"}), None),
    ("criteria[0].tolerance.absolute.amounts[1].currency", absolute(*usd("1"), *usd("2")), None),
    ("criteria[0].tolerance.absolute.amounts[0]", absolute({"currency": "USD"}), None),
    (
        "criteria[0].tolerance.absolute.amounts[0].precision",
        absolute({"currency": "USD", "precise": "100"}),
        absolute({"currency": "USD", "precise": "100", "precision": 100, "decimal": "1"}),
    ),
    (
        "criteria[0].tolerance.absolute.amounts[0]",
        absolute({"currency": "USD", "decimal": "0.001", "precision": 100}),
        absolute({"currency": "USD", "decimal": "0.01", "precision": 100}),
    ),
    (
        "criteria[0].tolerance.absolute.amounts[0]",
        absolute({"currency": "USD", "precise": "100", "precision": 100, "decimal": "2"}),
        None,
    ),
    ("criteria[0].tolerance.absolute.amounts", absolute(), absolute(*many(32))),
    ("criteria[0].tolerance.absolute.amounts", absolute(*many(33)), None),
    ("criteria[0].tolerance.percent", within(percent="100.1"), within(percent="100")),
    ("criteria[0].tolerance.percent", within(DATE, percent="1"), None),
    (
        "criteria[0].tolerance.duration",
        within(DATE, duration={"seconds": 31_622_401}),
        within(DATE, duration={"seconds": 31_622_400}),
    ),
    ("criteria[0].tolerance.duration", within(DATE, duration={"seconds": -1}), within(DATE, duration={})),
    ("criteria[0].tolerance.duration", within(DATE, duration={"nanos": 1}), None),
    ("criteria[0].tolerance.business_days", within(DATE, business_days=263), within(DATE, business_days=262)),
    ("grouping", {"strategy": "MATCHING_STRATEGY_MANY_TO_ONE"}, grouped()),
    ("grouping", {"grouping": {"keys": [{"field": "MATCHING_FIELD_GROUP_KEY"}]}}, None),
    ("grouping.keys", grouped(keys=[]), grouped(**SEARCH, keys=[], window_days=366)),
    ("grouping.keys", grouped(keys=[{"field": "MATCHING_FIELD_REFERENCE"}] * 5), None),
    ("grouping.keys[0].field", grouped(keys=[{}]), grouped(keys=[{"field": "MATCHING_FIELD_REFERENCE"}] * 4)),
    ("grouping.keys[0].field", grouped(keys=[{"field": "MATCHING_FIELD_AMOUNT"}]), None),
    ("grouping.max_rows", grouped(max_rows=1), grouped(max_rows=2)),
    ("grouping.max_rows", grouped(max_rows=100_001), grouped(max_rows=100_000)),
    ("grouping.max_rows", grouped(**SEARCH, max_rows=25), grouped(**SEARCH, max_rows=24)),
    ("grouping.window_days", grouped(window_days=367), grouped(window_days=0)),
    ("grouping.window_days", grouped(window_days=-1), None),
    ("grouping.max_sums", grouped(**SEARCH, max_sums=999), grouped(**SEARCH, max_sums=1_000)),
    ("grouping.max_sums", grouped(max_sums=100_000_001), grouped(max_sums=100_000_000)),
    ("fee", {"fee": {}}, {"fee": {"fixed": usd("0.01")}}),
    ("fee", {"fee": {"fixed": usd("0")}}, {"fee": {"fixed": [*usd("0"), *many(1)]}}),
    ("fee.fixed[0]", {"fee": {"fixed": usd("1" + "0" * 18)}}, None),
    ("fee.fixed", {"fee": {"fixed": many(33)}}, {"fee": {"fixed": many(32)}}),
    ("fee.percent", {"fee": {"percent": "101"}}, {"fee": {"percent": "100"}}),
    ("fee.rounding", {"fee": {"percent": "1", "rounding": 99}}, None),
    ("adjustment.kind", adjusting(kind=0), adjusting(kind=3)),
    ("adjustment.counterpart", adjusting(counterpart="Fees"), adjusting(counterpart="@" + "F" * 127)),
    ("adjustment.counterpart", adjusting(counterpart="@" + "F" * 128), None),
    ("adjustment.at_most[0]", adjusting(at_most=usd("0")), adjusting(at_most=usd("9" * 18))),
    ("adjustment.at_most", adjusting(at_most=[]), adjusting(at_most=many(32))),
    ("adjustment.at_most", adjusting(at_most=many(33)), None),
    ("adjustment.at_most[1].currency", adjusting(at_most=[*usd("1"), *usd("1")]), None),
    ("adjustment.post_at_most[0]", adjusting(post_at_most=usd("1.01"), post_at_most_per_day=usd("1")), None),
    ("adjustment.post_at_most[0]", adjusting(post_at_most=many(1), post_at_most_per_day=many(1)), None),
    ("adjustment.post_at_most", adjusting(post_at_most=usd("1"), post_at_most_per_day=[*usd("1"), *many(1)]), None),
    (
        "adjustment.post_at_most_per_day",
        adjusting(post_at_most=usd("1")),
        adjusting(post_at_most=usd("1"), post_at_most_per_day=usd("1")),
    ),
    ("adjustment.description", adjusting(description="x" * 1_001), adjusting(description="x" * 1_000)),
    ("adjustment", {"strategy": "MATCHING_STRATEGY_RECORD_ALONE", "criteria": [OF_FEES]}, alone()),
    ("criteria[1].operator", alone(criteria=[OF_FEES, REFERENCE]), None),
    ("fee", alone(fee={"fixed": usd("1")}), None),
    ("grouping", alone(grouping={"mode": "GROUPING_MODE_BY_SEARCH"}), None),
    ("strategy", {"strategy": 99}, None),
    ("valid_until_time", {"valid_from_time": {"seconds": 2}, "valid_until_time": {"seconds": 2}}, None),
    ("valid_from_time", {"valid_from_time": {"seconds": 10**12}}, None),
]
"""Of each bound a rule beyond it, the field that is said to be wrong, and a rule at the bound."""
