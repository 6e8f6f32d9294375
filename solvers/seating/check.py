"""Verifies answers about seating from the problem alone. Shares no code with the solvers it watches."""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from solvers.seating import evening as words
from solvers.seating.evening import Evening, Plan
from solvers.seating.problem import Join, Problem, Ranked, State, Why


def check_fit(problem: Problem, fit: Ranked) -> list[str]:
    """What is wrong with one fit that claims to be legal; empty = nothing. Illegal fits claim nothing."""
    if fit.why > Why.BELOW_MIN:
        return []
    party, wrong = problem.party, []
    chosen = [problem.tables[at] for at in fit.tables]
    if len(chosen) == 1:
        seats = chosen[0].max_covers
    else:
        joined = _seats(problem, fit.tables)
        seats = -1 if joined is None else joined
        if seats < 0:
            wrong.append("not joined")
        parts = (part for size in range(1, len(chosen)) for part in combinations(fit.tables, size))
        wrong.extend("a table too many" for part in parts if (_seats(problem, part) or 0) >= party.covers)
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
    """What is wrong with a whole ranking: every table and pair once, larger sets only where they are needed and legal,
    legal ones first, one BEST at most and first.
    """
    wrong = [f"{fit.tables}: {fault}" for fit in fits for fault in check_fit(problem, fit)]
    asked = sorted([(at,) for at in range(len(problem.tables))] + [(join.a, join.b) for join in problem.joins])
    small = [fit for fit in fits if len(fit.tables) <= 2]
    if sorted(fit.tables for fit in small) != asked:
        wrong.append("not every table and pair exactly once")
    larger = [fit for fit in fits if len(fit.tables) > 2]
    if larger and any(fit.why <= Why.FITS for fit in small):
        wrong.append("a larger set where a smaller one fits")
    if any(fit.why > Why.BELOW_MIN for fit in larger):
        wrong.append("a larger set that is not legal")
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


def check_plan(evening: Evening, plan: Plan) -> list[str]:
    """What is wrong with a plan: places, times, promises, pacing, and every figure it states."""
    if len(plan.seats) != len(evening.parties):
        return ["not one seat a party"]
    wrong = _places_wrong(evening, plan) + _overlaps(evening, plan) + _pacing_wrong(evening, plan)
    expected: Counter[str] = Counter()
    for at, seat in enumerate(plan.seats):
        terms = _terms(evening, plan, at)
        if terms != {term: price for term, price in seat.terms.items() if price and term != "unplaced"}:
            wrong.append(f"party {at}: terms {seat.terms}, should be {terms}")
        if not seat.tables and not _price_right(evening, plan, at):
            wrong.append(f"party {at}: wrong price for leaving it out")
        if not seat.why:
            wrong.append(f"party {at}: no reason")
        expected.update(seat.terms)
    expected["balance"] = _unbalanced(evening, plan)
    if +Counter(plan.terms) != +expected:
        wrong.append(f"terms {plan.terms}, should be {dict(expected)}")
    if plan.cost != sum(expected.values()):
        wrong.append(f"cost {plan.cost}, should be {sum(expected.values())}")
    if plan.covers != sum(p.covers for p, seat in zip(evening.parties, plan.seats, strict=True) if seat.tables):
        wrong.append("covers miscounted")
    if plan.bound > plan.cost or plan.proven != (plan.bound == plan.cost) or (plan.gap == 0) != plan.proven:
        wrong.append("bound, gap and proof do not agree")
    moved = [at for at, p in enumerate(evening.parties) if p.now and set(p.now) != set(plan.seats[at].tables)]
    if list(plan.moved) != moved:
        wrong.append("moved miscounted")
    return wrong


def _seats(evening: Evening | Problem, chosen: Sequence[int]) -> int | None:
    """The most over all trees of joins that hold the tables together; None = they are not connected."""
    inside: dict[frozenset[int], Join] = {}
    for join in evening.joins:
        pair = frozenset((join.a, join.b))
        if len(pair) == 2 and pair <= set(chosen):
            inside[pair] = max(inside.get(pair, join), join, key=lambda one: one.combined_max)
    best = None
    for tree in combinations(inside, len(chosen) - 1):
        reached = {chosen[0]}
        for _ in tree:
            for pair in tree:
                reached |= pair if pair & reached else set()
        if reached == set(chosen):
            gains = (inside[pair].combined_max - sum(evening.tables[at].max_covers for at in pair) for pair in tree)
            total = sum(evening.tables[at].max_covers for at in chosen) + sum(gains)
            best = total if best is None else max(best, total)
    return best


