"""The life of matching rules: created, changed into new versions that stay readable, deleted."""

import asyncio
from typing import Any

import grpc
import pytest
from google.protobuf import json_format
from google.rpc.error_details_pb2 import BadRequest
from google.rpc.status_pb2 import Status
from ledgerapi.v1 import matching_rule_pb2
from ledgerapi.v1 import reconciliation_service_pb2 as pb

from tests.conftest import Server
from tests.rpc import rules, wire
from tests.rpc.rule_bounds import BOUNDS
from tests.rpc.rules import BY_REFERENCE, FULL, NOBODY, REFERENCE, usd

_OUTPUT_ONLY = ("id", "version", "create_time", "update_time", "etag")


def said(rule: matching_rule_pb2.MatchingRule) -> dict[str, Any]:
    """What the caller says in a rule."""
    shown = json_format.MessageToDict(rule, preserving_proto_field_name=True)
    return {name: value for name, value in shown.items() if name not in _OUTPUT_ONLY}


async def test_a_rule_comes_back_as_it_was_created(server: Server) -> None:
    made = await rules.create(server, **FULL)
    wanted = matching_rule_pb2.MatchingRule(**FULL)
    wanted.criteria[0].operator = wanted.criteria[4].operator = wanted.criteria[5].operator = 1
    # Answers have the currencies in order, and no zeros that say nothing.
    wanted.fee.fixed[0].decimal = "0.3"
    wanted.fee.fixed.reverse()
    assert said(made) == said(wanted)
    assert (made.version, made.id[:4], made.HasField("create_time")) == (1, "rul_", True)
    assert made == await rules.get(server, made.id) == await rules.get(server, made.id, 1)


async def test_a_plain_rule_gets_its_defaults(server: Server) -> None:
    made = await rules.create(server)
    assert made.strategy == matching_rule_pb2.MATCHING_STRATEGY_ONE_TO_ONE
    assert [criterion.operator for criterion in made.criteria] == [matching_rule_pb2.MATCHING_OPERATOR_EQUALS] * 2
    assert not made.HasField("grouping") and not made.HasField("fee") and not made.HasField("valid_from_time")
    grouped = await rules.create(
        server,
        strategy="MATCHING_STRATEGY_ONE_TO_MANY",
        grouping={"keys": [{"field": "MATCHING_FIELD_GROUP_KEY"}]},
        fee={"percent": "1"},
    )
    assert (grouped.grouping.max_rows, grouped.grouping.max_sums) == (12, 1_000_000)
    assert (len(grouped.fee.fixed), grouped.fee.rounding) == (0, matching_rule_pb2.FEE_ROUNDING_HALF_EVEN)


async def test_a_change_makes_a_version_and_earlier_ones_stay(server: Server) -> None:
    first = await rules.create(server)
    second = await rules.update(server, first.id, criteria=[REFERENCE], description="strict")
    third = await rules.update(server, first.id, name="Renamed")
    assert [rule.version for rule in (first, second, third)] == [1, 2, 3]
    assert (third.name, third.description, len(third.criteria)) == ("Renamed", "strict", 1)
    assert third.create_time == first.create_time and third.update_time.ToNanoseconds() > 0
    assert await rules.get(server, first.id, 1) == first
    assert await rules.get(server, first.id, 2) == second
    assert await rules.get(server, first.id) == third
    assert await rules.versions(server, first.id) == [1, 2, 3]
    missing = await wire.rejection(rules.get(server, first.id, 4))
    assert (missing.reason, missing.details) == ("MATCHING_RULE_NOT_FOUND", {"matching_rule": first.id, "version": "4"})


async def test_an_update_that_changes_nothing_makes_no_version(server: Server) -> None:
    made = await rules.create(server, **FULL)
    same = {name: FULL[name] for name in ("name", "description", "criteria", "grouping", "fee", "strategy")}
    assert (
        await rules.update(server, made.id, **{**same, "fee": {**FULL["fee"], "fixed": FULL["fee"]["fixed"][::-1]}})
        == made
    )
    assert await rules.versions(server, made.id) == [1]


async def test_fields_that_the_mask_does_not_name_stay(server: Server) -> None:
    made = await rules.create(server, **FULL)
    for name in ("fee", "valid_until_time", "description"):
        request = pb.UpdateMatchingRuleRequest(
            matching_rule={"id": made.id, "name": "ignored"}, update_mask={"paths": [name]}
        )
        changed = (await server.reconciliations.UpdateMatchingRule(request)).matching_rule
        assert changed.name == made.name
    assert not changed.HasField("fee") and not changed.HasField("valid_until_time") and changed.description == ""
    assert changed.grouping == made.grouping and changed.criteria == made.criteria and changed.version == 4


