"""What guests do with their own booking and their own place in line."""

from datetime import timedelta

import pytest

from schemas.base import Refused
from tests.hub.tickets.at_work import ADA, GUEST, TOMORROW_19, a_house, booked, verified, waiting
from tests.kit import FRIDAY_19, OTHER_SITE


async def moved(house, verification_id, booking_id, hours=1.0, covers=2, **more):
    at = (TOMORROW_19 + timedelta(hours=hours)).isoformat()
    return await house.give(
        "move_own", actor=GUEST, verification_id=verification_id, booking_id=booking_id, starts_at=at, covers=covers, **more
    )


async def test_a_verified_guest_moves_their_booking_and_keeps_their_link(house):
    await a_house(house)
    booking = await booked(house)
    verification_id = await verified(house, booking["ticket"])
    done = await moved(house, verification_id, booking["booking_id"])
    new = await house.row("booking", done.result["booking_id"])
    old = await house.row("booking", booking["booking_id"])
    assert (new.starts_at, new.status, new.rescheduled_from) == (TOMORROW_19 + timedelta(hours=1), "confirmed", old.id)
    assert old.status == "rescheduled"
    assert await house.pool.fetchval("SELECT ticket FROM booking WHERE id = $1", new.id) == booking["ticket"]
    assert set(done.result) == {"booking_id"}, "a guest is told of no table"


async def test_another_size_at_the_same_time_stays_the_same_booking(house):
    await a_house(house)
    booking = await booked(house)
    verification_id = await verified(house, booking["ticket"])
    done = await moved(house, verification_id, booking["booking_id"], hours=0, covers=4)
    assert done.result["booking_id"] == booking["booking_id"]
    assert (await house.row("booking", booking["booking_id"])).covers == 4


async def test_a_full_time_is_refused_and_nothing_moves(house):
    await a_house(house)
    for number in range(3):
        await booked(house, name=f"Guest {number}", phone=None, covers=2, starts_at=(TOMORROW_19 + timedelta(hours=3)).isoformat())
    booking = await booked(house)
    verification_id = await verified(house, booking["ticket"])
    refused = await moved(house, verification_id, booking["booking_id"], hours=3)
    assert refused.reason == "full"
    assert all(not other["table_ids"] if isinstance(other, dict) else not other.table_ids for other in refused.about)
    assert (await house.row("booking", booking["booking_id"])).starts_at == TOMORROW_19


@pytest.mark.parametrize(
    ("hours", "covers", "reason"),
    [(0, 2, "nothing_changed"), (4, 2, "closed"), (-9, 2, "closed"), (0, 13, "events_team"), (24 * 100, 2, None)],
)  # fmt: skip
async def test_a_guest_may_not_have_what_no_host_would_give(house, hours, covers, reason):
    await a_house(house)
    booking = await booked(house)
    verification_id = await verified(house, booking["ticket"])
    refused = await moved(house, verification_id, booking["booking_id"], hours=hours, covers=covers)
    assert isinstance(refused, Refused)
    assert reason is None or refused.reason == reason
    assert (await house.row("booking", booking["booking_id"])).status == "confirmed"


async def test_only_one_s_own_bookings(house):
    await a_house(house)
    ada = await booked(house)
    grace = await booked(house, name="Grace", phone="+442079460959")
    verification_id = await verified(house, ada["ticket"])
    assert (await moved(house, verification_id, grace["booking_id"])).code == "not_found"
    await house.refused("cancel_own", "not_found", actor=GUEST, verification_id=verification_id, booking_id=grace["booking_id"])
    await house.refused("cancel_own", "not_yours", actor=GUEST, verification_id="somebody", booking_id=ada["booking_id"])
    await house.refused(
        "cancel_own", "not_yours", actor=GUEST, site=OTHER_SITE, verification_id=verification_id, booking_id=ada["booking_id"]
    )


@pytest.mark.parametrize("fault", ["not typed", "half an hour over", "locked"])
async def test_without_a_session_nothing_is_changed(house, fault):
    await a_house(house)
    booking = await booked(house)
    if fault == "not typed":
        verification_id = (await house.done("send_code", actor=GUEST, ticket=booking["ticket"])).result["verification_id"]
    else:
        verification_id = await verified(house, booking["ticket"])
        change = "verified_at = verified_at - interval '30 min'" if fault != "locked" else "locked_at = now()"
        await house.pool.execute(f"UPDATE verification SET {change}")
    assert (await moved(house, verification_id, booking["booking_id"])).reason == "not_yours"
    await house.refused("cancel_own", "not_yours", actor=GUEST, verification_id=verification_id, booking_id=booking["booking_id"])
    assert (await house.row("booking", booking["booking_id"])).status == "confirmed"


