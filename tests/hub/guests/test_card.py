"""The card by hand: added, edited, banned, deleted, restored. What one site notes no other site reads."""

from datetime import timedelta

import pytest

from hub.core.actor import Actor
from hub.guests import views
from tests.kit import OTHER_SITE, SITE, LawfulHouse, a_room

MANAGER = Actor.staff("st_manager")
THERE = Actor.staff("st_other")
ANA = {"name": "Ana Silva", "phone": "07700 900123"}
E164 = "+447700900123"
CARD = {
    "flags": ["nut_allergy", "vip"], "preferences": ["window"], "preferred_times": ["19:30"], "tier": "gold",
    "tags": ["press"], "notes": "Likes the corner", "consents": ["sms", "email"], "preferred_contact": "both",
}  # fmt: skip


@pytest.fixture(autouse=True)
async def another_manager(house):
    await house.pool.execute("INSERT INTO staff_role VALUES ($1, 'st_other', 'manager')", OTHER_SITE)


async def added(house: LawfulHouse, site: str = SITE, **said) -> str:
    actor = MANAGER if site == SITE else THERE
    return (await house.done("add_guest", actor=actor, site=site, **{**ANA, **said})).result["guest_id"]


async def card(house: LawfulHouse, guest_id: str, site: str = SITE):
    return await views.guest(house.pool, site, guest_id)


async def recorded(house: LawfulHouse, guest_id: str, site: str = SITE) -> list:
    records = await house.pool.fetch(
        "SELECT was, now FROM change WHERE site_id = $1 AND kind = 'guest' AND row_id = $2 ORDER BY seq", site, guest_id
    )
    return [tuple(record) for record in records]


async def test_a_guest_is_added_with_everything_that_was_said(house):
    tables = await a_room(house, ("1", 2))
    area = (await house.row("table", tables["1"])).area_id
    said = {**CARD, "email": "Ana@example.test", "birthday": "02-29", "anniversaries": ["06-01"]}
    done = await house.done(
        "add_guest", **ANA, **said, favourite_table_id=tables["1"], favourite_area_id=area
    )  # fmt: skip
    assert done.result["known"] is False
    guest = await card(house, done.result["guest_id"])
    assert {name: getattr(guest, name) for name in said} == said
    assert (guest.name, guest.phone, guest.favourite_table_id, guest.favourite_area_id) == ("Ana Silva", E164, tables["1"], area)
    assert await house.facts(done.seq) == ["guest.added"]
    (was, now), = await recorded(house, guest.id)
    assert was is None
    assert (now["name"], now["notes"]) == ("Ana Silva", "Likes the corner")


@pytest.mark.parametrize(
    ("said", "field", "reason"),
    [
        ({"phone": "- -"}, "phone", "invalid"),
        ({"phone": "call me"}, "phone", "invalid"),
        ({"birthday": "02-30"}, "birthday", "invalid"),
        ({"anniversaries": ["06-31"]}, "anniversaries", "invalid"),
        ({"name": ""}, "name", "invalid"),
        ({"email": "no at"}, "email", "invalid"),
        ({"tier": "brass"}, "tier", "invalid"),
        ({"notes": "x" * 501}, "notes", "invalid"),
        ({"preferred_times": ["7 pm"]}, "preferred_times", "invalid"),
        ({"favourite_table_id": "elsewhere"}, "favourite_table_id", "not_found"),
        ({"favourite_area_id": "elsewhere"}, "favourite_area_id", "not_found"),
    ],
)
async def test_bad_input_names_its_field_and_changes_nothing(house, said, field, reason):
    refused = await house.refused("add_guest", reason, **{**ANA, **said})
    assert refused.field == field
    guest = await added(house)
    before = await card(house, guest)
    if said.get("name") != "":
        refused = await house.refused("edit_guest", reason, guest_id=guest, **said)
        assert refused.field == field
    assert await card(house, guest) == before
    assert await house.pool.fetchval("SELECT count(*) FROM guest") == 1


async def test_adding_somebody_this_site_knows_shows_who(house):
    guest = await added(house)
    refused = await house.refused("add_guest", "known_already", name="Someone", phone="+44 7700 900 123")
    assert (refused.about.id, refused.field) == (guest, "phone")


