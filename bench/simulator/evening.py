"""The evening, pure: given the room and the house's time, what everybody does next.

Theory of operation. Nothing is remembered that the room itself shows: each time, for every party, table and call the
one next step is worked out from its rows and its plan, with the moment it falls due. So the evening goes on from
whatever it finds: after its own restart, after the hub's, and after a host has done a step first.

What the room does not show is kept in a small ledger: steps that were refused (they wait longer each time), and steps
that were granted and yet are due again, which means that somebody took them back. A person's word stands: such a step
is left alone, or for the flow of a table's turn, left alone for `TAKEN_BACK_MIN`.

A step's key is made of the day, the subject, the step and how often it was granted before. A refusal is not stored by
the house, so asking again may use the same key; and a step whose answer got lost is asked again under the same key,
also by a new process, so it never happens twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from math import ceil
from typing import Any, Final, Literal

from bench.simulator import plans
from bench.simulator.room import Room
from schemas.bookings import BookingRow
from schemas.floor import TableRow
from schemas.seating import SeatingRow
from schemas.waitlist import PartyRow

TAKEN_BACK_MIN: Final = 15  # house minutes for which a host's taking back of a table's step is respected
REFUSALS_MAX: Final = 6  # of one step; then it is left to people
WAIT_AFTER_REFUSAL_MIN: Final = (1, 2, 4, 8, 15, 30)  # house minutes, by how often the step was refused
NO_TABLE_MIN: Final = 3  # house minutes until a party without a fitting table asks again, unless a table comes free
OWN_TABLE_MIN: Final = 8  # house minutes a booked party waits for its own table before it takes another
TOO_LATE_MIN: Final = 45  # a step of arrival this long overdue (the house slept) is a no-show, or is left out
INSISTS_MIN: Final = 12  # house minutes after which a small party is given a large table rather than wait on
STRANGER_MIN: Final = 8  # house minutes a party that a person put in line is left to that person
NEIGHBOUR_FREE_MIN: Final = 75  # a table is pushed up only if nobody is planned there for this long
BEFORE_START_MIN: Final = 3  # walk-ins and calls this shortly before the simulator's start are (again) asked for

Answer = Literal["done", "refused", "lost", "no_table"]
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Step:
    """One command that falls due at house time `at`. With `fit`, the house is first asked for tables by these query
    words of its fits door, and `table_ids` is filled in from its best legal answer.
    """

    at: datetime
    subject: str
    name: str
    command: str
    args: dict[str, Any]
    key: str
    fit: dict[str, str] | None = None
    insists: bool = False
    """The party has waited so long that it gets a table meant for more people, if nothing better is free."""


@dataclass(slots=True)
class _Ledger:
    granted: int = 0
    granted_at: datetime | None = None
    refusals: int = 0
    not_before: datetime | None = None
    free_then: frozenset[str] | None = None


@dataclass(slots=True)
class Evening:
    """One site's evening. `since` is the house time at which it began to look: walk-ins of before are not made up."""

    seed: int
    since: datetime
    _ledger: dict[tuple[str, str], _Ledger] = field(default_factory=dict)
    _day: date | None = None
    _walk_ins: dict[str, plans.WalkIn] = field(default_factory=dict)
    _calls: list[plans.PhoneCall] = field(default_factory=list)

    def steps(self, room: Room, now: datetime) -> list[Step]:
        """Every subject's next step that is due or will be, earliest first; ties by subject, so the order is one."""
        self._turn_day(room)
        subjects = _subjects(room)
        found = [
            step
            for steps in (
                self._doors(room, now), self._phone(room, now), self._book(room, now, subjects), self._line(room, now),
                self._tables(room, now, subjects), self._bussing(room),
            )
            for step in steps
        ]  # fmt: skip
        return sorted(filter(None, (self._open(s, room, now) for s in found)), key=lambda s: (s.at, s.subject, s.name))

    def settle(self, step: Step, answer: Answer, room: Room, now: datetime) -> None:
        """What became of a step. "lost" = no answer came: the same step under the same key is due again soon."""
        entry = self._ledger.setdefault((step.subject, step.name), _Ledger())
        entry.free_then = None
        match answer:
            case "done":
                entry.granted, entry.granted_at, entry.refusals, entry.not_before = entry.granted + 1, now, 0, None
            case "refused":
                wait = WAIT_AFTER_REFUSAL_MIN[min(entry.refusals, len(WAIT_AFTER_REFUSAL_MIN) - 1)]
                entry.refusals, entry.not_before = entry.refusals + 1, now + wait * _MINUTE
            case "no_table":
                entry.not_before, entry.free_then = now + NO_TABLE_MIN * _MINUTE, frozenset(room.free_tables())
            case "lost":
                entry.not_before = now + timedelta(seconds=10)

    # ---- the ledger

    def _open(self, step: Step, room: Room, now: datetime) -> Step | None:
        """The step, put off or left out by what the ledger knows about it."""
        entry = self._ledger.get((step.subject, step.name))
        if entry is None:
            return step
        at = step.at
        if entry.granted_at is not None:
            if step.name not in _REPEATABLE:
                return None
            at = max(at, entry.granted_at + TAKEN_BACK_MIN * _MINUTE)
        if entry.refusals >= REFUSALS_MAX or (entry.refusals and step.name in _ONE_TRY):
            return None
        if entry.not_before is not None and entry.not_before > now:
            news = entry.free_then is not None and not frozenset(room.free_tables()) <= entry.free_then
            if not news:
                at = max(at, entry.not_before)
        return replace(step, at=at)

    def _step(
        self, subject: str, name: str, at: datetime, command: str, fit: dict[str, str] | None = None, /, **args: Any
    ) -> Step:
        entry = self._ledger.get((subject, name))
        key = self._key(subject, name, entry.granted if entry else 0)
        return Step(at.replace(microsecond=0), subject, name, command, args, key, fit)

    def _key(self, subject: str, name: str, attempt: int) -> str:
        # names may be long and are people's: a digest of them goes into the key
        digest = blake2b(f"{self.seed}|{subject}".encode(), digest_size=8).hexdigest()
        return f"sim-{self._day:%m%d}-{digest}-{name}-{attempt}"

    # ---- the door and the telephone

    def _turn_day(self, room: Room) -> None:
        day = room.venue.service_date if room.venue else None
        if day is None or (day == self._day and self._walk_ins):
            return
        if day != self._day:
            self._ledger.clear()
        self._day = day
        seats = sum(t.max_covers for t in room.all("table") if t.active)
        self._walk_ins = {w.name: w for w in plans.walk_ins(self.seed, day, seats)}
        self._calls = plans.phone_calls(self.seed, day)

    def _moment(self, room: Room, at_min: int) -> datetime:
        assert self._day is not None
        local = datetime(self._day.year, self._day.month, self._day.day, tzinfo=room.zone) + timedelta(minutes=at_min)
        return local.astimezone(UTC)

    def _doors(self, room: Room, now: datetime) -> Iterator[Step]:
        for plan in self._walk_ins.values():
            at = self._moment(room, plan.at_min)
            if self._in_time(at, now):
                flags = {"flags": list(plan.flags), "accessible": "step_free" in plan.flags} if plan.flags else {}
                args = {"name": plan.name, "covers": plan.covers, **flags}
                yield self._step(f"w:{plan.name}", "join_line", at, "add_party", **args)

    def _phone(self, room: Room, now: datetime) -> Iterator[Step]:
        for call in self._calls:
            at = self._moment(room, call.at_min)
            if self._in_time(at, now):
                wished = _quarter(at + call.lead_min * _MINUTE)
                more = {"occasion": call.occasion} if call.occasion else {}
                yield self._step(
                    f"c:{call.name}", "book", at, "book", name=call.name, covers=call.covers, phone=call.phone,
                    starts_at=wished.isoformat(), source="phone", **more,
                )  # fmt: skip

    def _in_time(self, at: datetime, now: datetime) -> bool:
        return at >= self.since - BEFORE_START_MIN * _MINUTE and at >= now - TOO_LATE_MIN * _MINUTE

    # ---- booked parties

    def _book(self, room: Room, now: datetime, subjects: dict[str, str]) -> Iterator[Step]:
        for row in room.all("booking"):
            if row.kind != "dining" or row.service_date != self._day:
                continue
            subject = subjects[row.id]
            plan = plans.booked(self.seed, subject, row.covers)
            if row.status in ("pending", "confirmed", "reminded"):
                yield self._awaited(row, plan, subject, now)
            elif row.status == "arrived":
                yield from self._arrived(room, row, plan, subject, now)

    def _awaited(self, row: BookingRow, plan: plans.BookedPlan, subject: str, now: datetime) -> Step:
        start = row.starts_at
        comes = start + plan.comes_min * _MINUTE
        cancels = start + plan.cancels_min * _MINUTE
        overslept = plan.fate != "no_show" and now > max(comes, start) + TOO_LATE_MIN * _MINUTE
        if plan.fate == "no_show" or overslept:
            at = start + plan.no_show_after_min * _MINUTE
            return self._step(subject, "no_show", at, "mark_no_show", booking_id=row.id)
        if plan.fate == "cancel" and cancels >= self.since:
            return self._step(subject, "cancel", cancels, "cancel_booking", booking_id=row.id)
        if plan.calls_min is not None and row.expected_at is None:
            calls = start + plan.calls_min * _MINUTE
            called = self._ledger.get((subject, "call"))
            if now < comes and (called is None or (called.granted == 0 and called.refusals == 0)):
                # told in steps of five minutes, as people do
                in_min = max(5, ceil((comes - max(calls, now)) / _MINUTE / 5) * 5)
                return self._step(subject, "call", calls, "mark_late", booking_id=row.id, expected_in_min=in_min)
        arrival = "partial" if plan.partial else "all"
        return self._step(subject, "arrive", comes, "arrive_booking", booking_id=row.id, arrival=arrival)

    def _arrived(
        self, room: Room, row: BookingRow, plan: plans.BookedPlan, subject: str, now: datetime
    ) -> Iterator[Step]:
        here = row.arrived_at or now
        if row.arrival == "partial":
            whole = here + plan.rest_after_min * _MINUTE
            yield self._step(subject, "all_here", whole, "arrive_booking", booking_id=row.id, arrival="all")
            return
        ready = here + plan.react_min * _MINUTE
        own, free = room.held_by(row.id), room.free_tables()
        if own and all(t in free for t in own):
            yield self._step(subject, "seat", ready, "seat_party", booking_id=row.id, table_ids=own)
            return
        other = ready if not own else max(ready, here + OWN_TABLE_MIN * _MINUTE)
        if other > now or room.could_fit(row.covers):
            step = self._step(subject, "seat", other, "seat_party", {"booking_id": row.id}, booking_id=row.id)
            yield replace(step, insists=now >= here + INSISTS_MIN * _MINUTE)

    # ---- the line

    def _line(self, room: Room, now: datetime) -> Iterator[Step]:
        for row in room.all("party"):
            if row.status not in ("active", "notified"):
                continue
            plan, subject = self._walk_ins.get(row.name), f"w:{row.name}"
            if plan is not None:
                yield self._step(subject, "give_up", _gives_up(row, plan), "remove_party", party_id=row.id)
            ready = row.joined_at + (plan.react_min if plan else STRANGER_MIN) * _MINUTE
            if ready > now or room.could_fit(row.covers):
                who = subject if plan else f"p:{row.id}"
                step = self._step(who, "seat", ready, "seat_party", {"party_id": row.id}, party_id=row.id)
                yield replace(step, insists=now >= row.joined_at + INSISTS_MIN * _MINUTE)

    # ---- at the tables

    def _tables(self, room: Room, now: datetime, subjects: dict[str, str]) -> Iterator[Step]:
        for row in room.all("seating"):
            subject = self._seated_as(room, row, subjects)
            plan = plans.at_table(self.seed, subject, row.covers)
            yield self._next_stage(row, plan, subject)
            yield from self._whims(room, row, plan, subject, now)

    def _seated_as(self, room: Room, row: SeatingRow, subjects: dict[str, str]) -> str:
        if row.booking_id in subjects:
            return subjects[row.booking_id]
        if row.party_id:
            return f"w:{row.name}"
        return f"s:{row.name}:{room.local(row.seated_at):%H%M}:{row.covers}"

    def _next_stage(self, row: SeatingRow, plan: plans.TablePlan, subject: str) -> Step:
        turn = row.turn_min * plan.pace * _MINUTE
        n = plans.STAGES.index(row.stage) + 1
        if n == len(plans.STAGES):
            at = max(row.seated_at + turn, row.stage_since + 2 * _MINUTE)
            return self._step(subject, "leave", at, "clear_seating", seating_id=row.id)
        stage = plans.STAGES[n]
        at = max(row.seated_at + turn * plan.reached[stage], row.stage_since + 2 * _MINUTE)
        return self._step(subject, stage, at, "set_stage", seating_id=row.id, stage=stage)

    def _whims(
        self, room: Room, row: SeatingRow, plan: plans.TablePlan, subject: str, now: datetime
    ) -> Iterator[Step]:
        """A wish for another table, or friends who join: the neighbour table is pushed up."""
        if row.stage not in ("just_sat", "ordered") or len(row.table_ids) > 1:
            return
        if plan.moves_after_min is not None and room.could_fit(row.covers):
            at = row.seated_at + plan.moves_after_min * _MINUTE
            if now - at < TOO_LATE_MIN * _MINUTE:
                yield self._step(subject, "move", at, "move_seating", {"seating_id": row.id}, seating_id=row.id)
        if plan.joins_after_min is not None:
            at = row.seated_at + plan.joins_after_min * _MINUTE
            neighbour = _free_neighbour(room, row.table_ids[0], max(at, now))
            if neighbour and now - at < TOO_LATE_MIN * _MINUTE:
                tables = [row.table_ids[0], neighbour]
                yield self._step(subject, "push_up", at, "move_seating", seating_id=row.id, table_ids=tables)

    def _bussing(self, room: Room) -> Iterator[Step]:
        for table in room.all("table"):
            if table.active and table.status == "cleaning":
                yield self._bus(room, table)

    def _bus(self, room: Room, table: TableRow) -> Step:
        since = f"{room.local(table.status_since):%H%M}"
        at = table.status_since + plans.bus_min(self.seed, table.number, since) * _MINUTE
        subject = f"t:{table.number}:{since}"
        return self._step(subject, "bus", at, "set_table_status", table_id=table.id, status="available")


