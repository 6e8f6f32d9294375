"""The test kit: a house with a site, staff and a clock that obeys; every command is held to the replica law."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from hub.core.actor import HOUSE, Actor
from hub.core.clock import Pace, service_date, wall_now
from hub.core.commands import decode
from hub.house import House
from schemas.base import Done, Refused
from schemas.catalogue import COMMANDS

SITE, OTHER_SITE, ORG = "s1", "s2", "o1"
ZONE = "Europe/London"
FRIDAY_19 = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)  # London keeps UTC in November
ROLES = ("super_admin", "manager", "host", "server", "kitchen")
HOST = Actor.staff("st_host")


async def found(house: House, now: datetime = FRIDAY_19) -> None:
    """An organisation with two sites; at the first, one member of staff per role (`st_host` …)."""
    db = house.pool
    await db.execute("INSERT INTO org VALUES ($1, 'Test kitchens')", ORG)
    for site in (SITE, OTHER_SITE):
        await db.execute(
            "INSERT INTO site (id, org_id, name, timezone, opening_hours, service_date) VALUES ($1, $2, $3, $4, $5, $6)",
            site, ORG, f"House {site}", ZONE, {str(day): ["12:00", "23:30"] for day in range(1, 8)}, service_date(now, ZONE),
        )  # fmt: skip
        await db.execute("INSERT INTO site_head (site_id) VALUES ($1)", site)
    for role in ROLES:
        await db.execute(
            "INSERT INTO staff (id, org_id, email, name, initials) VALUES ($1, $2, $3, $4, $5)",
            f"st_{role}", ORG, f"{role}@example.test", role.title(), role[:2].upper(),
        )  # fmt: skip
        await db.execute("INSERT INTO staff_role VALUES ($1, $2, $3)", SITE, f"st_{role}", role)
    await db.execute(
        "INSERT INTO staff (id, org_id, email, name, initials) VALUES ('st_other', $1, 'o@example.test', 'Other', 'OT')",
        ORG,
    )
    await db.execute("INSERT INTO staff_role VALUES ($1, 'st_other', 'host')", OTHER_SITE)


Rows = dict[tuple[str, str, str], Any]


@dataclass(slots=True)
class LawfulHouse:
    """A house under test. `give` asks for a command and checks `state before + patches == state after`."""

    house: House
    now: datetime = FRIDAY_19
    _keys: Any = field(default_factory=itertools.count)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.house, name)

    async def set_now(self, moment: datetime) -> None:
        self.now = moment
        self.house.clock.pace = Pace(moment, wall_now(), 0.0)
        await self.house.pool.execute(
            "UPDATE house_clock SET house_at = $1, wall_at = $2, rate = 0", moment, self.house.clock.pace.wall_at
        )

    async def pass_time(self, minutes: float) -> datetime:
        await self.set_now(self.now + timedelta(minutes=minutes))
        return self.now

    async def give(
        self, name: str, /, *, actor: Actor = HOST, site: str = SITE, key: str | None = None, **args: Any
    ) -> Done | Refused:
        """One command by name, through the same decoding as the doors."""
        body = msgspec.json.encode({"site_id": site, "key": key or f"key-{next(self._keys):06d}", **args})
        wish = decode(name, body)
        if isinstance(wish, Refused):
            if name in COMMANDS and COMMANDS[name].permission == "system":
                wish = msgspec.json.decode(body, type=COMMANDS[name])
                actor = HOUSE
            else:
                return wish
        before = await self.rows(site)
        answer = await self.house.commands.give(actor, wish)
        after = await self.rows(site)
        replayed = await self.replay(before, site, after)
        assert replayed == without_seq(after), f"the replica law is broken by {name}: {difference(replayed, after)}"
        return answer

    async def done(self, name: str, /, **args: Any) -> Done:
        answer = await self.give(name, **args)
        assert isinstance(answer, Done), f"{name}: {answer}"
        return msgspec.structs.replace(answer, result=msgspec.to_builtins(answer.result))  # as it crosses the wire

    async def refused(self, name: str, reason: str | None = None, /, **args: Any) -> Refused:
        answer = await self.give(name, **args)
        assert isinstance(answer, Refused), f"{name} was granted: {answer}"
        assert reason is None or answer.reason == reason, answer
        return answer

    async def rows(self, site: str = SITE) -> Rows:
        """Every visible row of a site on every channel, as it would be sent."""
        state: Rows = {}
        async with self.house.pool.acquire() as db, db.transaction(isolation="repeatable_read", readonly=True):
            for kind in (kind for kind in self.house.types.by_kind.values() if kind.channel):
                for record in await db.fetch(kind.view, site):
                    row = kind.struct(*record)
                    state[kind.channel_of(site, row), kind.kind, row.id] = msgspec.to_builtins(row)
            state["seq", "", ""] = await db.fetchval("SELECT seq FROM site_head WHERE site_id = $1", site)
        return state

    async def replay(self, before: Rows, site: str, after: Rows) -> Rows:
        """`before` with every publication up to `after` applied, as any screen applies them. Reactions and others'
        commands may have run in between: the law holds over any span."""
        state = without_seq(before)
        records = await self.house.pool.fetch(
            "SELECT channel, data FROM publication WHERE site_id = $1 AND seq > $2 AND seq <= $3 ORDER BY seq, channel",
            site,
            before["seq", "", ""],
            after["seq", "", ""],
        )
        for channel, data in records:
            publication = msgspec.json.decode(data)
            if publication.get("type") == "reset":
                state = {at: row for at, row in state.items() if at[0] != channel}
                state |= {at: row for at, row in after.items() if at[0] == channel}
                continue
            apply(state, channel, publication["patches"])
        return state

    async def row(self, kind: str, row_id: str, site: str = SITE) -> Any:
        """One row as screens have it, or None."""
        return (await self.house.types[kind].read(self.house.pool, site, [row_id])).get(row_id)

    async def facts(self, seq: int, site: str = SITE) -> list[str]:
        facts = await self.house.pool.fetchval("SELECT facts FROM journal WHERE site_id = $1 AND seq = $2", site, seq)
        return [fact["fact"] for fact in facts]


def apply(state: Rows, channel: str, patches: Iterable[dict]) -> None:
    """The ten lines every screen runs."""
    for patch in patches:
        if "put" in patch:
            row = patch["put"]
            state[channel, row["type"], row["id"]] = row
        else:
            kind, row_id = patch["drop"]
            state.pop((channel, kind, row_id), None)


def without_seq(rows: Rows) -> Rows:
    return {at: row for at, row in rows.items() if at[0] != "seq"}


def difference(replayed: Rows, after: Rows) -> str:
    after = without_seq(after)
    odd = [at for at in {*replayed, *after} if replayed.get(at) != after.get(at)]
    return "; ".join(f"{at}: patches say {replayed.get(at)}, state says {after.get(at)}" for at in odd[:3])


async def a_room(
    house: LawfulHouse, *tables: tuple[str, int], accessible: Iterable[str] = (), site: str = SITE
) -> dict[str, str]:
    """An area with tables (number, seats) in one row; table ids by number."""
    manager = Actor.staff("st_manager")
    area = (await house.done("put_area", actor=manager, site=site, name="Main room")).result["area_id"]
    ids = {}
    for place, (number, seats) in enumerate(tables):
        done = await house.done(
            "put_table", actor=manager, site=site, area_id=area, number=number, min_covers=max(1, seats // 2),
            max_covers=seats, x=place * 100.0, y=0.0, features=["accessible"] if number in accessible else [],
        )  # fmt: skip
        ids[number] = done.result["table_id"]
    return ids


async def joined(house: LawfulHouse, a: str, b: str, site: str = SITE) -> str:
    return (await house.done("add_join", actor=Actor.staff("st_manager"), site=site, a=a, b=b)).result["join_id"]
