"""The whole evening's plan (F-ASN-03): a greedy answer at once, then better ones, then the proof, within a budget.

    greedy    best fit in order of start, in order of arrival, and around the plan of now: the best of them
    search    ruin & recreate from there (`search`)
    relaxed   the bound by Lagrange, then by the LP; columns that no better plan can have are dropped (`relax`)
    exact     CP-SAT on the columns left open: first the likeliest, then all, which is the proof (`exact`)
Whatever stage the budget ends in, the best plan so far is the answer, with the best bound so far. A budget of `work` w
gives the search w rounds, the bound w steps, the LP 2w pivots and CP-SAT w/1000 of its deterministic seconds.
"""

from collections.abc import Callable

import numpy as np

from solvers.budget import Budget
from solvers.seating import relax, search
from solvers.seating.evening import POINT, Evening, Pacing, Party, Plan, Table
from solvers.seating.exact import exact
from solvers.seating.options import Ints, Options, options
from solvers.seating.problem import Join
from solvers.seating.reasons import explained

Seen = Callable[[int, int, str], None]

ROUNDS_EACH = 30  # of the search, for each party
ROUNDS = 100  # of the search between two looks at the clock
STEPS = 25  # of the bound between two looks at the clock
BLOCKS_MAX = 60  # of STEPS × 4
COLUMNS_EACH = 8  # with which the LP starts, for each party
LIKELY_EACH = 8  # columns of the first try of CP-SAT, for each party
OPEN_MAX = 60_000  # columns CP-SAT is given at most
HOT_COVERS = 0.3  # what the search at first lets a round cost, in covers
POLISH_EACH, COOL_COVERS = 10, 0.05  # the same after each new plan from the relaxation


def solve(evening: Evening, budget: Budget, seen: Seen | None = None) -> Plan:
    """The best plan found and its bound. `seen(cost, bound, by)` is told of each better plan and each better bound."""
    run = _Run(evening, budget, seen)
    run.greedy()
    for stage in (run.seek, run.climb, run.programme, run.likely, run.rest):
        if run.proven or budget.over:
            break
        stage()
    seating = run.seated(run.best[:-1])
    return explained(evening, run.of, run.floor, seating, bound=run.bound, by=run.by, stopped=not run.proven)


def warm() -> None:
    """Compiles the kernels (or reads them from disk), off anybody's way: seconds when new."""
    tables = (Table(1, 2, section=0), Table(1, 4, section=0), Table(1, 4))
    parties = tuple(Party(2 + at, 15 * at, 60, 15, risk_min=15, now=(at % 2,)) for at in range(5))
    evening = Evening(tables, (Join(1, 2, 8),), parties, Pacing(9))
    solve(evening, Budget.of(0, lambda: 0.0, work=60))


