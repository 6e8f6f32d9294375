"""A whole service as a problem: who is to sit where, all evening long (F-ASN-03), and the plan that answers it.

Minutes count from the start of the service day; spans are half-open. A table, a party, an area is its index; features
and occasions are bits. Nothing here knows a clock, a name or a database.

Sets and data
    t ∈ T   tables, each with its closed spans               s ∈ S   sections (one server each)
    c ∈ C   places: one table, or up to four connected ones that are pushed together
    r ∈ R   parties, each at a fixed start p_r, for the turn and the buffer: [p_r, e_r)
    k=(r,c) an option, kept only if  least_c ≤ covers_r ≤ seats_c · all tables accessible if r asks for it · no closed
            span of a table overlaps [p_r, e_r) · no table of c is unnecessary
Constraints
    one     Σ_k∋r x_k ≤ 1; = 1 if r has a promise (`must`), and only its own place if r is `locked`
    table   for each t and each start p of an option on t: Σ x_k over options on t with p_k ≤ p < e_k is ≤ 1
    pacing  for each window w: Σ covers_r x_k over parties starting in w ≤ max(limit, what is promised in w)
Objective, lexicographic by size of weight
    covers unplaced ≫ guarantees missed > wasted seats, features, preferences, tables pushed together, moves from the
    plan of now, tight turns, servers out of balance, staff priority (G-12)
"""

from msgspec import Struct

from solvers.seating.problem import ANYWHERE, Join

NOBODY = -1
"""The section of a table that no server has."""

PLACE_TABLES = 4
"""The most tables that are pushed together for one party."""

POINT = 100
"""Costs are whole hundredths of a point of `Weights`, since priority and score are finer than a point."""


class Table(Struct, frozen=True):
    """`priority` 1..10, staff's own (R-TAB-12); `score` 0..100, how well it has been doing (R-ASN-03); `suits` the
    occasions it is preferred for; `closed` the spans in which nobody may be planned here (out of use, area closed).
    """

    min_covers: int
    max_covers: int
    area: int = 0
    section: int = NOBODY
    accessible: bool = False
    priority: int = 5
    score: int = 50
    features: int = 0
    suits: int = 0
    closed: tuple[tuple[int, int], ...] = ()


class Place(Struct, frozen=True):
    """Tables (ascending) that seat one party together. A pair seats its join's `combined_max`; of more tables each join
    of the best spanning tree adds or takes what it does for its pair.
    """

    tables: tuple[int, ...]
    min_covers: int
    max_covers: int


class Party(Struct, frozen=True):
    """One booking, waiting party or seated party.

    `turn_min` is the turn it is planned for, `buffer_min` the cleaning after it, `risk_min` how much longer such a
    party often stays: a follow-on inside that time is allowed and costs (F-ASN-08).
    `now` are the tables it has (none = not placed yet). `must`: it has a promise and cannot be left out; `locked`: it
    stays at `now` whatever comes (seated, or pinned by a host).
    `tables` it prefers or is used to; `guaranteed`: that preference is a promise to a VIP (R-ASN-05).
    `value` is worth beyond its covers, in points (F-ASN-07: spend expected, tier), 0..100.
    """

    covers: int
    start: int
    turn_min: int
    buffer_min: int = 0
    risk_min: int = 0
    accessible: bool = False
    area: int = ANYWHERE
    features: int = 0
    occasion: int = 0
    tables: tuple[int, ...] = ()
    guaranteed: bool = False
    value: int = 0
    now: tuple[int, ...] = ()
    must: bool = False
    locked: bool = False

    @property
    def end(self) -> int:
        """When its tables are free again, clean."""
        return self.start + self.turn_min + self.buffer_min


class Pacing(Struct, frozen=True):
    """At most `covers` newly placed in each window of `window_min` minutes (0 = no limit)."""

    covers: int = 0
    window_min: int = 15


class Weights(Struct, frozen=True):
    """Policy `assign.weights` (G-12). Per: cover left out · guarantee missed · wasted seat · missed feature ·
    preference (area, table, occasion) missed · whole range of priority and score · table pushed to another · party
    moved off its place · tight turn · cover beyond a server's fair share.
    """

    unplaced: int = 1000
    guarantee: int = 200
    wasted: int = 4
    feature: int = 3
    preference: int = 2
    priority: int = 1
    joined: int = 4
    moved: int = 3
    tight: int = 3
    balance: int = 1


class Evening(Struct, frozen=True):
    tables: tuple[Table, ...]
    joins: tuple[Join, ...]
    parties: tuple[Party, ...]
    pacing: Pacing = Pacing()
    weights: Weights = Weights()


class Seat(Struct, frozen=True):
    """Where one party is to sit (`tables` empty = left out), what that costs by term, and the words behind it: `why`
    names the term that decided against the next best place, or for a party left out what stands in the way
    (`too_large`, `no_accessible`, `closed`, `pacing`, `full`); `about` the parties or tables concerned.
    """

    tables: tuple[int, ...]
    terms: dict[str, int]
    why: str = ""
    about: tuple[int, ...] = ()


class Plan(Struct, frozen=True):
    """`cost`, `bound` and `terms` in hundredths of a point, lower is better: no legal plan costs less than `bound`.
    `gap` = (cost − bound) / the worth of everything asked for, 0 when `proven`. `by`: the stage that found it
    (`greedy`, `search`, `relaxed`, `exact`); `stopped`: called off or out of time before its proof. `moved`: parties
    not where they are now.
    """

    seats: tuple[Seat, ...]
    cost: int
    bound: int
    gap: float
    proven: bool
    by: str
    stopped: bool
    covers: int
    moved: tuple[int, ...]
    terms: dict[str, int]
