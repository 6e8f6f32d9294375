"""Bookings in a real house: stamps, codes, losing and finding a table."""

import pytest

from hub.bookings import actions, rules, views
from hub.holds import actions as holds
from schemas.base import Refused
from tests.hub.holds.at_work import at_work
from tests.kit import SITE, a_room


async def a_booking(house, **fields):
    async with at_work(house) as work:
        said = {"name": "Silva", "covers": 4, "starts_at": house.now, "duration_min": 90, "source": "phone"} | fields
        return await actions.create(work, **said)


async def moved(house, booking, to, **fields):
    async with at_work(house) as work:
        return await actions.set_status(work, booking.id, to, **fields)


async def stamp(house, booking, column):
    return await house.pool.fetchval(f"SELECT {column} FROM booking WHERE id = $1", booking.id)


async def test_each_move_stamps_what_it_means(house):
    booking = await a_booking(house)
    here = await moved(house, booking, "arrived", arrival="bar")
    assert (here.status, here.arrived_at, here.arrival, here.version) == ("arrived", house.now, "bar", 2)
    came = house.now
    await house.pass_time(10)
    sat = await moved(house, booking, "seated")
    assert (sat.arrived_at, sat.arrival) == (came, "bar")
    await house.pass_time(80)
    await moved(house, booking, "completed")
    assert await stamp(house, booking, "departed_at") == house.now
    refused = await moved(house, booking, "seated")
    assert refused.reason == "illegal_move"
    assert (await views.booking(house.pool, SITE, booking.id)).version == 4


async def test_a_party_seated_at_once_has_arrived(house):
    booking = await a_booking(house)
    assert (await moved(house, booking, "seated")).arrived_at == house.now


async def test_cancelling_and_missing_keep_their_reasons(house):
    gone = await a_booking(house, name="Rossi")
    await moved(house, gone, "cancelled", reason="ill")
    assert (await stamp(house, gone, "cancelled_at"), await stamp(house, gone, "cancel_reason")) == (house.now, "ill")
    missing = await a_booking(house)
    await moved(house, missing, "no_show", reason="no answer on the phone")
    assert await stamp(house, missing, "no_show_reason") == "no answer on the phone"


async def test_a_no_show_is_let_in_for_half_an_hour(house):
    early, late = await a_booking(house), await a_booking(house)
    for booking in (early, late):
        await moved(house, booking, "no_show")
    await house.pass_time(30)
    assert (await moved(house, early, "arrived")).status == "arrived"
    await house.pass_time(1)
    assert (await moved(house, late, "arrived")).reason == "too_late"


async def test_a_clashing_code_is_tried_again(house, monkeypatch):
    codes = iter(["AAAAAA", "AAAAAA", "AAAAAA", "BBBBBB"])
    monkeypatch.setattr(rules, "code_from", lambda _: next(codes))
    assert (await a_booking(house)).code == "AAAAAA"
    assert (await a_booking(house)).code == "BBBBBB"


async def test_codes_do_not_run_out_silently(house, monkeypatch):
    monkeypatch.setattr(rules, "code_from", lambda _: "AAAAAA")
    await a_booking(house)
    with pytest.raises(RuntimeError):
        await a_booking(house)


async def test_an_imported_code_is_kept_or_refused(house):
    assert (await a_booking(house, code="OLD-1")).code == "OLD-1"
    refused = await a_booking(house, code="OLD-1")
    assert (refused.reason, refused.field) == ("code_taken", "code")


async def test_losing_a_table_and_finding_one(house):
    tables = await a_room(house, ("T1", 4))
    table = tables["T1"]
    booking = await a_booking(house, table_ids=[table])
    assert not booking.unplaced
    async with at_work(house) as work:
        await holds.hold(
            work,
            owner_kind="booking",
            owner_id=booking.id,
            table_ids=[table],
            starts_at=booking.starts_at,
            ends_at=booking.ends_at,
        )
    async with at_work(house) as work:
        lost = await actions.unplace(work, booking.id)
        (fact,) = work.facts
    assert lost.unplaced
    assert fact.table_ids == [table]
    async with at_work(house) as work:
        await actions.placed(work, booking.id, [table])
    found = await views.booking(house.pool, SITE, booking.id)
    assert (found.unplaced, found.version) == (False, 3)
    await moved(house, booking, "seated")
    async with at_work(house) as work:
        assert isinstance(await actions.unplace(work, booking.id), Refused)


async def test_a_cancelled_booking_wants_no_table(house):
    booking = await a_booking(house)
    assert booking.unplaced
    assert not (await moved(house, booking, "cancelled")).unplaced


async def test_nobody_moves_a_booking_that_is_not_there(house):
    async with at_work(house) as work:
        refused = await actions.set_status(work, "nope", "arrived")
    assert (refused.code, refused.field) == ("not_found", "booking_id")
