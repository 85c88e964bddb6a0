"""Prints what happens to transactions, and resumes where it stopped the last time.

python samples/watch.py localhost:50051 [cursor-file]

Stop it with Ctrl-C and start it again: nothing that happened in between is missed.
"""

import asyncio
import sys
from contextlib import suppress
from pathlib import Path

from ledgerapi.v1.event_pb2 import EventKind

from ledgerd_client import CursorLost, LedgerClient, watch_transactions


async def main(target: str, cursor_file: Path | None) -> None:
    kept = cursor_file.read_text() if cursor_file is not None and cursor_file.exists() else ""
    async with LedgerClient(target) as client, watch_transactions(client, after_cursor=kept) as watcher:
        await watcher.ready()  # From here on, nothing is missed.
        print(f"watching from {watcher.cursor}", flush=True)
        async for event in watcher:
            transaction = event.transaction.transaction
            amount = f"{transaction.amount.decimal} {transaction.amount.currency}"
            print(f"{EventKind.Name(event.kind)} {transaction.reference} {amount}", flush=True)
            if cursor_file is not None:
                cursor_file.write_text(event.cursor)  # Only now: an event that was not handled comes again.


if __name__ == "__main__":
    address = sys.argv[1] if len(sys.argv) > 1 else "localhost:50051"
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(main(address, Path(sys.argv[2]) if len(sys.argv) > 2 else None))
    except CursorLost as lost:
        sys.exit(f"{lost}. Read the present state, delete the cursor file and begin again.")
