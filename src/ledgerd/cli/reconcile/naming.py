"""Finding what the options name: a source and a set of rules, each by its id or its name."""

from ledgerapi.v1.external_source_pb2 import ExternalSource
from ledgerapi.v1.matching_rule_pb2 import MatchingRuleSet
from ledgerapi.v1.reconciliation_service_pb2 import (
    GetExternalSourceRequest,
    GetMatchingRuleSetRequest,
    ListExternalSourcesRequest,
    ListMatchingRuleSetsRequest,
)
from ledgerd_client import LedgerClient

from ledgerd.cli.reconcile.terminal import CannotRun
from ledgerd.core.model import ids


async def find_source(client: LedgerClient, named: str) -> ExternalSource:
    """The source with this id or name. Raises CannotRun, LedgerError."""
    if ids.decode(ids.EXTERNAL_SOURCE, named) is not None:
        get = GetExternalSourceRequest(external_source_id=named)
        return (await client.reconciliations.GetExternalSource(get)).external_source
    request = ListExternalSourcesRequest(filter=f"name = {_quoted(named)}", page_size=1)
    page = await client.reconciliations.ListExternalSources(request)
    if not page.external_sources:
        raise CannotRun(f"No source is called {named}. Create it first, or give its id.")
    return page.external_sources[0]


async def find_rules(client: LedgerClient, named: str) -> MatchingRuleSet:
    """The set of rules with this id or name. Raises CannotRun, LedgerError."""
    if ids.decode(ids.MATCHING_RULE_SET, named) is not None:
        get = GetMatchingRuleSetRequest(matching_rule_set_id=named)
        return (await client.reconciliations.GetMatchingRuleSet(get)).matching_rule_set
    request = ListMatchingRuleSetsRequest(filter=f"name = {_quoted(named)}", page_size=2)
    page = await client.reconciliations.ListMatchingRuleSets(request)
    if not page.matching_rule_sets:
        raise CannotRun(f"No set of rules is called {named}. Create it first, or give its id.")
    if len(page.matching_rule_sets) > 1:
        raise CannotRun(f"Several sets of rules are called {named}. Give the id of one.")
    return page.matching_rule_sets[0]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
