"""A guest's card and their bookings: what is told today stands on tomorrow's booking; two records become one."""

import asyncio

from hub.bookings import actions as bookings
from hub.bookings import views as book
from hub.reservations.reactions import refresh_bookings
from tests.hub.reservations.book import MANAGER, PHONE, a_guest, booked
from tests.kit import SITE, a_room


async def hear(house, done):
    """The reaction to a command, run as the house runs it, twice: heard twice is done once."""
    facts = await house.pool.fetchval("SELECT facts FROM journal WHERE site_id = $1 AND seq = $2", SITE, done.seq)
    for _ in range(2):
        await refresh_bookings.react(house, SITE, done.seq, [fact for fact in facts if fact["fact"] in refresh_bookings.hears])


async def test_an_allergy_told_today_stands_on_tomorrows_booking(house):
    await a_room(house, ("T1", 4), ("T2", 4))
    guest = await a_guest(house)
    tomorrow = await booked(house, 24 * 60, phone=PHONE)
    stranger = await booked(house, 24 * 60, name="Wang")
    before = await house.row("booking", stranger.booking_id)
    await hear(house, await house.done("edit_guest", guest_id=guest, flags=["nut_allergy"]))
    row = await house.row("booking", tomorrow.booking_id)
    assert (row.guest_flags, row.flags) == (["nut_allergy"], [])
    assert await house.row("booking", stranger.booking_id) == before
    version = row.version
    await hear(house, await house.done("edit_guest", guest_id=guest, notes="likes the corner"))
    assert (await house.row("booking", tomorrow.booking_id)).version == version, "nothing that stands on bookings changed"


async def test_yesterdays_booking_says_what_was_known_then(house):
    await a_room(house, ("T1", 4))
    guest = await a_guest(house)
    past = await booked(house, phone=PHONE)
    await house.pass_time(24 * 60)
    await hear(house, await house.done("edit_guest", guest_id=guest, flags=["nut_allergy"]))
    assert (await house.row("booking", past.booking_id)).guest_flags == []


async def test_a_merge_hands_over_every_booking(house):
    await a_room(house, ("T1", 4), ("T2", 4))
    keep = await a_guest(house, flags=["vip"])
    gone = await a_guest(house, name="A. Silva", phone="+44 20 7946 0001", flags=["gluten"])
    past = await booked(house, phone="+44 20 7946 0001")
    deleted = await booked(house, 200, phone="+44 20 7946 0001")
    await house.done("delete_booking", actor=MANAGER, booking_id=deleted.booking_id, reason="made by mistake")
    await house.pass_time(2 * 24 * 60)
    to_come = await booked(house, phone="+44 20 7946 0001")
    # the replica law over past days and days to come is checked by the kit for the command itself
    done = await house.done("merge_guests", actor=MANAGER, keep_id=keep, gone_id=gone)
    await house.done("refresh_guest", guest_id=keep, gone_id=gone)
    await hear(house, done)
    ours = await book.by_guest(house.pool, SITE, keep)
    assert {row.id for row in ours} == {past.booking_id, to_come.booking_id}
    assert await book.by_guest(house.pool, SITE, gone) == []
    assert set((await house.row("booking", to_come.booking_id)).guest_flags) == {"vip", "gluten"}
    await house.done("restore_booking", actor=MANAGER, booking_id=deleted.booking_id)
    assert (await house.row("booking", deleted.booking_id)).guest_id == keep


async def test_a_guest_of_a_hundred_bookings(house, monkeypatch):
    """Many at once are read anew by screens; the law holds all the same."""
    await a_room(house, ("T1", 4))
    monkeypatch.setattr(bookings, "PATCHED_MAX", 3)
    guest = await a_guest(house)
    ids = [(await booked(house, 24 * 60 * day, phone=PHONE)).booking_id for day in range(1, 6)]
    done = await house.done("edit_guest", guest_id=guest, flags=["fish"])
    await hear(house, done)
    rows = [await house.row("booking", booking_id) for booking_id in ids]
    assert {tuple(row.guest_flags) for row in rows} == {("fish",)}
    published = await house.pool.fetch("SELECT data FROM publication WHERE seq > $1 AND site_id = $2", done.seq, SITE)
    assert published and all(b'"reset"' in record["data"] for record in published)


async def test_a_card_nobody_has_here_changes_nothing(house):
    await a_room(house, ("T1", 4))
    await booked(house, phone=PHONE)
    before = await house.rows()
    done = await house.done("refresh_guest", guest_id="nobody")
    assert await house.facts(done.seq) == []
    after = await house.rows()
    assert {at: row for at, row in after.items() if at[0] != "seq"} == {at: row for at, row in before.items() if at[0] != "seq"}


async def test_how_often_a_guest_was_here_follows_and_stands_in_the_way_of_nothing(house):
    """The evening that made the count is not changed by it, so that clearing its table can be taken back."""
    tables = await a_room(house, ("T1", 4))
    guest = await a_guest(house)
    tonight, next_week = await booked(house, 0, phone=PHONE), await booked(house, 7 * 24 * 60, phone=PHONE)
    seated = await house.done("seat_party", booking_id=tonight.booking_id, table_ids=[tables["T1"]])
    cleared = await house.done("clear_seating", seating_id=seated.result["seating_id"])
    counted = await house.done("recount_guests", guest_ids=[guest])
    await hear(house, counted)
    assert (await house.row("booking", next_week.booking_id)).guest_visits == 1
    assert (await house.row("booking", tonight.booking_id)).guest_visits == 0
    await house.done("undo", seq=cleared.seq)
    await hear(house, await house.done("recount_guests", guest_ids=[guest]))
    assert (await house.row("booking", next_week.booking_id)).guest_visits == 0


async def test_the_house_does_so_by_itself(served):
    house = served.house
    await a_room(house, ("T1", 4))
    guest = await a_guest(house)
    result = await booked(house, phone=PHONE)
    await house.done("edit_guest", guest_id=guest, flags=["sesame"])
    for _ in range(200):  # 10 s: far longer than it ever takes
        row = await house.row("booking", result.booking_id)
        if row.guest_flags == ["sesame"]:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(row)
