"""Rules A5 on the house's own clock: offers, answers, misses, and the next in line."""

from datetime import timedelta

import pytest

from hub.core.actor import Actor
from hub.core.clock import Pace, wall_now
from hub.house import House
from schemas.base import Done
from tests.hub.waitlist.evening import (
    AT_20,
    at_door,
    booked,
    for_time,
    given_back,
    offer_of,
    said,
    stored_offers,
    strike,
    window,
)
from tests.kit import FRIDAY_19, SITE, a_room, joined

MANAGER = Actor.staff("st_manager")
PHONE = "+44 20 7946 0001"


async def policy(house, name, value):
    await house.done("set_policy", actor=MANAGER, policy=name, value=value)


# ---- at the door


async def test_a_party_is_offered_the_best_table_and_it_is_kept(house):
    t = await a_room(house, ("1", 2), ("2", 4))
    party = await at_door(house, "Rossi", phone=PHONE)
    done = await house.done("notify_party", party_id=party)
    offer = await house.row("offer", done.result["offer_id"])
    assert (offer.table_ids, offer.status, offer.party_id) == ([t["1"]], "sent", party)
    assert offer.expires_at == FRIDAY_19 + timedelta(minutes=15)
    row = await house.row("party", party)
    assert (row.status, row.notified_at) == ("notified", FRIDAY_19)
    assert "waitlist.offer_sent" in await house.facts(done.seq)
    (hold,) = [held for held in await _holds(house) if held["owner_kind"] == "offer"]
    assert (hold["table_id"], hold["owner_id"]) == (t["1"], offer.id)
    await house.refused("book", "table_taken", name="X", covers=2, starts_at=FRIDAY_19, table_ids=[t["1"]])
    await house.refused("undo", "not_undoable", seq=done.seq)


async def _holds(house):
    return await house.pool.fetch("SELECT * FROM hold WHERE site_id = $1 AND status <> 'released'", SITE)


async def test_named_tables_and_what_is_wrong_with_them(house):
    t = await a_room(house, ("1", 2), ("2", 4), ("3", 4), ("4", 2))
    await joined(house, t["2"], t["3"])
    party = await at_door(house, "Eight", 8)
    notify = {"party_id": party}
    await house.refused("notify_party", "too_small", table_ids=[t["1"]], **notify)
    await house.refused("notify_party", "not_joined", table_ids=[t["1"], t["3"]], **notify)
    await house.refused("notify_party", "unknown_table", table_ids=["nowhere"], **notify)
    await house.refused("notify_party", "not_found", party_id="nobody")
    await house.done("seat_party", table_ids=[t["2"]], covers=3)
    await house.refused("notify_party", "table_taken", table_ids=[t["2"], t["3"]], **notify)
    await house.refused("notify_party", "nothing_free", **notify)
    await house.done("set_table_status", table_id=t["1"], status="out_of_service")
    pair = await at_door(house, "Two")
    await house.refused("notify_party", "out_of_service", party_id=pair, table_ids=[t["1"]])
    await booked(house, t["4"], at=FRIDAY_19 + timedelta(minutes=30))
    await house.refused("notify_party", "booked_soon", party_id=pair, table_ids=[t["4"]])
    assert (await house.row("party", pair)).status == "active"
    assert await stored_offers(house) == []


async def test_an_offer_ends_where_the_next_plan_begins(house):
    t = await a_room(house, ("1", 2))
    await booked(house, t["1"], at=AT_20)
    party = await at_door(house, "Short")
    await house.done("notify_party", party_id=party, table_ids=[t["1"]])
    ends = await house.pool.fetchval("SELECT upper(during) FROM hold WHERE owner_kind = 'offer'")
    assert ends == AT_20


async def test_notified_again_says_it_again_and_nothing_else(house):
    t = await a_room(house, ("1", 2), ("2", 2))
    party = await at_door(house, "Rossi", phone=PHONE)
    first = await house.done("notify_party", party_id=party)
    await house.pass_time(5)
    again = await house.done("notify_party", party_id=party)
    assert again.result == first.result
    assert [template for template, *_ in await said(house, party)] == ["waiting_joined", "table_ready", "table_ready"]
    await house.refused("notify_party", "offered_already", party_id=party, table_ids=[t["2"]])
    assert len(await stored_offers(house)) == 1


