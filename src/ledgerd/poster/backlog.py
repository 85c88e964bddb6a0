"""How much waits to be applied, and how much more may be accepted."""

from ledgerd.core.model.figures import DEFERRED
from ledgerd.core.plan import Plan

LIMIT = 1_000_000


class Backlog:
    """Bounds what is accepted to wait.

    It is counted in the database from time to time (workers/backlog.py); in between, what this process accepted
    is added when it is committed. So the bound is exact but for what other processes accepted since the last
    count and what is being written at the moment; what was applied since makes it too strict for that long.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self._counted = 0
        self._accepted = 0

    @property
    def capacity(self) -> int:
        """How many more transactions may be accepted to wait."""
        return max(0, self.limit - self._counted - self._accepted)

    def begin_count(self) -> int:
        """To be called before counting; what is accepted from here on may or may not be counted."""
        return self._accepted

    def counted(self, deferred: int, begun: int) -> None:
        """Learn how much waits. ``begun`` is what begin_count() said before the count."""
        self._counted = deferred
        self._accepted -= begun

    def note(self, plan: Plan) -> bool:
        """Add what a committed plan accepted; whether it was anything that is due without a time."""
        accepted = [header.transaction for header in plan.headers if header.transaction.deferred_as in DEFERRED]
        self._accepted += len(accepted)
        return bool(accepted)

    def open_to(self, plan: Plan) -> Plan:
        """The plan, told how much capacity there is."""
        plan.capacity, plan.backlog_limit = self.capacity, self.limit
        return plan
