"""How requests are applied at once, or rejected."""

from copy import deepcopy

from tests.model.requests import Payment, Refund, ResolveHold, Split
from tests.model.state import (
    AMOUNT_END,
    POSTED,
    TOTAL_MAX,
    Hold,
    State,
    ceiling_rejection,
    funds_rejection,
    leg_payments,
    spread,
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
            if balance.state != "OPEN":
                return f"BALANCE_{balance.state}"
        if not payment.currency == source.currency == destination.currency:
            return "CURRENCY_MISMATCH"
        if not 0 < payment.amount < AMOUNT_END:
            return "AMOUNT_OUT_OF_BOUNDS"
        rejection = funds_rejection(source, payment.amount, payment.overdraft, payment.limit) or ceiling_rejection(
            destination, payment.amount
        )
        if rejection:
            return rejection
        if payment.held:
            if max(source.inflight_debit, destination.inflight_credit) + payment.amount > TOTAL_MAX:
                return "TOTAL_OUT_OF_BOUNDS"
            source.inflight_debit += payment.amount
            destination.inflight_credit += payment.amount
            self.holds[payment.reference] = Hold(payment, payment.amount)
        else:
            if max(source.debit, destination.credit) + payment.amount > TOTAL_MAX:
                return "TOTAL_OUT_OF_BOUNDS"
            source.debit += payment.amount
            destination.credit += payment.amount
        return POSTED

    def _resolve(self, resolve: ResolveHold) -> str:
        return self._resolve_split(resolve) if resolve.hold in self.splits else self._resolve_single(resolve)

    def _refund(self, refund: Refund) -> str:
        return self._refund_split(refund) if refund.of in self.splits else self._refund_single(refund)

    def _resolve_single(self, resolve: ResolveHold) -> str:
        if resolve.hold not in self.recorded:
            return "TRANSACTION_NOT_FOUND"
        hold = self.holds.get(resolve.hold)
        if hold is None:
            request = self.recorded[resolve.hold].request
            return "HOLD_NOT_IN_PLACE" if isinstance(request, Payment | Split) and request.held else "NOT_A_HOLD"
        if hold.remaining == 0:
            return "HOLD_SETTLED"
        payment = hold.payment
        source = self._balance(payment.source, payment.currency)
        destination = self._balance(payment.destination, payment.currency)
        for balance in (source, destination):
            if balance.state != "OPEN" and not resolve.void:
                return f"BALANCE_{balance.state}"
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
            if balance.state != "OPEN":
                return f"BALANCE_{balance.state}"
        amount = remaining if refund.amount is None else refund.amount
        if not 0 < amount < AMOUNT_END:
            return "AMOUNT_OUT_OF_BOUNDS"
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
        return self.holds[key].committed if request.held else request.amount

    # Splits ------------------------------------------------------------------------------------

    def _post_split(self, split: Split) -> str:
        """Post one payment for each leg, all or none."""
        rejection = self._split_rejection(split, ("FROZEN", "CLOSED"))
        if rejection:
            return rejection
        trial, payments = deepcopy(self), leg_payments(split)
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
            if balance.state in barred:
                return f"BALANCE_{balance.state}"
        return "CURRENCY_MISMATCH" if any(balance.currency != "own" for balance in balances) else None

    def _resolve_split(self, resolve: ResolveHold) -> str:
        """Commit or void a split: an amount is spread over the legs in proportion to what each has remaining."""
        holds = self.splits[resolve.hold]
        if not holds[0].payment.held:
            return "NOT_A_HOLD"
        remaining = [hold.remaining for hold in holds]
        if not sum(remaining):
            return "HOLD_SETTLED"
        open_holds = [hold.payment for hold in holds if hold.remaining]
        for name in (*(payment.source for payment in open_holds), *(payment.destination for payment in open_holds)):
            balance = self._balance(name, "own")
            if balance.state != "OPEN" and not resolve.void:
                return f"BALANCE_{balance.state}"
        amount = sum(remaining) if resolve.amount is None else resolve.amount
        if not 0 < amount < AMOUNT_END:
            return "AMOUNT_OUT_OF_BOUNDS"
        if amount > sum(remaining):
            return "HOLD_EXCEEDED"
        trial = deepcopy(self)
        for hold, share in zip(trial.splits[resolve.hold], spread(amount, remaining), strict=True):
            if share:
                outcome = trial._resolve_amount(hold, share, void=resolve.void)
                if outcome != POSTED:
                    return outcome
        self.balances, self.splits = trial.balances, trial.splits
        return POSTED

    def _resolve_amount(self, hold: Hold, amount: int, *, void: bool, excess: int = 0) -> str:
        """Commit or void an amount of one hold. The excess was never held."""
        source, destination = (self._balance(side, "own") for side in (hold.payment.source, hold.payment.destination))
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

    def _refund_split(self, refund: Refund) -> str:
        """Refund a split: an amount is spread over the legs, the last leg first, by what each can still refund."""
        trial = deepcopy(self)
        legs = trial.splits[refund.of][::-1]
        if not any(leg.committed for leg in legs):
            return "NOT_REFUNDABLE"
        remaining = [leg.committed - leg.refunded for leg in legs]
        if not sum(remaining):
            return "REFUND_EXCEEDED"
        payments = [leg.payment for leg, figure in zip(legs, remaining, strict=True) if figure]
        for name in (*(payment.destination for payment in payments), *(payment.source for payment in payments)):
            balance = trial._balance(name, "own")
            if balance.state != "OPEN":
                return f"BALANCE_{balance.state}"
        amount = sum(remaining) if refund.amount is None else refund.amount
        if not 0 < amount < AMOUNT_END:
            return "AMOUNT_OUT_OF_BOUNDS"
        if amount > sum(remaining):
            return "REFUND_EXCEEDED"
        for leg, share in zip(legs, spread(amount, remaining), strict=True):
            payer, payee = (trial._balance(side, "own") for side in (leg.payment.destination, leg.payment.source))
            if not share:
                continue
            rejection = funds_rejection(payer, share, refund.overdraft, None) or ceiling_rejection(payee, share)
            if rejection:
                return rejection
            if max(payer.debit, payee.credit) + share > TOTAL_MAX:
                return "TOTAL_OUT_OF_BOUNDS"
            payer.debit += share
            payee.credit += share
            leg.refunded += share
        self.balances, self.splits = trial.balances, trial.splits
        return POSTED
