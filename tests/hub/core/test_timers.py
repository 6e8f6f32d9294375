"""A timer fires once, at its time by the house clock, whoever crashes and however the clock runs."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries

from hub.core import commands as door
from hub.core import metrics, timers
from hub.core.actor import HOUSE
from hub.core.clock import HouseClock, Pace, wall_now
from hub.core.commands import Commands
from hub.core.embedded import TEST_SETTINGS, Postgres, migrate
from hub.core.rows import RowTypes
from hub.core.timers import Timers, replan
from hub.core.work import Policies, Work
from schemas.base import Done, Refused, conflict
from schemas.waitlist import ExpireParty, PartyRemoved, RefreshWaiting, WaitingRefreshed
from tests.hub.core.jobs import Bare, a_bare_house, until


async def no_policies(*_: Any) -> Policies:
    return Policies({})


@pytest.fixture
async def house(servers, db_dsn, monkeypatch) -> AsyncIterator["Clockwork"]:
    bare = await a_bare_house(db_dsn, servers.valkey.url(), "s1", "s2")
    yield Clockwork(bare, monkeypatch)
    await bare.redis.aclose()
    await bare.pool.close()


class Clockwork:
    """A house with two commands: one arms and drops timers as told, the other is what they do."""

    def __init__(self, bare: Bare, monkeypatch) -> None:
        self.pool, self.dsn, self.clock = bare.pool, bare.dsn, bare.clock
        self.commands = Commands(pool=bare.pool, clock=bare.clock, types=RowTypes(), policies_of=no_policies)
        self.plan: list[tuple[str, datetime]] = []
        self.drop: list[str] = []
        self.count = 0
        self.answers: list[Any] = []
        self.broken: set[str] = set()

        async def arm(work: Work, wish: RefreshWaiting) -> None:
            for subject in self.drop:
                work.disarm(subject)
            for subject, due in self.plan:
                work.arm(subject, due, ExpireParty(site_id=work.site_id, key="whatever", party_id=subject))
            work.tell(WaitingRefreshed(at_seq=1))

        async def fire(work: Work, wish: ExpireParty) -> Refused | None:
            if wish.party_id in self.broken:
                raise RuntimeError("for ever")
            answer = self.answers.pop(0) if self.answers else None
            if isinstance(answer, Exception):
                raise answer
            work.tell(PartyRemoved(party_id=wish.party_id, why="test"))
            return answer

        monkeypatch.setitem(door.ACTIONS, "refresh_waiting", arm)
        monkeypatch.setitem(door.ACTIONS, "expire_party", fire)

    async def arm(self, *plan: tuple[str, float], drop: tuple[str, ...] = (), site: str = "s1") -> None:
        """Timers by subject, so many house seconds from now."""
        now = self.clock.now()
        self.plan, self.drop = [(subject, now + timedelta(seconds=s)) for subject, s in plan], list(drop)
        self.count += 1
        done = await self.commands.give(HOUSE, RefreshWaiting(site_id=site, key=f"arm-{self.count:06d}"))
        assert isinstance(done, Done), done

    def worker(self) -> Timers:
        return Timers(self.pool, self.dsn, self.clock, self.commands.give)

    async def fired(self) -> list[str]:
        """What timers did, as the journal has it, in order."""
        return [
            fact["party_id"]
            for facts in await self.pool.fetch(
                "SELECT facts FROM journal WHERE command = 'expire_party' ORDER BY wall_at"
            )
            for fact in facts[0]
        ]

    async def states(self) -> dict[str, str]:
        return dict(map(tuple, await self.pool.fetch("SELECT subject, state FROM timer")))

    async def jobs(self) -> int:
        return await self.pool.fetchval("SELECT count(*) FROM pgqueuer")

    async def until_fired(self, *subjects: str, within_s: float = 15) -> None:
        async def all_fired():
            return sorted(await self.fired()) == sorted(subjects)

        await until(all_fired, within_s)


@contextlib.asynccontextmanager
async def at_work(*workers: Timers) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(worker.run()) for worker in workers]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_armed_timers_fire_in_time(house):
    late = metrics.TIMER_LATENESS._sum.get()
    async with at_work(house.worker()):
        await house.arm(("a", 0.2), ("b", 0.4), ("c", 3600))
        await house.until_fired("a", "b")
    assert await house.fired() == ["a", "b"]
    assert await house.states() == {"a": "fired", "b": "fired", "c": "armed"}
    assert metrics.TIMER_LATENESS._sum.get() - late < 4, "two timers, generous seconds"


async def test_payload_and_headers_survive_the_houses_own_jsonb_codec(house):
    """The command's connection writes jsonb through its own codec; the worker reads it without."""
    await house.arm(("a", 3600))
    plain = await asyncpg.connect(house.dsn)
    try:
        row = await plain.fetchrow("SELECT payload, headers, entrypoint, dedupe_key FROM pgqueuer")
        timer = await plain.fetchrow("SELECT id, command, jsonb_typeof(command) AS kind FROM timer")
        assert row["payload"].decode() == row["dedupe_key"] == timer["id"]
        assert row["entrypoint"] == "timer"
        assert row["headers"] in (None, "null"), row["headers"]
        assert timer["kind"] == "object"
        ids = await timers._queries(house.pool).enqueue("other", b"\x00\xff{", headers={"a": 'quote " and {brace}'})
        jobs = await Queries(AsyncpgDriver(plain)).driver.fetch(
            "SELECT payload, headers FROM pgqueuer WHERE id = $1", ids[0]
        )
        assert jobs == [{"payload": b"\x00\xff{", "headers": '{"a": "quote \\" and {brace}"}'}]
    finally:
        await plain.close()
    command = await house.pool.fetchval("SELECT command FROM timer")
    assert command == {
        "command": "expire_party", "site_id": "s1", "key": f"timer.{timer['id']}", "party_id": "a",
        "expect_version": None, "reason": None,
    }  # fmt: skip


