"""The floor in a real house: fields, capacity, sections, one-tap states, undo."""

from datetime import timedelta

from hub.core.actor import Actor
from hub.core.work import Policies
from tests.kit import OTHER_SITE, SITE, a_room, joined

MANAGER = Actor.staff("st_manager")


async def undo(house, seq):
    return await house.done("undo", seq=seq)


async def test_a_table_round_trips_all_its_fields(house):
    area = (await house.done("put_area", actor=MANAGER, name="Patio", kind="patio", features=["outdoor"])).result[
        "area_id"
    ]
    wish = {
        "number": "P1", "name": "By the fig", "min_covers": 2, "max_covers": 4, "furniture": "patio", "shape": "round",
        "features": ["window", "quiet"], "preferred_for": ["romantic"], "priority": 9, "x": 12.5, "y": 40.0, "w": 90.0,
        "h": 90.0, "rotation": 45.0, "notes": "wobbles",
    }  # fmt: skip
    done = await house.done("put_table", actor=MANAGER, area_id=area, **wish)
    row = await house.row("table", done.result["table_id"])
    assert {name: getattr(row, name) for name in wish} == wish
    assert (row.size_class, row.status, row.active, row.area_id, row.version) == ("4_top", "available", True, area, 1)
    assert row.qr
    await house.done("put_table", actor=MANAGER, table_id=row.id, x=200.0, expect_version=1)
    moved = await house.row("table", row.id)
    assert (moved.x, moved.y, moved.version, moved.qr) == (200.0, 40.0, 2, row.qr)


async def test_smallest_party_above_largest_is_a_field_error(house):
    tables = await a_room(house, ("T1", 4))
    refused = await house.refused("put_table", actor=MANAGER, table_id=tables["T1"], min_covers=5)
    assert (refused.code, refused.field) == ("invalid", "min_covers")
    assert (await house.row("table", tables["T1"])).version == 1


async def test_a_new_table_needs_its_area_number_and_covers(house):
    refused = await house.refused("put_table", actor=MANAGER, number="T1", min_covers=1, max_covers=2)
    assert refused.field == "area_id"
    refused = await house.refused(
        "put_table", actor=MANAGER, number="T1", area_id="nowhere", min_covers=1, max_covers=2
    )
    assert (refused.code, refused.field) == ("not_found", "area_id")


async def test_numbers_are_unique_among_tables_in_use(house):
    tables = await a_room(house, ("T1", 4), ("T2", 4))
    refused = await house.refused("put_table", "number_taken", actor=MANAGER, table_id=tables["T2"], number="T1")
    assert refused.field == "number"
    await house.done("put_table", actor=MANAGER, table_id=tables["T1"], active=False)
    await house.done("put_table", actor=MANAGER, table_id=tables["T2"], number="T1")
    await house.refused("put_table", "number_taken", actor=MANAGER, table_id=tables["T1"], active=True)


async def test_capacity_is_what_the_active_tables_add_up_to(house):
    tables = await a_room(house, ("T1", 4), ("T2", 6), ("T3", 2))
    area_id = (await house.row("table", tables["T1"])).area_id
    area = await house.row("area", area_id)
    assert (area.capacity, area.table_count) == (12, 3)
    await house.done("put_table", actor=MANAGER, table_id=tables["T2"], active=False)
    area = await house.row("area", area_id)
    assert (area.capacity, area.table_count, area.version) == (6, 2, 1)
    other = (await house.done("put_area", actor=MANAGER, name="Bar")).result["area_id"]
    await house.done("put_table", actor=MANAGER, table_id=tables["T1"], area_id=other)
    assert (await house.row("area", area_id)).capacity == 2
    assert (await house.row("area", other)).capacity == 4
    refused = await house.refused("put_area", "has_tables", actor=MANAGER, area_id=other, active=False)
    assert refused.code == "conflict"


async def test_one_tap_and_its_stamps(house):
    tables = await a_room(house, ("T1", 4))
    table = tables["T1"]
    await house.done("set_table_status", table_id=table, status="out_of_service", note="broken chair")
    row = await house.row("table", table)
    assert (row.status, row.status_note, row.status_since) == ("out_of_service", "broken chair", house.now)
    await house.refused("set_table_status", "already_so", table_id=table, status="out_of_service")
    await house.done("set_table_status", table_id=table, status="out_of_service", note="two broken chairs")
    await house.pass_time(10)
    await house.done("set_table_status", table_id=table, status="cleaning")
    assert (await house.row("table", table)).last_cleaned is None
    await house.pass_time(6)
    done = await house.done("set_table_status", table_id=table, status="available")
    row = await house.row("table", table)
    assert (row.status, row.last_cleaned, row.status_note) == ("available", house.now, None)
    assert await house.facts(done.seq) == ["table.status_changed", "table.reset"]
    await house.pass_time(1)
    await undo(house, done.seq)
    row = await house.row("table", table)
    assert (row.status, row.last_cleaned, row.version) == ("cleaning", None, 6)


