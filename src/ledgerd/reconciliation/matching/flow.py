"""The best assignment of records to entries in one block of pairs: a flow of least cost, in whole numbers.

Units flow from classes of records to classes of entries, or stay unmatched at no cost. The classes of records join one
after the other, and each sends its units along the shortest path that is left (Dijkstra on costs that potentials keep
at zero or above). The potentials that remain at the end say which results are the best: those that use nothing but
edges whose cost is used up by the potentials of their ends. Among them the ids decide, record by record.
"""

import heapq
from collections.abc import Sequence

from ledgerd.reconciliation.matching.candidates import Candidate, Classes, Effort
from ledgerd.reconciliation.matching.outcome import Match

_UNMATCHED = -1
"""The node that rows come from and go to when they become matched or unmatched."""


def assign(pairs: Sequence[Candidate], classes: Classes, effort: Effort) -> list[Match]:
    """The best result of these pairs, at most one for each two classes, in the order of ids."""
    network = Network(pairs, classes, effort)
    for record in range(len(network.supply)):
        network.join(record)
    return _Ids(network, classes, effort).choose()


def _costs(pairs: Sequence[Candidate], units: int) -> list[int]:
    """A number for each pair. Sums over at most ``units`` pairs compare like levels, then drifts, then distances."""
    one_drift = units * max(pair.distance for pair in pairs) + 1
    weight = (units * max(pair.drift for pair in pairs) + 1) * one_drift
    weights = {}
    for level in sorted({pair.level for pair in pairs}, reverse=True):
        weights[level] = weight
        weight *= units + 1
    return [pair.drift * one_drift + pair.distance - weights[pair.level] for pair in pairs]


class Network:
    """Classes as nodes, numbered from 0 on either side in the order of their smallest ids."""

    def __init__(self, pairs: Sequence[Candidate], classes: Classes, effort: Effort) -> None:
        records = sorted({pair.records[0] for pair in pairs}, key=lambda number: classes.records[number][0])
        entries = sorted({pair.entries[0] for pair in pairs}, key=lambda number: classes.entries[number][0])
        self.record_classes, self.entry_classes, self.effort = records, entries, effort
        self.supply = [len(classes.records[number]) for number in records]
        self.free = [len(classes.entries[number]) for number in entries]
        self.unmatched = [0] * len(records)
        self.inflow: list[dict[int, int]] = [{} for _ in entries]
        """Of each entry class: the units that come from a record class, where there are any."""
        self.record_potential, self.entry_potential = [0] * len(records), [0] * len(entries)
        self.edges: list[list[tuple[int, int, Candidate]]] = [[] for _ in records]
        """Of each record class: entry class, cost, pair."""
        record_places = {number: place for place, number in enumerate(records)}
        entry_places = {number: place for place, number in enumerate(entries)}
        costs = _costs(pairs, min(sum(self.supply), sum(self.free)))
        for pair, cost in zip(pairs, costs, strict=True):
            self.edges[record_places[pair.records[0]]].append((entry_places[pair.entries[0]], cost, pair))
        for edges in self.edges:
            edges.sort()

    def join(self, record: int) -> None:
        """Send the units of one more class, so that the flow of all that joined stays one of least cost."""
        reduced = (cost - self.entry_potential[entry] for entry, cost, _ in self.edges[record])
        self.record_potential[record] = min(0, *reduced) if self.edges[record] else 0
        units = self.supply[record]
        while units:
            units -= _Paths(self, record, units).send()