async def test_the_migration_lays_out_what_the_installed_queue_expects(house):
    """Whoever raises pgqueuer's version has to write a migration."""
    plain = await asyncpg.connect(house.dsn)
    try:
        assert list((await timers._queries(plain).plan_upgrade()).statements) == []
    finally:
        await plain.close()


async def test_a_refused_command_leaves_no_timer_behind(house):
    async def refuse(work: Work, wish: RefreshWaiting) -> Refused:
        work.arm("a", work.now, ExpireParty(site_id="s1", key="whatever", party_id="a"))
        await timers.write_timers(work, house.clock)
        return conflict("no", "No.")

    door.ACTIONS["refresh_waiting"] = refuse  # the fixture's own patch puts it back
    assert isinstance(await house.commands.give(HOUSE, RefreshWaiting(site_id="s1", key="refused-1")), Refused)
    assert await house.states() == {}
    assert await house.jobs() == 0


async def test_a_dropped_timer_never_fires_and_a_subject_can_be_armed_anew(house):
    async with at_work(house.worker()):
        await house.arm(("a", 0.3), ("b", 0.3))
        await house.arm(("b", 0.5), drop=("a", "b"))
        await house.until_fired("b")
        await asyncio.sleep(0.5)
    assert await house.fired() == ["b"]
    states = await house.pool.fetch("SELECT subject, state FROM timer ORDER BY due_at, subject")
    assert [tuple(row) for row in states] == [("a", "dropped"), ("b", "dropped"), ("b", "fired")]


async def test_the_same_wish_armed_again_is_another_firing(house):
    async with at_work(house.worker()):
        await house.arm(("a", 0.1))
        await house.until_fired("a")
        await house.arm(("a", 0.1))
        await house.until_fired("a", "a")


async def test_two_workers_fire_each_timer_once(house):
    subjects = [f"p{n:02d}" for n in range(40)]
    async with at_work(house.worker(), house.worker()):
        await house.arm(*((subject, 0.2) for subject in subjects))
        await house.arm(*((f"q{subject}", 0.2) for subject in subjects), site="s2")
        await house.until_fired(*subjects, *(f"q{subject}" for subject in subjects))
        await asyncio.sleep(0.3)
    assert len(await house.fired()) == 80