async def test_only_the_end_of_cleaning_stamps_the_hygiene(house):
    tables = await a_room(house, ("T1", 4))
    for status in ("out_of_service", "available"):
        done = await house.done("set_table_status", table_id=tables["T1"], status=status)
        assert await house.facts(done.seq) == ["table.status_changed"]
    assert (await house.row("table", tables["T1"])).last_cleaned is None


async def test_available_to_cleaning_by_hand_is_no_move(house):
    tables = await a_room(house, ("T1", 4))
    refused = await house.refused("set_table_status", "illegal_move", table_id=tables["T1"], status="cleaning")
    assert refused.field == "status"


async def test_a_stale_tap_is_refused_with_the_row_as_it_is(house):
    tables = await a_room(house, ("T1", 4))
    await house.done("set_table_status", table_id=tables["T1"], status="out_of_service", expect_version=1)
    refused = await house.refused(
        "set_table_status", "stale", table_id=tables["T1"], status="available", expect_version=1
    )
    assert refused.about.version == 2


async def test_another_sites_table_is_not_there(house):
    tables = await a_room(house, ("T1", 4))
    other = Actor.staff("st_other")
    refused = await house.refused(
        "set_table_status", actor=other, site=OTHER_SITE, table_id=tables["T1"], status="cleaning"
    )
    assert (refused.code, refused.field) == ("not_found", "table_id")


async def test_joins_once_per_pair_and_only_in_use(house):
    from hub.floor import views

    tables = await a_room(house, ("T1", 4), ("T2", 4))
    join = await joined(house, tables["T2"], tables["T1"])
    row = await house.row("join", join)
    assert row.a < row.b
    assert row.combined_max == 8
    await house.refused("add_join", "already_joined", actor=MANAGER, a=tables["T1"], b=tables["T2"])
    assert [found.id for found in await views.joins(house.pool, SITE)] == [join]
    await house.done("put_table", actor=MANAGER, table_id=tables["T1"], active=False)
    assert await views.joins(house.pool, SITE) == []
    assert set(await views.tables(house.pool, SITE)) == {tables["T2"]}
    await house.done("remove_join", actor=MANAGER, join_id=join)
    assert await house.row("join", join) is None


async def test_a_section_has_exactly_its_tables_and_undo_gives_them_back(house):
    tables = await a_room(house, ("T1", 4), ("T2", 4), ("T3", 4))
    one, two, three = tables["T1"], tables["T2"], tables["T3"]
    first = await house.done("put_section", name="Window", server_id="st_server", table_ids=[one, two])
    second = await house.done("put_section", name="Back", table_ids=[two, three])
    sections = {table: (await house.row("table", table)).section_id for table in (one, two, three)}
    assert sections == {
        one: first.result["section_id"],
        two: second.result["section_id"],
        three: second.result["section_id"],
    }
    row = await house.row("section", first.result["section_id"])
    assert (row.name, row.server_id, row.server_name, row.initials, row.colour) == (
        "Window",
        "st_server",
        "Server",
        "SE",
        0,
    )
    assert (await house.row("section", second.result["section_id"])).colour == 1
    await undo(house, second.seq)
    assert await house.row("section", second.result["section_id"]) is None
    assert (await house.row("table", two)).section_id == first.result["section_id"]
    assert (await house.row("table", three)).section_id is None
    await house.done("put_section", section_id=row.id, server_id=None, table_ids=[])
    assert (await house.row("table", one)).section_id is None
    assert (await house.row("section", row.id)).server_name is None


async def test_a_section_is_served_by_somebody_who_works_here(house):
    refused = await house.refused("put_section", "not_staff", name="Window", server_id="st_other")
    assert refused.field == "server_id"


def test_policies_named_here_exist():
    from hub.policies.defaults import POLICIES

    policies = Policies({(key, None): policy.default for key, policy in POLICIES.items()})
    for key in (
        "floor.reserved_lead_min", "waitlist.opening_s", "venue.day_ends", "dining.duration_min", "dining.buffer_min",
        "dining.slot_step_min", "booking.max_days_ahead", "booking.max_covers", "booking.events_team_above",
        "booking.no_show_grace_min", "booking.reopen_no_show_min", "undo.window_min",
    ):  # fmt: skip
        assert policies.get(key) is not None
    assert timedelta(minutes=policies.get("booking.no_show_grace_min")) == timedelta(minutes=15)


async def test_a_table_blocked_before_it_was_bussed_has_not_been_cleaned(house):
    one = (await a_room(house, ("T1", 4)))["T1"]
    for status in ("out_of_service", "cleaning", "out_of_service", "cleaning"):
        await house.done("set_table_status", table_id=one, status=status)
        assert (await house.row("table", one)).last_cleaned is None
    cleaned = await house.pass_time(3)
    await house.done("set_table_status", table_id=one, status="available")
    assert (await house.row("table", one)).last_cleaned == cleaned
