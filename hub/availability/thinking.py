"""A day's slots for a party, and why not: bits first, then the processes that think, for as long as policy allows."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

import asyncpg
from msgspec import structs

from hub.availability import certificates, views
from hub.availability.days import room
from hub.availability.problem import Asked, Wish
from hub.availability.words import Words
from hub.core.work import Policies
from hub.holds import fits
from hub.planning.problem import Scene
from hub.reservations import rules
from hub.reservations import views as reservations
from hub.slots.calendar import Slot
from schemas.availability import (
    AvailableDay,
    AvailableSlot,
    CalendarDay,
    CalendarView,
    Certificate,
    InTheWay,
    SlotFlag,
    SlotState,
    WhyNotAnswer,
    WouldHelp,
)  # fmt: skip
from solvers.availability.answers import Answer, Change, Considered
from solvers.seating.evening import Party

OPEN = Answer(yes=False, exact=False, by="budget")
AT_ONCE = Answer(yes=True, exact=True, by="bits")
WEEKEND = (6, 7)
ONLY_BY_MOVING = InTheWay("moving", "There is room only if others are planned elsewhere.")


@dataclass(frozen=True, slots=True)
class Asker:
    """`reads_book`: may read names and tables, and move others by hand."""

    reads_book: bool

    def may_move(self, policies: Policies) -> bool:
        policy = policies.get("booking.reshuffle", rules.DINING)
        return policy == "all" or (policy == "staff" and self.reads_book)


def duration(policies: Policies, asked: int | None) -> int:
    return asked or policies.get("dining.duration_min", rules.DINING)


def marks(slot: Slot, *, fast: bool) -> list[SlotFlag]:
    """What a slot is marked with (R-AVL-11)."""
    said: dict[SlotFlag, bool] = {
        "recommended": slot.recommended, "filling_fast": fast, "off_peak": slot.incentive is not None,
        "special_event": slot.special_event is not None,
    }  # fmt: skip
    return [mark for mark, there in said.items() if there]


# ---- a day


async def day(house: Any, site_id: str, on: date, wish: Wish, asker: Asker) -> AvailableDay | None:
    """The slots of a service day for a party; None when there is no such site."""
    async with house.pool.acquire(timeout=5) as db, db.transaction(isolation="repeatable_read", readonly=True):
        found = await views.asked(db, house, site_id, on, wish.but)
        if found is None:
            return None
        asked, policies = found
        free = await _free(house, db, site_id, on, wish)
        if asked.own:  # the bits know everybody's holds, the asker's own too
            free |= await _by_fits(asked, wish, policies, free)
        others = await _elsewhen(db, site_id, asked, wish, policies) if not free else []
    answers = {moment: AT_ONCE for moment in free if asked.ways(moment, wish) == (asked.party(moment, wish),)}
    refused = {slot.starts_at: asked.refused(slot.starts_at, wish) for slot in asked.slots}
    if asker.may_move(policies):
        unsure = [
            slot.starts_at for slot in asked.slots
            if slot.starts_at not in answers and refused[slot.starts_at] is None
        ]  # fmt: skip
        answers |= await _considered(house, asked, wish, unsure, policies.get("availability.exact_ms", rules.DINING))
    fast = policies.get("booking.filling_fast_pct", rules.DINING)
    slots = []
    for slot in asked.slots:
        no = refused[slot.starts_at]
        answer = answers.get(slot.starts_at, Answer(yes=False, exact=not asker.may_move(policies), by="bits"))
        state: SlotState = "free" if answer.yes else "full"
        if answer.yes and answer.moves:
            state = "moving"
        if no is not None:
            state, answer = "full" if no.reason == "slot_full" else "closed", Answer(yes=False, exact=True, by="rules")
        left, share = _left(asked, slot)
        slots.append(AvailableSlot(
            starts_at=slot.starts_at, at=slot.at, state=state, exact=answer.exact,
            flags=marks(slot, fast=state in ("free", "moving") and share * 100 >= fast), covers_left=left,
            reason=no.reason if no else None, special_event=slot.special_event, pricing=slot.pricing,
            incentive=slot.incentive, moves=len(answer.moves),
        ))  # fmt: skip
    spans = asked.times.calendar.spans(on)
    closed = (asked.times.calendar.title(on) or "closed") if spans is not None and not spans else None
    return AvailableDay(
        on=on, covers=wish.covers, duration_min=wish.duration_min, basis=asked.scene.seq, closed=closed, slots=slots,
        alternatives=[] if any(slot.state in ("free", "moving") for slot in slots) else [
            other if asker.reads_book else structs.replace(other, table_ids=[]) for other in others
        ],
    )  # fmt: skip


async def _free(house: Any, db: asyncpg.Connection, site_id: str, on: date, wish: Wish) -> set[datetime]:
    """The starts at which nobody has to move, as the bits have it: of areas that are shut by the hours of a start, and
    not by closed tables, they know nothing."""
    kept = await house.days.at(house, db, site_id)
    index = kept.day_of(on) if kept else None
    if kept is None or index is None:
        return set()
    need_min = wish.duration_min + kept.policies.get("dining.buffer_min", rules.DINING)
    party = kept.party(wish.covers, need_min, accessible=wish.accessible, area_id=wish.area_id)
    return {slot.starts_at for slot in kept.free(index, party)}


async def _by_fits(
    asked: Asked, wish: Wish, policies: Policies, known: Collection[datetime]
) -> set[datetime]:  # fmt: skip
    """Beside those `known` free the starts at which only the asker's own holds may have been in the way: time by time
    as `book` looks, in a thread."""
    scene, weights = asked.scene, fits.weights_of(policies)
    turn, need_min = timedelta(minutes=wish.duration_min), wish.duration_min + scene.terms.buffer_min

    def suits(moment: datetime) -> bool:
        found = fits.judge(
            scene.tables, scene.joins, scene.holds, at=moment, covers=wish.covers, need_min=need_min,
            short_min=need_min, zone=scene.zone, weights=weights, accessible=wish.accessible, area_id=wish.area_id,
            shut=asked.times.calendar.shut(moment, moment + turn),
        )  # fmt: skip
        return any(fit.legal and _meant_for(scene, fit.table_ids, wish) for fit in found)

    def worth(moment: datetime) -> bool:
        own = any(start < moment + timedelta(minutes=need_min) and moment < end for start, end in asked.own)
        return own and moment not in known and asked.refused(moment, wish) is None

    moments = [slot.starts_at for slot in asked.slots if worth(slot.starts_at)]
    return set(await asyncio.to_thread(lambda: [moment for moment in moments if suits(moment)]))


def _meant_for(scene: Scene, table_ids: Sequence[str], wish: Wish) -> bool:
    """In the area asked for, and not a table meant for more."""
    rows = [scene.tables[table_id] for table_id in table_ids]
    lonely = len(rows) == 1 and wish.covers < rows[0].min_covers
    return not lonely and (wish.area_id is None or all(row.area_id == wish.area_id for row in rows))


async def _elsewhen(
    db: asyncpg.Connection, site_id: str, asked: Asked, wish: Wish, policies: Policies, at: datetime | None = None
) -> list[Any]:  # fmt: skip
    """Other times, when a day has none: around `at`, else around the middle of what the day offers, else of the day."""
    slots = asked.slots
    starts_at = at or (slots[len(slots) // 2].starts_at if slots else asked.scene.span[0] + timedelta(hours=15))
    return await reservations.alternatives(
        db, site_id, now=asked.scene.now, starts_at=starts_at, covers=wish.covers, duration_min=wish.duration_min,
        policies=policies, accessible=wish.accessible, area_id=wish.area_id, ignore_owner=wish.but or None,
    )  # fmt: skip


async def _considered(
    house: Any, asked: Asked, wish: Wish, moments: Sequence[datetime], ms: float
) -> dict[datetime, Answer]:  # fmt: skip
    """What the exact search says of these moments, in their order, as far as it came."""
    if not moments:
        return {}
    ways = [asked.ways(moment, wish) for moment in moments]
    told = await house.minds.consider(asked.evening, asked.hours(), ways, ms)
    return dict(zip(moments, told.answers if told else [OPEN] * len(moments), strict=True))


def _left(asked: Asked, slot: Slot) -> tuple[int, float]:
    """Covers a slot still takes, and how full it is, 0..1: by its cap, else by the seats of tables that are open."""
    minute = asked.minute(slot.starts_at)
    tables = asked.evening.tables
    seats = sum(table.max_covers for table in tables if not any(a <= minute < b for a, b in table.closed))
    taken = sum(party.covers for party in asked.evening.parties if party.now and party.start <= minute < party.end)
    left, most = seats - taken, seats
    if slot.covers_max is not None:
        booked, _ = asked.times.booked(slot)
        if slot.covers_max - booked < left:
            left, most = slot.covers_max - booked, slot.covers_max
    return max(0, left), 1 - max(0, left) / most if most else 1.0


# ---- the days to come


async def calendar(house: Any, site_id: str, first: date, count: int, wish: Wish) -> CalendarView | None:
    """The load of days, and whether the party finds a time, as everybody is planned (F-AVL-06)."""
    now = house.clock.now()
    async with house.pool.acquire(timeout=5) as db, db.transaction(isolation="repeatable_read", readonly=True):
        kept = await house.days.at(house, db, site_id)
        if kept is None:
            return None
        caps = {
            day: await room(db, kept, day, now=now) for ahead in range(count)
            if (day := kept.day_of(first + timedelta(days=ahead))) is not None
            and kept.calendar.shaped(kept.first + timedelta(days=day))
        }  # fmt: skip
    need_min = wish.duration_min + kept.policies.get("dining.buffer_min", rules.DINING)
    party = kept.party(wish.covers, need_min, accessible=wish.accessible, area_id=wish.area_id)
    loads, basis = kept.days.loads(), kept.seq
    popular = kept.policies.get("availability.popular_pct", rules.DINING)
    days = []
    for ahead in range(count):
        on = first + timedelta(days=ahead)
        index = kept.day_of(on)
        if index is None:
            continue
        left = caps.get(index, {})
        free = sum(
            slot.starts_at >= rules.whole_minute(now) and left.get(slot.starts_at, wish.covers) >= wish.covers
            for slot in kept.free(index, party)
        )
        closed = not kept.starts[index]
        load = 0.0 if closed else round(float(loads[index]), 4)
        days.append(CalendarDay(
            on=on, load=load, closed=closed, weekend=on.isoweekday() in WEEKEND, open=free > 0, free=free,
            times=sum(slot.active and slot.starts_at >= rules.whole_minute(now) for slot in kept.slots[index]),
            popular=not closed and (load * 100 >= popular or kept.calendar.event(on) is not None),
            title=kept.calendar.title(on),
        ))  # fmt: skip
    return CalendarView(covers=wish.covers, basis=basis, days=days)


# ---- why not


async def why_not(
    house: Any, site_id: str, on: date, moment: datetime, wish: Wish, asker: Asker
) -> WhyNotAnswer | None:  # fmt: skip
    """May this party come at this moment, and if not, why not, and what would help; None when there is no such site."""
    async with house.pool.acquire(timeout=5) as db, db.transaction(isolation="repeatable_read", readonly=True):
        found = await views.asked(db, house, site_id, on, wish.but)
    if found is None:
        return None
    asked, policies = found
    refused = asked.refused(moment, wish)
    ways = asked.ways(moment, wish)
    words = Words(asked, wish, refused)
    shut = not ways
    told = await house.minds.consider(
        asked.evening, asked.hours(moment if refused is None else None),
        [ways or asked.ways(moment, replace(wish, area_id=None))],
        2 * policies.get("availability.exact_ms", rules.DINING), why=not shut,
    )  # fmt: skip
    told = told or Considered((OPEN,))
    answer = told.answers[0]
    desk = _Desk(house, site_id, asked, wish, words, policies, asker)
    if answer.yes and not shut and (asker.may_move(policies) or not answer.moves):
        return await desk.yes(moment, answer)
    return await desk.no(moment, told, shut=shut)


@dataclass(frozen=True, slots=True)
class _Desk:
    """Puts the solver's answer into words for one asker."""

    house: Any
    site_id: str
    asked: Asked
    wish: Wish
    words: Words
    policies: Policies
    asker: Asker

    async def yes(self, moment: datetime, answer: Answer) -> WhyNotAnswer:
        certificate = await self._certificate(moment, self.wish.covers, answer)
        tables = self.asked.tables(answer) if self.asker.reads_book else []
        return WhyNotAnswer(
            state="moving" if answer.moves else "free", exact=True, basis=self.asked.scene.seq, table_ids=tables,
            certificate=certificate, facts=[], minimal=True, changes=[],
        )  # fmt: skip

    async def no(self, moment: datetime, told: Considered, *, shut: bool) -> WhyNotAnswer:
        answer, refusal = told.answers[0], told.refusal
        facts = [self._said(self.words.fact(fact)) for fact in refusal.facts] if refusal else []
        rule = self.words.rule()
        if not facts and rule is not None:
            facts = [self._said(rule)]
        changes = [await self._help(change) for change in refusal.changes] if refusal else []
        if answer.yes and not shut:  # for others to ask
            facts = [ONLY_BY_MOVING]
        if shut:
            facts = [InTheWay("area_shut", f"{self.words.area(self.wish.area_id)} is closed then.")]
            if answer.yes:
                changes = [await self._help(Change("area", self._anywhere(moment), answer))]
        kept = [change for change in changes if change is not None]
        if not any(change.kind in ("earlier", "later") for change in kept):
            kept += await self._elsewhen(moment)
        ruled = rule is not None and rule.kind != "slot_full"
        return WhyNotAnswer(
            state="closed" if ruled else "full", exact=ruled or shut or bool(facts), basis=self.asked.scene.seq,
            table_ids=[], certificate=None, facts=facts, minimal=refusal.minimal if refusal else bool(facts),
            changes=kept,
        )  # fmt: skip

    def _anywhere(self, moment: datetime) -> tuple[Party, ...]:
        return self.asked.ways(moment, replace(self.wish, area_id=None))[:1]

    def _said(self, fact: InTheWay) -> InTheWay:
        return fact if self.asker.reads_book else structs.replace(fact, says=None, about=None)

    async def _help(self, change: Change) -> WouldHelp | None:
        """None for a change that takes moves the asker may not ask for."""
        if change.answer.moves and not self.asker.may_move(self.policies) and change.kind != "waiting":
            return None
        starts_at = self.asked.moment(change.parties[0].start)
        covers = [party.covers for party in change.parties]
        waits = change.kind == "waiting"
        certificate = None if waits or len(covers) > 1 else await self._certificate(starts_at, covers[0], change.answer)
        seats = [] if waits or not self.asker.reads_book else change.answer.seats
        return WouldHelp(
            kind=change.kind,  # type: ignore[arg-type] # the solver's words are among the wire's
            for_guests=self.words.change(change), starts_at=starts_at, covers=covers,
            table_ids=[table_id for seat in seats for table_id in self.asked.ids(seat)], certificate=certificate,
            cancels=len(change.cancels),
        )  # fmt: skip

    async def _certificate(self, moment: datetime, covers: int, answer: Answer) -> Certificate | None:
        if not answer.moves or not self.asker.reads_book:
            return None
        kept = await certificates.keep(
            self.house.pool, self.site_id, basis=self.asked.scene.seq, now=self.house.clock.now(), covers=covers,
            starts_at=moment, duration_min=self.wish.duration_min, table_ids=self.asked.tables(answer),
            moves=self.asked.moves(answer.moves),
        )  # fmt: skip
        return kept.told()

    def _kind(self, moment: datetime, other: datetime) -> Literal["earlier", "later", "other_day"]:
        if not self.asked.scene.span[0] <= other < self.asked.scene.span[1]:
            return "other_day"
        return "earlier" if other < moment else "later"

    async def _elsewhen(self, moment: datetime) -> list[WouldHelp]:
        """Other times that would do as everybody is planned, of that day or another."""
        async with self.house.pool.acquire(timeout=5) as db:
            offered = await _elsewhen(db, self.site_id, self.asked, self.wish, self.policies, moment)
        return [
            WouldHelp(
                kind=self._kind(moment, other.starts_at), starts_at=other.starts_at, covers=[self.wish.covers],
                for_guests=f"{other.starts_at.astimezone(self.asked.scene.zone):%A %-d %B at %H:%M}",
                table_ids=other.table_ids if self.asker.reads_book else [],
            )
            for other in offered
        ]  # fmt: skip