@pytest.mark.parametrize(
    ("contact", "ways"), [("sms", ["sms"]), ("email", ["email"]), ("both", ["sms", "email"])]
)  # fmt: skip
async def test_an_offer_goes_out_by_the_chosen_contact_only(house, contact, ways):
    await a_room(house, ("1", 2))
    party = await at_door(house, "Rossi", phone=PHONE, email="r@example.test", contact=contact)
    await house.done("notify_party", party_id=party)
    offered = [(channel, status) for template, channel, status in await said(house, party) if template == "table_ready"]
    assert sorted(offered) == sorted((way, "queued") for way in ways)


async def test_whoever_needs_it_is_offered_no_stairs(house):
    t = await a_room(house, ("1", 2), ("2", 2), accessible=["2"])
    await house.done("add_guest", actor=MANAGER, name="Wheels", phone=PHONE, flags=["step_free"])
    known = await at_door(house, "Wheels", phone=PHONE)
    assert (await house.row("party", known)).accessible
    assert (await house.done("notify_party", party_id=known)).result["table_ids"] == [t["2"]]
    told = await at_door(house, "Told", flags=["step_free"])
    await house.refused("notify_party", "not_accessible", party_id=told, table_ids=[t["1"]])


async def test_who_left_no_address_is_called_out(house):
    await a_room(house, ("1", 2))
    party = await at_door(house, "Rossi")
    await house.done("notify_party", party_id=party)
    assert await said(house, party) == []
    only_mail = await at_door(house, "Verdi", email="v@example.test")
    assert (await house.row("party", only_mail)).contact == "email"
    assert await said(house, only_mail) == [("waiting_joined", "email", "queued")]


async def test_on_my_way_keeps_the_table_until_the_party_sits_down(house):
    t = await a_room(house, ("1", 2))
    party = await at_door(house, "Rossi")
    offer = (await house.done("notify_party", party_id=party)).result["offer_id"]
    await house.pass_time(14)
    await house.done("answer_offer", offer_id=offer, answer="accept")
    row = await house.row("party", party)
    assert (row.status, row.reply, row.replied_at) == ("notified", "on_my_way", house.now)
    await house.pass_time(5)
    await strike(house)  # the time to answer is over: it has answered
    assert (await house.row("offer", offer)).status == "accepted"
    seated = await house.done("seat_party", party_id=party, table_ids=[t["1"]])
    assert await house.row("party", party) is None
    assert await house.row("offer", offer) is None
    assert [hold["owner_kind"] for hold in await _holds(house)] == ["seating"]
    await house.done("undo", seq=seated.seq)
    assert (await house.row("offer", offer)).status == "accepted"
    assert [hold["owner_kind"] for hold in await _holds(house)] == ["offer"]


async def test_a_reply_is_drawn_until_the_host_has_seen_it(house):
    await a_room(house, ("1", 2))
    party = await at_door(house, "Rossi")
    offer = (await house.done("notify_party", party_id=party)).result["offer_id"]
    await house.done("answer_offer", offer_id=offer, answer="decline")
    assert (await house.row("party", party)).reply == "declined"
    await house.done("dismiss_reply", party_id=party)
    row = await house.row("party", party)
    assert (row.reply, row.replied_at, row.skips) == (None, None, 1)
    again = await house.done("dismiss_reply", party_id=party)
    assert await house.facts(again.seq) == []


async def test_who_said_they_come_and_never_does_waits_no_more(house):
    await a_room(house, ("1", 2))
    party = await at_door(house, "Rossi", phone=PHONE)
    offer = (await house.done("notify_party", party_id=party)).result["offer_id"]
    await house.done("answer_offer", offer_id=offer, answer="accept")
    await house.pass_time(104)
    await strike(house)
    assert (await house.row("offer", offer)).status == "accepted"
    await house.pass_time(1)
    await strike(house)
    assert await house.row("party", party) is None
    assert [row["status"] for row in await stored_offers(house)] == ["expired"]
    assert [template for template, *_ in await said(house, party)] == ["waiting_joined", "table_ready"]


# ---- in time, too late, twice


async def test_an_answer_in_the_last_second_counts(house):
    await a_room(house, ("1", 2))
    party = await at_door(house, "Rossi")
    offer = (await house.done("notify_party", party_id=party)).result["offer_id"]
    await house.set_now(FRIDAY_19 + timedelta(minutes=14, seconds=59, milliseconds=999))
    await house.done("answer_offer", offer_id=offer, answer="accept")


