"""The policies there are: key, title, unit, type with bounds, default, and the rule each comes from.

A policy is listed once something in the house reads it. Units: min = minutes, s = seconds, covers = people.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from hub.policies.templates import TEMPLATES, Template, faults


@dataclass(frozen=True, slots=True)
class Policy:
    """`type` is what a value must be, bounds included; `min` and `max` repeat the bounds for the screen."""

    key: str
    title: str
    unit: str
    type: Any
    default: Any
    min: float | None = None
    max: float | None = None
    choices: tuple[str, ...] = ()
    """What a choice may be."""
    variables: tuple[str, ...] = ()
    """The blanks a template may have."""

    def checked(self, value: Any) -> Any:
        """The value as it will be stored. Raises `ValueError` (msgspec's own included) with a sentence for the host."""
        checked = msgspec.convert(value, self.type)
        if self.key == "waitlist.quote_bands":
            _bands(checked)
        if isinstance(checked, Template) and (fault := faults(checked, self.variables)):
            raise ValueError(fault)
        return msgspec.json.decode(msgspec.json.encode(checked))  # as it will read back


class Weights(Struct, frozen=True, forbid_unknown_fields=True):
    """What the choice of a table weighs (G-12); 0 switches a term off."""

    wasted_seat: Annotated[int, Meta(ge=0, le=100)]
    feature: Annotated[int, Meta(ge=0, le=100)]
    preference: Annotated[int, Meta(ge=0, le=100)]
    priority: Annotated[int, Meta(ge=0, le=100)]


_Points = Annotated[int, Meta(ge=0, le=10)]


class Standing(Struct, frozen=True, forbid_unknown_fields=True):
    """How far ahead in line a guest's tier and visits put them (R-WTL-02): points add up, at most 10; higher is
    earlier. A guest of `regular_visits` or more visits gets `regular` on top."""

    bronze: _Points
    silver: _Points
    gold: _Points
    platinum: _Points
    regular: _Points
    regular_visits: Annotated[int, Meta(ge=1, le=1000)]


def _whole(key: str, title: str, unit: str, default: int, bounds: tuple[int, int]) -> Policy:
    least, most = bounds
    return Policy(key, title, unit, Annotated[int, Meta(ge=least, le=most)], default, least, most)


def _switch(key: str, title: str, *, default: bool) -> Policy:
    return Policy(key, title, "switch", bool, default)


def _choice(key: str, title: str, default: str, *choices: str) -> Policy:
    return Policy(key, title, "choice", Literal[choices], default, choices=choices)


def _bands(bands: list[tuple[int, int]]) -> None:
    wanted = 1
    for least, most in bands:
        if least != wanted or most < least:
            raise ValueError("Party size bands must follow one another without gaps, from 1 upwards.")
        wanted = most + 1


_Size = Annotated[int, Meta(ge=1, le=20)]
_Bands = Annotated[list[tuple[_Size, _Size]], Meta(min_length=1, max_length=8)]
_SmallHours = Annotated[str, Meta(pattern=r"^0[0-9]:[0-5][0-9]$")]

ALL: tuple[Policy, ...] = (
    # dining: how long a table is kept
    _whole("dining.duration_min", "Length of a dining booking", "min", 90, (15, 480)),  # R-DUR-02
    _whole("dining.buffer_min", "Cleaning time between two parties", "min", 15, (0, 120)),  # R-DUR-03, G-02
    _whole("dining.slot_step_min", "Step between bookable times", "min", 15, (5, 60)),  # G-03
    # floor: how tables are drawn
    # R-TAB-26
    _whole("floor.reserved_lead_min", "A free table is drawn reserved this long before a booking", "min", 30, (0, 240)),
    _whole("floor.soon_min", "A free table is drawn as booked soon this long before a booking", "min", 90, (0, 480)),
    # R-TAB-05
    _switch("floor.free_on_clear", "A cleared table is free at once, without bussing", default=False),
    _choice("floor.theme", "Table colours", "house", "house", "classic"),  # R-TAB-02
    # seating
    _whole("seating.short_turn_min", "Warn when a table is free for less than this", "min", 45, (0, 240)),
    _switch("qr.auto_occupy", "A guest's scan occupies a free table", default=True),  # R-TAB-03
    # bookings
    _whole("booking.max_days_ahead", "Furthest day that can be booked", "days", 90, (1, 730)),  # R-AVL-01
    _whole("booking.max_covers", "Largest party that can be booked", "covers", 20, (1, 20)),  # R-AVL-04
    # R-AVL-04
    _whole("booking.events_team_above", "Parties above this go to the events team too", "covers", 12, (1, 20)),
    # G-14
    _whole("booking.no_show_grace_min", "A booking is late, a no-show is proposed, after this", "min", 15, (0, 120)),
    _whole("booking.reopen_no_show_min", "A no-show can be reopened this long", "min", 30, (0, 240)),
    # R-REF-03
    _whole("booking.cancel_free_h", "A booking is cancelled freely until this long before", "h", 24, (0, 720)),
    # G-21
    _whole("booking.code_ttl_min", "A one-time code is good this long", "min", 10, (1, 60)),
    _whole("booking.code_tries", "A one-time code may be typed wrong this often", "tries", 5, (1, 10)),
    # waiting line
    # R-WTL-08
    Policy("waitlist.quote_bands", "Party sizes quoted together", "covers", _Bands, [[1, 2], [3, 4], [5, 6], [7, 20]]),
    # G-27
    _whole("waitlist.quote_round_min", "Quotes are rounded up to a multiple of this", "min", 5, (1, 30)),
    _whole("waitlist.opening_s", "A table given back is kept for the waiting line first", "s", 2, (0, 60)),
    # R-WTL-03, C-42
    _whole("waitlist.offer_minutes", "A guest has this long to answer an offer", "min", 15, (1, 240)),
    _whole("waitlist.misses_max", "Offers a guest may let pass; the last one ends their wait", "offers", 2, (1, 10)),
    # R-WTL-07
    _choice("waitlist.auto_offer", "Openings are offered by the house to", "slots", "off", "slots", "all"),
    Policy(
        "waitlist.priority", "Points that put a guest ahead in line", "standing", Standing,  # R-WTL-02
        {"bronze": 1, "silver": 2, "gold": 4, "platinum": 6, "regular": 1, "regular_visits": 5},
    ),
    # choice of a table
    Policy(
        "assign.weights", "What the choice of a table weighs", "weights", Weights,
        {"wasted_seat": 4, "feature": 3, "preference": 2, "priority": 1},  # G-12
    ),
    # what guests are told
    *(
        Policy(f"template.{name}", told.title, "template", Template, told.default, variables=told.variables)
        for name, told in TEMPLATES.items()
    ),
    # the house
    _whole("audit.restore_days", "What was deleted can be restored this long", "days", 30, (1, 365)),  # R-AUD-01
    _whole("undo.window_min", "A command can be undone this long", "min", 5, (1, 60)),
    Policy("venue.day_ends", "The service day ends (local time, small hours)", "time", _SmallHours, "04:00"),
)  # fmt: skip

POLICIES: dict[str, Policy] = {policy.key: policy for policy in ALL}
