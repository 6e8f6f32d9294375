"""The evening as a problem for the solver, and its plan back into tables and bookings. Pure.

Minutes count from the start of the service day. Who is who:
- A party at table is locked there until it is expected to be gone (F-ASN-08: one that overstays, `OVERSTAY_MIN` from
  now), the cleaning after it; where its hold was clipped by the next plan, only until then.
- A booking asks for the time it holds; one without a table for its whole turn, from now on if it is late. A confirmed
  one has a promise (`must`). It is locked where it is if a host pinned it, if it begins within policy
  `planning.keep_min`, if its area closes during its turn (who is there before stays), or if it is no dining booking;
  never at a table that is lost or taken.
- A party at the door asks for the moment the line expects a table for it.
- Any other hold (offer, block, checkout, opening) closes its table for its time.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import structs

from hub.bookings.rules import PLACEABLE
from hub.reservations.rules import FEATURES, features
from schemas.bookings import BookingRow
from schemas.floor import JoinRow, SectionRow, TableRow
from schemas.holds import HoldRow
from schemas.seating import SeatingRow
from schemas.waitlist import PartyRow, WaitRow
from solvers.seating.evening import NOBODY, Evening, Pacing, Party, Plan, Table, Weights
from solvers.seating.problem import ANYWHERE, Join

OVERSTAY_MIN = 10  # minutes; nobody knows, so the plan looks again soon
PARTIES_MAX = 600  # of one service day; the rest, latest first, is left where it is
OUTDOOR = "outdoor"
PROMISED = frozenset({"confirmed", "reminded", "arrived"})
WORTH = {"bronze": 0, "silver": 10, "gold": 20, "platinum": 30}  # points beyond covers, by tier (F-ASN-07)
VIP = "vip"
VIP_WORTH = 30
SUITS = ("business", "romantic", "family")
OCCASIONS = {
    "anniversary": "romantic", "proposal": "romantic", "date": "romantic", "business": "business",
    "birthday": "family",
}  # fmt: skip
"""Which kind of table an occasion prefers (R-ASN-03)."""

BY_OTHERS = frozenset({"full", "pacing"})
"""Reasons that name parties; all others name tables."""

Span = tuple[datetime, datetime]
Kind = Literal["booking", "seating", "party"]


@dataclass(frozen=True, slots=True)
class Known:
    """What lasts about a guest, as far as it bears on their table (F-ASN-06)."""

    favourite_table_id: str | None = None
    favourite_area_id: str | None = None
    tier: str | None = None


@dataclass(frozen=True, slots=True)
class Closed:
    """A table takes nobody during [`starts_at`, `ends_at`)."""

    table_id: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Terms:
    """The policies a plan depends on, in minutes and covers."""

    duration_min: int = 90
    buffer_min: int = 15
    keep_min: int = 30
    linger_min: int = 15
    linger_covers: int = 6
    vip_guarantee: bool = True
    weights: Weights = Weights()  # noqa: RUF009 - frozen
    pacing: Pacing = Pacing()  # noqa: RUF009 - frozen


@dataclass(frozen=True, slots=True)
class Scene:
    """All a plan depends on, as it was at seq `seq` of the site. `span` is the service day."""

    seq: int
    day: date
    span: Span
    now: datetime
    zone: ZoneInfo
    tables: Mapping[str, TableRow]
    joins: Collection[JoinRow] = ()
    sections: Collection[SectionRow] = ()
    bookings: Collection[BookingRow] = ()
    guests: Mapping[str, Known] = field(default_factory=dict)
    seatings: Collection[SeatingRow] = ()
    holds: Collection[HoldRow] = ()
    waiting: Collection[PartyRow] = ()
    waits: Mapping[str, WaitRow] = field(default_factory=dict)
    pinned: Collection[str] = ()
    closed: Collection[Closed] = ()
    terms: Terms = Terms()
    outdoor: Collection[str] = ()
    """Areas in the open."""

    @property
    def today(self) -> bool:
        return self.span[0] <= self.now < self.span[1]


@dataclass(frozen=True, slots=True)
class Owner:
    """Who a party of the problem is. `table_ids`: where it is now; [`starts_at`, `ends_at`): its turn and buffer."""

    kind: Kind
    id: str
    name: str
    covers: int
    table_ids: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Puzzle:
    """The problem, and whom its indices stand for."""

    evening: Evening
    owners: tuple[Owner, ...]
    table_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """One line of a plan in ids: `now` where the owner was, `to` where it is to be; `about` are owners or tables."""

    owner: Owner
    to: tuple[str, ...]
    reason: str
    about: tuple[str, ...]
    locked: bool

    @property
    def moves(self) -> bool:
        return set(self.to) != set(self.owner.table_ids)


def puzzle(scene: Scene) -> Puzzle:
    """The scene as a problem. Equal scenes make equal problems, row order aside."""
    rows = in_order(scene.tables.values())
    place = {row.id: at for at, row in enumerate(rows)}
    found = _Parties(scene, place)
    found.seated()
    found.booked()
    found.waiting()
    return Puzzle(
        Evening(
            tuple(_tables(scene, rows, found)),
            tuple(
                Join(min(place[j.a], place[j.b]), max(place[j.a], place[j.b]), j.combined_max)
                for j in sorted(scene.joins, key=lambda join: join.id) if j.a in place and j.b in place
            ),
            tuple(found.parties), scene.terms.pacing, scene.terms.weights,
        ),
        tuple(found.owners), tuple(row.id for row in rows),
    )  # fmt: skip


def answer(puzzle: Puzzle, plan: Plan) -> list[Placed]:
    """The plan in ids, in the order of the problem's owners."""
    ids, owners = puzzle.table_ids, puzzle.owners
    parties = puzzle.evening.parties
    return [
        Placed(
            owner, tuple(ids[at] for at in seat.tables), seat.why,
            tuple(owners[at].id for at in seat.about) if seat.why in BY_OTHERS else tuple(ids[at] for at in seat.about),
            party.locked,
        )
        for owner, party, seat in zip(owners, parties, plan.seats, strict=True)
    ]  # fmt: skip


