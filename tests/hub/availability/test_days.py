"""The days to come as bits: kept up from the journal they are what they would be if built anew; the grid; the calendar."""

import random
from contextlib import aclosing
from datetime import timedelta

from hub.availability import days as days_module
from hub.core.actor import Actor
from schemas.base import Done
from tests.hub.availability.evening import booked, states, the_day, thinking
from tests.kit import FRIDAY_19, SITE, a_room, joined

AT_20 = FRIDAY_19 + timedelta(hours=1)
MANAGER = Actor.staff("st_manager")


async def kept_days(house):
    async with house.pool.acquire() as db, db.transaction(isolation="repeatable_read", readonly=True):
        return await house.house.days.at(house.house, db, SITE)


async def built_anew(house, kept):
    async with house.pool.acquire() as db, db.transaction(isolation="repeatable_read", readonly=True):
        seq = await db.fetchval("SELECT seq FROM site_head WHERE site_id = $1", SITE)
        return await days_module.build(db, SITE, seq=seq, today=kept.first, policies=kept.policies)


async def test_kept_from_the_journal_they_are_what_they_would_be_built_anew(house, monkeypatch):
    """A random day of a house: books, moves, seats, clears, cancels, undoes, joins tables, takes them out of service."""
    await thinking(house, monkeypatch, "plain")
    t = await a_room(house, ("1", 2), ("2", 2), ("3", 4), ("4", 6))
    await joined(house, t["1"], t["2"])
    first = await kept_days(house)
    dice, parties = random.Random(7), []
    first_of_each = ("seat", "clear", "book", "edit", "move", "book", "cancel", "book", "undo", "hold", "door")
    for step, what in enumerate((*first_of_each, *dice.choices((*first_of_each, "book", "book"), k=14))):
        live = await house.pool.fetch("SELECT id FROM booking WHERE status = 'confirmed' ORDER BY name, starts_at")
        one = dice.choice(live)["id"] if live else None
        answer = None
        if what == "book":
            at = FRIDAY_19 + timedelta(days=dice.choice((0, 0, 1, 30)), minutes=15 * dice.randint(0, 12))
            answer = await house.give("book", name=f"B{step}", covers=dice.randint(1, 6), starts_at=at)
        elif what == "edit" and one:
            answer = await house.give("edit_booking", booking_id=one, duration_min=dice.choice((60, 75)))
        elif what == "move" and one:
            answer = await house.give("reschedule_booking", booking_id=one, starts_at=AT_20 + timedelta(days=2))
        elif what == "cancel" and one:
            answer = await house.give("cancel_booking", booking_id=one)
        elif what == "seat":
            answer = await house.give("seat_party", table_ids=[t[dice.choice("1234")]], covers=2)
            if isinstance(answer, Done):
                parties.append(await house.pool.fetchval("SELECT id FROM seating ORDER BY seated_at DESC, id DESC LIMIT 1"))
        elif what == "clear" and parties:
            answer = await house.give("clear_seating", seating_id=parties.pop())
        elif what == "hold":
            answer = await house.give("hold_slot", covers=2, starts_at=AT_20 + timedelta(days=1))
        elif what == "door":
            answer = await house.give("add_party", name=f"D{step}", covers=2)
        elif what == "undo":
            last = await house.pool.fetchval("SELECT max(seq) FROM journal WHERE command = 'book' AND site_id = $1", SITE)
            answer = await house.give("undo", seq=last) if last else None
        if answer is None:
            continue
        kept = await kept_days(house)
        assert kept is first, "who sits where needs no days built anew"
        assert kept.days.same_as((await built_anew(house, kept)).days), (step, what, answer)
    assert {record[0] for record in await house.pool.fetch("SELECT DISTINCT command FROM journal")} >= {
        "book", "edit_booking", "reschedule_booking", "cancel_booking", "seat_party", "clear_seating", "hold_slot", "undo",
    }  # fmt: skip
    for name, args in (
        ("set_table_status", {"table_id": t["4"], "status": "out_of_service"}),
        ("set_policy", {"actor": MANAGER, "policy": "dining.buffer_min", "value": 0}),
        ("set_weather", {"starts_at": FRIDAY_19, "ends_at": AT_20}),
        ("set_slot", {"actor": MANAGER, "on": "2026-11-21", "at": "19:00", "active": False}),
    ):
        await house.done(name, **args)
        before = kept
        kept = await kept_days(house)
        assert kept is not before and kept.days.same_as((await built_anew(house, kept)).days), name


