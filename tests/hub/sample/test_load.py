"""The sample house as it stands when its doors open, made by ordinary commands in a real database."""

from datetime import timedelta

import pytest

from hub.core.actor import Actor
from hub.guests.views import search
from hub.house import House
from hub.sample import premises
from hub.sample.evening import evening
from hub.sample.guests import KNOWN
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
    tonight = "SELECT count(*) FROM booking WHERE service_date = $1"
    assert await one(empty, tonight, next_friday()) == len(script.bookings)
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
    status = dict(map(tuple, await empty.pool.fetch("SELECT status, count(*) FROM booking WHERE service_date = $1 GROUP BY status", next_friday())))
    assert {"confirmed", "completed", "dining", "cancelled", "no_show", "arrived"} <= set(status)
    tables = dict(map(tuple, await empty.pool.fetch("SELECT status, count(*) FROM floor_table GROUP BY status")))
    assert tables["occupied"] >= 20 and tables["cleaning"] >= 1 and tables["out_of_service"] == 1
    assert await one(empty, "SELECT count(*) FROM party WHERE status = 'active' AND kind = 'walk_in'") == 5
    assert await one(empty, "SELECT count(*) FROM party WHERE status = 'active' AND kind = 'slot'") == 2
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
    tonight = "SELECT count(*) FROM booking WHERE service_date = $1"
    assert await one(empty, tonight, next_friday()) == len(evening(SEED, next_friday()).bookings)


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


async def test_the_house_knows_its_guests_and_claims_nothing_the_past_does_not_show(empty):
    assert await load(empty) == []
    assert await one(empty, "SELECT count(*) FROM guest_profile WHERE id LIKE 'guest-%'") == KNOWN
    assert await one(empty, "SELECT count(*) FROM guest WHERE phone IS NULL OR phone !~ '^[+][0-9]{10,15}$'") == 0
    assert await one(empty, "SELECT count(*) FROM guest_profile WHERE blacklisted") == 1
    today = next_friday()
    week = [f"{today + timedelta(days=ahead):%m-%d}" for ahead in range(7)]
    assert await one(empty, "SELECT count(*) FROM guest WHERE birthday = ANY($1)", week) == 2
    tiers = {tier for (tier,) in await empty.pool.fetch("SELECT DISTINCT tier FROM guest_profile")}
    assert tiers == {None, "bronze", "silver", "gold", "platinum"}
    known = await one(
        empty, "SELECT count(*) FROM booking WHERE service_date = $1 AND guest_id LIKE 'guest-%' AND guest_visits > 0", today
    )
    assert 20 <= known <= 55, "tonight's regulars are recognised by their numbers"
    assert await one(empty, "SELECT count(*) FROM booking WHERE service_date = $1 AND guest_id IS NULL", today) == 0
    assert await one(empty, "SELECT count(*) FROM booking WHERE service_date < $1 AND status = 'confirmed'", today) == 0
    # counted anew, nothing changes for those whom tonight has not touched
    over = await empty.pool.fetch(
        "SELECT DISTINCT guest_id FROM booking WHERE service_date = $1 AND status IN ('completed', 'no_show', 'cancelled')"
        " UNION SELECT guest_id FROM seating WHERE guest_id IS NOT NULL", today
    )  # fmt: skip
    untouched = [
        guest_id for (guest_id,) in await empty.pool.fetch("SELECT id FROM guest_profile WHERE id <> ALL($1)", [r[0] for r in over])
    ]
    assert len(untouched) > KNOWN / 2
    lawful = LawfulHouse(empty, now=empty.clock.now())
    done = await lawful.done("recount_guests", site=SITE, guest_ids=untouched[:200])
    assert await lawful.facts(done.seq, SITE) == []
    hits = await search(empty.pool, SITE, "07700", 10)
    assert len(hits) == 10
    assert await one(empty, "SELECT slug FROM site WHERE id = $1", SITE) == "casa-lumen"