def in_order(tables: Collection[TableRow]) -> list[TableRow]:
    """T2 before T10."""
    return sorted(tables, key=lambda table: (len(table.number), table.number, table.id))


def clears_at(seating: SeatingRow, now: datetime) -> datetime:
    """When a party at table is expected to be gone: it was told if the next one wants its table; one that is over its
    time may be there a while."""
    clear = seating.expected_clear
    if seating.turn_by is not None and now < seating.turn_by:
        clear = min(clear, seating.turn_by)
    return clear if clear > now else now + timedelta(minutes=OVERSTAY_MIN)


def closures(scene: Scene) -> dict[str, list[Span]]:
    """By table: when it takes nobody, its plans aside."""
    spans: dict[str, list[Span]] = {table_id: [] for table_id in scene.tables}
    for row in scene.tables.values():
        if row.status == "out_of_service" and scene.today:
            spans[row.id].append(scene.span)
    for shut in scene.closed:
        if shut.table_id in spans:
            spans[shut.table_id].append((shut.starts_at, shut.ends_at))
    return spans


def meet(a: Span, b: Span) -> bool:
    return a[0] < b[1] and b[0] < a[1]


def _tables(scene: Scene, rows: Sequence[TableRow], found: "_Parties") -> list[Table]:
    areas = {area: at for at, area in enumerate(sorted({row.area_id for row in rows}))}
    served = sorted(section.id for section in scene.sections if section.server_id)
    sections = {section_id: at for at, section_id in enumerate(served)}
    shut = closures(scene)
    for hold in scene.holds:
        if hold.table_id in shut and hold.owner_id not in found.holders and hold.ends_at > scene.now:
            shut[hold.table_id].append((hold.starts_at, hold.ends_at))
    return [
        Table(
            min_covers=row.min_covers, max_covers=row.max_covers, area=areas[row.area_id],
            section=sections.get(row.section_id or "", NOBODY), accessible="accessible" in row.features,
            priority=row.priority, features=bits(FEATURES, row.features), suits=bits(SUITS, row.preferred_for),
            closed=tuple(sorted({span for a, b in shut[row.id] if (span := found.minutes(a, b))[0] < span[1]})),
        )
        for row in rows
    ]  # fmt: skip


