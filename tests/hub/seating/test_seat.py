"""Sitting down, with a real database: SC-01 and what must be refused."""

import asyncio
from datetime import timedelta

import asyncpg
import msgspec
import pytest

from hub.core.actor import Actor
from hub.core.commands import TAKEN
from hub.seating.reactions import refresh_waiting
from schemas.base import Done, Refused
from schemas.seating import SeatParty
from tests.kit import FRIDAY_19, HOST, SITE, a_room, joined


async def test_sc01_a_party_of_seven_gets_the_pair(house):
    t = await a_room(house, ("T3", 4), ("T4", 4), ("T9", 4), ("T12", 8))
    await joined(house, t["T3"], t["T4"])
    await house.done("seat_party", table_ids=[t["T12"]], covers=8, name="Rossi")
    done = await house.done("seat_party", table_ids=[t["T3"], t["T4"]], covers=7, name="Seven")
    seating = await house.row("seating", done.result["seating_id"])
    assert seating.table_ids == [t["T3"], t["T4"]]
    assert seating.expected_clear == FRIDAY_19 + timedelta(minutes=90)
    for number in ("T3", "T4"):
        assert (await house.row("table", t[number])).status == "occupied"
    holds = [
        row for (_, kind, _), row in (await house.rows()).items() if kind == "hold" and row["owner_id"] == seating.id
    ]
    assert {hold["table_id"] for hold in holds} == {t["T3"], t["T4"]}
    assert {hold["status"] for hold in holds} == {"active"}
    assert {hold["ends_at"] for hold in holds} == {msgspec.to_builtins(FRIDAY_19 + timedelta(minutes=105))}
    assert (await house.facts(done.seq))[-1] == "table.seated"


async def test_sc01_bad_cases(house):
    t = await a_room(house, ("T3", 4), ("T4", 4), ("T9", 4), accessible=["T4"])
    await joined(house, t["T3"], t["T4"])
    refused = await house.refused("seat_party", "not_joined", table_ids=[t["T3"], t["T9"]], covers=7)
    assert refused.message == "T3 and T9 cannot be pushed together."
    assert refused.retry == "never"
    for covers in (0, 21):
        assert (await house.refused("seat_party", table_ids=[t["T3"]], covers=covers)).field == "covers"
    assert (await house.refused("seat_party", "invalid", table_ids=[t["T3"]])).field == "covers"
    assert (await house.refused("seat_party", "not_found", table_ids=["nowhere"], covers=2)).field == "table_ids"
    await house.refused("seat_party", "too_small", table_ids=[t["T3"], t["T4"]], covers=9)
    await house.refused("seat_party", "not_accessible", table_ids=[t["T3"], t["T4"]], covers=7, flags=["step_free"])
    await house.done("set_table_status", table_id=t["T4"], status="out_of_service")
    blocked = await house.refused("seat_party", "table_blocked", table_ids=[t["T3"], t["T4"]], covers=7)
    assert blocked.message == "T4 is out of service."
    assert (await house.row("table", t["T3"])).status == "available"
    assert not [at for at in await house.rows() if at[1] in {"seating", "hold"}]


async def test_a_taken_table_says_by_whom_and_until_when(house):
    t = await a_room(house, ("T4", 4))
    first = await house.done("seat_party", table_ids=[t["T4"]], covers=4, name="Rossi", turn_min=75)
    refused = await house.refused("seat_party", "table_taken", table_ids=[t["T4"]], covers=2, anyway=True)
    assert refused.message == "T4 is taken by Rossi until about 20:15."
    assert refused.about.id == first.result["seating_id"]
    await house.pass_time(80)
    later = await house.refused("seat_party", "table_taken", table_ids=[t["T4"]], covers=2)
    assert later.message == "T4 is taken by Rossi, over since 20:15."


async def test_below_the_minimum_only_anyway(house):
    t = await a_room(house, ("T4", 6))
    refused = await house.refused("seat_party", "below_min", table_ids=[t["T4"]], covers=2)
    assert (refused.retry, refused.message) == ("anyway", "T4 is meant for 3 or more.")
    await house.done("seat_party", table_ids=[t["T4"]], covers=2, anyway=True)


