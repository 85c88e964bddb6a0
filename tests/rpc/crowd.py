"""Many callers in a process of their own: `python -m tests.rpc.crowd target calls at_once`.

Each calls again as soon as it is answered. Half of them read, half post. Says "begun" after some answers, and at last
how many calls ended how, as JSON.
"""

import asyncio
import collections
import json
import os
import sys

os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")  # before gRPC is imported: see ledgerd.__main__

import grpc
from ledgerapi.v1 import (
    draft_pb2,
    ledger_service_pb2,
    ledger_service_pb2_grpc,
    transaction_service_pb2,
    transaction_service_pb2_grpc,
)

BEGUN = 300
GENERAL_LEDGER = "ldg_0000000000e008000000000001"


async def crowd(target: str, calls: int, at_once: int) -> None:
    ended: collections.Counter[str] = collections.Counter()
    numbers = iter(range(calls))
    channel = grpc.aio.insecure_channel(target, options=[("grpc.enable_retries", 0)])
    ledgers = ledger_service_pb2_grpc.LedgerServiceStub(channel)
    transactions = transaction_service_pb2_grpc.TransactionServiceStub(channel)

    async def call(number: int) -> str:
        try:
            if number % 2:
                await ledgers.GetLedger(ledger_service_pb2.GetLedgerRequest(ledger_id=GENERAL_LEDGER))
                return "read"
            draft = draft_pb2.Draft(
                reference=f"crowd-{number}",
                amount="1",
                currency="USD",
                source="@World",
                destination="@Sales",
                allow_overdraft=True,
            )
            await transactions.PostTransaction(transaction_service_pb2.PostTransactionRequest(draft=draft))
        except grpc.aio.AioRpcError as error:
            has_reason = any(key == "grpc-status-details-bin" for key, _ in error.trailing_metadata() or ())
            return error.code().name if has_reason else f"{error.code().name} without a reason"
        return "posted"

    async def caller() -> None:
        for number in numbers:
            ended[await call(number)] += 1
            if ended.total() == BEGUN:
                _say("begun")

    await asyncio.gather(*(caller() for _ in range(at_once)))
    _say(json.dumps(ended))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def meet(target: str, calls: int, at_once: int, *, begun: asyncio.Event | None = None) -> dict[str, int]:
    """How the calls of a crowd ended, which lives in a process of its own."""
    arguments = ("-m", "tests.rpc.crowd", target, str(calls), str(at_once))
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"begun\n"
    if begun is not None:
        begun.set()
    ended: dict[str, int] = json.loads(await process.stdout.readline())
    assert await process.wait() == 0
    return ended


if __name__ == "__main__":
    asyncio.run(crowd(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
