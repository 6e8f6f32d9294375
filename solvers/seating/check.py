"""Verifies answers about seating from the problem alone. Shares no code with the solvers it watches."""

from collections.abc import Sequence

from solvers.seating.problem import Problem, Ranked, State, Why


def check_fit(problem: Problem, fit: Ranked) -> list[str]:
    """What is wrong with one fit that claims to be legal; empty = nothing. Illegal fits claim nothing."""
    if fit.why > Why.BELOW_MIN:
        return []
    party, wrong = problem.party, []
    chosen = [problem.tables[at] for at in fit.tables]
    if len(chosen) == 1:
        seats = chosen[0].max_covers
    else:
        pairs = {frozenset((join.a, join.b)): join.combined_max for join in problem.joins}
        seats = pairs.get(frozenset(fit.tables), -1)
        if seats < 0:
            wrong.append("not joined")
        wrong.extend("a table too many" for table in chosen if table.max_covers >= party.covers)
    if seats < party.covers:
        wrong.append("too small")
    if seats - party.covers != fit.wasted:
        wrong.append("wasted seats miscounted")
    for table in chosen:
        if party.accessible and not table.accessible:
            wrong.append("not accessible")
        if table.state != State.FREE:
            wrong.append("not usable")
        if table.free_from > 0:
            wrong.append("held by somebody else")
        if table.free_until < party.short_min:
            wrong.append("booked too soon")
        if table.free_until < fit.free_min:
            wrong.append("free time overstated")
        if fit.why in (Why.BEST, Why.FITS, Why.BELOW_MIN) and table.free_until < party.need_min:
            wrong.append("short turn not told")
    if fit.why in (Why.BEST, Why.FITS) and len(chosen) == 1 and party.covers < chosen[0].min_covers:
        wrong.append("minimum not told")
    return wrong


def check_ranking(problem: Problem, fits: Sequence[Ranked]) -> list[str]:
    """What is wrong with a whole ranking: every table and pair once, legal ones first, one BEST at most and first."""
    wrong = [f"{fit.tables}: {fault}" for fit in fits for fault in check_fit(problem, fit)]
    asked = sorted([(at,) for at in range(len(problem.tables))] + [(join.a, join.b) for join in problem.joins])
    if sorted(fit.tables for fit in fits) != asked:
        wrong.append("not every table and pair exactly once")
    classes = [0 if fit.why <= Why.FITS else 1 if fit.why <= Why.BELOW_MIN else 2 for fit in fits]
    if classes != sorted(classes):
        wrong.append("a worse kind of fit stands before a better one")
    for kind in (0, 1):
        costs = [fit.cost for fit, of in zip(fits, classes, strict=True) if of == kind]
        if costs != sorted(costs):
            wrong.append("a dearer fit stands before a cheaper one")
    if [at for at, fit in enumerate(fits) if fit.why is Why.BEST] not in ([], [0]):
        wrong.append("BEST is not the first")
    if classes and classes[0] == 0 and fits[0].why is not Why.BEST:
        wrong.append("no BEST although something fits")
    return wrong