@pytest.mark.parametrize("late_s", [0, 1])
@pytest.mark.parametrize("timer_first", [True, False])
async def test_one_moment_too_late_is_too_late_whatever_the_timer_did(house, late_s, timer_first):
    await a_room(house, ("1", 2))
    party = await at_door(house, "Rossi")
    offer = (await house.done("notify_party", party_id=party)).result["offer_id"]
    await house.set_now(FRIDAY_19 + timedelta(minutes=15, seconds=late_s))
    if timer_first:
        await strike(house)
    answer = await house.refused("answer_offer", "offer_expired", offer_id=offer, answer="accept")
    assert "19:15" in answer.message
    await house.refused("answer_offer", "offer_expired", offer_id=offer, answer="decline")
    await strike(house)
    assert (await house.row("party", party)).skips == 1


async def test_the_second_miss_ends_the_wait(house):
    await a_room(house, ("1", 2))
    party = await at_door(house, "Rossi", phone=PHONE)
    await house.done("notify_party", party_id=party)
    await house.pass_time(15)
    assert f"offer:{(await stored_offers(house))[0]['id']}" in await strike(house)
    row = await house.row("party", party)
    assert (row.status, row.skips) == ("active", 1)
    assert await _holds(house) == []
    await house.done("notify_party", party_id=party)
    await house.pass_time(15)
    await strike(house)
    assert await house.row("party", party) is None
    assert [template for template, *_ in await said(house, party)] == [
        "waiting_joined", "table_ready", "table_ready", "wait_over",
    ]  # fmt: skip
    stored = await house.pool.fetchrow("SELECT status, skips, ended_at FROM party WHERE id = $1", party)
    assert tuple(stored) == ("expired", 2, house.now)


async def test_how_many_may_be_missed_is_a_policy(house):
    await a_room(house, ("1", 2))
    await policy(house, "waitlist.misses_max", 1)
    await policy(house, "waitlist.offer_minutes", 5)
    party = await at_door(house, "Rossi")
    await house.done("notify_party", party_id=party)
    await house.pass_time(5)
    await strike(house)
    assert await house.row("party", party) is None


async def test_an_offer_taken_back_is_no_miss(house):
    await a_room(house, ("1", 2))
    party = await at_door(house, "Rossi")
    offer = (await house.done("notify_party", party_id=party)).result["offer_id"]
    done = await house.done("revoke_offer", offer_id=offer)
    assert await house.facts(done.seq) == ["waitlist.offer_revoked"]
    row = await house.row("party", party)
    assert (row.status, row.skips) == ("active", 0)
    assert await _holds(house) == []
    await house.refused("answer_offer", "offer_revoked", offer_id=offer, answer="accept")
    await house.refused("revoke_offer", "not_found", offer_id=offer)
    await house.pass_time(20)
    await strike(house)
    assert (await house.row("party", party)).skips == 0


async def test_the_hub_was_down_across_the_deadline(house, settings):
    """The timer is a row: another process finds it, fires it once, and the next in line is asked though it is late."""
    t = await a_room(house, ("1", 2))
    first, second = await at_door(house, "First"), await at_door(house, "Second")
    await house.done("notify_party", party_id=first, table_ids=[t["1"]])
    await house.pass_time(45)
    fresh = await House.open(settings)
    try:
        fresh.clock.pace = Pace(house.now, wall_now(), 0.0)
        struck = await strike(house, fresh)
        assert len([subject for subject in struck if subject.startswith("offer:")]) == 1
        assert not [subject for subject in await strike(house) if subject.startswith("offer:")]
    finally:
        await fresh.close()
    assert (await house.row("party", first)).skips == 1
    assert (await offer_of(house, second))["table_ids"] == [t["1"]]
    assert [row["status"] for row in await stored_offers(house)] == ["expired", "sent"]


async def test_after_an_outage_a_time_that_has_come_is_offered_to_nobody(house):
    t = await a_room(house, ("1", 2))
    one, two = await for_time(house, "One"), await for_time(house, "Two")
    assert await given_back(house, await booked(house, t["1"])) == [one]
    await house.pass_time(90)
    await strike(house)
    assert [row["status"] for row in await stored_offers(house)] == ["expired"]
    assert await house.row("party", one) is None  # its own time has come too
    assert await house.row("party", two) is None


# ---- the next in line


