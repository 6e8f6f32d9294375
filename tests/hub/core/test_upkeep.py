"""What may hold names is gone in time; what readiness and logs say."""

import json
import logging
from collections.abc import AsyncIterator
from datetime import date, timedelta

import asyncpg
import pytest
import redis.asyncio as redis
import structlog

from hub.core import logs
from hub.core.clock import wall_now
from hub.core.health import ready
from hub.core.upkeep import Upkeep, keep_up
from schemas.waitlist import AddParty
from tests.hub.core.jobs import Bare, a_bare_house

TODAY = date(2026, 11, 21)


@pytest.fixture
async def house(servers, db_dsn) -> AsyncIterator[Bare]:
    bare = await a_bare_house(db_dsn, servers.valkey.url(), "s1")
    yield bare
    await bare.redis.aclose()
    await bare.pool.close()


async def pages(bare: Bare, table: str) -> list[str]:
    names = await bare.pool.fetch(
        "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::text::regclass ORDER BY 1",
        table,
    )
    return [row["name"] for row in names]


async def say(bare: Bare, day: date, pos: int) -> None:
    await bare.pool.execute(
        "INSERT INTO publication (day, channel, pos, site_id, seq, data) VALUES ($1, 'c', $2, 's1', $2, '')", day, pos
    )


async def test_pages_are_laid_out_ahead_and_old_ones_go(house):
    await keep_up(house.pool, TODAY)
    assert await pages(house, "publication") == [
        "publication_d20261121", "publication_d20261122", "publication_d20261123", "publication_rest",
    ]  # fmt: skip
    assert await pages(house, "answer") == ["answer_d20261121", "answer_d20261122", "answer_d20261123", "answer_rest"]
    await say(house, TODAY, 1)
    assert await house.pool.fetchval("SELECT tableoid::regclass::text FROM publication") == "publication_d20261121"
    await keep_up(house.pool, TODAY + timedelta(days=1))
    assert "publication_d20261121" in await pages(house, "publication"), "yesterday is within 24 hours"
    await keep_up(house.pool, TODAY + timedelta(days=2))
    assert await pages(house, "publication") == [f"publication_d202611{day}" for day in (22, 23, 24, 25)] + [
        "publication_rest"
    ]
    assert await house.pool.fetchval("SELECT count(*) FROM publication") == 0


async def test_rows_filed_before_the_first_upkeep_move_to_their_page_and_old_ones_go(house):
    await say(house, TODAY, 1)
    await say(house, TODAY - timedelta(days=1), 2)
    await say(house, TODAY - timedelta(days=2), 3)
    await keep_up(house.pool, TODAY)
    await keep_up(house.pool, TODAY)
    where = await house.pool.fetch("SELECT pos, tableoid::regclass::text FROM publication ORDER BY pos")
    assert [tuple(row) for row in where] == [(1, "publication_d20261121"), (2, "publication_rest")]


async def test_commits_go_on_across_upkeep(house):
    seqs = [await house.commit("s1", "table.seated")]
    await Upkeep(house.pool)._pool.fetchval("SELECT 1")
    await keep_up(house.pool)
    seqs += [await house.commit("s1", "table.left") for _ in range(2)]
    assert (
        [row["pos"] for row in await house.pool.fetch("SELECT pos FROM publication ORDER BY pos")] == seqs == [1, 2, 3]
    )


async def test_it_does_not_wait_behind_another_upkeep(house):
    async with house.pool.acquire() as other:
        await other.fetchval("SELECT pg_advisory_lock(hashtextextended('maitred:upkeep', 0))")
        await keep_up(house.pool, TODAY)
        assert await pages(house, "answer") == ["answer_rest"]
        await other.fetchval("SELECT pg_advisory_unlock_all()")
    await keep_up(house.pool, TODAY)
    assert len(await pages(house, "answer")) == 4


async def test_sessions_and_timers_past_their_time_go(house, monkeypatch):
    monkeypatch.setattr("hub.core.upkeep.DELETE_MAX", 2)  # several rounds
    now = wall_now()
    await house.pool.execute(
        "INSERT INTO staff (id, org_id, email, name, initials) VALUES ('p1', 'o1', 'a@example.test', 'A', 'A')"
    )
    for n, hours in enumerate((-3, -2, -1, 1)):
        await house.pool.execute(
            "INSERT INTO session (hash, staff_id, expires_at) VALUES ($1, 'p1', $2)",
            bytes([n]),
            now + timedelta(hours=hours),
        )
    for name, state, days in (
        ("a", "fired", 8),
        ("b", "dropped", 8),
        ("c", "armed", 8),
        ("d", "fired", 6),
        ("e", "fired", 9),
    ):
        await house.pool.execute(
            "INSERT INTO timer VALUES ($1, 's1', 'x', '{}', $2, $3)", name, now - timedelta(days=days), state
        )
    await keep_up(house.pool)
    assert await house.pool.fetchval("SELECT array_agg(hash) FROM session") == [b"\x03"]
    assert await house.pool.fetchval("SELECT array_agg(id ORDER BY id) FROM timer") == ["c", "d"]


