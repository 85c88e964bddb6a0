"""A second set of books: the ledger's rules once more, in plain Python and without any of the ledger's code.

The test names everything: balances have names, and a hold is named by the reference that made it. Amounts are in minor
units. The outcome of a request is "posted", "replayed" or the reason of its rejection.
"""

from copy import deepcopy
from dataclasses import replace

from tests.model.deferred import DeferredRules
from tests.model.requests import (
    AdjustHold,
    Cancel,
    Payment,
    Pooled,
    Refund,
    Request,
    Reschedule,
    ResolveHold,
    Review,
    Split,
)
from tests.model.state import POSTED, REPLAYED, Recorded


class Books(DeferredRules):
    """The second set of books."""

    def do(self, requests: list[Request], *, atomic: bool = False, as_batch: bool = False) -> list[str]:
        """Apply the requests in their order; one outcome for each."""
        self.batches += 1
        batch = self.batches if atomic or as_batch else None
        if not atomic:
            return [self._apply_one(request, batch) for request in requests]
        known = [request.key in self.recorded for request in requests]
        if any(known):
            return self._repeat_group(requests, known)
        trial = deepcopy(self)
        outcomes = []
        for request in requests:
            outcomes.append(trial._apply_one(request, batch))
            if outcomes[-1] not in (POSTED, REPLAYED):
                return _all_rejected(len(requests), {len(outcomes) - 1: outcomes[-1]})
        self._become(trial)
        self.deferred, self.taken, self.late = trial.deferred, trial.taken, trial.late
        return outcomes

    def would(self, requests: list[Request], *, atomic: bool = False) -> list[str]:
        """The outcomes that do() would give, without applying anything."""
        return deepcopy(self).do(requests, atomic=atomic)

    def set_floor(self, name: str, floor: int | None) -> bool:
        """Whether the floor may be set: it must not be above what is available."""
        if floor is not None and floor > self.balances[name].available:
            return False
        self.balances[name].floor = floor
        return True

    def set_ceiling(self, name: str, ceiling: int | None) -> bool:
        """Whether the ceiling may be set: it must not be below the balance with what is held to come in."""
        if ceiling is not None and self.balances[name].with_incoming > ceiling:
            return False
        self.balances[name].ceiling = ceiling
        return True

    def set_status(self, name: str, status: str) -> str:
        """The outcome of a freeze, an unfreeze or a close."""
        balance = self.balances[name]
        if balance.status == "CLOSED" != status:
            return "BALANCE_CLOSED"
        needed = any(deferred.is_open and self.needs(deferred, name) for deferred in self.deferred.values())
        held = balance.inflight_credit or balance.inflight_debit
        if status == "CLOSED" and (balance.credit != balance.debit or held or needed):
            return "BALANCE_NOT_EMPTY"
        balance.status = status
        return POSTED

    # How requests are judged --------------------------------------------------------------------------

    def _repeat_group(self, requests: list[Request], known: list[bool]) -> list[str]:
        batches = {self.recorded[request.key].batch for request in requests if request.key in self.recorded}
        if not all(known) or len(batches) > 1 or None in batches:
            return _all_rejected(
                len(requests),
                {place: "REFERENCES_ALREADY_RECORDED" for place, is_known in enumerate(known) if is_known},
            )
        outcomes = [self._repeat(request) for request in requests]
        conflicts = {place: outcome for place, outcome in enumerate(outcomes) if outcome != REPLAYED}
        return _all_rejected(len(requests), conflicts) if conflicts else outcomes

    def _repeat(self, request: Request) -> str:
        same = self.recorded[request.key].request == self._with_currency(request)
        return REPLAYED if same else "REFERENCE_CONFLICT"

    def _with_currency(self, request: Request) -> Request:
        """A payment without a currency has that of a balance which it names by id, the source first."""
        if not isinstance(request, Payment) or request.currency:
            return request
        named = [self.balances[name] for name in (request.source, request.destination) if name in self.balances]
        return replace(request, currency=named[0].currency) if named else request

    def _apply_one(self, request: Request, batch: int | None) -> str:
        request = self._with_currency(request)
        if request.key in self.recorded:
            return self._repeat(request)
        outcome = self._apply(request)
        if outcome == POSTED:
            self.recorded[request.key] = Recorded(request, batch)
        return outcome

    def _apply(self, request: Request) -> str:
        if isinstance(request, Payment):
            if not request.currency:
                is_missing = not request.source.startswith("@") or not request.destination.startswith("@")
                return "BALANCE_NOT_FOUND" if is_missing else "CURRENCY_REQUIRED"
            if request.deferral is not None:
                return self._defer_payment(request, request.deferral)
            return self._post_payment(request)
        if isinstance(request, Split):
            if request.deferral is not None:
                return self._defer_split(request, request.deferral)
            return self._post_split(request)
        if isinstance(request, Pooled):
            if request.deferral is not None:
                return self._defer_pooled(request, request.deferral)
            return self._post_pooled(request)
        if isinstance(request, Cancel | Reschedule | Review):
            return self._amend(request)
        if isinstance(request, AdjustHold):
            return self._adjust(request)
        if isinstance(request, Refund) and request.at is not None:
            return self._defer_refund(request, request.at)
        return self._resolve(request) if isinstance(request, ResolveHold) else self._refund(request)


def _all_rejected(count: int, causes: dict[int, str]) -> list[str]:
    return [causes.get(place, "NOT_APPLIED_WITH_GROUP") for place in range(count)]
