"""Uploads many drafts, then the same drafts again: the second time everything is replayed.

python samples/bulk.py localhost:50051 20000
"""

import asyncio
import sys
import uuid
from collections.abc import Iterator

from ledgerapi.v1.draft_pb2 import Draft

from ledgerd_client import BulkSummary, LedgerClient, bulk, bulk_results, draft


def salaries(run: str, count: int) -> Iterator[Draft]:
    for number in range(count):
        yield draft(
            f"salary-{run}-{number}",
            source="@PayrollBalance",
            destination=f"@Employee-{number % 1000}",
            currency="USD",
            precise_amount=250_000 + number % 1000,
            allow_overdraft=True,
            group=run,
        )


def show(summary: BulkSummary) -> None:
    print(f"\r{summary.operations} answered, {summary.posted} posted, {summary.replayed} replayed", end="")


async def main(target: str, count: int) -> None:
    run = uuid.uuid4().hex
    async with LedgerClient(target) as client:
        for _ in range(2):
            summary = await bulk(client, salaries(run, count), on_progress=show)
            print(f"\n{summary.rejected} rejected {dict(summary.rejections)}, {summary.reconnects} reconnects")

        async for asked, result in bulk_results(client, salaries(run, 3)):
            print(f"{asked.reference} is {result.posted.transaction_id}")


if __name__ == "__main__":
    address = sys.argv[1] if len(sys.argv) > 1 else "localhost:50051"
    asyncio.run(main(address, int(sys.argv[2]) if len(sys.argv) > 2 else 10_000))