async def test_a_dirty_table_is_not_seated_at(house):
    t = await a_room(house, ("T4", 4))
    sat = await house.done("seat_party", table_ids=[t["T4"]], covers=4)
    await house.done("clear_seating", seating_id=sat.result["seating_id"])
    await house.refused("seat_party", "table_to_clear", table_ids=[t["T4"]], covers=4)
    await house.done("set_table_status", table_id=t["T4"], status="available")
    await house.done("seat_party", table_ids=[t["T4"]], covers=4)


async def test_the_server_of_the_section_gets_the_party(house):
    t = await a_room(house, ("T4", 4))
    await house.done("put_section", name="Window", server_id="st_server", table_ids=[t["T4"]])
    sat = await house.done("seat_party", table_ids=[t["T4"]], covers=4)
    assert (await house.row("seating", sat.result["seating_id"])).server_id == "st_server"


async def test_the_same_key_seats_once(house):
    t = await a_room(house, ("T4", 4))
    one = await house.done("seat_party", key="tap-00001", table_ids=[t["T4"]], covers=4)
    two = await house.done("seat_party", key="tap-00001", table_ids=[t["T4"]], covers=4)
    assert one == two or one.result["seating_id"] == two.result["seating_id"]
    assert len([at for at in await house.rows() if at[1] == "seating"]) == 1


async def test_a_waiting_party_is_converted_and_comes_back_by_undo(house):
    t = await a_room(house, ("T4", 4))
    party = (await house.done("add_party", name="Rossi", covers=3, notes="window please")).result["party_id"]
    seen = await house.row("party", party)
    await house.refused("seat_party", "stale", table_ids=[t["T4"]], party_id=party, expect_version=seen.version + 1)
    done = await house.done("seat_party", table_ids=[t["T4"]], party_id=party, expect_version=seen.version)
    seating = await house.row("seating", done.result["seating_id"])
    assert (seating.name, seating.covers, seating.party_id, seating.notes) == ("Rossi", 3, party, "window please")
    assert await house.row("party", party) is None
    await house.refused("seat_party", "not_found", table_ids=[t["T4"]], party_id=party)
    await house.done("undo", seq=done.seq)
    assert await house.row("seating", seating.id) is None
    assert (await house.row("party", party)).status == "active"
    assert (await house.row("table", t["T4"])).status == "available"
    assert not [at for at in await house.rows() if at[1] == "hold"]
    await house.done("seat_party", table_ids=[t["T4"]], party_id=party)


async def test_an_accessible_party_needs_an_accessible_table(house):
    t = await a_room(house, ("T4", 4), ("T5", 4), accessible=["T5"])
    party = (await house.done("add_party", name="Rossi", covers=3, accessible=True)).result["party_id"]
    await house.refused("seat_party", "not_accessible", table_ids=[t["T4"]], party_id=party, anyway=True)
    done = await house.done("seat_party", table_ids=[t["T5"]], party_id=party)
    assert "step_free" in (await house.row("seating", done.result["seating_id"])).flags
    await house.refused("move_seating", "not_accessible", seating_id=done.result["seating_id"], table_ids=[t["T4"]])


async def a_booking(house, tables, minutes, *, covers=2, name="Bianchi", **more):
    done = await house.done(
        "book",
        name=name,
        covers=covers,
        starts_at=FRIDAY_19 + timedelta(minutes=minutes),
        table_ids=tables,
        phone="020 7946 0000",
        **more,
    )
    return done.result["booking_id"]


async def test_a_booking_takes_its_own_hold_with_it(house):
    t = await a_room(house, ("T4", 4))
    booking = await a_booking(house, [t["T4"]], 15)
    done = await house.done("seat_party", table_ids=[t["T4"]], booking_id=booking)
    assert (await house.row("booking", booking)).status == "seated"
    holds = [row for (_, kind, _), row in (await house.rows()).items() if kind == "hold"]
    assert [(hold["owner_id"], hold["status"]) for hold in holds] == [(booking, "active")]
    again = await house.refused("seat_party", "not_seatable", table_ids=[t["T4"]], booking_id=booking)
    assert again.message == "The booking of Bianchi is at a table already."
    await house.done("set_stage", seating_id=done.result["seating_id"], stage="served")
    assert (await house.row("booking", booking)).status == "dining"
    cleared = await house.done("clear_seating", seating_id=done.result["seating_id"])
    assert (await house.row("booking", booking)).status == "completed"
    await house.done("undo", seq=cleared.seq)
    assert (await house.row("booking", booking)).status == "dining"
    assert (await house.row("seating", done.result["seating_id"])).stage == "served"


