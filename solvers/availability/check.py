"""Verifies answers about availability from the evening alone. Shares no code with the search it watches."""

from collections.abc import Sequence
from itertools import combinations

from solvers.availability.answers import Answer
from solvers.availability.hours import Hours
from solvers.seating.evening import PLACE_TABLES, Evening, Party
from solvers.seating.problem import ANYWHERE


def check_answer(
    evening: Evening, hours: Hours | None, asked: Sequence[Party], answer: Answer, *, firm: bool = True
) -> list[str]:
    """What is wrong with a yes: replays its moves and seats the newcomers. Empty = nothing; a no claims no plan.

    A promise that is broken already (no tables, tables closed or held by somebody before) may stay broken.
    """
    if not answer.yes:
        return ["a no that moves or seats somebody"] if answer.moves or answer.seats else []
    moved = {move.party: move.tables for move in answer.moves}
    wrong = [] if len(answer.seats) == len(asked) else ["not everybody asked for has a seat"]
    for at, tables in moved.items():
        party = evening.parties[at]
        wrong += [] if _promised(party) else [f"party {at} has no promise, yet moves"]
        wrong += [f"party {at} is locked, yet moves"] if _locked(party) else []
        wrong += _illegal(evening, f"party {at}", party, tables, firm=False)
        if party.guaranteed and set(party.now) & set(party.tables) and not set(tables) & set(party.tables):
            wrong.append(f"party {at} loses the table it was guaranteed")
    stays = [(f"party {at}", evening.parties[at], moved.get(at, evening.parties[at].now)) for at in _seated(evening)]
    stays += [(f"party {at}", evening.parties[at], moved[at]) for at in moved if at not in _seated(evening)]
    for number, (party, tables) in enumerate(zip(asked, answer.seats, strict=False)):
        wrong += _illegal(evening, f"newcomer {number}", party, tables, firm=firm)
        stays.append((f"newcomer {number}", party, tables))
    for (one, a, here), (other, b, there) in combinations(stays, 2):
        if set(here) & set(there) and a.start < b.end and b.start < a.end and not _locked(a) & _locked(b):
            wrong.append(f"{one} and {other} at one table")
    return wrong + _over(evening, hours or Hours(), asked)


def _seated(evening: Evening) -> list[int]:
    """Whose promise is kept as they are now: locked ones, then each that can be where it is beside those before it."""
    order = sorted(range(len(evening.parties)), key=lambda at: not _locked(evening.parties[at]))
    seated: list[int] = []
    for at in order:
        party = evening.parties[at]
        tables = [evening.tables[t] for t in party.now]
        closed = any(start < party.end and party.start < end for table in tables for start, end in table.closed)
        reach = not party.accessible or all(table.accessible for table in tables)
        unfit = _seats(evening, party.now) < party.covers or not reach
        others = [evening.parties[q] for q in seated]
        met = any(set(q.now) & set(party.now) and q.start < party.end and party.start < q.end for q in others)
        if _promised(party) and party.now and (_locked(party) or not (closed or unfit or met)):
            seated.append(at)
    return seated


def _promised(party: Party) -> bool:
    return party.must or party.locked


def _locked(party: Party) -> bool:
    return party.locked and len(party.now) > 0


def _illegal(evening: Evening, who: str, party: Party, chosen: tuple[int, ...], *, firm: bool) -> list[str]:
    wrong = []
    tables = [evening.tables[t] for t in chosen]
    if not tables or len(set(chosen)) != len(chosen) or len(chosen) > PLACE_TABLES:
        return [f"{who}: no such place"]
    if not _joined(evening, chosen):
        wrong.append(f"{who}: tables that no joins connect")
    seats = _seats(evening, chosen)
    if seats < party.covers:
        wrong.append(f"{who}: too small")
    if len(chosen) == 1 and party.covers < tables[0].min_covers:
        wrong.append(f"{who}: meant for more")
    parts = (part for size in range(1, len(chosen)) for part in combinations(chosen, size) if _joined(evening, part))
    if any(_seats(evening, part) >= party.covers for part in parts):
        wrong.append(f"{who}: a table too many")
    if party.accessible and not all(table.accessible for table in tables):
        wrong.append(f"{who}: not accessible")
    if any(start < party.end and party.start < end for table in tables for start, end in table.closed):
        wrong.append(f"{who}: closed")
    if firm and party.area != ANYWHERE and {table.area for table in tables} != {party.area}:
        wrong.append(f"{who}: not in its area")
    if firm and any(party.features & ~table.features for table in tables):
        wrong.append(f"{who}: a feature missing")
    return wrong


def _joined(evening: Evening, chosen: tuple[int, ...]) -> bool:
    inside, grown = {chosen[0]}, True
    while grown:
        near = {b for j in evening.joins for a, b in ((j.a, j.b), (j.b, j.a)) if a in inside and b in chosen}
        grown = not near <= inside
        inside |= near
    return len(inside) == len(chosen)


def _seats(evening: Evening, chosen: Sequence[int]) -> int:
    """The best over all ways to hold the tables together by as many joins as it takes."""
    most = {t: evening.tables[t].max_covers for t in chosen}
    gain: dict[frozenset[int], int] = {}
    for j in evening.joins:
        if j.a in most and j.b in most and j.a != j.b:
            pair, more = frozenset((j.a, j.b)), j.combined_max - most[j.a] - most[j.b]
            gain[pair] = max(gain.get(pair, more), more)
    best = None
    for tree in combinations(gain, max(0, len(chosen) - 1)):
        group = set(chosen[:1])
        for _ in tree:
            group |= {t for pair in tree if pair & group for t in pair}
        if len(group) == len(chosen):
            seats = sum(most.values()) + sum(gain[pair] for pair in tree)
            best = seats if best is None else max(best, seats)
    return sum(most.values()) if best is None else best


def _over(evening: Evening, hours: Hours, asked: Sequence[Party]) -> list[str]:
    """Limits that the newcomers break, minute by minute."""
    wrong = []
    everybody = [p for p in evening.parties if _promised(p)] + list(asked)
    for party in asked:
        if hours.starts is not None and party.start not in hours.starts:
            wrong.append("a start that is not offered")
        for pacing in (hours.pacing, evening.pacing):
            same = [p for p in everybody if p.start // pacing.window_min == party.start // pacing.window_min]
            if 0 < pacing.covers < sum(p.covers for p in same):
                wrong.append("more come at once than the pacing allows")
        for cap in hours.starting:
            come = sum(p.covers for p in everybody if cap.start <= p.start < cap.end)
            if cap.start <= party.start < cap.end and come > cap.covers:
                wrong.append("more come than the slot takes")
        for cap in hours.sitting:
            for minute in range(max(cap.start, party.start), min(cap.end, party.end)):
                if sum(p.covers for p in everybody if p.start <= minute < p.end) > cap.covers:
                    wrong.append("more at table than the staff can serve")
                    break
    return wrong
