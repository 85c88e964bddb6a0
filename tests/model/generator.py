"""Random requests."""

import itertools
from collections import deque
from collections.abc import Iterable
from dataclasses import replace

import hypothesis.strategies as st

from tests.model.books import Books
from tests.model.requests import (
    NEVER,
    AdjustHold,
    Amendment,
    Cancel,
    Deferral,
    Payment,
    Pooled,
    Refund,
    Request,
    Reschedule,
    ResolveHold,
    Review,
    Split,
    changed,
)

OWN = ("alice", "bob", "carol", "@World", "@Fees")
LEAVING = "erin"
"""The owner of a balance that receives money at the beginning, passes it on and may then be closed."""
FOREIGN = "dora"
"""The owner of a balance in another currency."""
SIDES = st.sampled_from((*OWN, *OWN, *OWN, FOREIGN, LEAVING, "nobody"))
OWNERS = st.sampled_from(("alice", "bob", "carol"))
ANY_OWN = st.sampled_from(OWN)
DIFFERENT = st.permutations(OWN).map(lambda names: names[:2])
SMALL = st.integers(1, 120)
SOME = st.integers(1, 5)
AMOUNTS = st.one_of(SMALL, st.sampled_from([0, 10**36 - 1, 10**36]))
LIMITS = st.none() | st.integers(0, 150)
FLAGS = st.booleans()
NOTES = st.sampled_from(["", "a note"])
CURRENCIES = st.sampled_from(["own"] * 9 + [""] * 3 + ["foreign"])
SHARES = st.lists(st.tuples(SIDES, SMALL), min_size=1, max_size=4).map(tuple)
PAYEES = st.lists(
    st.tuples(st.sampled_from(OWN[:3] + OWN[4:]), SMALL), min_size=2, max_size=4, unique_by=lambda share: share[0]
).map(tuple)
HOW_RESOLVED = st.sampled_from(["all", "part", "void", "all without reference", "void without reference"])
CHANGES = st.sampled_from(["none", "none", "none", "amount", "kind", "held", "sides", "note"])
KINDS = st.sampled_from(
    ["funding", "payment", "overdraft", "hold", "resolve", "resolve", "adjust", "adjust", "refund", "split",
     "held split", "deferred", "likely deferred", "likely deferred", "split deferred", "refund deferred", "amend",
     "amend", "sweep", "pooled"]
)  # fmt: skip
HOW_DEFERRED = st.sampled_from(["queued", "queued", "at a time", "in review", "in review at a time"])
WHEN = st.sampled_from(["soon", "soon", "soon", "never", "past"])
WHICH = st.sampled_from(["first", "second", "neither"])
SOMETIMES = st.sampled_from([True, False, False])
APPLIED_NOT_PREVIEWED = st.sampled_from([True, True, True, False])
AMENDMENTS = st.sampled_from(["cancel", "reschedule", "approve", "approve", "deny"])

EFFECTIVE = st.sampled_from([None, None, None, -86_400, 3_600])
NEW_EXPIRY = st.sampled_from([None, None, "never", "past"])

MINUTE = 60


