"""Slots: which times of which days may be booked, for how many covers, and which parts of the house are shut then."""

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from schemas.base import Command, Fact, Id, Note, Refused, Row

Clock = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""A time on the house's wall. What is before the end of the service day (04:00) belongs to the night after it."""
Weekdays = Annotated[list[Annotated[int, Meta(ge=1, le=7)]], Meta(max_length=7)]
"""ISO: 1 is Monday (C-50)."""
Cap = Annotated[int, Meta(ge=0, le=999)]
StaffLevel = Annotated[int, Meta(ge=0, le=200)]
"""How many people serve."""
Step = Annotated[int, Meta(ge=5, le=240)]
Mark = Annotated[str, Meta(min_length=1, max_length=80)]
Starts = Annotated[list[Clock], Meta(max_length=96)]
Hours = Annotated[list[Clock], Meta(max_length=8)]
"""Opening and closing by turns, as in ["12:00", "15:00", "18:00", "01:00"]; empty = closed."""
CapWish = Cap | UnsetType | None
StaffLevelWish = StaffLevel | UnsetType | None
MarkWish = Mark | UnsetType | None
"""What a wish may say of a field: not named, it stays; None takes back what was said."""
DayKind = Literal["closed", "event", "season"]
"""Where several meet, the first of these counts."""


class SlotRuleRow(Row, frozen=True, tag="slot_rule"):
    """What recurs on these weekdays from `from_time` until `until_time` (local): times every `step_min` minutes, or
    the fixed `starts`; with neither, the site's own step. At most `covers_max` covers come at each time; an evening
    with fewer than `staff_needed` people serving offers its share of them (R-AVL-09)."""

    weekdays: list[int]
    from_time: str
    until_time: str
    step_min: int | None
    starts: list[str]
    covers_max: int | None
    staff_needed: int | None
    pricing: str | None
    incentive: str | None
    recommended: bool
    version: int


class SlotRow(Row, frozen=True, tag="slot"):
    """What one time of one day has of its own (R-AVL-07); None is as the rules say. Its id is the day and the time."""

    on: date
    at: str
    covers_max: int | None
    staff_level: int | None
    special_event: str | None
    pricing: str | None
    incentive: str | None
    recommended: bool | None
    active: bool
    version: int


class SpecialDayRow(Row, frozen=True, tag="special_day"):
    """From `first_day` to `last_day`, on these weekdays (none named: all), the house or one area is closed or keeps
    other `hours` (None: its usual ones)."""

    kind: DayKind
    title: str
    first_day: date
    last_day: date
    weekdays: list[int]
    area_id: str | None
    hours: list[str] | None
    version: int


class StaffLevelRow(Row, frozen=True, tag="staff_level"):
    """How many people serve on an evening. Its id is the day."""

    on: date
    level: int
    version: int


class WeatherRow(Row, frozen=True, tag="weather"):
    """Rain is expected: nobody is offered a table outdoors meanwhile (R-TAB-27)."""

    starts_at: datetime
    ends_at: datetime
    note: str | None
    version: int


# ---- commands


class SetSlotRule(Command, frozen=True, kw_only=True, tag="set_slot_rule"):
    """Adds a rule (no `rule_id`; needs weekdays, from and until) or changes the named fields of one. Two rules never
    meet on one weekday."""

    permission: ClassVar[str] = "slots.edit"
    undoable: ClassVar[bool] = True
    rule_id: Id | None = None
    weekdays: Weekdays | UnsetType = UNSET
    from_time: Clock | UnsetType = UNSET
    until_time: Clock | UnsetType = UNSET
    step_min: Step | UnsetType | None = UNSET
    starts: Starts | UnsetType = UNSET
    covers_max: CapWish = UNSET
    staff_needed: StaffLevelWish = UNSET
    pricing: MarkWish = UNSET
    incentive: MarkWish = UNSET
    recommended: bool | UnsetType = UNSET


class DeleteSlotRule(Command, frozen=True, kw_only=True, tag="delete_slot_rule"):
    permission: ClassVar[str] = "slots.edit"
    undoable: ClassVar[bool] = True
    rule_id: Id


class SetSlot(Command, frozen=True, kw_only=True, tag="set_slot"):
    """Changes the named fields of one time of one day; None takes back what was said. A time that no rule has is
    added. `active` false takes it out of offers (F-AVL-11)."""

    permission: ClassVar[str] = "slots.edit"
    undoable: ClassVar[bool] = True
    on: date
    at: Clock
    covers_max: CapWish = UNSET
    staff_level: StaffLevelWish = UNSET
    special_event: MarkWish = UNSET
    pricing: MarkWish = UNSET
    incentive: MarkWish = UNSET
    recommended: bool | UnsetType | None = UNSET
    active: bool | UnsetType = UNSET


class SetSpecialDay(Command, frozen=True, kw_only=True, tag="set_special_day"):
    """Adds a special day (no `day_id`; needs kind, title and first day) or changes the named fields of one: a closure,
    an event or a season, of the house or of one area (F-AVL-07). Bookings that stand are left to the host."""

    permission: ClassVar[str] = "slots.edit"
    undoable: ClassVar[bool] = True
    day_id: Id | None = None
    kind: DayKind | UnsetType = UNSET
    title: Mark | UnsetType = UNSET
    first_day: date | UnsetType = UNSET
    last_day: date | UnsetType = UNSET
    weekdays: Weekdays | UnsetType = UNSET
    area_id: Id | UnsetType | None = UNSET
    hours: Hours | UnsetType | None = UNSET