_REPEATABLE: Final = frozenset({"seat", "all_here", "leave", *plans.STAGES})
_ONE_TRY: Final = frozenset({"move", "push_up", "book", "call"})


def _subjects(room: Room) -> dict[str, str]:
    """Booking id → stable subject: name and booked time; a second one of the very same gets a number."""
    seen: dict[str, int] = {}
    subjects = {}
    for row in room.all("booking"):
        base = f"b:{row.name}:{room.local(row.starts_at):%H%M}"
        seen[base] = seen.get(base, 0) + 1
        subjects[row.id] = base if seen[base] == 1 else f"{base}:{seen[base]}"
    return subjects


def _gives_up(row: PartyRow, plan: plans.WalkIn) -> datetime:
    shrugs = row.quoted_min is not None and row.quoted_min > 1.5 * plan.patience_min
    return row.joined_at + (plan.shrug if shrugs else plan.patience_min) * _MINUTE


def _free_neighbour(room: Room, table_id: str, at: datetime) -> str | None:
    free = room.free_tables()
    beside = {j.b if j.a == table_id else j.a for j in room.all("join") if table_id in (j.a, j.b)}
    fitting = (t for t in beside if t in free and room.next_hold_min(t, at) > NEIGHBOUR_FREE_MIN)
    return min(fitting, key=lambda t: free[t].number, default=None)


def _quarter(moment: datetime) -> datetime:
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)
