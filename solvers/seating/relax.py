"""The bound: how much no legal plan can better, and what each table is worth at each time.

A column is an option in one of two forms: comfortable, nobody follows inside the risk, [p, e + risk) is taken; or
tight, [p, e) is taken at the price `tight`. So the packing stays pure, and the relaxation is

    minimise    Σ price_r + Σ_k (cost_k − price_r(k)) x_k + balance · Σ_s over_s
    one         Σ_k∋r x_k ≤ 1                                (= 1 for a locked party)
    table       Σ_k on t, p_k ≤ p < e_k  x_k ≤ 1             for each table t and each start p that is maximal there:
                                                             some column on t ends between p and the next start
    section     Σ_k in s covers_k x_k − over_s ≤ share_s
    window      Σ_r in w covers_r x_r ≤ limit_w

Lagrange: for any y ≥ 0 on table, section (≤ balance) and window rows
    L(y) = Σ price_r − y·b + Σ_r min(0, min_k cost_k − price_r + y·A_k)
is a bound; it is evaluated in whole numbers, so it holds whatever was rounded on the way to y. A column takes the rows
of a table from one start to another, so with prefix sums of y its price is one difference per table.

`ascend` climbs L by the volume method (steps from the best y along an average of subgradients): 0.1–0.3 % below the
optimum in a fraction of the time an exact LP takes. `Programme` then is the LP itself, by column generation from there.
Locked parties' [p, e) has been taken out of all other options; of theirs only the risk after it is left.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import scipy.optimize._highspy._core as highs  # the LP with columns added and a way to call it off; linprog has neither
from numba import njit
from numpy.typing import NDArray

from solvers.seating.evening import POINT
from solvers.seating.options import Flags, Ints, Options

Floats = NDArray[np.float64]
FINE = 4096  # duals are counted in such parts of money where a bound is made: less rounding than a whole in all
SURE_SHARE = 0.8  # columns above stay in a dive
USED_SHARE, FULL_SHARE = 0.03, 0.98  # what the volume method gives a column of the basis, a party with a full row
_DAY = 1 << 24  # more minutes than any two starts lie apart


class Columns(NamedTuple):
    """N columns by party, as `first` says; Q (column, table) pairs; rows: tables' first, then sections, then windows.
    `low[q]`, `high[q]`: the table rows a pair takes, half-open.
    """

    first: Ints  # P + 1
    option: Ints  # N
    tight: Flags  # N: of an option with a risk, the form in which somebody follows inside it
    value: Ints  # N: cost − price of the party, tight included
    pair: Ints  # N + 1
    low: Ints  # Q
    high: Ints  # Q
    section: Ints  # N, −1 = none
    covers: Ints  # P
    window: Ints  # P, −1 = none
    locked: Flags  # P
    limit: Ints  # rows: right-hand sides
    roof: Floats  # rows: the most a dual may be
    tables: int  # rows of tables
    sections: int
    price: Ints  # P
    worth: Ints  # P


def columns(of: Options) -> Columns:
    """Both forms of all options; a comfortable one is left out where a locked party follows inside the risk."""
    strict = (of.risk[of.party] > 0) & (of.tight > 0)
    risky = np.flatnonzero(strict & ~_followed(of))
    option = np.concatenate([np.arange(len(of.party)), risky])
    tight = np.concatenate([strict, np.zeros(len(risky), bool)])
    order = np.argsort(option, kind="stable")
    option, tight = option[order], tight[order]
    party = of.party[option]
    start = np.where(of.locked[party], of.end[option], of.start[option])
    end = of.end[option] + np.where(tight | (of.tight == 0), 0, of.risk[party])
    sizes = np.diff(of.place_first)[of.place[option]]
    pair = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    column = np.repeat(np.arange(len(option)), sizes)
    table = of.place_table[_runs(of.place_first[of.place[option]], sizes)]
    zero = int(start.min()) if len(start) else 0
    begins, ends = table * _DAY + start[column] - zero, table * _DAY + end[column] - zero
    taken = begins < ends
    starts = np.unique(begins[taken])
    rows = starts[np.unique(np.searchsorted(starts, ends[taken], "left") - 1)] if len(starts) else starts
    sections, windows = len(of.share), len(of.limit)
    return Columns(
        np.searchsorted(party, np.arange(len(of.covers) + 1)).astype(np.int64), option, tight,
        of.cost[option] + np.where(tight, of.tight, 0) - of.price[party], pair,
        np.searchsorted(rows, begins).astype(np.int64), np.searchsorted(rows, ends).astype(np.int64),
        of.section[of.place[option]], of.covers, of.window, of.locked,
        np.concatenate([np.ones(len(rows), np.int64), of.share, of.limit]),
        np.concatenate([np.full(len(rows), np.inf), np.full(sections, float(of.balance)), np.full(windows, np.inf)]),
        len(rows), sections, of.price, of.worth,
    )  # fmt: skip


def _followed(of: Options) -> Flags:
    """K: on some table of the option a locked party starts inside the party's risk."""
    found = np.zeros(len(of.party), bool)
    for guest in np.flatnonzero(of.locked):
        at = of.first[guest]
        start = of.start[at]
        late = (of.end <= start) & (start < of.end + of.risk[of.party]) & (of.party != guest)
        for option in np.flatnonzero(late & ~found):
            found[option] = bool(set(of.tables_of(int(option))) & set(of.tables_of(int(at))))
    return found


