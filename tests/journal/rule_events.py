"""Events about matching rules and their sets, as event_examples.py has all others."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ledgerd.core.model import event as model
from ledgerd.core.model.event import EventKind
from ledgerd.core.model.ids import encode
from ledgerd.core.model.matching_rule import Strategy
from tests import builders as a

RULE, RULE_SET = encode("rul", a.number("rule")), encode("rst", a.number("rules"))
NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)
BY_REFERENCE = model.MatchingRuleFacts(
    name="By reference", description="strict", strategy=Strategy.ONE_TO_MANY, valid_from_time=NOON
)
RULE_TEXT = (
    f'{{"id": "{RULE}", "version": 2, "name": "By reference", "description": "strict", "strategy": "ONE_TO_MANY",'
    ' "valid_from_time": "2026-02-01T12:00:00+00:00"'
)
RULES = model.MatchingRuleSetFacts(name="Bank A", description="all", rules=((RULE, 0), (RULE, 3)))
RULES_TEXT = (
    f'{{"id": "{RULE_SET}", "version": 2, "name": "Bank A", "description": "all",'
    f' "rules": [["{RULE}", 0], ["{RULE}", 3]]'
)


EVENTS = {
    EventKind.MATCHING_RULE_CREATED: (
        model.MatchingRuleChanged(rule_id=RULE, version=2, after=BY_REFERENCE),
        f"{RULE_TEXT}}}",
    ),
    EventKind.MATCHING_RULE_UPDATED: (
        model.MatchingRuleChanged(
            rule_id=RULE,
            version=2,
            after=BY_REFERENCE,
            before=replace(BY_REFERENCE, strategy=Strategy.ONE_TO_ONE, valid_from_time=None),
            changed_fields=("strategy", "valid_from_time", "grouping"),
        ),
        f'{RULE_TEXT}, "changed": ["strategy", "valid_from_time", "grouping"],'
        ' "before": {"strategy": "ONE_TO_ONE", "valid_from_time": null}}',
    ),
    EventKind.MATCHING_RULE_DELETED: (
        model.MatchingRuleChanged(rule_id=RULE, version=2, after=BY_REFERENCE),
        f"{RULE_TEXT}}}",
    ),
    EventKind.MATCHING_RULE_SET_CREATED: (
        model.MatchingRuleSetChanged(set_id=RULE_SET, version=2, after=RULES),
        f"{RULES_TEXT}}}",
    ),
    EventKind.MATCHING_RULE_SET_UPDATED: (
        model.MatchingRuleSetChanged(
            set_id=RULE_SET,
            version=2,
            after=RULES,
            before=replace(RULES, rules=((RULE, 1),)),
            changed_fields=("rules",),
        ),
        f'{RULES_TEXT}, "changed": ["rules"], "before": {{"rules": [["{RULE}", 1]]}}}}',
    ),
    EventKind.MATCHING_RULE_SET_DELETED: (
        model.MatchingRuleSetChanged(set_id=RULE_SET, version=2, after=RULES),
        f"{RULES_TEXT}}}",
    ),
}

RULE_SHOWN: dict[str, Any] = {
    "id": RULE,
    "name": "By reference",
    "description": "strict",
    "strategy": "MATCHING_STRATEGY_ONE_TO_MANY",
    "validFromTime": "2026-02-01T12:00:00Z",
    "version": 2,
}
RULES_SHOWN: dict[str, Any] = {
    "id": RULE_SET,
    "name": "Bank A",
    "description": "all",
    "rules": [{"matchingRuleId": RULE}, {"matchingRuleId": RULE, "version": 3}],
    "version": 2,
}
SHOWN: dict[EventKind, dict[str, Any]] = {
    EventKind.MATCHING_RULE_CREATED: {"matchingRule": {"matchingRule": RULE_SHOWN}},
    EventKind.MATCHING_RULE_UPDATED: {
        "matchingRule": {
            "matchingRule": RULE_SHOWN,
            "before": {
                **{name: RULE_SHOWN[name] for name in ("id", "name", "description")},
                "strategy": "MATCHING_STRATEGY_ONE_TO_ONE",
                "version": 1,
            },
            "changedFields": ["strategy", "valid_from_time", "grouping"],
        }
    },
    EventKind.MATCHING_RULE_DELETED: {"matchingRule": {"matchingRule": RULE_SHOWN}},
    EventKind.MATCHING_RULE_SET_CREATED: {"matchingRuleSet": {"matchingRuleSet": RULES_SHOWN}},
    EventKind.MATCHING_RULE_SET_UPDATED: {
        "matchingRuleSet": {
            "matchingRuleSet": RULES_SHOWN,
            "before": {**RULES_SHOWN, "version": 1, "rules": [{"matchingRuleId": RULE, "version": 1}]},
            "changedFields": ["rules"],
        }
    },
    EventKind.MATCHING_RULE_SET_DELETED: {"matchingRuleSet": {"matchingRuleSet": RULES_SHOWN}},
}
