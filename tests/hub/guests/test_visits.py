"""What a guest's evenings add up to: counted from the evenings themselves, so whatever is taken back counts no more."""

import asyncio
from datetime import timedelta

from hub.guests import views
from hub.history.visits import of_guest
from hub.seating.visits import count_visits, merge_visits
from tests.hub.guests.test_card import MANAGER, THERE, added, another_manager, card, recorded  # noqa: F401 - a fixture
from tests.hub.guests.test_recognise import recognise
from tests.kit import FRIDAY_19, OTHER_SITE, SITE, LawfulHouse, a_room

PHONE = "07700 900123"


async def heard(house: LawfulHouse, reaction, seq: int, site: str = SITE) -> None:
    """The reaction hears one commit, twice: it is told at least once."""
    facts = await house.pool.fetchval("SELECT facts FROM journal WHERE site_id = $1 AND seq = $2", site, seq)
    facts = reaction.heard_in(facts)
    for _ in range(2 if facts else 0):
        await reaction.react(house.house, site, seq, facts)


async def counted(house: LawfulHouse, name: str, /, **args):
    done = await house.done(name, **args)
    await heard(house, count_visits, done.seq, args.get("site", SITE))
    return done


def counts(guest) -> tuple:
    return (guest.visits, guest.no_shows, guest.cancellations, guest.covers_total)


async def a_booking(house: LawfulHouse, covers: int = 2, **said) -> str:
    said = {"name": "Ana Silva", "phone": PHONE, "starts_at": FRIDAY_19.isoformat(), **said}
    return (await counted(house, "book", covers=covers, **said)).result["booking_id"]


async def test_an_evening_counts_when_it_is_over_and_not_before(house):
    tables = await a_room(house, ("1", 4))
    booking = await a_booking(house, covers=3)
    guest = await views.by_contact(house.pool, SITE, phone=PHONE)
    await counted(house, "arrive_booking", booking_id=booking)
    seating = (await counted(house, "seat_party", booking_id=booking, table_ids=[tables["1"]])).result["seating_id"]
    assert counts(await card(house, guest.id)) == (0, 0, 0, 0)
    await house.pass_time(80)
    cleared = await counted(house, "clear_seating", seating_id=seating)
    over = await card(house, guest.id)
    assert counts(over) == (1, 0, 0, 3)
    assert over.first_seen == over.last_seen == FRIDAY_19
    assert over.version == guest.version, "the house's own counting is nobody's edit"
    await counted(house, "undo", seq=cleared.seq)
    back = await card(house, guest.id)
    assert counts(back) == (0, 0, 0, 0)
    assert back.last_seen is None


async def test_who_stays_away_and_who_cancels(house):
    await a_room(house, ("1", 4), ("2", 4), ("3", 4))
    away = await a_booking(house)
    guest = await views.by_contact(house.pool, SITE, phone=PHONE)
    given_up = await a_booking(house, starts_at=(FRIDAY_19 + timedelta(hours=3)).isoformat())
    cancelled = await counted(house, "cancel_booking", booking_id=given_up, reason="Ill")
    assert counts(await card(house, guest.id)) == (0, 0, 1, 0)
    await counted(house, "undo", seq=cancelled.seq)
    assert counts(await card(house, guest.id)) == (0, 0, 0, 0)
    await house.pass_time(20)
    await counted(house, "mark_no_show", booking_id=away)
    assert counts(await card(house, guest.id)) == (0, 1, 0, 0)
    await counted(house, "arrive_booking", booking_id=away)
    assert counts(await card(house, guest.id)) == (0, 0, 0, 0), "they came after all"


async def test_an_evening_without_a_booking_counts_too(house):
    tables = await a_room(house, ("1", 4))
    party = (await counted(house, "add_party", name="Ana", covers=4, phone=PHONE)).result["party_id"]
    guest = await views.by_contact(house.pool, SITE, phone=PHONE)
    seated = await counted(house, "seat_party", party_id=party, table_ids=[tables["1"]])
    async with house.pool.acquire() as db:
        here = await of_guest(db, SITE, guest.id, now=house.now)
    assert [(one.status, one.tables, one.booking_id) for one in here.past] == [("seated", ["1"], None)]
    await counted(house, "clear_seating", seating_id=seated.result["seating_id"])
    assert counts(await card(house, guest.id)) == (1, 0, 0, 4)


async def test_a_booking_that_changes_hands_counts_for_the_other(house):
    await a_room(house, ("1", 4))
    booking = await a_booking(house)
    ana = await views.by_contact(house.pool, SITE, phone=PHONE)
    ben = await added(house, name="Ben", phone="07700 900999")
    await counted(house, "cancel_booking", booking_id=booking, reason="Ill")
    assert counts(await card(house, ana.id)) == (0, 0, 1, 0)
    await house.pool.execute("UPDATE booking SET guest_id = $2 WHERE id = $1", booking, ben)
    for guest_id, wanted in ((ana.id, (0, 0, 0, 0)), (ben, (0, 0, 1, 0))):
        await count_visits.react(house.house, SITE, 900 + len(guest_id), [{"fact": "reservation.updated", "booking_id": booking}])
        assert counts(await card(house, guest_id)) == wanted