async def test_versions_are_paged(server: Server) -> None:
    made = await rules.create(server)
    for number in range(4):
        await rules.update(server, made.id, name=f"Name {number}")
    request = pb.ListMatchingRuleVersionsRequest(matching_rule_id=made.id, page_size=2)
    seen = []
    while True:
        page = await server.reconciliations.ListMatchingRuleVersions(request)
        seen.append([rule.version for rule in page.matching_rules])
        request.page_token = page.next_page_token
        if not page.next_page_token:
            break
    assert seen == [[1, 2], [3, 4], [5]]


async def test_of_two_changes_of_one_reading_one_succeeds(server: Server) -> None:
    made = await rules.create(server)
    results = await asyncio.gather(
        *(rules.update(server, made.id, etag=made.etag, name=f"Name {number}") for number in range(8)),
        return_exceptions=True,
    )
    assert sum(not isinstance(result, BaseException) for result in results) == 1
    rejected = [wire.of_error(result) for result in results if isinstance(result, grpc.aio.AioRpcError)]
    assert {rejection.reason for rejection in rejected} == {"ETAG_MISMATCH"}
    assert await rules.versions(server, made.id) == [1, 2]
    present = await rules.get(server, made.id)
    assert (await wire.rejection(rules.delete(server, made.id, made.etag))).details["etag"] == present.etag
    await rules.delete(server, made.id, present.etag)


async def test_changes_without_etags_are_all_kept(server: Server) -> None:
    made = await rules.create(server)
    await asyncio.gather(*(rules.update(server, made.id, name=f"Name {number}") for number in range(8)))
    assert await rules.versions(server, made.id) == list(range(1, 10))


async def test_a_deleted_rule_is_gone_but_for_its_versions(server: Server) -> None:
    made = await rules.create(server)
    changed = await rules.update(server, made.id, name="Second")
    await rules.delete(server, made.id)
    assert await rules.listed(server) == []
    for call in (
        rules.get(server, made.id),
        rules.update(server, made.id, name="Third"),
        rules.delete(server, made.id),
        rules.create_set(server, made.id),
        rules.create_set(server, (made.id, 1)),
    ):
        rejection = await wire.rejection(call)
        assert (rejection.reason, rejection.details) == ("MATCHING_RULE_NOT_FOUND", {"matching_rule": made.id})
    assert await rules.versions(server, made.id) == [1, 2]
    kept = await rules.get(server, made.id, 2)
    assert kept.HasField("delete_time")
    kept.ClearField("delete_time")
    assert kept == changed


async def test_a_rule_in_a_set_cannot_be_deleted(server: Server) -> None:
    one, other = await rules.create(server), await rules.create(server)
    first = await rules.create_set(server, one.id, (other.id, 1))
    for rule in (one, other):
        rejection = await wire.rejection(rules.delete(server, rule.id))
        assert (rejection.reason, rejection.code) == ("MATCHING_RULE_IN_USE", "FAILED_PRECONDITION")
        assert rejection.details == {"matching_rule": rule.id, "matching_rule_set": first.id}
    await rules.update_set(server, first.id, rules=rules.rules_of(one.id))
    await rules.delete(server, other.id)
    await rules.delete_set(server, first.id)
    await rules.delete(server, one.id)
    assert rules.in_order(await rules.get_set(server, first.id, 1)) == [(one.id, 0), (other.id, 1)]


async def test_a_rule_is_not_deleted_while_a_set_takes_it(server: Server) -> None:
    """Whichever comes first: no set that is not deleted ever has a rule that is."""
    for _ in range(5):
        made = await rules.create(server)
        deleted, taken = await asyncio.gather(
            rules.delete(server, made.id), rules.create_set(server, made.id), return_exceptions=True
        )
        assert isinstance(deleted, BaseException) != isinstance(taken, BaseException)


async def test_a_create_is_repeated_by_its_request_id(server: Server) -> None:
    made = await rules.create(server, request_id="r", **FULL)
    fee = {
        "fixed": [{"currency": "EUR", "precise": "0", "precision": 100}, *usd("0.300")],
        "percent": "2.90",
        "rounding": "FEE_ROUNDING_UP",
    }
    request = pb.CreateMatchingRuleRequest(matching_rule={**FULL, "fee": fee}, request_id="r")
    again = await server.reconciliations.CreateMatchingRule(request)
    assert (again.replayed, again.matching_rule) == (True, made)
    conflict = await wire.rejection(rules.create(server, request_id="r", **{**FULL, "fee": {"percent": "1"}}))
    assert (conflict.reason, conflict.details["fields"]) == ("REQUEST_ID_CONFLICT", "fee")
    both = await asyncio.gather(*(rules.create(server, request_id="s") for _ in range(4)))
    assert len({rule.id for rule in both}) == 1
    await rules.delete(server, made.id)
    gone = await wire.rejection(server.reconciliations.CreateMatchingRule(request))
    assert gone.reason == "MATCHING_RULE_NOT_FOUND"


