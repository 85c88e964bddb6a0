"""How requests are applied at once, or rejected."""

from copy import deepcopy

from tests.model.requests import AdjustHold, Payment, Pooled, Refund, ResolveHold, Split
from tests.model.state import (
    AMOUNT_END,
    POSTED,
    TOTAL_MAX,
    Hold,
    ModelBalance,
    State,
    ceiling_rejection,
    funds_rejection,
    leg_payments,
    take_available,
)


class ImmediateRules(State):
    """Payments, holds and refunds, of single payments and of splits."""

    def _post_payment(self, payment: Payment) -> str:
        source = self._balance(payment.source, payment.currency)
        destination = self._balance(payment.destination, payment.currency)
        if source is None or destination is None:
            return "BALANCE_NOT_FOUND"
        if source is destination:
            return "SAME_BALANCE"
        for balance in (source, destination):
            if balance.status != "OPEN":
                return f"BALANCE_{balance.status}"
        if not payment.currency == source.currency == destination.currency:
            return "CURRENCY_MISMATCH"
        amount = payment.amount
        if amount is not None and not 0 < amount < AMOUNT_END:
            return "AMOUNT_OUT_OF_BOUNDS"
        if payment.available:
            amount = take_available(source, amount, payment.overdraft, payment.limit)
            if isinstance(amount, str):
                return amount
        outcome = self._move(payment, amount, source, destination)
        if payment.available and outcome == POSTED:
            self.taken[payment.reference] = amount
        return outcome

    def _move(self, payment: Payment, amount: int, source: ModelBalance, destination: ModelBalance) -> str:
        rejection = funds_rejection(source, amount, payment.overdraft, payment.limit) or ceiling_rejection(
            destination, amount
        )
        if rejection:
            return rejection
        if payment.held:
            if max(source.inflight_debit, destination.inflight_credit) + amount > TOTAL_MAX:
                return "TOTAL_OUT_OF_BOUNDS"
            source.inflight_debit += amount
            destination.inflight_credit += amount
            self.holds[payment.reference] = Hold(payment, amount)
        else:
            if max(source.debit, destination.credit) + amount > TOTAL_MAX:
                return "TOTAL_OUT_OF_BOUNDS"
            source.debit += amount
            destination.credit += amount
        return POSTED

    def _resolve_single(self, resolve: ResolveHold) -> str:
        if resolve.hold not in self.recorded:
            return "TRANSACTION_NOT_FOUND"
        hold = self.holds.get(resolve.hold)
        if hold is None:
            request = self.recorded[resolve.hold].request
            is_hold = isinstance(request, Payment | Split | Pooled) and request.held
            return "HOLD_NOT_IN_PLACE" if is_hold else "NOT_A_HOLD"
        if hold.remaining == 0:
            return "HOLD_RESOLVED"
        payment = hold.payment
        source = self._balance(payment.source, payment.currency)
        destination = self._balance(payment.destination, payment.currency)
        for balance in (source, destination):
            if balance.status != "OPEN" and not resolve.void:
                return f"BALANCE_{balance.status}"
        amount = hold.remaining if resolve.amount is None else resolve.amount
        if not 0 < amount < AMOUNT_END:
            return "AMOUNT_OUT_OF_BOUNDS"
        excess = max(0, amount - hold.remaining)
        if excess:
            if not payment.allow_over_commit:
                return "HOLD_EXCEEDED"
            rejection = funds_rejection(source, excess, payment.overdraft, payment.limit) or ceiling_rejection(
                destination, excess
            )
            if rejection:
                return rejection
        return self._resolve_amount(hold, amount, void=resolve.void, excess=excess)

    def _adjust(self, adjust: AdjustHold) -> str:
        """Only the difference is judged, and only where more is to be held."""
        if adjust.hold not in self.recorded:
            return "TRANSACTION_NOT_FOUND"
        hold, request = self.holds.get(adjust.hold), self.recorded[adjust.hold].request
        if isinstance(request, Split | Pooled):
            return "NOT_ADJUSTABLE"
        if hold is None:
            return "HOLD_NOT_IN_PLACE" if isinstance(request, Payment) and request.held else "NOT_A_HOLD"
        if hold.remaining == 0:
            return "HOLD_RESOLVED"
        amount = adjust.amount
        if amount is not None and not 0 < amount < AMOUNT_END:
            return "AMOUNT_OUT_OF_BOUNDS"
        totals = {"total": amount, "increase": hold.held + (amount or 0), "decrease": hold.held - (amount or 0)}
        total = totals.get(adjust.change, hold.held)
        more = total - hold.held
        if more > 0 and total >= AMOUNT_END:
            return "AMOUNT_OUT_OF_BOUNDS"
        if total <= hold.committed + hold.voided:
            return "ADJUSTMENT_TOO_LOW"
        if adjust.expires is not None and adjust.expires <= self.now:
            return "SCHEDULE_IN_PAST"
        rejection = self._raise_rejection(hold.payment, more) if more > 0 else None
        if rejection:
            return rejection
        self._balance(hold.payment.source, hold.payment.currency).inflight_debit += more
        self._balance(hold.payment.destination, hold.payment.currency).inflight_credit += more
        hold.adjusted, hold.adjustments = total, (hold.adjustments or 0) + 1
        hold.expires = adjust.expires or hold.expires
        return POSTED

    def _raise_rejection(self, payment: Payment, more: int) -> str | None:
        source, destination = (self._balance(side, payment.currency) for side in (payment.source, payment.destination))
        for balance in (source, destination):
            if balance.status != "OPEN":
                return f"BALANCE_{balance.status}"
        rejection = funds_rejection(source, more, payment.overdraft, payment.limit)
        rejection = rejection or ceiling_rejection(destination, more)
        if rejection is None and max(source.inflight_debit, destination.inflight_credit) + more > TOTAL_MAX:
            return "TOTAL_OUT_OF_BOUNDS"
        return rejection

    def _refund_single(self, refund: Refund) -> str:
        recorded = self.recorded.get(refund.of)
        if recorded is None:
            return "TRANSACTION_NOT_FOUND"
        moved = self._moved(refund.of)
        if not moved:
            return "NOT_REFUNDABLE"
        remaining = moved - recorded.refunded
        if not remaining:
            return "REFUND_EXCEEDED"
        payment = recorded.request
        payer, payee = (self._balance(side, payment.currency) for side in (payment.destination, payment.source))
        for balance in (payer, payee):
            if balance.status != "OPEN":
                return f"BALANCE_{balance.status}"
        amount = remaining if refund.amount is None else refund.amount
        if not 0 < amount < AMOUNT_END:
            return "AMOUNT_OUT_OF_BOUNDS"
        if refund.available:
            amount = take_available(payer, min(amount, remaining), refund.overdraft, None)
            if isinstance(amount, str):
                return amount
        if amount > remaining:
            return "REFUND_EXCEEDED"
        rejection = funds_rejection(payer, amount, refund.overdraft, None) or ceiling_rejection(payee, amount)
        if rejection:
            return rejection
        if max(payer.debit, payee.credit) + amount > TOTAL_MAX:
            return "TOTAL_OUT_OF_BOUNDS"
        payer.debit += amount
        payee.credit += amount
        recorded.refunded += amount
        return POSTED

    def refundable(self, key: str) -> int:
        """How much of what a request moved can still be refunded."""
        if key in self.splits:
            return sum(leg.committed - leg.refunded for leg in self.splits[key])
        return self._moved(key) - self.recorded[key].refunded

    def _moved(self, key: str) -> int:
        """How much a payment moved; of a hold, how much was committed. Nothing else can be refunded alone."""
        request = self.recorded[key].request
        if not isinstance(request, Payment) or (key in self.deferred and self.deferred[key].status != "DONE"):
            return 0
        return self.holds[key].committed if request.held else self.taken.get(key, request.amount)

    # Splits ------------------------------------------------------------------------------------

    def _post_split(self, split: Split) -> str:
        """Post one payment for each leg, all or none."""
        rejection = self._split_rejection(split, ("FROZEN", "CLOSED"))
        if rejection:
            return rejection
        amount = None
        if split.available:
            amount = take_available(self._balance(split.source, "own"), None, split.overdraft, None)
            if isinstance(amount, str):
                return amount
            if sum(share for _, share in split.shares[:-1]) >= amount:
                return "SPLIT_INVALID"
        return self._post_legs(split, leg_payments(split, amount))

    def _post_pooled(self, pooled: Pooled) -> str:
        """Each source pays what it has available, until the amount is paid. One that pays nothing makes no leg."""
        rejection = self._pooled_rejection(pooled, ("FROZEN", "CLOSED"))
        if rejection:
            return rejection
        payments, needed = [], pooled.amount
        for place, name in enumerate(pooled.sources):
            if place == len(pooled.sources) - 1 and pooled.last_pays_remainder:
                share = needed
            else:
                share = take_available(self._balance(name, "own"), pooled.at_most, pooled.overdraft, None)
                if share == "OVERDRAFT_UNBOUNDED":
                    return share
                share = 0 if share == "NOTHING_AVAILABLE" else min(share, needed)
            needed -= share
            if share:
                key = f"{pooled.reference}/{place}"
                payments.append(Payment(key, name, pooled.destination, share, pooled.held, pooled.overdraft))
        return "INSUFFICIENT_FUNDS" if needed else self._post_legs(pooled, payments)

    def _pooled_rejection(self, pooled: Pooled, barred: tuple[str, ...]) -> str | None:
        if len(set(pooled.sources)) < len(pooled.sources):
            return "SPLIT_INVALID"
        balances = [self._balance(name, "own") for name in (*pooled.sources, pooled.destination)]
        if None in balances:
            return "BALANCE_NOT_FOUND"
        if pooled.destination in pooled.sources:
            return "SAME_BALANCE"
        for balance in balances:
            if balance.status in barred:
                return f"BALANCE_{balance.status}"
        if any(balance.currency != "own" for balance in balances):
            return "CURRENCY_MISMATCH"
        return None if 0 < pooled.amount < AMOUNT_END else "AMOUNT_OUT_OF_BOUNDS"

    def _post_legs(self, split: Split | Pooled, payments: list[Payment]) -> str:
        trial = deepcopy(self)
        for payment in payments:
            outcome = trial._post_payment(payment)
            if outcome != POSTED:
                return outcome
        if split.held:
            legs = [trial.holds.pop(payment.key) for payment in payments]
        else:
            legs = [Hold(payment, payment.amount, committed=payment.amount) for payment in payments]
        trial.splits[split.reference] = legs
        self.balances, self.holds, self.splits = trial.balances, trial.holds, trial.splits
        return POSTED

    def _split_rejection(self, split: Split, barred: tuple[str, ...]) -> str | None:
        """Why the balances cannot take part, where balances in these states cannot."""
        names = [name for name, _ in split.shares]
        if len(set(names)) < len(names):
            return "SPLIT_INVALID"
        balances = [self._balance(name, "own") for name in (split.source, *names)]
        if None in balances:
            return "BALANCE_NOT_FOUND"
        if split.source in names:
            return "SAME_BALANCE"
        for balance in balances:
            if balance.status in barred:
                return f"BALANCE_{balance.status}"
        return "CURRENCY_MISMATCH" if any(balance.currency != "own" for balance in balances) else None

    def _resolve_amount(self, hold: Hold, amount: int, *, void: bool, excess: int = 0) -> str:
        """Commit or void an amount of one hold. The excess was never held."""
        payment = hold.payment
        source, destination = (self._balance(side, payment.currency) for side in (payment.source, payment.destination))
        if not void and max(source.debit, destination.credit) + amount > TOTAL_MAX:
            return "TOTAL_OUT_OF_BOUNDS"
        source.inflight_debit -= amount - excess
        destination.inflight_credit -= amount - excess
        if void:
            hold.voided += amount
        else:
            hold.committed += amount
            source.debit += amount
            destination.credit += amount
        return POSTED
