"""The evening of now as the simulation wants it (`solvers.quoting.simulate`), and its waits back by party. Pure.

Minutes count from t0, the minute it is asked in. Who is who:
- A party at table stays as such parties do, given its stage and how long it has been in it; one whose turn was set
  longer or shorter than the house's usual one stays as much longer or shorter in proportion.
- A table guests took by scanning its code is one of a party as large as the table; one to be cleared is cleared about
  the cleaning time after it was left.
- A booking takes its tables when it is due, one that is late at once. An offer is a booking whose party is on its way.
  A blocked time and a table somebody is just booking are what they are held for; openings count for nobody, since the
  line is served before the public. Areas take nobody while they are closed.
- The line is served in its order. Behind it are expected: bookings without a table, and the walk-ins of the last hour
  once more.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

from hub.planning.problem import Scene, in_order
from hub.waitlist import rules
from hub.waitlist.forecasts import Expected, Forecast
from schemas.bookings import BookingRow
from schemas.floor import TableRow
from schemas.holds import HoldRow
from schemas.seating import SeatingRow
from schemas.waitlist import OfferRow, PartyRow
from solvers.quoting.turns import STAGES, Turns
from solvers.seating import evening as planning
from solvers.seating.places import places
from solvers.seating.problem import ANYWHERE, Join, Party, Table, Weights

if TYPE_CHECKING:  # the simulation brings compiled loops: only who plays loads it
    from solvers.quoting.simulate import Coming, Evening, Sitter, Wait, Waiting, Waits

HOUR = timedelta(hours=1)
LONGEST = 3.0  # times the usual turn: how much longer (or, inverted, shorter) one set by hand is believed to be
TAKES = frozenset({"booking", "offer"})
CLOSES = frozenset({"block", "checkout"})
"""Kinds of holds: somebody comes; nobody can."""


@dataclass(frozen=True, slots=True)
class Gone:
    """A party that has left tonight: local hour of sitting down, minutes at table."""

    covers: int
    hour: int
    turn_min: float


@dataclass(frozen=True, slots=True)
class Asked:
    """All a forecast depends on. `came` are the walk-ins of the last hour; `newcomer` is about to join."""

    scene: Scene
    offers: Collection[OfferRow]
    closes_at: datetime
    gone: Sequence[Gone]
    came: Sequence[tuple[str, int, datetime]]
    bands: Sequence[Sequence[int]]
    short_min: int
    step_min: int
    weights: Weights = Weights()  # noqa: RUF009 - frozen
    newcomer: PartyRow | None = None

    @property
    def t0(self) -> datetime:
        return self.scene.now.replace(second=0, microsecond=0)

    @property
    def line(self) -> list[PartyRow]:
        """Those played forward, in order: who has an offer has its tables."""
        offered = {offer.party_id for offer in self.offers}
        rows = [row for row in self.scene.waiting if row.id not in offered]
        newcomer = [self.newcomer] if self.newcomer else []
        return rules.door([*rows, *newcomer])[: rules.LINE_MAX]

    def joining(self, party: PartyRow) -> "Asked":
        return replace(self, newcomer=party)


def seed_of(site_id: str, day: date) -> int:
    """The same evening is played with the same draws, whenever and wherever."""
    return key_of(f"{site_id} {day.isoformat()}")


def key_of(name: str) -> int:
    """A number for an id, 62 bits: draws of one party depend on nobody else's."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big") >> 2


def evening(asked: Asked, turns: Turns) -> "Evening":
    """The problem. `turns` are the house's; how tonight goes is put in here."""
    from solvers.quoting.simulate import Evening

    found = _Evening(asked, tonight(asked, turns))
    floor = [found.sitter(row) for row in found.rows]
    coming = found.coming()
    line = [found.waiting(row) for row in asked.line]
    probes = [found.probe(least, most) for least, most in asked.bands]
    expected = found.expected()
    horizon = max(0, _down(asked.closes_at - asked.t0) - asked.short_min)
    return Evening(
        found.tables, found.sets(), floor, coming, line, probes, found.draws.all(), asked.scene.terms.buffer_min,
        horizon, expected, found.turns.shift_sd, asked.weights,
    )  # fmt: skip


def tonight(asked: Asked, turns: Turns) -> Turns:
    """The house's turns with what this evening has shown so far."""
    zone, now = asked.scene.zone, asked.scene.now
    sitting = [row for row in asked.scene.seatings if row.seated_at <= now]
    return turns.tonight(
        ([p.covers for p in asked.gone], [p.hour for p in asked.gone], [p.turn_min for p in asked.gone]),
        (
            [row.covers for row in sitting], [row.seated_at.astimezone(zone).hour for row in sitting],
            [(now - row.seated_at).total_seconds() / 60 for row in sitting],
        ),
    )  # fmt: skip


