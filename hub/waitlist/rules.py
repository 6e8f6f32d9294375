"""The line: its order, its life cycle, and what it may expect. Pure.

Two kinds wait: those at the door, who stand in line for tonight's tables, and those for a time that is full, who are
matched when one is given back. Only the first have a place in line and count in quotes.

The floor is played forward from t0, the minute it is asked in. A table is in use as its holds say; one that is occupied
beyond its hold (an overstay) is expected free in `OVERSTAY_MIN`, one to be cleared when the cleaning time since it was
left is over. Openings do not count: the waiting line is served before the public.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from hub.waitlist import forecasts
from hub.waitlist.forecasts import Believed, Expected, Forecast
from schemas.base import Refused, conflict, invalid
from schemas.floor import JoinRow, TableRow
from schemas.holds import HoldRow
from schemas.waitlist import OfferRow, PartyRow, PartyStatus, QuoteRow, WaitRow, Window
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
WINDOW_MAX = timedelta(hours=24)  # one window is one day's wish; another day is another window
STARTS_MAX = 120  # starts looked at for one party and opening: a day on the quarter hour, and some


def refuse_move(party: PartyRow, to: PartyStatus) -> Refused | None:
    """Why this party may not become that; None when it may."""
    if to in MOVES[party.status]:
        return None
    return conflict("illegal_move", f"{party.name} is {party.status}, so it cannot become {to}.", about=party)


def in_line(parties: Iterable[PartyRow]) -> list[PartyRow]:
    """R-WTL-02, C-63: higher priority first, then first come."""
    return sorted(parties, key=lambda party: (-party.priority, party.joined_at, party.id))


def door(parties: Iterable[PartyRow]) -> list[PartyRow]:
    """Those at the door, in line."""
    return in_line(party for party in parties if party.kind == "walk_in")


def ahead_of(party: PartyRow, parties: Iterable[PartyRow], offers: Iterable[OfferRow]) -> tuple[str, ...]:
    """Who stands before a party in line and takes tables as it does: those with an offer have theirs."""
    offered = {offer.party_id for offer in offers}
    line = [row for row in door([*(row for row in parties if row.id != party.id), party]) if row.id not in offered]
    return tuple(row.id for row in line[: line.index(party)])


def windows(party: PartyRow) -> list[Window]:
    """The other times it would take (stored as JSON)."""
    return msgspec.convert(party.flexible, list[Window])


def last_start(wanted_at: datetime, flexible: Sequence[Window]) -> datetime:
    """The last start a slot entry would take; then its wait is over (G-15)."""
    return max([wanted_at, *(window.latest for window in flexible)])


def refuse_wish(wanted_at: datetime, flexible: Sequence[Window], now: datetime) -> Refused | None:
    """Why these times cannot be waited for."""
    if wanted_at.tzinfo is None:
        return invalid("wanted_at", "The time needs a time zone.")
    if wanted_at <= now:
        return invalid("wanted_at", "That time is over.", reason="past")
    for window in flexible:
        if window.earliest.tzinfo is None or window.latest.tzinfo is None:
            return invalid("flexible", "The times need a time zone.")
        if window.latest < window.earliest:
            return invalid("flexible", "A span of times must not end before it begins.")
        if window.latest - window.earliest > WINDOW_MAX:
            return invalid("flexible", "One span of times is at most a day; give another for the next day.")
        if window.latest <= now:
            return invalid("flexible", "That time is over.", reason="past")
    return None


def starts(
    party: PartyRow, since: datetime, until: datetime, *, step_min: int, zone: ZoneInfo
) -> list[datetime]:
    """The starts in [since, until) a slot entry would take (R-WTL-04): the wanted one, and those on the slot step in
    its windows, both ends possible. Nearest to the wanted one first, the later of two equals first."""
    assert party.wanted_at is not None, "a slot entry wants a time"
    found = {party.wanted_at} if since <= party.wanted_at < until else set()
    for window in windows(party):
        moment = _on_step(max(window.earliest, since), step_min, zone)
        while moment <= window.latest and moment < until and len(found) < STARTS_MAX:
            found.add(moment)
            moment += timedelta(minutes=step_min)
    wanted = party.wanted_at
    return sorted(found, key=lambda moment: (abs(moment - wanted), moment < wanted))


def _on_step(moment: datetime, step_min: int, zone: ZoneInfo) -> datetime:
    """The first moment on the slot step from here on. Steps count from midnight on the house's own clock."""
    whole = moment.astimezone(UTC).replace(second=0, microsecond=0)
    whole += timedelta(minutes=whole < moment)
    local = whole.astimezone(zone)
    return whole + timedelta(minutes=-(local.hour * 60 + local.minute) % step_min)


def would_take(party: PartyRow, starts_at: datetime) -> bool:
    """Whether a slot entry still wants this start."""
    inside = any(window.earliest <= starts_at <= window.latest for window in windows(party))
    return starts_at == party.wanted_at or inside


def refuse_answer(offer: OfferRow, now: datetime, zone: ZoneInfo) -> Refused | None:
    """Why this offer takes no answer any more. From `expires_at` on it is over, whatever the timer did (R-WTL-03)."""
    if offer.status == "expired" or (offer.status == "sent" and now >= offer.expires_at):
        sentence = f"This offer was good until {offer.expires_at.astimezone(zone):%H:%M}."
        return conflict("offer_expired", sentence, about=offer, retry="never")
    if offer.status == "revoked":
        return conflict("offer_revoked", "This offer was taken back.", about=offer, retry="never")
    if offer.status != "sent":
        return conflict("answered_already", f"This offer was {offer.status} already.", about=offer, retry="never")
    return None


