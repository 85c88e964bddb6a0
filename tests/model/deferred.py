"""How deferred requests are accepted, amended and applied."""

from dataclasses import replace

from tests.model.compound import CompoundRules
from tests.model.requests import (
    NEVER,
    Amendment,
    Cancel,
    Deferral,
    Payment,
    Pooled,
    Refund,
    Request,
    Reschedule,
    Review,
    Split,
)
from tests.model.state import (
    AMOUNT_END,
    DEFERRED,
    POSTED,
    Deferred,
    balance_names,
    batch_number,
    divides_late,
    funds_rejection,
    leg_payments,
    side_names,
    take_available,
)


class DeferredRules(CompoundRules):
    """What is queued, scheduled or in review."""

    def _defer_payment(self, payment: Payment, deferral: Deferral) -> str:
        """Acceptance judges only what can no longer change."""
        source = self._balance(payment.source, payment.currency)
        destination = self._balance(payment.destination, payment.currency)
        if source is None or destination is None:
            return "BALANCE_NOT_FOUND"
        if source is destination:
            return "SAME_BALANCE"
        if "CLOSED" in (source.status, destination.status):
            return "BALANCE_CLOSED"
        if not payment.currency == source.currency == destination.currency:
            return "CURRENCY_MISMATCH"
        if payment.amount is not None and not 0 < payment.amount < AMOUNT_END:
            return "AMOUNT_OUT_OF_BOUNDS"
        return self._defer(payment, deferral, [payment], payment.limit)

    def _defer_split(self, split: Split, deferral: Deferral) -> str:
        rejection = self._split_rejection(split, ("CLOSED",))
        if rejection:
            return rejection
        if split.available:
            return self._defer_late(split, deferral, None)
        if not 0 < split.amount < AMOUNT_END:
            return "AMOUNT_OUT_OF_BOUNDS"
        return self._defer(split, deferral, leg_payments(split), None)

    def _defer_pooled(self, pooled: Pooled, deferral: Deferral) -> str:
        rejection = self._pooled_rejection(pooled, ("CLOSED",))
        if rejection:
            return rejection
        is_bounded = pooled.at_most is not None and not pooled.last_pays_remainder
        if is_bounded and pooled.at_most * len(pooled.sources) < pooled.amount:
            return "INSUFFICIENT_FUNDS"
        return self._defer_late(pooled, deferral, pooled.amount)

    def _defer_late(self, split: Split | Pooled, deferral: Deferral, amount: int | None) -> str:
        """It has no legs until it is applied, and counts as nothing in what is queued."""
        if deferral.at is not None and deferral.at <= self.now:
            return "SCHEDULE_IN_PAST"
        names = side_names(split)
        rejection = self._late_cover(split, names) if deferral.check_deferred else None
        if rejection:
            return rejection
        self.deferred[split.key] = Deferred(split, (), frozenset(names), _status(deferral), deferral.at, amount)
        return POSTED

    def _late_cover(self, split: Split | Pooled, names: list[str]) -> str | None:
        """Whether it could be paid now beside all that is deferred on its sources."""
        if isinstance(split, Split):
            queued = self.queued(names[0])[0]
            taken = take_available(self.balances[names[0]], None, split.overdraft, None, queued)
            return taken if isinstance(taken, str) else None
        needed, sources = split.amount, names[:-1]
        last = sources.pop() if split.last_pays_remainder else None
        for name in sources:
            queued = self.queued(name)[0]
            share = take_available(self.balances[name], split.at_most, split.overdraft, None, queued)
            if share == "OVERDRAFT_UNBOUNDED":
                return share
            needed -= 0 if share == "NOTHING_AVAILABLE" else min(share, needed)
        if not needed or last is None:
            return "INSUFFICIENT_FUNDS" if needed else None
        return funds_rejection(self.balances[last], needed + self.queued(last)[0], split.overdraft, None)

    def _defer(self, request: Payment | Split, deferral: Deferral, payments: list[Payment], limit: int | None) -> str:
        """The time is judged after all other rules, and the cover of queued debits after the time."""
        if deferral.at is not None and deferral.at <= self.now:
            return "SCHEDULE_IN_PAST"
        is_known = isinstance(request, Split) or not request.available
        legs = tuple((*balance_names(payment), payment.amount if is_known else 0) for payment in payments)
        if deferral.check_deferred:
            source = legs[0][0]
            balance, queued = self.balances[source], self.queued(source)[0]
            if is_known:
                rejection = funds_rejection(balance, request.amount + queued, request.overdraft, limit)
            else:
                rejection = take_available(balance, request.amount, request.overdraft, limit, queued)
            if isinstance(rejection, str):
                return rejection
        needed_balances = frozenset(name for leg in legs for name in leg[:2])
        amount = request.amount if is_known else None
        self.deferred[request.key] = Deferred(request, legs, needed_balances, _status(deferral), deferral.at, amount)
        return POSTED

    def _defer_refund(self, refund: Refund, at: int) -> str:
        """The parent may still be deferred itself."""
        if batch_number(refund.of) is not None:
            return self._defer_refund_of_batch(refund, at)
        if refund.of not in self.recorded:
            return "TRANSACTION_NOT_FOUND"
        request = self.recorded[refund.of].request
        if not isinstance(request, Payment | Split | Pooled) or self.status(refund.of) in (
            "VOID",
            "REJECTED",
            "CANCELLED",
        ):
            return "NOT_REFUNDABLE"
        names = [name for payment in self._may_refund(request) for name in balance_names(payment)]
        if any(self.balances[name].status == "CLOSED" for name in names):
            return "BALANCE_CLOSED"
        if refund.amount is not None:
            if self._is_undivided(request):
                return "NOT_REFUNDABLE"
            if not 0 < refund.amount < AMOUNT_END:
                return "AMOUNT_OUT_OF_BOUNDS"
            known = self._known_amount(request)
            if not (request.held or refund.available or known is None) and refund.amount > known - self.refunded(
                refund.of
            ):
                return "REFUND_EXCEEDED"
        if at <= self.now:
            return "SCHEDULE_IN_PAST"
        payments = [request] if isinstance(request, Payment) else self._payments(request)
        needed_balances = frozenset(name for payment in payments for name in balance_names(payment))
        # How much each leg of a split will refund is not known yet.
        amount = None if refund.available else refund.amount
        legs = ((*balance_names(request)[::-1], amount or 0),) if isinstance(request, Payment) else ()
        self.deferred[refund.key] = Deferred(refund, legs, needed_balances, "SCHEDULED", at, amount)
        return POSTED

    def _defer_refund_of_batch(self, refund: Refund, at: int) -> str:
        """What is deferred in the batch may have moved by then. So it has a say in the currencies."""
        if not self._is_batch(refund.of):
            return "BATCH_NOT_FOUND"
        parts, payments = self.parts(refund.of), self._payments_of_batch(refund.of)
        names = [name for part in parts if part.remaining or part.refundable for name in balance_names(part.payment)]
        if any(self.balances[name].status == "CLOSED" for name in names):
            return "BALANCE_CLOSED"
        over = ("REJECTED", "CANCELLED")
        currencies = {payment.currency for member, payment in payments if self.status(member) not in over}
        members = [name for name in self._members(refund.of) if self.status(name) not in over]
        currencies |= {"own" for name in members if self._is_undivided(self.recorded[name].request)}
        if refund.amount is not None:
            if not parts:
                return "NOT_REFUNDABLE"
            if len(currencies) > 1:
                return "CURRENCY_MISMATCH"
            if not 0 < refund.amount < AMOUNT_END:
                return "AMOUNT_OUT_OF_BOUNDS"
        if at <= self.now:
            return "SCHEDULE_IN_PAST"
        needed_balances = frozenset(name for _, payment in payments for name in balance_names(payment))
        amount = None if refund.available else refund.amount
        has_amount = len(currencies) == 1
        self.deferred[refund.key] = Deferred(
            refund, (), needed_balances, "SCHEDULED", at, amount, has_amount=has_amount
        )
        return POSTED

    def _known_amount(self, request: Payment | Split | Pooled) -> int | None:
        """What a request moved, or will move; None where that is not decided yet."""
        if request.key in self.splits:
            return sum(leg.amount for leg in self.splits[request.key])
        is_open = isinstance(request, Payment) and request.available and request.key not in self.taken
        return None if is_open else self.taken.get(request.key, request.amount)

    def _is_undivided(self, request: Request) -> bool:
        """Whether it has no legs yet, and perhaps never will."""
        return divides_late(request) and request.key not in self.splits

    def _payments(self, request: Split | Pooled) -> list[Payment]:
        if request.key in self.splits:
            return [leg.payment for leg in self.splits[request.key]]
        return [] if divides_late(request) else leg_payments(request)

    def needs(self, deferred: Deferred, balance: str) -> bool:
        """Whether a balance cannot be closed while this is deferred. What a refund will touch of a split that divides
        late is known when that has its legs."""
        of = deferred.request.of if isinstance(deferred.request, Refund) else None
        refunded = [name for name in self.late if of is not None and (name == of or name in self._members_of(of))]
        legs = [leg for name in refunded for leg in self.splits[name]]
        return balance in deferred.needed_balances or any(balance in balance_names(leg.payment) for leg in legs)

    def _members_of(self, key: str) -> list[str]:
        return [] if batch_number(key) is None else self._members(key)

    def _may_refund(self, request: Payment | Split | Pooled) -> list[Payment]:
        """The payments that can be refunded now or may be later. A single payment counts always."""
        if isinstance(request, Payment):
            return [request]
        if request.key not in self.splits:
            return self._payments(request)
        return [leg.payment for leg in self.splits[request.key] if leg.remaining or leg.committed > leg.refunded]

    def _apply_deferred(self, deferred: Deferred) -> None:
        """Judge a deferred request as if it were made now."""
        deferred.status = "DONE"
        if isinstance(deferred.request, Payment):
            outcome = self._post_payment(deferred.request)
            if outcome == POSTED and deferred.request.available:
                deferred.amount = self.taken[deferred.request.key]
        elif isinstance(deferred.request, Split | Pooled):
            is_pooled = isinstance(deferred.request, Pooled)
            outcome = self._post_pooled(deferred.request) if is_pooled else self._post_split(deferred.request)
            if outcome == POSTED and divides_late(deferred.request):
                self.late.append(deferred.request.key)
                deferred.amount = sum(leg.amount for leg in self.splits[deferred.request.key])
        else:
            before = self.refunded(deferred.request.of)
            outcome = self._refund(deferred.request)
            if outcome == POSTED and deferred.has_amount:
                deferred.amount = self.refunded(deferred.request.of) - before
        if outcome != POSTED:
            deferred.status, deferred.reason = "REJECTED", outcome

    def _amend(self, amendment: Amendment) -> str:
        if batch_number(amendment.of) is not None:
            return self._amend_batch(amendment)
        if amendment.of not in self.recorded:
            return "TRANSACTION_NOT_FOUND"
        deferred = self.deferred.get(amendment.of)
        if isinstance(amendment, Cancel):
            if deferred is None or not deferred.is_open:
                return "NOT_DEFERRED"
            deferred.status = "CANCELLED"
        elif isinstance(amendment, Reschedule):
            if deferred is None or not deferred.is_open:
                return "NOT_DEFERRED"
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

    def _amend_batch(self, amendment: Amendment) -> str:
        """All of a batch that is deferred, or in review."""
        if not self._is_batch(amendment.of):
            return "BATCH_NOT_FOUND"
        wanted = ("IN_REVIEW",) if isinstance(amendment, Review) else DEFERRED
        keys = [
            key
            for key, deferred in self.deferred.items()
            if deferred.status in wanted
            and key in self.recorded
            and self.recorded[key].batch == batch_number(amendment.of)
        ]
        if not keys:
            reasons = {Cancel: "NOT_DEFERRED", Reschedule: "NOT_DEFERRED", Review: "NOT_IN_REVIEW"}
            return reasons[type(amendment)]
        outcomes = {self._amend(replace(amendment, of=key)) for key in keys}
        assert len(outcomes) == 1, "only the time can be wrong, which is the same for all"
        return outcomes.pop()

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


def _status(deferral: Deferral) -> str:
    """A review comes first, a time second."""
    return "IN_REVIEW" if deferral.review else "QUEUED" if deferral.at is None else "SCHEDULED"
