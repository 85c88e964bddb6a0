"""What follows from arrivals, though the servers that do it are killed."""

import asyncpg

from tests.faults.process import ServerProcess
from tests.faults.test_record_uploads import reached
from tests.rpc import records, runs
from tests.rpc.arrivals import Arriving, until


async def test_each_upload_has_one_run_though_servers_are_killed(dsn: str, connection: asyncpg.Connection) -> None:
    """Every server dies once with an upload that it has just finished, while another one works as well."""
    processes = [ServerProcess(DATABASE_URL=dsn) for _ in range(2)]
    for process in processes:
        await process.start()
    bank = await Arriving.open(reached(processes[0]), connection, confirms=True)
    for number, process in enumerate(processes):
        await bank.post(f"ref-{number}", "1.00")
        await records.upload(reached(process), bank.source_id, runs.told(1, first=number))
        if number:
            await until(connection, "arrivals = matched FROM source_arrivals")  # killed while it works on the run
        await process.kill()
        await process.start()
        bank.server = reached(process)
        found = await bank.done(number + 1)
        assert len(found) == number + 1
        assert runs.totals(found[-1]) == {("USD", "MATCHED"): (1, "1.00", 1, "1.00")}
    assert await connection.fetchval("SELECT count(*) FROM record_claims WHERE released_by IS NULL") == 2
    for process in processes:
        await process.stop()
