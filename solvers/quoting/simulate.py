"""The waiting line played forward a few thousand times, with turns drawn from what the house has learned (F-WTL-02).

One run draws when each table is left (given how long its party has been there) and how tonight goes as a whole. Then
whenever a place (a table, or tables to be joined) is free for a whole turn, the first in line that it fits sits down;
between places ready at one minute it takes the cheapest by the weights of `best_fit`, and blocks it for a turn that is
drawn and for the clearing (½ to 1½ of the buffer, evenly). No table is kept empty for those ahead who need more than
it. Bookings that are to come take their tables at their time, or when whoever sits there has left. A table meant for
more people is taken only when nothing else is in sight before the horizon. Probes stand at the end of the line, and
block nothing. Behind them come those who are expected: they change nothing for whoever waits for a single table, but
for a large party it matters that one of two tables it waits for is given away meanwhile. Nobody gives up waiting.

The wait of a party is the distribution over the runs. Draws depend on the seed, the key of the party that sits (or
waits, or is to come) and the run, on nothing else: two looks at one floor say the same, and a change at one table does
not shake answers that do not depend on it. Runs come in antithetic pairs. A party that takes a later gap at a table
leaves its earlier, shorter gaps unused.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from solvers.quoting.kernel import NEVER, PLACES_MAX, POINTS, UNFIT, Ints, Ints32, Scene, play
from solvers.quoting.turns import Array
from solvers.seating.best_fit import PRIORITY_TOP
from solvers.seating.evening import Place
from solvers.seating.problem import ANYWHERE, Party, Table, Weights

RUNS = 2000
SETS_MAX = 1000
"""Joined sets looked at, those of the fewest tables first: what a line asks for is a few hundred on any usual floor."""
assert SETS_MAX < PLACES_MAX // 2


class Sitter(Struct, frozen=True):
    """What keeps a table: a party whose minutes left are row `draw` (a party at joined tables has one `key`), after
    which it is cleared; or with `clearing` the clearing itself, of which row `draw` is left; or for `draw` −1 exactly
    `ready_min` minutes (0 = free, `NEVER` = out of use).
    """

    ready_min: int = 0
    draw: int = -1
    key: int = 0
    clearing: bool = False


class Coming(Struct, frozen=True):
    """A booking: its tables, the minute it starts, the row of its turn."""

    tables: tuple[int, ...]
    start_min: int
    draw: int
    key: int


class Waiting(Struct, frozen=True):
    """A party in line, a probe, or one that is expected at `arrives_min`. `party.need_min` is the gap it is seated
    into, row `draw` its turn."""

    party: Party
    draw: int
    key: int
    arrives_min: int = 0


class Evening(Struct, frozen=True):
    """All a quote depends on. `floor` has one sitter a table; `sets` are tables to be joined (a party below their
    `min_covers` does not need all of them); `draws` [rows, POINTS] are quantiles in minutes at the middle of equal
    shares; `evening_sd` is the spread of the log that all turns of a run share.
    """

    tables: Sequence[Table]
    sets: Sequence[Place]
    floor: Sequence[Sitter]
    coming: Sequence[Coming]
    line: Sequence[Waiting]
    probes: Sequence[Waiting]
    draws: Array
    buffer_min: int
    horizon_min: int
    expected: Sequence[Waiting] = ()
    evening_sd: float = 0.0
    weights: Weights = Weights()


class Wait(Struct, frozen=True):
    """Minutes until a table fits (None = later than the horizon). `quote` is the asked quantile rounded up to a full
    step (G-27), `confidence` the share of runs in which the party sat by then, `in_sight` before the horizon at all,
    `inside` within `low` … `high`, both widened to full steps as they are told.
    """

    low: int | None  # 10th percentile
    median: int | None
    late: int | None  # 80th
    high: int | None  # 90th
    quote: int | None
    confidence: float
    in_sight: float
    inside: float


class Waits(Struct, frozen=True):
    line: list[Wait]
    probes: list[Wait]


def simulate(
    evening: Evening, *, seed: int, share: float = 0.8, step_min: int = 5, runs: int = RUNS
) -> Waits:
    """Plays the evening `runs` times (an even number). The same evening and seed give the same waits on any machine.
    The kernel holds no GIL."""
    minutes = _played(evening, seed, runs)
    minutes.sort(axis=1, kind="stable")
    found = [_wait(row, evening.horizon_min, share, step_min) for row in minutes]
    return Waits(found[: len(evening.line)], found[len(evening.line) :])


def warm() -> None:
    """Compiles the kernel (or loads it), so that nobody waits for it."""
    two = Party(2, 90, 90)
    rows = np.full((1, POINTS), 30.0)
    evening = Evening(
        [Table(1, 2)], [], [Sitter(draw=0)], [Coming((0,), 60, 0, 1)], [Waiting(two, 0, 2)], [Waiting(two, 0, 3)], rows,
        15, 300,
    )  # fmt: skip
    simulate(evening, seed=1, runs=2)


def clearing(past_min: float, buffer_min: int) -> Array:
    """What is left of a clearing that began so long ago: one row of draws."""
    least, most = max(0.5 * buffer_min, past_min), max(1.5 * buffer_min, past_min + 2)
    return least - past_min + (most - least) * (np.arange(POINTS) + 0.5) / POINTS


def rounded(minutes: int, step_min: int) -> int:
    """G-27: a quote goes up to the next full step."""
    return -(-minutes // step_min) * step_min


def _wait(minutes: NDArray[np.int16], horizon: int, share: float, step_min: int) -> Wait:
    runs = len(minutes)

    def at(p: float) -> int | None:
        value = int(minutes[min(runs - 1, int(p * runs))])
        return None if value > horizon else value

    seen = float(np.searchsorted(minutes, horizon, side="right")) / runs
    asked = at(share)
    quote = None if asked is None else rounded(asked, step_min)
    kept = seen if quote is None else float(np.searchsorted(minutes, quote, side="right")) / runs
    low, high = at(0.1), at(0.9)
    least = horizon + 1 if low is None else low // step_min * step_min
    most = NEVER if high is None else rounded(high, step_min)
    inside = float(np.searchsorted(minutes, most, side="right") - np.searchsorted(minutes, least)) / runs
    return Wait(low, at(0.5), at(0.8), high, quote, kept, seen, inside)


def _played(evening: Evening, seed: int, runs: int) -> NDArray[np.int16]:
    """Minutes by [party or probe, run]."""
    seed &= 0x7FFFFFFFFFFFFFFF
    scene = _scene(evening)
    out = np.empty((scene.here, runs), np.int16)
    factors = np.exp(evening.evening_sd * _common(seed, runs)).astype(np.float32)
    play(scene, np.ascontiguousarray(evening.draws, np.float32), factors, np.uint64(seed), out)
    return out


def _scene(evening: Evening) -> Scene:
    here = [*evening.line, *evening.probes]
    covers = [waiting.party.covers for waiting in here]
    least, most = min(covers, default=0), max(covers, default=0)
    sets = [place for place in evening.sets if place.min_covers <= most and place.max_covers >= least][:SETS_MAX]
    places = [Place((at,), table.min_covers, table.max_covers) for at, table in enumerate(evening.tables)] + sets
    place_at, place_tables = _flat([place.tables for place in places])
    asked = [*here, *evening.expected] if sets else here
    which, lists = _lists(evening, places, [waiting.party for waiting in asked])
    needs = sorted({waiting.party.need_min for waiting in asked})
    in_kind: dict[tuple[int, int], list[int]] = {}
    for q, waiting in enumerate(asked):
        in_kind.setdefault((needs.index(waiting.party.need_min), which[q]), []).append(q)
    kind_at, kind_line = _flat(list(in_kind.values()))
    ranks, ranked = _ranks(lists, len(places))
    parts: list[list[int]] = [[] for _ in evening.tables]
    for i, place in enumerate(places):
        for at in place.tables:
            parts[at].append(i)
    part_at, part = _flat(parts)
    by_table: list[list[Coming]] = [[] for _ in evening.tables]
    for booking in sorted(evening.coming, key=lambda booking: booking.start_min):
        for at in booking.tables:
            by_table[at].append(booking)
    come_at, _ = _flat([range(len(bookings)) for bookings in by_table])
    return Scene(
        sitters=_rows([(min(s.ready_min, NEVER), s.draw, s.key, not s.clearing) for s in evening.floor], 4),
        come_at=come_at, come=_rows([(b.start_min, b.draw, b.key) for bookings in by_table for b in bookings], 3),
        wants=_rows([(w.draw, w.key, w.arrives_min) for w in asked], 3), needs=np.array(needs, np.int64),
        kinds=_rows(list(in_kind), 2), kind_at=kind_at, kind_line=kind_line, ranks=ranks, ranked=ranked,
        place_at=place_at, place_tables=place_tables, part_at=part_at, part=part, in_line=len(evening.line),
        here=len(here), buffer=evening.buffer_min, horizon=min(evening.horizon_min, NEVER - 1),
    )  # fmt: skip


def _rows(rows: Sequence[tuple[int, ...]], width: int) -> Ints:
    return np.array(rows, np.int64).reshape(-1, width)


def _common(seed: int, runs: int) -> Array:
    """One normal draw a run, antithetic by pairs."""
    half = np.random.default_rng(seed).standard_normal(runs // 2)
    return np.column_stack([half, -half]).ravel()


def _flat(lists: Sequence[Sequence[int]]) -> tuple[Ints, Ints]:
    """Lists of any length as one array and where each begins."""
    begins = np.zeros(len(lists) + 1, np.int64)
    np.cumsum([len(one) for one in lists], out=begins[1:])
    return begins, np.array([value for one in lists for value in one], np.int64)


def _lists(
    evening: Evening, places: Sequence[Place], parties: Sequence[Party]
) -> tuple[list[int], list[Ints]]:  # fmt: skip
    """For each party its list: the places that fit it, cheapest first; the list after it are the tables meant for more
    people."""
    tables, weights = evening.tables, evening.weights
    single = np.array([len(place.tables) == 1 for place in places], np.bool_)
    seats = np.array([place.max_covers for place in places], np.int64)
    least = np.array([place.min_covers for place in places], np.int64)
    more = np.array([len(place.tables) - 1 for place in places], np.int64)
    reach = np.array([all(tables[at].accessible for at in place.tables) for place in places], np.bool_)
    priority = np.array([min(tables[at].priority for at in place.tables) for place in places], np.int64)
    features = np.array([_features(tables, place) for place in places], np.int64)
    area = np.array([_area(tables, place) for place in places], np.int64)
    known: dict[tuple[int, bool, int, int], int] = {}
    which: list[int] = []
    lists: list[Ints] = []
    for party in parties:
        at = known.setdefault((party.covers, party.accessible, party.area, party.features), 2 * len(known))
        which.append(at)
        if at < len(lists):
            continue
        whole = weights.wasted * (seats - party.covers) + weights.joined * more
        whole += weights.feature * np.bitwise_count(party.features & ~features).astype(np.int64)
        whole += weights.area * ((area != party.area) & (party.area != ANYWHERE))
        order = np.lexsort((more, whole * 9 + weights.priority * (PRIORITY_TOP - priority)))
        fits = (seats >= party.covers) & (reach | (not party.accessible))
        lists.append(order[(fits & (party.covers >= least))[order]])
        lists.append(order[(fits & (party.covers < least) & single)[order]])
    return which, lists


def _ranks(lists: Sequence[Ints], places: int) -> tuple[Ints32, Ints32]:
    """By list and place its rank there (`UNFIT` = not on it), and by list and rank the place."""
    ranks = np.full((len(lists), places), UNFIT, np.int32)
    ranked = np.zeros((len(lists), places), np.int32)
    for row, found in enumerate(lists):
        ranks[row, found] = np.arange(len(found))
        ranked[row, : len(found)] = found
    return ranks, ranked


def _features(tables: Sequence[Table], place: Place) -> int:
    """What every table of the place has."""
    shared = -1
    for at in place.tables:
        shared &= tables[at].features
    return shared


def _area(tables: Sequence[Table], place: Place) -> int:
    """The one area a place is in, or one nobody asks for."""
    areas = {tables[at].area for at in place.tables}
    return areas.pop() if len(areas) == 1 else -2
