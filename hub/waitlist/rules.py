"""The line: its order, its life cycle, and what it may expect. Pure.

The floor is played forward from t0, the minute it is asked in. A table is in use as its holds say; one that is occupied
beyond its hold (an overstay) is expected free in `OVERSTAY_MIN`, one to be cleared when the cleaning time since it was
left is over. Openings do not count: the waiting line is served before the public.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from schemas.base import Refused, conflict
from schemas.floor import JoinRow, TableRow
from schemas.holds import HoldRow
from schemas.waitlist import PartyRow, PartyStatus, QuoteRow, WaitRow
from solvers.seating.line import NOT_IN_SIGHT, Busy, Line, Ready, play
from solvers.seating.problem import ANYWHERE, FOREVER, Join, Party, Table, Weights

MOVES: Mapping[PartyStatus, frozenset[PartyStatus]] = {
    "active": frozenset({"notified", "converted", "expired", "cancelled"}),
    "notified": frozenset({"converted", "active", "expired", "cancelled"}),
    "converted": frozenset(),
    "expired": frozenset(),
    "cancelled": frozenset(),
}
"""model.md 4.3. Undo puts rows back without asking it."""

OVERSTAY_MIN = 10  # minutes; nobody knows, so the line looks again soon instead of promising too early
LINE_MAX = 60  # parties played forward; whoever stands behind them is told nothing is in sight
NOTHING = "Nothing in sight"


def refuse_move(party: PartyRow, to: PartyStatus) -> Refused | None:
    """Why this party may not become that; None when it may."""
    if to in MOVES[party.status]:
        return None
    return conflict("illegal_move", f"{party.name} is {party.status}, so it cannot become {to}.", about=party)


def in_line(parties: Iterable[PartyRow]) -> list[PartyRow]:
    """R-WTL-02, C-63: higher priority first, then first come."""
    return sorted(parties, key=lambda party: (-party.priority, party.joined_at, party.id))


@dataclass(frozen=True, slots=True)
class Scene:
    """All the line depends on. `closes_at` is when the house closes tonight; policies stand beside it."""

    now: datetime
    tables: Mapping[str, TableRow]
    joins: Collection[JoinRow]
    holds: Collection[HoldRow]
    closes_at: datetime
    zone: ZoneInfo
    duration_min: int
    buffer_min: int
    short_min: int
    weights: Weights = Weights()  # noqa: RUF009 - frozen

    @property
    def t0(self) -> datetime:
        return self.now.replace(second=0, microsecond=0)

    @property
    def horizon_min(self) -> int:
        """The last minute at which sitting down still is a turn worth having."""
        return max(0, _whole(self.closes_at - self.t0) - self.short_min)


@dataclass(frozen=True, slots=True)
class Outlook:
    """The line's derived rows, and for every party (by id) in how many minutes a table fits (None = not in sight)."""

    waits: dict[str, WaitRow]
    quotes: dict[str, QuoteRow]
    minutes: dict[str, int | None]


