"""Wait quotes on evenings nobody has seen: is the interval honest, and is the quote better than an average of the last?

A house has a law of its own for how long parties stay (unlike the default: another level, sizes and hours that matter,
lingerers, slow and quick evenings, stages, a few tables nobody cleared in time) that the quotes never see. A host plays
evenings minute by minute: bookings, walk-ins, a line served first come, first served, tables joined, cleaning that
takes what it takes. The quotes learn from the first evenings' records; on the later ones each party that has to wait
is quoted when it joins, and what it waited is set against that. The rival averages the last 30 waits.
"""

import math
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from msgspec import Struct, structs

from bench.report import Report, spread
from bench.solvers.evenings import Kind
from solvers.quoting.calibration import Promise, calibrate
from solvers.quoting.simulate import NEVER, POINTS, Coming, Evening, Sitter, Waiting, clearing, simulate, warm
from solvers.quoting.turns import STAGES, History, Turns, default, learn
from solvers.seating.evening import Place
from solvers.seating.problem import Party, Table

OPENS, CLOSES = 17 * 60, 23 * 60
LAST_SEATING = CLOSES - 45
BUFFER_MIN = 12
NEED_MIN = 90
HOUR = 60
NOW = 19 * 60 + 30  # when latency is measured
LINES = (8, 20)
WALK_INS = (1, 2, 2, 2, 2, 3, 4, 4, 5, 6)


class Law(Struct, frozen=True):
    """How long parties really stay here. Never shown to the quotes."""

    level: float  # minutes of a party of two at seven
    by_size: float  # a share more for every person above two
    late: float  # factor from eight on
    spread: float  # one over the square root of a gamma's shape
    linger: float  # share of parties that stay half as long again
    evening: float  # spread of the log between evenings
    order: float  # share of the turn until ordered


HOUSES = {
    "bistro": Law(62, 0.10, 1.15, 0.22, 0.08, 0.08, 0.12),
    "family": Law(78, 0.05, 0.92, 0.30, 0.05, 0.05, 0.18),
    "tasting": Law(112, 0.04, 1.05, 0.18, 0.12, 0.10, 0.10),
}

CROWDS = {"calm": 0.35, "full": 0.6}
"""Walk-ins a minute and hundred tables."""


class Guest(Struct):
    """A party: booked at `due` for `tables`, or a walk-in that comes at `due`."""

    covers: int
    due: int
    tables: tuple[int, ...] = ()
    at: tuple[int, ...] = ()
    sat: int = -1
    leaves: int = 0
    stages: tuple[int, ...] = ()
    key: int = 0


class Room(Struct):
    tables: list[Table]
    pairs: list[Place]


def room(tables: int, rng: np.random.Generator) -> Room:
    sizes = rng.choice([2, 2, 4, 4, 4, 6], tables)
    floor = [Table(1 if size <= 4 else 3, int(size), accessible=bool(rng.random() < 0.4)) for size in sizes]
    pairs = []
    for a in range(tables - 1):
        if a % 4 != 3:
            most = max(floor[a].max_covers, floor[a + 1].max_covers)
            pairs.append(Place((a, a + 1), most + 1, floor[a].max_covers + floor[a + 1].max_covers))
    return Room(floor, pairs)


