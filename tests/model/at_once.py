"""How what is asked is done at once, or rejected."""

from copy import deepcopy

from tests.model.pages import AMOUNT_END, POSTED, TOTAL_MAX, Pages, Reserved, over, parts_of, short, spread
from tests.model.wishes import Divide, GiveBack, Pay, Settle


class AtOnce(Pages):
    """Money is moved, held, settled and given back."""

    def _pay(self, pay: Pay) -> str:
        source, destination = self._page(pay.source, pay.currency), self._page(pay.destination, pay.currency)
        if source is None or destination is None:
            return "BALANCE_NOT_FOUND"
        if source is destination:
            return "SAME_BALANCE"
        for page in (source, destination):
            if page.state != "OPEN":
                return f"BALANCE_{page.state}"
        if not pay.currency == source.currency == destination.currency:
            return "CURRENCY_MISMATCH"
        if not 0 < pay.amount < AMOUNT_END:
            return "AMOUNT_OUT_OF_BOUNDS"
        problem = short(source, pay.amount, pay.overdraft, pay.limit) or over(destination, pay.amount)
        if problem:
            return problem
        if pay.held:
            if max(source.going, destination.coming) + pay.amount > TOTAL_MAX:
                return "TOTAL_OUT_OF_BOUNDS"
            source.going += pay.amount
            destination.coming += pay.amount
            self.holds[pay.reference] = Reserved(pay, pay.amount)
        else:
            if max(source.debit, destination.credit) + pay.amount > TOTAL_MAX:
                return "TOTAL_OUT_OF_BOUNDS"
            source.debit += pay.amount
            destination.credit += pay.amount
        return POSTED

    def _settle(self, settle: Settle) -> str:
        return self._settle_all(settle) if settle.hold in self.divided else self._settle_single(settle)

    def _give_back(self, refund: GiveBack) -> str:
        return self._give_all_back(refund) if refund.of in self.divided else self._give_single_back(refund)

    def _settle_single(self, settle: Settle) -> str:
        if settle.hold not in self.written:
            return "TRANSACTION_NOT_FOUND"
        hold = self.holds.get(settle.hold)
        if hold is None:
            wish = self.written[settle.hold].wish
            return "HOLD_NOT_IN_PLACE" if isinstance(wish, Pay | Divide) and wish.held else "NOT_A_HOLD"
        if hold.left == 0:
            return "HOLD_SETTLED"
        source, destination = (self._page(side, hold.pay.currency) for side in (hold.pay.source, hold.pay.destination))
        for page in (source, destination):
            if page.state != "OPEN" and not settle.void:
                return f"BALANCE_{page.state}"
        amount = hold.left if settle.amount is None else settle.amount
        if not 0 < amount < AMOUNT_END:
            return "AMOUNT_OUT_OF_BOUNDS"
        beyond = max(0, amount - hold.left)
        if beyond:
            if not hold.pay.stretches:
                return "HOLD_EXCEEDED"
            problem = short(source, beyond, hold.pay.overdraft, hold.pay.limit) or over(destination, beyond)
            if problem:
                return problem
        return self._settle_one(hold, amount, void=settle.void, beyond=beyond)

    def _give_single_back(self, refund: GiveBack) -> str:
        written = self.written.get(refund.of)
        if written is None:
            return "TRANSACTION_NOT_FOUND"
        moved = self._moved(refund.of)
        if not moved:
            return "NOT_REFUNDABLE"
        left = moved - written.given_back
        if not left:
            return "REFUND_EXCEEDED"
        pay = written.wish
        giver, taker = (self._page(side, pay.currency) for side in (pay.destination, pay.source))
        for page in (giver, taker):
            if page.state != "OPEN":
                return f"BALANCE_{page.state}"
        amount = left if refund.amount is None else refund.amount
        if not 0 < amount < AMOUNT_END:
            return "AMOUNT_OUT_OF_BOUNDS"
        if amount > left:
            return "REFUND_EXCEEDED"
        problem = short(giver, amount, refund.overdraft, None) or over(taker, amount)
        if problem:
            return problem
        if max(giver.debit, taker.credit) + amount > TOTAL_MAX:
            return "TOTAL_OUT_OF_BOUNDS"
        giver.debit += amount
        taker.credit += amount
        written.given_back += amount
        return POSTED

    def left_to_give(self, key: str) -> int:
        """How much can be given back of what a wish moved."""
        if key in self.divided:
            return sum(leg.committed - leg.given for leg in self.divided[key])
        return self._moved(key) - self.written[key].given_back

    def _moved(self, key: str) -> int:
        """What it moved that can be given back: of a hold what was committed; only drafts can."""
        wish = self.written[key].wish
        if not isinstance(wish, Pay) or (key in self.waits and self.waits[key].status != "DONE"):
            return 0
        return self.holds[key].committed if wish.held else wish.amount

    # What is divided ---------------------------------------------------------------------------

    def _divide(self, asked: Divide) -> str:
        """A payment to each, all or none."""
        problem = self._indivisible(asked, ("FROZEN", "CLOSED"))
        if problem:
            return problem
        trial, parts = deepcopy(self), parts_of(asked)
        for part in parts:
            word = trial._pay(part)
            if word != POSTED:
                return word
        if asked.held:
            legs = [trial.holds.pop(part.key) for part in parts]
        else:
            # What moved at once is as if it had been held and committed.
            legs = [Reserved(part, part.amount, committed=part.amount) for part in parts]
        trial.divided[asked.reference] = legs
        self.pages, self.holds, self.divided = trial.pages, trial.holds, trial.divided
        return POSTED

    def _indivisible(self, asked: Divide, barred: tuple[str, ...]) -> str | None:
        """What stands against the pages, if some states bar them."""
        names = [name for name, _ in asked.parts]
        if len(set(names)) < len(names):
            return "SPLIT_INVALID"
        everybody = [self._page(name, "own") for name in (asked.source, *names)]
        if None in everybody:
            return "BALANCE_NOT_FOUND"
        if asked.source in names:
            return "SAME_BALANCE"
        for page in everybody:
            if page.state in barred:
                return f"BALANCE_{page.state}"
        return "CURRENCY_MISMATCH" if any(page.currency != "own" for page in everybody) else None

    def _settle_all(self, settle: Settle) -> str:
        """What was divided is settled as one: the part of each by what each still has."""
        holds = self.divided[settle.hold]
        if not holds[0].pay.held:
            return "NOT_A_HOLD"
        left = [hold.left for hold in holds]
        if not sum(left):
            return "HOLD_SETTLED"
        open_holds = [hold.pay for hold in holds if hold.left]
        for name in (*(pay.source for pay in open_holds), *(pay.destination for pay in open_holds)):
            page = self._page(name, "own")
            if page.state != "OPEN" and not settle.void:
                return f"BALANCE_{page.state}"
        amount = sum(left) if settle.amount is None else settle.amount
        if not 0 < amount < AMOUNT_END:
            return "AMOUNT_OUT_OF_BOUNDS"
        if amount > sum(left):
            return "HOLD_EXCEEDED"
        trial = deepcopy(self)
        for hold, part in zip(trial.divided[settle.hold], spread(amount, left), strict=True):
            if part:
                word = trial._settle_one(hold, part, void=settle.void)
                if word != POSTED:
                    return word
        self.pages, self.divided = trial.pages, trial.divided
        return POSTED

    def _settle_one(self, hold: Reserved, amount: int, *, void: bool, beyond: int = 0) -> str:
        """So much of one hold; what is beyond it was never held."""
        source, destination = (self._page(side, "own") for side in (hold.pay.source, hold.pay.destination))
        if not void and max(source.debit, destination.credit) + amount > TOTAL_MAX:
            return "TOTAL_OUT_OF_BOUNDS"
        source.going -= amount - beyond
        destination.coming -= amount - beyond
        if void:
            hold.voided += amount
        else:
            hold.committed += amount
            source.debit += amount
            destination.credit += amount
        return POSTED

    def _give_all_back(self, refund: GiveBack) -> str:
        """What was divided is given back, the last first: of each by what it can still give."""
        trial = deepcopy(self)
        legs = trial.divided[refund.of][::-1]
        if not any(leg.committed for leg in legs):
            return "NOT_REFUNDABLE"
        left = [leg.committed - leg.given for leg in legs]
        if not sum(left):
            return "REFUND_EXCEEDED"
        giving = [leg.pay for leg, one in zip(legs, left, strict=True) if one]
        for name in (*(pay.destination for pay in giving), *(pay.source for pay in giving)):
            page = trial._page(name, "own")
            if page.state != "OPEN":
                return f"BALANCE_{page.state}"
        amount = sum(left) if refund.amount is None else refund.amount
        if not 0 < amount < AMOUNT_END:
            return "AMOUNT_OUT_OF_BOUNDS"
        if amount > sum(left):
            return "REFUND_EXCEEDED"
        for leg, part in zip(legs, spread(amount, left), strict=True):
            giver, taker = (trial._page(side, "own") for side in (leg.pay.destination, leg.pay.source))
            if not part:
                continue
            problem = short(giver, part, refund.overdraft, None) or over(taker, part)
            if problem:
                return problem
            if max(giver.debit, taker.credit) + part > TOTAL_MAX:
                return "TOTAL_OUT_OF_BOUNDS"
            giver.debit += part
            taker.credit += part
            leg.given += part
        self.pages, self.divided = trial.pages, trial.divided
        return POSTED
