"""The venue's own row: its day, the copies its screens draw by, and the sample house's clock."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import asyncpg

from hub.core.actor import HOUSE, Actor
from hub.venues import views
from hub.venues.reactions import refresh_clocks, refresh_venue
from tests.kit import FRIDAY_19, HOST, ORG, OTHER_SITE, SITE

MANAGER = Actor.staff("st_manager")
ENDS = datetime(2026, 11, 21, 4, tzinfo=UTC)


async def armed(house, site=SITE):
    records = await house.pool.fetch(
        "SELECT due_at FROM timer WHERE site_id = $1 AND subject = 'service_day' AND state = 'armed'", site
    )
    return [record["due_at"] for record in records]


async def test_the_service_day_turns_at_four_and_arms_the_next(house):
    await house.done("turn_service_day", actor=HOUSE)
    assert (await house.row("venue", SITE)).service_date == date(2026, 11, 20)
    assert await armed(house) == [ENDS]
    await house.set_now(ENDS - timedelta(seconds=1))
    done = await house.done("turn_service_day", actor=HOUSE)
    assert await house.facts(done.seq) == [], "early it changes nothing"
    await house.set_now(ENDS)
    done = await house.done("turn_service_day", actor=HOUSE)
    assert await house.facts(done.seq) == ["house.service_day_turned"]
    assert (await house.row("venue", SITE)).service_date == date(2026, 11, 21)
    assert await armed(house) == [ENDS + timedelta(days=1)]


async def test_a_house_closed_for_days_wakes_up_on_the_right_one(house):
    await house.done("turn_service_day", actor=HOUSE)
    await house.set_now(ENDS + timedelta(days=5, hours=10))
    await house.done("turn_service_day", actor=HOUSE)
    assert (await house.row("venue", SITE)).service_date == date(2026, 11, 26)
    assert await armed(house) == [ENDS + timedelta(days=6)]


async def test_nothing_changes_while_nobody_commands(house):
    await house.done("turn_service_day", actor=HOUSE)
    before = await house.rows()
    await house.pass_time(24 * 60)
    assert await house.rows() == before


async def test_policies_screens_draw_by_reach_the_row(house):
    for policy, value in (("booking.no_show_grace_min", 20), ("floor.soon_min", 60), ("floor.theme", "classic")):
        done = await house.done("set_policy", actor=MANAGER, policy=policy, value=value)
        facts = [{"fact": "policy.changed", "policy": policy, "scope": "site", "version": 1}]
        await refresh_venue.react(house.house, SITE, done.seq, facts)
        await refresh_venue.react(house.house, SITE, done.seq, facts)  # heard twice
    row, other = await house.row("venue", SITE), await house.row("venue", OTHER_SITE, OTHER_SITE)
    assert (row.late_after_min, row.soon_min, row.theme) == (20, 60, "classic")
    assert (other.late_after_min, other.soon_min, other.theme) == (15, 90, "house")
    lines = await house.pool.fetchval("SELECT count(*) FROM journal WHERE command = 'refresh_venue'")
    assert lines == 3


async def test_a_value_for_the_organisation_reaches_all_its_sites(house):
    done = await house.done("set_policy", actor=HOUSE, policy="floor.soon_min", scope="org", value=45)
    facts = [{"fact": "policy.changed", "policy": "floor.soon_min", "scope": "org", "version": 1}]
    await refresh_venue.react(house.house, SITE, done.seq, facts)
    for site in (SITE, OTHER_SITE):
        assert (await house.row("venue", site, site)).soon_min == 45


async def test_policies_screens_do_not_draw_by_leave_the_row_alone(house):
    done = await house.done("set_policy", actor=MANAGER, policy="dining.buffer_min", value=20)
    facts = [{"fact": "policy.changed", "policy": "dining.buffer_min", "scope": "site", "version": 1}]
    await refresh_venue.react(house.house, SITE, done.seq, facts)
    assert await house.pool.fetchval("SELECT count(*) FROM journal WHERE command = 'refresh_venue'") == 0


async def test_another_end_of_the_day_moves_its_timer(house):
    await house.done("turn_service_day", actor=HOUSE)
    await house.done("set_policy", actor=MANAGER, policy="venue.day_ends", value="02:30")
    await house.done("refresh_venue", actor=HOUSE)
    assert await armed(house) == [datetime(2026, 11, 21, 2, 30, tzinfo=UTC)]
    assert (await house.row("venue", SITE)).day_ends == "02:30"


async def test_only_a_sample_house_sets_its_clock(house):
    refused = await house.refused("set_clock", "sample_only", rate=2.0)
    assert refused.code == "forbidden"
    assert await house.pool.fetchval("SELECT rate FROM house_clock") == 0


async def test_the_sample_house_sets_its_clock_forward_and_rings(house, settings):
    await house.pool.execute("UPDATE house SET sample = true")
    rung = asyncio.Event()
    ear = await asyncpg.connect(settings.database_url)
    try:
        await ear.add_listener("maitred_clock", lambda *_: rung.set())
        later = FRIDAY_19 + timedelta(minutes=30)
        done = await house.done("set_clock", actor=HOST, rate=10.0, house_at=later)
        async with asyncio.timeout(5):
            await rung.wait()
    finally:
        await ear.close()
    assert await house.facts(done.seq) == ["house.clock_set"]
    assert [*await house.pool.fetchrow("SELECT house_at, rate FROM house_clock")] == [later, 10.0]
    row = await house.row("clock", "clock")
    assert (row.house_at, row.rate) == (later, 10.0)
    # the screens of the other site hear of it too
    await refresh_clocks.react(house.house, SITE, done.seq, [{"fact": "house.clock_set"}])
    assert await house.row("clock", "clock", OTHER_SITE) == row


async def test_the_clock_never_runs_backwards(house):
    await house.pool.execute("UPDATE house SET sample = true")
    for house_at, reason in (
        (FRIDAY_19 - timedelta(minutes=1), "backwards"), (FRIDAY_19 + timedelta(days=30), "too_far"),
        (datetime(2026, 11, 20, 20), "invalid"),  # noqa: DTZ001 - without a zone
    ):  # fmt: skip
        refused = await house.refused("set_clock", reason, rate=1.0, house_at=house_at)
        assert refused.field == "house_at"
    refused = await house.refused("set_clock", rate=61.0)
    assert refused.field == "rate"
    await house.refused("set_clock", "forbidden", actor=Actor.staff("st_server"), rate=1.0)


async def test_a_site_knows_when_it_closes(house):
    site = await views.site(house.pool, SITE)
    assert site.org_id == ORG
    assert site.closes_at(site.service_date) == datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    assert await views.closes_at(house.pool, SITE, site.service_date) == site.closes_at(site.service_date)
    assert await views.site(house.pool, "nowhere") is None
