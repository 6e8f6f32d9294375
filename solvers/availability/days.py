"""Service days as bits: which starts are open for a party while every other party stays where it is (F-AVL-01, 02, 06).

Sets and data
    d ∈ D   days, all of one floor                       t ∈ T   tables; P places over them (`Floor`)
    i       cells of `step_min` minutes from `origin_min` on; free_{d,t,i} = no stay and no closing on t touches cell i
    room    covers that may still start in cell i: the least of what the limits on starting leave there
    spare   covers that may still be at table all through cell i: the least of what the limits on sitting leave
Question
    start i is open for a party of c covers staying k cells  iff  i is offered, room_i ≥ c, spare ≥ c in i…i+k−1, and
    some suiting place has all its tables free in i…i+k−1
Stays are rounded outward to cells. That stays exact, because starts asked for and stays asked for are whole cells:
[s, s+k·step) meets [a, b) iff it meets the cells that [a, b) touches. `step_for` gives the largest such step.

Kept up to date by `take`, `release`, `close` and `reopen`, each in the cells it touches; they commute, and a stay taken
twice has to be released twice.
"""

from collections.abc import Iterable, Sequence
from math import gcd

import numpy as np

from solvers.availability import bits
from solvers.availability.floor import Floor
from solvers.availability.hours import Cap, Hours
from solvers.seating.evening import Party
from solvers.seating.problem import ANYWHERE

PLENTY = 30_000
"""Covers; stands for "no limit". Fits 16 bits with all that may be taken off it."""

SUITING_MOST = 512
"""Kinds of parties whose places are remembered."""


def step_for(starts: Iterable[int], stays: Iterable[int], origin_min: int) -> int:
    """The largest step on which these starts and stays (turn and buffer) are whole cells."""
    return gcd(*(start - origin_min for start in starts), *stays)