async def test_many_workers_given_the_same_timer_at_once_fire_it_once(house):
    await house.arm(("a", 0))
    timer_id = await house.pool.fetchval("SELECT id FROM timer")
    workers = [house.worker() for _ in range(3)]
    other_process = Commands(pool=house.pool, clock=house.clock, types=RowTypes(), policies_of=no_policies)
    workers[2]._give = other_process.give  # only the advisory lock stands between them
    await asyncio.gather(*(worker.fire(timer_id) for worker in workers for _ in range(3)))
    assert await house.fired() == ["a"]


async def test_a_worker_killed_with_a_job_in_hand_loses_nothing(house, monkeypatch):
    """Another process picks the job up and dies before it acts; the living one takes it over."""
    monkeypatch.setattr(timers, "PICKED_FOR_S", 1.0)
    script = f"""
import asyncio, os, signal
import asyncpg
from hub.core.clock import HouseClock
from hub.core.timers import Timers

class Dies(Timers):
    async def fire(self, timer_id):
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    pool = await asyncpg.create_pool({house.dsn!r}, min_size=1, max_size=2)
    await Dies(pool, {house.dsn!r}, HouseClock.real(), None).run()

asyncio.run(main())
"""
    await house.arm(("a", 0))
    dying = await asyncio.create_subprocess_exec(sys.executable, "-c", script, cwd=Path(__file__).parents[3])
    assert await asyncio.wait_for(dying.wait(), 30) == -signal.SIGKILL
    assert await house.pool.fetchval("SELECT status::text FROM pgqueuer") == "picked"
    async with at_work(house.worker()):
        await house.until_fired("a")


async def test_timers_due_while_nobody_worked_fire_when_somebody_does(house):
    subjects = [f"p{n}" for n in range(30)]
    await house.arm(*((subject, 0.05) for subject in subjects))
    await house.pool.execute("DELETE FROM pgqueuer WHERE id % 2 = 0")  # half of the jobs are lost as well
    await asyncio.sleep(0.1)
    async with at_work(house.worker()):
        await house.until_fired(*subjects)


async def test_the_sweep_is_bounded_and_takes_the_oldest_first(house, monkeypatch):
    monkeypatch.setattr(timers, "SWEEP_MAX", 2)
    await house.arm(("new", -1), ("old", -9), ("older", -20))
    await house.pool.execute("DELETE FROM pgqueuer")
    await house.worker().sweep()
    woken = await house.pool.fetch("SELECT t.subject FROM pgqueuer j JOIN timer t ON t.id = j.dedupe_key ORDER BY j.id")
    assert [row["subject"] for row in woken] == ["older", "old"]
    assert metrics.OLDEST_TIMER._value.get() >= 20


async def test_a_change_of_pace_replans(house):
    """Sixty house seconds pass in one, once the clock runs at sixty."""
    async with at_work(worker := house.worker()):
        await house.arm(("a", 90))
        await asyncio.sleep(0.3)
        assert await house.fired() == []
        house.clock.pace = Pace(house.clock.now(), wall_now(), 60.0)
        await worker.replan()
        assert await house.pool.fetchval("SELECT execute_after < now() + interval '2 s' FROM pgqueuer")
        await house.until_fired("a", within_s=5)


async def test_a_standing_clock_fires_nothing_until_it_is_moved(house):
    house.clock.pace = Pace(house.clock.now(), wall_now(), 0.0)
    async with at_work(worker := house.worker()):
        await house.arm(("a", 5))
        assert await house.jobs() == 0, "no wall time can be named"
        await asyncio.sleep(0.3)
        assert await house.states() == {"a": "armed"}
        house.clock.pace = Pace(house.clock.now() + timedelta(seconds=10), wall_now(), 0.0)
        await worker.replan()
        await house.until_fired("a", within_s=5)