async def test_a_number_the_organisation_knows_is_that_person_without_their_card(house):
    here = await added(house, **CARD, email="ana@example.test")
    await house.done("set_blacklist", actor=MANAGER, guest_id=here, blacklisted=True, reason="Threw a chair at us")
    done = await house.done(
        "add_guest", actor=THERE, site=OTHER_SITE, name="A. Silva", phone=E164, birthday="05-04", tags=["new"]
    )  # fmt: skip
    assert done.result == {"guest_id": here, "known": True}
    there = await card(house, here, OTHER_SITE)
    assert (there.name, there.email, there.birthday, there.tags) == ("Ana Silva", "ana@example.test", "05-04", ["new"])
    assert (there.notes, there.flags, there.blacklisted, there.blacklist_reason, there.tier) == (None, [], False, None, None)
    mine = await card(house, here)
    assert (mine.birthday, mine.tags, mine.blacklisted) == ("05-04", ["press"], True)


async def test_an_edit_changes_what_is_given_and_nothing_else(house):
    guest = await added(house, **CARD)
    before = await card(house, guest)
    done = await house.done("edit_guest", guest_id=guest, notes=None, tags=["friend", "friend"], tier="gold")
    assert (await house.facts(done.seq)) == ["guest.edited"]
    now = await card(house, guest)
    assert (now.notes, now.tags) == (None, ["friend"])
    assert now.version == before.version + 1
    same = {name for name in now.__struct_fields__ if getattr(now, name) == getattr(before, name)}
    assert same == set(now.__struct_fields__) - {"notes", "tags", "version"}
    facts = await house.pool.fetchval("SELECT facts FROM journal WHERE site_id = $1 AND seq = $2", SITE, done.seq)
    assert (facts[0]["fields"], facts[0]["site_ids"]) == (["notes", "tags"], [SITE])


async def test_an_edit_that_changes_nothing_is_no_change(house):
    guest = await added(house, **CARD)
    done = await house.done("edit_guest", guest_id=guest, tier="gold", phone="07700 900 123", flags=["nut_allergy", "vip"])
    assert await house.facts(done.seq) == []
    assert (await card(house, guest)).version == 2


async def test_name_and_number_are_the_persons_at_every_site_and_found_there(house):
    guest = await added(house)
    await added(house, OTHER_SITE)
    there = await card(house, guest, OTHER_SITE)
    done = await house.done(
        "edit_guest", guest_id=guest, name="Ana Łukaszewska", phone="+33 6 39 98 12 34", email="al@example.test", notes="Here"
    )  # fmt: skip
    facts = await house.pool.fetchval("SELECT facts FROM journal WHERE site_id = $1 AND seq = $2", SITE, done.seq)
    assert facts[0]["site_ids"] == sorted([SITE, OTHER_SITE])
    now = await card(house, guest, OTHER_SITE)
    assert (now.name, now.phone, now.email, now.notes) == ("Ana Łukaszewska", "+33639981234", "al@example.test", None)
    assert now.version > there.version, "whoever has the card open there must look again"
    for site in (SITE, OTHER_SITE):
        assert [hit.id for hit in await views.search(house.pool, site, "lukasz", 5)] == [guest]
        assert await views.search(house.pool, site, "07700", 5) == []
    assert (await views.by_contact(house.pool, OTHER_SITE, phone="0033639981234")).id == guest


async def test_a_stale_edit_shows_the_card_as_it_is(house):
    guest = await added(house)
    version = (await card(house, guest)).version
    await house.done("edit_guest", guest_id=guest, notes="First", expect_version=version)
    refused = await house.refused("edit_guest", "stale", guest_id=guest, notes="Second", expect_version=version)
    assert refused.about.notes == "First"


async def test_a_number_of_another_guest_is_refused_with_that_guest(house):
    ana, ben = await added(house), await added(house, name="Ben", phone="07700 900999")
    refused = await house.refused("edit_guest", "phone_taken", guest_id=ben, phone="+44 7700 900123")
    assert (refused.about.id, refused.field) == (ana, "phone")
    assert (await card(house, ben)).phone == "+447700900999"
    await house.done("edit_guest", guest_id=ana, phone="020 7946 0000")
    await house.done("edit_guest", guest_id=ben, phone="+44 7700 900123")


async def test_of_a_guest_of_another_site_only_that_the_number_is_taken_is_told(house):
    await added(house, OTHER_SITE)
    ben = await added(house, name="Ben", phone="07700 900999")
    refused = await house.refused("edit_guest", "phone_taken", guest_id=ben, phone=ANA["phone"])
    assert refused.about is None
    assert "Silva" not in refused.message


