"""How many transactions are deferred, and how many more may be accepted."""

from ledgerd.core.model.figures import DEFERRED
from ledgerd.core.plan import Plan

LIMIT = 1_000_000


class Backlog:
    """Bounds the number of deferred transactions.

    A worker counts them in the database from time to time (workers/backlog.py). In between, each commit of this process
    adds the transactions that it deferred. So the bound does not see what other processes deferred since the last
    count, nor what is being written. It is too strict by the transactions applied since the last count.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self._counted = 0
        self._accepted = 0

    @property
    def capacity(self) -> int:
        """How many more transactions may be deferred."""
        return max(0, self.limit - self._counted - self._accepted)

    def begin_count(self) -> int:
        """Call it before a count. Transactions that are deferred from here on may or may not be counted."""
        return self._accepted

    def counted(self, deferred: int, begun: int) -> None:
        """Learn the number of deferred transactions. ``begun`` is the result of begin_count() before the count."""
        self._counted = deferred
        self._accepted -= begun

    def note(self, plan: Plan) -> bool:
        """Add the transactions that a committed plan deferred. Returns whether one of them is due without a time."""
        accepted = [header.transaction for header in plan.headers if header.transaction.deferred_as in DEFERRED]
        self._accepted += len(accepted)
        return bool(accepted)

    def open_to(self, plan: Plan) -> Plan:
        """The plan, with the remaining capacity."""
        plan.capacity, plan.backlog_limit = self.capacity, self.limit
        return plan
