"""The policies there are: key, title, unit, type with bounds, default, and the rule each comes from.

A policy is listed once something in the house reads it. Units: min = minutes, s = seconds, covers = people.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from hub.core.words import what_is_wrong
from hub.policies.templates import SMS_MAX, TEMPLATES, Template, faults


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
        """The value as it will be stored. Raises `PolicyError`: the part that is wrong, a sentence for the host."""
        try:
            checked = msgspec.convert(value, self.type)
        except msgspec.ValidationError as error:
            part, sentence = what_is_wrong(error)
            raise PolicyError(part, sentence if part else self._must_be()) from None
        if self.key == "waitlist.quote_bands":
            _bands(checked)
        if isinstance(checked, Template):
            _template(self, checked)
        return msgspec.json.decode(msgspec.json.encode(checked))  # as it will read back

    def _must_be(self) -> str:
        """What a value of this policy is, for one that is of another make altogether."""
        if self.min is not None and self.max is not None:
            return f"it must be a whole number from {self.min:g} to {self.max:g}."
        if self.choices:
            return f"it must be one of {', '.join(self.choices)}."
        return _MUST_BE.get(self.unit, "that is no value it can have.")


_MUST_BE = {
    "switch": "it must be on or off.",
    "time": "it must be a time in the small hours, from 00:00 to 09:59.",
    "times": "it must be a list of times, as in 18:00.",
    "covers": "it must be a list of party sizes, each from and to, between 1 and 20.",
    "template": "it must be a text.",
}


class PolicyError(ValueError):
    """A value a policy cannot have; `part` names the part of it that is wrong, "" all of it."""

    def __init__(self, part: str, sentence: str) -> None:
        super().__init__(sentence)
        self.part = part


def _template(policy: Policy, template: Template) -> None:
    if policy.key.endswith(".sms"):
        if template.subject is not None:
            raise PolicyError("subject", "A text message has no subject.")
        if len(template.body) > SMS_MAX:
            raise PolicyError("body", f"A text message may have {SMS_MAX} characters at most.")
    elif template.subject is None:
        raise PolicyError("subject", "An e-mail needs a subject.")
    for part, text in (("body", template.body), ("subject", template.subject)):
        if text is not None and (fault := faults(Template(text), policy.variables)):
            raise PolicyError(part, fault)


class Weights(Struct, frozen=True, forbid_unknown_fields=True):
    """What the choice of a table weighs (G-12); 0 switches a term off."""

    wasted_seat: Annotated[int, Meta(ge=0, le=100)]
    feature: Annotated[int, Meta(ge=0, le=100)]
    preference: Annotated[int, Meta(ge=0, le=100)]
    priority: Annotated[int, Meta(ge=0, le=100)]


class PlanWeights(Struct, frozen=True, forbid_unknown_fields=True):
    """What a plan of the evening weighs beside `assign.weights`, in the same points: a cover left out, a VIP's own
    table missed, a table pushed to another, a booking moved, a tight turn, a cover beyond a server's fair share; 0
    switches a term off, and a cover left out outweighs all others."""

    unplaced: Annotated[int, Meta(ge=500, le=100_000)]
    guarantee: Annotated[int, Meta(ge=0, le=1000)]
    joined: Annotated[int, Meta(ge=0, le=100)]
    moved: Annotated[int, Meta(ge=0, le=100)]
    tight: Annotated[int, Meta(ge=0, le=100)]
    balance: Annotated[int, Meta(ge=0, le=100)]


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
            raise PolicyError("", "Party size bands must follow one another without gaps, from 1 upwards.")
        wanted = most + 1


_Clock = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
_Size = Annotated[int, Meta(ge=1, le=20)]
_Bands = Annotated[list[tuple[_Size, _Size]], Meta(min_length=1, max_length=8)]
_Address = Annotated[str, Meta(max_length=200, pattern=r"^(https?://[^\s/]+(/[^\s]*)?)?$")]
_SmallHours = Annotated[str, Meta(pattern=r"^0[0-9]:[0-5][0-9]$")]

ALL: tuple[Policy, ...] = (
    # dining: how long a table is kept
    _whole("dining.duration_min", "Length of a dining booking", "min", 90, (15, 480)),  # R-DUR-02
    _whole("dining.buffer_min", "Cleaning time between two parties", "min", 15, (0, 120)),  # R-DUR-03, G-02
    _whole("dining.slot_step_min", "Step between bookable times", "min", 15, (5, 60)),  # G-03
    # what may be booked when
    # R-AVL-09
    _whole("slot.staff_level", "People who serve an evening at full strength (0: not counted)", "people", 0, (0, 200)),
    _switch("availability.weather_gate", "Nobody is offered a table outdoors in the rain", default=True),  # R-TAB-27
    # G-09
    _whole("booking.filling_fast_pct", "A time is filling fast from this share of its covers on", "%", 80, (1, 100)),
    _whole("availability.popular_pct", "A day is popular from this share of its seats on", "%", 60, (1, 100)),
    _whole("availability.exact_ms", "Whether moving others would do is looked into for at most", "ms", 300, (50, 2000)),
    _choice("booking.reshuffle", "Others are moved for a new booking by", "staff", "off", "staff", "all"),
    Policy(  # R-AVL-06
        "event.slot_starts", "When events may start", "times",
        Annotated[list[_Clock], Meta(min_length=1, max_length=24)], ["12:00", "15:00", "18:00", "21:00"],
    ),
    # R-ADJ-01
    _whole("event.adjust_pref", "An event is shifted by no more than this if it can be", "min", 30, (0, 240)),
    _whole("event.adjust_max", "An event is never shifted by more than this", "min", 60, (0, 240)),
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
    # G-34
    _whole("booking.checkout_hold_min", "A table is kept this long while a booking is filled in", "min", 10, (1, 60)),
    _whole("booking.checkouts_max", "Bookings somebody may be filling in at a time", "bookings", 3, (1, 20)),
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
    # the plan of the evening
    _choice("planning.auto_accept", "Proposals of the plan are carried out for", "unplaced", "off", "unplaced", "all"),
    _whole("planning.budget_ms", "A plan is thought about for at most this long", "ms", 400, (50, 5000)),
    _whole("planning.keep_min", "A booking this close to its time keeps its table", "min", 30, (0, 240)),
    # F-ASN-08
    _whole("planning.linger_covers", "Parties from this size on often stay longer", "covers", 6, (1, 20)),
    _whole("planning.linger_min", "They often stay this much longer", "min", 15, (0, 120)),
    # R-ASN-05
    _switch("planning.vip_guarantee", "A VIP's favourite table is promised to them", default=True),
    _whole("planning.pacing_covers", "New covers a plan seats at once, at most (0 = no limit)", "covers", 0, (0, 500)),
    _whole("planning.pacing_min", "At once means within", "min", 15, (5, 60)),
    Policy(
        "planning.weights", "What a plan of the evening weighs beside that", "weights", PlanWeights,
        {"unplaced": 1000, "guarantee": 200, "joined": 4, "moved": 3, "tight": 3, "balance": 1},
    ),
    # what guests are told
    *(
        Policy(f"template.{name}", told.title, "template", Template, told.default, variables=told.variables)
        for name, told in TEMPLATES.items()
    ),
    # C-45
    _whole("notify.confirm_max_s", "A message waiting longer than this raises the alarm", "s", 300, (10, 3600)),
    # the house
    Policy("venue.public_url", "Where guests reach the house's pages (https://…)", "text", _Address, ""),
    _whole("audit.restore_days", "What was deleted can be restored this long", "days", 30, (1, 365)),  # R-AUD-01
    _whole("undo.window_min", "A command can be undone this long", "min", 5, (1, 60)),
    Policy("venue.day_ends", "The service day ends (local time, small hours)", "time", _SmallHours, "04:00"),
)  # fmt: skip

POLICIES: dict[str, Policy] = {policy.key: policy for policy in ALL}
