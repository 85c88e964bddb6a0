"""Sets of matching rules, both ways."""

import asyncpg
from ledgerapi.v1 import matching_rule_pb2 as pb

from ledgerd.core.model import ids, limits
from ledgerd.core.model.event import MatchingRuleSetFacts
from ledgerd.operations import etags
from ledgerd.store.matching_rule_sets import RuleInSet, SetVersion, set_of
from ledgerd.wire import encode, matching_rules, settings
from ledgerd.wire.fields import Reading
from ledgerd.wire.settings import Mask

_PATH = "matching_rule_set."


def read(read: Reading, message: pb.MatchingRuleSet, changed: Mask = None) -> SetVersion:
    """What a set is to be. With a mask only the fields that it names are read."""
    settings.narrow(message, changed)
    name = message.name
    if changed is None or "name" in changed:
        name = read.label(f"{_PATH}name", name, limits.NAME_MAX_CHARS)
    count = len(message.rules)
    if (count or changed is None or "rules" in changed) and not 0 < count <= limits.RULE_SET_MAX_RULES:
        read.wrong(f"{_PATH}rules", f"needs 1 to {limits.RULE_SET_MAX_RULES} rules")
    rules = dict[str, RuleInSet]()
    for place, reference in enumerate(message.rules[: limits.RULE_SET_MAX_RULES]):
        path = f"{_PATH}rules[{place}]"
        rule_id = read.id(f"{path}.matching_rule_id", reference.matching_rule_id, ids.MATCHING_RULE)
        version = matching_rules.version(read, f"{path}.version", reference.version)
        if rule_id.int and reference.matching_rule_id in rules:
            read.wrong(f"{path}.matching_rule_id", "stands in the list before")
        rules[reference.matching_rule_id] = rule_id, version or None
    description = read.prose(f"{_PATH}description", message.description)
    return SetVersion(name=name, description=description, rules=tuple(rules.values()))


def encode_set(row: asyncpg.Record) -> pb.MatchingRuleSet:
    """A version of a set from its row."""
    found = set_of(row)
    return pb.MatchingRuleSet(
        id=ids.encode(ids.MATCHING_RULE_SET, row["id"].int),
        name=found.name,
        description=found.description,
        rules=[
            pb.MatchingRuleReference(matching_rule_id=ids.encode(ids.MATCHING_RULE, rule_id.int), version=version)
            for rule_id, version in found.rules
        ],
        version=row["version"],
        create_time=encode.time(row["created_at"]),
        update_time=encode.time(row["updated_at"]),
        delete_time=None if row["deleted_at"] is None else encode.time(row["deleted_at"]),
        etag=etags.of(row["version"]),
    )


def encode_facts(set_id: str, version: int, facts: MatchingRuleSetFacts | None) -> pb.MatchingRuleSet:
    """A set as it was, as events show it."""
    if facts is None:
        return pb.MatchingRuleSet(id=set_id, version=version)
    return pb.MatchingRuleSet(
        id=set_id,
        version=version,
        name=facts.name,
        description=facts.description or "",
        rules=[
            pb.MatchingRuleReference(matching_rule_id=rule_id, version=rule_version)
            for rule_id, rule_version in facts.rules
        ],
    )