class DeleteSpecialDay(Command, frozen=True, kw_only=True, tag="delete_special_day"):
    permission: ClassVar[str] = "slots.edit"
    undoable: ClassVar[bool] = True
    day_id: Id


class SetStaffLevel(Command, frozen=True, kw_only=True, tag="set_staff_level"):
    """How many people serve on an evening; None takes it back (F-AVL-08)."""

    permission: ClassVar[str] = "slots.tonight"
    undoable: ClassVar[bool] = True
    on: date
    level: StaffLevel | None


class SetWeather(Command, frozen=True, kw_only=True, tag="set_weather"):
    """Rain from `starts_at` until `ends_at`; with `weather_id` another span for a rain already told (F-AVL-08)."""

    permission: ClassVar[str] = "slots.tonight"
    undoable: ClassVar[bool] = True
    weather_id: Id | None = None
    starts_at: datetime
    ends_at: datetime
    note: Note | None = None


class DeleteWeather(Command, frozen=True, kw_only=True, tag="delete_weather"):
    """No rain after all, or it is over."""

    permission: ClassVar[str] = "slots.tonight"
    undoable: ClassVar[bool] = True
    weather_id: Id


class TidySlots(Command, frozen=True, kw_only=True, tag="tidy_slots"):
    """Lets go of what has been over for a month."""


SlotWish = (
    SetSlotRule | DeleteSlotRule | SetSlot | SetSpecialDay | DeleteSpecialDay
    | SetStaffLevel | SetWeather | DeleteWeather
)  # fmt: skip
"""A change of what may be booked when."""


# ---- facts: what may be booked has changed, and for which days


class SlotRuleChanged(Fact, frozen=True, kw_only=True, tag="availability.rule_changed"):
    rule_id: str


class SlotChanged(Fact, frozen=True, kw_only=True, tag="availability.slot_changed"):
    on: date
    at: str


class SpecialDayChanged(Fact, frozen=True, kw_only=True, tag="availability.day_changed"):
    """`first_day` to `last_day` span what it was and what it is."""

    day_id: str
    first_day: date
    last_day: date


class StaffLevelChanged(Fact, frozen=True, kw_only=True, tag="availability.staff_changed"):
    on: date
    level: int | None


class WeatherChanged(Fact, frozen=True, kw_only=True, tag="availability.weather_changed"):
    """`starts_at` to `ends_at` span what it was and what it is."""

    weather_id: str
    starts_at: datetime
    ends_at: datetime


# ---- what doors answer

SlotState = Literal["available", "full", "closed"]
SlotFlag = Literal["recommended", "filling_fast", "off_peak"]


class DaySlot(Struct, frozen=True):
    """One time of a day that may be booked, judged by its cap alone: whether a table is free then is the floor's to
    say. `closed` = taken out of offers."""

    starts_at: datetime
    ends_at: datetime
    at: str
    state: SlotState
    flags: list[SlotFlag]
    covers_max: int | None
    """As it is offered: lowered where staff is short (R-AVL-09)."""
    covers_booked: int
    bookings: int
    staff_level: int | None
    special_event: str | None
    pricing: str | None
    incentive: str | None


class Closure(Struct, frozen=True):
    """[`starts_at`, `ends_at`) in which the house (`area_id` None) takes nobody in, or an area's tables are not to be
    had."""

    area_id: str | None
    starts_at: datetime
    ends_at: datetime
    why: str


class Touched(Struct, frozen=True):
    """A booking to come that a change would leave where no new one is taken: too late, too many, or in an area that is
    shut. It stays as it is; the host sees to it."""

    booking_id: str
    code: str
    name: str
    covers: int
    service_date: date
    starts_at: datetime
    tables: list[str]
    """Their numbers."""
    why: str


class SlotEffects(Struct, frozen=True):
    """POST /api/sites/{site}/slots/effects: what a change would mean; nothing is written. `refused`: why it would not
    be made. Bookings that stand in the way of the calendar as it is are not told again."""

    refused: Refused | None = None
    count: int = 0
    covers: int = 0
    bookings: list[Touched] = []
    """The first of them, by start."""
    seen: int = 0
    """Bookings to come that were looked at."""


class SlotDay(Struct, frozen=True):
    """GET /api/sites/{site}/slots/{day}: a service day as it may be booked. `open` None: its hours say nothing."""

    on: date
    open: bool | None
    title: str | None
    slots: list[DaySlot]
    closures: list[Closure]


class EventSlots(Struct, frozen=True):
    """When events may start, and how many minutes one may be shifted (R-AVL-06, R-ADJ-01)."""

    starts: list[str]
    pref_shift_min: int
    max_shift_min: int


class SlotsConfig(Struct, frozen=True):
    """GET /api/sites/{site}/slots/config (R-AVL-16). Records, days and staff levels from today on."""

    step_min: int
    weather_gate: bool
    staff_needed: int
    rules: list[SlotRuleRow]
    records: list[SlotRow]
    days: list[SpecialDayRow]
    staff_levels: list[StaffLevelRow]
    weather: list[WeatherRow]
    event: EventSlots