class _Run:
    """What the stages hand on: the best seats with their cost, the bound, and the columns still open."""

    def __init__(self, evening: Evening, budget: Budget, seen: Seen | None) -> None:
        self.evening, self.budget, self.seen = evening, budget, seen
        self.of: Options = options(evening)
        start = np.array([party.start for party in evening.parties], np.int64)
        end = np.array([party.end for party in evening.parties], np.int64)
        self.floor = search.floor_of(self.of, start, end)
        self.dice = np.array([budget.seed], np.uint64)
        self.best: Ints = np.zeros(len(start) + 1, np.int64)
        self.bound, self.by = np.iinfo(np.int64).min, "greedy"
        self.open: relax.Columns | None = None
        self.duals: relax.Floats = np.zeros(0)

    @property
    def cost(self) -> int:
        return int(self.best[-1])

    @property
    def proven(self) -> bool:
        return self.bound >= self.cost

    def greedy(self) -> None:
        """And the simplest bound: nobody is seated for less than the cheapest place."""
        present = np.full(len(self.best) - 1, search.LEFT_OUT, np.int64)
        for at, party in enumerate(self.evening.parties):
            now = tuple(sorted(party.now))
            present[at] = next((k for k in self.of.of(at) if now and self.of.tables_of(k) == now), search.LEFT_OUT)
        promised = np.where(self.of.must, present, search.LEFT_OUT)
        nobody = np.full_like(present, search.LEFT_OUT)
        in_order = np.argsort(self.floor.start, kind="stable")
        promises_first = np.lexsort((self.floor.start, ~self.of.must))
        self.best[-1] = np.iinfo(np.int64).max
        for kept, order in (
            ((nobody,), in_order), ((nobody,), np.arange(len(present))), ((promised,), promises_first),
            ((promised, present), promises_first),
        ):  # fmt: skip
            seating = search.empty(self.floor, len(self.evening.tables))
            for seats in kept:
                search.seat_all(self.floor, seating, seats)
            search.fill(self.floor, seating, order, self.dice)
            self._better(seating, "greedy")
        least = self.of.price.copy()
        np.minimum.at(least, self.of.party, self.of.cost)
        least[self.of.locked] = self.of.cost[self.of.first[:-1][self.of.locked]]
        self._bounded(int(least.sum()), self.duals)

    def seek(self) -> None:
        rounds = ROUNDS_EACH * len(self.floor.start) if self.budget.work is None else self.budget.work
        self._anneal(rounds, HOT_COVERS)

    def _anneal(self, rounds: int, covers: float) -> None:
        """Ruin & recreate from the best plan; at first a round may cost some `covers`."""
        seating = self.seated(self.best[:-1])
        cold = max(1.0, float(self.of.tight))
        hot = max(cold, covers * self.evening.weights.unplaced * POINT)
        for done in range(0, rounds, ROUNDS):
            if self.budget.over:
                break
            warm = (hot * (cold / hot) ** (at / rounds) for at in (done, done + ROUNDS))
            if search.improve(self.floor, seating, self.best, self.dice, min(ROUNDS, rounds - done), *warm):
                self._tell("search")

    def _guided(self, of: relax.Columns, score: relax.Floats, order: Ints) -> None:
        """Best fit by another price: parties in `order`, each where its column's `score` is lowest; then as usual."""
        dear = float(score.max(initial=0)) + 1
        by_option = np.full(len(self.of.party), 2 * dear)
        np.minimum.at(by_option, of.option, score)
        ranked = np.lexsort((by_option, self.of.party))
        floor = self.floor._replace(
            place=self.of.place[ranked], cost=by_option[ranked].astype(np.int64), tight=0, balance=0,
            price=np.full(len(order), int(dear), np.int64),
        )  # fmt: skip
        seating = search.empty(floor, len(self.evening.tables))
        search.fill(floor, seating, order, self.dice)
        seats = np.where(seating.seat >= 0, ranked[seating.seat], search.LEFT_OUT)
        seats[self.of.locked] = self.of.first[:-1][self.of.locked]
        seating = self.seated(seats)
        search.fill(self.floor, seating, order, self.dice)
        self._better(seating, "relaxed")

    def climb(self) -> None:
        """The bound without an LP; what it leaves open."""
        of = self.open = relax.columns(self.of)
        state, target = relax.climb(of), float(self.cost - int(of.price.sum()))
        steps = 4 * STEPS * BLOCKS_MAX if self.budget.work is None else self.budget.work
        before = -np.inf
        for done in range(0, steps, STEPS):
            relax.ascend(of, state, target, min(STEPS, steps - done))
            if self.budget.over:
                break
            if done % (4 * STEPS) == 0 and done:
                if state.now[0] - before < 0.02 * (target - state.now[0]):
                    break
                before = float(state.now[0])
        self._narrow(state.best)
        of, proof = self.open, relax.prove(self.open, self.duals)
        self._guided(of, proof.spare.astype(np.float64), np.argsort(-proof.unplaced, kind="stable"))
        self._polish()

    def _polish(self) -> None:
        if not self.proven:
            rounds = POLISH_EACH * len(self.floor.start) if self.budget.work is None else self.budget.work // 4
            self._anneal(rounds, COOL_COVERS)

    def programme(self) -> None:
        """The LP by column generation."""
        of = self.open
        assert of is not None
        pivots = None if self.budget.work is None else 2 * self.budget.work
        lp = relax.Programme(of, lambda: self.budget.over, pivots)
        proof = relax.prove(of, self.duals)
        lp.add(self._first_columns(of, proof, COLUMNS_EACH))
        while lp.run():
            proof = relax.prove(of, lp.duals)
            self._bounded(proof.bound, lp.duals)
            wanted = lp.wanting(proof, 2 * len(of.covers))
            if not len(wanted) or self.proven:
                break
            lp.add(wanted)
        self.shares = lp.shares
        most = np.zeros(len(of.covers))
        np.maximum.at(most, np.repeat(np.arange(len(most)), np.diff(of.first)), lp.shares)
        self._guided(of, 1e6 * (1 - lp.shares) + np.minimum(proof.spare, 1e5), np.argsort(-most, kind="stable"))
        self._polish()
        if not self.proven:
            self._narrow(self.duals)

    def likely(self) -> None:
        """CP-SAT on a few columns a party: a plan that is all but best, so that less is left to prove."""
        of = self.open
        assert of is not None
        kept = self._first_columns(of, relax.prove(of, self.duals), LIKELY_EACH)
        if len(kept) < len(of.option):
            self._exact(of, kept, proof=False)
            if not self.proven:
                self._narrow(self.duals)

    def rest(self) -> None:
        of = self.open
        assert of is not None
        if len(of.option) <= OPEN_MAX:
            self._exact(of, np.arange(len(of.option)), proof=True)

    def _exact(self, of: relax.Columns, kept: Ints, *, proof: bool) -> None:
        left = relax.prove(of, self.duals)
        work = None if self.budget.work is None else self.budget.work / 1000
        found = exact(
            of, kept, self._columns_of(of), placed=left.bound + left.unplaced > self.cost,
            seconds=self.budget.left_ms / 1000 * (1.0 if proof else 0.3), work=work, seed=self.budget.seed,
            called_off=lambda: self.budget.over,
        )  # fmt: skip
        if found.chosen is not None:
            seats = np.full(len(self.best) - 1, search.LEFT_OUT, np.int64)
            options_ = of.option[found.chosen]
            seats[self.of.party[options_]] = options_
            self._better(self.seated(seats), "exact")
        if proof and found.done:
            self._bounded(self.cost, self.duals)
        elif proof:
            self._bounded(min(found.bound, self.cost), self.duals)

    def _narrow(self, duals: relax.Floats) -> None:
        """Takes the bound of `duals` and drops the columns that no better plan has; what is dropped stays so."""
        of = self.open
        assert of is not None
        proof = relax.prove(of, duals)
        self._bounded(proof.bound, duals)
        keep = (proof.bound + proof.spare < self.cost) | np.repeat(of.locked, np.diff(of.first))
        keep[self._columns_of(of)] = True
        self.open = relax.only(of, np.flatnonzero(keep))

    def _first_columns(self, of: relax.Columns, proof: relax.Proof, each: int) -> Ints:
        """The columns of the best plan, of locked parties, and the likeliest by their spare."""
        most = min(len(of.option), each * len(of.covers))
        chosen = np.repeat(of.locked, np.diff(of.first))
        if most:
            chosen[np.argpartition(proof.spare, most - 1)[:most]] = True
        chosen[self._columns_of(of)] = True
        return np.flatnonzero(chosen)

    def _columns_of(self, of: relax.Columns) -> Ints:
        """The columns of the best plan, each in the form it has there; those that are still there."""
        follows = self.seated(self.best[:-1]).follows
        party = np.searchsorted(of.first, np.arange(len(of.option)), "right") - 1
        strict = (of.value + of.price[party]) > self.of.cost[of.option]
        form = ((follows[party] > 0) & (self.of.risk[party] > 0)) == strict
        return np.flatnonzero((self.best[:-1][party] == of.option) & form)

    def seated(self, seats: Ints) -> search.Seating:
        seating = search.empty(self.floor, len(self.evening.tables))
        search.seat_all(self.floor, seating, seats)
        return seating

    def _better(self, seating: search.Seating, by: str) -> None:
        if seating.money[0] < self.best[-1]:
            self.best = np.append(seating.seat, seating.money[0])
            self._tell(by)

    def _bounded(self, bound: int, duals: relax.Floats) -> None:
        self.duals = duals
        if bound > self.bound:
            self.bound = min(bound, self.cost)
            if self.seen:
                self.seen(self.cost, self.bound, "relaxed")

    def _tell(self, by: str) -> None:
        self.by = by
        if self.seen:
            self.seen(self.cost, self.bound, by)
