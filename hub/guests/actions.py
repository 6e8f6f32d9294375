"""The only place guests change."""

from datetime import datetime
from typing import Any

import asyncpg
import msgspec
from msgspec import UNSET

from hub.core import sql
from hub.core.commands import TAKEN, handles
from hub.core.work import Work
from hub.guests import phones, rules, views
from hub.venues import views as venues
from schemas.base import Refused, conflict, invalid, not_found
from schemas.guests import (
    AddedGuest,
    AddGuest,
    DeleteGuest,
    EditGuest,
    GuestAdded,
    GuestBlacklisted,
    GuestDeleted,
    GuestEdited,
    GuestRestored,
    GuestRow,
    GuestsMerged,
    MergeGuests,
    NoteGuest,
    RestoreGuest,
    SetBlacklist,
)

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
    if phone.lstrip().startswith("+"):  # it says its country itself
        return phones.normal(phone, "ZZ")
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
        await _respell(work, found["id"])
    return str(found["id"])


async def profile_here(work: Work, person_id: str, *, source: str | None) -> GuestRow:
    """What this site knows of a person: made now if it knew nothing, begun anew if it was deleted."""
    guest = await views.guest(work.db, work.site_id, person_id)
    if guest is not None:
        return guest
    deleted = await q.has_profile(work.db, site_id=work.site_id, id=person_id)
    await work.touch("guest", person_id, for_good=True)
    write = q.renew_profile if deleted else q.insert_profile
    await write(work.db, site_id=work.site_id, id=person_id, search=await _spelled(work, person_id), source=source)
    work.tell(GuestAdded(guest_id=person_id))
    guest = await views.guest(work.db, work.site_id, person_id)
    assert guest is not None, "it was there a moment ago"
    return guest


async def _spelled(work: Work, person_id: str) -> str:
    return rules.spelled([tuple(known) for known in await q.known_by(work.db, id=person_id)])


async def _respell(work: Work, person_id: str) -> None:
    await q.respell(work.db, id=person_id, search=await _spelled(work, person_id))


# ---- the card, by hand


@handles(AddGuest)
async def add_guest(work: Work, wish: AddGuest) -> AddedGuest | Refused:
    number = await number_of(work, wish.phone)
    refused = (
        rules.refuse_dates(wish.birthday, wish.anniversaries)
        or (invalid("phone", "There is no digit in this phone number.") if wish.phone and not number else None)
        or await _refuse_favourites(work, wish.favourite_table_id, wish.favourite_area_id)
    )
    if refused:
        return refused
    told = {"phone": number, "email": wish.email, "birthday": wish.birthday, "anniversaries": list(wish.anniversaries)}
    new_id, known = work.new_id(), None
    for _ in range(TRIES):
        known = await q.by_phone(work.db, org_id=work.org_id, phone=number) if number else None
        if known or await q.insert_person(
            work.db, id=new_id, org_id=work.org_id, name=wish.name, now=work.now, **told
        ):  # fmt: skip
            break
    else:
        raise RuntimeError(f"a phone number is taken and free again, {TRIES} times in a row")
    guest_id = known["id"] if known else new_id
    if known:
        here = await views.guest(work.db, work.site_id, guest_id)
        if here:
            return conflict("known_already", f"{here.name} has this phone number already.", about=here, field="phone")
        lacked = {name: known[name] or value for name, value in told.items()}
        if {**known, **lacked} != dict(known):
            await work.touch("guest", guest_id)
            await q.update_person(work.db, **{**known, **lacked})
            await _respell(work, guest_id)
    await profile_here(work, guest_id, source=None)
    card = {name: getattr(wish, name) for name in rules.CARD}
    await q.update_card(work.db, site_id=work.site_id, id=guest_id, **rules.kept(card))
    return AddedGuest(guest_id=guest_id, known=known is not None)


@handles(EditGuest)
async def edit_guest(work: Work, wish: EditGuest) -> Refused | None:
    guest = await work.one("guest", wish.guest_id, field="guest_id", expect=wish.expect_version)
    if isinstance(guest, Refused):
        return guest
    given = {
        name: value for name in (*rules.PERSON, *rules.CARD)
        if (value := getattr(wish, name)) is not UNSET
    }  # fmt: skip
    return await edit(work, guest, given)


async def edit(work: Work, guest: GuestRow, given: dict[str, Any]) -> Refused | None:
    """Changes what is given of a guest (touched by the caller): the person's own at every site, the rest here."""
    refused = (
        rules.refuse_dates(given.get("birthday"), given.get("anniversaries"))
        or await _refuse_favourites(work, given.get("favourite_table_id"), given.get("favourite_area_id"))
        or await _read_number(work, guest, given)
    )
    if refused:
        return refused
    given = rules.kept(given)
    changed = {name: value for name, value in given.items() if getattr(guest, name) != value}
    own, noted = (
        {name: changed.get(name, getattr(guest, name)) for name in names} if changed.keys() & set(names) else None
        for names in (rules.PERSON, rules.CARD)
    )
    site_ids = [work.site_id]
    if own:
        await q.update_person(work.db, id=guest.id, **own)
        await _respell(work, guest.id)
        site_ids = [record["site_id"] for record in await q.sites_knowing(work.db, id=guest.id)]
    if noted:
        await q.update_card(work.db, site_id=work.site_id, id=guest.id, **noted)
    if changed:
        work.tell(GuestEdited(guest_id=guest.id, fields=sorted(changed), site_ids=site_ids))
    return None


