"""What questions are answered with. Data only: who has a question answered elsewhere reads it without the search."""

from msgspec import Struct

from solvers.availability.hours import Over
from solvers.seating.evening import Party


class Move(Struct, frozen=True):
    """The party (index into the evening) sits at `tables` instead of where it is now."""

    party: int
    tables: tuple[int, ...]


class Answer(Struct, frozen=True):
    """`seats`: the tables of each party asked for, in order; `moves`: who else sits elsewhere. Both empty for a no.

    `exact`: the answer is proven; a no that is not was out of time or called off. `by`: the stage that settled it.
    `over`: the limit in the way, if one is.
    """

    yes: bool
    exact: bool
    by: str
    seats: tuple[tuple[int, ...], ...] = ()
    moves: tuple[Move, ...] = ()
    over: Over | None = None


class Fact(Struct, frozen=True):
    """`kind`, and what `about` is then: `party` (index), `closed` (table, during [start, end)), `accessible`, `area`,
    `features` (asked for by the newcomer), `too_large`, `too_small` (no place of that size), or a limit: `hours`,
    `pacing`, `staff` (minute).
    """

    kind: str
    about: int = 0
    start: int = 0
    end: int = 0


class Change(Struct, frozen=True):
    """What would let the party in, with the answer that proves it. `kind`: `earlier`, `later`, `area` and `features`
    (elsewhere, or without them), `split` (over two tables); `parties` is what to ask for then. Or `waiting`: a place on
    the waiting list is worth taking, since the party comes in as soon as any one of `cancels` does not come.
    """

    kind: str
    parties: tuple[Party, ...]
    answer: Answer
    cancels: tuple[int, ...] = ()


class Refusal(Struct, frozen=True):
    """`facts` empty: nothing is proven, the search ran out of budget."""

    facts: tuple[Fact, ...]
    minimal: bool
    changes: tuple[Change, ...]


class Considered(Struct, frozen=True):
    """An answer to each question, in order; `refusal` only where it was asked why and the first question's is a no."""

    answers: tuple[Answer, ...]
    refusal: Refusal | None = None
