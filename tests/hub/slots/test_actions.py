"""Who changes the house's calendar and how: granted, refused naming the field, on record, and taken back."""

from datetime import date

import pytest

from hub.core.actor import Actor
from hub.policies.views import org_of
from hub.serve import REACTIONS
from hub.slots import reactions, views
from hub.venues import views as venues
from schemas.base import Refused
from tests.kit import OTHER_SITE, SITE, a_room

MANAGER = Actor.staff("st_manager")
FRIDAY, SATURDAY = date(2026, 11, 20), date(2026, 11, 21)
RULE = {"weekdays": [5, 6], "from_time": "18:00", "until_time": "22:00", "covers_max": 20}
DAY = {"kind": "closed", "title": "Painting", "first_day": "2026-11-21"}
RAIN = {"starts_at": "2026-11-20T18:00:00Z", "ends_at": "2026-11-20T21:00:00Z"}


async def slots(house, on=FRIDAY, site_id=SITE):
    """By time: the slots of a day, read as every storey above reads them."""
    async with house.pool.acquire() as db:
        site = await venues.site(db, site_id)
        policies = await house.policies_of(db, await org_of(db, site_id), site_id)
        return {slot.at: slot for slot in await views.day(db, site, policies, on)}


async def give(house, command, /, **args):
    return (await house.done(command, actor=MANAGER, **args)).result


async def pushed(house, site_id=SITE):
    """What who plans the week sees: (type, id) of each row."""
    return {(kind, row_id) for channel, kind, row_id in await house.rows(site_id) if channel == f"slots:{site_id}"}


async def test_rules_come_change_and_go(house):
    rule_id = (await give(house, "set_slot_rule", **RULE))["rule_id"]
    told = await slots(house)
    assert (told["19:00"].covers_max, told["17:45"].covers_max, told["22:00"].covers_max) == (20, None, None)
    assert (await slots(house, date(2026, 11, 19)))["19:00"].covers_max is None
    assert (await slots(house, site_id=OTHER_SITE))["19:00"].covers_max is None
    await give(house, "set_slot_rule", rule_id=rule_id, covers_max=4, step_min=30, recommended=True, incentive="a glass")
    told = await slots(house)
    assert (told["19:00"].covers_max, told["19:00"].recommended, told["19:00"].incentive) == (4, True, "a glass")
    assert "19:15" not in told and "19:30" in told
    await give(house, "delete_slot_rule", rule_id=rule_id)
    assert (await slots(house))["19:15"].covers_max is None


async def test_what_one_time_has_of_its_own_is_there_until_nothing_is_said_any_more(house):
    rule = await give(house, "set_slot_rule", **RULE)
    on = {"on": "2026-11-20", "at": "19:00"}
    assert await give(house, "set_slot", **on, covers_max=6, special_event="Jazz", pricing="€€") == {"slot_id": "2026-11-20T19:00"}
    await give(house, "set_slot", **on, active=False, staff_level=2)
    slot = (await slots(house))["19:00"]
    assert (slot.covers_max, slot.active, slot.special_event, slot.staff_level, slot.pricing) == (6, False, "Jazz", 2, "€€")
    assert (await slots(house, date(2026, 11, 27)))["19:00"].covers_max == 20
    await give(house, "set_slot", **on, covers_max=None, special_event=None, pricing=None, active=True, staff_level=None)
    assert await house.pool.fetchval("SELECT count(*) FROM slot") == 0
    assert (await slots(house))["19:00"].covers_max == 20
    assert rule["rule_id"]


async def test_special_days_close_and_open(house):
    day_id = (await give(house, "set_special_day", **DAY))["day_id"]
    assert await slots(house, SATURDAY) == {}
    await give(house, "set_special_day", day_id=day_id, kind="event", hours=["19:00", "02:00"])
    told = list(await slots(house, SATURDAY))
    assert (told[0], told[-1]) == ("19:00", "01:45")
    await give(house, "delete_special_day", day_id=day_id)
    assert "12:00" in await slots(house, SATURDAY)


async def test_the_staff_of_an_evening_lowers_what_is_offered(house):
    """F-AVL-08, by the host on the floor."""
    await give(house, "set_slot_rule", **RULE, staff_needed=4)
    await a_room(house, ("T1", 40))
    caps = []
    for level in (4, 3, 1, None):
        await house.done("set_staff_level", on="2026-11-20", level=level)
        caps.append((await slots(house))["19:00"].covers_max)
    assert caps == [20, 15, 5, 20]


