"""Journal lines as sentences a host reads. Facts hold ids only, so names are looked up when a line is read."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import asyncpg

from hub.core import sql
from hub.policies.defaults import POLICIES
from hub.policies.templates import TEMPLATES

q = sql.load(__file__)

# The first of these that a command told names it: what it was for stands before what followed from it.
SENTENCES: dict[str, str] = {
    "house.undone": "Taken back: {undone}",
    "table.seated": "{seating} seated at {tables}",
    "table.moved": "{seating} moved to {now}",
    "table.combined": "{seating} spread over {tables}",
    "table.merged": "{into} and another party put together",
    "table.split": "{seating} split",
    "table.stage_set": "{seating}: {stage}",
    "table.seating_edited": "{seating} changed",
    "table.cleared": "{seating} left {tables}",
    "section.changed": "Section changed",
    "assign.plan_accepted": "{moved} moved as planned",
    "assign.plan_dismissed": "Proposals of the plan turned down",
    "assign.bookings_placed": "{moved} planned at other tables",
    "assign.booking_pinned": "{booking} {pinned}",
    "reservation.rescheduled": "{booking} moved to another time",
    "reservation.created": "{booking} booked",
    "reservation.deleted": "{booking} deleted",
    "reservation.restored": "{booking} restored",
    "reservation.cancelled": "{booking} cancelled",
    "reservation.no_show": "{booking} marked no-show",
    "reservation.arrived": "{booking} arrived",
    "reservation.late": "{booking} marked late",
    "reservation.reconfirmed": "{booking} will come",
    "reservation.placed": "{booking} planned at {tables}",
    "reservation.updated": "{booking} changed",
    "waitlist.added": "{party} added to the waitlist",
    "waitlist.offer_sent": "{party} offered {tables}",
    "waitlist.offer_answered": "{party} {outcome} an offer",
    "waitlist.offer_expired": "{party} let an offer pass",
    "waitlist.offer_revoked": "The offer to {party} taken back",
    "waitlist.removed": "{party} taken off the waitlist",
    "waitlist.converted": "{party} no longer waits",
    "waitlist.replied": "{party} answered: {reply}",
    "waitlist.edited": "{party} changed",
    "guest.merged": "Two profiles put together as {keep}",
    "guest.added": "{guest} added to the guest book",
    "guest.deleted": "Profile of {guest} deleted",
    "guest.restored": "Profile of {guest} restored",
    "guest.blacklisted": "{guest} {listed}",
    "guest.edited": "Profile of {guest} changed",
    "guest.recounted": "Visits of guests counted anew",
    "guest.code_sent": "A guest was sent a code",
    "guest.code_tried": "A guest typed a code",
    "people.staff_added": "{person} given a login",
    "people.roles_set": "{person} is now {roles}",
    "people.staff_deactivated": "Login of {person} closed",
    "people.staff_reactivated": "Login of {person} opened again",
    "people.key_added": "Key “{key}” made",
    "people.key_revoked": "Key “{key}” revoked",
    "policy.changed": "{policy} changed",
    "table.status_changed": "{table} {status}",
    "table.scanned": "{table} scanned by a guest",
    "table.reset": "{table} reset",
    "table.updated": "{table} changed on the floor plan",
    "table.turn_alert": "{seating} over time",
    "floor.area_changed": "An area of the floor plan changed",
    "floor.join_added": "{joined} can be joined",
    "floor.join_removed": "{joined} are no longer joined",
    "reservation.unplaced": "{booking} needs another table",
    "reservation.status_changed": "{booking} {booking_status}",
    "reservation.events_team": "The events team told of {booking}",
    "reservation.guest_refreshed": "Bookings of {guest} brought up to date",
    "availability.opening": "Kept for the waiting line: {tables}",
    "availability.opening_released": "A table kept for the waiting line let go",
    "availability.rule_changed": "What recurs in the calendar changed",
    "availability.slot_changed": "{at} on {on} changed in the calendar",
    "availability.day_changed": "A special day changed, {first_day} to {last_day}",
    "availability.staff_changed": "Staff of {on} set",
    "availability.weather_changed": "Rain told, or taken back",
    "availability.changed": "Times offered have changed",
    "availability.reseated": "{booking} taken by planning others elsewhere",
    "availability.hold": "A time kept for a booking being filled in: {tables}",
    "availability.hold_released": "A time kept for a booking let go",
    "message.queued": "Message: {template}",
    "message.blocked": "Message held back: {template}",
    "message.noted": "Message {message_status}",
    "house.imported": "Records brought in from a file",
    "house.clock_set": "The sample clock set",
    "house.service_day_turned": "A service day began",
    "house.venue_refreshed": "The house's own details changed",
    "waitlist.reordered": "The waiting line worked out anew",
    "assign.plan_updated": "The plan of the evening worked out anew",
}
STAGES = {"just_sat": "just sat", "ordered": "ordered", "served": "served", "check": "check", "paid": "paid"}
STATUSES = {"available": "open", "cleaning": "to clear", "out_of_service": "blocked", "occupied": "occupied"}
KINDS = {"into": "party", "keep": "guest", "seating": "party"}  # what a nameless one is called


class Sentences:
    """Tells lines (records with `command` and `facts`), all their names looked up at once. `of` is what to call."""

    def __init__(self, names: Mapping[str, str], undone: Mapping[int, Mapping[str, Any]]) -> None:
        self._names, self._undone = names, undone

    @classmethod
    async def about(cls, db: asyncpg.Connection, site_id: str, lines: Sequence[Mapping[str, Any]]) -> "Sentences":
        facts = [fact for line in lines for fact in line["facts"]]
        seqs = [fact["seq"] for fact in facts if fact["fact"] == "house.undone"]
        undone = {line["seq"]: line for line in await q.told(db, site_id=site_id, seqs=seqs)} if seqs else {}
        facts += [fact for line in undone.values() for fact in line["facts"]]
        return cls(await _names(db, site_id, facts), undone)

    def of(self, line: Mapping[str, Any]) -> str:
        told = {fact["fact"]: fact for fact in reversed(line["facts"])}
        for name, sentence in SENTENCES.items():
            if name in told:
                said = sentence.format_map(_Words(self, told[name], self._names))
                return f"A{said[1:]}" if said.startswith("a ") else said  # a name keeps its own first letter
        return str(line["command"]).replace("_", " ").capitalize()

    def undone(self, seq: int) -> str:
        line = self._undone.get(seq)
        return self.of(line) if line else "what was done before"


async def _names(db: asyncpg.Connection, site_id: str, facts: list[dict]) -> dict[str, str]:
    """Every name a blank may stand for, by id."""

    def ids(*fields: str) -> list[str]:
        found: set[str] = set()
        for fact in facts:
            for field in fields:
                value = fact.get(field)
                found.update(value if isinstance(value, list) else [value] if isinstance(value, str) else [])
        return sorted(found)

    names: dict[str, str] = {}
    for query, wanted in (
        (q.seating_names, ids("seating_id", "into_id", "new_seating_id")),
        (q.booking_names, ids("booking_id")),
        (q.party_names, ids("party_id")),
    ):
        if wanted:
            names |= {
                row["id"]: f"{row['name']} · {row['covers']}" for row in await query(db, site_id=site_id, ids=wanted)
            }
    gone = [one for one in ids("seating_id", "into_id", "new_seating_id", "booking_id", "party_id") if one not in names]
    if gone:  # taken back since: only the record knows them
        names |= {row["id"]: f"{row['name']} · {row['covers']}" for row in await q.gone(db, site_id=site_id, ids=gone)}
    for query, wanted in (
        (q.table_numbers, ids("table_ids", "table_id", "now", "was", "a", "b")),
        (q.guest_names, ids("guest_id", "keep_id")),
        (q.staff_names, ids("staff_id")),
        (q.key_names, ids("key_id")),
    ):
        if wanted:
            names |= {row["id"]: row["name"] for row in await query(db, site_id=site_id, ids=wanted)}
    return names


class _Words(dict):
    """What the blanks of a sentence stand for; a name that is gone reads as what kind of thing it was."""

    def __init__(self, sentences: Sentences, fact: dict[str, Any], names: Mapping[str, str]) -> None:
        super().__init__()
        self._sentences, self._fact, self._names = sentences, fact, names

    def __missing__(self, blank: str) -> str:
        fact = self._fact
        match blank:
            case "tables":
                return self._numbers(fact.get("table_ids", []))
            case "now":
                return self._numbers(fact.get("now", []))
            case "joined":
                return f"Tables {self._numbers([fact.get('a', ''), fact.get('b', '')])}"
            case "table":
                return f"Table {self._names.get(fact.get('table_id', ''), '?')}"
            case "stage":
                return STAGES.get(fact.get("now", ""), "")
            case "status":
                return STATUSES.get(fact.get("now", ""), "")
            case "booking_status":
                return str(fact.get("now", "")).replace("_", "-")
            case "message_status":
                return str(fact.get("status", ""))
            case "at" | "on" | "first_day" | "last_day":
                return str(fact.get(blank) or "?")
            case "outcome" | "reply":
                return str(fact.get(blank) or "").replace("_", " ")
            case "listed":
                return "put on the blacklist" if fact.get("blacklisted") else "taken off the blacklist"
            case "roles":
                return ", ".join(role.replace("_", " ") for role in fact.get("roles", [])) or "without a role here"
            case "policy":
                policy = POLICIES.get(fact.get("policy", ""))
                return policy.title if policy else "A policy"
            case "template":
                return _title(fact.get("template", ""))
            case "moved":
                count = len(fact.get("moves", ()))
                return f"{count} booking{'' if count == 1 else 's'}"
            case "pinned":
                return "stays where it is" if fact.get("pinned") else "may be moved by the plan"
            case "undone":
                return self._sentences.undone(fact.get("seq", 0))
            case "person":
                return self._names.get(fact.get("staff_id", ""), "Somebody")
        return self._names.get(fact.get(f"{blank}_id") or "", f"a {KINDS.get(blank, blank)}")

    def _numbers(self, ids: Iterable[str]) -> str:
        return " + ".join(self._names.get(table_id, "?") for table_id in ids) or "no table"


def _title(template: str) -> str:
    """`booking_confirmed`, with or without its channel → Booking confirmed."""
    told = TEMPLATES.get(template) or TEMPLATES.get(f"{template}.sms") or TEMPLATES.get(f"{template}.email")
    return told.title.partition(" (")[0] if told else template.replace("_", " ")