class Night:
    """One evening under the law, minute by minute."""

    def __init__(self, law: Law, here: Room, rng: np.random.Generator, crowd: float) -> None:
        self.law, self.room, self.rng = law, here, rng
        self.mood = float(rng.normal(0.0, law.evening))
        self.table: list[Guest | None] = [None] * len(here.tables)
        self.dirty_until = [0] * len(here.tables)
        self.left_at = [0] * len(here.tables)
        self.booked: list[list[Guest]] = [[] for _ in here.tables]
        self.gone: list[Guest] = []
        self.line: list[Guest] = []
        self.came: list[Guest] = []  # walk-ins
        self.key = 0
        self._book()
        rate = crowd * len(here.tables) / 100
        self.walk_ins = [
            self.guest(int(rng.choice(WALK_INS)), minute)
            for minute in range(OPENS + 20, LAST_SEATING - 45)
            for _ in range(int(rng.poisson(rate * (1.5 if 18 * 60 < minute < 20 * 60 + 30 else 0.5))))
        ]

    def guest(self, covers: int, due: int, tables: tuple[int, ...] = ()) -> Guest:
        self.key += 1
        return Guest(covers, due, tables, key=self.key)

    def _book(self) -> None:
        for at, table in enumerate(self.room.tables):
            first = OPENS + 15 * int(self.rng.integers(0, 12))
            for due in (first, first + 135 + 15 * int(self.rng.integers(0, 4))):
                if due < LAST_SEATING and self.rng.random() < 0.45:
                    covers = int(self.rng.integers(max(1, table.max_covers - 1), table.max_covers + 1))
                    self.booked[at].append(self.guest(covers, due, (at,)))

    def sit(self, guest: Guest, tables: tuple[int, ...], now: int) -> None:
        law, rng = self.law, self.rng
        typical = law.level * (1 + law.by_size * (guest.covers - 2)) * (law.late if now >= 20 * 60 else 1.0)
        shape = 1 / law.spread**2
        stay = typical * math.exp(self.mood) * float(rng.gamma(shape, 1 / shape))
        stay *= 1.5 if rng.random() < law.linger else 1.0
        stay = max(15.0, stay)
        marks = [0.0, law.order, 0.4, 0.84, 0.93]
        begun = [0, *(round(stay * min(0.97, mark * float(rng.uniform(0.8, 1.2)))) for mark in marks[1:])]
        guest.at, guest.sat, guest.leaves = tables, now, now + max(1, round(stay))
        guest.stages = tuple(now + mark for mark in np.maximum.accumulate(begun))
        for at in tables:
            self.table[at] = guest

    def _free(self, at: int, now: int, *, own: Guest | None = None) -> bool:
        if self.table[at] is not None or self.dirty_until[at] > now:
            return False
        ahead = [guest for guest in self.booked[at] if guest is not own]
        return own is not None or not ahead or ahead[0].due >= now + NEED_MIN

    def _place(self, covers: int, now: int) -> tuple[int, ...] | None:
        fits = [
            (table.max_covers - covers, 0, (at,)) for at, table in enumerate(self.room.tables)
            if table.min_covers <= covers <= table.max_covers and self._free(at, now)
        ]  # fmt: skip
        fits += [
            (pair.max_covers - covers, 1, pair.tables) for pair in self.room.pairs
            if pair.min_covers <= covers <= pair.max_covers and all(self._free(at, now) for at in pair.tables)
        ]  # fmt: skip
        return min(fits)[2] if fits else None

    def minutes(self) -> Iterator[tuple[int, list[Guest]]]:
        """Plays on; after each minute those who have just joined the line."""
        coming = list(self.walk_ins)
        for now in range(OPENS, LAST_SEATING):
            changed = False
            for at, guest in enumerate(self.table):
                if guest is not None and guest.leaves <= now:
                    self.table[at], self.left_at[at] = None, now
                    self.dirty_until[at] = now + int(self.rng.integers(7, 18))
                    if guest.at[0] == at:
                        self.gone.append(guest)
                changed |= self.dirty_until[at] == now or now == OPENS
            for at, waiting in enumerate(self.booked):
                if waiting and waiting[0].due <= now and self._free(at, now, own=waiting[0]):
                    self.sit(waiting.pop(0), (at,), now)
            new = []
            while coming and coming[0].due <= now:
                new.append(coming.pop(0))
            self.line += new
            self.came += new
            if new or changed:
                for guest in list(self.line):
                    found = self._place(guest.covers, now)
                    if found:
                        self.sit(guest, found, now)
                        self.line.remove(guest)
            yield now, [guest for guest in new if guest in self.line]
        self.gone += {guest.key: guest for guest in self.table if guest is not None}.values()  # they leave in the end


