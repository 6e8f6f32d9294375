"""The house clock: what time it is in the domain. Tokens, keys and rate limits stay on wall time."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import asyncpg


def wall_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Pace:
    """House time = `house_at` + (wall − `wall_at`) × `rate`."""

    house_at: datetime
    wall_at: datetime
    rate: float

    def at(self, wall: datetime) -> datetime:
        return self.house_at + (wall - self.wall_at) * self.rate

    def wall_for(self, house: datetime) -> datetime | None:
        """When, on the wall, it will be `house` here; None while the clock stands still."""
        if self.rate <= 0:
            return None
        return self.wall_at + (house - self.house_at) / self.rate


class HouseClock:
    """Follows the pace in the database. `real()` is a clock that equals the wall."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace

    @classmethod
    def real(cls) -> "HouseClock":
        now = wall_now()
        return cls(Pace(now, now, 1.0))

    def now(self) -> datetime:
        """House time, whole milliseconds: what is stored and sent reads the same everywhere."""
        moment = self.pace.at(wall_now())
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    async def read(self, db: asyncpg.Connection | asyncpg.Pool) -> None:
        row = await db.fetchrow("SELECT house_at, wall_at, rate FROM house_clock")
        self.pace = Pace(*row)


def service_date(moment: datetime, timezone: str, day_ends: str = "04:00") -> date:
    """The service day a moment belongs to: the local date, but the small hours belong to the evening before."""
    hours, minutes = (int(part) for part in day_ends.split(":"))
    local = moment.astimezone(ZoneInfo(timezone))
    return (local.replace(tzinfo=None) - timedelta(hours=hours, minutes=minutes)).date()


def service_day(day: date, timezone: str, day_ends: str = "04:00") -> tuple[datetime, datetime]:
    """The half-open span [start, end) of a service day, in UTC; 23 or 25 hours long where the clocks change."""
    hours, minutes = (int(part) for part in day_ends.split(":"))
    zone = ZoneInfo(timezone)

    def edge(on: date) -> datetime:
        return datetime(on.year, on.month, on.day, hours, minutes, tzinfo=zone).astimezone(UTC)

    return edge(day), edge(day + timedelta(days=1))