def bits(words: Collection[str], has: Collection[str]) -> int:
    return sum(1 << at for at, word in enumerate(sorted(words)) if word in has)


class _Parties:
    """Gathers the parties of a scene, those who cannot be moved first. `holders` own the holds that are spoken for."""

    def __init__(self, scene: Scene, place: Mapping[str, int]) -> None:
        self.scene, self.place = scene, place
        self.areas = {area: at for at, area in enumerate(sorted({row.area_id for row in scene.tables.values()}))}
        self.parties: list[Party] = []
        self.owners: list[Owner] = []
        self.holders: set[str] = set()
        self.taken: dict[str, list[Span]] = {}  # by table: by whom nobody can move
        self.shut = closures(scene)
        self.held: dict[str, list[HoldRow]] = {}
        for hold in sorted(scene.holds, key=lambda hold: (hold.table_id, hold.starts_at)):
            self.held.setdefault(hold.owner_id, []).append(hold)

    def minutes(self, starts_at: datetime, ends_at: datetime) -> tuple[int, int]:
        """In minutes of the service day, clipped to it. All moments are rounded down, so that what meets at a moment
        still only meets."""
        start, length = self.scene.span[0], _down(self.scene.span[1] - self.scene.span[0])
        return max(0, _down(starts_at - start)), min(length, _down(ends_at - start))

    def _add(self, owner: Owner, party: Party) -> None:
        start, end = (_down(moment - self.scene.span[0]) for moment in (owner.starts_at, owner.ends_at))
        length = max(1, end - start)
        buffer_min = min(party.buffer_min, length - 1)
        party = structs.replace(party, start=start, turn_min=length - buffer_min, buffer_min=buffer_min)
        self.owners.append(owner)
        self.parties.append(party)
        if party.locked:
            for table_id in owner.table_ids:
                self.taken.setdefault(table_id, []).append((owner.starts_at, owner.ends_at))

    def seated(self) -> None:
        now, buffer = self.scene.now, timedelta(minutes=self.scene.terms.buffer_min)
        for seating in sorted(self.scene.seatings, key=lambda row: row.id):
            self.holders |= {seating.id, seating.booking_id or seating.id}
            table_ids = self._here(seating.table_ids)
            clear = clears_at(seating, now)
            if not table_ids or not meet((seating.seated_at, clear), self.scene.span):
                continue
            owner_id = seating.booking_id or seating.id
            ahead = [
                hold.starts_at for hold in self.scene.holds
                if hold.table_id in table_ids and hold.owner_id != owner_id and hold.starts_at >= clear
            ]  # fmt: skip
            ends_at = max(clear, min([clear + buffer, *ahead]))  # the next plan may cut the cleaning short
            owner = Owner(
                "seating", seating.id, seating.name, seating.covers, table_ids, seating.seated_at, ends_at
            )
            self._add(owner, Party(
                seating.covers, 0, 0, buffer_min=_down(ends_at - clear), must=True, locked=True, now=self._at(table_ids)
            ))  # fmt: skip

    def booked(self) -> None:
        rows = [row for row in self.scene.bookings if row.status in PLACEABLE]
        rows = sorted(rows, key=lambda row: (row.starts_at, row.id))[:PARTIES_MAX]
        asked = [(row, owner) for row in rows if (owner := self._owner(row)) is not None]
        for row, owner in sorted(asked, key=lambda each: not self._is_kept(*each)):  # who stays, first
            self.holders.add(row.id)
            locked = self._is_kept(row, owner) and self._is_free(owner)
            if not owner.table_ids and (row.id in self.scene.pinned or row.kind != "dining"):
                continue  # people see to it
            self._add(owner, self._party(row, owner, locked=locked))

    def _owner(self, row: BookingRow) -> Owner | None:
        """Where a booking is planned, and the time it asks for; None when that is over."""
        now, terms = self.scene.now, self.scene.terms
        held = [hold for hold in self.held.get(row.id, ()) if hold.owner_kind == "booking" and hold.status == "held"]
        if held:
            starts_at, ends_at = max(held[0].starts_at, _minute(now)), max(hold.ends_at for hold in held)
        else:
            starts_at = max(row.starts_at, _minute(now))
            if row.status != "arrived" and row.ends_at <= now:
                return None
            ends_at = starts_at + timedelta(minutes=row.duration_min + terms.buffer_min)
        if ends_at <= starts_at or not meet((starts_at, ends_at), self.scene.span):
            return None
        table_ids = tuple(hold.table_id for hold in held)
        return Owner("booking", row.id, row.name, row.covers, table_ids, starts_at, ends_at)

    def _is_kept(self, row: BookingRow, owner: Owner) -> bool:
        """Whether a booking stays where it is if it can."""
        if not owner.table_ids:
            return False
        soon = self.scene.today and owner.starts_at - self.scene.now < timedelta(minutes=self.scene.terms.keep_min)
        closes = any(
            owner.starts_at < shuts < owner.ends_at for at in owner.table_ids for shuts, _ in self.shut.get(at, ())
        )
        return row.kind != "dining" or row.id in self.scene.pinned or soon or closes

    def _is_free(self, owner: Owner) -> bool:
        """Whether nothing stands in the way of it staying there."""
        turn = (owner.starts_at, owner.ends_at)
        return all(
            table_id in self.place
            and not any(meet(turn, span) for span in self.taken.get(table_id, ()))
            and not any(meet(turn, span) and span[0] <= turn[0] for span in self.shut[table_id])
            for table_id in owner.table_ids
        )

    def _party(self, row: BookingRow, owner: Owner, *, locked: bool) -> Party:
        terms, known = self.scene.terms, self.scene.guests.get(row.guest_id or "", Known())
        flags = {*row.flags, *row.guest_flags}
        area_id = row.area_id or known.favourite_area_id
        favourite = self.place.get(known.favourite_table_id or "")
        present = owner.table_ids if all(table_id in self.place for table_id in owner.table_ids) else ()
        length = owner.ends_at - owner.starts_at
        return Party(
            row.covers, 0, 0, buffer_min=max(0, min(terms.buffer_min, _down(length) - 1)),
            risk_min=terms.linger_min if row.covers >= terms.linger_covers else 0, accessible=row.accessible,
            area=ANYWHERE if area_id is None else self.areas.get(area_id, ANYWHERE),
            features=bits(FEATURES, features(row.preferences, row.flags, row.guest_flags)),
            occasion=bits(SUITS, {OCCASIONS.get(row.occasion or "", "")}),
            tables=() if favourite is None else (favourite,),
            guaranteed=terms.vip_guarantee and VIP in flags and favourite is not None,
            value=WORTH.get(known.tier or "", 0) + (VIP_WORTH if VIP in flags else 0),
            now=self._at(present), must=row.status in PROMISED, locked=locked,
        )  # fmt: skip

    def waiting(self) -> None:
        """Those at the door, as far as the line sees a table for them; one with an offer has its tables already."""
        turn = timedelta(minutes=self.scene.terms.duration_min + self.scene.terms.buffer_min)
        for row in sorted(self.scene.waiting, key=lambda row: (row.joined_at, row.id)):
            wait = self.scene.waits.get(row.id)
            if row.kind != "walk_in" or row.status != "active" or wait is None or wait.ready_at is None:
                continue
            starts_at = max(wait.ready_at, _minute(self.scene.now))
            if not meet((starts_at, starts_at + turn), self.scene.span):
                continue
            owner = Owner("party", row.id, row.name, row.covers, (), starts_at, starts_at + turn)
            self._add(owner, Party(
                row.covers, 0, 0, buffer_min=self.scene.terms.buffer_min, accessible=row.accessible,
                area=ANYWHERE if row.area_id is None else self.areas.get(row.area_id, ANYWHERE),
                features=bits(FEATURES, features(row.flags, row.guest_flags)),
            ))  # fmt: skip

    def _here(self, table_ids: Sequence[str]) -> tuple[str, ...]:
        return tuple(table_id for table_id in table_ids if table_id in self.place)

    def _at(self, table_ids: Sequence[str]) -> tuple[int, ...]:
        return tuple(sorted(self.place[table_id] for table_id in table_ids))


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _down(span: timedelta) -> int:
    return int(span.total_seconds() // 60)
