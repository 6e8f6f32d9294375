"""The sample house as it stands when its doors open, made by ordinary commands in a real database."""

from datetime import timedelta

import pytest

from hub.core.actor import Actor
from hub.house import House
from hub.sample import premises
from hub.sample.evening import evening
from hub.sample.load import SEED, NotEmptyError, load, next_friday, resume
from schemas.waitlist import AddParty
from tests.kit import LawfulHouse

SITE = premises.SITE


@pytest.fixture
async def empty(settings):
    opened = await House.open(settings)
    yield opened
    await opened.close()


async def one(house, question, *args):
    return await house.pool.fetchval(question, *args)


@pytest.mark.parametrize("seed", [SEED, 1])
async def test_the_evening_is_played_without_a_single_refusal(empty, seed):
    assert await load(empty, seed=seed) == []
    script = evening(seed, next_friday())
    assert await one(empty, "SELECT count(*) FROM booking") == len(script.bookings)
    # every law of the floor
    assert (
        await one(
            empty,
            """SELECT count(*) FROM floor_table t WHERE (t.status = 'occupied') <> EXISTS (
           SELECT FROM seating_table s WHERE s.site_id = t.site_id AND s.table_id = t.id AND s.left_at IS NULL)""",
        )
        == 0
    )
    assert (
        await one(
            empty,
            """SELECT count(*) FROM hold a JOIN hold b ON a.site_id = b.site_id AND a.table_id = b.table_id AND a.id < b.id
           AND a.during && b.during WHERE a.status <> 'released' AND b.status <> 'released'""",
        )
        == 0
    )
    assert (
        await one(
            empty,
            """SELECT count(*) FROM booking b WHERE (b.status IN ('seated', 'dining')) <> EXISTS (
           SELECT FROM seating s WHERE s.booking_id = b.id AND s.left_at IS NULL)""",
        )
        == 0
    )
    assert (
        await one(
            empty,
            """SELECT count(*) FROM seating s WHERE s.left_at IS NULL AND s.covers > (SELECT sum(t.max_covers)
           FROM seating_table st JOIN floor_table t ON t.id = st.table_id WHERE st.seating_id = s.id AND st.left_at IS NULL)""",
        )
        == 0
    )
    assert await one(empty, "SELECT count(*) FROM timer WHERE state = 'armed' AND due_at <= $1", script.now) == 0
    assert await one(empty, "SELECT count(*) FROM timer WHERE state = 'armed' AND subject = 'service_day'") == 1


async def test_the_first_screen_has_a_bit_of_everything(empty):
    await load(empty)
    status = dict(map(tuple, await empty.pool.fetch("SELECT status, count(*) FROM booking GROUP BY status")))
    assert {"confirmed", "completed", "dining", "cancelled", "no_show", "arrived"} <= set(status)
    tables = dict(map(tuple, await empty.pool.fetch("SELECT status, count(*) FROM floor_table GROUP BY status")))
    assert tables["occupied"] >= 20 and tables["cleaning"] >= 1 and tables["out_of_service"] == 1
    assert await one(empty, "SELECT count(*) FROM party WHERE status = 'active'") == 5
    assert await one(empty, "SELECT count(*) FROM seating WHERE left_at IS NULL AND over_noted") >= 1
    assert (
        await one(empty, "SELECT count(*) FROM booking WHERE no_show_proposed_at IS NOT NULL AND status = 'confirmed'")
        >= 1
    )
    assert await one(empty, "SELECT count(*) FROM wait") == 5
    assert await one(empty, "SELECT count(*) FROM quote") == 4
    # its clock runs from five past seven
    assert timedelta() <= empty.clock.now() - evening(SEED, next_friday()).now < timedelta(seconds=30)
    assert empty.clock.pace.rate == 1.0 == await one(empty, "SELECT clock_rate FROM site WHERE id = $1", SITE)
    assert await one(empty, "SELECT service_date FROM site WHERE id = $1", SITE) == next_friday()
    assert await one(empty, "SELECT sample FROM house")
    # everybody signs in by one tap, and by nothing else
    roles = {role for (role,) in await empty.pool.fetch("SELECT DISTINCT role FROM staff_role")}
    assert {"super_admin", "admin", "manager", "host", "server", "kitchen", "customer_support"} <= roles
    assert await one(empty, "SELECT count(*) FROM staff WHERE password_hash IS NOT NULL") == 0
    # loading again changes nothing
    before = await one(empty, "SELECT seq FROM site_head WHERE site_id = $1", SITE)
    assert await load(empty) == []
    assert await one(empty, "SELECT seq FROM site_head WHERE site_id = $1", SITE) == before
    # and what comes next keeps the replica law
    lawful = LawfulHouse(empty, now=empty.clock.now())
    host = Actor.staff(premises.HOST)
    await lawful.done("add_party", actor=host, site=SITE, name="Okafor", covers=2)
    await lawful.done("set_clock", actor=host, site=SITE, rate=10.0)
    seating = await one(empty, "SELECT id FROM seating WHERE left_at IS NULL ORDER BY id LIMIT 1")
    await lawful.done("clear_seating", actor=host, site=SITE, seating_id=seating)


async def test_a_load_cut_short_is_begun_anew(empty):
    await load(empty)
    await empty.pool.execute("UPDATE house SET sample = false")  # what a kill before the last step leaves behind
    assert await load(empty) == []
    assert await one(empty, "SELECT count(*) FROM booking") == len(evening(SEED, next_friday()).bookings)


async def test_a_real_house_is_never_touched(empty):
    await empty.pool.execute("INSERT INTO org VALUES ('real', 'A real house')")
    with pytest.raises(NotEmptyError):
        await load(empty)
    assert await one(empty, "SELECT count(*) FROM org") == 1
    assert not await one(empty, "SELECT sample FROM house")


async def test_after_a_night_closed_the_evening_goes_on_where_it_was_left(empty):
    await load(empty)
    left_at = await one(empty, "SELECT max(at) FROM journal")
    await resume(empty)
    assert await one(empty, "SELECT max(at) FROM journal") == left_at, "a moment away is no pause"
    # the wall moves on by nine hours: so does the house clock, since its rate is 1
    await empty.pool.execute("UPDATE journal SET wall_at = wall_at - interval '9 hours'")
    await empty.pool.execute("UPDATE house_clock SET wall_at = wall_at - interval '9 hours'")
    await empty.clock.read(empty.pool)
    assert empty.clock.now() - left_at > timedelta(hours=8)
    await resume(empty)
    await empty.clock.read(empty.pool)
    assert timedelta() <= empty.clock.now() - left_at < timedelta(seconds=30)
    told = await one(empty, "SELECT clock_house_at FROM site WHERE id = $1", SITE)
    assert abs(told - left_at) < timedelta(seconds=30), "the screens are told"


async def test_the_second_site_is_another_house(empty):
    assert await load(empty, second=True) == []
    second = premises.SECOND_SITE
    assert await one(empty, "SELECT count(*) FROM floor_table WHERE site_id = $1", second) == 20
    assert await one(empty, "SELECT count(*) FROM table_join WHERE site_id = $1", second) > 0
    wish = AddParty(site_id=SITE, key="key-000001", name="Okafor", covers=2)
    refused = await empty.commands.give(Actor.staff("ines"), wish)
    assert refused.reason == "unknown_site"
