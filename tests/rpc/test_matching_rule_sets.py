"""The life of sets of matching rules: an order of rules, which is their priority, in versions."""

import asyncio

import grpc
from ledgerapi.v1 import reconciliation_service_pb2 as pb

from tests.conftest import Server
from tests.rpc import rules, wire
from tests.rpc.rules import NOBODY, in_order, rules_of


async def test_a_set_keeps_the_order_of_its_rules(server: Server) -> None:
    one, other, third = [await rules.create(server, name=f"Rule {number}") for number in range(3)]
    await rules.update(server, other.id, name="Second")
    made = await rules.create_set(server, third.id, (other.id, 1), one.id, description="as the bank's")
    assert in_order(made) == [(third.id, 0), (other.id, 1), (one.id, 0)]
    assert (made.name, made.description, made.version, made.id[:4]) == ("Bank A", "as the bank's", 1, "rst_")
    assert made == await rules.get_set(server, made.id) == await rules.get_set(server, made.id, 1)


async def test_a_change_makes_a_version_and_earlier_ones_stay(server: Server) -> None:
    one, other = await rules.create(server), await rules.create(server)
    first = await rules.create_set(server, one.id, other.id)
    second = await rules.update_set(server, first.id, rules=rules_of(other.id, one.id))
    assert await rules.update_set(server, first.id, rules=rules_of(other.id, one.id), name="Bank A") == second
    third = await rules.update_set(server, first.id, name="Bank B")
    assert in_order(third) == [(other.id, 0), (one.id, 0)]
    assert [found.version for found in (first, second, third)] == [1, 2, 3]
    assert await rules.get_set(server, first.id, 1) == first
    assert await rules.get_set(server, first.id, 2) == second
    missing = await wire.rejection(rules.get_set(server, first.id, 4))
    assert missing.details == {"matching_rule_set": first.id, "version": "4"}


async def test_a_new_version_of_a_rule_is_no_change_of_its_set(server: Server) -> None:
    rule = await rules.create(server)
    made = await rules.create_set(server, rule.id)
    await rules.update(server, rule.id, name="Second")
    assert await rules.get_set(server, made.id) == made


async def test_a_set_names_only_what_exists(server: Server) -> None:
    rule = await rules.create(server)
    made = await rules.create_set(server, (rule.id, 1))
    for references, details in (
        ([f"rul_{NOBODY}"], {"matching_rule": f"rul_{NOBODY}"}),
        ([(f"rul_{NOBODY}", 2)], {"matching_rule": f"rul_{NOBODY}"}),
        ([(rule.id, 2)], {"matching_rule": rule.id, "version": "2"}),
    ):
        for call in (
            rules.create_set(server, *references),
            rules.update_set(server, made.id, rules=rules_of(*references)),
        ):
            rejection = await wire.rejection(call)
            assert (rejection.reason, rejection.details) == ("MATCHING_RULE_NOT_FOUND", details)
    assert (await rules.get_set(server, made.id)).version == 1


async def test_of_two_changes_of_one_reading_one_succeeds(server: Server) -> None:
    made = await rules.create_set(server, (await rules.create(server)).id)
    results = await asyncio.gather(
        *(rules.update_set(server, made.id, etag=made.etag, name=f"Name {number}") for number in range(8)),
        return_exceptions=True,
    )
    failed = [result for result in results if isinstance(result, grpc.aio.AioRpcError)]
    assert len(failed) == 7 and {wire.of_error(error).reason for error in failed} == {"ETAG_MISMATCH"}
    assert (await rules.get_set(server, made.id)).version == 2
    assert (await wire.rejection(rules.delete_set(server, made.id, made.etag))).reason == "ETAG_MISMATCH"


async def test_a_deleted_set_is_gone_but_for_its_versions(server: Server) -> None:
    rule = await rules.create(server)
    made = await rules.create_set(server, rule.id, request_id="r")
    await rules.delete_set(server, made.id, made.etag)
    assert await rules.listed_sets(server) == []
    for call in (
        rules.get_set(server, made.id),
        rules.update_set(server, made.id, name="x"),
        rules.delete_set(server, made.id),
        rules.create_set(server, rule.id, request_id="r"),
    ):
        rejection = await wire.rejection(call)
        assert (rejection.reason, rejection.details) == ("MATCHING_RULE_SET_NOT_FOUND", {"matching_rule_set": made.id})
    kept = await rules.get_set(server, made.id, 1)
    assert kept.HasField("delete_time") and in_order(kept) == [(rule.id, 0)]