def after_miss(party: PartyRow, now: datetime, misses_max: int) -> tuple[PartyStatus, int]:
    """What a party becomes that let an offer pass, and how many it has let pass now (C-42). One whose own time has
    come meanwhile does not wait on."""
    skips = party.skips + 1
    return ("expired" if skips >= misses_max or party.expires_at <= now else "active"), skips


def refuse_remaining(offer: OfferRow, ends_at: datetime | None, now: datetime) -> Refused | None:
    """Why this offer is not over yet: it may still be answered, or its tables are kept for a party on its way."""
    until = offer.expires_at if offer.status == "sent" else ends_at
    if until is not None and now < until:
        return conflict("not_yet", "This offer is still open.", about=offer, retry="never")
    return None


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
    offers: Iterable[OfferRow] = (),
    forecast: Forecast | None = None,
) -> Outlook:
    """Plays the line at the door forward: places, suggestions, quotes. `leaving` names who is at a table now; `known`
    and `quoted` are the rows as they stand: a place that has been ready for a while keeps the moment since when. A
    party with an offer keeps its place; its tables are held for it, so it takes no others. `forecast` is what has been
    worked out of the same line elsewhere; whom it does not know is told by the rule alone.
    """
    rows = sorted(scene.tables.values(), key=lambda table: (len(table.number), table.number, table.id))
    line, offered = door(parties), {offer.party_id: offer for offer in offers}
    asking = [party for party in line if party.id not in offered]
    played = _play(scene, rows, asking[:LINE_MAX], bands)
    served = dict(zip((party.id for party in asking), played.parties, strict=False))
    words = _Words(scene, rows, leaving or {})
    forecast = forecast or Forecast(0, scene.t0)
    waits: dict[str, WaitRow] = {}
    minutes: dict[str, int | None] = {}
    for position, party in enumerate(line, start=1):
        before, offer = (known or {}).get(party.id), offered.get(party.id)
        if offer:
            waits[party.id] = WaitRow(
                id=party.id, position=position, ready_at=offer.starts_at, table_ids=offer.table_ids,
                why=words.offered(offer),
            )  # fmt: skip
            minutes[party.id] = 0
            continue
        ready = served.get(party.id, Ready(NOT_IN_SIGHT))
        told = words.told(ready, forecast.line.get(party.id), forecast.t0, before)
        waits[party.id] = WaitRow(
            id=party.id, position=position, ready_at=told.ready_at,
            table_ids=[rows[at].id for at in ready.tables] if ready.minute == 0 else [], why=words.why(ready, told),
            low_at=told.low_at, high_at=told.high_at, confidence=told.confidence, source=told.source,
        )  # fmt: skip
        minutes[party.id] = None if ready.minute == NOT_IN_SIGHT else ready.minute
    quotes = {}
    for (least, most), ready in zip(bands, played.probes, strict=True):
        name = f"{least}-{most}"
        told = words.told(ready, forecast.bands.get(name), forecast.t0, (quoted or {}).get(name))
        quotes[name] = QuoteRow(
            id=name, covers_min=least, covers_max=most, ready_at=told.ready_at, low_at=told.low_at,
            high_at=told.high_at, confidence=told.confidence, source=told.source,
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

    def told(
        self, ready: Ready, expected: Expected | None, t0: datetime, before: WaitRow | QuoteRow | None
    ) -> Believed:
        by_rule = self.moment(ready, before.ready_at if before else None)
        stands = None
        if before is not None:
            stands = Believed(before.ready_at, before.low_at, before.high_at, before.confidence, before.source)
        return forecasts.believed(by_rule, now=ready.minute == 0, expected=expected, t0=t0, before=stands)

    def _clock(self, minute: int) -> str:
        return self._wall(self.scene.t0 + timedelta(minutes=minute))

    def _wall(self, moment: datetime) -> str:
        return f"{moment.astimezone(self.scene.zone):%H:%M}"

    def offered(self, offer: OfferRow) -> str:
        where = " + ".join(row.number for row in self.rows if row.id in offer.table_ids)
        if offer.status == "accepted":
            return f"{where} · on their way"
        return f"{where} · offered until {offer.expires_at.astimezone(self.scene.zone):%H:%M}"

    def why(self, ready: Ready, told: Believed) -> str:
        """Moments, never ages: the words stay true while nothing changes."""
        if told.ready_at is None:
            return NOTHING
        if ready.minute == NOT_IN_SIGHT:
            return f"A table about {self._wall(told.ready_at)}"
        where = " + ".join(self.rows[at].number for at in ready.tables)
        if ready.minute == 0:
            free = ready.free_until
            return f"{where} · {'no booking' if free >= self.scene.horizon_min else 'free until ' + self._clock(free)}"
        names = [self.leaving[self.rows[at].id] for at in ready.tables if self.rows[at].id in self.leaving]
        who = f" · after {' and '.join(dict.fromkeys(names))}" if names else ""
        return f"{where} about {self._wall(told.ready_at)}{who}"
