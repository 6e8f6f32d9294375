"""What a line means here: its moments in the site's zone, its name for ever, its place on the plan."""

import hashlib
from collections import Counter
from datetime import UTC, datetime
from math import ceil, sqrt
from zoneinfo import ZoneInfo

from schemas.imports import BookLine, FloorLine

FORMATS = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S",
)  # fmt: skip
"""Unambiguous ways to write a moment; 3/4/2026 could be two days, so it needs --time-format."""


def moment(text: str, timezone: str, time_format: str | None = None) -> datetime | str:
    """The UTC moment a cell means (local to the site unless it carries an offset), or what is wrong with it."""
    found: datetime | None = None
    if time_format:
        try:
            found = datetime.strptime(text, time_format)  # noqa: DTZ007 - the zone follows
        except ValueError:
            return f"“{text[:40]}” does not look like {time_format}"
    else:
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            for candidate in FORMATS:
                try:
                    found = datetime.strptime(text, candidate)  # noqa: DTZ007
                    break
                except ValueError:
                    continue
    if found is None:
        return f"“{text[:40]}” is not a time such as 2026-11-20 19:30 (or say --time-format)"
    if found.tzinfo is None:
        local = found.replace(tzinfo=ZoneInfo(timezone))
        if local.astimezone(UTC).astimezone(ZoneInfo(timezone)).replace(tzinfo=None) != found:
            return f"“{text[:40]}” does not exist here: the clocks were put forward over it"
        found = local
    if not 2000 <= found.year <= 2100:
        return f"“{text[:40]}” is in no plausible year"
    return found.astimezone(UTC)


class Refs:
    """Names for lines, the same whenever the same file comes again: the other system's id if there is one, else what
    the line says and which of several equal lines it is."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def of(self, *parts: object, ref: str | None) -> str:
        text = f"ref:{ref}" if ref else "\x1f".join("" if part is None else str(part) for part in parts)
        self._seen[text] += 1
        return hashlib.blake2b(f"{text}\x1e{self._seen[text]}".encode(), digest_size=15).hexdigest()


def book_ref(refs: Refs, line: BookLine, starts_at: datetime, booked_at: datetime) -> str:
    return refs.of(starts_at.isoformat(), booked_at.isoformat(), line.covers, line.name, line.phone, ref=line.ref)


def size_class(covers: int, furniture: str) -> str:
    """The size words of R-TAB-08."""
    if furniture == "bar" and covers == 1:
        return "bar_stool"
    return "2_top" if covers <= 2 else "4_top" if covers <= 4 else "6_top" if covers <= 6 else "large_party"


def plan_size(line: FloorLine) -> tuple[float, float]:
    """Width and height to draw a table at when the file gives none, by how many it seats."""
    if line.max_covers == 1:
        return 46, 46
    if line.shape == "rectangular":
        return 24 + 36.0 * ceil(line.max_covers / 2), 76
    side = 90.0 if line.max_covers > 2 else 76.0
    return side, side


def grid_places(count: int) -> list[tuple[float, float]]:
    """Upper left corners of a calm grid for tables whose place nobody told."""
    across = max(1, ceil(sqrt(count * 1.4)))
    return [(40 + 132.0 * (n % across), 50 + 146.0 * (n // across)) for n in range(count)]
