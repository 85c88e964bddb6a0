"""Events about matching rules and their sets, from their rows after a change and before it."""

import asyncpg

from ledgerd.core.model.event import (
    Event,
    EventKind,
    MatchingRuleChanged,
    MatchingRuleFacts,
    MatchingRuleSetChanged,
    MatchingRuleSetFacts,
    differing,
)
from ledgerd.core.model.ids import MATCHING_RULE, MATCHING_RULE_SET, encode
from ledgerd.store.matching_rules import rule_of

_NOT_SHOWN = ("criteria", "grouping", "fee", "adjustment")
"""What of a rule events only name: a rule may look for a person, and its versions can be read."""


def of_rule(kind: EventKind, after: asyncpg.Record, before: asyncpg.Record | None = None) -> Event:
    """The event of a rule that was created or deleted (without ``before``) or changed."""
    now = _rule_facts(after)
    then = None if before is None else _rule_facts(before)
    changed: tuple[str, ...] = ()
    if before is not None and then is not None:
        old, new = rule_of(before), rule_of(after)
        hidden = tuple(name for name in _NOT_SHOWN if getattr(old, name) != getattr(new, name))
        changed = (*differing(then, now), *hidden)
    payload = MatchingRuleChanged(
        rule_id=encode(MATCHING_RULE, after["id"].int),
        version=after["version"],
        after=now,
        before=then,
        changed_fields=changed,
    )
    return Event(kind, payload)


def of_set(kind: EventKind, after: asyncpg.Record, before: asyncpg.Record | None = None) -> Event:
    """The event of a set that was created or deleted (without ``before``) or changed."""
    now = _set_facts(after)
    then = None if before is None else _set_facts(before)
    payload = MatchingRuleSetChanged(
        set_id=encode(MATCHING_RULE_SET, after["id"].int),
        version=after["version"],
        after=now,
        before=then,
        changed_fields=() if then is None else differing(then, now),
    )
    return Event(kind, payload)


def _rule_facts(row: asyncpg.Record) -> MatchingRuleFacts:
    rule = rule_of(row)
    return MatchingRuleFacts(
        name=rule.name,
        description=row["description"],
        strategy=rule.strategy,
        valid_from_time=rule.valid_from_time,
        valid_until_time=rule.valid_until_time,
    )


def _set_facts(row: asyncpg.Record) -> MatchingRuleSetFacts:
    rules = zip(row["rule_ids"], row["rule_versions"], strict=True)
    return MatchingRuleSetFacts(
        name=row["name"],
        description=row["description"],
        rules=tuple((encode(MATCHING_RULE, rule_id.int), version or 0) for rule_id, version in rules),
    )