async def test_hosts_tell_rain_and_that_it_is_over(house):
    area_id = (await give(house, "put_area", name="Patio", kind="patio"))["area_id"]

    async def wet():
        async with house.pool.acquire() as db:
            site, policies = await venues.site(db, SITE), await house.policies_of(db, "o1", SITE)
            start, end = house.now.replace(hour=12), house.now.replace(hour=23)
            told = await views.closed(db, site, policies, start, end)
            return [(c.starts_at.hour, c.ends_at.hour) for c in told if c.area_id == area_id]

    weather_id = (await house.done("set_weather", **RAIN)).result["weather_id"]
    assert await wet() == [(18, 21)]
    await house.done("set_weather", weather_id=weather_id, starts_at="2026-11-20T18:00:00Z", ends_at="2026-11-20T20:00:00Z")
    assert await wet() == [(18, 20)]
    await house.done("delete_weather", weather_id=weather_id)
    assert await wet() == []


async def test_every_change_tells_what_it_is_about_and_is_on_record(house):
    told = []
    rule = await house.done("set_slot_rule", actor=MANAGER, **RULE)
    day = await house.done("set_special_day", actor=MANAGER, **DAY)
    for answer in (
        rule, await house.done("set_slot", actor=MANAGER, on="2026-11-20", at="19:00", covers_max=6), day,
        await house.done("set_special_day", actor=MANAGER, day_id=day.result["day_id"], first_day="2026-11-22", last_day="2026-11-23"),
        await house.done("set_staff_level", on="2026-11-20", level=3), await house.done("set_weather", **RAIN),
        await house.done("delete_slot_rule", actor=MANAGER, rule_id=rule.result["rule_id"]),
    ):  # fmt: skip
        (fact,) = await house.pool.fetchval("SELECT facts FROM journal WHERE site_id = $1 AND seq = $2", SITE, answer.seq)
        (change,) = await house.pool.fetch("SELECT kind, was, now FROM change WHERE site_id = $1 AND seq = $2", SITE, answer.seq)
        told.append((fact["fact"].removeprefix("availability."), change["kind"], change["was"] is None, change["now"] is None))
        if answer.seq == day.seq + 2:
            assert (fact["first_day"], fact["last_day"]) == ("2026-11-21", "2026-11-23"), "what it was, and what it is"
    assert told == [
        ("rule_changed", "slot_rule", True, False), ("slot_changed", "slot", True, False),
        ("day_changed", "special_day", True, False), ("day_changed", "special_day", False, False),
        ("staff_changed", "staff_level", True, False), ("weather_changed", "weather", True, False),
        ("rule_changed", "slot_rule", False, True),
    ]  # fmt: skip


async def test_all_of_it_can_be_taken_back(house):
    async def stored():
        tables = ("slot_rule", "slot", "special_day", "staff_level", "weather")
        return [[dict(row) | {"version": 0} for row in await house.pool.fetch(f"SELECT * FROM {t} ORDER BY id")] for t in tables]

    rule = await give(house, "set_slot_rule", **RULE)
    day = await give(house, "set_special_day", **DAY)
    rain = await give(house, "set_weather", **RAIN)
    await give(house, "set_slot", on="2026-11-20", at="19:00", covers_max=6)
    await give(house, "set_staff_level", on="2026-11-20", level=3)
    before = await stored()
    for name, args in (
        ("set_slot_rule", {"weekdays": [1], "from_time": "12:00", "until_time": "13:00"}), ("set_slot_rule", {**rule, "covers_max": 1}),
        ("delete_slot_rule", rule), ("set_slot", {"on": "2026-11-20", "at": "19:00", "covers_max": None}),
        ("set_special_day", {**day, "title": "Later"}), ("delete_special_day", day), ("delete_weather", rain),
        ("set_staff_level", {"on": "2026-11-20", "level": None}), ("set_weather", {**rain, **RAIN, "note": "heavy"}),
    ):  # fmt: skip
        done = await house.done(name, actor=MANAGER, **args)
        assert await stored() != before, name
        await house.done("undo", actor=MANAGER, seq=done.seq)
        assert await stored() == before, name