class _Paths:
    """The shortest paths from one class of records to a free entry, or to a record that becomes unmatched instead."""

    def __init__(self, network: Network, source: int, units: int) -> None:
        self.network, self.source, self.units = network, source, units
        self.record_distance, self.entry_distance = {source: 0}, dict[int, int]()
        self.from_entry, self.from_record = dict[int, int](), dict[int, int]()
        self.tentative: dict[int, int] = {}
        self.heap: list[tuple[int, bool, int]] = []
        """By length; of equally long ways the one that ends."""
        self.unmatched_at, self.unmatched_distance = source, -network.record_potential[source]
        self._look_from(source, 0)

    def _look_from(self, record: int, distance: int) -> None:
        network, tentative, settled = self.network, self.tentative, self.entry_distance
        edges, potentials, limit = network.edges[record], network.entry_potential, self.unmatched_distance
        network.effort.spend(len(edges))
        base = distance - network.record_potential[record]
        for entry, cost, _ in edges:
            length = base + cost - potentials[entry]
            if length < limit and entry not in settled:
                known = tentative.get(entry)
                if known is None or length < known:
                    tentative[entry] = length
                    self.from_record[entry] = record
                    heapq.heappush(self.heap, (length, not network.free[entry], entry))

    def send(self) -> int:
        """Send as many units as the first path that ends takes, and say how many."""
        network, sent = self.network, 0
        while self.heap and self.heap[0][0] < self.unmatched_distance:
            distance, _, entry = heapq.heappop(self.heap)
            if entry in self.entry_distance:
                continue
            self.entry_distance[entry] = distance
            if network.free[entry]:
                is_direct = self.from_record[entry] == self.source
                sent += self._move(entry, min(self.units - sent, network.free[entry]), _UNMATCHED)
                # A direct path shortens no other, so the search goes on from where it is.
                if not is_direct or sent == self.units:
                    return self._end(distance, sent)
            self._pass_through(entry, distance)
        return self._end(self.unmatched_distance, sent + self._leave_unmatched(self.units - sent))

    def _pass_through(self, entry: int, distance: int) -> None:
        """Whatever record has this entry may take another one instead, at no further cost than that one's."""
        for record in self.network.inflow[entry]:
            if record not in self.record_distance:
                self.record_distance[record] = distance
                self.from_entry[record] = entry
                length = distance - self.network.record_potential[record]
                if length < self.unmatched_distance:
                    self.unmatched_at, self.unmatched_distance = record, length
                self._look_from(record, distance)

    def _leave_unmatched(self, units: int) -> int:
        network, record = self.network, self.unmatched_at
        if record != self.source:
            units = self._move(self.from_entry[record], units, record)
        network.unmatched[record] += units
        return units

    def _move(self, entry: int, units: int, leaving: int) -> int:
        """Move units along the path to an entry that has as many free, or that ``leaving`` has and gives up."""
        network = self.network
        steps, place = [(entry, leaving)], entry
        while (record := self.from_record[place]) != self.source:
            place = self.from_entry[record]
            steps.append((place, record))
        units = min(units, *(network.inflow[at][gives] for at, gives in steps if gives != _UNMATCHED), units)
        for at, gives in steps:
            takes, inflow = self.from_record[at], network.inflow[at]
            inflow[takes] = inflow.get(takes, 0) + units
            if gives == _UNMATCHED:
                network.free[at] -= units
            elif inflow[gives] == units:
                del inflow[gives]
            else:
                inflow[gives] -= units
        return units

    def _end(self, distance: int, sent: int) -> int:
        """Raise the potentials, so that the next search sees no cost below zero."""
        for record, at in self.record_distance.items():
            self.network.record_potential[record] += distance - at
        for entry, at in self.entry_distance.items():
            self.network.entry_potential[entry] -= distance - at
        return sent


