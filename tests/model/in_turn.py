"""How what is to be done later is accepted, changed, and done in its turn."""

from tests.model.at_once import AtOnce
from tests.model.pages import AMOUNT_END, POSTED, Waits, names_of_pages, short
from tests.model.wishes import NEVER, CallOff, Divide, GiveBack, Later, Move, Order, Pay


class InTurn(AtOnce):
    """What is accepted waits until its turn comes."""

    def _accept_pay(self, pay: Pay, later: Later) -> str:
        """What cannot change any more is judged at once."""
        source, destination = self._page(pay.source, pay.currency), self._page(pay.destination, pay.currency)
        if source is None or destination is None:
            return "BALANCE_NOT_FOUND"
        if source is destination:
            return "SAME_BALANCE"
        if "CLOSED" in (source.state, destination.state):
            return "BALANCE_CLOSED"
        if not pay.currency == source.currency == destination.currency:
            return "CURRENCY_MISMATCH"
        if not 0 < pay.amount < AMOUNT_END:
            return "AMOUNT_OUT_OF_BOUNDS"
        if later.at is not None and later.at <= self.now:
            return "SCHEDULE_IN_PAST"
        sides = names_of_pages(pay)
        if later.covers:
            problem = short(source, pay.amount + self.queued(sides[0])[0], pay.overdraft, pay.limit)
            if problem:
                return problem
        status = "QUEUED" if later.at is None else "SCHEDULED"
        self.waits[pay.key] = Waits(pay, sides, "IN_REVIEW" if later.review else status, later.at, pay.amount)
        return POSTED

    def _accept_return(self, refund: GiveBack, at: int) -> str:
        """What it gives back may still have to come."""
        if refund.of not in self.written:
            return "TRANSACTION_NOT_FOUND"
        written = self.written[refund.of]
        pay = written.wish
        if isinstance(pay, Divide):
            return "FIELD_NOT_SUPPORTED"
        if not isinstance(pay, Pay) or self.status(refund.of) in ("VOID", "REJECTED", "CANCELLED"):
            return "NOT_REFUNDABLE"
        taker, giver = names_of_pages(pay)
        if "CLOSED" in (self.pages[giver].state, self.pages[taker].state):
            return "BALANCE_CLOSED"
        if refund.amount is not None:
            if not 0 < refund.amount < AMOUNT_END:
                return "AMOUNT_OUT_OF_BOUNDS"
            if not pay.held and refund.amount > pay.amount - written.given_back:
                return "REFUND_EXCEEDED"
        if at <= self.now:
            return "SCHEDULE_IN_PAST"
        self.waits[refund.key] = Waits(refund, (giver, taker), "SCHEDULED", at, refund.amount)
        return POSTED

    def _do_now(self, one: Waits) -> None:
        """What waited is judged as if it were asked now."""
        if isinstance(one.wish, Pay):
            one.status, word = "DONE", self._pay(one.wish)
        else:
            returned = self.written[one.wish.of]
            one.status, before = "DONE", returned.given_back
            word = self._give_back(one.wish)
            if word == POSTED:
                one.amount = returned.given_back - before
        if word != POSTED:
            one.status, one.reason = "REJECTED", word

    def _order(self, order: Order) -> str:
        if order.of not in self.written:
            return "TRANSACTION_NOT_FOUND"
        one = self.waits.get(order.of)
        if isinstance(order, CallOff):
            if one is None or not one.is_open:
                return "NOT_CANCELLABLE"
            one.status = "CANCELLED"
        elif isinstance(order, Move):
            if one is None or not one.is_open:
                return "NOT_WAITING"
            if order.at <= self.now:
                return "SCHEDULE_IN_PAST"
            one.at = order.at
            one.status = "IN_REVIEW" if one.status == "IN_REVIEW" else "SCHEDULED"
        else:
            if one is None or one.status != "IN_REVIEW":
                return "NOT_IN_REVIEW"
            if not order.approves:
                one.status, one.reason = "REJECTED", "REVIEW_DENIED"
            elif one.at is not None and one.at > self.now:
                one.status = "SCHEDULED"
            else:
                self._do_now(one)
        return POSTED

    def work_queue(self) -> None:
        """Do what is queued, in the order in which it was accepted."""
        for one in self.waits.values():
            if one.status == "QUEUED":
                self._do_now(one)

    def work_schedule(self) -> None:
        """Do what has a time, but for what never comes: the earlier first, then what was accepted before."""
        scheduled = [one for one in self.waits.values() if one.status == "SCHEDULED" and one.at < NEVER]
        for one in sorted(scheduled, key=lambda one: one.at):
            self._do_now(one)