BAD = [
    ("set_slot_rule", {k: v for k, v in RULE.items() if k != "weekdays"}, "weekdays"), ("set_slot_rule", RULE | {"weekdays": [0]}, "weekdays"),
    ("set_slot_rule", RULE | {"until_time": "18:00"}, "until_time"), ("set_slot_rule", RULE | {"from_time": "6pm"}, "from_time"),
    ("set_slot_rule", RULE | {"starts": ["23:00"]}, "starts"), ("set_slot_rule", RULE | {"covers_max": -1}, "covers_max"),
    ("set_slot_rule", {"rule_id": "nothing", "covers_max": 1}, "rule_id"), ("delete_slot_rule", {"rule_id": "nothing"}, "rule_id"),
    ("set_slot", {"on": "2026-11-19", "at": "19:00", "covers_max": 1}, "on"), ("set_slot", {"on": "2029-11-19", "at": "19:00"}, "on"),
    ("set_slot", {"on": "2026-11-20", "at": "24:00"}, "at"), ("set_slot", {"on": "2026-11-20", "at": "19:00", "covers_max": 1000}, "covers_max"),
    ("set_special_day", {"kind": "closed", "first_day": "2026-11-21"}, "title"), ("set_special_day", DAY | {"last_day": "2026-11-20"}, "last_day"),
    ("set_special_day", DAY | {"hours": ["12:00", "13:00"]}, "hours"), ("set_special_day", DAY | {"area_id": "nowhere"}, "area_id"),
    ("set_special_day", DAY | {"kind": "season", "hours": ["13:00", "12:00", "14:00"]}, "hours"), ("delete_special_day", {"day_id": "x"}, "day_id"),
    ("set_staff_level", {"on": "2026-11-19", "level": 3}, "on"), ("set_staff_level", {"on": "2026-11-20", "level": 201}, "level"),
    ("set_weather", RAIN | {"ends_at": "2026-11-20T18:00:00Z"}, "ends_at"), ("set_weather", RAIN | {"starts_at": "2026-11-20T18:00:00"}, "starts_at"),
    ("set_weather", {"starts_at": "2026-11-20T12:00:00Z", "ends_at": "2026-11-20T19:00:00Z"}, "ends_at"), ("set_weather", RAIN | {"ends_at": "2026-12-01T00:00:00Z"}, "ends_at"),
    ("set_weather", RAIN | {"weather_id": "x"}, "weather_id"), ("delete_weather", {"weather_id": "x"}, "weather_id"),
    ("put_area", {"name": "Patio", "hours": {"5": ["12:00"]}}, "hours"), ("put_area", {"name": "Patio", "hours": {"Friday": []}}, "hours"),
]  # fmt: skip


async def test_what_makes_no_sense_is_refused_by_its_field_and_changes_nothing(house):
    for name, args, field in BAD:
        refused = await house.give(name, actor=MANAGER, **args)
        assert isinstance(refused, Refused) and (refused.field, bool(refused.message)) == (field, True), (name, args, refused)
    for table in ("slot_rule", "slot", "special_day", "staff_level", "weather"):
        assert await house.pool.fetchval(f"SELECT count(*) FROM {table}") == 0


async def test_two_rules_never_meet(house):
    await give(house, "set_slot_rule", **RULE)
    refused = await house.refused("set_slot_rule", "overlaps", actor=MANAGER, **RULE | {"from_time": "21:45", "until_time": "23:00"})
    assert (refused.field, refused.about.from_time) == ("from_time", "18:00")
    await give(house, "set_slot_rule", **RULE | {"from_time": "22:00", "until_time": "23:00"})


@pytest.mark.parametrize(("name", "args"), [
    ("set_slot_rule", {"rule_id": "", "covers_max": 1}), ("set_special_day", {"day_id": "", "title": "x"}),
    ("set_slot", {"on": "2026-11-20", "at": "19:00", "covers_max": 1}), ("set_staff_level", {"on": "2026-11-20", "level": 3}),
])  # fmt: skip
async def test_who_saw_an_older_one_is_shown_the_row_as_it_is(house, name, args):
    made = {"set_slot_rule": RULE, "set_special_day": DAY, "set_slot": args | {"covers_max": 9}, "set_staff_level": args | {"level": 1}}
    result = await give(house, name, **made[name])
    args = {key: (value if value != "" else result[key]) for key, value in args.items()}
    await give(house, name, **args, expect_version=1)
    refused = await house.refused(name, "stale", actor=MANAGER, **args, expect_version=1)
    assert refused.about.version == 2