async def test_a_verified_guest_cancels(house):
    await a_house(house)
    booking = await booked(house)
    verification_id = await verified(house, booking["ticket"])
    await house.done(
        "cancel_own", actor=GUEST, verification_id=verification_id, booking_id=booking["booking_id"], reason="Ill"
    )
    gone = await house.row("booking", booking["booking_id"])
    assert (gone.status, gone.cancel_reason) == ("cancelled", "Ill")
    refused = await house.refused(
        "cancel_own", actor=GUEST, verification_id=verification_id, booking_id=booking["booking_id"]
    )
    assert refused.reason == "call_us"


async def test_a_booking_whose_time_has_come_is_the_host_s(house):
    await a_house(house)
    booking = await booked(house)
    verification_id = await verified(house, booking["ticket"])
    await house.set_now(TOMORROW_19)
    assert (await moved(house, verification_id, booking["booking_id"])).reason == "call_us"


async def test_we_are_coming(house):
    await a_house(house)
    booking = await booked(house)
    for _ in range(2):
        await house.done("answer_ticket", actor=GUEST, ticket=booking["ticket"], answer="coming")
    assert (await house.row("booking", booking["booking_id"])).reconfirmed_at == FRIDAY_19


async def test_on_my_way_and_leaving(house):
    await a_house(house)
    party_id, ticket = await waiting(house)
    await house.done("answer_ticket", actor=GUEST, ticket=ticket, answer="on_my_way")
    assert (await house.row("party", party_id)).reply == "on_my_way"
    await house.refused("answer_ticket", "no_offer", actor=GUEST, ticket=ticket, answer="accept")
    await house.done("answer_ticket", actor=GUEST, ticket=ticket, answer="leave")
    assert await house.row("party", party_id) is None
    await house.refused("answer_ticket", "no_place", actor=GUEST, ticket=ticket, answer="on_my_way")


@pytest.mark.parametrize(("answer", "becomes"), [("accept", "accepted"), ("on_my_way", "accepted"), ("decline", "declined")])
async def test_an_offer_is_answered(house, answer, becomes):
    await a_house(house)
    _, ticket = await waiting(house)
    party_id = await house.pool.fetchval("SELECT id FROM party")
    await house.done("notify_party", party_id=party_id)
    await house.done("answer_ticket", actor=GUEST, ticket=ticket, answer=answer)
    assert await house.pool.fetchval("SELECT status FROM offer") == becomes
    assert await house.pool.fetchval("SELECT reply FROM party") == ("declined" if answer == "decline" else "on_my_way")


async def test_an_offer_that_is_over_is_over(house):
    await a_house(house)
    _, ticket = await waiting(house)
    await house.done("notify_party", party_id=await house.pool.fetchval("SELECT id FROM party"))
    await house.pass_time(15)
    await house.refused("answer_ticket", "offer_expired", actor=GUEST, ticket=ticket, answer="accept")


async def test_a_waited_for_time_becomes_a_booking_under_the_same_link(house):
    await a_house(house)
    at = TOMORROW_19.isoformat()
    taken = [await booked(house, name=f"Guest {n}", phone=None, covers=2, starts_at=at) for n in range(3)]
    joined = await house.done("join_waitlist", name="Grace", covers=2, wanted_at=at, phone="+442079460959")
    ticket = await house.pool.fetchval("SELECT ticket FROM party WHERE id = $1", joined.result["party_id"])
    await house.done("cancel_booking", booking_id=taken[0]["booking_id"])
    await house.done("notify_party", party_id=joined.result["party_id"])
    await house.done("answer_ticket", actor=GUEST, ticket=ticket, answer="accept")
    booking = await house.pool.fetchrow("SELECT name, starts_at, status FROM booking WHERE ticket = $1", ticket)
    assert tuple(booking) == ("Grace", TOMORROW_19, "confirmed")


@pytest.mark.parametrize("answer", ["on_my_way", "leave", "accept", "decline", "coming"])
async def test_a_link_that_leads_nowhere(house, answer):
    await house.refused("answer_ticket", "not_found", actor=GUEST, ticket="T" * 22, answer=answer)


async def test_another_site_s_link_leads_nowhere(house):
    await a_house(house)
    booking = await booked(house)
    _, ticket = await waiting(house, name="Grace", phone=ADA["phone"])
    for link, answer in ((booking["ticket"], "coming"), (ticket, "leave")):
        await house.refused("answer_ticket", "not_found", actor=GUEST, site=OTHER_SITE, ticket=link, answer=answer)