class _Ids:
    """Among the best results, the one of the smallest ids.

    The records are gone through by their ids. Each takes the entry of the smallest id that some best result gives it,
    in view of what those before it took. A best result can be changed into another only along a circle of edges that
    cost nothing, so an entry can be taken if there is a way from it to the record that takes it.
    """

    def __init__(self, network: Network, classes: Classes, effort: Effort) -> None:
        self.network, self.effort = network, effort
        self.records = [classes.records[number] for number in network.record_classes]
        self.entries = [classes.entries[number] for number in network.entry_classes]
        self.used = [0] * len(self.entries)
        """How many rows of an entry class are taken. Its rows are taken in the order of their ids."""
        self.tight = [
            {
                entry: pair
                for entry, cost, pair in edges
                if cost == network.record_potential[record] + network.entry_potential[entry]
            }
            for record, edges in enumerate(network.edges)
        ]
        self.available = [sorted((self.entries[entry][0], entry) for entry in tight) for tight in self.tight]
        """Of each record class: the entries it may still have, as a heap by their next row."""
        self.first_entry = len(self.records)
        self.part: dict[int, int] = {}
        """Nodes of different parts are on no common circle: there is no way out of those that a vain search found."""
        self.parts = 0

    def choose(self) -> list[Match]:
        rows = sorted((row, record) for record, rows in enumerate(self.records) for row in rows)
        matches = []
        for row, record in rows:
            entry = self._first_entry(record)
            if entry is None:
                self.network.unmatched[record] -= 1
                continue
            pair = self.tight[record][entry]
            taken = self.entries[entry][self.used[entry]]
            self.used[entry] += 1
            _take(self.network.inflow[entry], record)
            matches.append(Match(pair.level, (row,), (taken,), pair.drift, pair.distance))
        return matches

    def _first_entry(self, record: int) -> int | None:
        network, available = self.network, self.available[record]
        while available:
            self.effort.spend(1)
            row, entry = available[0]
            used = self.used[entry]
            if used == len(self.entries[entry]):
                heapq.heappop(available)
            elif row != self.entries[entry][used]:
                heapq.heapreplace(available, (self.entries[entry][used], entry))
            elif record in network.inflow[entry] or self._turn(record, entry):
                return entry
            else:
                heapq.heappop(available)  # What later records take opens no way that is closed now.
        return None

    def _turn(self, record: int, entry: int) -> bool:
        """Change the flow along a circle through this edge, if there is one, so that the record has this entry."""
        start = self.first_entry + entry
        if self.part.get(start) != self.part.get(record):
            return False
        came_from, found = {start: record}, [start]
        for node in found:
            if record in came_from:
                break
            following = [at for at in self._following(node) if at not in came_from]
            self.effort.spend(len(following) + 1)
            for at in following:
                came_from[at] = node
            found.extend(following)
        if record not in came_from:
            self.parts += 1
            self.part.update(dict.fromkeys(found, self.parts))
            return False
        node = record
        while True:
            before = came_from[node]
            self._change(before, node)
            node = before
            if node == record:
                return True

    def _following(self, node: int) -> list[int]:
        """Where a circle can go on: to an entry that is taken, to a record that gives one up, or to unmatched rows."""
        network, part = self.network, self.part.get(node)
        following: list[int]
        if node == _UNMATCHED:
            given_up = (self.first_entry + entry for entry, inflow in enumerate(network.inflow) if inflow)
            following = [at for at in given_up if not network.entry_potential[at - self.first_entry]]
            following += [record for record, units in enumerate(network.unmatched) if units]
        elif node < self.first_entry:
            following = [self.first_entry + entry for entry in self.tight[node]]
            following += [] if network.record_potential[node] else [_UNMATCHED]
        else:
            following = list(network.inflow[node - self.first_entry])
            following += [_UNMATCHED] if network.free[node - self.first_entry] else []
        return [at for at in following if self.part.get(at) == part]

    def _change(self, node: int, following: int) -> None:
        network = self.network
        if node == _UNMATCHED:
            if following < self.first_entry:
                network.unmatched[following] -= 1
            else:
                network.free[following - self.first_entry] += 1
        elif node < self.first_entry:
            if following == _UNMATCHED:
                network.unmatched[node] += 1
            else:
                inflow = network.inflow[following - self.first_entry]
                inflow[node] = inflow.get(node, 0) + 1
        elif following == _UNMATCHED:
            network.free[node - self.first_entry] -= 1
        else:
            _take(network.inflow[node - self.first_entry], following)


def _take(inflow: dict[int, int], record: int) -> None:
    if inflow[record] == 1:
        del inflow[record]
    else:
        inflow[record] -= 1
