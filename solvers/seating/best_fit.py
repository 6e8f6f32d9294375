"""Every table and joined pair for one party, best first, and where none of them will do as it should, three or four
tables pushed together that do (F-ASN-01, F-ASN-02, F-ASN-05).

Let p be the party and k a table, pair or larger set with seats S_k, features F_k, priority r_k in 1..10 (of several
tables: the lowest).
    hard    S_k ≥ covers · every table of k accessible if p asks for it · no table of k unnecessary · k usable at t0
            and free for at least `short_min` minutes
    cost    w_wasted·(S_k − covers) + w_feature·|wanted ∖ F_k| + w_area·[k not in the wanted area]
            + w_priority·(10 − r_k)/9 + w_joined·(tables of k − 1)
    order   legal without a warning, legal with one, illegal; then cost; then the gap |free − need|, so that between
            equals a table whose free time just covers the turn is used before one that is free all evening; then index
Costs are kept in ninths so that they stay whole numbers.
"""

from msgspec import structs

from solvers.seating.places import places_of
from solvers.seating.problem import ANYWHERE, Party, Problem, Ranked, State, Table, Weights, Why

PRIORITY_TOP = 10  # R-TAB-12: 1–10, higher is seated first
_NINTHS = 9

_NOT_USABLE = {State.OCCUPIED: Why.TAKEN, State.TO_CLEAR: Why.TO_CLEAR, State.BLOCKED: Why.BLOCKED}


def rank(problem: Problem) -> list[Ranked]:
    """Singles and pairs, legal ones first; the first legal one without a warning is BEST. Of larger sets only legal
    ones, and only where nothing smaller fits without a warning.
    """
    tables = problem.tables
    found = [_fit((at,), table.max_covers, problem) for at, table in enumerate(tables)]
    found += [_fit((join.a, join.b), join.combined_max, problem) for join in problem.joins]
    if not any(fit.why is Why.FITS for fit in found):
        found += _larger(problem)
    found.sort(key=lambda fit: _order(fit, problem.party))
    if found and found[0].why is Why.FITS:
        found[0] = structs.replace(found[0], why=Why.BEST)
    return found


def _larger(problem: Problem) -> list[Ranked]:
    party = problem.party
    free = {at for at, table in enumerate(problem.tables) if _why_not((table,), 0, party)[0] is None}
    sizes = tuple((table.min_covers, table.max_covers) for table in problem.tables)
    sets = (place for place in places_of(sizes, problem.joins) if len(place.tables) > 2)
    large_enough = (place for place in sets if place.min_covers <= party.covers <= place.max_covers)
    return [_fit(place.tables, place.max_covers, problem) for place in large_enough if free.issuperset(place.tables)]


def _fit(chosen: tuple[int, ...], seats: int, problem: Problem) -> Ranked:
    party, at_it = problem.party, tuple(problem.tables[at] for at in chosen)
    free = min(table.free_until for table in at_it)
    wasted = seats - party.covers
    why, minutes = _why_not(at_it, wasted, party)
    if why is None:
        why, minutes = _warning(at_it[0].min_covers if len(at_it) == 1 else 1, free, party)
    return Ranked(chosen, why, minutes, free, wasted, cost(wasted, at_it, party, problem.weights))


def _why_not(tables: tuple[Table, ...], wasted: int, party: Party) -> tuple[Why | None, int]:
    """The first hard rule broken: what can never work before what does not work now."""
    if wasted < 0:
        return Why.TOO_SMALL, 0
    if party.accessible and not all(table.accessible for table in tables):
        return Why.NOT_ACCESSIBLE, 0
    if len(tables) > 1 and any(table.max_covers >= party.covers for table in tables):
        return Why.ONE_IS_ENOUGH, 0
    worst = max((table.state for table in tables), key=_state_weight)
    if worst is not State.FREE:
        return _NOT_USABLE[worst], max(table.free_from for table in tables)
    busy = max(table.free_from for table in tables)
    if busy > 0:
        return Why.HELD, busy
    free = min(table.free_until for table in tables)
    return (Why.BOOKED, free) if free < party.short_min else (None, 0)


def _state_weight(state: State) -> int:
    return (State.FREE, State.TO_CLEAR, State.OCCUPIED, State.BLOCKED).index(state)


def _warning(least: int, free: int, party: Party) -> tuple[Why, int]:
    if free < party.need_min:
        return Why.SHORT_TURN, free
    return (Why.BELOW_MIN, 0) if party.covers < least else (Why.FITS, 0)


def cost(wasted: int, tables: tuple[Table, ...], party: Party, weights: Weights) -> int:
    """The weighted terms of one table or several, in ninths."""
    features, priority = tables[0].features, tables[0].priority
    for table in tables[1:]:
        features, priority = features & table.features, min(priority, table.priority)
    elsewhere = party.area != ANYWHERE and any(table.area != party.area for table in tables)
    whole = weights.wasted * wasted + weights.feature * (party.features & ~features).bit_count()
    whole += weights.area * elsewhere + weights.joined * (len(tables) - 1)
    return whole * _NINTHS + weights.priority * (PRIORITY_TOP - priority)


def _order(fit: Ranked, party: Party) -> tuple[int, ...]:
    if fit.why is Why.FITS:
        return 0, fit.cost, abs(fit.free_min - party.need_min), len(fit.tables), *fit.tables
    if fit.legal:
        return 1, fit.cost, abs(fit.free_min - party.need_min), len(fit.tables), *fit.tables
    return 2, fit.why, fit.minutes, abs(fit.wasted), len(fit.tables), *fit.tables
