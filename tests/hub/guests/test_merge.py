"""Two records of one person: nothing of either is lost, at no site, and nothing crosses from one site to another."""

import pytest

from hub.core.actor import Actor
from hub.guests import views
from hub.guests.reactions import note_guests
from hub.guests.rules import one_card
from tests.hub.guests.test_card import MANAGER, THERE, added, another_manager, card, recorded  # noqa: F401 - a fixture
from tests.hub.guests.test_recognise import recognise
from tests.kit import OTHER_SITE, SITE

BEN = {"name": "Benedita Silva", "phone": "020 7946 0001"}


async def merge(house, keep, gone, **more):
    return await house.done("merge_guests", actor=MANAGER, keep_id=keep, gone_id=gone, **more)


async def test_the_one_who_stays_takes_over_what_they_lack(house):
    keep = await added(house, flags=["vip"], tags=["press"], notes="Corner", consents=["sms", "email"], tier="gold")
    gone = await added(
        house, **BEN, email="ben@example.test", birthday="05-04", flags=["gluten", "vip"], tags=["opera"], notes="No lilies",
        consents=["email", "whatsapp"], tier="silver", preferred_contact="sms", preferred_times=["20:00"], anniversaries=["06-01"],
    )  # fmt: skip
    await house.pool.execute("UPDATE guest_profile SET visits = 3, covers_total = 7, no_shows = 1 WHERE id = $1", keep)
    await house.pool.execute("UPDATE guest_profile SET visits = 2, covers_total = 5, cancellations = 1 WHERE id = $1", gone)
    done = await merge(house, keep, gone)
    assert await house.facts(done.seq) == ["guest.merged"]
    now = await card(house, keep)
    assert (now.name, now.phone, now.email, now.birthday) == ("Ana Silva", "+447700900123", "ben@example.test", "05-04")
    assert (now.flags, now.tags, now.notes) == (["vip", "gluten"], ["press", "opera"], "Corner\nNo lilies")
    assert (now.consents, now.tier, now.preferred_contact) == (["email"], "gold", "sms")
    assert (now.preferred_times, now.anniversaries) == (["20:00"], ["06-01"])
    assert (now.visits, now.covers_total, now.no_shows, now.cancellations) == (5, 12, 1, 1)
    assert await card(house, gone) == now, "the old id leads to the person"
    assert gone not in await views.guests(house.pool, SITE, [keep, gone])


async def test_the_one_who_goes_is_still_found_by_name_number_and_address(house):
    keep, gone = await added(house), await added(house, **BEN, email="ben@example.test")
    await merge(house, keep, gone)
    for typed in ("benedita", "020 7946 0001", "+442079460001", "ben@exa", "silva"):
        assert [hit.id for hit in await views.search(house.pool, SITE, typed, 5)] == [keep], typed
    assert (await recognise(house, phone="02079460001")).id == keep
    assert (await recognise(house, OTHER_SITE, phone="02079460001")).id == keep
    refused = await house.refused("add_guest", "known_already", name="Ben", phone=BEN["phone"])
    assert refused.about.id == keep
    assert (await house.refused("edit_guest", "not_found", guest_id=gone, name="X")).field == "guest_id"


async def test_merged_twice_is_one_person(house):
    a, b, c = [await added(house, name=name, phone=f"020 7946 000{n}") for n, name in enumerate("ABC")]
    await merge(house, b, c)
    await merge(house, a, b)
    assert (await recognise(house, phone="020 7946 0002")).id == a
    assert (await card(house, c)).id == a
    assert await house.pool.fetchval("SELECT count(*) FROM guest WHERE merged_into IS NULL") == 1


@pytest.mark.parametrize("banned", ["keep", "gone"])
async def test_a_ban_stays_whichever_record_had_it(house, banned):
    ids = {"keep": await added(house), "gone": await added(house, **BEN)}
    await house.done("set_blacklist", actor=MANAGER, guest_id=ids[banned], blacklisted=True, reason="Threw a chair at us")
    await merge(house, ids["keep"], ids["gone"])
    now = await card(house, ids["keep"])
    assert (now.blacklisted, now.blacklist_reason) == (True, "Threw a chair at us")