def _whole(span: timedelta) -> int:
    return int(span.total_seconds() // 60)


def _ceil(span: timedelta) -> int:
    return -int(-span.total_seconds() // 60)


def spans(scene: Scene) -> dict[str, tuple[tuple[int, int], ...]]:
    """By table: when it is in use, in minutes from t0, sorted."""
    t0 = scene.t0
    used: dict[str, list[tuple[int, int]]] = {table_id: [] for table_id in scene.tables}
    for hold in scene.holds:
        if hold.owner_kind != "opening" and hold.ends_at > scene.now and hold.table_id in used:
            used[hold.table_id].append((_whole(hold.starts_at - t0), _ceil(hold.ends_at - t0)))
    for table in scene.tables.values():
        in_use = used[table.id]
        if table.status == "out_of_service":
            in_use[:] = [(0, FOREVER)]
        elif table.status == "occupied" and not any(start <= 0 < end for start, end in in_use):
            in_use.append((0, OVERSTAY_MIN))
        elif table.status == "cleaning":
            cleared = _ceil(table.status_since + timedelta(minutes=scene.buffer_min) - t0)
            in_use.append((0, max(1, cleared)))
        in_use.sort()
    return {table_id: tuple(in_use) for table_id, in_use in used.items()}


def look(
    scene: Scene,
    parties: Iterable[PartyRow],
    bands: Sequence[Sequence[int]],
    *,
    leaving: Mapping[str, str] | None = None,
    known: Mapping[str, WaitRow] | None = None,
    quoted: Mapping[str, QuoteRow] | None = None,
) -> Outlook:
    """Plays the line forward: places, suggestions, quotes. `leaving` names who is at a table now; `known` and `quoted`
    are the rows as they stand: a place that has been ready for a while keeps the moment since when.
    """
    rows = sorted(scene.tables.values(), key=lambda table: (len(table.number), table.number, table.id))
    line = in_line(parties)
    played = _play(scene, rows, line[:LINE_MAX], bands)
    served = [*played.parties, *[Ready(NOT_IN_SIGHT)] * (len(line) - len(played.parties))]
    words = _Words(scene, rows, leaving or {})
    waits, minutes = {}, {}
    for position, (party, ready) in enumerate(zip(line, served, strict=True), start=1):
        before = (known or {}).get(party.id)
        waits[party.id] = WaitRow(
            id=party.id, position=position, ready_at=words.moment(ready, before.ready_at if before else None),
            table_ids=[rows[at].id for at in ready.tables] if ready.minute == 0 else [], why=words.why(ready),
        )  # fmt: skip
        minutes[party.id] = None if ready.minute == NOT_IN_SIGHT else ready.minute
    quotes = {}
    for (least, most), ready in zip(bands, played.probes, strict=True):
        name = f"{least}-{most}"
        said = (quoted or {}).get(name)
        quotes[name] = QuoteRow(
            id=name, covers_min=least, covers_max=most, ready_at=words.moment(ready, said.ready_at if said else None)
        )  # fmt: skip
    return Outlook(waits, quotes, minutes)


def _play(scene: Scene, rows: list[TableRow], line: list[PartyRow], bands: Sequence[Sequence[int]]) -> Line:
    place = {table.id: at for at, table in enumerate(rows)}
    areas = {area: at for at, area in enumerate(dict.fromkeys(table.area_id for table in rows))}
    in_use = spans(scene)
    floor = [
        Busy(
            Table(
                min_covers=row.min_covers, max_covers=row.max_covers, area=areas[row.area_id],
                accessible="accessible" in row.features, priority=row.priority,
            ),
            in_use[row.id],
        )
        for row in rows
    ]  # fmt: skip
    joins = [Join(place[j.a], place[j.b], j.combined_max) for j in scene.joins if j.a in place and j.b in place]
    most_seats = max([row.max_covers for row in rows] + [join.combined_max for join in joins], default=0)

    def asks(covers: int, *, accessible: bool = False, area_id: str | None = None) -> Party:
        area = ANYWHERE if area_id is None else areas.get(area_id, len(areas))
        return Party(covers, scene.duration_min, scene.duration_min, accessible=accessible, area=area)

    return play(
        floor, joins,
        [asks(party.covers, accessible=party.accessible, area_id=party.area_id) for party in line],
        # a band is quoted for its largest party, as far as the house has a place for one so large
        [asks(max(least, min(most, most_seats))) for least, most in bands],
        buffer_min=scene.buffer_min, horizon_min=scene.horizon_min, weights=scene.weights,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Words:
    scene: Scene
    rows: list[TableRow]
    leaving: Mapping[str, str]

    def moment(self, ready: Ready, before: datetime | None) -> datetime | None:
        if ready.minute == NOT_IN_SIGHT:
            return None
        if ready.minute == 0 and before is not None and before <= self.scene.now:
            return before
        return self.scene.t0 + timedelta(minutes=ready.minute)

    def _clock(self, minute: int) -> str:
        return f"{(self.scene.t0 + timedelta(minutes=minute)).astimezone(self.scene.zone):%H:%M}"

    def why(self, ready: Ready) -> str:
        """Moments, never ages: the words stay true while nothing changes."""
        if ready.minute == NOT_IN_SIGHT:
            return NOTHING
        where = " + ".join(self.rows[at].number for at in ready.tables)
        if ready.minute == 0:
            free = ready.free_until
            return f"{where} · {'no booking' if free >= self.scene.horizon_min else 'free until ' + self._clock(free)}"
        names = [self.leaving[self.rows[at].id] for at in ready.tables if self.rows[at].id in self.leaving]
        who = f" · after {' and '.join(dict.fromkeys(names))}" if names else ""
        return f"{where} about {self._clock(ready.minute)}{who}"


def rounded(minutes: int | None, step_min: int) -> int | None:
    """G-27: a quote goes up to the next full step."""
    return None if minutes is None else -(-minutes // step_min) * step_min
