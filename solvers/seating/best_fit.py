"""Every table and joined pair for one party, best first (F-ASN-01, F-ASN-02, F-ASN-05).

Let p be the party and k a table or pair with seats S_k, features F_k, priority r_k in 1..10 (of a pair: the lower).
    hard    S_k ≥ covers · every table of k accessible if p asks for it · no table of k unnecessary · k usable at t0
            and free for at least `short_min` minutes
    cost    w_wasted·(S_k − covers) + w_feature·|wanted ∖ F_k| + w_area·[k not in the wanted area]
            + w_priority·(10 − r_k)/9 + w_joined·[k is a pair]
    order   legal without a warning, legal with one, illegal; then cost; then the gap |free − need|, so that between
            equals a table whose free time just covers the turn is used before one that is free all evening; then index
Costs are kept in ninths so that they stay whole numbers.
"""

from solvers.seating.problem import ANYWHERE, Join, Party, Problem, Ranked, State, Table, Weights, Why

PRIORITY_TOP = 10  # R-TAB-12: 1–10, higher is seated first
_NINTHS = 9

_NOT_USABLE = {State.OCCUPIED: Why.TAKEN, State.TO_CLEAR: Why.TO_CLEAR, State.BLOCKED: Why.BLOCKED}


def rank(problem: Problem) -> list[Ranked]:
    """Singles and pairs, legal ones first; the first legal one without a warning is BEST."""
    party, weights, tables = problem.party, problem.weights, problem.tables
    found = [_single(at, table, party, weights) for at, table in enumerate(tables)]
    found += [_pair(at, join, tables, party, weights) for at, join in enumerate(problem.joins)]
    found.sort(key=lambda fit: _order(fit, party))
    if found and found[0].why is Why.FITS:
        first = found[0]
        found[0] = Ranked(first.tables, first.join, Why.BEST, first.minutes, first.free_min, first.wasted, first.cost)
    return found


def _single(at: int, table: Table, party: Party, weights: Weights) -> Ranked:
    free = table.free_until
    wasted = table.max_covers - party.covers
    why, minutes = _why_not((table,), wasted, party)
    if why is None:
        why, minutes = _warning(table.min_covers, free, party)
    return Ranked((at,), -1, why, minutes, free, wasted, cost(wasted, table, None, party, weights))


def _pair(at: int, join: Join, tables: tuple[Table, ...], party: Party, weights: Weights) -> Ranked:
    a, b = tables[join.a], tables[join.b]
    free = min(a.free_until, b.free_until)
    wasted = join.combined_max - party.covers
    why, minutes = _why_not((a, b), wasted, party)
    if why is None:
        why, minutes = _warning(1, free, party)
    return Ranked((join.a, join.b), at, why, minutes, free, wasted, cost(wasted, a, b, party, weights))


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


def cost(wasted: int, a: Table, b: Table | None, party: Party, weights: Weights) -> int:
    """The weighted terms of one table (`b` None) or pair, in ninths."""
    features = a.features if b is None else a.features & b.features
    priority = a.priority if b is None else min(a.priority, b.priority)
    elsewhere = party.area != ANYWHERE and (a.area != party.area or (b is not None and b.area != party.area))
    whole = weights.wasted * wasted + weights.feature * (party.features & ~features).bit_count()
    whole += weights.area * elsewhere + weights.joined * (b is not None)
    return whole * _NINTHS + weights.priority * (PRIORITY_TOP - priority)


def _order(fit: Ranked, party: Party) -> tuple[int, ...]:
    if fit.why is Why.FITS:
        return 0, fit.cost, abs(fit.free_min - party.need_min), len(fit.tables), *fit.tables
    if fit.legal:
        return 1, fit.cost, abs(fit.free_min - party.need_min), len(fit.tables), *fit.tables
    return 2, fit.why, fit.minutes, abs(fit.wasted), len(fit.tables), *fit.tables