class RequestGenerator:
    """Draws the requests of one program, in view of its books. Without a clock nothing becomes due."""

    def __init__(self, books: Books, *, has_clock: bool) -> None:
        self._books = books
        self._has_clock = has_clock
        self._references = (f"r{count}" for count in itertools.count(1))
        self._moments = itertools.count(1)
        self._earlier: deque[str] = deque(maxlen=6)
        """The references of the last requests, which may stand before the next one in the same batch."""

    def begin(self, data: st.DataObject) -> list[Request]:
        """The first requests of a program: funds, a hold, a split, and deferred requests."""
        funds = Payment("r0", "@World", "alice", 200, overdraft=True)
        held = data.draw(FLAGS)
        may_exceed = held and data.draw(FLAGS)
        paid = Payment(self._name(), "@World", "bob", 100, held, overdraft=True, allow_over_commit=may_exceed)
        shares = (("bob", 30), (LEAVING, 1), ("alice", 50))
        split = Split(self._name(), "@World", shares, held=data.draw(FLAGS), overdraft=True)
        emptying = Payment(self._name(), LEAVING, "@Fees", 1)
        queued = self._dependent_pair(data, Deferral(), Deferral())
        if self._has_clock:
            queued += self._on_schedule(data)
        likely = [self._likely_deferred(data, self._name()) for _ in range(data.draw(SOME))]
        return [funds, paid, split, emptying, *queued, *likely]

    def follow(self, data: st.DataObject) -> list[Request]:
        """The next requests: commits or voids of holds, a refund now and a refund later."""
        holds = [_resolve(self._name(), self._hold(data), data.draw(HOW_RESOLVED), data.draw(SMALL)) for _ in range(2)]
        return [*holds, self._refund(data, None), self._refund(data, self._time(data))]

    def approved_and_undone(self, data: st.DataObject) -> list[Request]:
        """A split that takes what is available is approved, and what it moved or holds is refunded or resolved, perhaps
        in the same commit: before the database has its legs."""
        pooled = self._pooled(data, self._name(), is_likely=True)
        has_remainder = pooled.last_pays_remainder and len(pooled.sources) > 1
        pooled = replace(pooled, last_pays_remainder=has_remainder, deferral=Deferral(review=True))
        by_reference = {"by_reference": True}
        if pooled.held:
            resolve = _resolve(self._name(), pooled.key, data.draw(HOW_RESOLVED), data.draw(SMALL))
            undoing: Request = _valid(replace(resolve, **by_reference))
        else:
            undoing = replace(self._refund(data, None), of=pooled.key, **by_reference)
        return [pooled, Review(self._name(), pooled.key, approves=True, **by_reference), undoing]

    def requests(self, data: st.DataObject, count: int, *, of_earlier: bool = True) -> list[Request]:
        """Requests for one batch. They may be about requests before them."""
        requests = []
        for _ in range(count):
            requests.append(self._request(data))
            if of_earlier and isinstance(requests[-1], Payment | Split | Pooled | Refund):
                self._earlier.append(requests[-1].key)
        return requests

    def repeated(self, data: st.DataObject, count: int) -> list[Request]:
        """Recorded requests again, as they were or with one thing changed."""
        recorded = self._books.recorded
        requests: list[Request] = []
        for key in data.draw(st.lists(st.sampled_from(sorted(recorded)), min_size=1, max_size=count, unique=True)):
            change = data.draw(CHANGES)
            request = recorded[key].request
            if isinstance(request, ResolveHold | AdjustHold | Refund | Amendment):
                request = replace(request, by_reference=data.draw(FLAGS))
            requests.append(request if change == "none" else _valid(changed(request, change)))
        return requests

    def amendment(self, data: st.DataObject, what: str) -> Cancel | Reschedule | Review:
        """An amendment, more often than not of a deferred request."""
        open_keys = [key for key, deferred in self._books.deferred.items() if deferred.is_open]
        in_review = [key for key, deferred in self._books.deferred.items() if deferred.status == "IN_REVIEW"]
        likely = in_review if what in ("approve", "deny") and in_review else open_keys
        batches = [f"batch {self._books.recorded[key].batch or 0}" for key in likely]
        others = ["never posted", *self._books.recorded, *self._earlier]
        of, reference = data.draw(st.sampled_from([*others, *likely * 4, *batches * 2])), self._name()
        naming = {"by_reference": self._by_reference(data, of)}
        if what == "reschedule":
            return Reschedule(reference, of, self._time(data, exact=True), **naming)
        optional = reference if data.draw(FLAGS) else ""
        return Cancel(optional, of, **naming) if what == "cancel" else Review(optional, of, what == "approve", **naming)

    def _by_reference(self, data: st.DataObject, of: str) -> bool:
        """What is not recorded yet has no id."""
        return (of in self._earlier and of not in self._books.recorded) or data.draw(FLAGS)

    # Deferred from the beginning ---------------------------------------------------------------

    def _on_schedule(self, data: st.DataObject) -> list[Request]:
        """Two requests: due at one time and accepted in order, or accepted in reverse order and due in order."""
        soon = self._books.now + 10 * MINUTE
        if data.draw(FLAGS):
            return self._dependent_pair(data, Deferral(soon), Deferral(soon))
        return self._dependent_pair(data, Deferral(soon), Deferral(soon + MINUTE))[::-1]

    def _dependent_pair(self, data: st.DataObject, first: Deferral, second: Deferral) -> list[Request]:
        """Two requests of which the second has funds only after the first."""
        name, other, split = self._name(), self._name(), data.draw(WHICH)
        return [
            Split(name, "alice", (("@Fees", 10), ("carol", 90)), deferral=first)
            if split == "first"
            else Payment(name, "alice", "carol", 90, deferral=first),
            Split(other, "carol", (("@Fees", 80), ("@World", 10)), deferral=second)
            if split == "second"
            else Payment(other, "carol", "@Fees", 90, deferral=second),
        ]

    # One request -------------------------------------------------------------------------------

    def _name(self) -> str:
        return next(self._references)

    def _request(self, data: st.DataObject) -> Request:
        reference, kind = self._name(), data.draw(KINDS)
        if kind == "resolve":
            hold = self._whole_or_single(data)
            resolve = _resolve(reference, hold, data.draw(HOW_RESOLVED), data.draw(SMALL))
            terms = {"effective": data.draw(EFFECTIVE), "by_reference": self._by_reference(data, hold)}
            return _valid(replace(resolve, **terms))
        if kind == "adjust":
            return self._adjust(data, reference)
        if kind == "likely deferred":
            return self._likely_deferred(data, reference)
        if kind.startswith("refund"):
            at = self._time(data) if kind.endswith("deferred") else None
            return self._refund(data, at)
        if kind == "sweep":
            return self._sweep(data, reference)
        if kind == "pooled":
            return self._pooled(data, reference)
        if kind == "amend":
            return self.amendment(data, data.draw(AMENDMENTS))
        if kind.startswith("split"):
            deferral = self._deferral(data) if kind.endswith("deferred") else None
            terms = {"held": data.draw(FLAGS), "overdraft": data.draw(FLAGS), "deferral": deferral}
            return Split(reference, data.draw(SIDES), data.draw(SHARES), **terms)
        if kind == "held split":
            return Split(reference, "@World", data.draw(PAYEES), held=True, overdraft=True)
        if kind == "funding":
            return Payment(reference, "@World", data.draw(OWNERS), data.draw(SMALL), overdraft=True)
        if kind == "hold":
            sides = data.draw(ANY_OWN), data.draw(ANY_OWN)
            terms = {"held": True, "overdraft": True}
            return Payment(reference, *sides, data.draw(SMALL), **terms, allow_over_commit=data.draw(FLAGS))
        sides, held = (data.draw(SIDES), data.draw(SIDES)), data.draw(FLAGS)
        if kind == "overdraft":
            return Payment(reference, *sides, data.draw(SMALL), held, overdraft=True, limit=data.draw(LIMITS))
        amount, currency = data.draw(AMOUNTS), data.draw(CURRENCIES)
        if kind == "payment":
            return Payment(reference, *sides, amount, held, currency=currency, note=data.draw(NOTES))
        overdraft = data.draw(FLAGS)
        limit = data.draw(LIMITS) if overdraft else None
        return Payment(reference, *sides, amount, held, overdraft, limit, currency, deferral=self._deferral(data))

    def _sweep(self, data: st.DataObject, reference: str) -> Payment | Split:
        """All that is available, in one payment or in a split; without a floor or a limit there is no end of it."""
        overdraft, held = data.draw(SOMETIMES), data.draw(FLAGS)
        if data.draw(SOMETIMES):
            payees = data.draw(PAYEES)
            others = [name for name in OWN if name not in dict(payees)]
            source = data.draw(st.sampled_from(others))
            deferral = self._deferral(data) if data.draw(FLAGS) else None
            return Split(reference, source, payees, held, overdraft, deferral=deferral, available=True)
        source, destination = data.draw(DIFFERENT)
        limit = data.draw(LIMITS) if overdraft else None
        deferral = self._deferral(data) if data.draw(FLAGS) else None
        at_most = data.draw(st.none() | AMOUNTS)
        terms = {"deferral": deferral, "available": True}
        return Payment(reference, source, destination, at_most, held, overdraft, limit, **terms)

    def _pooled(self, data: st.DataObject, reference: str, *, is_likely: bool = False) -> Pooled:
        """A single source that pays the remainder gives nothing of what it has available: that is not deferred here."""
        destination, *sources = data.draw(st.permutations(OWN))
        sources, has_remainder = sources[: data.draw(st.integers(1, 4))], data.draw(FLAGS)
        is_deferred = (is_likely or data.draw(FLAGS)) and not (has_remainder and len(sources) == 1)
        terms = {"held": data.draw(FLAGS), "overdraft": data.draw(SOMETIMES)}
        terms["deferral"] = self._deferral(data, likely=is_likely) if is_deferred else None
        at_most = data.draw(st.none() | SMALL)
        return Pooled(reference, tuple(sources), destination, data.draw(SMALL), at_most, has_remainder, **terms)

    def _likely_deferred(self, data: st.DataObject, reference: str) -> Payment | Split | Pooled:
        """A deferred request that is accepted, unless check_deferred finds no cover."""
        if data.draw(SOMETIMES):
            return self._pooled(data, reference, is_likely=True)
        terms = {"held": data.draw(FLAGS), "overdraft": data.draw(FLAGS), "deferral": self._deferral(data, likely=True)}
        if data.draw(SOMETIMES):
            payees = data.draw(PAYEES)
            others = [name for name in OWN if name not in dict(payees)]
            return Split(reference, data.draw(st.sampled_from(others)), payees, **terms)
        sides = data.draw(DIFFERENT)
        return Payment(reference, *sides, data.draw(SMALL), **terms)

    def _deferral(self, data: st.DataObject, *, likely: bool = False) -> Deferral:
        how, check_deferred = data.draw(HOW_DEFERRED), data.draw(FLAGS)
        at = self._time(data, exact="review" in how, likely=likely) if how.endswith("time") else None
        return Deferral(at, "review" in how, check_deferred)

    def _time(self, data: st.DataObject, *, exact: bool = False, likely: bool = False) -> int:
        """A time that is ahead for the processes and due for the database, or NEVER, or a past time. Requests may
        share a time, unless it is exact: exact times are for requests whose order at one time is not defined."""
        when = "soon" if likely else data.draw(WHEN)
        if when == "past":
            return self._books.now - MINUTE
        if when == "never" or not self._has_clock:
            return NEVER
        offset = next(self._moments) if exact else 0
        return self._books.now + MINUTE * data.draw(st.integers(10, 12)) + offset

    def _refund(self, data: st.DataObject, at: int | None) -> Refund:
        """A refund, more often than not of something that can be refunded."""
        books = self._books
        likely = [key for key in books.recorded if books.refundable(key)]
        others = [*books.holds, *books.splits], [*books.deferred], [*books.recorded]
        of = self._key_from(data, likely, likely, self._batches_of(likely), self._batches_of(books.recorded), *others)
        terms = {"at": at, "available": data.draw(FLAGS), "effective": data.draw(EFFECTIVE)}
        terms["by_reference"] = self._by_reference(data, of)
        return Refund(self._name(), of, data.draw(st.none() | SMALL), data.draw(FLAGS), **terms)

    def _adjust(self, data: st.DataObject, reference: str) -> AdjustHold:
        """An adjustment, more often than not of an open hold. The times that it gives never come."""
        expires = data.draw(NEW_EXPIRY)
        at = None if expires is None else NEVER if expires == "never" else self._books.now - MINUTE
        only_time = at is not None and data.draw(FLAGS)
        change = None if only_time else data.draw(st.sampled_from(["total", "increase", "decrease"]))
        amount = None if only_time else data.draw(AMOUNTS)
        hold = self._hold(data)
        return AdjustHold(reference, hold, change, amount, at, by_reference=self._by_reference(data, hold))

    def _hold(self, data: st.DataObject) -> str:
        """The key of a hold, more often than not of an open one."""
        books = self._books
        open_holds = [name for name, hold in books.holds.items() if hold.remaining]
        open_holds += [name for name, legs in books.splits.items() if any(leg.remaining for leg in legs)]
        return self._key_from(data, open_holds, open_holds, open_holds, [*books.deferred], [*books.recorded])

    def _whole_or_single(self, data: st.DataObject) -> str:
        """The key of a hold, or a batch, more often than not one with open holds."""
        books = self._books
        batches = self._batches_of(books.recorded)
        if not batches or data.draw(SOMETIMES):
            return self._hold(data)
        holding = [batch for batch in batches if any(part.remaining for part in books.parts(batch))]
        return data.draw(st.sampled_from([*batches, *holding * 3]))

    def _batches_of(self, keys: Iterable[str]) -> list[str]:
        """The batches that these requests came with."""
        numbers = {self._books.recorded[key].batch for key in keys} - {None}
        return [f"batch {number}" for number in sorted(numbers)]

    def _key_from(self, data: st.DataObject, *groups: list[str]) -> str:
        """A key from one of the groups that are not empty, or of an earlier request; now and then an unknown key."""
        all_groups = (*groups, [*self._earlier])
        return data.draw(st.sampled_from(data.draw(st.sampled_from([*filter(None, all_groups), ["never posted"]]))))


def _resolve(reference: str, hold: str, how: str, amount: int) -> ResolveHold:
    optional = "" if how.endswith("without reference") else reference
    return ResolveHold(optional, hold, amount if how == "part" else None, how.startswith("void"))


def _valid(request: Request) -> Request:
    """The request as a client can send it: a void has no amount and no time, and an amount needs a reference. A commit
    with a time has one too, so that its row is found by it."""
    if isinstance(request, ResolveHold) and (request.void or not request.reference):
        request = replace(request, effective=None)
    if isinstance(request, ResolveHold) and request.amount is not None and (request.void or not request.reference):
        return ResolveHold(request.reference, request.hold, None, request.void, request.note)
    return request
