"""What stands in the way of a booking, or should be said about it: one list for the command and for the dialog's check.

An `error` refuses the booking, a `warning` is for the host to weigh, an `info` is only told (R-AVL-05). What staff are
warned of (a closed house, a guest nobody can reach) is an error where no host stands in between. Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from hub.core.work import Policies
from hub.reservations import rules
from hub.reservations.times import Times
from hub.venues.views import Site
from schemas.base import Refused, conflict, invalid
from schemas.floor import TableRow
from schemas.reservations import Problem

SOON = timedelta(days=2)  # R-AVL-03


@dataclass(frozen=True, slots=True, kw_only=True)
class Wished:
    """A booking as it would be; phone and e-mail as far as they are known, the guest's card included."""

    covers: int
    starts_at: datetime
    source: str
    phone: str | None
    email: str | None
    by_guest: bool
    """A guest asks, or something that speaks for one: no host weighs a warning."""
    duration_min: int | None = None
    """None: what a booking usually lasts."""


def problems(
    wished: Wished, site: Site, policies: Policies, now: datetime, times: Times, *, counted: bool = True
) -> list[Problem]:
    """All that can be said without looking at tables, the guest's other bookings or their card. Not `counted`: a time
    whose covers are booked is not held against who waits for it."""
    weighed: Literal["error", "warning"] = "error" if wished.by_guest else "warning"
    on_time = rules.refuse_time(
        wished.starts_at, now, timezone=site.timezone, max_days=policies.get("booking.max_days_ahead", rules.DINING)
    )
    found = [
        said(on_time, "error"),
        said(rules.refuse_covers(wished.covers, policies.get("booking.max_covers", rules.DINING)), "error"),
        said(rules.no_contact(wished.source, wished.phone, wished.email), weighed),
    ]
    above = policies.get("booking.events_team_above", rules.DINING)
    if wished.covers > above:
        found.append(Problem("warning", "events_team", rules.for_events_team(wished.covers), "covers"))
    if on_time is None:
        turn_min = wished.duration_min or policies.get("dining.duration_min", rules.DINING)
        untimely = times.refuse(wished.starts_at, covers=wished.covers, turn_min=turn_min)
        if counted or (untimely and untimely.reason != "slot_full"):
            found.append(said(untimely, weighed))
        if twice := rules.comes_twice(wished.starts_at, site.timezone):
            found.append(Problem("warning", "comes_twice", twice, "starts_at"))
        if wished.starts_at - now < SOON:
            found.append(Problem("info", "soon", "Less than two days ahead: few tables may be left.", "starts_at"))
    return [problem for problem in found if problem]


def said(refused: Refused | None, severity: Literal["error", "warning", "info"]) -> Problem | None:
    """A rule's refusal as one line of a check."""
    return None if refused is None else Problem(severity, refused.reason, refused.message, refused.field)


def refusal(found: Iterable[Problem]) -> Refused | None:
    """The first error, as a command answers it."""
    error = next((problem for problem in found if problem.severity == "error"), None)
    if error and error.reason == "slot_full":
        return conflict(error.reason, error.message, field=error.field)
    return invalid(error.field or "", error.message, reason=error.reason) if error else None


OF_THE_GUEST = frozenset({"no_contact"})  # not asked of a time that is kept before its guest is known
QUIET = frozenset({"no_contact"})  # the host who left it out knows; the dialog says so before


def warnings(found: Iterable[Problem]) -> list[str]:
    """What the host should hear about a booking that was taken."""
    return [problem.message for problem in found if problem.severity == "warning" and problem.reason not in QUIET]


def kinds_of_table(covers: int, tables: Sequence[TableRow]) -> Problem | None:
    """The kinds of table that suit a party, for whoever asks for its size (R-ASN-06)."""
    fitting = [table for table in tables if table.min_covers <= covers <= table.max_covers]
    kinds = sorted({table.furniture.replace("_", " ") for table in fitting})
    if not kinds:
        return None
    least = min(table.max_covers for table in fitting)
    sentence = f"A party of {covers} sits well at: {', '.join(kinds)}; the closest fit seats {least}."
    return Problem("info", "table_kinds", sentence, "covers")
