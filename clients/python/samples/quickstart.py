"""A ledger, a balance, a payment into the balance, and a payment that is rejected.

python samples/quickstart.py localhost:50051
"""

import asyncio
import sys
import uuid

from ledgerapi.v1.balance_pb2 import Balance
from ledgerapi.v1.ledger_pb2 import Ledger
from ledgerapi.v1.ledger_service_pb2 import CreateBalanceRequest, CreateLedgerRequest

from ledgerd_client import LedgerClient, Rejected


async def main(target: str) -> None:
    run = uuid.uuid4().hex  # Yours would be the key of the purchase or the payment.
    async with LedgerClient(target) as client:
        ledger = (
            await client.ledgers.CreateLedger(
                CreateLedgerRequest(ledger=Ledger(name="Customers"), request_id=f"ledger-{run}")
            )
        ).ledger
        wallet = (
            await client.ledgers.CreateBalance(
                CreateBalanceRequest(balance=Balance(ledger_id=ledger.id, currency="USD"), request_id=f"wallet-{run}")
            )
        ).balance

        for _ in range(2):  # The second call changes nothing: the reference is known.
            paid_in = await client.post(
                f"pay-in-{run}",
                source="@World",
                destination=wallet.id,
                currency="USD",
                amount="120.50",
                allow_overdraft=True,  # The world outside may owe us.
            )
            print(f"{paid_in.transaction.id}: {paid_in.transaction.amount.decimal} USD, replayed={paid_in.replayed}")

        try:
            await client.post(f"pay-out-{run}", source=wallet.id, destination="@World", currency="USD", amount="500.00")
        except Rejected as rejected:
            numbers = rejected.details
            print(f"rejected: {rejected.reason}, requested {numbers['requested']}, available {numbers['available']}")

        balance = await client.get_balance(wallet.id)
        print(f"the wallet has {balance.figures.decimals.available} USD at version {balance.figures.version}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "localhost:50051"))
