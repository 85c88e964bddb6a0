"""What is uploaded under faults, by number."""

from ledgerapi.v1.draft_pb2 import Draft
from ledgerapi.v1.operation_pb2 import AdjustHold, CommitHold
from ledgerd_client import adjust_hold, available, commit_hold, draft, target

PURSE = "@Purse"
_HELD_AT, _SWEPT_AT = 3, 7
"""Which numbers of each ten are holds, and which go by way of the purse."""
_MORE = 5


def moved(number: int) -> int:
    """What its account gets, in minor units."""
    return number + 1 + (_MORE if number % 10 == _HELD_AT else 0)


def of_number(number: int, account: str) -> list[Draft | AdjustHold | CommitHold]:
    """What one number of the upload is: a payment; now and then a hold that is adjusted and committed, or a payment by
    way of a purse, of which all that is available is taken."""
    name, reference, kind = f"draft {number}", target(f"draft {number}"), number % 10
    terms = {"currency": "USD", "source": "@World", "precise_amount": number + 1, "allow_overdraft": True}
    if kind == _HELD_AT:
        return [
            draft(name, destination=account, inflight=True, **terms),
            adjust_hold(reference, f"adjust {number}", increase=f"0.0{_MORE}"),
            commit_hold(reference, reference=f"commit {number}"),
        ]
    if kind == _SWEPT_AT:
        sweep = {"source": PURSE, "destination": account, "currency": "USD", "available": available()}
        return [draft(name, destination=PURSE, **terms), draft(f"sweep {number}", **sweep)]
    return [draft(name, destination=account, **terms)]