async def test_rules_are_listed_in_their_latest_versions(server: Server) -> None:
    made = [await rules.create(server, name=f"Rule {number}") for number in range(3)]
    await rules.update(server, made[0].id, name="Renamed")
    assert await rules.listed(server) == ["Rule 2", "Rule 1", "Renamed"]
    assert await rules.listed(server, 'name = "Rule 1"') == ["Rule 1"]
    assert await rules.listed(server, 'name = "Rule 0"') == []
    request = pb.ListMatchingRulesRequest(page_size=2, include_total=True)
    first = await server.reconciliations.ListMatchingRules(request)
    request.page_token = first.next_page_token
    second = await server.reconciliations.ListMatchingRules(request)
    assert ([len(page.matching_rules) for page in (first, second)], first.total_size) == ([2, 1], 3)


async def test_every_bound_holds_in_creates_and_in_updates(server: Server) -> None:
    made = await rules.create(server)
    told = [
        [
            await wire.rejection(call)
            for call in (rules.create(server, **beyond), rules.update(server, made.id, **beyond))
        ]
        for _, beyond, _ in BOUNDS
    ]
    assert [[(each.reason, each.details["field"]) for each in rejections] for rejections in told] == [
        [("FIELD_INVALID", f"matching_rule.{field}")] * 2 for field, _, _ in BOUNDS
    ]
    assert await rules.versions(server, made.id) == [1]
    for _, _, at in BOUNDS:
        assert at is None or (await rules.create(server, **at)).version == 1


async def test_what_is_wrong_is_said_in_words(server: Server) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await rules.create(server, criteria=[{"field": "MATCHING_FIELD_CURRENCY"}], fee={"percent": "1"})
    status = Status.FromString(dict(failed.value.trailing_metadata())["grpc-status-details-bin"])
    (bad,) = [detail for detail in status.details if detail.Is(BadRequest.DESCRIPTOR)]
    (violation,) = BadRequest.FromString(bad.value).field_violations
    assert violation.field == "matching_rule.criteria"
    assert violation.description == "must compare the amount: a fee changes what is expected of it"


async def test_malformed_requests_are_rejected(server: Server) -> None:
    for request in (
        pb.GetMatchingRuleRequest(matching_rule_id="rul_x"),
        pb.GetMatchingRuleRequest(matching_rule_id=f"rul_{NOBODY}", version=-1),
        pb.ListMatchingRuleVersionsRequest(matching_rule_id=f"mon_{NOBODY}"),
        pb.ListMatchingRuleVersionsRequest(matching_rule_id=f"rul_{NOBODY}", page_size=-1),
        pb.UpdateMatchingRuleRequest(matching_rule={"id": f"rul_{NOBODY}", **BY_REFERENCE}),
        pb.UpdateMatchingRuleRequest(matching_rule={"id": f"rul_{NOBODY}"}, update_mask={"paths": ["version"]}),
        pb.DeleteMatchingRuleRequest(),
    ):
        method = getattr(server.reconciliations, type(request).__name__.removesuffix("Request"))
        assert (await wire.rejection(method(request))).reason == "FIELD_INVALID", request


async def test_what_does_not_exist_is_not_found(server: Server) -> None:
    nobody = f"rul_{NOBODY}"
    for call in (
        rules.get(server, nobody),
        rules.get(server, nobody, 1),
        rules.versions(server, nobody),
        rules.update(server, nobody, name="x"),
        rules.delete(server, nobody),
    ):
        assert (await wire.rejection(call)).reason == "MATCHING_RULE_NOT_FOUND"


async def test_events_tell_what_changed(server: Server) -> None:
    watch = await wire.watch_events(server)
    made = await rules.create(server, criteria=[{**REFERENCE, "extract": "Ada"}])
    await rules.update(server, made.id, name="Second", criteria=[REFERENCE], valid_from_time={"seconds": 1})
    await rules.update(server, made.id, name="Second")
    await rules.delete(server, made.id)
    created, updated, deleted = [event.matching_rule for event in await watch.events(3)]
    watch.cancel()
    assert (created.matching_rule.name, created.matching_rule.version) == ("By reference", 1)
    assert (updated.matching_rule.version, updated.before.version, updated.before.name) == (2, 1, "By reference")
    assert sorted(updated.changed_fields) == ["criteria", "name", "valid_from_time"]
    assert (deleted.matching_rule.id, deleted.matching_rule.version) == (made.id, 2)
    assert "Ada" not in str(created) and not created.matching_rule.criteria