# ------------------------------------------------------------ readiness


async def test_a_well_house_is_ready(house):
    await house.commit("s1", "table.seated")  # just now: the relay may take it yet
    ok, checks = await ready(house)
    assert ok, checks
    assert set(checks) == {"postgres", "redis", "outbox", "timers"}


async def test_it_says_what_keeps_it_from_serving(house):
    await house.commit("s1", "table.seated")
    await house.pool.execute("UPDATE journal SET wall_at = wall_at - interval '6 s'")
    await house.pool.execute("INSERT INTO timer VALUES ('t', 's1', 'x', '{}', now() - interval '40 s')")
    working = house.redis
    house.redis = redis.from_url("unix:///nowhere.sock")
    ok, checks = await ready(house)
    house.redis = working
    assert not ok
    assert {name for name, check in checks.items() if not check["ok"]} == {"redis", "outbox", "timers"}
    assert checks["outbox"]["lag_s"] > 5
    assert checks["timers"]["overdue_s"] > 30
    assert checks["redis"] == {"ok": False, "error": "ConnectionError"}


async def test_a_check_that_hangs_is_not_waited_for(house, monkeypatch):
    monkeypatch.setattr("hub.core.health.CHECK_S", 0.05)
    import asyncio

    async def hangs():
        await asyncio.sleep(60)

    ok, checks = await ready(house, {"more": hangs})
    assert not ok
    assert checks["more"] == {"ok": False, "error": "TimeoutError"}


# ------------------------------------------------------------ logs


@pytest.fixture
def logged(capsys, monkeypatch):
    root, config = logging.getLogger(), structlog.get_config()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    structlog.configure(**config)


def test_a_line_is_json_and_names_nobody(logged):
    logs.set_up(pretty=False)
    wish = AddParty(site_id="s1", key="key-000001", name="Ann Example", covers=2, phone="+441234567")
    log = structlog.get_logger("test")
    log.info(
        "party",
        site="s1",
        name="Ann Example",
        wish=wish,
        body={"phone": "+441234567", "covers": 2, "parties": [{"notes": "x"}]},
    )
    log.info("address", url="postgresql://user:pass@host/db", password="p", token=None)
    party, address = logged()
    assert party["event"] == "party"
    assert party["level"] == "info"
    assert party["site"] == "s1"
    assert party["wish"] == "AddParty"
    assert party["body"]["covers"] == 2
    assert "Ann" not in json.dumps(party)
    assert "1234567" not in json.dumps(party)
    assert address["url"] == "postgresql://host/db"
    assert address["token"] is None
    assert "pass" not in json.dumps(address).replace("password", "")


async def test_what_the_driver_quotes_is_cut_from_tracebacks(logged, house):
    logs.set_up(pretty=False)
    guest = "Ann Example"
    try:
        await house.pool.execute("UPDATE party SET covers = $1", guest)
    except asyncpg.DataError:
        structlog.get_logger("test").exception("fault")
    (fault,) = logged()
    assert "DataError" in fault["exception"]
    assert "query argument $1" in fault["exception"]
    assert "Ann" not in fault["exception"]


async def test_what_the_database_quotes_is_cut_from_tracebacks(logged, house):
    logs.set_up(pretty=False)
    log = structlog.get_logger("test")
    try:
        await house.pool.execute("INSERT INTO org VALUES ('o1', 'Ann Example')")
    except Exception:
        log.exception("failed")
    try:
        await house.pool.execute("INSERT INTO org VALUES (NULL, 'Ann Example')")
    except Exception as error:
        log.error("failed", exc_info=error)  # noqa: TRY400 - given as a value, as where the handler has ended
    first, second = logged()
    assert "UniqueViolationError" in first["exception"]
    assert "(o1)" not in first["exception"]
    assert "NotNullViolationError" in second["exception"]
    assert "Failing row" not in second["exception"]


def test_what_libraries_log_takes_the_same_form(logged):
    logs.set_up(pretty=False)
    logging.getLogger("somewhere").warning("told %s", "so", extra={"phone": "+44"})
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError:
        logging.getLogger("somewhere").exception("oops")
    warned, failed = logged()
    assert warned["event"] == "told so"
    assert warned["logger"] == "somewhere"
    assert "ZeroDivisionError" in failed["exception"]