async def test_a_ban_needs_a_reason_and_lifting_it_none(house):
    guest = await added(house)
    assert (await house.refused("set_blacklist", "no_reason", actor=MANAGER, guest_id=guest, blacklisted=True)).field == "reason"
    await house.refused("set_blacklist", "invalid", actor=MANAGER, guest_id=guest, blacklisted=True, reason="too short")
    await house.refused("set_blacklist", "forbidden", guest_id=guest, blacklisted=True, reason="Threw a chair at us")
    done = await house.done("set_blacklist", actor=MANAGER, guest_id=guest, blacklisted=True, reason="Threw a chair at us")
    assert await house.facts(done.seq) == ["guest.blacklisted"]
    banned = await card(house, guest)
    assert (banned.blacklisted, banned.blacklist_reason) == (True, "Threw a chair at us")
    await house.done("set_blacklist", actor=MANAGER, guest_id=guest, blacklisted=False)
    assert (await card(house, guest)).blacklist_reason is None
    await house.refused("set_blacklist", "already_so", actor=MANAGER, guest_id=guest, blacklisted=False)


async def test_a_deleted_guest_is_gone_here_and_stays_elsewhere(house):
    guest = await added(house, **CARD)
    await added(house, OTHER_SITE)
    await house.refused("delete_guest", "invalid", actor=MANAGER, guest_id=guest, reason="too short")
    await house.refused("delete_guest", "forbidden", guest_id=guest, reason="They asked for it")
    done = await house.done("delete_guest", actor=MANAGER, guest_id=guest, reason="They asked for it")
    assert await house.facts(done.seq) == ["guest.deleted"]
    assert await card(house, guest) is None
    assert await views.search(house.pool, SITE, "silva", 5) == []
    assert await views.by_contact(house.pool, SITE, phone=E164) is None
    assert (await card(house, guest, OTHER_SITE)).name == "Ana Silva"
    for command in ("edit_guest", "delete_guest", "set_blacklist"):
        more = {"delete_guest": {"reason": "They asked twice"}, "set_blacklist": {"blacklisted": False}}.get(command, {})
        await house.refused(command, "not_found", actor=MANAGER, guest_id=guest, **more)


async def test_thirty_days_to_restore_and_not_one_more(house):
    kept, lost = await added(house, **CARD), await added(house, name="Ben", phone="07700 900999")
    before = await card(house, kept)
    await house.refused("restore_guest", "not_found", actor=MANAGER, guest_id=kept)
    for guest in (kept, lost):
        await house.done("delete_guest", actor=MANAGER, guest_id=guest, reason="A slip of the finger")
    await house.pass_time(30 * 24 * 60)
    done = await house.done("restore_guest", actor=MANAGER, guest_id=kept)
    assert await house.facts(done.seq) == ["guest.restored"]
    assert (await card(house, kept)).notes == before.notes
    assert [hit.id for hit in await views.search(house.pool, SITE, "silva", 5)] == [kept]
    await house.refused("restore_guest", "not_found", actor=MANAGER, guest_id=kept)
    await house.set_now(house.now + timedelta(seconds=1))
    await house.refused("restore_guest", "too_late", actor=MANAGER, guest_id=lost)


async def test_who_comes_back_after_being_deleted_has_a_new_card_but_an_old_ban(house):
    guest = await added(house, **CARD)
    await house.done("set_blacklist", actor=MANAGER, guest_id=guest, blacklisted=True, reason="Threw a chair at us")
    await house.done("delete_guest", actor=MANAGER, guest_id=guest, reason="They asked for it")
    done = await house.done("add_guest", **ANA, tags=["back"])
    assert done.result == {"guest_id": guest, "known": True}
    now = await card(house, guest)
    assert (now.notes, now.flags, now.tags, now.consents, now.tier) == (None, [], ["back"], [], None)
    assert now.blacklisted
    await house.refused("restore_guest", "not_found", actor=MANAGER, guest_id=guest)


async def test_other_sites_records_say_what_became_of_the_person_only(house):
    guest = await added(house)
    await added(house, OTHER_SITE)
    from hub.guests.reactions import note_guests

    done = await house.done("edit_guest", guest_id=guest, name="Ana Costa", notes="Not for you")
    facts = await house.pool.fetchval("SELECT facts FROM journal WHERE site_id = $1 AND seq = $2", SITE, done.seq)
    for _ in range(2):  # heard twice, noted once
        await note_guests.react(house.house, SITE, done.seq, facts)
    noted = (await recorded(house, guest, OTHER_SITE))[1:]
    assert noted == [({"name": "Ana Silva"}, {"name": "Ana Costa"})]
