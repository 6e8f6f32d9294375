"""Why not, and what else: the fewest facts that already rule a party out, and the nearest changes that would let it in.

Facts are what could be otherwise: a party with a promise, a closed table, something the newcomer asks for, a limit.
A set of them blocks if there is no seating even when every other promise were dropped and every other table opened. The
set told is irreducible: without any one of its facts there would be a seating of the rest (deletion filter; more facts
never make room, so one pass is enough). What it costs is bounded by the budget: out of it, facts may be left that are
not needed (`minimal` False).
"""

from collections.abc import Sequence

from msgspec.structs import replace

from solvers.availability.answers import Change, Fact, Refusal
from solvers.availability.asking import ask, ask_all
from solvers.availability.night import Night, pinned
from solvers.availability.puzzle import CLOSED, Puzzle, Wall
from solvers.availability.settling import settle
from solvers.budget import Budget
from solvers.seating.evening import Party
from solvers.seating.problem import ANYWHERE

REACH_MIN = 120
"""How far another time may lie from the one asked for."""

EVERY_MIN = 15
"""The times looked at where the hours offer any."""

CANCELS_MOST = 12
"""Parties looked at for whose leaving would let the newcomer in."""


def explain(night: Night, party: Party, budget: Budget, *, firm: bool = True) -> Refusal:
    """For a party that `ask` says no to."""
    facts, minimal = blocking(night, party, budget, firm=firm)
    return Refusal(facts, minimal, changes(night, party, facts, budget, firm=firm))


def blocking(night: Night, party: Party, budget: Budget, *, firm: bool = True) -> tuple[tuple[Fact, ...], bool]:
    """The facts in the way, and whether none of them could be left out."""
    over = night.over((party,))
    if over is not None:
        return (Fact(over.kind, over.minute),), True
    if not ((night.floor.least <= party.covers) & (party.covers <= night.floor.most)).any():
        return (Fact("too_large" if party.covers > night.floor.most.max(initial=0) else "too_small"),), True
    settled = settle(night.question((party,), firm=firm), budget, night.memory)
    if settled.at is not None or settled.crowd is None:
        return (), False
    crowd = [at for at, inside in zip(night.kept, settled.crowd.tolist(), strict=False) if inside]
    sieve = _Sieve(night, party, budget, firm=firm)
    facts = [*sieve.wishes(), *sieve.walls(), *(Fact("party", at) for at in crowd)]
    if not sieve.blocks(facts):
        return (), False
    return tuple(sieve.shrink(facts)), sieve.sure