async def test_no_answer_and_the_next_is_asked_at_once(house):
    t = await a_room(house, ("1", 2))
    names = [await at_door(house, name) for name in ("A", "B", "C")]
    await house.done("notify_party", party_id=names[0])
    await house.pass_time(15)
    await strike(house)
    assert (await offer_of(house, names[1]))["expires_at"] == "2026-11-20T19:30:00Z"
    assert await offer_of(house, names[0]) is None
    await house.pass_time(15)
    await strike(house)
    assert (await offer_of(house, names[2]))["table_ids"] == [t["1"]]
    await house.pass_time(15)
    await strike(house)
    assert await _holds(house) == []  # everybody was asked once
    assert [(row["status"], row["opening_id"]) for row in await stored_offers(house)] == [
        ("expired", (await stored_offers(house))[0]["id"])
    ] * 3
    assert [(await house.row("party", name)).skips for name in names] == [1, 1, 1]


async def test_a_declined_table_goes_on_to_whom_it_suits(house):
    t = await a_room(house, ("1", 2), ("2", 4))
    first, large, small = await at_door(house, "A"), await at_door(house, "B", 4), await at_door(house, "C")
    offer = (await house.done("notify_party", party_id=first, table_ids=[t["1"]])).result["offer_id"]
    done = await house.done("answer_offer", offer_id=offer, answer="decline")
    assert done.result["next_party_id"] == small
    assert await offer_of(house, large) is None
    row = await house.row("party", first)
    assert (row.status, row.skips, row.reply) == ("active", 1, "declined")
    await house.refused("answer_offer", "answered_already", offer_id=offer, answer="accept")


async def test_switched_off_the_house_offers_nothing_by_itself(house):
    t = await a_room(house, ("1", 2))
    await policy(house, "waitlist.auto_offer", "off")
    first, second = await at_door(house, "A"), await at_door(house, "B")
    offer = (await house.done("notify_party", party_id=first)).result["offer_id"]
    await house.done("answer_offer", offer_id=offer, answer="decline")
    assert await offer_of(house, second) is None
    waits = await for_time(house, "Slot")
    assert await given_back(house, await booked(house, t["1"])) == []
    assert (await house.done("notify_party", party_id=waits)).result["table_ids"] == [t["1"]]  # the host may


async def test_who_leaves_with_an_offer_passes_it_on(house):
    t = await a_room(house, ("1", 2))
    first, second = await at_door(house, "A"), await at_door(house, "B")
    offer = (await house.done("notify_party", party_id=first)).result["offer_id"]
    gone = await house.done("remove_party", party_id=first)
    assert "availability.opening" in await house.facts(gone.seq)
    assert await house.row("offer", offer) is None
    await house.done("undo", seq=gone.seq)
    assert (await house.row("party", first)).status == "notified"
    assert [hold["owner_kind"] for hold in await _holds(house)] == ["offer"]
    gone = await house.done("remove_party", party_id=first)
    assert (await house.done("offer_opening", owner_id=offer)).result["party_ids"] == [second]
    assert (await offer_of(house, second))["table_ids"] == [t["1"]]
    await house.refused("undo", seq=gone.seq)  # somebody else has been asked


# ---- for a full time


async def test_a_waited_for_time_becomes_a_booking_under_the_same_link(house):
    t = await a_room(house, ("1", 4))
    booking = await booked(house, t["1"])
    party = await for_time(house, "Bruno", phone=PHONE, covers=3, occasion="birthday", flags=["gluten"], notes="late")
    ticket = await house.pool.fetchval("SELECT ticket FROM party WHERE id = $1", party)
    assert await given_back(house, booking) == [party]
    offer = await offer_of(house, party)
    assert (offer["starts_at"], offer["table_ids"]) == ("2026-11-20T20:00:00Z", [t["1"]])
    await house.refused("book", name="Public", covers=2, starts_at=AT_20)
    done = await house.done("answer_offer", offer_id=offer["id"], answer="accept")
    row = await house.row("booking", done.result["booking_id"])
    assert (row.status, row.code, row.name, row.covers) == ("confirmed", done.result["code"], "Bruno", 3)
    assert (row.starts_at, row.occasion, row.notes) == (AT_20, "birthday", "late")
    assert row.flags == ["gluten"]
    assert len(row.code) == 6
    stored = await house.pool.fetchrow("SELECT status, booking_id, converted_at FROM party WHERE id = $1", party)
    assert tuple(stored) == ("converted", row.id, house.now)
    assert await house.pool.fetchval("SELECT ticket FROM booking WHERE id = $1", row.id) == ticket
    assert [(hold["owner_kind"], hold["owner_id"]) for hold in await _holds(house)] == [("booking", row.id)]
    assert {"waitlist.converted", "waitlist.offer_answered", "reservation.created"} <= set(await house.facts(done.seq))
    assert [template for template, *_ in await said(house, party)] == ["waiting_joined", "slot_offer"]
    await house.refused("answer_offer", "answered_already", offer_id=offer["id"], answer="accept")


