"""Who the people of an import are: known by number or address, else new; all of them at once.

The same rules as for one booking (`guests.actions.recognise`), for two hundred thousand.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hub.core import sql
from hub.core.work import Work
from hub.guests.rules import spelled

q = sql.load(__file__)


@dataclass(frozen=True, slots=True)
class Contact:
    """One person as a line names them. `number` is as it is kept; a line with neither number nor address (`ref` then
    names it) is a person of its own."""

    name: str
    number: str | None = None
    email: str | None = None
    ref: str | None = None


@dataclass(slots=True)
class Card:
    """What this site has of a person: `fresh` when it is to be made, `deleted` when a host took it away; a file brings
    nobody back."""

    id: str
    name: str
    flags: list[str]
    notes: str | None
    import_ref: str | None
    fresh: bool = False
    deleted: bool = False


async def meet(work: Work, contacts: Iterable[Contact]) -> dict[Contact, Card]:
    """Each contact's card here. People nobody knew are made; their cards are `fresh` until `keep` writes them."""
    wanted = list(dict.fromkeys(contacts))
    who = await _who(work, wanted)
    come: dict[str, Contact] = {}  # new people by id
    ids: dict[Contact, str] = {}
    # whoever brings a number and an address first, so that lines with one of the two find them
    for contact in sorted(wanted, key=lambda one: (one.number is None, one.email is None)):
        keys = _keys(contact)
        found = next((who[key] for key in keys if key in who), None)
        if found is None:
            found = work.new_id()
            come[found] = contact
        for key in keys:
            who.setdefault(key, found)
        ids[contact] = found
    if come:
        await q.insert_people(
            work.db, org_id=work.org_id, now=work.now, ids=list(come), names=[one.name for one in come.values()],
            phones=[one.number for one in come.values()], emails=[one.email for one in come.values()],
        )  # fmt: skip
        numbers = [one.number for one in come.values() if one.number]
        kept = dict(map(tuple, await q.by_numbers(work.db, org_id=work.org_id, numbers=numbers)))
        # a number another site met in this very moment is the person they made
        made = {person: kept.get(contact.number, person) for person, contact in come.items()}
        ids = {contact: made.get(person, person) for contact, person in ids.items()}
    records = await q.profiles_of(work.db, site_id=work.site_id, ids=list(set(ids.values())))
    cards = {record["id"]: Card(**record) for record in records}
    for contact, person in ids.items():
        if person not in cards:
            cards[person] = Card(person, contact.name, [], None, None, fresh=True)
    return {contact: cards[person] for contact, person in ids.items()}


async def _who(work: Work, contacts: list[Contact]) -> dict[tuple[str, str], str]:
    numbers = [contact.number for contact in contacts if contact.number]
    emails = [contact.email for contact in contacts if contact.email]
    who = {
        ("email", record["email"]): record["id"]
        for record in await q.by_emails(work.db, org_id=work.org_id, site_id=work.site_id, emails=emails)
    }
    return who | {
        ("number", record["phone"]): record["id"]
        for record in await q.by_numbers(work.db, org_id=work.org_id, numbers=numbers)
    }


def _keys(contact: Contact) -> list[tuple[str, str]]:
    keys = [("number", contact.number or ""), ("email", (contact.email or "").lower()), ("line", contact.ref or "")]
    return [key for key in keys if key[1]][: 2 if contact.number or contact.email else 1]


async def keep(work: Work, cards: Iterable[Card]) -> None:
    """Writes the fresh cards."""
    fresh = {card.id: card for card in cards if card.fresh}
    people = {record["id"]: record for record in await q.people(work.db, ids=list(fresh))}
    records: list[tuple[Any, ...]] = []
    for card in fresh.values():
        person = people[card.id]
        card.name, card.fresh = person["name"], False
        search = spelled([(person["name"], person["phone"], person["email"])])
        records.append((work.site_id, card.id, search, card.flags, card.notes, card.import_ref, "import"))
    columns = ("site_id", "id", "search", "flags", "notes", "import_ref", "source")
    await work.db.copy_records_to_table("guest_profile", records=records, columns=columns)
