"""A time kept while its booking is filled in (F-AVL-12): invisible to others, the booking's in the end, or free again."""

from datetime import timedelta

import asyncpg
import pytest

from hub.core.actor import HOUSE, Actor
from hub.core.timers import Timers
from hub.holds import checkouts
from schemas.base import Done
from tests.hub.holds.at_work import at_work
from tests.hub.reservations.book import GUEST, MANAGER, PHONE, at, booked, held, policy
from tests.kit import SITE, a_room

OTHER = Actor.staff("st_manager")


async def keep(house, minutes=60, **args):
    return (await house.done("hold_slot", **({"covers": 4, "starts_at": at(house, minutes)} | args))).result


async def state(house, checkout_id):
    return await house.pool.fetchval("SELECT status FROM checkout WHERE id = $1", checkout_id)


async def fire(house):
    """Every timer that is due, as the worker would."""
    fired = 0
    for timer in await house.pool.fetch("SELECT id FROM timer WHERE state = 'armed' AND due_at <= $1", house.now):
        await Timers(house.pool, house.dsn, house.clock, house.commands.give).fire(timer["id"])
        fired += 1
    return fired


async def test_a_kept_time_is_nobody_elses_and_comes_back_after_ten_minutes(house):
    tables = await a_room(house, ("T1", 4))
    kept = await keep(house)
    assert (kept["table_ids"], kept["warnings"]) == ([tables["T1"]], [])
    assert kept["expires_at"] == (house.now + timedelta(minutes=10)).isoformat().replace("+00:00", "Z")
    eight = house.now + timedelta(minutes=60)
    wish = {"covers": 4, "starts_at": eight.isoformat(), "actor": OTHER}
    for waited in (0, 9 * 60 + 59):
        await house.set_now(house.now + timedelta(seconds=waited))
        refused = await house.refused("book", "full", name="Wang", **wish)
        assert all(other.starts_at >= eight + timedelta(minutes=105) for other in refused.about)
        await house.refused("hold_slot", "full", **wish)
    assert await fire(house) == 0
    await house.set_now(house.now + timedelta(seconds=1))
    assert await fire(house) == 1
    assert await state(house, kept["checkout_id"]) == "expired"
    assert await fire(house) == 0, "exactly once"
    assert isinstance(await house.give("book", name="Wang", **wish), Done)


async def test_its_booking_takes_it_over_in_the_same_commit(house):
    tables = await a_room(house, ("T1", 4), ("T2", 4))
    kept = await keep(house, table_ids=[tables["T2"]])
    done = await house.done("book", name="Silva", covers=4, starts_at=at(house, 60), phone=PHONE, checkout_id=kept["checkout_id"])
    assert done.result["table_ids"] == [tables["T2"]], "the best one would be another"
    assert set(await held(house, done.result["booking_id"])) == {tables["T2"]}
    assert "availability.hold_released" in await house.facts(done.seq)
    assert await state(house, kept["checkout_id"]) == "taken"
    assert await house.pool.fetchval("SELECT count(*) FROM timer WHERE state = 'armed' AND subject LIKE 'checkout:%'") == 0
    await house.done("undo", seq=done.seq)
    assert await house.pool.fetchval("SELECT count(*) FROM hold WHERE status = 'held'") == 0, "nobody fills it in any more"


@pytest.mark.parametrize("changed", [{"covers": 6}, {"starts_at": 90}, {"duration_min": 60}, {"accessible": True}])
async def test_a_wish_that_changed_gets_what_suits_it_now(house, changed):
    tables = await a_room(house, ("T1", 4), ("T2", 6), accessible=["T2"])
    kept = await keep(house)
    assert kept["table_ids"] == [tables["T1"]]
    wish = {"name": "Silva", "covers": 4, "phone": PHONE} | changed
    wish["starts_at"] = at(house, changed.get("starts_at", 60))
    done = await house.done("book", **wish, checkout_id=kept["checkout_id"])
    wanted = "T2" if changed.keys() & {"covers", "accessible"} else "T1"
    assert (done.result["table_ids"], done.result["warnings"]) == ([tables[wanted]], [])
    rows = await house.pool.fetch("SELECT table_id FROM hold WHERE status = 'held'")
    assert [row["table_id"] for row in rows] == [tables[wanted]], "what was kept is free"


async def test_a_refused_booking_keeps_its_time(house):
    await a_room(house, ("T1", 4))
    kept = await keep(house)
    await house.refused("book", "full", name="Many", covers=9, starts_at=at(house, 60), checkout_id=kept["checkout_id"])
    assert await state(house, kept["checkout_id"]) == "held"
    await house.refused("book", "full", actor=OTHER, name="Wang", covers=4, starts_at=at(house, 60))


async def test_it_counts_until_its_end_whatever_its_timer_did(house):
    """The house was down when it ended: nobody has it any more, and the booking is told."""
    tables = await a_room(house, ("T1", 4), ("T2", 4))
    kept = await keep(house, table_ids=[tables["T2"]])
    await house.pass_time(10)
    done = await house.done("book", name="Silva", covers=4, starts_at=at(house, 50), phone=PHONE, checkout_id=kept["checkout_id"])
    assert done.result["table_ids"] == [tables["T1"]]
    assert done.result["warnings"] == ["The time was not kept any more; its tables were looked for anew."]
    assert await fire(house) == 0
    again = await house.done(
        "book", name="Wang", covers=2, starts_at=at(house, 50), phone="+44 20 7946 0001", checkout_id=kept["checkout_id"]
    )
    assert again.result["warnings"] == done.result["warnings"]


