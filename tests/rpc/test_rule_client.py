"""Matching rules through the Python client, asynchronous and synchronous: the stubs, and errors as exceptions."""

import asyncio

import pytest
from ledgerapi.v1 import reconciliation_service_pb2 as pb
from ledgerd_client import LedgerClient, LedgerError, sync

from tests.conftest import Server
from tests.rpc.rules import BY_REFERENCE, FULL, NOBODY


async def test_the_client_keeps_rules(server: Server) -> None:
    async with LedgerClient(server.target) as client:
        created = await client.reconciliations.CreateMatchingRule(pb.CreateMatchingRuleRequest(matching_rule=FULL))
        rule = created.matching_rule
        sets = {"name": "Bank A", "rules": [{"matching_rule_id": rule.id}]}
        await client.reconciliations.CreateMatchingRuleSet(pb.CreateMatchingRuleSetRequest(matching_rule_set=sets))
        with pytest.raises(LedgerError) as failed:
            await client.reconciliations.DeleteMatchingRule(pb.DeleteMatchingRuleRequest(matching_rule_id=rule.id))
        assert failed.value.reason == "MATCHING_RULE_IN_USE"


async def test_the_synchronous_client_keeps_rules(server: Server) -> None:
    def work() -> list[str]:
        with sync.LedgerClient(server.target) as client:
            rules = client.reconciliations
            rule = rules.CreateMatchingRule(pb.CreateMatchingRuleRequest(matching_rule=BY_REFERENCE)).matching_rule
            with pytest.raises(LedgerError) as failed:
                rules.GetMatchingRule(pb.GetMatchingRuleRequest(matching_rule_id=f"rul_{NOBODY}"))
            assert failed.value.reason == "MATCHING_RULE_NOT_FOUND"
            assert rules.GetMatchingRule(pb.GetMatchingRuleRequest(matching_rule_id=rule.id)).matching_rule == rule
            return [each.id for each in rules.ListMatchingRules(pb.ListMatchingRulesRequest()).matching_rules]

    assert len(await asyncio.to_thread(work)) == 1