async def test_a_gap_before_a_booking_warns_or_clips(house):
    t = await a_room(house, ("T4", 4), ("T5", 4))
    soon, later = await a_booking(house, [t["T4"]], 30), await a_booking(house, [t["T5"]], 60, name="Verdi")
    refused = await house.refused("seat_party", "booked_soon", table_ids=[t["T4"]], covers=4)
    assert (refused.retry, refused.message) == ("anyway", "T4 is booked for Bianchi at 19:30.")
    assert refused.about.owner_id == soon
    clipped = await house.done("seat_party", table_ids=[t["T5"]], covers=4)
    seating = await house.row("seating", clipped.result["seating_id"])
    assert seating.turn_by == FRIDAY_19 + timedelta(minutes=60)
    assert not (await house.row("booking", later)).unplaced
    done = await house.done("seat_party", table_ids=[t["T4"]], covers=4, anyway=True)
    assert (await house.row("booking", soon)).unplaced
    assert "reservation.unplaced" in await house.facts(done.seq)
    assert (await house.row("seating", done.result["seating_id"])).turn_by is None
    await house.done("undo", seq=done.seq)
    assert not (await house.row("booking", soon)).unplaced


async def test_anyway_for_another_reason_clips_instead_of_unplacing(house):
    t = await a_room(house, ("T6", 6))
    booking = await a_booking(house, [t["T6"]], 60, covers=5)
    done = await house.done("seat_party", table_ids=[t["T6"]], covers=2, anyway=True)
    assert not (await house.row("booking", booking)).unplaced
    assert (await house.row("seating", done.result["seating_id"])).turn_by == FRIDAY_19 + timedelta(minutes=60)


async def test_both_warnings_stand_in_one_refusal(house):
    t = await a_room(house, ("T6", 6))
    await a_booking(house, [t["T6"]], 20, covers=5)
    refused = await house.refused("seat_party", "booked_soon", table_ids=[t["T6"]], covers=2)
    assert refused.message == "T6 is booked for Bianchi at 19:20. T6 is meant for 3 or more."


async def test_another_days_booking_is_not_seated(house):
    t = await a_room(house, ("T4", 4))
    booking = await a_booking(house, [t["T4"]], 24 * 60)
    await house.refused("seat_party", "another_day", table_ids=[t["T4"]], booking_id=booking)


async def test_either_a_party_or_a_booking(house):
    t = await a_room(house, ("T4", 4))
    refused = await house.refused("seat_party", "invalid", table_ids=[t["T4"]], party_id="a", booking_id="b")
    assert refused.field == "booking_id"


async def test_twenty_hosts_one_table(house):
    t = await a_room(house, ("T4", 4))
    wishes = [  # straight at the door: they come all at once, the kit looks at one after another
        SeatParty(site_id=SITE, key=f"together-{n}", table_ids=[t["T4"]], covers=4, name=f"Party {n}") for n in range(20)
    ]
    answers = await asyncio.gather(*(house.commands.give(HOST, wish) for wish in wishes))
    done = [answer for answer in answers if isinstance(answer, Done)]
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert (len(done), len(refused)) == (1, 19)
    assert {answer.reason for answer in refused} == {"table_taken"}
    assert {answer.about.id for answer in refused} == {done[0].result["seating_id"]}
    assert len([at for at in await house.rows() if at[1] == "seating"]) == 1


async def test_the_database_is_the_second_lock(house):
    t = await a_room(house, ("T4", 4))
    sat = (await house.done("seat_party", table_ids=[t["T4"]], covers=4)).result["seating_id"]
    with pytest.raises(asyncpg.UniqueViolationError) as clash:
        await house.pool.execute(
            "INSERT INTO seating_table (site_id, seating_id, table_id, since) VALUES ($1, 'other', $2, now())", SITE, t["T4"]
        )
    assert clash.value.constraint_name in TAKEN
    assert sat


