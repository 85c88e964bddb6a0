"""Matching rules and their sets in the domain's words."""

from typing import Any

from google.protobuf import field_mask_pb2
from ledgerapi.v1 import matching_rule_pb2
from ledgerapi.v1 import reconciliation_service_pb2 as pb

from tests.conftest import Server


def usd(amount: str) -> list[dict[str, str]]:
    """An amount in one currency, as rules have it."""
    return [{"currency": "USD", "decimal": amount}]


NOBODY = "01hzzzzzzzzzzzzzzzzzzzzzzz"
AMOUNT = {"field": "MATCHING_FIELD_AMOUNT"}
REFERENCE = {"field": "MATCHING_FIELD_REFERENCE", "normalizations": ["MATCHING_NORMALIZATION_CASE"]}
BY_REFERENCE: dict[str, Any] = {"name": "By reference", "criteria": [AMOUNT, REFERENCE]}
FULL: dict[str, Any] = {
    "name": "Payouts",
    "description": "The processor's payouts, less its fees.",
    "criteria": [
        {"field": "MATCHING_FIELD_AMOUNT", "tolerance": {"percent": "0.5"}},
        {
            "field": "MATCHING_FIELD_DESCRIPTION",
            "operator": "MATCHING_OPERATOR_SIMILAR",
            "ledger_field": "MATCHING_FIELD_METADATA",
            "ledger_metadata_key": "order",
            "threshold": 80,
            "extract": "order ([0-9]+)",
            "ledger_extract": "[0-9]+",
            "normalizations": ["MATCHING_NORMALIZATION_CASE", "MATCHING_NORMALIZATION_LEADING_ZEROS"],
        },
        {"field": "MATCHING_FIELD_CURRENCY", "operator": "MATCHING_OPERATOR_ONE_OF", "values": ["EUR", "USD"]},
        {"field": "MATCHING_FIELD_COUNTERPARTY", "operator": "MATCHING_OPERATOR_PATTERN", "pattern": "(?i)stripe"},
        {"field": "MATCHING_FIELD_BOOKING_DATE", "tolerance": {"business_days": 3}},
        {"field": "MATCHING_FIELD_VALUE_DATE", "tolerance": {"duration": {"seconds": 0}}},
    ],
    "strategy": "MATCHING_STRATEGY_MANY_TO_MANY",
    "grouping": {
        "keys": [
            {
                "field": "MATCHING_FIELD_GROUP_KEY",
                "ledger_field": "MATCHING_FIELD_METADATA",
                "ledger_metadata_key": "payout",
                "normalizations": ["MATCHING_NORMALIZATION_SPACES"],
            }
        ],
        "mode": "GROUPING_MODE_BY_SEARCH",
        "window_days": 0,
        "max_rows": 8,
        "max_sums": 5_000,
    },
    "fee": {
        "fixed": [*usd("0.30"), {"currency": "EUR", "decimal": "0"}],
        "percent": "2.9",
        "rounding": "FEE_ROUNDING_UP",
    },
    "adjustment": {
        "kind": "RECONCILIATION_ADJUSTMENT_KIND_FEE",
        "counterpart": "@Fees",
        "at_most": usd("25"),
        "post_at_most": usd("0.05"),
        "post_at_most_per_day": usd("10"),
        "allow_overdraft": True,
        "description": "What the processor takes",
    },
    "valid_from_time": {"seconds": 1_767_225_600},
    "valid_until_time": {"seconds": 1_798_761_600, "nanos": 1_000},
}
"""Everything that a rule can say."""


async def create(server: Server, *, request_id: str = "", **fields: Any) -> matching_rule_pb2.MatchingRule:
    request = pb.CreateMatchingRuleRequest(matching_rule={**BY_REFERENCE, **fields}, request_id=request_id)
    return (await server.reconciliations.CreateMatchingRule(request)).matching_rule


async def get(server: Server, rule_id: str, version: int = 0) -> matching_rule_pb2.MatchingRule:
    request = pb.GetMatchingRuleRequest(matching_rule_id=rule_id, version=version)
    return (await server.reconciliations.GetMatchingRule(request)).matching_rule


async def update(server: Server, rule_id: str, *, etag: str = "", **fields: Any) -> matching_rule_pb2.MatchingRule:
    """Change these fields."""
    mask = field_mask_pb2.FieldMask(paths=list(fields))
    request = pb.UpdateMatchingRuleRequest(matching_rule={"id": rule_id, "etag": etag, **fields}, update_mask=mask)
    return (await server.reconciliations.UpdateMatchingRule(request)).matching_rule


async def delete(server: Server, rule_id: str, etag: str = "") -> None:
    request = pb.DeleteMatchingRuleRequest(matching_rule_id=rule_id, etag=etag)
    await server.reconciliations.DeleteMatchingRule(request)


async def versions(server: Server, rule_id: str, **page: Any) -> list[int]:
    request = pb.ListMatchingRuleVersionsRequest(matching_rule_id=rule_id, **page)
    answer = await server.reconciliations.ListMatchingRuleVersions(request)
    return [rule.version for rule in answer.matching_rules]


async def listed(server: Server, filter_text: str = "") -> list[str]:
    """The names of all rules, the latest first."""
    request = pb.ListMatchingRulesRequest(filter=filter_text)
    return [rule.name for rule in (await server.reconciliations.ListMatchingRules(request)).matching_rules]


# Sets ------------------------------------------------------------------------------------------


async def create_set(
    server: Server, *references: str | tuple[str, int], request_id: str = "", **fields: Any
) -> matching_rule_pb2.MatchingRuleSet:
    """A set of these rules, each by its id or by id and version."""
    made = {"name": "Bank A", "rules": rules_of(*references), **fields}
    request = pb.CreateMatchingRuleSetRequest(matching_rule_set=made, request_id=request_id)
    return (await server.reconciliations.CreateMatchingRuleSet(request)).matching_rule_set


def rules_of(*references: str | tuple[str, int]) -> list[dict[str, Any]]:
    pairs = [(each, 0) if isinstance(each, str) else each for each in references]
    return [{"matching_rule_id": rule_id, "version": version} for rule_id, version in pairs]


async def get_set(server: Server, set_id: str, version: int = 0) -> matching_rule_pb2.MatchingRuleSet:
    request = pb.GetMatchingRuleSetRequest(matching_rule_set_id=set_id, version=version)
    return (await server.reconciliations.GetMatchingRuleSet(request)).matching_rule_set


async def update_set(
    server: Server, set_id: str, *, etag: str = "", **fields: Any
) -> matching_rule_pb2.MatchingRuleSet:
    mask = field_mask_pb2.FieldMask(paths=list(fields))
    request = pb.UpdateMatchingRuleSetRequest(
        matching_rule_set={"id": set_id, "etag": etag, **fields}, update_mask=mask
    )
    return (await server.reconciliations.UpdateMatchingRuleSet(request)).matching_rule_set


async def delete_set(server: Server, set_id: str, etag: str = "") -> None:
    request = pb.DeleteMatchingRuleSetRequest(matching_rule_set_id=set_id, etag=etag)
    await server.reconciliations.DeleteMatchingRuleSet(request)


async def listed_sets(server: Server, filter_text: str = "") -> list[str]:
    request = pb.ListMatchingRuleSetsRequest(filter=filter_text)
    return [found.name for found in (await server.reconciliations.ListMatchingRuleSets(request)).matching_rule_sets]


def in_order(found: matching_rule_pb2.MatchingRuleSet) -> list[tuple[str, int]]:
    return [(rule.matching_rule_id, rule.version) for rule in found.rules]