async def test_a_create_is_repeated_by_its_request_id(server: Server) -> None:
    one, other = await rules.create(server), await rules.create(server)
    made = await rules.create_set(server, one.id, other.id, request_id="r")
    request = pb.CreateMatchingRuleSetRequest(
        matching_rule_set={"name": "Bank A", "rules": rules_of(one.id, other.id)}, request_id="r"
    )
    again = await server.reconciliations.CreateMatchingRuleSet(request)
    assert (again.replayed, again.matching_rule_set) == (True, made)
    conflict = await wire.rejection(rules.create_set(server, other.id, one.id, request_id="r"))
    assert (conflict.reason, conflict.details["fields"]) == ("REQUEST_ID_CONFLICT", "rules")


async def test_sets_are_listed(server: Server) -> None:
    rule = await rules.create(server)
    made = [await rules.create_set(server, rule.id, name=f"Bank {number}") for number in range(3)]
    await rules.update_set(server, made[1].id, name="Other")
    assert await rules.listed_sets(server) == ["Bank 2", "Other", "Bank 0"]
    assert await rules.listed_sets(server, "name = Other") == ["Other"]


async def test_every_bound_holds(server: Server) -> None:
    many = [(await rules.create(server)).id for _ in range(101)]
    for field, fields in (
        ("name", {"name": ""}),
        ("name", {"name": "x" * 256}),
        ("description", {"description": "x" * 1_001}),
        ("rules", {"rules": []}),
        ("rules", {"rules": rules_of(*many)}),
        ("rules[1].matching_rule_id", {"rules": rules_of(many[0], (many[0], 1))}),
        ("rules[0].matching_rule_id", {"rules": [{}]}),
        ("rules[0].version", {"rules": rules_of((many[0], -1))}),
    ):
        rejection = await wire.rejection(rules.create_set(server, many[0], **fields))
        assert (rejection.reason, rejection.details["field"]) == ("FIELD_INVALID", f"matching_rule_set.{field}")
    made = await rules.create_set(server, *many[:100], name="x" * 255, description="x" * 1_000)
    assert [rule_id for rule_id, _ in in_order(made)] == many[:100]


async def test_malformed_requests_are_rejected(server: Server) -> None:
    for request in (
        pb.GetMatchingRuleSetRequest(matching_rule_set_id=f"rul_{NOBODY}"),
        pb.GetMatchingRuleSetRequest(matching_rule_set_id=f"rst_{NOBODY}", version=-1),
        pb.UpdateMatchingRuleSetRequest(matching_rule_set={"id": f"rst_{NOBODY}", "name": "x"}),
        pb.UpdateMatchingRuleSetRequest(matching_rule_set={"id": f"rst_{NOBODY}"}, update_mask={"paths": ["etag"]}),
        pb.DeleteMatchingRuleSetRequest(),
    ):
        method = getattr(server.reconciliations, type(request).__name__.removesuffix("Request"))
        assert (await wire.rejection(method(request))).reason == "FIELD_INVALID", request


async def test_events_tell_what_changed(server: Server) -> None:
    watch = await wire.watch_events(server)
    one, other = await rules.create(server), await rules.create(server)
    made = await rules.create_set(server, one.id)
    await rules.update_set(server, made.id, rules=rules_of((other.id, 1), one.id))
    await rules.delete_set(server, made.id)
    created, updated, deleted = [event.matching_rule_set for event in (await watch.events(5))[2:]]
    watch.cancel()
    assert in_order(created.matching_rule_set) == in_order(updated.before) == [(one.id, 0)]
    assert in_order(updated.matching_rule_set) == [(other.id, 1), (one.id, 0)]
    assert (updated.matching_rule_set.version, updated.before.version) == (2, 1)
    assert list(updated.changed_fields) == ["rules"]
    assert (deleted.matching_rule_set.id, deleted.matching_rule_set.version) == (made.id, 2)