def _runs(begin: Ints, sizes: Ints) -> Ints:
    """begin_0 … begin_0 + size_0 − 1, begin_1 …"""
    return np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes) + np.repeat(begin, sizes)


class Climb(NamedTuple):
    """Where the volume method stands: the best duals and their bound, the direction, step and memory. `shares` is the
    running mean of the columns chosen, close to a solution of the LP in the end.
    """

    best: Floats  # rows
    along: Floats  # rows
    shares: Floats  # N
    now: Floats  # bound, step, memory, rounds without success


def climb(of: Columns) -> Climb:
    rows = len(of.limit)
    return Climb(np.zeros(rows), np.zeros(rows), np.zeros(len(of.value)), np.array([-np.inf, 0.3, 0.1, 0.0]))


@njit(cache=True, nogil=True)
def _dive(of, duals, prefix, slope, picked):  # noqa: ANN001, ANN202
    """L(y) − Σ price, and its slope: what the cheapest columns use of each row beyond its right-hand side. `picked`
    (P) are those columns, −1 = left out.
    """
    total, bound = 0.0, 0.0
    for row in range(of.tables):
        total += duals[row]
        prefix[row + 1] = total
    slope[:] = 0.0
    windows = of.tables + of.sections
    for row in range(len(duals)):
        bound -= duals[row] * of.limit[row]
    for party in range(len(of.covers)):
        paced = duals[windows + of.window[party]] * of.covers[party] if of.window[party] >= 0 else 0.0
        least, chosen = np.inf if of.locked[party] else -paced, -1
        for column in range(of.first[party], of.first[party + 1]):
            value = float(of.value[column])
            if value >= least:
                continue
            for q in range(of.pair[column], of.pair[column + 1]):
                value += prefix[of.high[q]] - prefix[of.low[q]]
            if of.section[column] >= 0:
                value += duals[of.tables + of.section[column]] * of.covers[party]
            if value < least:
                least, chosen = value, column
        picked[party] = chosen
        if chosen < 0:
            continue
        bound += least + paced
        for q in range(of.pair[chosen], of.pair[chosen + 1]):
            if of.low[q] < of.high[q]:
                slope[of.low[q]] += 1
                if of.high[q] < of.tables:
                    slope[of.high[q]] -= 1
        if of.section[chosen] >= 0:
            slope[of.tables + of.section[chosen]] += of.covers[party]
        if of.window[party] >= 0:
            slope[windows + of.window[party]] += of.covers[party]
    used = 0.0
    for row in range(len(duals)):
        if row < of.tables:
            used += slope[row]
            slope[row] = used
        slope[row] -= of.limit[row]
    return bound


