"""The policies there are: key, title, unit, type with bounds, default, and the rule each comes from.

A policy is listed once something in the house reads it. Units: min = minutes, s = seconds, covers = people.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct


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

    def checked(self, value: Any) -> Any:
        """The value as it will be stored. Raises `ValueError` (msgspec's own included) with a sentence for the host."""
        checked = msgspec.convert(value, self.type)
        if self.key == "waitlist.quote_bands":
            _bands(checked)
        return msgspec.json.decode(msgspec.json.encode(checked))  # as it will read back


class Weights(Struct, frozen=True, forbid_unknown_fields=True):
    """What the choice of a table weighs (G-12); 0 switches a term off."""

    wasted_seat: Annotated[int, Meta(ge=0, le=100)]
    feature: Annotated[int, Meta(ge=0, le=100)]
    preference: Annotated[int, Meta(ge=0, le=100)]
    priority: Annotated[int, Meta(ge=0, le=100)]


def _whole(key: str, title: str, unit: str, default: int, bounds: tuple[int, int]) -> Policy:
    least, most = bounds
    return Policy(key, title, unit, Annotated[int, Meta(ge=least, le=most)], default, least, most)


def _switch(key: str, title: str, *, default: bool) -> Policy:
    return Policy(key, title, "switch", bool, default)


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
    Policy("floor.theme", "Table colours", "choice", Literal["house", "classic"], "house"),  # R-TAB-02
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
    # waiting line
    # R-WTL-08
    Policy("waitlist.quote_bands", "Party sizes quoted together", "covers", _Bands, [[1, 2], [3, 4], [5, 6], [7, 20]]),
    # G-27
    _whole("waitlist.quote_round_min", "Quotes are rounded up to a multiple of this", "min", 5, (1, 30)),
    _whole("waitlist.opening_s", "A table given back is kept for the waiting line first", "s", 2, (0, 60)),
    # choice of a table
    Policy(
        "assign.weights", "What the choice of a table weighs", "weights", Weights,
        {"wasted_seat": 4, "feature": 3, "preference": 2, "priority": 1},  # G-12
    ),
    # the house
    _whole("undo.window_min", "A command can be undone this long", "min", 5, (1, 60)),
    Policy("venue.day_ends", "The service day ends (local time, small hours)", "time", _SmallHours, "04:00"),
)  # fmt: skip

POLICIES: dict[str, Policy] = {policy.key: policy for policy in ALL}
