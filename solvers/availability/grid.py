"""A day's slots for one party (F-AVL-02): free as everybody sits, free if some move, or full."""

from msgspec import Struct
from msgspec.structs import replace

from solvers.availability.answers import Answer
from solvers.availability.asking import ask, told
from solvers.availability.night import Night
from solvers.budget import Budget
from solvers.seating.evening import Party

OPEN = Answer(yes=False, exact=False, by="budget")


class Slot(Struct, frozen=True):
    """`answer`: a yes with no moves, a yes with moves, a proven no, or a no that is not `exact`: not looked into.
    `taken` covers are at table at `start` of the `most` that could be (seats of open tables, staff on duty); `coming`
    start with it of the `limit` that may (0 = no limit). A slot at 80 % of either fills fast (G-09).
    """

    start: int
    answer: Answer
    taken: int
    most: int
    coming: int
    limit: int

    @property
    def share(self) -> float:
        """How full it is, 0..1: the fuller of the two counts."""
        sitting = min(1.0, self.taken / self.most) if self.most else 1.0
        return max(sitting, min(1.0, self.coming / self.limit) if self.limit else 0.0)


def grid(night: Night, party: Party, budget: Budget, *, firm: bool = True) -> tuple[Slot, ...]:
    """All starts of the night's hours, in order. What is free at once is told for all; what needs moves is looked into
    from the party's own `start` outward for as long as the budget lasts.
    """
    starts = sorted(set(night.hours.starts or ()))
    answers: dict[int, Answer] = {}
    for start in starts:
        answers[start] = at_once(night, replace(party, start=start), firm=firm)
    for start in sorted(starts, key=lambda at: (abs(at - party.start), at)):
        if budget.over:
            break
        if not answers[start].yes and not answers[start].exact:
            answers[start] = ask(night, replace(party, start=start), budget, firm=firm)
    return tuple(_slot(night, start, answers[start]) for start in starts)


def at_once(night: Night, party: Party, *, firm: bool = True) -> Answer:
    """What the first stages alone say: nobody moves."""
    over = night.over((party,))
    if over is not None:
        return Answer(yes=False, exact=True, by="limits", over=over)
    puzzle = night.question((party,), firm=firm)
    at = puzzle.at_once()
    return OPEN if at is None else told(night, at, "fixed")


def _slot(night: Night, start: int, answer: Answer) -> Slot:
    parties = [night.evening.parties[at] for at in night.promised]
    seats = sum(table.max_covers for table in night.evening.tables if not any(a <= start < b for a, b in table.closed))
    staff = [cap.covers for cap in night.hours.sitting if cap.start <= start < cap.end]
    caps = [*night.hours.at(start), *night.paced.at(start)]
    coming = [(sum(p.covers for p in parties if cap.start <= p.start < cap.end), cap.covers) for cap in caps]
    full = max(coming, key=lambda one: one[0] / one[1] if one[1] else 1.0, default=(0, 0))
    taken = sum(p.covers for p in parties if p.start <= start < p.end)
    return Slot(start, answer, taken, min([seats, *staff]), *full)
