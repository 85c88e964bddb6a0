"""How callers meet the reasons of runs."""

from ledgerd.core.model.rejection import Reason
from tests.conftest import Server
from tests.rpc import records, rules, runs, wire
from tests.rpc.provocations import Provoke


async def not_read(server: Server) -> wire.Rejection:
    source_id, _, rule_id = await runs.bank(server)
    bad = records.record("k", "?")
    done = await records.upload(server, source_id, [bad], fault_policy=records.REJECT_ALL)
    return await wire.rejection(runs.start(server, source_id, rule_id, upload_ids=[done.id]))


async def has_ended(server: Server) -> wire.Rejection:
    source_id, _, rule_id = await runs.bank(server)
    done = await runs.run(server, source_id, rule_id)
    return await wire.rejection(runs.cancel(server, done.id))


async def not_finished(server: Server) -> wire.Rejection:
    source_id, _, rule_id = await runs.bank(server)
    asked = await runs.start(server, source_id, rule_id)
    await runs.cancel(server, asked.id)
    return await wire.rejection(runs.replay(server, (await runs.ended(server, asked.id)).id))


PROVOKED: dict[Reason, Provoke] = {
    Reason.UPLOAD_NOT_READ: not_read,
    Reason.RECONCILIATION_NOT_FOUND: lambda server: wire.rejection(runs.get(server, f"rec_{rules.NOBODY}")),
    Reason.RECONCILIATION_NOT_FINISHED: not_finished,
    Reason.RECONCILIATION_ENDED: has_ended,
}
