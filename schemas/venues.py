"""Venues: the premises and the house clock its screens run on."""

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from schemas.base import Command, Fact, Row

SiteKind = Literal["restaurant", "station", "hybrid"]


class VenueRow(Row, frozen=True, tag="venue"):
    """The site itself, as its screens need it. `service_date` turns over at `day_ends` local (R: 04:00)."""

    name: str
    kind: SiteKind
    timezone: str
    day_ends: str
    service_date: date
    demo: bool
    late_after_min: int
    """A booking this many minutes past its time without an arrival is drawn late (G-14)."""
    soon_min: int
    """A free table whose next booking starts within this many minutes is drawn as booked soon."""
    theme: str
    version: int


class ClockRow(Row, frozen=True, tag="clock"):
    """House time = `house_at` + (wall − `wall_at`) × `rate`. Outside a sample house the two are equal and rate is 1."""

    house_at: datetime
    wall_at: datetime
    rate: float


class SetClock(Command, frozen=True, kw_only=True, tag="set_clock"):
    """Runs the sample house's clock at `rate` (0 pauses); `house_at` also sets it, forward only. Sample house only."""

    permission: ClassVar[str] = "clock.set"
    rate: Annotated[float, Meta(ge=0, le=60)]
    house_at: datetime | None = None


class TurnServiceDay(Command, frozen=True, kw_only=True, tag="turn_service_day"):
    """System: the service day ended; the venue row names the next one."""


class RefreshVenue(Command, frozen=True, kw_only=True, tag="refresh_venue"):
    """System: a policy its screens draw by changed, or the clock did; the venue's copies are renewed."""


class ClockSet(Fact, frozen=True, kw_only=True, tag="house.clock_set"):
    rate: float
    house_at: datetime


class ServiceDayTurned(Fact, frozen=True, kw_only=True, tag="house.service_day_turned"):
    service_date: date


class VenueRefreshed(Fact, frozen=True, kw_only=True, tag="house.venue_refreshed"):
    fields: list[str]


class HouseView(Struct, frozen=True):
    """GET /api/house: what the sign-in page shows. `roles` can be tried with one tap, in a sample house only."""

    name: str
    sample: bool
    roles: list[str]


class SiteCard(Struct, frozen=True):
    """GET /api/sites/{site}/card. `opening_hours`: an ISO weekday ("1" is Monday) or a date → times in local time at
    which the house opens and closes by turns; an empty list is a day closed."""

    id: str
    name: str
    slug: str | None
    address: str | None
    phone: str | None
    email: str | None
    country: str
    timezone: str
    opening_hours: dict[str, list[str]]
    day_ends: str
    service_date: date