async def test_a_90_minute_booking_blocks_its_table_until_the_buffer_is_over(served, monkeypatch):
    """F-AVL-01: 19:00 for 90 minutes blocks until 20:45; buffer 15 → 0 opens one more slot."""
    house = served.house
    await thinking(house, monkeypatch)
    await house.set_now(FRIDAY_19 - timedelta(hours=4))
    t = await a_room(house, ("1", 2))
    await booked(house, "Li", t["1"], covers=2, at=FRIDAY_19)
    async with aclosing(await served.signed_in("host")) as host:
        day = await the_day(host, date="2026-11-20", covers=2)
        full = [at for at, state in states(day).items() if state == "full"]
        assert (full[0], full[-1], len(full)) == ("17:30", "20:30", 13)
        assert states(day)["20:45"] == "free" and states(day)["14:45"] == "closed"  # that one is over
        assert all(slot["exact"] for slot in day["slots"])
        slot = next(slot for slot in day["slots"] if slot["at"] == "19:00")
        assert (slot["covers_left"], slot["flags"]) == (0, [])
        await house.done("set_policy", actor=MANAGER, policy="dining.buffer_min", value=0)
        await house.done("cancel_booking", booking_id=(await house.pool.fetchval("SELECT id FROM booking")))
        await house.pass_time(1)
        await house.done("release_opening", owner_id=await house.pool.fetchval("SELECT id FROM booking"))
        await booked(house, "Li", t["1"], covers=2, at=FRIDAY_19)
        day = await the_day(host, date="2026-11-20", covers=2)
        full = [at for at, state in states(day).items() if state == "full"]
        assert (full[0], full[-1], len(full)) == ("17:45", "20:15", 11)  # one more behind it, one more before it


async def test_the_calendar_shows_load_closures_and_whether_anything_is_open(served, monkeypatch):
    """F-AVL-06, F-AVL-07."""
    house = served.house
    await thinking(house, monkeypatch)
    t = await a_room(house, ("1", 2), ("2", 4))
    await house.done(
        "set_special_day", actor=MANAGER, kind="closed", title="Christmas", first_day="2026-12-25", last_day="2026-12-25"
    )
    await house.done("set_special_day", actor=MANAGER, kind="event", title="Jazz", first_day="2026-11-24", last_day="2026-11-24")
    for minutes in range(0, 12 * 60, 105):
        at = FRIDAY_19.replace(hour=12) + timedelta(days=1, minutes=minutes)
        if at < FRIDAY_19.replace(hour=23, minute=30) + timedelta(days=1):
            await booked(house, f"B{minutes}", t["2"], covers=4, at=at)
    async with aclosing(await served.signed_in("kitchen")) as cook:

        async def days(**query):
            answer = await cook.get("/api/sites/s1/calendar", params=query, timeout=240)
            assert answer.status_code == 200, answer.text
            return {day["on"]: day for day in answer.json()["days"]}

        four = await days(covers=4, days=40)
        assert len(four) == 40 and four["2026-11-20"]["open"] and not four["2026-11-20"]["weekend"]
        saturday = four["2026-11-21"]
        assert (saturday["open"], saturday["weekend"], saturday["popular"]) == (False, True, True)
        assert 0.6 < saturday["load"] < 0.7  # four of six seats, all day
        assert (four["2026-12-25"]["closed"], four["2026-12-25"]["open"], four["2026-12-25"]["title"]) == (True, False, "Christmas")
        assert four["2026-11-24"]["popular"] and four["2026-11-24"]["load"] == 0
        assert (await days(covers=2, **{"from": "2026-11-21"}, days=1))["2026-11-21"]["open"]
        day = (await cook.get("/api/sites/s1/availability", params={"date": "2026-12-25"}, timeout=240)).json()
        assert (day["closed"], day["slots"]) == ("Christmas", []) and day["alternatives"]
        assert not any(other["table_ids"] for other in day["alternatives"])
        far = await cook.get("/api/sites/s1/calendar", params={"from": "2036-01-01"})
        assert (far.status_code, far.json()["field"]) == (422, "date")


async def test_a_terrace_with_hours_of_its_own_takes_whom_it_seats_while_it_is_open(served, monkeypatch):
    """Before the house opens only the terrace takes anybody; guests have left when it closes, the cleaning goes on."""
    house = served.house
    await thinking(house, monkeypatch)
    await house.set_now(FRIDAY_19 - timedelta(hours=11))
    await a_room(house, ("1", 4))
    hours = {str(day): ["10:00", "23:30"] for day in range(1, 8)}
    area = (await house.done("put_area", actor=MANAGER, name="Terrace", kind="patio", hours=hours)).result["area_id"]
    await house.done(
        "put_table", actor=MANAGER, area_id=area, number="T", min_covers=1, max_covers=2, x=0.0, y=200.0, features=[]
    )
    async with aclosing(await served.signed_in("host")) as host:
        one, four = [states(await the_day(host, date="2026-11-20", covers=covers)) for covers in (1, 4)]
    assert (one["10:00"], one["12:00"], one["22:00"], one["22:15"]) == ("free", "free", "free", "full")
    assert (four["10:00"], four["11:45"], four["12:00"], four["23:15"]) == ("full", "full", "free", "free")
    at_10 = FRIDAY_19.replace(hour=10)
    await house.refused("book", "full", name="Four", covers=4, starts_at=at_10)
    for at in (at_10, FRIDAY_19.replace(hour=22)):
        await house.done("book", name="One", covers=1, starts_at=at)
    late = await house.done("book", name="Late", covers=1, starts_at=FRIDAY_19.replace(hour=22, minute=15))
    assert late.result["warnings"] == ["Table 1 is meant for 2 or more."]  # offered to nobody: the host's own choice
