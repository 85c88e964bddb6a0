"""How deferred requests are accepted, amended and applied."""

from tests.model.immediate import ImmediateRules
from tests.model.requests import NEVER, Amendment, Cancel, Deferral, Payment, Refund, Reschedule, Split
from tests.model.state import AMOUNT_END, POSTED, Deferred, balance_names, funds_rejection, leg_payments


class DeferredRules(ImmediateRules):
    """What is queued, scheduled or in review."""

    def _defer_payment(self, payment: Payment, deferral: Deferral) -> str:
        """Acceptance judges only what can no longer change."""
        source = self._balance(payment.source, payment.currency)
        destination = self._balance(payment.destination, payment.currency)
        if source is None or destination is None:
            return "BALANCE_NOT_FOUND"
        if source is destination:
            return "SAME_BALANCE"
        if "CLOSED" in (source.state, destination.state):
            return "BALANCE_CLOSED"
        if not payment.currency == source.currency == destination.currency:
            return "CURRENCY_MISMATCH"
        if not 0 < payment.amount < AMOUNT_END:
            return "AMOUNT_OUT_OF_BOUNDS"
        return self._defer(payment, deferral, [payment], payment.limit)

    def _defer_split(self, split: Split, deferral: Deferral) -> str:
        rejection = self._split_rejection(split, ("CLOSED",))
        if rejection:
            return rejection
        if not 0 < split.amount < AMOUNT_END:
            return "AMOUNT_OUT_OF_BOUNDS"
        return self._defer(split, deferral, leg_payments(split), None)

    def _defer(self, request: Payment | Split, deferral: Deferral, payments: list[Payment], limit: int | None) -> str:
        """The time is judged after all other rules, and the cover of queued debits after the time."""
        if deferral.at is not None and deferral.at <= self.now:
            return "SCHEDULE_IN_PAST"
        legs = tuple((*balance_names(payment), payment.amount) for payment in payments)
        if deferral.check_queued:
            source = legs[0][0]
            rejection = funds_rejection(
                self.balances[source], request.amount + self.queued(source)[0], request.overdraft, limit
            )
            if rejection:
                return rejection
        status = "IN_REVIEW" if deferral.review else "QUEUED" if deferral.at is None else "SCHEDULED"
        needed_balances = frozenset(name for leg in legs for name in leg[:2])
        self.deferred[request.key] = Deferred(request, legs, needed_balances, status, deferral.at, request.amount)
        return POSTED

    def _defer_refund(self, refund: Refund, at: int) -> str:
        """The parent may still be deferred itself."""
        if refund.of not in self.recorded:
            return "TRANSACTION_NOT_FOUND"
        request = self.recorded[refund.of].request
        if not isinstance(request, Payment | Split) or self.status(refund.of) in ("VOID", "REJECTED", "CANCELLED"):
            return "NOT_REFUNDABLE"
        names = [name for payment in self._may_refund(request) for name in balance_names(payment)]
        if any(self.balances[name].state == "CLOSED" for name in names):
            return "BALANCE_CLOSED"
        if refund.amount is not None:
            if not 0 < refund.amount < AMOUNT_END:
                return "AMOUNT_OUT_OF_BOUNDS"
            if not request.held and refund.amount > request.amount - self.refunded(refund.of):
                return "REFUND_EXCEEDED"
        if at <= self.now:
            return "SCHEDULE_IN_PAST"
        payments = [request] if isinstance(request, Payment) else leg_payments(request)
        needed_balances = frozenset(name for payment in payments for name in balance_names(payment))
        # How much each leg of a split will refund is not known yet.
        legs = ((*balance_names(request)[::-1], refund.amount or 0),) if isinstance(request, Payment) else ()
        self.deferred[refund.key] = Deferred(refund, legs, needed_balances, "SCHEDULED", at, refund.amount)
        return POSTED

    def _may_refund(self, request: Payment | Split) -> list[Payment]:
        """The payments that can be refunded now or may be later. A single payment counts always."""
        if isinstance(request, Payment):
            return [request]
        if request.key not in self.splits:
            return leg_payments(request)
        return [leg.payment for leg in self.splits[request.key] if leg.remaining or leg.committed > leg.refunded]

    def _apply_deferred(self, deferred: Deferred) -> None:
        """Judge a deferred request as if it were made now."""
        deferred.status = "DONE"
        if isinstance(deferred.request, Payment):
            outcome = self._post_payment(deferred.request)
        elif isinstance(deferred.request, Split):
            outcome = self._post_split(deferred.request)
        else:
            before = self.refunded(deferred.request.of)
            outcome = self._refund(deferred.request)
            if outcome == POSTED:
                deferred.amount = self.refunded(deferred.request.of) - before
        if outcome != POSTED:
            deferred.status, deferred.reason = "REJECTED", outcome

    def _amend(self, amendment: Amendment) -> str:
        if amendment.of not in self.recorded:
            return "TRANSACTION_NOT_FOUND"
        deferred = self.deferred.get(amendment.of)
        if isinstance(amendment, Cancel):
            if deferred is None or not deferred.is_open:
                return "NOT_CANCELLABLE"
            deferred.status = "CANCELLED"
        elif isinstance(amendment, Reschedule):
            if deferred is None or not deferred.is_open:
                return "NOT_WAITING"
            if amendment.at <= self.now:
                return "SCHEDULE_IN_PAST"
            deferred.at = amendment.at
            deferred.status = "IN_REVIEW" if deferred.status == "IN_REVIEW" else "SCHEDULED"
        else:
            if deferred is None or deferred.status != "IN_REVIEW":
                return "NOT_IN_REVIEW"
            if not amendment.approves:
                deferred.status, deferred.reason = "REJECTED", "REVIEW_DENIED"
            elif deferred.at is not None and deferred.at > self.now:
                deferred.status = "SCHEDULED"
            else:
                self._apply_deferred(deferred)
        return POSTED

    def work_queue(self) -> None:
        """Apply what is queued, in the order of acceptance."""
        for deferred in self.deferred.values():
            if deferred.status == "QUEUED":
                self._apply_deferred(deferred)

    def work_schedule(self) -> None:
        """Apply what is scheduled before NEVER: by time, then in the order of acceptance."""
        scheduled = [
            deferred for deferred in self.deferred.values() if deferred.status == "SCHEDULED" and deferred.at < NEVER
        ]
        for deferred in sorted(scheduled, key=lambda request: request.at):
            self._apply_deferred(deferred)