async def test_flexible_times_match_and_others_do_not(house):
    """Accepting 18:30 to 20:00 matches an opening at 20:00, not one at 20:15."""
    t = await a_room(house, ("1", 2), ("2", 2))
    tomorrow = FRIDAY_19 + timedelta(days=1)
    flexible = [window(tomorrow.replace(hour=18, minute=30), tomorrow.replace(hour=20))]
    party = await for_time(house, "Flexible", tomorrow.replace(hour=18, minute=30), flexible=flexible)
    late = await booked(house, t["1"], at=tomorrow.replace(hour=20, minute=15))
    await booked(house, t["1"], at=tomorrow.replace(hour=18, minute=30))
    await booked(house, t["2"], at=tomorrow.replace(hour=18))
    at_20 = await booked(house, t["2"], at=tomorrow.replace(hour=19, minute=45))
    assert await given_back(house, late) == []
    assert await given_back(house, at_20) == [party]
    offer = await offer_of(house, party)
    assert offer["table_ids"] == [t["2"]]
    assert offer["starts_at"] == "2026-11-21T19:45:00Z"  # 18:00 keeps the table until then; the nearest start after it


async def test_another_date_will_do(house):
    t = await a_room(house, ("1", 2))
    sunday = FRIDAY_19 + timedelta(days=2)
    party = await for_time(house, "Any day", flexible=[window(sunday, sunday + timedelta(hours=2))])
    booking = await booked(house, t["1"], at=sunday)
    assert (await house.row("party", party)).expires_at == sunday + timedelta(hours=2)
    assert await given_back(house, booking) == [party]


async def test_a_pair_of_which_one_table_is_given_back(house):
    t = await a_room(house, ("1", 4), ("2", 4))
    await joined(house, t["1"], t["2"])
    party = await for_time(house, "Seven", covers=7)
    booking = await booked(house, t["1"], covers=4)
    assert await given_back(house, booking) == [party]
    assert (await offer_of(house, party))["table_ids"] == [t["1"], t["2"]]


async def test_platinum_goes_before_an_earlier_bronze(house):
    t = await a_room(house, ("1", 2))
    guests = {}
    for tier in ("bronze", "platinum"):
        done = await house.done("add_guest", actor=MANAGER, name=tier, phone=f"+44 20 7946 01{len(tier):02}", tier=tier)
        guests[tier] = done.result["guest_id"]
    bronze = await for_time(house, "bronze", guest_id=guests["bronze"])
    await house.pass_time(1)
    platinum = await for_time(house, "platinum", guest_id=guests["platinum"])
    assert (await house.row("party", platinum)).priority == 6
    assert (await house.row("party", bronze)).priority == 1
    assert await given_back(house, await booked(house, t["1"])) == [platinum]
    offer = await offer_of(house, platinum)
    done = await house.done("answer_offer", offer_id=offer["id"], answer="decline")
    assert done.result["next_party_id"] == bronze


async def test_the_chain_asks_nobody_twice_and_then_the_public_may(house):
    t = await a_room(house, ("1", 2))
    booking = await booked(house, t["1"])
    line = [await for_time(house, name) for name in ("A", "B")]
    assert await given_back(house, booking) == line[:1]
    for party, following in ((line[0], line[1]), (line[1], None)):
        offer = await offer_of(house, party)
        done = await house.done("answer_offer", offer_id=offer["id"], answer="decline")
        assert done.result["next_party_id"] == following
    assert {row["opening_id"] for row in await stored_offers(house)} == {booking}
    assert await _holds(house) == []
    await house.done("book", name="Public", covers=2, starts_at=AT_20, table_ids=[t["1"]])


async def test_two_openings_at_once(house):
    t = await a_room(house, ("1", 2), ("2", 2))
    one, two = await booked(house, t["1"]), await booked(house, t["2"])
    first, second = await for_time(house, "A"), await for_time(house, "B")
    await house.done("cancel_booking", booking_id=one)
    await house.done("cancel_booking", booking_id=two)
    assert (await house.done("offer_opening", owner_id=one)).result["party_ids"] == [first]
    assert (await house.done("offer_opening", owner_id=two)).result["party_ids"] == [second]
    assert (await offer_of(house, first))["table_ids"] != (await offer_of(house, second))["table_ids"]
    await house.refused("offer_opening", "nobody", owner_id=one)  # heard again: everybody has been asked


