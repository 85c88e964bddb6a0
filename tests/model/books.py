"""A second set of books, kept in plain Python and written apart from the ledger's own rules.

Everything has a name here that the test gives it: balances, references, and a hold is named by the
reference that made it. Money is in minor units. An answer is one word: "posted", "replayed" or the
reason of a rejection.
"""

from copy import deepcopy

from tests.model.in_turn import InTurn
from tests.model.pages import POSTED, REPLAYED, Written
from tests.model.wishes import CallOff, Divide, GiveBack, Move, Pay, Review, Settle, Wish


class Books(InTurn):
    """The second set."""

    def do(self, wishes: list[Wish], *, atomic: bool = False, as_batch: bool = False) -> list[str]:
        """Do what is wished, in order; one word for each."""
        self.batches += 1
        batch = self.batches if atomic or as_batch else None
        if not atomic:
            return [self._one(wish, batch) for wish in wishes]
        known = [wish.key in self.written for wish in wishes]
        if any(known):
            return self._again(wishes, known)
        trial = deepcopy(self)
        words = []
        for wish in wishes:
            words.append(trial._one(wish, batch))
            if words[-1] not in (POSTED, REPLAYED):
                return _all_rejected(len(wishes), {len(words) - 1: words[-1]})
        self.pages, self.holds, self.divided, self.written = trial.pages, trial.holds, trial.divided, trial.written
        self.waits = trial.waits
        return words

    def would(self, wishes: list[Wish], *, atomic: bool = False) -> list[str]:
        """What do() would say, without doing it."""
        return deepcopy(self).do(wishes, atomic=atomic)

    def set_floor(self, name: str, floor: int | None) -> bool:
        """Whether the floor may be set: it must not be above what is free."""
        if floor is not None and floor > self.pages[name].free:
            return False
        self.pages[name].floor = floor
        return True

    def set_ceiling(self, name: str, ceiling: int | None) -> bool:
        """Whether the ceiling may be set: it must not be below what is there and promised."""
        if ceiling is not None and self.pages[name].promised > ceiling:
            return False
        self.pages[name].ceiling = ceiling
        return True

    def set_state(self, name: str, state: str) -> str:
        """The word for a freeze, an unfreeze or a close."""
        page = self.pages[name]
        if page.state == "CLOSED" != state:
            return "BALANCE_CLOSED"
        awaited = any(one.is_open and name in one.keeps for one in self.waits.values())
        if state == "CLOSED" and (page.credit != page.debit or page.coming or page.going or awaited):
            return "BALANCE_NOT_EMPTY"
        page.state = state
        return POSTED

    # How it is judged --------------------------------------------------------------------------

    def _again(self, wishes: list[Wish], known: list[bool]) -> list[str]:
        batches = {self.written[wish.key].batch for wish in wishes if wish.key in self.written}
        if not all(known) or len(batches) > 1 or None in batches:
            return _all_rejected(
                len(wishes), {place: "REFERENCES_ALREADY_RECORDED" for place, one in enumerate(known) if one}
            )
        words = [self._repeat(wish) for wish in wishes]
        conflicts = {place: word for place, word in enumerate(words) if word != REPLAYED}
        return _all_rejected(len(wishes), conflicts) if conflicts else words

    def _repeat(self, wish: Wish) -> str:
        return REPLAYED if self.written[wish.key].wish == wish else "REFERENCE_CONFLICT"

    def _one(self, wish: Wish, batch: int | None) -> str:
        if wish.key in self.written:
            return self._repeat(wish)
        word = self._done(wish)
        if word == POSTED:
            self.written[wish.key] = Written(wish, batch)
        return word

    def _done(self, wish: Wish) -> str:
        if isinstance(wish, Pay):
            return self._pay(wish) if wish.later is None else self._accept_pay(wish, wish.later)
        if isinstance(wish, Divide):
            return self._divide(wish) if wish.later is None else self._accept_divide(wish, wish.later)
        if isinstance(wish, CallOff | Move | Review):
            return self._order(wish)
        if isinstance(wish, GiveBack) and wish.at is not None:
            return self._accept_return(wish, wish.at)
        return self._settle(wish) if isinstance(wish, Settle) else self._give_back(wish)


def _all_rejected(count: int, causes: dict[int, str]) -> list[str]:
    return [causes.get(place, "NOT_APPLIED_WITH_GROUP") for place in range(count)]
