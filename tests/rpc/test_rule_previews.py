"""What a rule would match, told on a sample: matches, verdicts in words, and how well it tells rows apart."""

from contextlib import ExitStack
from typing import Any

from ledgerapi.v1 import reconciliation_service_pb2 as pb

from ledgerd.core.model import limits
from ledgerd.operations import rule_previews
from tests.conftest import Server
from tests.rpc import records, rules, wire
from tests.rpc.rules import BY_REFERENCE, NOBODY


def row(key: str, amount: str | dict[str, Any] = "10.00", **fields: Any) -> dict[str, Any]:
    """A record or an entry in EUR."""
    sum_of = {"decimal": amount, "currency": "EUR"} if isinstance(amount, str) else amount
    return {"key": key, "amount": sum_of, "booking_date": "2026-03-31", **fields}


async def preview(
    server: Server, records: list[dict[str, Any]], entries: list[dict[str, Any]], **tried: Any
) -> pb.PreviewMatchingRuleResponse:
    request = pb.PreviewMatchingRuleRequest(
        **(tried or {"matching_rule": BY_REFERENCE}), records=records, entries=entries
    )
    return await server.reconciliations.PreviewMatchingRule(request)


def matches(found: pb.PreviewMatchingRuleResponse) -> list[tuple[list[str], list[str], str]]:
    return [(list(each.record_keys), list(each.entry_keys), each.difference.decimal) for each in found.matches]


RECORDS = [
    row("r1", references=["INV-1"]),
    row("r2", "10.50", references=["inv-2"]),
    row("r3", "7", references=["inv-9"]),
]
ENTRIES = [row("e1", references=["inv-1"]), row("e2", references=["INV-2"]), row("e3", "8", references=["inv-3"])]


async def test_a_preview_tells_matches_verdicts_and_selectivity(server: Server) -> None:
    found = await preview(server, RECORDS, ENTRIES)
    assert matches(found) == [(["r1"], ["e1"], "0.00")]
    assert [(pair.record_key, pair.entry_key, pair.fits) for pair in found.pairs] == [
        ("r1", "e1", True),
        ("r2", "e2", False),
        ("r3", "e1", False),
    ]
    amount, reference = found.pairs[1].verdicts
    assert amount.message == "amount 10.50 EUR differs by 0.50 EUR from 10.00 EUR; they must be equal"
    assert (amount.holds, amount.difference) == (False, "0.50 EUR")
    assert (reference.holds, reference.record_value, reference.entry_value) == (True, "'inv-2'", "'inv-2'")
    told = found.selectivity
    assert (told.pair_count, told.fitting_count, told.records.one_count, told.records.none_count) == (9, 1, 1, 2)
    assert "1 of 3 records has exactly one partner" in told.messages
    assert not found.limits_reached


async def test_a_rule_is_previewed_as_it_is_stored(server: Server) -> None:
    made = await rules.create(server)
    drifting = {
        "field": "MATCHING_FIELD_AMOUNT",
        "tolerance": {"absolute": {"amounts": [{"currency": "EUR", "decimal": "0.50"}]}},
    }
    await rules.update(server, made.id, criteria=[drifting, rules.REFERENCE])
    latest = await preview(server, RECORDS, ENTRIES, matching_rule_id=made.id)
    assert matches(latest) == [(["r1"], ["e1"], "0.00"), (["r2"], ["e2"], "0.50")]
    first = await preview(server, RECORDS, ENTRIES, matching_rule_id=made.id, version=1)
    assert matches(first) == [(["r1"], ["e1"], "0.00")]
    await rules.delete(server, made.id)
    assert matches(await preview(server, RECORDS, ENTRIES, matching_rule_id=made.id, version=2)) == matches(latest)
    gone = await wire.rejection(preview(server, RECORDS, ENTRIES, matching_rule_id=made.id))
    assert gone.reason == "MATCHING_RULE_NOT_FOUND"


async def test_payouts_are_previewed_with_their_fees(server: Server) -> None:
    payouts = {
        "name": "Payouts",
        "criteria": [rules.AMOUNT],
        "strategy": "MATCHING_STRATEGY_ONE_TO_MANY",
        "grouping": {"keys": [{"field": "MATCHING_FIELD_GROUP_KEY"}]},
        "fee": {"fixed": [{"currency": "EUR", "decimal": "0.30"}], "percent": "2.9"},
    }
    entries = [row(f"e{number}", "50.00", group_key="po_1") for number in range(2)]
    found = await preview(server, [row("r", "96.80", group_key="po_1")], [*entries, row("x")], matching_rule=payouts)
    assert matches(found) == [(["r"], ["e0", "e1"], "0.00")]
    assert (found.selectivity.group_count, found.selectivity.largest_group_row_count) == (1, 3)