def forecast(asked: Asked, turns: Turns, waits: "Waits") -> Forecast:
    """What was found, by party and size."""
    hour = asked.scene.now.astimezone(asked.scene.zone).hour

    def expected(wait: "Wait", covers: int) -> Expected:
        source, _ = turns.source(0, covers, hour)
        return Expected(wait.low, wait.median, wait.high, wait.quote, wait.inside, source)

    line = {row.id: expected(wait, row.covers) for row, wait in zip(asked.line, waits.line, strict=True)}
    newcomer, ahead = None, tuple[str, ...]()
    if asked.newcomer:
        newcomer = line.pop(asked.newcomer.id, None)
        ahead = rules.ahead_of(asked.newcomer, asked.scene.waiting, asked.offers)
    bands = {
        f"{least}-{most}": expected(wait, most)
        for (least, most), wait in zip(asked.bands, waits.probes, strict=True)
    }  # fmt: skip
    return Forecast(asked.scene.seq, asked.t0, line, bands, newcomer, ahead)


class _Draws:
    """Rows of quantiles, gathered: parties' turns are worked out together, fixed ones as they come."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self._asked: list[tuple[int, int, int, float, float, int]] = []
        self._fixed: list[tuple[int, Any]] = []
        self._count = 0

    def turn(self, covers: int, hour: int, *, stage: int = 0, past_min: float = 0.0, share: float = 1.0) -> int:
        """What is left of a turn, `share` times as long as it usually is."""
        self._asked.append((stage, covers, hour, past_min / share, share, self._next()))
        return self._count - 1

    def fixed(self, row: Any) -> int:
        self._fixed.append((self._next(), row))
        return self._count - 1

    def _next(self) -> int:
        self._count += 1
        return self._count - 1

    def all(self) -> Any:
        from solvers.quoting.kernel import POINTS

        rows = np.zeros((max(1, self._count), POINTS))
        if self._asked:
            stage, covers, hour, past, share, at = zip(*self._asked, strict=True)
            left = self.turns.remaining(stage, covers, hour, past, points=POINTS)
            rows[list(at)] = left * np.array(share)[:, None]
        for place, row in self._fixed:
            rows[place] = row
        return rows


class _Evening:
    def __init__(self, asked: Asked, turns: Turns) -> None:
        self.asked, self.scene, self.turns, self.draws = asked, asked.scene, turns, _Draws(turns)
        self.rows = in_order(asked.scene.tables.values())
        self.place = {row.id: at for at, row in enumerate(self.rows)}
        self.areas = {area: at for at, area in enumerate(sorted({row.area_id for row in self.rows}))}
        self.tables = [
            Table(
                row.min_covers, row.max_covers, self.areas[row.area_id], accessible="accessible" in row.features,
                priority=row.priority,
            )
            for row in self.rows
        ]  # fmt: skip
        self.seated = {table_id: row for row in asked.scene.seatings for table_id in row.table_ids}
        self._turns: dict[str, int] = {}
        self._covers = {row.id: row.covers for row in asked.scene.bookings}
        parties = {row.id: row.covers for row in asked.scene.waiting}
        self._covers |= {offer.id: parties.get(offer.party_id, 2) for offer in asked.offers}

    # ---- the floor

    def sets(self) -> list[planning.Place]:
        """Tables that can be joined."""
        joins = tuple(
            Join(min(self.place[j.a], self.place[j.b]), max(self.place[j.a], self.place[j.b]), j.combined_max)
            for j in sorted(self.scene.joins, key=lambda join: join.id) if j.a in self.place and j.b in self.place
        )  # fmt: skip
        found = places(tuple(planning.Table(table.min_covers, table.max_covers) for table in self.tables), joins)
        return list(found[len(self.tables) :])

    def sitter(self, row: TableRow) -> "Sitter":
        from solvers.quoting.simulate import NEVER, Sitter, clearing

        if row.status == "out_of_service":
            return Sitter(ready_min=NEVER)
        if (seating := self.seated.get(row.id)) is not None:
            if seating.id not in self._turns:
                self._turns[seating.id] = self._turn(seating)
            return Sitter(draw=self._turns[seating.id], key=key_of(seating.id))
        since = max(0.0, (self.scene.now - row.status_since).total_seconds() / 60)
        if row.status == "occupied":
            draw = self.draws.turn(row.max_covers, self._hour(row.status_since), past_min=since)
            return Sitter(draw=draw, key=key_of(row.id))
        if row.status == "cleaning":
            left = clearing(since, self.scene.terms.buffer_min)
            return Sitter(draw=self.draws.fixed(left), key=key_of(row.id), clearing=True)
        return Sitter()

    def _turn(self, seating: SeatingRow) -> int:
        now, stage = self.scene.now, STAGES.index(seating.stage)
        since = seating.stage_since if stage else seating.seated_at
        return self.draws.turn(
            seating.covers, self._hour(seating.seated_at), stage=stage, share=self._share(seating.turn_min),
            past_min=max(0.0, (now - since).total_seconds() / 60),
        )  # fmt: skip

    def _share(self, turn_min: int) -> float:
        return min(LONGEST, max(1 / LONGEST, turn_min / self.scene.terms.duration_min))

    def _hour(self, moment: datetime) -> int:
        return moment.astimezone(self.scene.zone).hour

    # ---- who comes

    def coming(self) -> list["Coming"]:
        from solvers.quoting.simulate import Coming

        mine: dict[str, list[HoldRow]] = {}
        for hold in self.scene.holds:
            if hold.status == "held" and hold.owner_kind in TAKES | CLOSES and hold.ends_at > self.asked.t0:
                mine.setdefault(hold.owner_id, []).append(hold)
        bookings = {row.id: row for row in self.scene.bookings}
        found = []
        for owner_id, holds in sorted(mine.items()):
            tables = tuple(sorted({self.place[hold.table_id] for hold in holds if hold.table_id in self.place}))
            if not tables:
                continue
            starts_at = min(hold.starts_at for hold in holds)
            if holds[0].owner_kind in CLOSES:
                draw = self._closed(starts_at, max(hold.ends_at for hold in holds))
            else:
                draw = self._booked(owner_id, starts_at, bookings.get(owner_id))
            found.append(Coming(tables, self._minute(starts_at), draw, key_of(owner_id)))
        for shut in self.scene.closed:
            if shut.table_id in self.place and shut.ends_at > self.asked.t0:
                key = key_of(f"{shut.table_id} {shut.starts_at.isoformat()}")
                draw = self._closed(shut.starts_at, shut.ends_at)
                found.append(Coming((self.place[shut.table_id],), self._minute(shut.starts_at), draw, key))
        return found

    def _booked(self, owner_id: str, starts_at: datetime, booking: BookingRow | None) -> int:
        share = self._share(booking.duration_min) if booking else 1.0
        return self.draws.turn(self._covers.get(owner_id, 2), self._hour(starts_at), share=share)

    def _closed(self, starts_at: datetime, ends_at: datetime) -> int:
        """What is held for a fixed time, less the cleaning the simulation adds to every stay."""
        length = _down(ends_at - max(starts_at, self.asked.t0))
        return self.draws.fixed(float(max(0, length - self.scene.terms.buffer_min)))

    def _minute(self, moment: datetime) -> int:
        return max(0, _down(moment - self.asked.t0))

    # ---- who waits

    def waiting(self, row: PartyRow) -> "Waiting":
        area = ANYWHERE if row.area_id is None else self.areas.get(row.area_id, len(self.areas))
        return self._waits(row.id, row.covers, accessible=row.accessible, area=area)

    def probe(self, least: int, most: int) -> "Waiting":
        """A size is quoted for its largest party, as far as the house has a place for one so large."""
        seats = max([row.max_covers for row in self.rows] + [join.combined_max for join in self.scene.joins], default=0)
        return self._waits(f"probe {least}", max(least, min(most, seats)))

    def expected(self) -> list["Waiting"]:
        without = [
            self._waits(row.id, row.covers, accessible=row.accessible, arrives_min=self._minute(row.starts_at))
            for row in sorted(self.scene.bookings, key=lambda row: (row.starts_at, row.id))
            if row.unplaced and row.kind == "dining" and row.ends_at > self.asked.t0
        ]  # fmt: skip
        again = [
            self._waits(f"again {row_id}", covers, arrives_min=self._minute(joined_at + HOUR))
            for row_id, covers, joined_at in self.asked.came
        ]  # fmt: skip
        return without + again

    def _waits(self, name: str, covers: int, *, arrives_min: int = 0, **more: Any) -> "Waiting":
        from solvers.quoting.simulate import Waiting

        need = self.scene.terms.duration_min
        draw = self.draws.turn(covers, self._hour(self.asked.t0 + timedelta(minutes=arrives_min)))
        return Waiting(Party(covers, need, need, **more), draw, key_of(name), arrives_min)


def _down(span: timedelta) -> int:
    return int(span.total_seconds() // 60)


