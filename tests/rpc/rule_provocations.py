"""How callers meet the reasons of matching rules and their sets."""

import asyncpg

from ledgerd.core.model.rejection import Reason
from tests.conftest import Server
from tests.rpc import rules, wire
from tests.rpc.arrivals import Arriving
from tests.rpc.provocations import Provoke


async def in_use(server: Server) -> wire.Rejection:
    rule = await rules.create(server)
    await rules.create_set(server, rule.id)
    return await wire.rejection(rules.delete(server, rule.id))


async def set_in_use(server: Server) -> wire.Rejection:
    connection = await asyncpg.connect(server.app.dsn)
    bank = await Arriving.open(server, connection)
    await connection.close()
    return await wire.rejection(rules.delete_set(server, bank.set_id))


PROVOKED: dict[Reason, Provoke] = {
    Reason.MATCHING_RULE_NOT_FOUND: lambda server: wire.rejection(rules.get(server, f"rul_{rules.NOBODY}")),
    Reason.MATCHING_RULE_SET_NOT_FOUND: lambda server: wire.rejection(rules.get_set(server, f"rst_{rules.NOBODY}")),
    Reason.MATCHING_RULE_IN_USE: in_use,
    Reason.MATCHING_RULE_SET_IN_USE: set_in_use,
}