@njit(cache=True, nogil=True)
def ascend(of, state, target, rounds):  # noqa: ANN001, ANN201
    """`rounds` more steps towards `target` (a cost that can be had, less Σ price)."""
    rows = len(of.limit)
    prefix, slope, duals = np.zeros(of.tables + 1), np.zeros(rows), np.zeros(rows)
    picked = np.empty(len(of.covers), np.int64)
    bound, step, memory, failed = state.now
    if bound == -np.inf:
        bound = _dive(of, state.best, prefix, slope, picked)
        state.along[:] = slope
    for _ in range(rounds):
        length = 0.0
        for row in range(rows):
            if state.along[row] > 0 or state.best[row] > 0:
                length += state.along[row] ** 2
        if length == 0.0 or target <= bound:
            break
        scale = step * (target - bound) / length
        for row in range(rows):
            duals[row] = min(max(0.0, state.best[row] + scale * state.along[row]), of.roof[row])
        found = _dive(of, duals, prefix, slope, picked)
        agree = 0.0
        for row in range(rows):
            agree += state.along[row] * slope[row]
            state.along[row] = memory * slope[row] + (1 - memory) * state.along[row]
        for column in range(len(state.shares)):
            state.shares[column] *= 1 - memory
        for party in range(len(picked)):
            if picked[party] >= 0:
                state.shares[picked[party]] += memory
        if found > bound:
            bound, failed = found, 0.0
            state.best[:] = duals
            if agree > 0:
                step = min(step * 1.3, 2.0)
        else:
            failed += 1.0
            if failed >= 5:
                step, memory, failed = step * 0.72, max(0.01, memory * 0.85), 0.0
    state.now[:] = np.array([bound, step, memory, failed])


class Proof(NamedTuple):
    """`bound`: no plan of these columns costs less. `spare` (N): how much more a plan with the column costs at least,
    `unplaced` (P): the same of one that leaves the party out. `reduced` (N): value + y·A_k.
    """

    bound: int
    spare: Ints
    unplaced: Ints
    reduced: Ints