async def test_one_opening_may_serve_several(house):
    t = await a_room(house, ("1", 4), ("2", 4))
    await joined(house, t["1"], t["2"])
    booking = await booked(house, t["1"], t["2"], covers=8)
    parties = [await for_time(house, name, covers=4) for name in ("A", "B", "C")]
    assert await given_back(house, booking) == parties[:2]


async def test_an_opening_that_nobody_wants_is_free_after_its_seconds(house):
    t = await a_room(house, ("1", 2))
    await for_time(house, "Six", covers=2, wanted_at=AT_20 + timedelta(days=1))
    booking = await booked(house, t["1"])
    assert await given_back(house, booking) == []
    await house.refused("book", "table_taken", name="P", covers=2, starts_at=AT_20, table_ids=[t["1"]])
    await house.set_now(house.now + timedelta(seconds=2))
    await strike(house)
    await house.done("book", name="P", covers=2, starts_at=AT_20, table_ids=[t["1"]])


async def test_a_cancellation_may_be_taken_back_until_somebody_was_asked(house):
    t = await a_room(house, ("1", 2))
    booking = await booked(house, t["1"])
    party = await for_time(house, "A")
    done = await house.done("cancel_booking", booking_id=booking)
    await house.done("undo", seq=done.seq)
    done = await house.done("cancel_booking", booking_id=booking)
    await house.done("offer_opening", owner_id=booking)
    await house.refused("undo", seq=done.seq)
    offer = await offer_of(house, party)
    await house.done("answer_offer", offer_id=offer["id"], answer="decline")
    await house.done("undo", seq=done.seq)  # nobody has it now
    assert (await house.row("booking", booking)).status == "confirmed"


async def test_the_last_start_ends_the_wait(house):
    await a_room(house, ("1", 2))
    plain = await for_time(house, "Plain")
    early = await for_time(house, "Early", expires_at=FRIDAY_19 + timedelta(minutes=10))
    await house.pass_time(10)
    await strike(house)
    assert await house.row("party", early) is None
    assert await house.row("party", plain) is not None
    await house.set_now(AT_20)
    await strike(house)
    assert await house.row("party", plain) is None


async def test_expiry_waits_for_the_answer_of_an_offer(house):
    """An entry whose own time comes while it is asked is over with its answer, not before."""
    t = await a_room(house, ("1", 2))
    party = await for_time(house, "A", expires_at=FRIDAY_19 + timedelta(minutes=10))
    await given_back(house, await booked(house, t["1"]))
    await house.pass_time(10)
    await strike(house)
    assert (await house.row("party", party)).status == "notified"
    await house.pass_time(5)
    await strike(house)
    assert await house.row("party", party) is None
    assert (await stored_offers(house))[0]["status"] == "expired"


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"wanted_at": FRIDAY_19}, "wanted_at"),
        ({"wanted_at": FRIDAY_19 + timedelta(days=91)}, "wanted_at"),
        ({"wanted_at": "2026-11-20T20:00:00"}, "wanted_at"),
        ({"flexible": [window(AT_20, FRIDAY_19 + timedelta(minutes=30))]}, "flexible"),
        ({"flexible": [window(AT_20, AT_20 + timedelta(hours=25))]}, "flexible"),
        ({"flexible": [window(FRIDAY_19 - timedelta(hours=2), FRIDAY_19)]}, "flexible"),
        ({"flexible": [window(AT_20 + timedelta(days=91), AT_20 + timedelta(days=91))]}, "flexible"),
        ({"wanted_at": FRIDAY_19 + timedelta(hours=15)}, "wanted_at"),  # the house is closed at ten in the morning
        ({"phone": None}, "phone"),
        ({"covers": 7}, "covers"),
        ({"covers": 21}, "covers"),
        ({"expires_at": FRIDAY_19}, "expires_at"),
        ({"area_id": "nowhere"}, "area_id"),
        ({"guest_id": "nobody"}, "guest_id"),
        ({"duration_min": 10}, "duration_min"),
        ({"contact": "pigeon"}, "contact"),
    ],
)  # fmt: skip
async def test_what_cannot_be_waited_for(house, wish, field):
    await a_room(house, ("1", 6))
    seq = await house.pool.fetchval("SELECT seq FROM site_head WHERE site_id = $1", SITE)
    answer = await house.give("join_waitlist", **{"name": "A", "covers": 2, "wanted_at": AT_20, "phone": PHONE, **wish})
    assert not isinstance(answer, Done)
    assert answer.field == field
    assert await house.pool.fetchval("SELECT seq FROM site_head WHERE site_id = $1", SITE) == seq
    assert await house.pool.fetchval("SELECT count(*) FROM party") == 0