def _places_wrong(evening: Evening, plan: Plan) -> list[str]:
    wrong = []
    for at, (party, seat) in enumerate(zip(evening.parties, plan.seats, strict=True)):
        stays = bool(party.now) and set(party.now) == set(seat.tables)
        if party.locked and party.now and not stays:
            wrong.append(f"party {at} is locked")
        if not seat.tables or (party.locked and party.now):
            continue
        tables = [evening.tables[index] for index in seat.tables]
        seats = _seats(evening, seat.tables)
        if stays and seats is None:
            seats = sum(table.max_covers for table in tables)
        if seats is None or len(set(seat.tables)) != len(seat.tables):
            wrong.append(f"party {at}: tables not joined")
        elif seats < party.covers:
            wrong.append(f"party {at}: too small")
        if party.accessible and not all(table.accessible for table in tables):
            wrong.append(f"party {at}: not accessible")
        end = party.start + party.turn_min + party.buffer_min
        if any(begin < end and party.start < until for table in tables for begin, until in table.closed):
            wrong.append(f"party {at}: closed")
        if stays:
            continue
        if len(tables) > words.PLACE_TABLES:
            wrong.append(f"party {at}: too many tables")
        if len(tables) == 1 and party.covers < tables[0].min_covers:
            wrong.append(f"party {at}: below the minimum")
        parts = (part for size in range(1, len(tables)) for part in combinations(seat.tables, size))
        if any((_seats(evening, part) or 0) >= party.covers for part in parts):
            wrong.append(f"party {at}: a table too many")
    return wrong


def _overlaps(evening: Evening, plan: Plan) -> list[str]:
    wrong = []
    for a, b in combinations(range(len(plan.seats)), 2):
        if not set(plan.seats[a].tables) & set(plan.seats[b].tables):
            continue
        one, two = evening.parties[a], evening.parties[b]
        ends = [p.start + p.turn_min + p.buffer_min for p in (one, two)]
        fixed = all(p.locked and p.now for p in (one, two))
        if one.start < ends[1] and two.start < ends[0] and not fixed:
            wrong.append(f"parties {a} and {b} at one table at one time")
    return wrong


def _pacing_wrong(evening: Evening, plan: Plan) -> list[str]:
    if not evening.pacing.covers:
        return []
    seated: Counter[int] = Counter()
    promised: Counter[int] = Counter()
    for party, seat in zip(evening.parties, plan.seats, strict=True):
        window = party.start // evening.pacing.window_min
        seated[window] += party.covers * bool(seat.tables)
        promised[window] += party.covers * (party.must or (party.locked and bool(party.now)))
    most = {window: max(evening.pacing.covers, promised[window]) for window in seated}
    return [f"window {window}: {covers} covers" for window, covers in seated.items() if covers > most[window]]


def _terms(evening: Evening, plan: Plan, at: int) -> dict[str, int]:
    """What one seat costs, by the words of `evening.Weights`; nothing for a party left out."""
    party, chosen, weights = evening.parties[at], plan.seats[at].tables, evening.weights
    if not chosen:
        return {}
    tables = [evening.tables[index] for index in chosen]
    seats = _seats(evening, chosen)
    if seats is None:
        seats = sum(table.max_covers for table in tables)
    missed = bool(party.tables) and not set(party.tables) & set(chosen)
    bits = range(64)
    terms = {
        "guarantee": weights.guarantee * (missed and party.guaranteed),
        "wasted": weights.wasted * max(0, seats - party.covers),
        "feature": weights.feature
        * sum(1 for bit in bits if party.features >> bit & 1 and not all(t.features >> bit & 1 for t in tables)),
        "preference": weights.preference
        * (
            (missed and not party.guaranteed)
            + (party.area >= 0 and any(t.area != party.area for t in tables))
            + any(party.occasion >> bit & 1 and not all(t.suits >> bit & 1 for t in tables) for bit in bits)
        ),
        "joined": weights.joined * (len(tables) - 1),
        "moved": weights.moved * (bool(party.now) and set(party.now) != set(chosen)),
        "tight": weights.tight * _followed(evening, plan, at),
    }
    found = {term: price * words.POINT for term, price in terms.items() if price}
    worst = max((10 - t.priority) * 50 // 9 + (100 - t.score) // 2 for t in tables)  # of both halves, in hundredths
    return found | ({"priority": weights.priority * worst} if weights.priority * worst else {})


def _followed(evening: Evening, plan: Plan, at: int) -> bool:
    """Somebody starts at one of the party's tables while it often is still there."""
    party = evening.parties[at]
    end = party.start + party.turn_min + party.buffer_min
    return any(
        other != at and end <= evening.parties[other].start < end + party.risk_min
        for other, seat in enumerate(plan.seats)
        if set(seat.tables) & set(plan.seats[at].tables)
    )


def _price_right(evening: Evening, plan: Plan, at: int) -> bool:
    """A party left out costs its covers and value; one with a promise more than all others together."""
    alone = [(evening.weights.unplaced * p.covers + p.value) * words.POINT for p in evening.parties]
    price = plan.seats[at].terms.get("unplaced", 0)
    return price > sum(alone) if evening.parties[at].must else price == alone[at]


def _unbalanced(evening: Evening, plan: Plan) -> int:
    covers: Counter[int] = Counter()
    for party, seat in zip(evening.parties, plan.seats, strict=True):
        if seat.tables:
            covers[evening.tables[min(seat.tables)].section] += party.covers
    asked, seats = sum(p.covers for p in evening.parties), sum(t.max_covers for t in evening.tables)
    over = 0
    for section in {table.section for table in evening.tables if table.section != words.NOBODY}:
        share = asked * sum(t.max_covers for t in evening.tables if t.section == section)
        over += max(0, covers[section] - -(-share // max(1, seats)))
    return over * evening.weights.balance * words.POINT