class _Sieve:
    """Asks whether a set of facts blocks the newcomer, all others being dropped. `sure` until an answer was open."""

    def __init__(self, night: Night, party: Party, budget: Budget, *, firm: bool) -> None:
        self.night, self.party, self.budget, self.firm, self.sure = night, party, budget, firm, True
        self.memory = night.memory.of_prices()

    def wishes(self) -> list[Fact]:
        """What the newcomer asks for."""
        party = self.party
        asked = [("accessible", party.accessible), ("area", self.firm and party.area != ANYWHERE)]
        return [Fact(kind) for kind, on in (*asked, ("features", self.firm and party.features > 0)) if on]

    def walls(self) -> list[Fact]:
        """Closed tables and locked parties."""
        closed = [Fact("closed", wall.table, wall.start, wall.end) for wall in self.night.walls if wall.owner == CLOSED]
        locked = dict.fromkeys(wall.owner for wall in self.night.walls if wall.owner != CLOSED)
        return [*closed, *(Fact("party", at) for at in locked)]

    def blocks(self, facts: Sequence[Fact]) -> bool:
        """Whether these facts alone rule the newcomer out, proven."""
        parties = {fact.about for fact in facts if fact.kind == "party"}
        closed = {(fact.about, fact.start, fact.end) for fact in facts if fact.kind == "closed"}
        settled = settle(self._part(parties, closed, {fact.kind for fact in facts}), self.budget, self.memory)
        self.sure &= settled.exact
        return settled.at is None and settled.exact

    def shrink(self, facts: list[Fact]) -> list[Fact]:
        """Drops what is not needed: halves, quarters, …, and in the end each fact by itself."""
        size = max(1, len(facts) // 2)
        while True:
            at = 0
            while at < len(facts):
                if self.budget.over:
                    self.sure = False
                    return facts
                fewer = facts[:at] + facts[at + size :]
                if self.blocks(fewer):
                    facts = fewer
                else:
                    at += size
            if size == 1:
                return facts
            size = max(1, size // 2)

    def _part(self, parties: set[int], closed: set[tuple[int, int, int]], kinds: set[str]) -> Puzzle:
        wished = replace(
            self.party,
            accessible=self.party.accessible and "accessible" in kinds,
            area=self.party.area if "area" in kinds else ANYWHERE,
            features=self.party.features if "features" in kinds else 0,
        )

        def stands(wall: Wall) -> bool:
            return wall.owner in parties if wall.owner != CLOSED else (wall.table, wall.start, wall.end) in closed

        walls = [wall for wall in self.night.walls if stands(wall)]
        return self.night.part(parties, walls, (wished,), firm=self.firm)


def changes(
    night: Night, party: Party, facts: Sequence[Fact], budget: Budget, *, firm: bool = True
) -> tuple[Change, ...]:  # fmt: skip
    """The nearest of each kind; each was asked for and found possible."""
    found = [
        *(_other_time(night, party, budget, later=later, firm=firm) for later in (False, True)),
        _without(night, party, budget, "area", replace(party, area=ANYWHERE), firm=firm),
        _without(night, party, budget, "features", replace(party, features=0), firm=firm),
        _split(night, party, budget, firm=firm),
        _waiting(night, party, facts, budget, firm=firm),
    ]
    return tuple(change for change in found if change is not None)


def _other_time(night: Night, party: Party, budget: Budget, *, later: bool, firm: bool) -> Change | None:
    starts = night.hours.starts
    if starts is None:
        starts = tuple(range(max(0, party.start - REACH_MIN), party.start + REACH_MIN + 1, EVERY_MIN))
    near = [at for at in starts if 0 < abs(at - party.start) <= REACH_MIN and (at > party.start) == later]
    for at in sorted(near, key=lambda at: abs(at - party.start)):
        then = replace(party, start=at)
        answer = None if budget.over else ask(night, then, budget, firm=firm, sparing=True)
        if answer is not None and answer.yes:
            return Change("later" if later else "earlier", (then,), answer)
    return None


def _without(night: Night, party: Party, budget: Budget, kind: str, less: Party, *, firm: bool) -> Change | None:
    if not firm or less == party or budget.over:
        return None
    answer = ask(night, less, budget, sparing=True)
    return Change(kind, (less,), answer) if answer.yes else None


def _split(night: Night, party: Party, budget: Budget, *, firm: bool) -> Change | None:
    """As even as can be."""
    for one in range((party.covers + 1) // 2, party.covers):
        if budget.over:
            return None
        both = (replace(party, covers=one), replace(party, covers=party.covers - one))
        answer = ask_all(night, both, budget, firm=firm, sparing=True)
        if answer.yes:
            return Change("split", both, answer)
    return None


def _waiting(
    night: Night, party: Party, facts: Sequence[Fact], budget: Budget, *, firm: bool
) -> Change | None:  # fmt: skip
    """Whose leaving alone would be enough: nobody outside the facts, since those block without them."""
    cancels, answer = [], None
    for at in _could_leave(night, facts)[:CANCELS_MOST]:
        if budget.over:
            break
        fewer = night.evening.parties[:at] + night.evening.parties[at + 1 :]
        found = ask(Night(replace(night.evening, parties=fewer), night.hours), party, budget, firm=firm)
        if found.yes:
            cancels.append(at)
            answer = answer or found
    return None if answer is None else Change("waiting", (party,), answer, tuple(cancels))


def _could_leave(night: Night, facts: Sequence[Fact]) -> list[int]:
    """Parties among the facts that have not come yet as far as one can tell, or those in a full window."""
    parties = night.evening.parties
    among = [fact.about for fact in facts if fact.kind == "party" and not pinned(parties[fact.about])]
    if any(fact.kind in ("pacing", "staff") for fact in facts):
        among = [at for at in night.promised if not pinned(parties[at])]
    return among