async def test_there_is_an_end_to_what_a_site_may_keep(house):
    await house.pool.execute(
        "INSERT INTO slot_rule (site_id, id, weekdays, from_time, until_time)"
        " SELECT $1, 'r' || n, '{1}', '12:00', '12:01' FROM generate_series(1, 50) n", SITE,
    )  # fmt: skip
    await house.refused("set_slot_rule", "too_many", actor=MANAGER, **RULE)
    await house.refused("set_slot_rule", "forbidden", **RULE)


async def test_there_is_an_end_to_single_times_in_all(house):
    await house.pool.execute(
        "INSERT INTO slot (site_id, id, on_day, at_time, covers_max) SELECT $1, d::date || 'T' || t, d::date, t, 1"
        " FROM generate_series('2026-11-21'::date, '2026-11-30', '1 day') d, (SELECT lpad((n / 60)::text, 2, '0') || ':'"
        " || lpad((n % 60)::text, 2, '0') AS t FROM generate_series(600, 799) n) times", SITE,
    )  # fmt: skip
    refused = await house.refused("set_slot", "too_many", actor=MANAGER, on="2026-12-01", at="19:00", covers_max=1)
    assert "2000" in refused.message
    await give(house, "set_slot", on="2026-11-21", at="11:00", covers_max=2)


async def test_who_plans_the_week_hears_every_change_of_it_and_nobody_else_does(house):
    """The replica law is held after each command; this is what the channel holds."""
    made = await house.done("set_slot_rule", actor=MANAGER, **RULE)
    assert list(made.offsets) == [f"slots:{SITE}"]
    for name, args in (
        ("set_special_day", DAY), ("set_weather", RAIN), ("set_slot", {"on": "2026-11-20", "at": "19:00", "covers_max": 6}),
        ("set_staff_level", {"on": "2026-11-20", "level": 3}),
    ):  # fmt: skip
        assert list((await house.done(name, actor=MANAGER, **args)).offsets) == [f"slots:{SITE}"], name
    assert sorted(kind for kind, _ in await pushed(house)) == ["slot", "slot_rule", "special_day", "staff_level", "weather"]
    assert not await pushed(house, OTHER_SITE)


async def test_what_is_over_for_a_month_is_let_go(house):
    """On 20 November: what ended by 20 October stays no longer; rules stay, and what is still on."""
    await house.pool.execute(
        "INSERT INTO slot (site_id, id, on_day, at_time) VALUES ($1, 'old', '2026-10-19', '19:00'), ($1, 'new', '2026-10-20', '19:00');"
        .replace("$1", f"'{SITE}'")
    )  # fmt: skip
    await house.pool.execute("INSERT INTO staff_level (site_id, id, on_day, level) VALUES ($1, 'old', '2026-10-19', 3), ($1, 'new', '2026-10-20', 3)", SITE)
    await house.pool.execute(
        "INSERT INTO special_day (site_id, id, kind, title, first_day, last_day)"
        " VALUES ($1, 'old', 'closed', 'x', '2026-01-01', '2026-10-19'), ($1, 'new', 'closed', 'x', '2026-01-01', '2026-10-20')", SITE,
    )  # fmt: skip
    await house.pool.execute(
        "INSERT INTO weather (site_id, id, starts_at, ends_at) VALUES ($1, 'old', '2026-10-18T12:00Z', '2026-10-19T12:00Z'),"
        " ($1, 'new', '2026-10-18T12:00Z', '2026-10-21T12:00Z')", SITE,
    )  # fmt: skip
    await give(house, "set_slot_rule", **RULE)
    await house.done("tidy_slots")
    assert sorted(row_id for kind, row_id in await pushed(house) if kind != "slot_rule") == ["new"] * 4
    await house.pass_time(24 * 60)
    assert reactions.tidy_slots in REACTIONS
    await reactions.tidy_slots.react(house.house, SITE, 1, [])
    assert sorted(kind for kind, _ in await pushed(house)) == ["slot_rule", "weather"]
