"""What a seating question is made of. Minutes count from t0, the moment asked about; a table is its index.

Nothing here knows a clock, a name or a database: whoever asks translates, and translates the answer back.
"""

from enum import IntEnum

from msgspec import Struct

FOREVER = 1_000_000  # minutes; stands for "nothing planned" so that comparisons need no special case
ANYWHERE = -1  # the area index of a party that does not mind


class State(IntEnum):
    """What a table is at t0 when the party is to sit down at once; for a plan every usable table is FREE."""

    FREE = 0
    OCCUPIED = 1
    TO_CLEAR = 2
    BLOCKED = 3


class Why(IntEnum):
    """The one reason a fit is given. Up to BELOW_MIN the fit is legal; SHORT_TURN and BELOW_MIN ask the host first."""

    BEST = 0
    FITS = 1
    SHORT_TURN = 2  # free long enough to be useful, not for the whole turn
    BELOW_MIN = 3  # R-TAB-07 from below: the table is meant for more
    TOO_SMALL = 4
    NOT_ACCESSIBLE = 5  # F-ASN-05: hard
    ONE_IS_ENOUGH = 6  # a pair of which one table alone seats the party
    BLOCKED = 7
    TAKEN = 8
    TO_CLEAR = 9
    HELD = 10  # planned for somebody else at t0
    BOOKED = 11  # planned for somebody else too soon after t0


LEGAL = frozenset({Why.BEST, Why.FITS, Why.SHORT_TURN, Why.BELOW_MIN})


class Table(Struct, frozen=True):
    """`features` is a bit set. Free during [`free_from`, `free_until`): `free_from` 0 = already, `free_until` =
    the start of the next plan for it (`FOREVER` = none).
    """

    min_covers: int
    max_covers: int
    area: int = 0
    accessible: bool = False
    priority: int = 5
    features: int = 0
    free_from: int = 0
    free_until: int = FOREVER
    state: State = State.FREE


class Join(Struct, frozen=True):
    """Tables `a` and `b` (indices) pushed together seat `combined_max` (G-28)."""

    a: int
    b: int
    combined_max: int


class Party(Struct, frozen=True):
    """`need_min` is the whole turn; from `short_min` on a shorter one is worth offering (equal = never)."""

    covers: int
    need_min: int
    short_min: int
    accessible: bool = False
    area: int = ANYWHERE
    features: int = 0


class Weights(Struct, frozen=True):
    """G-12, per wasted seat, missed feature, other area, and the whole range of priority. Pushing two tables together
    costs what one wasted seat does: it is work, and it takes two tables away from others.
    """

    wasted: int = 4
    feature: int = 3
    area: int = 2
    priority: int = 1
    joined: int = 4


class Problem(Struct, frozen=True):
    tables: tuple[Table, ...]
    joins: tuple[Join, ...]
    party: Party
    weights: Weights = Weights()


class Ranked(Struct, frozen=True):
    """One table, or several pushed together. `minutes` belongs to the reason: until it is free (TAKEN, TO_CLEAR, HELD)
    or until it is wanted (SHORT_TURN, BOOKED). `wasted` is negative by the seats missing.
    `cost` counts in ninths of a weight, lower is better; it says nothing where the fit is illegal.
    """

    tables: tuple[int, ...]
    why: Why
    minutes: int
    free_min: int
    wasted: int
    cost: int

    @property
    def legal(self) -> bool:
        return self.why in LEGAL