class _Caps:
    """The limits on starting of one day: those given one by one, then the pacing's windows, with what has come in each.
    Found by the minute, since a day has a hundred windows.
    """

    def __init__(self, hours: Hours, until: int) -> None:
        size = hours.pacing.window_min if hours.pacing.covers else 0
        self.own, self.size = len(hours.starting), size
        windows = (Cap(at, at + size, hours.pacing.covers) for at in range(0, until, size)) if size else ()
        self.all = (*hours.starting, *windows)
        self.come = np.zeros(len(self.all), np.int32)

    def meeting(self, start: int, end: int) -> list[int]:
        """The limits that hold somewhere in [start, end)."""
        found = [at for at in range(self.own) if self.all[at].start < end and start < self.all[at].end]
        if self.size and end > 0:
            found += range(self.own + max(0, start) // self.size, self.own - (-end // self.size))
        return [at for at in found if at < len(self.all)]


class Days:
    """A run of days of one floor; `day` counts from 0.

    Nobody stays beyond `until_min`. Raises ValueError for a start off the grid or a day that is no whole number of
    cells, and later for a stay asked for that is none.
    """

    def __init__(self, floor: Floor, days: Sequence[Hours], *, origin_min: int, until_min: int, step_min: int) -> None:
        self.floor, self.origin_min, self.until_min, self.step_min = floor, origin_min, until_min, step_min
        cells, over = divmod(until_min - origin_min, step_min)
        if over:
            raise ValueError(f"{origin_min} to {until_min} is not made of {step_min} min")
        count, tables = len(days), len(floor.tables)
        self._users = np.zeros((count, tables, cells), np.int16)
        self._shut = np.zeros((count, tables, cells), np.int16)
        self._octets = cells // 8 + 1  # of a day: at least one bit between two days is nobody's
        self._day = (1 << cells) - 1
        whole = sum(self._day << self._first_bit(day) for day in range(count))
        self._free = [whole] * tables  # of all days
        self._offered = 0
        self._room = np.full((count, cells), PLENTY, np.int16)
        self._spare = np.full((count, cells), PLENTY, np.int16)
        self._sitting = np.zeros((count, until_min - origin_min), np.int16)
        self._serve = np.full((count, until_min - origin_min), PLENTY, np.int16)
        self._seats = np.full((count, cells), int(floor.seats.sum()), np.int32)
        self._caps: list[_Caps] = []
        self._staffed: list[bool] = []
        self._suiting: dict[tuple[int, bool, int, int], list[tuple[int, ...]]] = {}
        self._starts: list[np.ndarray] = []
        for day, hours in enumerate(days):
            self._set_hours(day, hours)

    def _set_hours(self, day: int, hours: Hours) -> None:
        at = np.array(sorted(set(hours.starts or ())), np.int64) - self.origin_min
        if len(at) and (at[0] < 0 or at[-1] >= self.until_min - self.origin_min or (at % self.step_min).any()):
            raise ValueError(f"day {day}: a start off the grid")
        self._starts.append(at // self.step_min)
        for cell in self._starts[-1].tolist():
            self._offered |= 1 << (self._first_bit(day) + cell)
        self._caps.append(_Caps(hours, self.until_min))
        for cap in self._caps[-1].all:
            cells = slice(*self._starting_in(cap))
            self._room[day, cells] = np.minimum(self._room[day, cells], min(cap.covers, PLENTY))
        self._staffed.append(bool(hours.sitting))
        for cap in hours.sitting:
            low, high = self._inside(cap.start, cap.end)
            self._serve[day, low:high] = np.minimum(self._serve[day, low:high], min(cap.covers, PLENTY))
        self._refresh_spare(day, 0, self._sitting.shape[1])

    def take(self, day: int, tables: Iterable[int], start: int, end: int, covers: int) -> None:
        """A party of `covers` holds `tables` during [start, end), cleaning included."""
        self._stay(day, tables, start, end, covers, 1)

    def release(self, day: int, tables: Iterable[int], start: int, end: int, covers: int) -> None:
        """The very stay that was taken, undone."""
        self._stay(day, tables, start, end, covers, -1)

    def close(self, day: int, table: int, start: int, end: int) -> None:
        """Nobody may be planned at `table` during [start, end): out of use, its area closed, rain."""
        self._closing(day, table, start, end, 1)

    def reopen(self, day: int, table: int, start: int, end: int) -> None:
        """The very closing that was made, undone."""
        self._closing(day, table, start, end, -1)

    def starts(self, day: int, party: Party, *, firm: bool = True) -> np.ndarray:
        """The open starts, in minutes, ascending. `firm`: the party's area and features must be met, not only liked;
        its `start` is not looked at.
        """
        return bits.positions(self.bits(day, party, firm=firm)) * self.step_min + self.origin_min

    def bits(self, day: int, party: Party, *, firm: bool = True) -> int:
        """The same as bits, cell i in bit i: nothing is unpacked that nobody reads."""
        skip, offered = self._first_bit(day), self._offered >> self._first_bit(day) & self._day
        want = self._wanted(offered, (day,), skip, party)
        places = self._places(party, firm=firm) if want else []

        def free(table: int) -> int:
            return self._free[table] >> skip & self._day

        return bits.starts(free, places, want, bits.shifts(self._cells(party)))

    def open_days(self, party: Party, *, firm: bool = True, first: int = 0, last: int | None = None) -> np.ndarray:
        """For each day of [first, last): is any start open?"""
        last = len(self._starts) if last is None else last
        want = self._wanted(self._offered, range(first, last), 0, party)
        found = bits.starts(
            self._free.__getitem__, self._places(party, firm=firm), want, bits.shifts(self._cells(party))
        )  # fmt: skip
        days = bits.octets(found, self._octets * len(self._starts)).reshape(-1, self._octets)
        return np.logical_or.reduce(days[first:last], axis=1)

    def loads(self, *, first: int = 0, last: int | None = None) -> np.ndarray:
        """For each day of [first, last), covers at table at the starts offered over the covers that could be, 0..1; 1
        where none could.
        """
        last = len(self._starts) if last is None else last
        of = np.repeat(np.arange(last - first), [len(cells) for cells in self._starts[first:last]])
        cells = np.concatenate([np.empty(0, np.int64), *self._starts[first:last]])
        minutes = cells * self.step_min
        taken = np.bincount(of, self._sitting[first:last][of, minutes], last - first)
        could = np.minimum(self._seats[first:last][of, cells], self._serve[first:last][of, minutes])
        most = np.bincount(of, could, last - first)
        return np.where(most > 0, np.minimum(1.0, taken / np.maximum(most, 1)), 1.0)

    def covers(self, day: int) -> tuple[np.ndarray, np.ndarray]:
        """At each start offered: covers at table then, and the most that could be (open seats, staff on duty)."""
        cells = self._starts[day]
        minutes = cells * self.step_min
        return self._sitting[day, minutes], np.minimum(self._seats[day, cells], self._serve[day, minutes])

    def same_as(self, other: "Days") -> bool:
        """Whether both hold the same state, to the last cell: for those who keep one and rebuild another."""
        kept = ("_users", "_shut", "_room", "_spare", "_sitting", "_serve", "_seats")
        bits_of = (self._free, self._offered)
        return bits_of == (other._free, other._offered) and all(  # noqa: SLF001 its own kind
            np.array_equal(getattr(self, name), getattr(other, name)) for name in kept) and all(
            np.array_equal(here.come, there.come)
            for here, there in zip(self._caps, other._caps, strict=True)  # noqa: SLF001 its own kind
        )

    def _places(self, party: Party, *, firm: bool) -> list[tuple[int, ...]]:
        """The places that suit the party, the one that wastes least first; remembered, for parties are alike."""
        key = (party.covers, party.accessible, party.area if firm else ANYWHERE, party.features if firm else 0)
        found = self._suiting.get(key)
        if found is None:
            if len(self._suiting) >= SUITING_MOST:
                self._suiting.clear()
            found = self._suiting[key] = [self.floor.places[at].tables for at in self.floor.suiting(*key)]
        return found

    def _wanted(self, offered: int, days: Iterable[int], skip: int, party: Party) -> int:
        """Of the starts offered, from bit `skip` on, those at which the limits of these days let the party come."""
        for day in days:
            lets = self._day
            if self._caps[day].all:
                lets &= bits.of(self._room[day] >= party.covers)
            if self._staffed[day]:
                run = bits.of(self._spare[day] >= party.covers)
                for by in bits.shifts(self._cells(party)):
                    run &= run >> by
                lets &= run
            offered &= ~((self._day ^ lets) << (self._first_bit(day) - skip))
        return offered

    def _first_bit(self, day: int) -> int:
        return day * self._octets * 8

    def _stay(self, day: int, tables: Iterable[int], start: int, end: int, covers: int, by: int) -> None:
        first, last = self._touched(start, end)
        for table in tables:
            self._mark(day, table, first, last, by)
        low, high = self._inside(start, end)
        self._sitting[day, low:high] += covers * by
        self._refresh_spare(day, low, high)
        caps = self._caps[day]
        for at in caps.meeting(start, start + 1):
            caps.come[at] += covers * by
            self._refresh_room(day, caps.all[at])

    def _closing(self, day: int, table: int, start: int, end: int, by: int) -> None:
        first, last = self._touched(start, end)
        self._mark(day, table, first, last, by)
        before = self._shut[day, table, first:last] > 0
        self._shut[day, table, first:last] += by
        after = self._shut[day, table, first:last] > 0
        self._seats[day, first:last] += (before.astype(np.int32) - after) * int(self.floor.seats[table])

    def _mark(self, day: int, table: int, first: int, last: int, by: int) -> None:
        """`by` users more in cells [first, last) of a table; a cell is free while it has none."""
        if first >= last:
            return
        users = self._users[day, table, first:last]
        users += by
        touched, skip = ((1 << last) - 1) & -(1 << first), self._first_bit(day)
        open_now = bits.of(users == 0) << first
        self._free[table] = self._free[table] & ~(touched << skip) | open_now << skip

    def _refresh_room(self, day: int, touched: Cap) -> None:
        """What may still start in the cells of one limit, over all limits that hold there."""
        caps = self._caps[day]
        low, high = self._starting_in(touched)
        self._room[day, low:high] = PLENTY
        for at in caps.meeting(touched.start, touched.end):
            first, last = self._starting_in(caps.all[at])
            cells = slice(max(low, first), min(high, last))
            left = min(PLENTY, caps.all[at].covers - int(caps.come[at]))
            self._room[day, cells] = np.minimum(self._room[day, cells], max(left, -PLENTY))

    def _refresh_spare(self, day: int, low: int, high: int) -> None:
        if low >= high:
            return
        first, last = low // self.step_min, -(-high // self.step_min)
        minutes = slice(first * self.step_min, min(last * self.step_min, self._sitting.shape[1]))
        left = self._serve[day, minutes].astype(np.int32) - self._sitting[day, minutes]
        left[self._serve[day, minutes] == PLENTY] = PLENTY
        self._spare[day, first:last] = np.minimum.reduceat(left, np.arange(0, len(left), self.step_min))

    def _cells(self, party: Party) -> int:
        cells, over = divmod(party.turn_min + party.buffer_min, self.step_min)
        if over:
            raise ValueError(f"a stay of {party.turn_min}+{party.buffer_min} min is not made of {self.step_min} min")
        return cells

    def _inside(self, start: int, end: int) -> tuple[int, int]:
        high = self.until_min - self.origin_min
        return min(max(start - self.origin_min, 0), high), min(max(end - self.origin_min, 0), high)

    def _touched(self, start: int, end: int) -> tuple[int, int]:
        low, high = self._inside(start, end)
        return low // self.step_min, -(-high // self.step_min)

    def _starting_in(self, cap: Cap) -> tuple[int, int]:
        """The cells that begin inside a limit's span."""
        low, high = self._inside(cap.start, cap.end)
        return -(-low // self.step_min), -(-high // self.step_min)
