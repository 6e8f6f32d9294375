"""Several questions about one evening, answered in turn for as long as the budget lasts; of a no, why.

A question is a party, or several it could come as (one area or the other): the first that can come answers it. A yes
that moves somebody is replayed by `check`, which shares no code with the search; one that is wrong is no answer.
"""

from collections.abc import Sequence
from functools import lru_cache

from solvers.availability.answers import Answer, Considered
from solvers.availability.asking import ask
from solvers.availability.check import check_answer
from solvers.availability.hours import Hours
from solvers.availability.night import Night
from solvers.availability.why import explain
from solvers.budget import Budget
from solvers.seating.evening import Evening, Party

OPEN = Answer(yes=False, exact=False, by="budget")
WRONG = Answer(yes=False, exact=False, by="wrong")


def consider(
    evening: Evening, hours: Hours, questions: Sequence[Sequence[Party]], budget: Budget, *, why: bool = False
) -> Considered:
    """Firm: a party comes only to its area and with all its features. Who asks `why` may act on the answer: it moves as
    few as can be found.
    """
    night = _night(evening, hours)
    answers = tuple(_answered(night, parties, budget, sparing=why) for parties in questions)
    if why and answers and not answers[0].yes:
        return Considered(answers, explain(night, questions[0][0], budget))
    return Considered(answers)


def _answered(night: Night, parties: Sequence[Party], budget: Budget, *, sparing: bool) -> Answer:
    worst = Answer(yes=False, exact=True, by="limits")
    for party in parties:
        if budget.over:
            return OPEN
        answer = ask(night, party, budget, sparing=sparing)
        if answer.yes:
            wrong = answer.moves and check_answer(night.evening, night.hours, (party,), answer)
            return WRONG if wrong else answer
        worst = worst if not worst.exact else answer
    return worst


@lru_cache(maxsize=4)
def _night(evening: Evening, hours: Hours) -> Night:
    """An evening is asked about many times before it changes; what was proven about it is kept with it."""
    return Night(evening, hours)