async def test_the_same_guest_waits_for_a_time_once(house):
    await a_room(house, ("1", 6))
    await for_time(house, "A", phone=PHONE)
    await house.refused("join_waitlist", "duplicate", name="A", covers=2, wanted_at=AT_20, phone=PHONE)
    await for_time(house, "A", AT_20 + timedelta(minutes=15), phone=PHONE)


async def test_a_blacklisted_guest_waits_for_no_time(house):
    await a_room(house, ("1", 6))
    guest = (await house.done("add_guest", actor=MANAGER, name="Trouble", phone=PHONE)).result["guest_id"]
    await house.done(
        "set_blacklist", actor=MANAGER, guest_id=guest, blacklisted=True, reason="threw plates at the waiter"
    )
    await house.refused("join_waitlist", "blacklisted", name="T", covers=2, wanted_at=AT_20, phone=PHONE)


async def test_slot_entries_do_not_stand_at_the_door(house):
    await a_room(house, ("1", 2))
    slot = await for_time(house, "Slot", priority=10)
    door = await at_door(house, "Door")
    assert (await house.row("party", door)).quoted_min == 0
    await house.done("refresh_waiting")
    assert await house.row("wait", slot) is None
    assert (await house.row("wait", door)).position == 1


# ---- editing, losing tables, seating


async def test_a_party_that_grew_beyond_its_offer_waits_on(house):
    await a_room(house, ("1", 2))
    party = await at_door(house, "A", 1)
    offer = (await house.done("notify_party", party_id=party)).result["offer_id"]
    await house.done("edit_party", party_id=party, covers=2)
    assert (await house.row("offer", offer)).status == "sent"
    done = await house.done("edit_party", party_id=party, covers=3)
    assert "waitlist.offer_revoked" in await house.facts(done.seq)
    row = await house.row("party", party)
    assert (row.status, row.skips, row.covers) == ("active", 0, 3)
    await house.done("undo", seq=done.seq)
    assert (await house.row("offer", offer)).status == "sent"
    assert (await house.row("party", party)).status == "notified"


async def test_other_times_and_who_it_is(house):
    t = await a_room(house, ("1", 2))
    party = await for_time(house, "A")
    later = AT_20 + timedelta(days=3)
    await house.done("edit_party", party_id=party, wanted_at=later, flexible=[window(later, later + timedelta(hours=1))])
    row = await house.row("party", party)
    assert (row.wanted_at, row.expires_at) == (later, later + timedelta(hours=1))
    await house.refused("edit_party", "past", party_id=party, wanted_at=FRIDAY_19 - timedelta(hours=1))
    await given_back(house, await booked(house, t["1"], at=later))
    await house.done("edit_party", party_id=party, wanted_at=later + timedelta(days=1), flexible=[])
    assert (await house.row("party", party)).status == "active"  # the offered time is no longer its wish
    door = await at_door(house, "B")
    await house.refused("edit_party", party_id=door, wanted_at=later)
    guest = (await house.done("add_guest", actor=MANAGER, name="B", phone=PHONE, flags=["nut_allergy"])).result["guest_id"]
    await house.done("edit_party", party_id=door, phone=PHONE)
    row = await house.row("party", door)
    assert (row.guest_id, row.guest_flags) == (guest, ["nut_allergy"])
    await house.done("edit_party", party_id=door, guest_id=None)
    row = await house.row("party", door)
    assert (row.guest_id, row.guest_flags) == (None, [])


async def test_seating_somebody_else_at_an_offered_table(house):
    t = await a_room(house, ("1", 2))
    party = await at_door(house, "Rossi")
    offer = (await house.done("notify_party", party_id=party)).result["offer_id"]
    answer = await house.refused("seat_party", "offered", table_ids=[t["1"]], covers=2)
    assert "Rossi" in answer.message
    assert answer.retry == "anyway"
    done = await house.done("seat_party", table_ids=[t["1"]], covers=2, anyway=True)
    assert "waitlist.offer_revoked" in await house.facts(done.seq)
    row = await house.row("party", party)
    assert (row.status, row.skips) == ("active", 0)
    await house.done("undo", seq=done.seq)
    assert (await house.row("offer", offer)).status == "sent"
    assert (await house.row("party", party)).status == "notified"


