"""What may be booked when: the configuration of a span of days, put together. Pure.

Whoever asks about a moment must have loaded the days around it (`views.calendar`). Local times are turned into moments
here and nowhere else in the slice: a time the clocks skip is no slot; one that comes twice is two slots where the house
steps through the night, and the first of them where the time is named.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import zip_longest
from typing import Any
from zoneinfo import ZoneInfo

from hub.core.clock import service_date, service_day
from hub.slots import rules
from hub.slots.spans import Span, merged, overlap, within, without
from hub.venues.rules import Hours, hours_fault, open_spans
from schemas.floor import AreaRow
from schemas.slots import Closure, SlotRow, SlotRuleRow, SpecialDayRow, WeatherRow

DAY = timedelta(days=1)
KINDS = ("closed", "event", "season")


@dataclass(frozen=True, slots=True)
class Slot:
    """Arrivals in [`starts_at`, `ends_at`) count for it; `at` is its start on the house's wall."""

    starts_at: datetime
    ends_at: datetime
    at: str
    covers_max: int | None = None
    active: bool = True
    recommended: bool = False
    staff_level: int | None = None
    special_event: str | None = None
    pricing: str | None = None
    incentive: str | None = None


@dataclass(frozen=True)
class Calendar:
    timezone: str
    day_ends: str
    hours: Hours
    step_min: int
    areas: Sequence[AreaRow] = ()
    """Those in use."""
    rules: Sequence[SlotRuleRow] = ()
    records: Mapping[str, SlotRow] = field(default_factory=dict)
    """By id, which is the day and the time: 2026-12-24T19:00."""
    days: Sequence[SpecialDayRow] = ()
    levels: Mapping[date, int] = field(default_factory=dict)
    weather: Sequence[WeatherRow] = ()
    staff_needed: int = 0
    weather_gate: bool = True
    _known: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    """What was worked out of a day already: each is asked for again and again."""

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @cached_property
    def seats(self) -> int:
        return sum(area.capacity for area in self.areas)

    # ---- hours

    def special(self, day: date, area_id: str | None = None) -> SpecialDayRow | None:
        """The special day that says when the house, or this area, is open; None where its usual hours hold."""
        found = [
            special for special in self._specials(day)
            if special.area_id == area_id and (special.kind == "closed" or special.hours is not None)
        ]  # fmt: skip
        return min(found, key=_rank, default=None)

    def title(self, day: date) -> str | None:
        """What the day is called: why the house is closed, else what is on."""
        special = self.special(day)
        if special is not None and special.kind == "closed":
            return special.title
        named = [special for special in self._specials(day) if special.area_id is None and special.kind != "closed"]
        return min(named, key=_rank).title if named else None

    def event(self, day: date) -> str | None:
        """What is on that day, whether or not the hours are its own."""
        events = [special for special in self._specials(day) if special.area_id is None and special.kind == "event"]
        return min(events, key=_rank).title if events else None

    def _specials(self, day: date) -> Sequence[SpecialDayRow]:
        return self._once(("specials", day), lambda: [
            special for special in self.days
            if special.first_day <= day <= special.last_day and day.isoweekday() in (special.weekdays or _ALL_DAYS)
        ])  # fmt: skip

    def _once(self, about: Any, worked_out: Callable[[], Any]) -> Any:
        if about not in self._known:
            self._known[about] = worked_out()
        return self._known[about]

    def _hours_of(self, special: SpecialDayRow, day: date) -> list[Span]:
        return open_spans({day.isoformat(): special.hours or ()}, self.timezone, day)

    def _house(self, day: date) -> list[Span] | None:
        """When the house is open on a service day; None when nothing is said."""
        return self._once(("house", day), lambda: self._house_of(day))

    def _house_of(self, day: date) -> list[Span] | None:
        if special := self.special(day):
            return self._hours_of(special, day)
        return open_spans(self.hours, self.timezone, day) if self.hours else None

    def _own(self, area: AreaRow, day: date) -> list[Span] | None:
        """When an area is open by hours of its own; None where the house's hold (R-TAB-19)."""
        return self._once((area.id, day), lambda: self._own_of(area, day))

    def _own_of(self, area: AreaRow, day: date) -> list[Span] | None:
        if special := self.special(day, area.id):
            return self._hours_of(special, day)
        if (house := self.special(day)) is not None:
            return [] if house.kind == "closed" else None
        if not area.hours or any(map(hours_fault, area.hours.values())):
            return None
        return open_spans(area.hours, self.timezone, day)

    def spans(self, day: date) -> list[Span] | None:
        """When anybody may be taken in anywhere on a service day; None when nothing is said."""
        house = self._house(day)
        if house is None:
            return None
        return merged([*house, *(span for area in self.areas if area.capacity for span in self._own(area, day) or ())])

    def service_day(self, moment: datetime) -> date:
        return service_date(moment, self.timezone, self.day_ends)

    def _around(self, moment: datetime) -> tuple[date, date]:
        """The service days whose hours may reach a moment: an evening may end after its day does."""
        day = self.service_day(moment)
        return day - DAY, day

    def is_open(self, moment: datetime, turn: timedelta = timedelta()) -> bool | None:
        """Whether a party is taken in at a moment: the house is open then, or an area with hours of its own is for the
        whole turn. None when the hours say nothing at all."""
        house = self._house_open(moment)
        if house is not False:
            return house
        return any(self._open_for(area, (moment, moment + turn)) for area in self.areas if area.capacity)

    def _house_open(self, moment: datetime) -> bool | None:
        days = self._around(moment)
        if any(opens <= moment < closes for day in days for opens, closes in self._house(day) or ()):
            return True
        return None if self._house(days[1]) is None else False

    def _open_for(self, area: AreaRow, turn: Span) -> bool:
        """Whether an area is open for all of a turn by its own hours."""
        own = merged(span for day in self._around(turn[0]) for span in self._own(area, day) or ())
        return any(opens <= turn[0] < closes and turn[1] <= closes for opens, closes in own)

    # ---- what is shut

    def shut(self, start: datetime, end: datetime) -> dict[str, str]:
        """Areas not to be had for a turn [start, end), each with why. Where the house is closed and the host takes a
        party all the same, hours do not count, but closures of an area and rain do."""
        turn = (start, end)
        opened = self.is_open(start, end - start) is not False
        house = self._house_open(start)
        found = {}
        for area in self.areas:
            if why := self._shut(area, turn, opened=opened, house=house):
                found[area.id] = f"{area.name}: {why}"
        return found

    def _shut(self, area: AreaRow, turn: Span, *, opened: bool, house: bool | None) -> str | None:
        wet = next((rain for rain in self._rains(area) if overlap((rain.starts_at, rain.ends_at), turn)), None)
        if wet:
            return f"rain until {self._clock(wet.ends_at)}"
        special = self.special(self.service_day(turn[0]), area.id)
        if special and special.kind == "closed":
            return f"closed, {special.title}"
        if not opened:
            return None
        if not self._has_own(area, turn[0]):
            return "closed then" if house is False else None
        return None if self._open_for(area, turn) else "closed for part of that time"

    def _has_own(self, area: AreaRow, moment: datetime) -> bool:
        """Whether an area keeps hours of its own at a moment: those of its day, or of a night before that goes on."""
        before, day = self._around(moment)
        night = self._own(area, before) or ()
        return self._own(area, day) is not None or any(opens <= moment < closes for opens, closes in night)

    def _rains(self, area: AreaRow) -> Sequence[WeatherRow]:
        return self.weather if self.weather_gate and is_outdoor(area) else ()

    def _clock(self, moment: datetime) -> str:
        return f"{moment.astimezone(self.zone):%H:%M}"

    def closed(self, start: datetime, end: datetime) -> list[Closure]:
        """Within [start, end): when the house takes nobody in (`area_id` None), and when an area is not to be had."""
        bounds = (start, end)
        days = [self.service_day(start) - DAY]
        while days[-1] < self.service_day(end):
            days.append(days[-1] + DAY)
        whole = {day: service_day(day, self.timezone, self.day_ends) for day in days}
        house = [span for day in days for span in _either(self.spans(day), whole[day])]
        found: list[tuple[str | None, Span, str]] = [(None, span, "closed") for span in without([bounds], house)]
        for area in self.areas:
            own = [span for day in days for span in _either(self._own(area, day), whole[day])]
            found += [(area.id, span, f"{area.name}: closed") for span in without([bounds], own)]
            rains = within([(rain.starts_at, rain.ends_at) for rain in self._rains(area)], bounds)
            found += [(area.id, span, f"{area.name}: rain") for span in rains]
        return [Closure(area_id, *span, why) for area_id, span, why in found]

    # ---- slots

    def shaped(self, day: date) -> bool:
        """Whether a service day has more to it than its hours and the site's step."""
        return (
            any(day.isoweekday() in rule.weekdays for rule in self.rules)
            or (bool(self.staff_needed) and day in self.levels)
            or any(record.on == day for record in self.records.values())
        )

    def slot(self, moment: datetime) -> Slot | None:
        """The slot that takes arrivals at a moment."""
        for day in self._around(moment):
            for slot in self.slots(day):
                if slot.starts_at <= moment < slot.ends_at:
                    return slot
        return None

    def slots(self, day: date) -> list[Slot]:
        """The slots of a service day, by start; they never meet."""
        return self._once(("slots", day), lambda: self._made(day))

    def _made(self, day: date) -> list[Slot]:
        opened = _either(self.spans(day), service_day(day, self.timezone, self.day_ends))
        windows = [
            ((self._wall(day, begins), self._wall(day, ends, fold=1)), rule)
            for rule in self.rules if day.isoweekday() in rule.weekdays
            for begins, ends in [rules.window_min(rule, self.day_ends)]
        ]  # fmt: skip
        step = timedelta(minutes=self.step_min)
        starts: dict[datetime, tuple[timedelta, SlotRuleRow | None]] = {}
        for start, end in without(opened, [window for window, _ in windows]):
            starts |= dict.fromkeys(self._stepped(start, end, step, None), (step, None))
        for window, rule in windows:
            pace = timedelta(minutes=rule.step_min) if rule.step_min else step
            for start, end in within(opened, window):
                times = self._named(day, rule.starts) if rule.starts else self._stepped(start, end, pace, window[0])
                starts |= {moment: (pace, rule) for moment in times if start <= moment < end}
        told = {self._clock(moment) for moment in starts}
        added = [record.at for record in self.records.values() if record.on == day and record.at not in told]
        for moment in self._named(day, added):
            if any(opens <= moment < closes for opens, closes in opened):
                around = (rule for window, rule in windows if window[0] <= moment < window[1])
                starts[moment] = (step, next(around, None))
        moments = sorted(starts)
        return [
            self._slot(day, moment, min(moment + starts[moment][0], following or _NEVER), starts[moment][1])
            for moment, following in zip_longest(moments, moments[1:])
        ]  # fmt: skip

    def _stepped(self, start: datetime, end: datetime, step: timedelta, anchor: datetime | None) -> Iterator[datetime]:
        """`start`, then on the step counted from `anchor`, else from midnight on the wall."""
        if anchor is None:
            local = start.astimezone(self.zone)
            over = timedelta(hours=local.hour, minutes=local.minute) % step
        else:
            over = (start - anchor) % step
        moment = start
        while moment < end:
            yield moment
            moment += step - over
            over = timedelta()

    def _named(self, day: date, clocks: Sequence[str]) -> Iterator[datetime]:
        """The moments of named times of a service day; one the clocks skip is left out."""
        for clock in clocks:
            moment = self._wall(day, rules.begins_min(clock, self.day_ends))
            if self._clock(moment) == clock:
                yield moment

    def _wall(self, day: date, minute: int, *, fold: int = 0) -> datetime:
        days, minute = divmod(minute, rules.DAY_MIN)
        on = day + days * DAY
        return datetime(on.year, on.month, on.day, *divmod(minute, 60), tzinfo=self.zone, fold=fold).astimezone(UTC)

    def _slot(self, day: date, starts_at: datetime, ends_at: datetime, rule: SlotRuleRow | None) -> Slot:
        slot = Slot(starts_at, ends_at, self._clock(starts_at))
        record = self.records.get(record_id(day, slot.at))
        level = self.levels.get(day) if record is None or record.staff_level is None else record.staff_level
        needed, cap = self.staff_needed, None
        named = self.event(day)
        if rule:
            needed = self.staff_needed if rule.staff_needed is None else rule.staff_needed
            cap = rule.covers_max
            slot = replace(slot, recommended=rule.recommended, pricing=rule.pricing, incentive=rule.incentive)
        if record:
            cap = cap if record.covers_max is None else record.covers_max
            named = record.special_event or named
            slot = replace(
                slot, active=record.active, pricing=record.pricing or slot.pricing,
                incentive=record.incentive or slot.incentive,
                recommended=slot.recommended if record.recommended is None else record.recommended,
            )  # fmt: skip
        offered = rules.offered_covers(cap, level=level, needed=needed, seats=self.seats)
        return replace(slot, covers_max=offered, staff_level=level, special_event=named)


_NEVER = datetime.max.replace(tzinfo=UTC)
_ALL_DAYS = tuple(range(1, 8))


def _rank(special: SpecialDayRow) -> tuple[int, int, str]:
    """A closure goes before an event, an event before a season; of two alike the one that begins later counts."""
    return KINDS.index(special.kind), -special.first_day.toordinal(), special.id


def _either(spans: list[Span] | None, whole: Span) -> list[Span]:
    return [whole] if spans is None else spans


def is_outdoor(area: AreaRow) -> bool:
    return area.kind == "patio" or "outdoor" in area.features


def record_id(day: date, at: str) -> str:
    return f"{day.isoformat()}T{at}"