async def test_a_rule_for_records_alone_shows_which_it_is_about(server: Server) -> None:
    fee = {"field": "MATCHING_FIELD_DESCRIPTION", "operator": "MATCHING_OPERATOR_PATTERN", "pattern": "(?i)fee"}
    adjustment = {"kind": "RECONCILIATION_ADJUSTMENT_KIND_FEE", "counterpart": "@Fees", "at_most": rules.usd("25")}
    rule = {"name": "fees", "strategy": "MATCHING_STRATEGY_RECORD_ALONE", "criteria": [fee], "adjustment": adjustment}
    rows = [row("b", "-2.50", description="Monthly fee"), row("a", "3.00", description="Sale")]
    found = await preview(server, rows, [row("e", "-2.50")], matching_rule=rule)
    assert matches(found) == [(["b"], [], "0.00")]
    assert [(pair.record_key, pair.entry_key, pair.fits) for pair in found.pairs] == [("a", "", False), ("b", "", True)]
    assert list(found.selectivity.messages) == ["1 of 2 records is selected"]


async def test_what_is_ambiguous_is_said_to_be(server: Server) -> None:
    searching = {
        "name": "Sums",
        "criteria": [rules.AMOUNT],
        "strategy": "MATCHING_STRATEGY_ONE_TO_MANY",
        "grouping": {"mode": "GROUPING_MODE_BY_SEARCH", "window_days": 0},
    }
    entries = [row("a", "4"), row("b", "6"), row("c", "3"), row("d", "7")]
    found = await preview(server, [row("r")], entries, matching_rule=searching)
    assert [each.ambiguous for each in found.matches] == [True, True]


async def test_precisions_are_those_of_the_rows(server: Server) -> None:
    yen = {"amount": {"decimal": "500", "currency": "JPY", "precision": 1}, "references": ["x"]}
    btc = {"amount": {"precise": "5", "currency": "BTC", "precision": 10**8}, "references": ["y"]}
    rows = [row("a", **yen), row("b", **btc)]
    assert matches(await preview(server, rows, rows)) == [(["a"], ["a"], "0"), (["b"], ["b"], "0.00000000")]


async def test_everything_of_a_row_is_compared(server: Server) -> None:
    fields = {
        "VALUE_DATE": (
            {"booking_date": "", "booking_time": {"seconds": 86_400 * 20_000}},
            {"value_date": "2024-10-04"},
        ),
        "DESCRIPTION": ({"description": "Rent"}, {"description": "Rent"}),
        "COUNTERPARTY": ({"counterparty_account": "DE1"}, {"counterparty": "DE1"}),
        "IDENTITY": ({"identity_id": f"idt_{NOBODY}"}, {"identity_id": f"idt_{NOBODY}"}),
        "GROUP_KEY": ({"group_key": "g"}, {"group_key": "g"}),
        "METADATA": ({"metadata": {"order": "7"}}, {"metadata": {"order": "7"}}),
    }
    for field, (record, entry) in fields.items():
        key = {"metadata_key": "order"} if field == "METADATA" else {}
        rule = {"name": field, "criteria": [rules.AMOUNT, {"field": f"MATCHING_FIELD_{field}", **key}]}
        found = await preview(server, [row("r", **record)], [row("e", **entry), row("f")], matching_rule=rule)
        assert matches(found) == [(["r"], ["e"], "0.00")], field


async def test_every_bound_holds(server: Server) -> None:
    many = [row(str(number)) for number in range(201)]
    for field, sent, tried in (
        ("records", many, {}),
        ("records[0].key", [row("")], {}),
        ("records[0].key", [row("x" * 256)], {}),
        ("records[1].key", [row("a"), row("a")], {}),
        ("records[0].amount", [{"key": "a"}], {}),
        ("records[0].amount.currency", [row("a", amount={"decimal": "1"})], {}),
        ("records[0].amount", [row("a", "1.001")], {}),
        ("records[0].amount.precision", [row("a", amount={"decimal": "1", "currency": "EUR", "precision": -1})], {}),
        ("records[0].amount.precision", [row("a", amount={"decimal": "1", "currency": "EUR", "precision": 50})], {}),
        ("records[0].metadata", [row("a", metadata={"ledgerd:a": "x"})], {}),
        ("records[0].amount", [row("a", "1" + "0" * 34)], {}),
        ("records[0].amount", [row("a", amount={"decimal": "1", "precise": "1", "currency": "EUR"})], {}),
        (
            "records[1].amount.precision",
            [row("a"), row("b", amount={"decimal": "1", "currency": "EUR", "precision": 1_000})],
            {},
        ),
        ("records[0].booking_date", [row("a", booking_date="2026-02-30")], {}),
        ("records[0].value_date", [row("a", value_date="20260228")], {}),
        ("records[0].booking_time", [row("a", booking_time={"seconds": 10**12})], {}),
        ("records[0].references", [row("a", references=["x"] * 17)], {}),
        ("records[0].references[1]", [row("a", references=["x", "x" * 256])], {}),
        ("records[0].description", [row("a", description="x" * 1_001)], {}),
        ("records[0].counterparty", [row("a", counterparty="x" * 1_001)], {}),
        ("records[0].counterparty_account", [row("a", counterparty_account="x" * 256)], {}),
        ("records[0].identity_id", [row("a", identity_id="idt_x")], {}),
        ("records[0].group_key", [row("a", group_key="x" * 256)], {}),
        ("records[0].metadata", [row("a", metadata={"a": 1})], {}),
        ("records[0].metadata", [row("a", metadata={str(number): "x" for number in range(33)})], {}),
        ("version", [], {"matching_rule": BY_REFERENCE, "version": 1}),
        ("version", [], {"matching_rule_id": f"rul_{NOBODY}", "version": -1}),
        ("matching_rule.criteria", [], {"matching_rule": {"name": "x"}}),
        ("matching_rule_id", [], {"version": 1}),
    ):
        rejection = await wire.rejection(preview(server, sent, [], **tried))
        assert (rejection.reason, rejection.details["field"]) == ("FIELD_INVALID", field)
    entries = await wire.rejection(preview(server, [], [*many]))
    assert entries.details["field"] == "entries"
    full = await preview(server, many[:200], many[:200], matching_rule={**BY_REFERENCE, "criteria": [rules.AMOUNT]})
    assert (len(full.matches), len(full.pairs), full.selectivity.pair_count) == (200, limits.PREVIEW_PAIRS_MAX, 40_000)