async def test_seating_a_notified_party_elsewhere(house):
    t = await a_room(house, ("1", 2), ("2", 4))
    guest = await house.done("add_guest", actor=MANAGER, name="R", phone=PHONE, flags=["nut_allergy"])
    party = await at_door(house, "Rossi", phone=PHONE, flags=["birthday"])
    await house.done("notify_party", party_id=party, table_ids=[t["1"]])
    done = await house.done("seat_party", party_id=party, table_ids=[t["2"]])
    assert {"waitlist.offer_answered", "waitlist.converted"} <= set(await house.facts(done.seq))
    assert [(hold["table_id"], hold["owner_kind"]) for hold in await _holds(house)] == [(t["2"], "seating")]
    seating = await house.row("seating", done.result["seating_id"])
    assert seating.flags == ["nut_allergy", "birthday"]
    stored = await house.pool.fetchval("SELECT guest_id FROM seating WHERE id = $1", seating.id)
    assert stored == guest.result["guest_id"]
    assert [row["status"] for row in await stored_offers(house)] == ["accepted"]


async def test_a_table_out_of_service_takes_its_offer_with_it(house):
    t = await a_room(house, ("1", 2), ("2", 2))
    party = await at_door(house, "A")
    offer = (await house.done("notify_party", party_id=party, table_ids=[t["1"]])).result["offer_id"]
    system = {"actor": Actor("system", "house", source="house")}
    await house.refused("revoke_offer", "tables_there", offer_id=offer, **system)
    await house.done("set_table_status", table_id=t["1"], status="out_of_service")
    await house.done("revoke_offer", offer_id=offer, **system)
    assert (await house.row("party", party)).status == "active"


async def test_a_freed_table_is_offered_to_the_door_if_the_house_wants(house):
    t = await a_room(house, ("1", 2), ("6", 6))
    await house.done("seat_party", table_ids=[t["1"]], covers=2)
    six, two = await at_door(house, "Six", 6), await at_door(house, "Two")
    await house.refused("offer_tables", "nobody", table_ids=[t["6"]])  # the policy says: times only
    await policy(house, "waitlist.auto_offer", "all")
    await house.done("offer_tables", table_ids=[t["6"], t["1"]])
    assert (await offer_of(house, six))["table_ids"] == [t["6"]]
    assert await offer_of(house, two) is None  # the other one is taken


async def test_a_no_shows_table_is_free_for_the_door_at_once(house):
    t = await a_room(house, ("1", 2))
    await policy(house, "waitlist.auto_offer", "all")
    booking = await booked(house, t["1"], at=FRIDAY_19)
    slot, door = await for_time(house, "Later", AT_20 + timedelta(hours=3)), await at_door(house, "Now")
    await house.pass_time(15)
    await house.done("mark_no_show", booking_id=booking)
    assert (await house.done("offer_opening", owner_id=booking)).result["party_ids"] == [door]
    assert await offer_of(house, slot) is None


async def test_positions_while_somebody_has_an_offer(house):
    t = await a_room(house, ("1", 2), ("2", 2))
    first, second = await at_door(house, "A"), await at_door(house, "B")
    await house.done("notify_party", party_id=first, table_ids=[t["2"]])
    await house.done("refresh_waiting")
    waits = [await house.row("wait", party) for party in (first, second)]
    assert [(wait.position, wait.table_ids) for wait in waits] == [(1, [t["2"]]), (2, [t["1"]])]
    assert waits[0].why == "2 · offered until 19:15"


async def test_nobody_but_hosts_makes_offers(house):
    await a_room(house, ("1", 2))
    party = await at_door(house, "A")
    server = {"actor": Actor.staff("st_server")}
    await house.refused("notify_party", "forbidden", party_id=party, **server)
    offer = (await house.done("notify_party", party_id=party)).result["offer_id"]
    for name, args in (("answer_offer", {"answer": "accept"}), ("revoke_offer", {})):
        await house.refused(name, "forbidden", offer_id=offer, **args, **server)
    await house.refused("offer_opening", "nobody", owner_id="nothing")
