"""State: one consistent snapshot of a channel, and the positions and publications gateways ask for."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta

import asyncpg
import msgspec

from hub.core import sql
from hub.core.clock import HouseClock, wall_now
from hub.core.rows import ChannelName, RowTypes
from schemas.base import State

q = sql.load(__file__)
_encode = msgspec.json.Encoder().encode

HISTORY_MAX = 512  # publications a channel can be recovered from; older → state
CACHED_MAX = 200  # encoded snapshots kept, a few kB each: a reconnect storm costs one


@dataclass(slots=True)
class States:
    """Reads and caches snapshots; cached rows are used while their channel's offset has not moved."""

    pool: asyncpg.Pool
    types: RowTypes
    clock: HouseClock
    _cached: OrderedDict[str, tuple[tuple[int, str], msgspec.Raw]] = field(default_factory=OrderedDict)

    async def read(self, channel: ChannelName, name: str) -> bytes | None:
        """The channel's state as JSON, or None when there is no such kind of channel."""
        kinds = self.types.of_channel(channel.kind)
        if not kinds or any((kind.day is None) != (channel.on is None) for kind in kinds):
            return None
        async with self.pool.acquire(timeout=5) as db, db.transaction(isolation="repeatable_read", readonly=True):
            top = await q.channel_top(db, channel=name, site_id=channel.site_id)
            at = (top["top"] or 0, top["epoch"])
            kept = self._cached.get(name)
            if kept is None or kept[0] != at:
                rows = [row for kind in kinds for row in await kind.read_channel(db, channel.site_id, channel.on)]
                kept = self._cached[name] = (at, msgspec.Raw(_encode(rows)))
        self._cached.move_to_end(name)
        if len(self._cached) > CACHED_MAX:
            self._cached.popitem(last=False)
        # `at` is the house's time now, also over cached rows: screens set their clocks by it
        state = State(
            channel=name, offset=at[0], epoch=at[1], seq=top["seq"] or 0, at=self.clock.now(), rows=kept[1]
        )  # fmt: skip
        return _encode(state)

    async def history(self, channel: str, since: int | None, limit: int) -> tuple[str, int, list[tuple[int, bytes]]]:
        """(epoch, top, publications after `since`, oldest first); None asks for the position only."""
        parsed = ChannelName.parse(channel)
        site_id = parsed.site_id if parsed else ""
        async with self.pool.acquire(timeout=5) as db, db.transaction(isolation="repeatable_read", readonly=True):
            top = await q.channel_top(db, channel=channel, site_id=site_id)
            records = []
            if since is not None and (top["top"] or 0) > since:
                records = await q.publications_after(
                    db, channel=channel, since=since, at_most=min(limit, HISTORY_MAX),
                    from_day=(wall_now() - timedelta(days=1)).date(),
                )  # fmt: skip
        return top["epoch"], top["top"] or 0, [(record["pos"], record["data"]) for record in reversed(records)]

    async def head(self, site_id: str) -> int:
        """The seq a site has reached."""
        return await self.pool.fetchval("SELECT seq FROM site_head WHERE site_id = $1", site_id) or 0

    async def commits_after(
        self, sites: dict[str, int], at_most: int = 500
    ) -> list[tuple[str, int, list[tuple[str, int, bytes]]]]:
        """The commits of each site after a seq, in order: how gateways go on while Redis is away."""
        found: list[tuple[str, int, list[tuple[str, int, bytes]]]] = []
        for site_id, after in sites.items():
            records = await q.commits_after(
                self.pool, site_id=site_id, after=after, at_most=at_most,
                from_day=(wall_now() - timedelta(days=1)).date(),
            )  # fmt: skip
            commits: dict[int, list[tuple[str, int, bytes]]] = {}
            for record in records:
                commits.setdefault(record["seq"], []).append((record["channel"], record["pos"], record["data"]))
            if len(records) == at_most and len(commits) > 1:
                commits.popitem()  # it may have been cut in two; the next call brings it whole
            found.extend((site_id, seq, said) for seq, said in commits.items())
        return found