def records(nights: list[Night], rng: np.random.Generator) -> History:
    """What the house has written down, forgotten tables and missing stages included."""
    rows = [(night, guest) for night, evening in enumerate(nights) for guest in evening.gone]
    turn = np.array([guest.leaves - guest.sat for _, guest in rows], float)
    forgotten = rng.random(len(rows)) < 0.03
    turn[forgotten] += rng.uniform(60, 240, int(forgotten.sum()))
    began = np.array([[mark - guest.sat for mark in guest.stages] for _, guest in rows], float)
    began[rng.random(len(rows)) < 0.2, 1:] = np.nan
    return History(
        np.array([guest.covers for _, guest in rows]), np.array([guest.sat // 60 for _, guest in rows]),
        np.array([night for night, _ in rows]), began, turn,
    )  # fmt: skip


def _stage(guest: Guest, now: int) -> tuple[int, int]:
    stage = max(at for at in range(len(STAGES)) if guest.stages[at] <= now)
    return stage, now - guest.stages[stage]


def question(night: Night, turns: Turns, now: int) -> Evening:
    """What the house knows at this minute. The last in line is the one to be quoted."""
    sitting = {guest.key: guest for guest in night.table if guest is not None}
    turns = turns.tonight(
        ([g.covers for g in night.gone], [g.sat // 60 for g in night.gone], [g.leaves - g.sat for g in night.gone]),
        ([g.covers for g in sitting.values()], [g.sat // 60 for g in sitting.values()],
         [now - g.sat for g in sitting.values()]),
    )  # fmt: skip
    rows: list[tuple[int, int, int, float]] = []

    def row(stage: int, covers: int, hour: int, past: float) -> int:
        rows.append((stage, covers, hour, past))
        return len(rows) - 1

    floor, cleared = [], []
    at_table = {key: row(*_turn(guest, now)) for key, guest in sitting.items()}
    for at, guest in enumerate(night.table):
        if guest is not None:
            floor.append(Sitter(draw=at_table[guest.key], key=guest.key))
        elif night.dirty_until[at] > now:  # the house knows since when, not until when
            cleared.append(clearing(now - night.left_at[at], BUFFER_MIN))
            floor.append(Sitter(draw=-1 - len(cleared), key=-1 - at, clearing=True))
        else:
            floor.append(Sitter())
    coming = [
        Coming(guest.tables, max(0, guest.due - now), row(0, guest.covers, guest.due // 60, 0.0), guest.key)
        for booked in night.booked for guest in booked
    ]  # fmt: skip
    line = [
        Waiting(Party(guest.covers, NEED_MIN, NEED_MIN), row(0, guest.covers, (now + 20) // 60, 0.0), guest.key)
        for guest in night.line
    ]  # fmt: skip
    expected = [  # the last hour's walk-ins once more
        Waiting(
            Party(guest.covers, NEED_MIN, NEED_MIN), row(0, guest.covers, now // 60, 0.0), 10_000 + guest.key,
            arrives_min=guest.due + HOUR - now,
        )
        for guest in night.came if guest.due > now - HOUR
    ]  # fmt: skip
    draws = np.vstack([turns.remaining(*zip(*rows, strict=True), points=POINTS), *cleared])
    floor = [structs.replace(s, draw=len(rows) - 2 - s.draw) if s.clearing else s for s in floor]
    return Evening(
        night.room.tables, night.room.pairs, floor, coming, line, [], draws, BUFFER_MIN, LAST_SEATING - now,
        expected, turns.shift_sd,
    )  # fmt: skip


def _turn(guest: Guest, now: int) -> tuple[int, int, int, float]:
    stage, past = _stage(guest, now)
    return stage, guest.covers, guest.sat // 60, float(past)


def study(law: Law, *, tables: int, before: int, evenings: int, crowd: float, seed: int) -> dict[str, Any]:
    """One house: so many evenings to learn from, so many to be judged by."""
    rng = np.random.default_rng(seed)
    here = room(tables, rng)
    past: list[Night] = []
    waits: list[float] = []
    for _ in range(before):
        night = Night(law, here, rng, crowd)
        joined = [guest for _, new in night.minutes() for guest in new]
        waits += [guest.sat - guest.due for guest in sorted(joined, key=lambda g: g.sat) if guest.sat >= 0]
        past.append(night)
    turns = learn(records(past, rng), 90.0)
    promises: list[Promise] = []
    known: list[list[float]] = []
    unseated = 0
    for _ in range(evenings):
        night = Night(law, here, rng, crowd)
        told: dict[int, tuple[Any, list[float]]] = {}
        joined, seated = [], set()
        for now, new in night.minutes():
            joined += new
            for guest in sorted((g for g in joined if g.sat == now and g.key not in seated), key=lambda g: g.due):
                waits.append(guest.sat - guest.due)
                seated.add(guest.key)
            for guest in new:
                answer = simulate(question(night, turns, now), seed=seed)
                told[guest.key] = answer.line[night.line.index(guest)], waits[-60:]
        for guest in sorted((g for g in joined if g.sat >= 0), key=lambda g: g.sat):
            wait, rival = told[guest.key]
            if wait.median is None:
                unseated += 1
                continue
            quoted = NEVER if wait.quote is None else wait.quote
            promises.append(Promise(wait.low, wait.median, wait.high, quoted, guest.sat - guest.due))
            known.append(rival)
        unseated += sum(guest.sat < 0 for guest in joined)
    found = calibrate(promises, known)
    mean = sum(p.waited for p in promises) / max(1, len(promises))
    return {
        "n": found.n, "mean_wait": mean, "coverage": found.coverage, "kept": found.kept, "bias": found.bias,
        "error": found.error, "mean_of_last": found.mean_of_last, "ratio": found.ratio, "out_of_sight": unseated,
    }  # fmt: skip


def measure(report: Report, kinds: Sequence[Kind]) -> None:
    """What a quote takes on floors of every size, and whether it is true: each house on calm and on full evenings."""
    warm()
    for tables in sorted({kind.tables for kind in kinds}):
        for line in LINES:
            spent = latency(tables, line, report.seed, rounds=40 if report.quick else 200)
            spread(report, "quotes", f"{tables} tables, {line} in line", spent, "ms", p50=10.0)
    nights, judged = (15, 6) if report.quick else (30, 20)
    studies = []
    for at, (name, law) in enumerate(HOUSES.items()):
        for when, crowd in CROWDS.items():
            seed = report.seed + 10 + at
            studies.append(study(law, tables=40, before=nights, evenings=judged, crowd=crowd, seed=seed))
            _tell(report, f"{name}, {when}", studies[-1])
    promises = sum(found["n"] for found in studies)
    coverage = sum(found["coverage"] * found["n"] for found in studies) / promises
    note = f"{promises:.0f} promises; the waits of one evening are alike, so a few evenings say little"
    report.add("quotes", "every house", "coverage, off 0.8 by", abs(coverage - 0.8), "share", at_most=0.05, note=note)


def _tell(report: Report, subject: str, found: dict[str, float]) -> None:
    note = f"{found['n']:.0f} promises, mean wait {found['mean_wait']:.0f} min"
    report.add("quotes", subject, "coverage of P10-P90", found["coverage"], "share", note=note)
    report.add("quotes", subject, "seated by the quote", found["kept"], "share")
    report.add("quotes", subject, "median too long by", found["bias"], "min")
    report.add("quotes", subject, "mean error", found["error"], "min")
    report.add("quotes", subject, "mean of last 30, error", found["mean_of_last"], "min")
    report.add("quotes", subject, "error to that", found["ratio"], "ratio", at_most=0.75)


def latency(tables: int, line: int, seed: int, *, rounds: int) -> list[float]:
    """Milliseconds of the processor for one look at a full floor: what is left of every turn, `line` parties and four
    probes, two thousand runs."""
    rng = np.random.default_rng(seed)
    turns, spent = default(90.0), []
    for _ in range(rounds):
        night = Night(HOUSES["family"], room(tables, rng), rng, crowd=0.0)
        for minute, _ in night.minutes():
            for at in range(tables):
                if night.table[at] is None and night.dirty_until[at] <= minute and rng.random() < 0.3:
                    night.sit(night.guest(night.room.tables[at].max_covers, minute), (at,), minute)
            if minute == NOW:
                break
        night.line = [night.guest(int(rng.choice(WALK_INS)), NOW) for _ in range(line)]
        began = time.thread_time()
        evening = question(night, turns, NOW)
        probes = [Waiting(Party(covers, NEED_MIN, NEED_MIN), 0, 20_000 + covers) for covers in (2, 4, 6, 12)]
        simulate(structs.replace(evening, probes=probes), seed=seed)
        spent.append(1000 * (time.thread_time() - began))
    return spent