async def _read_number(work: Work, guest: GuestRow, given: dict[str, Any]) -> Refused | None:
    """Puts the number in `given` as it is kept; refused when it is none, or somebody else's. Whose it is, is told only
    of those this site knows."""
    if not given.get("phone"):
        return None
    given["phone"] = number = await number_of(work, given["phone"])
    if number is None:
        return invalid("phone", "There is no digit in this phone number.")
    holder = await q.by_phone(work.db, org_id=work.org_id, phone=number)
    if holder is None or holder["id"] == guest.id:
        return None
    other = await views.guest(work.db, work.site_id, holder["id"])
    sentence = f"{other.name} has this phone number." if other else "This phone number is somebody else's already."
    return conflict("phone_taken", sentence, about=other, field="phone", retry="never")


async def _refuse_favourites(work: Work, table_id: Any, area_id: Any) -> Refused | None:
    if isinstance(table_id, str) and not await q.is_table(work.db, site_id=work.site_id, id=table_id):
        return not_found("favourite_table_id", "There is no such table here.")
    if isinstance(area_id, str) and not await q.is_area(work.db, site_id=work.site_id, id=area_id):
        return not_found("favourite_area_id", "There is no such area here.")
    return None


@handles(SetBlacklist)
async def set_blacklist(work: Work, wish: SetBlacklist) -> Refused | None:
    guest = await work.one("guest", wish.guest_id, field="guest_id", expect=wish.expect_version)
    if isinstance(guest, Refused):
        return guest
    if wish.blacklisted and wish.reason is None:
        return invalid("reason", "Say in 10 characters or more why nobody may book for them.", reason="no_reason")
    if not wish.blacklisted and not guest.blacklisted:
        return conflict("already_so", f"{guest.name} may be booked already.", about=guest)
    reason = wish.reason if wish.blacklisted else None
    await q.set_blacklist(
        work.db, site_id=work.site_id, id=guest.id, blacklisted=wish.blacklisted, reason=reason
    )
    work.tell(GuestBlacklisted(guest_id=guest.id, blacklisted=wish.blacklisted))
    return None


@handles(DeleteGuest)
async def delete_guest(work: Work, wish: DeleteGuest) -> Refused | None:
    guest = await work.one("guest", wish.guest_id, field="guest_id", expect=wish.expect_version)
    if isinstance(guest, Refused):
        return guest
    await q.delete_profile(
        work.db, site_id=work.site_id, id=guest.id, now=work.now, by=work.actor.id, reason=wish.reason
    )
    work.tell(GuestDeleted(guest_id=guest.id))
    return None


@handles(RestoreGuest)
async def restore_guest(work: Work, wish: RestoreGuest) -> Refused | None:
    deleted_at = await q.deleted_at(work.db, site_id=work.site_id, id=wish.guest_id)
    if deleted_at is None:
        return not_found("guest_id", "No such guest was deleted here.")
    refused = rules.refuse_restoring(deleted_at, work.now, work.policies.get("audit.restore_days"))
    if refused:
        return refused
    await work.touch("guest", wish.guest_id)
    await q.restore_profile(work.db, site_id=work.site_id, id=wish.guest_id)
    work.tell(GuestRestored(guest_id=wish.guest_id))
    return None


# ---- two records of one person


@handles(MergeGuests)
async def merge_guests(work: Work, wish: MergeGuests) -> Refused | None:
    """Every site's cards are merged in this one transaction; no row of them is on any channel, and what follows at
    other sites (bookings, the record) follows the fact."""
    if wish.keep_id == wish.gone_id:
        return invalid("gone_id", "That is one record, not two.", reason="same_guest")
    keep = await work.one("guest", wish.keep_id, field="keep_id", expect=wish.expect_version)
    if isinstance(keep, Refused):
        return keep
    gone = await work.one("guest", wish.gone_id, field="gone_id")
    if isinstance(gone, Refused):
        return gone
    by_site: dict[str, dict[str, Any]] = {}
    for card in await q.both_cards(work.db, keep_id=keep.id, gone_id=gone.id):
        by_site.setdefault(card["site_id"], {})[card["id"]] = card
    for site_id, cards in by_site.items():
        if keep.id not in cards:
            await q.hand_over(work.db, site_id=site_id, keep_id=keep.id, gone_id=gone.id)
        elif gone.id in cards:
            one = rules.one_card(cards[keep.id], cards[gone.id])
            if site_id == work.site_id and len(one["notes"] or "") > rules.NOTES_MAX:
                sentence = f"Their notes together are longer than {rules.NOTES_MAX} characters. Shorten one of them."
                return conflict("notes_too_long", sentence, field="notes", retry="never")
            await q.write_merged(work.db, site_id=site_id, id=keep.id, **one)
            await q.empty_card(work.db, site_id=site_id, id=gone.id)
    await q.merge_person(work.db, keep_id=keep.id, gone_id=gone.id)
    persons = [msgspec.structs.asdict(guest) for guest in (keep, gone)]
    await q.update_person(work.db, id=keep.id, **rules.one_person(*persons))
    await _respell(work, keep.id)
    work.tell(GuestsMerged(keep_id=keep.id, gone_id=gone.id, site_ids=list(by_site)))
    return None


@handles(NoteGuest)
async def note_guest(work: Work, wish: NoteGuest) -> None:
    if await views.guest(work.db, work.site_id, wish.guest_id):
        work.note_change("guest", wish.guest_id, wish.was, wish.now)


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
