"""The load maker's messages, made and serialised before the clock starts."""

import random
from collections.abc import Iterator, Sequence

from grpc_health.v1 import health_pb2
from ledgerapi.v1 import draft_pb2, ledger_service_pb2, operation_pb2
from ledgerapi.v1 import transaction_service_pb2 as transactions

POST_STREAM = "/ledgerapi.v1.TransactionService/PostStream"
POST_TRANSACTION = "/ledgerapi.v1.TransactionService/PostTransaction"
WATCH_TRANSACTIONS = "/ledgerapi.v1.TransactionService/WatchTransactions"
LIST_TRANSACTIONS = "/ledgerapi.v1.TransactionService/ListTransactions"
GET_BALANCE = "/ledgerapi.v1.LedgerService/GetBalance"
NO_OP = "/grpc.health.v1.Health/Check"

CURRENCY = "USD"
HOT_SOURCE = "@World"

Sides = Iterator[tuple[str, str]]
_random = random.Random()


def uniform(balances: Sequence[str]) -> Sides:
    """Two different balances, each pair as likely as another."""
    while True:
        source, destination = _random.choice(balances), _random.choice(balances)
        if source != destination:
            yield source, destination


def hot(balances: Sequence[str]) -> Sides:
    """Everything comes out of one balance."""
    while True:
        yield HOT_SOURCE, _random.choice(balances)


def draft(sides: Sides, *, queue: bool = False) -> draft_pb2.Draft:
    """What a realistic caller sends: a reference of its own, an amount with cents, no description."""
    source, destination = next(sides)
    cents = _random.randrange(1, 10_000_000)
    return draft_pb2.Draft(
        reference=_random.randbytes(12).hex(),
        amount=f"{cents // 100}.{cents % 100:02}",
        currency=CURRENCY,
        source=source,
        destination=destination,
        allow_overdraft=True,
        queue=queue,
    )


def chunks(sides: Sides, count: int, rows: int, *, queue: bool = False) -> list[bytes]:
    """The chunk messages of a stream."""
    made = []
    for sequence in range(1, count + 1):
        operations = [operation_pb2.Operation(post=draft(sides, queue=queue)) for _ in range(rows)]
        chunk = transactions.PostStreamChunk(sequence=sequence, operations=operations)
        made.append(transactions.PostStreamRequest(chunk=chunk).SerializeToString())
    return made


def opening() -> bytes:
    """The first message of a stream."""
    return transactions.PostStreamRequest(open=transactions.PostStreamOpen()).SerializeToString()


def finish(operations: int) -> bytes:
    """The last message of a stream."""
    end = transactions.PostStreamFinish(operation_count=operations)
    return transactions.PostStreamRequest(finish=end).SerializeToString()


def post(sides: Sides) -> bytes:
    """One unary posting."""
    return transactions.PostTransactionRequest(draft=draft(sides)).SerializeToString()


def get_balance(balances: Sequence[str]) -> bytes:
    """One read of a balance, by id."""
    return ledger_service_pb2.GetBalanceRequest(balance_id=_random.choice(balances)).SerializeToString()


def no_op() -> bytes:
    """A call that the server answers from memory."""
    return health_pb2.HealthCheckRequest().SerializeToString()


def watch(balance: str) -> bytes:
    """Follow what happens to one balance, from now."""
    return transactions.WatchTransactionsRequest(balance_ids=[balance]).SerializeToString()