async def test_at_every_site_its_own_cards_are_merged_and_nothing_crosses(house):
    keep, gone = await added(house, notes="Mine"), await added(house, **BEN, tags=["mine"])
    await added(house, OTHER_SITE, notes="Theirs")
    await added(house, OTHER_SITE, **BEN, tags=["theirs"], flags=["dairy"])
    there = await card(house, keep, OTHER_SITE)
    done = await merge(house, keep, gone)
    mine, theirs = await card(house, keep), await card(house, keep, OTHER_SITE)
    assert (mine.notes, mine.tags, mine.flags) == ("Mine", ["mine"], [])
    assert (theirs.notes, theirs.tags, theirs.flags) == ("Theirs", ["theirs"], ["dairy"])
    assert theirs.version > there.version
    facts = await house.pool.fetchval("SELECT facts FROM journal WHERE site_id = $1 AND seq = $2", SITE, done.seq)
    assert facts[0]["site_ids"] == sorted([SITE, OTHER_SITE])
    await note_guests.react(house.house, SITE, done.seq, facts)
    assert (await recorded(house, keep, OTHER_SITE))[-1] == ({"merged": None}, {"merged": gone})


async def test_a_site_that_knew_only_the_one_who_goes_knows_the_one_who_stays(house):
    keep, gone = await added(house, notes="Mine"), await added(house, **BEN)
    await added(house, OTHER_SITE, **BEN, notes="Theirs")
    await merge(house, keep, gone)
    there = await card(house, keep, OTHER_SITE)
    assert (there.name, there.notes) == ("Ana Silva", "Theirs")
    assert [hit.id for hit in await views.search(house.pool, OTHER_SITE, "silva", 5)] == [keep]


async def test_notes_that_are_too_long_together_are_the_hosts_to_shorten(house):
    keep, gone = await added(house, notes="a" * 250), await added(house, **BEN, notes="b" * 250)
    refused = await house.refused("merge_guests", "notes_too_long", actor=MANAGER, keep_id=keep, gone_id=gone)
    assert refused.field == "notes"
    assert (await card(house, gone)).notes == "b" * 250
    await house.done("edit_guest", guest_id=gone, notes="b" * 249)
    await merge(house, keep, gone)
    assert len((await card(house, keep)).notes) == 500
    assert not await house.pool.fetchval("SELECT count(*) FROM guest_profile WHERE id = $1 AND notes IS NOT NULL", gone)


async def test_what_cannot_be_merged(house):
    keep, gone = await added(house), await added(house, **BEN)
    away = await added(house, OTHER_SITE, name="Away", phone="020 7946 0009")
    assert (await house.refused("merge_guests", "same_guest", actor=MANAGER, keep_id=keep, gone_id=keep)).field == "gone_id"
    assert (await house.refused("merge_guests", "not_found", actor=MANAGER, keep_id=keep, gone_id=away)).field == "gone_id"
    assert (await house.refused("merge_guests", "not_found", actor=MANAGER, keep_id=away, gone_id=gone)).field == "keep_id"
    await house.refused("merge_guests", "forbidden", actor=Actor.staff("st_server"), keep_id=keep, gone_id=gone)
    await house.refused("merge_guests", "stale", actor=MANAGER, keep_id=keep, gone_id=gone, expect_version=99)
    await merge(house, keep, gone)
    assert (await house.refused("merge_guests", "not_found", actor=MANAGER, keep_id=keep, gone_id=gone)).field == "gone_id"


async def test_a_number_that_went_can_be_given_to_the_one_who_stays(house):
    keep, gone = await added(house), await added(house, **BEN)
    await merge(house, keep, gone)
    await house.done("edit_guest", guest_id=keep, phone=BEN["phone"])
    assert (await recognise(house, phone=BEN["phone"])).id == keep


LIVING = {
    "flags": [], "preferences": [], "preferred_times": [], "favourite_table_id": None, "favourite_area_id": None, "tier": None,
    "tags": [], "notes": None, "consents": [], "preferred_contact": None, "blacklisted": False, "blacklist_reason": None,
    "visits": 0, "no_shows": 0, "cancellations": 0, "covers_total": 0, "first_seen": None, "last_seen": None, "source": None,
    "deleted_at": None, "deleted_by": None, "delete_reason": None, "deleted": False,
}  # fmt: skip
DELETED = {**LIVING, "deleted": True, "deleted_at": "then", "deleted_by": "staff:x", "delete_reason": "They asked"}


def test_what_a_site_had_deleted_does_not_come_back_by_a_merge():
    gave = {"notes": "Secret", "tags": ["secret"]}
    kept = one_card({**LIVING, "notes": "Mine"}, {**DELETED, **gave, "blacklisted": True, "blacklist_reason": "Chair"})
    assert (kept["notes"], kept["tags"], kept["deleted_at"]) == ("Mine", [], None)
    assert (kept["blacklisted"], kept["blacklist_reason"]) == (True, "Chair")
    came = one_card({**DELETED, **gave}, {**LIVING, "notes": "Living"})
    assert (came["notes"], came["tags"], came["deleted_at"], came["delete_reason"]) == ("Living", [], None, None)
    both = one_card({**DELETED, **gave}, DELETED)
    assert both["deleted_at"] == "then"