async def test_it_is_let_go_of_by_hand_also_twice_and_after_a_restart(house):
    await a_room(house, ("T1", 4))
    kept = await keep(house)
    done = await house.done("release_slot", checkout_id=kept["checkout_id"])
    assert await house.facts(done.seq) == ["availability.hold_released"]
    again = await house.done("release_slot", checkout_id=kept["checkout_id"])
    assert await house.facts(again.seq) == []
    await booked(house)
    await house.refused("release_slot", "not_found", checkout_id="nothing")
    await house.pass_time(24 * 60 + 11)
    await keep(house)
    await house.refused("release_slot", "not_found", checkout_id=kept["checkout_id"])
    await house.refused("book", "not_found", name="X", covers=2, starts_at=at(house, 300), checkout_id="nothing")


async def test_a_late_or_early_timer_ends_nothing(house):
    await a_room(house, ("T1", 4), ("T2", 4))
    kept = await keep(house)
    await house.refused("expire_checkout", "too_early", checkout_id=kept["checkout_id"])
    await house.done("release_slot", checkout_id=kept["checkout_id"])
    await house.pass_time(11)
    await house.refused("expire_checkout", "checkout_over", checkout_id=kept["checkout_id"])


async def test_nobody_keeps_more_than_a_few(house):
    await a_room(house, *((f"T{number}", 4) for number in range(1, 6)))
    kept = [await keep(house) for _ in range(3)]
    await house.refused("hold_slot", "too_many_held", covers=4, starts_at=at(house, 60))
    await keep(house, actor=OTHER)
    await house.done("release_slot", checkout_id=kept[0]["checkout_id"])
    await keep(house)
    await house.pass_time(10)  # they end by themselves, timer or not
    assert isinstance(await house.give("hold_slot", covers=4, starts_at=at(house, 300)), Done)
    await policy(house, "booking.checkouts_max", 1)
    await house.refused("hold_slot", "too_many_held", covers=4, starts_at=at(house, 300))


async def test_it_is_refused_as_its_booking_would_be_but_asks_nothing_of_the_guest(house):
    await a_room(house, ("T1", 4), ("T2", 4))
    await house.done("set_special_day", actor=MANAGER, kind="closed", title="Rest", first_day="2026-11-21")
    refused = await house.refused("hold_slot", "closed", covers=4, starts_at=at(house, 24 * 60), source="web")
    assert refused.field == "starts_at" and refused.about
    assert (await keep(house, 24 * 60))["warnings"] == ["The house is closed on Saturday 21 November: Rest."]
    await house.refused("hold_slot", "past", covers=4, starts_at=at(house, -60))
    await house.refused("hold_slot", "unknown_area", covers=4, starts_at=at(house, 60), area_id="nowhere")
    await house.refused("hold_slot", "forbidden", covers=4, starts_at=at(house, 60), actor=Actor.staff("st_server"))
    await keep(house, source="web")


async def test_covers_that_are_being_filled_in_count_for_their_time(house):
    await a_room(house, ("T1", 4), ("T2", 4))
    await house.done("set_slot_rule", actor=MANAGER, weekdays=[5], from_time="18:00", until_time="22:00", covers_max=4)
    kept = await keep(house)
    refused = await house.refused("hold_slot", "slot_full", actor=OTHER, covers=2, starts_at=at(house, 60), source="web")
    assert refused.about
    done = await house.done("book", name="Silva", covers=4, starts_at=at(house, 60), phone=PHONE, checkout_id=kept["checkout_id"])
    assert done.result["warnings"] == [], "it does not stand in its own way"


async def test_a_guest_has_only_their_own_and_hears_no_tables(house):
    await a_room(house, ("T1", 4))
    from hub.reservations.kept import hold_slot
    from schemas.reservations import HoldSlot

    async with at_work(house) as work:
        work.actor = GUEST
        wish = HoldSlot(site_id=SITE, key="guests-0001", covers=4, starts_at=house.now + timedelta(minutes=60), source="web")
        kept = await hold_slot(work, wish)
        assert (kept.table_ids, kept.warnings) == ([], [])
    async with at_work(house) as work:
        work.actor = Actor.guest("somebody-else-here")
        assert (await checkouts.of(work, kept.checkout_id)).reason == "not_found"
        work.actor = HOUSE
        assert (await checkouts.of(work, kept.checkout_id)).stands(house.now)


async def test_the_database_keeps_two_from_keeping_one_table(house):
    """The second lock on the same door."""
    tables = await a_room(house, ("T1", 4))
    await keep(house)
    with pytest.raises(asyncpg.ExclusionViolationError):
        await house.pool.execute(
            "INSERT INTO hold SELECT site_id, 'h2', owner_kind, 'c2', table_id, service_date, starts_at, during, reserved_from"
            " FROM hold WHERE table_id = $1", tables["T1"],
        )  # fmt: skip
