"""Who a booking's guest is: by id, by number, by address, or somebody new; the same person at every site."""

import asyncio
from contextlib import asynccontextmanager

from hub.core.ids import new_id
from hub.core.work import Work
from hub.guests import actions, views
from schemas.base import Refused
from tests.kit import HOST, ORG, OTHER_SITE, SITE, ZONE, LawfulHouse


@asynccontextmanager
async def working(house: LawfulHouse, site: str = SITE):
    """A command at work, without the command."""
    async with house.pool.acquire() as db, db.transaction():
        yield Work(
            db=db, site_id=site, org_id=ORG, timezone=ZONE, seq=1, now=house.now, actor=HOST, new_id=new_id,
            policies=await house.policies_of(db, ORG, site), types=house.types, undoable=True,
        )  # fmt: skip


async def recognise(house: LawfulHouse, site: str = SITE, **contact):
    async with working(house, site) as work:
        return await actions.recognise(work, **{"name": "Ana Silva", **contact})


async def living(house: LawfulHouse, phone: str) -> int:
    return await house.pool.fetchval("SELECT count(*) FROM guest WHERE phone = $1 AND merged_into IS NULL", phone)


async def test_nobody_without_a_number_or_an_address(house):
    assert await recognise(house) is None
    assert await recognise(house, phone="---", email="") is None
    assert await house.pool.fetchval("SELECT count(*) FROM guest") == 0


async def test_a_number_is_one_person_however_it_is_written(house):
    first = await recognise(house, phone="07700 900123", source="web")
    assert (first.name, first.phone, first.source, first.visits) == ("Ana Silva", "+447700900123", "web", 0)
    again = await recognise(house, name="A. Silva", phone="+44 (0)7700 900 123")
    assert again == first, "the name they are known by is kept, and nothing was written"


async def test_by_address_whatever_its_case_and_what_was_lacking_is_added(house):
    first = await recognise(house, email="Ana@Example.test")
    again = await recognise(house, email="ana@example.TEST", phone="07700 900123")
    assert again.id == first.id
    assert (again.phone, again.version) == ("+447700900123", first.version + 1)
    by_phone = await recognise(house, phone="07700900123")
    assert by_phone.id == first.id


async def test_what_somebody_has_is_never_changed_by_a_booking(house):
    first = await recognise(house, phone="07700 900123", email="ana@example.test")
    other = await recognise(house, phone="07700 900123", email="else@example.test", name="Else")
    assert other == first
    assert await recognise(house, phone="07700 900999", email="ana@example.test") == first


async def test_the_number_wins_over_the_address(house):
    one = await recognise(house, phone="07700 900123")
    two = await recognise(house, email="ben@example.test", name="Ben")
    assert (await recognise(house, phone="07700 900123", email="ben@example.test")).id == one.id != two.id
    assert (await views.guest(house.pool, SITE, one.id)).email == "ben@example.test"


async def test_by_id_only_whom_this_site_knows(house):
    here = await recognise(house, phone="07700 900123")
    assert await recognise(house, guest_id=here.id) == here
    for site, guest_id in ((OTHER_SITE, here.id), (SITE, "nobody")):
        refused = await recognise(house, site, guest_id=guest_id)
        assert isinstance(refused, Refused)
        assert (refused.reason, refused.field) == ("not_found", "guest_id")


async def test_another_site_knows_the_person_and_nothing_of_the_card(house):
    here = await recognise(house, phone="07700 900123", source="web")
    await house.pool.execute(
        "UPDATE guest_profile SET notes = 'Argues', tags = '{difficult}', visits = 9, blacklisted = true, flags = '{vip}'"
    )
    there = await recognise(house, OTHER_SITE, name="Someone", phone="07700 900123", source="phone")
    assert (there.id, there.name, there.phone) == (here.id, "Ana Silva", "+447700900123")
    assert (there.notes, there.tags, there.visits, there.blacklisted, there.flags) == (None, [], 0, False, [])
    assert there.source == "phone"


async def test_two_sites_meet_a_new_guest_at_once(house):
    async def meet(site):
        async with working(house, site) as work:
            guest = await actions.recognise(work, name=f"At {site}", phone="07700 900123")
            await asyncio.sleep(0.05)  # the other is waiting for this transaction's answer by now
            return guest

    one, two = await asyncio.gather(meet(SITE), meet(OTHER_SITE))
    assert one.id == two.id
    assert one.name == two.name
    assert await living(house, "+447700900123") == 1


async def test_what_recognition_wrote_is_no_part_of_what_undo_takes_back(house):
    async with working(house) as work:
        await actions.recognise(work, name="Ana", email="ana@example.test")
        await actions.recognise(work, name="Ana", email="ana@example.test", phone="07700 900123")
        assert work.before
        assert not work.images


async def test_by_contact_sees_only_whom_the_site_knows(house):
    here = await recognise(house, phone="07700 900123", email="ana@example.test")
    assert await views.by_contact(house.pool, SITE, phone="7700 900123") == here
    assert await views.by_contact(house.pool, SITE, email="ANA@example.test") == here
    assert await views.by_contact(house.pool, OTHER_SITE, phone="07700 900123") is None
    assert await views.by_contact(house.pool, SITE) is None


async def test_counts_are_news_once(house):
    guest = await recognise(house, phone="07700 900123")
    counts = {"visits": 3, "no_shows": 1, "cancellations": 2, "covers_total": 9, "first_seen": house.now, "last_seen": house.now}
    async with working(house) as work:
        assert await actions.set_counts(work, guest.id, **counts) is True
        assert await actions.set_counts(work, guest.id, **counts) is False
        assert await actions.set_counts(work, "nobody", **counts) is False
    counted = await views.guest(house.pool, SITE, guest.id)
    assert {name: getattr(counted, name) for name in counts} == counts
    assert counted.version == guest.version
