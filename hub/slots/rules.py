"""What makes sense in the house's calendar, and what a short staff can serve. Pure."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from hub.venues.rules import hours_fault
from schemas.base import Refused, conflict, invalid
from schemas.slots import SlotRuleRow, SpecialDayRow

DAY_MIN = 24 * 60
AHEAD_DAYS = 731  # the furthest a horizon can be set to, and a day
RULES_MAX = 50  # of a site
DAYS_MAX = 400  # special days to come
SLOTS_MOST = (("slots", 200, "times on that day"), ("slots_ahead", 2000, "single times to come"))
KEPT_DAYS = 31  # what is over stays that long, for who looks back at a day
WEATHER_MAX = 20  # spans of rain to come
RAIN_MAX = timedelta(days=3)  # nobody knows it better than that
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def minute_of(clock: str) -> int:
    """Minutes since midnight."""
    return int(clock[:2]) * 60 + int(clock[3:])


def begins_min(clock: str, day_ends: str) -> int:
    """A time of a service day in minutes since its date's midnight: the small hours are the night after."""
    minute = minute_of(clock)
    return minute + DAY_MIN if minute < minute_of(day_ends) else minute


def ends_min(clock: str, day_ends: str) -> int:
    """The same for an end: the moment the service day ends belongs to it."""
    minute = minute_of(clock)
    return minute + DAY_MIN if minute <= minute_of(day_ends) else minute


def window_min(rule: SlotRuleRow, day_ends: str) -> tuple[int, int]:
    """[from, until) of a rule in minutes since its date's midnight."""
    return begins_min(rule.from_time, day_ends), ends_min(rule.until_time, day_ends)


def refuse_rule(rule: SlotRuleRow, others: Collection[SlotRuleRow], day_ends: str) -> Refused | None:
    """Why a rule makes no sense, by itself or beside the others."""
    if not rule.weekdays:
        return invalid("weekdays", "Name the weekdays it holds on.")
    begins, ends = window_min(rule, day_ends)
    if ends <= begins:
        sentence = f"It has to end after it begins, and before the service day does at {day_ends}."
        return invalid("until_time", sentence, reason="ends_before")
    if rule.starts and rule.step_min is not None:
        return invalid("step_min", "Either fixed times or a step, not both.", reason="both")
    outside = [clock for clock in rule.starts if not begins <= begins_min(clock, day_ends) < ends]
    if outside:
        sentence = f"{outside[0]} is not between {rule.from_time} and {rule.until_time}."
        return invalid("starts", sentence, reason="outside")
    for other in others:
        since, until = window_min(other, day_ends)
        common = sorted(set(rule.weekdays) & set(other.weekdays))
        if other.id != rule.id and common and begins < until and since < ends:
            when = f"from {other.from_time} until {other.until_time}"
            sentence = f"On {DAY_NAMES[common[0] - 1]} there is a rule {when} already."
            return conflict("overlaps", sentence, about=other, field="from_time", retry="never")
    return None


def refuse_day(special: SpecialDayRow, today: date) -> Refused | None:
    """Why a special day makes no sense."""
    if special.last_day < special.first_day:
        return invalid("last_day", "The last day is before the first.", reason="ends_before")
    if refused := refuse_date("last_day", special.last_day, today):
        return refused
    if special.kind == "closed" and special.hours is not None:
        return invalid("hours", "Who is closed keeps no hours.", reason="closed")
    if special.kind != "closed" and special.hours is not None and (fault := day_fault(special.hours)):
        return invalid("hours", fault)
    span = (special.last_day - special.first_day).days
    on = {(special.first_day + timedelta(days=ahead)).isoweekday() for ahead in range(min(span, 6) + 1)}
    if special.weekdays and on.isdisjoint(special.weekdays):
        return invalid("weekdays", "None of these weekdays is among its days.", reason="never")
    return None


def day_fault(times: list[str]) -> str | None:
    """Why these are no hours of an open day."""
    return hours_fault(times) if times else "To open not at all is to be closed."


def refuse_date(field: str, day: date, today: date) -> Refused | None:
    if day < today:
        return invalid(field, "That day is over.", reason="past")
    if (day - today).days > AHEAD_DAYS:
        return invalid(field, "That is more than two years ahead.", reason="too_far_ahead")
    return None


def refuse_weather(starts_at: datetime, ends_at: datetime, now: datetime) -> Refused | None:
    for field, moment in (("starts_at", starts_at), ("ends_at", ends_at)):
        if moment.tzinfo is None:
            return invalid(field, "The time needs a time zone.")
    if ends_at <= starts_at:
        return invalid("ends_at", "It has to end after it begins.", reason="ends_before")
    if ends_at <= now:
        return invalid("ends_at", "That time is over.", reason="past")
    if ends_at - starts_at > RAIN_MAX:
        return invalid("ends_at", f"Rain is told for {RAIN_MAX.days} days at most.", reason="too_long")
    if starts_at - now > timedelta(days=AHEAD_DAYS):
        return invalid("starts_at", "That is more than two years ahead.", reason="too_far_ahead")
    return None


def offered_covers(cap: int | None, *, level: int | None, needed: int, seats: int) -> int | None:
    """The covers a slot takes with `level` people serving where `needed` serve all of them: their share, of the seats
    where there is no cap (R-AVL-09). More staff never makes it more; None = no cap."""
    if level is None or level >= needed:
        return cap
    return (seats if cap is None else min(cap, seats)) * level // needed
