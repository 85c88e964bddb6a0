"""How what is to be done later is accepted, changed, and done in its turn."""

from tests.model.at_once import AtOnce
from tests.model.pages import AMOUNT_END, POSTED, Waits, names_of_pages, parts_of, short
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
        return self._wait(pay, later, [pay], pay.limit)

    def _accept_divide(self, asked: Divide, later: Later) -> str:
        problem = self._indivisible(asked, ("CLOSED",))
        if problem:
            return problem
        if not 0 < asked.amount < AMOUNT_END:
            return "AMOUNT_OUT_OF_BOUNDS"
        return self._wait(asked, later, parts_of(asked), None)

    def _wait(self, asked: Pay | Divide, later: Later, pays: list[Pay], limit: int | None) -> str:
        """The times come last, and what is to be covered after them."""
        if later.at is not None and later.at <= self.now:
            return "SCHEDULE_IN_PAST"
        parts = tuple((*names_of_pages(pay), pay.amount) for pay in pays)
        if later.covers:
            source = parts[0][0]
            problem = short(self.pages[source], asked.amount + self.queued(source)[0], asked.overdraft, limit)
            if problem:
                return problem
        status = "IN_REVIEW" if later.review else "QUEUED" if later.at is None else "SCHEDULED"
        keeps = frozenset(name for part in parts for name in part[:2])
        self.waits[asked.key] = Waits(asked, parts, keeps, status, later.at, asked.amount)
        return POSTED

    def _accept_return(self, refund: GiveBack, at: int) -> str:
        """What it gives back may still have to come."""
        if refund.of not in self.written:
            return "TRANSACTION_NOT_FOUND"
        wish = self.written[refund.of].wish
        if not isinstance(wish, Pay | Divide) or self.status(refund.of) in ("VOID", "REJECTED", "CANCELLED"):
            return "NOT_REFUNDABLE"
        if any(self.pages[name].state == "CLOSED" for pay in self._may_give(wish) for name in names_of_pages(pay)):
            return "BALANCE_CLOSED"
        if refund.amount is not None:
            if not 0 < refund.amount < AMOUNT_END:
                return "AMOUNT_OUT_OF_BOUNDS"
            if not wish.held and refund.amount > wish.amount - self.given_back(refund.of):
                return "REFUND_EXCEEDED"
        if at <= self.now:
            return "SCHEDULE_IN_PAST"
        pays = [wish] if isinstance(wish, Pay) else parts_of(wish)
        keeps = frozenset(name for pay in pays for name in names_of_pages(pay))
        # What each of several will give back is not known yet.
        parts = ((*names_of_pages(wish)[::-1], refund.amount or 0),) if isinstance(wish, Pay) else ()
        self.waits[refund.key] = Waits(refund, parts, keeps, "SCHEDULED", at, refund.amount)
        return POSTED

    def _may_give(self, wish: Pay | Divide) -> list[Pay]:
        """What has something to give back, or may have some day. A single one is not asked."""
        if isinstance(wish, Pay):
            return [wish]
        if wish.key not in self.divided:
            return parts_of(wish)
        return [one.pay for one in self.divided[wish.key] if one.left or one.committed > one.given]

    def _do_now(self, one: Waits) -> None:
        """What waited is judged as if it were asked now."""
        one.status = "DONE"
        if isinstance(one.wish, Pay):
            word = self._pay(one.wish)
        elif isinstance(one.wish, Divide):
            word = self._divide(one.wish)
        else:
            before = self.given_back(one.wish.of)
            word = self._give_back(one.wish)
            if word == POSTED:
                one.amount = self.given_back(one.wish.of) - before
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
