"""What is done to a whole split or batch: how its holds are committed or voided, and its movements refunded."""

from copy import deepcopy
from dataclasses import dataclass

from tests.model.immediate import ImmediateRules
from tests.model.requests import Payment, Pooled, Refund, ResolveHold, Split
from tests.model.state import (
    AMOUNT_END,
    POSTED,
    TOTAL_MAX,
    Hold,
    Recorded,
    batch_number,
    ceiling_rejection,
    divides_late,
    funds_rejection,
    leg_payments,
    spread,
    take_available,
)


@dataclass
class Part:
    """A movement or hold of a split or batch. A single payment of a batch counts its refunds in ``single``."""

    payment: Payment
    hold: Hold
    single: Recorded | None = None

    @property
    def remaining(self) -> int:
        return self.hold.remaining if self.payment.held else 0

    @property
    def refundable(self) -> int:
        return self.hold.committed - (self.hold.refunded if self.single is None else self.single.refunded)

    def count_refund(self, amount: int) -> None:
        if self.single is None:
            self.hold.refunded += amount
        else:
            self.single.refunded += amount


class CompoundRules(ImmediateRules):
    """An amount is spread over the parts, a commit or void by what each has remaining, a refund, the last part first,
    by what each can still refund. All parts move, or none."""

    def _resolve(self, resolve: ResolveHold) -> str:
        is_whole = resolve.hold in self.splits or batch_number(resolve.hold) is not None
        return self._resolve_whole(resolve) if is_whole else self._resolve_single(resolve)

    def _refund(self, refund: Refund) -> str:
        is_whole = refund.of in self.splits or batch_number(refund.of) is not None
        return self._refund_whole(refund) if is_whole else self._refund_single(refund)

    def refunded(self, key: str) -> int:
        if batch_number(key) is None:
            return super().refunded(key)
        return sum(part.hold.committed - part.refundable for part in self.parts(key))

    # What a split or batch consists of ---------------------------------------------------------

    def _members(self, key: str) -> list[str]:
        """The payments and splits of a batch, in the order in which they were recorded."""
        number = batch_number(key)
        return [
            name
            for name, recorded in self.recorded.items()
            if recorded.batch == number and isinstance(recorded.request, Payment | Split | Pooled)
        ]

    def _is_batch(self, key: str) -> bool:
        """Whether something was recorded as this batch."""
        return any(recorded.batch == batch_number(key) for recorded in self.recorded.values())

    def parts(self, key: str) -> list[Part]:
        """All that a split or batch has moved or held so far. What is deferred, rejected or cancelled has no part."""
        if batch_number(key) is None:
            return [Part(leg.payment, leg) for leg in self.splits[key]]
        members = self._members(key)
        # Legs that came late come last.
        members.sort(key=lambda name: self.late.index(name) + 1 if name in self.late else 0)
        return [part for name in members for part in self._parts_of_member(name)]

    def _parts_of_member(self, name: str) -> list[Part]:
        if name in self.splits:
            return self.parts(name)
        recorded = self.recorded[name]
        if name in self.holds:
            return [Part(recorded.request, self.holds[name], recorded)]
        moved = self._moved(name)
        return [Part(recorded.request, Hold(recorded.request, moved, committed=moved), recorded)] if moved else []

    def _payments_of_batch(self, key: str) -> list[tuple[str, Payment]]:
        """All payments of a batch, whatever became of them, each with its member."""
        found = []
        for name in self._members(key):
            request = self.recorded[name].request
            if name in self.splits:
                payments = [leg.payment for leg in self.splits[name]]
            elif divides_late(request):
                payments = []
            else:
                payments = [request] if isinstance(request, Payment) else leg_payments(request)
            found += [(name, payment) for payment in payments]
        return found

    # Commits and voids -------------------------------------------------------------------------

    def _resolve_whole(self, resolve: ResolveHold) -> str:
        if batch_number(resolve.hold) is not None and not self._is_batch(resolve.hold):
            return "BATCH_NOT_FOUND"
        trial = deepcopy(self)
        parts = [part for part in trial.parts(resolve.hold) if part.payment.held]
        if not parts:
            return "NOT_A_HOLD"
        parts = [part for part in parts if part.remaining]
        if not parts:
            return "HOLD_RESOLVED"
        for name, currency in (
            *((part.payment.source, part.payment.currency) for part in parts),
            *((part.payment.destination, part.payment.currency) for part in parts),
        ):
            balance = self._balance(name, currency)
            if balance.status != "OPEN" and not resolve.void:
                return f"BALANCE_{balance.status}"
        remaining = [part.remaining for part in parts]
        rejection = _amount_rejection(resolve.amount, parts)
        if rejection:
            return rejection
        amount = sum(remaining) if resolve.amount is None else resolve.amount
        if amount > sum(remaining):
            return "HOLD_EXCEEDED"
        for part, share in zip(parts, spread(amount, remaining), strict=True):
            outcome = trial._resolve_amount(part.hold, share, void=resolve.void) if share else POSTED
            if outcome != POSTED:
                return outcome
        self._become(trial)
        return POSTED

    # Refunds -----------------------------------------------------------------------------------

    def _refund_whole(self, refund: Refund) -> str:
        if batch_number(refund.of) is not None and not self._is_batch(refund.of):
            return "BATCH_NOT_FOUND"
        trial = deepcopy(self)
        parts = trial.parts(refund.of)[::-1]
        if not any(part.hold.committed for part in parts):
            return "NOT_REFUNDABLE"
        parts = [part for part in parts if part.refundable]
        if not parts:
            return "REFUND_EXCEEDED"
        for name, currency in (
            *((part.payment.destination, part.payment.currency) for part in parts),
            *((part.payment.source, part.payment.currency) for part in parts),
        ):
            balance = trial._balance(name, currency)
            if balance.status != "OPEN":
                return f"BALANCE_{balance.status}"
        shares = trial._shares_to_refund(refund, parts)
        if isinstance(shares, str):
            return shares
        for part, share in zip(parts, shares, strict=True):
            outcome = trial._refund_part(part, share, refund.overdraft) if share else POSTED
            if outcome != POSTED:
                return outcome
        self._become(trial)
        return POSTED

    def _shares_to_refund(self, refund: Refund, parts: list[Part]) -> list[int] | str:
        """What each part refunds; or, of what is available, as much as its payer has, one part after the other: what
        one refunds is there for the next."""
        refundable = [part.refundable for part in parts]
        rejection = _amount_rejection(refund.amount, parts)
        if rejection:
            return rejection
        amount = sum(refundable) if refund.amount is None else refund.amount
        if not refund.available:
            return spread(amount, refundable) if amount <= sum(refundable) else "REFUND_EXCEEDED"
        trial, shares = deepcopy(self), []
        for part, figure in zip(parts, refundable, strict=True):
            payer, payee = trial._payer_and_payee(part)
            has = take_available(payer, min(figure, amount), refund.overdraft, None)
            if has == "OVERDRAFT_UNBOUNDED":
                return has
            share = 0 if has == "NOTHING_AVAILABLE" else has
            payer.debit += share
            payee.credit += share
            amount -= share
            shares.append(share)
        return shares if any(shares) else "NOTHING_AVAILABLE"

    def _refund_part(self, part: Part, share: int, overdraft: bool) -> str:
        payer, payee = self._payer_and_payee(part)
        rejection = funds_rejection(payer, share, overdraft, None) or ceiling_rejection(payee, share)
        if rejection:
            return rejection
        if max(payer.debit, payee.credit) + share > TOTAL_MAX:
            return "TOTAL_OUT_OF_BOUNDS"
        payer.debit += share
        payee.credit += share
        part.count_refund(share)
        return POSTED

    def _payer_and_payee(self, part: Part):
        currency = part.payment.currency
        return self._balance(part.payment.destination, currency), self._balance(part.payment.source, currency)

    def _become(self, trial: "CompoundRules") -> None:
        self.balances, self.holds, self.splits = trial.balances, trial.holds, trial.splits
        self.recorded = trial.recorded


def _amount_rejection(amount: int | None, parts: list[Part]) -> str | None:
    """An amount has one currency."""
    if amount is None:
        return None
    if len({part.payment.currency for part in parts}) > 1:
        return "CURRENCY_MISMATCH"
    return None if 0 < amount < AMOUNT_END else "AMOUNT_OUT_OF_BOUNDS"
