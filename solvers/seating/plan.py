"""The whole evening's plan (F-ASN-03): a greedy answer at once, then better ones, then the proof, within a budget.

    greedy    best fit in order of start, in order of arrival, and around the plan of now: the best of them
    search    ruin & recreate from there (`search`)
    relaxed   the bound by Lagrange, then by the LP, and plans dived for in it; columns that no better plan can have are
              dropped (`relax`)
    exact     CP-SAT on the columns left open: first the likeliest, then all, which is the proof (`exact`)
Whatever stage the budget ends in, the best plan so far is the answer, with the best bound so far. A budget of `work` w
gives the search w rounds, the bound w steps, each LP 2w pivots and CP-SAT w/1000 of its deterministic seconds.
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

ROUNDS_EACH = 4  # of the search, for each party
ROUNDS = 100  # of the search between two looks at the clock
STEPS = 25  # of the bound between two looks at the clock
BLOCKS_MAX = 40  # of STEPS × 4
GAIN_MIN = 1e-5  # of all worth: less than this from a block, and the LP does the rest
COLUMNS_EACH = 5  # with which the LP starts, for each party
TAIL, TAIL_OF_GAP = 1e-5, 0.02  # of all worth, of the gap: an LP so close to the bound is not worth more columns
EARLY_DIVES, NEAR = 3, 0.008  # dives before the LP is solved, while the plan misses so much of what could be placed
LATE_DIVES = 3  # when it is solved: a better plan lets the next dive settle less, where the gap is small
DIVES_MAX = 60  # steps of the LP towards a plan
DIVE_LOSS, DIVE_LOSS_OF_GAP = 2e-4, 0.1  # what they may cost, of all worth and of the gap, if CP-SAT is to keep them
FIRST_EACH, LIKELY_EACH = 2, 3  # columns of each party, and in the mean, in the first try of CP-SAT
OPEN_MAX = 60_000  # columns CP-SAT is given at most
HOT_COVERS = 0.3  # what the search at first lets a round cost, in covers
REPAIR_EACH = 3  # rounds after each look at the relaxation's choice
POLISH_EACH, COOL_COVERS = 15, 0.05  # the same when the relaxation is done
POLISHES_MAX = 4  # as long as each betters the plan
SURE = 40_000.0  # money that a whole share counts against the spare; less than the price of any party


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
        self.shares: relax.Floats = np.zeros(0)

    @property
    def cost(self) -> int:
        return int(self.best[-1])

    @property
    def proven(self) -> bool:
        return self.bound >= self.cost

    @property
    def _wide(self) -> bool:
        """The gap is worth a search; else proving what is left is quicker."""
        return self.cost - self.bound > TAIL * self.of.worth.sum()

    @property
    def _far(self) -> bool:
        return self.cost - self.bound > NEAR * (self.of.worth.sum() - self.bound)

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

    def _anneal(
        self, rounds: int, covers: float, score: relax.Floats | None = None, seats: Ints | None = None
    ) -> None:  # fmt: skip
        """Ruin & recreate from the best plan or these seats; at first a round may cost some `covers`. With a `score` of
        the open columns, parties are put back where that is lowest: it knows what a table is worth to others.
        """
        floor, ranked = self.floor, np.arange(len(self.of.party))
        if not len(ranked):
            return
        if score is not None:
            floor, ranked = self._by(score)
        back = np.empty_like(ranked)
        back[ranked] = np.arange(len(ranked))
        here = [np.where(of >= 0, back[of], search.LEFT_OUT) for of in (self.best[:-1], seats) if of is not None]
        seating = search.empty(floor, len(self.evening.tables))
        search.seat_all(floor, seating, here[-1])
        best = np.append(here[0], self.best[-1])
        cold = max(1.0, float(self.of.tight))
        hot = max(cold, covers * self.evening.weights.unplaced * POINT)
        for done in range(0, rounds, ROUNDS):
            if self.budget.over:
                break
            warm = (hot * (cold / hot) ** (at / rounds) for at in (done, done + ROUNDS))
            if search.improve(floor, seating, best, self.dice, min(ROUNDS, rounds - done), *warm):
                self.best = best.copy()
                self.best[:-1] = np.where(best[:-1] >= 0, ranked[best[:-1]], search.LEFT_OUT)
                self._tell("search")

    def _by(self, score: relax.Floats) -> tuple[search.Floor, Ints]:
        """The floor with each party's options by the score of their columns, closed ones last; and their order."""
        assert self.open is not None
        by_option = np.full(len(self.of.party), 2 * float(score.max(initial=0)) + 2)
        np.minimum.at(by_option, self.open.option, score)
        ranked = np.lexsort((by_option, self.of.party))
        ranked[self.of.first[:-1][self.of.locked]] = self.of.first[:-1][self.of.locked]
        floor = self.floor._replace(
            place=self.of.place[ranked],
            cost=self.of.cost[ranked],
            tables=self.floor.tables[ranked],
            guide=by_option[ranked].astype(np.int64),
        )
        return floor, ranked

    def _guided(self, shares: relax.Floats, proof: relax.Proof) -> None:
        """Best fit by the relaxation's choice: parties that it is sure of first, each where it puts most of them."""
        of = self.open
        assert of is not None
        most = np.zeros(len(of.covers))
        np.maximum.at(most, np.repeat(np.arange(len(most)), np.diff(of.first)), shares)
        score = SURE * (1 - shares) + np.minimum(proof.spare, SURE)
        floor, ranked = self._by(score)
        seating = search.empty(floor, len(self.evening.tables))
        if len(ranked):
            search.fill(floor, seating, np.lexsort((-most, ~self.of.must)), self.dice)
            seats = np.where(seating.seat >= 0, ranked[seating.seat], search.LEFT_OUT)
            self._better(self.seated(seats), "relaxed")
            parties, work = len(of.covers), self.budget.work
            self._anneal(REPAIR_EACH * parties if work is None else work // 8, COOL_COVERS, seats=seats)

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
                if state.now[0] - before < GAIN_MIN * self.of.worth.sum():
                    break
                before = float(state.now[0])
        proof = relax.prove(of, state.best)
        self._bounded(proof.bound, state.best)
        self.shares = state.shares
        self._guided(state.shares, proof)
        self._narrow(self.duals)

    def _polish(self, score: relax.Floats) -> None:
        rounds = POLISH_EACH * len(self.floor.start) if self.budget.work is None else self.budget.work // 4
        for by in (score, score, None):
            if not self.proven:
                self._anneal(rounds, COOL_COVERS if by is None else HOT_COVERS, by)

    def programme(self) -> None:
        """The LP by column generation: dives for a plan while it is small, and among the likeliest columns when it is
        solved; CP-SAT does what those leave open.
        """
        of = self.open
        assert of is not None
        pivots = None if self.budget.work is None else 2 * self.budget.work
        best = relax.prove(of, self.duals)
        lp = self._small(of, best, pivots)
        dives = 0
        while lp.run():
            here = relax.prove(of, lp.duals)
            if here.bound > self.bound:
                best = here
                self._bounded(here.bound, lp.duals)
            self.shares = lp.shares.copy()
            if dives < EARLY_DIVES and self._far:
                dives += 1
                self._dive(lp)
                lp.surface()
            wanted = lp.wanting(here, best, 2 * len(of.covers))
            if (
                not len(wanted)
                or self.proven
                or lp.value - self.bound < min(TAIL * self.of.worth.sum(), TAIL_OF_GAP * (self.cost - self.bound))
            ):
                break
            lp.add(wanted)
        for _ in range(LATE_DIVES):
            before, small = self.cost, self._small(of, best, pivots)
            if self.proven or not small.run():
                break
            kept = self._dive(small)
            if not self.proven and not self.budget.over:
                self._exact(of, kept, proof=False)
            if self._wide or self.cost == before or len(kept) > COLUMNS_EACH * len(of.covers):
                break
        for _ in range(POLISHES_MAX if self._wide else 0):
            before = self.cost
            self._polish(best.spare.astype(np.float64))
            if self.cost == before:
                break
        if not self.proven:
            self._narrow(self.duals)

    def _small(self, of: relax.Columns, proof: relax.Proof, pivots: int | None) -> relax.Programme:
        """The LP of the likeliest columns, begun from what is known: every pivot is cheap in it."""
        lp = relax.Programme(of, lambda: self.budget.over, pivots)
        lp.add(self._first_columns(of, proof, np.where(self.shares > relax.USED_SHARE, self.shares, 0.0), COLUMNS_EACH))
        lp.begin(self.shares, self.duals)
        return lp

    def _dive(self, lp: relax.Programme) -> Ints:
        """Settles parties in the LP as long as that costs next to nothing: the columns that are then left, of settled
        parties one each, and the best plan's.
        """
        loss = min(DIVE_LOSS * self.of.worth.sum(), DIVE_LOSS_OF_GAP * (self.cost - self.bound))
        settled, most = lp.fixed.copy(), lp.value + loss
        shares = lp.shares.copy()
        for _ in range(DIVES_MAX):
            if self.budget.over or not lp.settle() or not lp.run():
                break
            shares = lp.shares.copy()
            if lp.value <= most:
                settled = lp.fixed.copy()
        self._guided(shares, relax.prove(lp.of, self.duals))
        party = np.searchsorted(lp.of.first, np.arange(len(settled)), "right") - 1
        done = np.zeros(len(lp.of.covers), bool)
        done[party[settled]] = True
        kept = settled | (lp.has & ~done[party])
        kept[self._columns_of(lp.of)] = True
        return np.flatnonzero(kept)

    def likely(self) -> None:
        """CP-SAT on a few columns a party: a plan that is all but best, so that less is left to prove."""
        of = self.open
        assert of is not None
        kept = self._first_columns(of, relax.prove(of, self.duals), self.shares, LIKELY_EACH)
        if len(kept) < len(of.option) and self._wide:
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
            of, kept, self._columns_of(of), placed=proof & (left.bound + left.unplaced >= self.cost),
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
        self.open, self.shares = relax.only(of, np.flatnonzero(keep)), self.shares[keep]

    def _first_columns(self, of: relax.Columns, proof: relax.Proof, shares: relax.Floats, each: int) -> Ints:
        """The columns of the best plan, those the relaxation uses, and the likeliest by their spare: some of each party
        and the best of all.
        """
        most = min(len(of.option), each * len(of.covers))
        chosen = shares > 1e-3
        if most:
            chosen[np.argpartition(proof.spare, most - 1)[:most]] = True
        party = np.searchsorted(of.first, np.arange(len(of.option)), "right") - 1
        ranked = np.lexsort((proof.spare, party))
        chosen[ranked[np.arange(len(ranked)) - of.first[party] < FIRST_EACH]] = True
        chosen[self._columns_of(of)] = True
        return np.flatnonzero(chosen)

    def _columns_of(self, of: relax.Columns) -> Ints:
        """The columns of the best plan, each in the form it has there; those that are still there."""
        follows = self.seated(self.best[:-1]).follows
        party = np.searchsorted(of.first, np.arange(len(of.option)), "right") - 1
        form = of.tight == ((follows[party] > 0) & (self.of.risk[party] > 0) & (self.of.tight > 0))
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
        if not len(self.duals):
            self.duals = duals
        if bound > self.bound:
            self.bound, self.duals = min(bound, self.cost), duals
            if self.seen:
                self.seen(self.cost, self.bound, "relaxed")

    def _tell(self, by: str) -> None:
        self.by = by
        if self.seen:
            self.seen(self.cost, self.bound, by)
