"""Turns as each house has them (`solvers.quoting.turns`), learned once a service day. One `TurnsKept` per process.

What is learned from ends with yesterday: so two processes, and the same evening played again, know the same. How
tonight goes is put in by whoever asks. A quarter of a year of a full house is some ten thousand parties; the latest
`PARTIES_MAX` are read, in one query for them and one for their stages, and only the learned numbers are kept.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import asyncpg
import numpy as np

from hub.core import sql
from hub.core.clock import service_day
from solvers.quoting.turns import ENOUGH, STAGES, History, Turns, default, learn

q = sql.load(__file__)

SITES_MAX = 64  # kept at a time, some 20 kB each
HISTORY = timedelta(days=120)  # what is older tells of another menu and another season
PARTIES_MAX = 6000
LEARN_S = 30.0  # of one reading; a quarter of a year of a full house takes half a second


@dataclass(frozen=True, slots=True)
class Learned:
    """What is known on a service day, from how many parties, when one that nothing is known of stays `default_min`."""

    day: date
    default_min: int
    turns: Turns
    parties: int


class TurnsKept:
    """Learned turns by site, the latest asked about."""

    def __init__(self) -> None:
        self._sites: OrderedDict[str, Learned] = OrderedDict()
        self._learning: dict[tuple[str, date, int], asyncio.Task[Learned]] = {}

    async def of(
        self, pool: asyncpg.Pool, site_id: str, *, day: date, timezone: str, day_ends: str, default_min: int
    ) -> Learned:  # fmt: skip
        """A site's turns as of a service day. Reads the history, once for all who ask, when it is asked about another
        day than last; that goes on when nobody waits for it any longer. Hold no connection meanwhile."""
        kept = self._sites.get(site_id)
        if kept is None or (kept.day, kept.default_min) != (day, default_min):
            at = (site_id, day, default_min)
            if at not in self._learning:
                self._learning[at] = asyncio.create_task(
                    self._learn(pool, site_id, day, timezone, day_ends, default_min), name=f"turns@{site_id}"
                )
                self._learning[at].add_done_callback(lambda done: self._done(at, done))
            kept = await asyncio.shield(self._learning[at])
        self._sites[site_id] = kept
        self._sites.move_to_end(site_id)
        if len(self._sites) > SITES_MAX:
            self._sites.popitem(last=False)
        return kept

    async def _learn(
        self, pool: asyncpg.Pool, site_id: str, day: date, timezone: str, day_ends: str, default_min: int
    ) -> Learned:  # fmt: skip
        until = service_day(day, timezone, day_ends)[0]
        async with asyncio.timeout(LEARN_S), pool.acquire() as db:
            records, stages = await history(db, site_id, until, timezone=timezone, day_ends=day_ends)
        found = await asyncio.to_thread(_learned, day, default_min, records, stages)
        self._sites[site_id] = found
        return found

    def _done(self, at: tuple[str, date, int], task: asyncio.Task[Learned]) -> None:
        del self._learning[at]
        if not task.cancelled():
            task.exception()  # whoever waits has it; nobody may

    async def close(self) -> None:
        """Ends what is under way."""
        tasks = list(self._learning.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def history(
    db: asyncpg.Connection, site_id: str, until: datetime, *, timezone: str, day_ends: str
) -> tuple[list[asyncpg.Record], list[asyncpg.Record]]:
    """The parties that had left by then, and when they came to which stage."""
    records = await q.past(
        db, site_id=site_id, since=until - HISTORY, until=until, timezone=timezone, day_ends=day_ends,
        at_most=PARTIES_MAX,
    )  # fmt: skip
    if len(records) < ENOUGH:  # nothing is learned of so few
        return records, []
    return records, await q.stages(db, site_id=site_id, ids=[record["id"] for record in records])


def _learned(
    day: date, default_min: int, records: Sequence[Mapping[str, Any]], stages: Sequence[Mapping[str, Any]]
) -> Learned:
    turns = learn(told(records, stages), default_min) if records else default(default_min)
    return Learned(day, default_min, turns, int(turns.house[0]))


def told(records: Sequence[Mapping[str, Any]], stages: Sequence[Mapping[str, Any]]) -> History:
    """The history in numbers. A stage that began out of order, or after the party had left, is not believed."""
    began = np.full((len(records), len(STAGES)), np.nan)
    began[:, 0] = 0.0
    place = {record["id"]: at for at, record in enumerate(records)}
    for mark in stages:
        at = place[mark["row_id"]]
        if mark["stage"] != STAGES[0]:
            minutes = (mark["began"] - records[at]["seated_at"]).total_seconds() / 60
            began[at, STAGES.index(mark["stage"])] = minutes
    turn = np.array([record["turn_min"] for record in records], float)
    earlier = np.zeros(len(records))
    for stage in range(1, len(STAGES)):
        odd = (began[:, stage] < earlier) | (began[:, stage] > turn)
        began[odd, stage] = np.nan
        earlier = np.fmax(earlier, began[:, stage])
    return History(
        np.array([record["covers"] for record in records], np.int64),
        np.array([record["hour"] for record in records], np.int64),
        np.array([record["evening"] for record in records], np.int64), began, turn,
    )  # fmt: skip