async def test_the_line_moves_after_a_seating_and_by_nothing_of_its_own(house):
    t = await a_room(house, ("1", 2))
    party = (await house.done("add_party", name="A", covers=2)).result["party_id"]
    done = await house.done("seat_party", table_ids=[t["1"]], covers=2)
    heard = [{"fact": fact} for fact in await house.facts(done.seq)]
    assert refresh_waiting.heard_in(heard) == heard
    await refresh_waiting.react(house.house, SITE, done.seq, heard)
    wait = await house.row("wait", party)
    assert (wait.position, wait.ready_at) == (1, FRIDAY_19 + timedelta(minutes=105))
    assert refresh_waiting.heard_in([{"fact": "waitlist.reordered"}]) == []
    seq = await house.pool.fetchval("SELECT seq FROM site_head WHERE site_id = $1", SITE)
    await refresh_waiting.react(house.house, SITE, done.seq, heard)  # heard again after a crash
    assert seq == await house.pool.fetchval("SELECT seq FROM site_head WHERE site_id = $1", SITE)


async def test_what_lasts_about_a_guest_is_on_the_tables_card(house):
    """Allergies first; and they stay when two parties become one, however many flags that makes."""
    t = await a_room(house, ("1", 4), ("2", 4))
    await joined(house, t["1"], t["2"])
    manager, phone = Actor.staff("st_manager"), "+44 20 7946 0001"
    await house.done("add_guest", actor=manager, name="Rossi", phone=phone, flags=["nut_allergy", "vegan"])
    booking = (
        await house.done(
            "book", name="Rossi", covers=2, starts_at=FRIDAY_19, table_ids=[t["1"]], phone=phone, flags=["birthday", "vegan"]
        )
    ).result["booking_id"]
    first = (await house.done("seat_party", booking_id=booking, table_ids=[t["1"]], flags=["window"])).result["seating_id"]
    assert (await house.row("seating", first)).flags == ["nut_allergy", "vegan", "birthday", "window"]
    guest = await house.pool.fetchval("SELECT guest_id FROM seating WHERE id = $1", first)
    assert guest == (await house.row("booking", booking)).guest_id
    many = [f"flag{number}" for number in range(12)]
    other = (await house.done("seat_party", table_ids=[t["2"]], covers=2, flags=many)).result["seating_id"]
    merged = await house.done("merge_seatings", from_id=first, into_id=other)
    assert (await house.row("seating", other)).flags == [*many, "nut_allergy", "vegan", "birthday", "window"]
    assert await house.pool.fetchval("SELECT guest_id FROM seating WHERE id = $1", other) == guest
    await house.done("undo", seq=merged.seq)
    assert await house.pool.fetchval("SELECT guest_id FROM seating WHERE id = $1", other) is None
    assert (await house.row("seating", first)).booking_id == booking


async def test_a_booking_dines_from_the_first_stage_on_and_is_over_from_either(house):
    t = await a_room(house, ("1", 4))
    for stage in ("ordered", None):
        made = await house.done("book", name="A", covers=2, starts_at=house.now, table_ids=[t["1"]])
        booking = made.result["booking_id"]
        seating = (await house.done("seat_party", booking_id=booking, table_ids=[t["1"]])).result["seating_id"]
        assert (await house.row("booking", booking)).status == "seated"
        if stage:
            done = await house.done("set_stage", seating_id=seating, stage=stage)
            assert (await house.row("booking", booking)).status == "dining"
            await house.done("undo", seq=done.seq)
            assert (await house.row("booking", booking)).status == "seated"
            await house.done("set_stage", seating_id=seating, stage=stage)
        cleared = await house.done("clear_seating", seating_id=seating)
        assert (await house.row("booking", booking)).status == "completed"
        await house.done("undo", seq=cleared.seq)
        assert (await house.row("booking", booking)).status == ("dining" if stage else "seated")
        await house.done("clear_seating", seating_id=seating)
        await house.done("set_table_status", table_id=t["1"], status="available")