async def test_a_clock_set_forward_unnoticed_is_made_good_by_the_sweep(house):
    async with at_work(house.worker()):
        await house.arm(("a", 3600))
        house.clock.pace = Pace(house.clock.now() + timedelta(hours=2), wall_now(), 1.0)
        await house.until_fired("a", within_s=8)


async def test_a_slowed_clock_fires_no_timer_early(house):
    worker = house.worker()
    await house.arm(("a", 0.2))
    timer_id = await house.pool.fetchval("SELECT id FROM timer")
    house.clock.pace = Pace(house.clock.now(), wall_now(), 0.01)
    await asyncio.sleep(0.3)
    again_s = await worker.fire(timer_id)
    assert again_s is not None
    assert again_s > 1, "asked to come back when the slow clock gets there"
    assert await house.states() == {"a": "armed"}
    refused = await house.commands.give(
        HOUSE, ExpireParty(site_id="s1", key="some-key-1", party_id="a"), timer_id=timer_id
    )
    assert isinstance(refused, Refused)
    assert refused.reason == "timer_gone"
    assert await house.fired() == []


async def test_replanning_keeps_every_timer_over_many_pages(house, monkeypatch):
    monkeypatch.setattr(timers, "PLAN_MAX", 7)
    await house.arm(*((f"p{n}", 600 + n) for n in range(30)))
    assert await house.jobs() == 30
    await asyncio.gather(replan(house.pool, house.clock), replan(house.pool, house.clock))
    assert await house.jobs() == 30
    await replan(house.pool, HouseClock(Pace(house.clock.now(), wall_now(), 0.0)))
    assert await house.jobs() == 0


async def test_a_refused_timer_is_done_with(house):
    house.answers = [conflict("too_late", "The party has left.")]
    async with at_work(house.worker()):
        await house.arm(("a", 0.05))
        await until(lambda: _all(house, "fired"))
        await asyncio.sleep(0.5)
    assert await house.fired() == [], "the refusal left no line"
    assert await house.jobs() == 0


async def test_a_busy_house_is_asked_again(house):
    busy = Refused(code="unavailable", reason="busy", message="Busy.", retry="later", retry_s=0.05)
    house.answers = [busy, busy]
    async with at_work(house.worker()):
        await house.arm(("a", 0.05))
        await house.until_fired("a")


async def test_a_faulty_timer_is_tried_again_and_given_up_at_last(house, monkeypatch):
    monkeypatch.setattr(timers, "AFTER_FAULT_S", (0.05, 0.05))
    house.answers = [RuntimeError("once"), RuntimeError("twice")]
    async with at_work(house.worker()):
        await house.arm(("a", 0.05))
        await house.until_fired("a")
        house.broken = {"b"}
        await house.arm(("b", 0.05), ("c", 0.6))
        await house.until_fired("a", "c")
        await until(lambda: _state_of(house, "b", "dropped"))
    assert await house.states() == {"a": "fired", "b": "dropped", "c": "fired"}


async def _state_of(house: Clockwork, subject: str, state: str) -> bool:
    return (await house.states())[subject] == state


async def _all(house: Clockwork, state: str) -> bool:
    return set((await house.states()).values()) == {state}


async def test_the_worker_outlives_a_restart_of_the_database(tmp_path, servers, monkeypatch):
    postgres = Postgres(tmp_path / "pg", {**TEST_SETTINGS, "synchronous_commit": "on"}).start()
    try:
        migrate(postgres.dsn())
        bare = await a_bare_house(postgres.dsn(), servers.valkey.url(), "s1")
        house = Clockwork(bare, monkeypatch)
        async with at_work(house.worker()):
            await house.arm(("a", 0.05))
            await house.until_fired("a")
            await house.arm(("b", 1.0))
            await asyncio.to_thread(postgres.stop)
            await asyncio.sleep(0.5)
            await asyncio.to_thread(postgres.start)
            await house.until_fired("a", "b", within_s=30)
        await bare.redis.aclose()
        await bare.pool.close()
    finally:
        await asyncio.to_thread(postgres.stop)