def prove(of: Columns, duals: Floats) -> Proof:
    """The bound of these duals in whole numbers, rounded up, since costs are whole."""
    whole = np.round(np.minimum(np.maximum(duals, 0), of.roof) * FINE).astype(np.int64)
    reduced, least = _reduced(of, whole)
    total = int(of.price.sum()) * FINE - int((whole * of.limit).sum()) + int(least.sum())
    spare = reduced - np.repeat(least, np.diff(of.first))
    return Proof(-(-total // FINE), spare // FINE, -least // FINE, reduced // FINE)


def only(of: Columns, kept: Ints) -> Columns:
    """The same with some of the columns (ascending)."""
    sizes = np.diff(of.pair)[kept]
    pairs = _runs(of.pair[kept], sizes)
    return of._replace(
        first=np.searchsorted(kept, of.first).astype(np.int64), option=of.option[kept], tight=of.tight[kept],
        value=of.value[kept], pair=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64), low=of.low[pairs],
        high=of.high[pairs], section=of.section[kept],
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _reduced(of, duals):  # noqa: ANN001, ANN202
    """N: value + y·A_k, in FINE; P: the least of each party, 0 = left out."""
    prefix = np.zeros(of.tables + 1, np.int64)
    for row in range(of.tables):
        prefix[row + 1] = prefix[row] + duals[row]
    reduced, least = np.empty(len(of.value), np.int64), np.zeros(len(of.covers), np.int64)
    for party in range(len(of.covers)):
        paced = np.int64(0)
        if of.window[party] >= 0:
            paced = duals[of.tables + of.sections + of.window[party]] * of.covers[party]
        for column in range(of.first[party], of.first[party + 1]):
            value = of.value[column] * FINE + paced
            for q in range(of.pair[column], of.pair[column + 1]):
                value += prefix[of.high[q]] - prefix[of.low[q]]
            if of.section[column] >= 0:
                value += duals[of.tables + of.section[column]] * of.covers[party]
            reduced[column] = value
            if value < least[party] or (of.locked[party] and column == of.first[party]):
                least[party] = value
    return reduced, least


class Programme:
    """The LP over a growing set of columns, kept warm between additions. `called_off` is asked at every pivot."""

    def __init__(self, of: Columns, called_off: Callable[[], bool], pivots: int | None) -> None:
        self.of, self.called_off, self.pivots = of, called_off, pivots
        self.has: Flags = np.zeros(len(of.value), bool)
        self.duals: Floats = np.zeros(len(of.limit))
        self.owed: Floats = np.zeros(len(of.covers))
        self.shares: Floats = np.zeros(len(of.value))
        self._order: Ints = np.zeros(0, np.int64)
        self.fixed: Flags = np.zeros(len(of.value), bool)
        self._kept: Any = None  # the basis before a dive
        self.eased = np.maximum(of.price - of.worth - 20 * of.worth.max(initial=0), 0)  # such prices cost digits
        rows, parties = len(of.limit), len(of.covers)
        solver = self._solver = highs._Highs()  # noqa: SLF001
        solver.setOptionValue("output_flag", False)
        solver.setOptionValue("presolve", "off")
        solver.setOptionValue("random_seed", 1)
        empty = np.zeros(0, np.int32)
        upper = np.concatenate([of.limit, np.ones(parties)]).astype(np.float64)
        lower = np.concatenate([np.full(rows, -np.inf), np.where(of.locked, 1.0, -np.inf)])
        solver.addRows(rows + parties, lower, upper, 0, np.zeros(rows + parties, np.int32), empty, np.zeros(0))
        over = of.tables + np.arange(of.sections)
        cost = of.roof[over] / POINT
        self._add(cost, np.full(of.sections, np.inf), np.arange(of.sections + 1), over, np.full(of.sections, -1.0))
        solver.setCallback(self._pivot, None)
        solver.startCallback(highs.cb.HighsCallbackType.kCallbackSimplexInterrupt)

    def _pivot(self, _kind: Any, _message: str, _out: Any, into: Any, _user: Any) -> None:
        if self.pivots is not None:
            self.pivots -= 1
        into.user_interrupt = (self.pivots is not None and self.pivots <= 0) or self.called_off()

    def add(self, chosen: Ints) -> None:
        """More columns (ascending, none of them there yet)."""
        of = self.of
        sizes = np.diff(of.pair)[chosen]
        pairs = _runs(of.pair[chosen], sizes)
        lengths = (of.high - of.low)[pairs]
        owner = np.repeat(np.repeat(np.arange(len(chosen)), sizes), lengths)
        party = np.searchsorted(of.first, chosen, "right") - 1
        section, window, each = of.section[chosen], of.window[party], np.arange(len(chosen))
        s, w = section >= 0, window >= 0
        rows = [_runs(of.low[pairs], lengths), (of.tables + section)[s], (of.tables + of.sections + window)[w]]
        rows.append(len(of.limit) + party)
        owners = np.concatenate([owner, each[s], each[w], each])
        covers = of.covers[party]
        entries = np.concatenate([np.ones(len(owner)), covers[s], covers[w], np.ones(len(chosen))])
        order = np.argsort(owners, kind="stable")
        first = np.searchsorted(owners[order], np.arange(len(chosen) + 1))
        cost = (of.value[chosen] + self.eased[party]) / POINT
        self._add(cost, np.full(len(chosen), np.inf), first, np.concatenate(rows)[order], entries[order])
        self.has[chosen] = True
        self._order = np.concatenate([self._order, chosen])

    def begin(self, shares: Floats, duals: Floats) -> None:
        """Starts from the basis that these (of the volume method) come close to: it need not be a regular one. Half the
        pivots are saved.
        """
        party = np.searchsorted(self.of.first, np.arange(len(shares)), "right") - 1
        full = np.bincount(party, weights=shares, minlength=len(self.of.covers)) > FULL_SHARE
        basis, status = highs.HighsBasis(), highs.HighsBasisStatus
        off = [status.kLower] * self.of.sections
        basis.col_status = off + [status.kBasic if at > USED_SHARE else status.kLower for at in shares[self._order]]
        tight = np.concatenate([duals > 1.0, full])
        basis.row_status = [status.kUpper if at else status.kBasic for at in tight]
        basis.valid = basis.alien = True
        self._solver.setBasis(basis)

    def settle(self) -> bool:
        """One step of a dive: whole columns stay, and so do the surest of the others; False = all are whole. Until
        `surface` nothing may be concluded from values but a plan.
        """
        shares = self.shares[self._order]
        split = (shares > 1e-6) & (shares < 1 - 1e-6)
        if not split.any():
            return False
        stays = np.flatnonzero(shares > SURE_SHARE)
        if shares[split].max() <= SURE_SHARE:
            stays = np.append(stays, np.argmax(np.where(split, shares, 0)))
        if not self.fixed.any():
            self._kept = self._solver.getBasis()
        for column in stays[~self.fixed[self._order[stays]]]:
            self._solver.changeColBounds(int(column) + self.of.sections, 1.0, np.inf)
        self.fixed[self._order[stays]] = True
        self._solver.setOptionValue("simplex_strategy", 1)
        return True

    def surface(self) -> None:
        """Takes a dive back."""
        if self.fixed.any():
            for column in np.flatnonzero(self.fixed[self._order]):
                self._solver.changeColBounds(int(column) + self.of.sections, 0.0, np.inf)
            self._solver.setBasis(self._kept)
            self.fixed[:] = False

    @property
    def value(self) -> float:
        """The cost of the last solution, where a promise counts as little as it does here."""
        return float(self._solver.getObjectiveValue()) * POINT + float((self.of.price - self.eased).sum())

    def wanting(self, here: Proof, best: Proof, most: int) -> Ints:
        """Columns that would better the LP by its duals (proven `here`), ascending. At most `most`, those with least
        spare by the `best` duals so far: while few columns are there, the LP's own duals know little of the others.
        """
        miss = here.reduced + np.repeat(self.owed, np.diff(self.of.first))
        wanted = np.flatnonzero((miss < -1.0) & ~self.has)
        if len(wanted) > most:
            wanted = np.sort(wanted[np.argpartition(best.spare[wanted], most)[:most]])
        return wanted

    def _add(self, cost: Floats, upper: Floats, first: Ints, rows: Ints, entries: Floats) -> None:
        self._solver.addCols(
            len(cost), cost, np.zeros(len(cost)), upper, len(rows), first[:-1].astype(np.int32),
            rows.astype(np.int32), entries.astype(np.float64),
        )  # fmt: skip

    def run(self) -> bool:
        """Solves what is there; False = called off. Sets `duals` of rows, `owed` of parties, `shares` of columns."""
        self._solver.run()
        if self._solver.getModelStatus() != highs.HighsModelStatus.kOptimal:
            return False
        solution = self._solver.getSolution()
        duals = -np.array(solution.row_dual) * POINT
        self.shares[self._order] = np.array(solution.col_value)[self.of.sections :]
        rows = len(self.of.limit)
        self.duals, self.owed = np.maximum(0.0, duals[:rows]), duals[rows:] - self.eased
        self._solver.setOptionValue("simplex_strategy", 4)  # after new columns the primal is the warm one
        return True