async def test_a_deleted_booking_counts_no_more_and_a_restored_one_again(house):
    await a_room(house, ("1", 4))
    booking = await a_booking(house)
    guest = await views.by_contact(house.pool, SITE, phone=PHONE)
    await counted(house, "cancel_booking", booking_id=booking, reason="Ill")
    await counted(house, "delete_booking", actor=MANAGER, booking_id=booking, reason="A slip of the finger")
    assert counts(await card(house, guest.id)) == (0, 0, 0, 0)
    await counted(house, "restore_booking", actor=MANAGER, booking_id=booking)
    assert counts(await card(house, guest.id)) == (0, 0, 1, 0)


async def test_merged_guests_evenings_are_the_one_persons_at_every_site(house):
    tables = await a_room(house, ("1", 4))
    await house.pool.execute("INSERT INTO staff_role VALUES ($1, 'st_manager', 'manager')", OTHER_SITE)
    far = await a_room(house, ("F1", 4), site=OTHER_SITE)
    keep = await added(house, name="Ana", phone="07700 900999")
    gone = await added(house, name="Ana S.", phone=PHONE)
    for site, table in ((SITE, tables["1"]), (OTHER_SITE, far["F1"])):
        actor = MANAGER if site == SITE else THERE
        party = await counted(house, "add_party", actor=actor, site=site, name="Ana", covers=4, phone=PHONE)
        seated = await counted(house, "seat_party", actor=actor, site=site, party_id=party.result["party_id"], table_ids=[table])
        await counted(house, "clear_seating", actor=actor, site=site, seating_id=seated.result["seating_id"])
        assert counts(await card(house, gone, site)) == (1, 0, 0, 4)
    merged = await house.done("merge_guests", actor=MANAGER, keep_id=keep, gone_id=gone)
    await heard(house, merge_visits, merged.seq)
    for site in (SITE, OTHER_SITE):
        assert counts(await card(house, keep, site)) == (1, 0, 0, 4)
        assert await house.pool.fetchval("SELECT guest_id FROM seating WHERE site_id = $1", site) == keep


async def test_counts_of_one_site_are_unknown_at_another(house):
    await a_room(house, ("1", 4))
    booking = await a_booking(house)
    there = await recognise(house, OTHER_SITE, phone=PHONE)
    await counted(house, "cancel_booking", booking_id=booking, reason="Ill")
    assert counts(await card(house, there.id)) == (0, 0, 1, 0)
    assert counts(await card(house, there.id, OTHER_SITE)) == (0, 0, 0, 0)
    async with house.pool.acquire() as db:
        evenings = await of_guest(db, OTHER_SITE, there.id, now=house.now)
    assert (evenings.upcoming, evenings.past) == ([], [])


async def test_evenings_past_and_to_come_in_order(house):
    tables = await a_room(house, ("1", 4), ("2", 4))
    later = await a_booking(house, starts_at=(FRIDAY_19 + timedelta(days=9)).isoformat(), notes="Cake", occasion="birthday")
    sooner = await a_booking(house, starts_at=(FRIDAY_19 + timedelta(days=2)).isoformat(), table_ids=[tables["2"]])
    given_up = await a_booking(house, starts_at=(FRIDAY_19 + timedelta(days=1)).isoformat())
    await counted(house, "cancel_booking", booking_id=given_up, reason="Ill")
    tonight = await a_booking(house)
    await counted(house, "seat_party", booking_id=tonight, table_ids=[tables["1"]])
    guest = await views.by_contact(house.pool, SITE, phone=PHONE)
    async with house.pool.acquire() as db:
        evenings = await of_guest(db, SITE, guest.id, now=house.now)
        assert [one.booking_id for one in evenings.upcoming] == [sooner, later]
        assert (evenings.upcoming[0].tables, evenings.upcoming[1].notes) == (["2"], "Cake")
        assert [(one.booking_id, one.status) for one in evenings.past] == [(given_up, "cancelled"), (tonight, "seated")]
        assert evenings.past[1].tables == ["1"]
        much_later = await of_guest(db, SITE, guest.id, now=house.now + timedelta(days=3))
        assert [one.booking_id for one in much_later.upcoming] == [later], "nobody said what became of it"


async def test_in_an_open_house_it_all_follows_by_itself(house, served):
    """The reactions as they are wired: counts, the other site's record, the merge at both."""
    tables = await a_room(house, ("1", 4))
    await house.done("add_guest", actor=THERE, site=OTHER_SITE, name="Ana Silva", phone=PHONE)
    party = (await house.done("add_party", name="Ana", covers=2, phone=PHONE)).result["party_id"]
    guest = await views.by_contact(house.pool, SITE, phone=PHONE)
    seated = await house.done("seat_party", party_id=party, table_ids=[tables["1"]])
    await house.done("clear_seating", seating_id=seated.result["seating_id"])
    await house.done("edit_guest", guest_id=guest.id, name="Ana Costa")
    keep = await added(house, name="A. Costa", phone="07700 900999")
    await house.done("merge_guests", actor=MANAGER, keep_id=keep, gone_id=guest.id)

    async def settled() -> tuple:
        own = await card(house, keep)
        noted = await recorded(house, guest.id, OTHER_SITE), await recorded(house, keep, OTHER_SITE)
        served_as = await house.pool.fetchval("SELECT guest_id FROM seating WHERE id = $1", seated.result["seating_id"])
        return own.visits, served_as, noted[0][-1][1], noted[1] and noted[1][-1][1]

    wanted = (1, keep, {"name": "Ana Costa"}, {"merged": guest.id})
    for _ in range(300):
        if await settled() == wanted:
            return
        await asyncio.sleep(0.1)
    assert await settled() == wanted