async def test_a_rule_is_tried_on_what_the_service_has(server: Server) -> None:
    till = await wire.open_balance(server)
    bank = await records.source(server, balance_ids=[till])
    day = {"effective_time": {"seconds": 1_774_915_200}}
    paid = (await wire.record(server, wire.from_world("inv-1", till, "10.00", **day))).transaction
    await wire.record(server, wire.from_world("inv-2", till, "7.00", effective_time={"seconds": 1_774_828_799}))
    sent = [records.record("a", "10.00", references=["INV-1"]), records.record("b", "7.00", booking_date="2026-03-30")]
    await records.upload(server, bank.id, sent)
    sample = {"external_source_id": bank.id, "begin_date": "2026-03-31", "end_date": "2026-04-01"}
    request = pb.PreviewMatchingRuleRequest(matching_rule=BY_REFERENCE, stored_sample=sample)
    found = await server.reconciliations.PreviewMatchingRule(request)
    listed = await server.reconciliations.ListExternalRecords(pb.ListExternalRecordsRequest(filter="key = a"))
    assert matches(found) == [([listed.external_records[0].id], [paid.id], "0.00")]
    assert found.selectivity.pair_count == 1
    for change, field in (
        ({"end_date": "2026-05-02"}, "stored_sample.end_date"),
        ({"end_date": "2026-03-31"}, "stored_sample.end_date"),
        ({"begin_date": ""}, "stored_sample.begin_date"),
        ({"begin_date": "31.3.2026"}, "stored_sample.begin_date"),
        ({"external_source_id": ""}, "stored_sample.external_source_id"),
    ):
        request = pb.PreviewMatchingRuleRequest(matching_rule=BY_REFERENCE, stored_sample={**sample, **change})
        rejection = await wire.rejection(server.reconciliations.PreviewMatchingRule(request))
        assert (rejection.reason, rejection.details["field"]) == ("FIELD_INVALID", field)
    request = pb.PreviewMatchingRuleRequest(matching_rule=BY_REFERENCE, stored_sample=sample, entries=ENTRIES)
    both = await wire.rejection(server.reconciliations.PreviewMatchingRule(request))
    assert both.details["field"] == "entries"
    nobody = {**sample, "external_source_id": f"src_{NOBODY}"}
    request = pb.PreviewMatchingRuleRequest(matching_rule=BY_REFERENCE, stored_sample=nobody)
    missing = await wire.rejection(server.reconciliations.PreviewMatchingRule(request))
    assert missing.reason == "EXTERNAL_SOURCE_NOT_FOUND"


async def test_an_empty_sample_is_a_sample(server: Server) -> None:
    found = await preview(server, [], [])
    assert (matches(found), list(found.pairs), found.selectivity.pair_count) == ([], [], 0)


async def test_previews_take_turns(server: Server) -> None:
    with ExitStack() as others:
        for _ in range(limits.PREVIEWS_MAX):
            others.enter_context(rule_previews._TURNS.taken())
        rejection = await wire.rejection(preview(server, RECORDS, ENTRIES))
        assert (rejection.reason, rejection.details["unit"]) == ("TOO_BUSY", "previews")
    for _ in range(limits.PREVIEWS_MAX + 1):  # Each gives its turn back.
        assert matches(await preview(server, RECORDS, ENTRIES))
