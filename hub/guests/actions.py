"""The only place guests change."""

from datetime import datetime

import asyncpg

from hub.core import sql
from hub.core.commands import TAKEN
from hub.core.work import Work
from hub.guests import phones, rules, views
from hub.venues import views as venues
from schemas.base import Refused, not_found
from schemas.guests import GuestAdded, GuestRow

q = sql.load(__file__)

TAKEN["guest_one_per_phone"] = ("phone_taken", "Another guest was given this phone number a moment ago. Look again.")

TRIES = 4  # two sites that meet the same new guest at once: one makes them, the other finds them at its second look


async def recognise(
    work: Work, *, name: str, phone: str | None = None, email: str | None = None, guest_id: str | None = None,
    source: str | None = None,
) -> GuestRow | Refused | None:  # fmt: skip
    """The guest of a booking or party: by id, else by phone, else by e-mail, else made of them; None with neither. A
    person another site knows gets a profile here. What they have not told before (a number, an address) is added; what
    they have is left alone. All of it stays when the command is undone: they did call."""
    if guest_id is not None:
        known = await views.guest(work.db, work.site_id, guest_id)
        return known or not_found("guest_id", "There is no such guest here.")
    number, email = await number_of(work, phone), email or None
    if number is None and email is None:
        return None
    for _ in range(TRIES):
        person_id = await _person(work, name=name, number=number, email=email)
        if person_id is not None:
            break
    else:
        raise RuntimeError(f"a phone number is taken and free again, {TRIES} times in a row")
    return await profile_here(work, person_id, source=source)


async def number_of(work: Work, phone: str | None) -> str | None:
    """A phone number as it is kept, read as it is dialled at this site."""
    if not phone:
        return None
    site = await venues.site(work.db, work.site_id)
    assert site is not None, "the site of a command exists"
    return phones.normal(phone, site.country)


async def _person(work: Work, *, name: str, number: str | None, email: str | None) -> str | None:
    """The living person with this number or address, or a new one; None when somebody else was faster."""
    found = await q.by_phone(work.db, org_id=work.org_id, phone=number) if number else None
    if found is None and email:
        found = await q.by_email(work.db, site_id=work.site_id, org_id=work.org_id, email=email)
    if found is None:
        new_id = work.new_id()
        made = await q.insert_person(
            work.db, id=new_id, org_id=work.org_id, name=name, phone=number, email=email, birthday=None,
            anniversaries=[], now=work.now,
        )  # fmt: skip
        return str(made) if made else None
    now = {**found, "phone": found["phone"] or number, "email": found["email"] or email}
    if now != dict(found):
        await work.touch("guest", found["id"], for_good=True)
        try:
            async with work.db.transaction():  # a number that was taken meanwhile must not spoil the whole command
                await q.update_person(work.db, **now)
        except asyncpg.UniqueViolationError:
            return None
        await q.respell(work.db, id=found["id"], search=rules.spelled(now["name"], now["phone"], now["email"]))
    return str(found["id"])


async def profile_here(work: Work, person_id: str, *, source: str | None) -> GuestRow:
    """What this site knows of a person: made now if it knew nothing, begun anew if it was deleted."""
    profile = await q.profile(work.db, site_id=work.site_id, id=person_id)
    if profile is None or profile["deleted"]:
        person = await q.person(work.db, id=person_id)
        await work.touch("guest", person_id, for_good=True)
        write = q.insert_profile if profile is None else q.renew_profile
        search = rules.spelled(person["name"], person["phone"], person["email"])
        await write(work.db, site_id=work.site_id, id=person_id, search=search, source=source)
        work.tell(GuestAdded(guest_id=person_id))
    guest = await views.guest(work.db, work.site_id, person_id)
    assert guest is not None, "it was made a moment ago"
    return guest


async def set_counts(
    work: Work, guest_id: str, *, visits: int, no_shows: int, cancellations: int, covers_total: int,
    first_seen: datetime | None, last_seen: datetime | None,
) -> bool:  # fmt: skip
    """What a guest's evenings here add up to; whether that is news. Worked out by the house, so it is on no record and
    raises no version."""
    changed = await q.set_counts(
        work.db, site_id=work.site_id, id=guest_id, visits=visits, no_shows=no_shows, cancellations=cancellations,
        covers_total=covers_total, first_seen=first_seen, last_seen=last_seen,
    )  # fmt: skip
    return changed is not None
