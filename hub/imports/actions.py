"""Takes the staged lines of an import into a site: every line or none. Bulk work: screens re-read whole channels."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec

from hub.core import sql
from hub.core.clock import service_date
from hub.core.commands import handles
from hub.core.ids import new_ticket, short_code
from hub.core.work import Work
from hub.guests import actions as cards_of_guests
from hub.guests import views as guests
from hub.guests.rules import searchable
from hub.holds import actions as holds
from hub.holds import fits
from hub.imports import people, rules
from hub.imports.people import Contact
from hub.reservations import actions as reservations
from schemas.base import Refused, conflict
from schemas.imports import ApplyImport, BookLine, FloorLine, GuestLine, Imported, Report

q = sql.load(__file__)

CHANGES_SHOWN = 20
PLACED_MAX = 300  # upcoming bookings given tables by the import itself, earliest first; the rest wait unplaced


@dataclass(slots=True)
class Tally:
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    changes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def count(self, kind: str, what: str, sentence: str | None = None) -> None:
        kinds = self.counts.setdefault(kind, {"new": 0, "changed": 0, "same": 0})
        kinds[what] += 1
        if sentence and len(self.changes) < CHANGES_SHOWN:
            self.changes.append(sentence)


@handles(ApplyImport)
async def apply_import(work: Work, wish: ApplyImport) -> Report | Refused:
    tally = Tally()
    floor = await _lines(work, wish.import_id, "floor", FloorLine)
    known = await _lines(work, wish.import_id, "guests", _Person)
    book = await _lines(work, wish.import_id, "book", _Visit)
    if not (floor or known or book):
        return conflict("nothing_staged", "There is nothing to import.", retry="never")
    if floor:
        await _take_floor(work, [line for _, line in floor], tally)
    if known:
        await _take_guests(work, [line for _, line in known], tally)
    if book:
        refused = await _take_book(work, book, tally)
        if refused:
            return refused
    report = Report(counts=tally.counts, changes=tally.changes, warnings=tally.warnings)
    if wish.dry_run:
        # a refusal rolls everything back: a dry run walks the whole way and leaves no trace
        return Refused(code="conflict", reason="dry_run", message="Nothing was changed.", about=report)
    work.tell(Imported(import_id=wish.import_id, counts=tally.counts))
    return report


class _Visit(msgspec.Struct, frozen=True, kw_only=True):
    """A staged book line: the line, its moments already in UTC, its name for ever."""

    line: BookLine
    starts_at: datetime
    booked_at: datetime
    ref: str
    number: str | None = None
    """Its phone number as it is kept."""
    search: str = ""


async def _lines(work: Work, import_id: str, kind: str, cls: type) -> list[tuple[int, Any]]:
    records = await q.staged(work.db, import_id=import_id, kind=kind)
    return [(record["line"], msgspec.convert(record["data"], cls)) for record in records]


async def _take_floor(work: Work, lines: list[FloorLine], tally: Tally) -> None:
    work.reset(f"floor:{work.site_id}")
    areas = {record["name"]: record["id"] for record in await q.areas_by_name(work.db, site_id=work.site_id)}
    known = {record["number"]: dict(record) for record in await q.tables_by_number(work.db, site_id=work.site_id)}
    by_area: dict[str, list[FloorLine]] = defaultdict(list)
    for line in lines:
        by_area[line.area].append(line)
    ids = {number: record["id"] for number, record in known.items()}
    for area, its_lines in by_area.items():
        places = iter(rules.grid_places(len(its_lines)))
        if area not in areas:
            areas[area] = work.new_id()
            await q.insert_area(
                work.db, site_id=work.site_id, id=areas[area], name=area, kind="indoor", width=400.0, height=300.0,
                position=len(areas),
            )  # fmt: skip
            tally.count("areas", "new", f"area {area} is new")
        reach = [0.0, 0.0]
        for line in its_lines:
            spot = next(places)
            old = known.get(line.number)
            size = rules.plan_size(line)
            w, h = line.w or (old["w"] if old else size[0]), line.h or (old["h"] if old else size[1])
            x = line.x if line.x is not None else old["x"] if old else spot[0]
            y = line.y if line.y is not None else old["y"] if old else spot[1]
            stored = {
                "area_id": areas[area], "name": line.name,
                "min_covers": line.min_covers or max(1, line.max_covers // 2),
                "max_covers": line.max_covers, "furniture": line.furniture, "shape": line.shape,
                "features": list(line.features), "preferred_for": list(line.preferred_for), "priority": line.priority,
                "x": x, "y": y, "w": w, "h": h, "rotation": line.rotation, "notes": line.notes,
            }  # fmt: skip
            reach = [max(reach[0], x + w + 40), max(reach[1], y + h + 40)]
            more = {"size_class": rules.size_class(line.max_covers, line.furniture), "site_id": work.site_id}
            if old is None:
                ids[line.number] = work.new_id()
                await q.insert_table(
                    work.db, id=ids[line.number], number=line.number, qr=work.new_id(), now=work.now, **stored, **more
                )
                tally.count("tables", "new", f"table {line.number} ({line.max_covers} seats) is new in {area}")
            elif any(old[name] != value for name, value in stored.items()):
                await q.update_table(work.db, id=old["id"], **stored, **more)
                odd = ", ".join(name for name, value in stored.items() if old[name] != value)
                tally.count("tables", "changed", f"table {line.number} changes its {odd}")
            else:
                tally.count("tables", "same")
        await q.grow_area(work.db, site_id=work.site_id, id=areas[area], width=reach[0], height=reach[1])
    await _take_joins(work, lines, ids, tally)


async def _take_joins(work: Work, lines: list[FloorLine], ids: dict[str, str], tally: Tally) -> None:
    seats = {line.number: line.max_covers for line in lines}
    for line in lines:
        for other in line.joins:
            if other not in ids:
                tally.warnings.append(f"table {line.number} names {other} to join with, which is not on the plan")
                continue
            a, b = sorted((ids[line.number], ids[other]))
            most = line.max_covers + seats.get(other, line.max_covers)
            await q.add_join(work.db, site_id=work.site_id, id=work.new_id(), a=a, b=b, combined_max=most)


class _Person(msgspec.Struct, frozen=True, kw_only=True):
    """A staged line about a guest, its number as it is kept."""

    line: GuestLine
    number: str | None


async def _take_guests(work: Work, lines: list[_Person], tally: Tally) -> None:
    refs = rules.Refs()
    named = [(refs.of(one.line.name, one.line.phone, one.line.email, ref=one.line.ref), one) for one in lines]
    records = await q.known_guests(work.db, site_id=work.site_id, refs=[ref for ref, _ in named])
    known = {record["import_ref"]: record for record in records}
    contacts = {
        ref: Contact(one.line.name, one.number, one.line.email, ref) for ref, one in named if ref not in known
    }  # fmt: skip
    cards = await people.meet(work, contacts.values())
    for ref, one in named:
        line = one.line
        if ref in known:
            what = await _changed(work, known[ref], one, tally) if known[ref]["ours"] else "same"
            tally.count("guests", what)
            continue
        card = cards[contacts[ref]]
        flags = list(dict.fromkeys([*card.flags, *line.flags]))
        notes = card.notes or line.notes
        what = "new" if card.fresh and card.import_ref is None else "same" if card.deleted else "changed"
        if what == "changed" and (flags, notes) == (card.flags, card.notes):
            what = "same"
        tally.count("guests", what)
        if not card.fresh and what == "changed":
            await _edit(work, card.id, {"flags": flags, "notes": notes}, tally)
        if not card.fresh and card.import_ref is None:
            await q.name_line(work.db, site_id=work.site_id, id=card.id, ref=ref)
        card.flags, card.notes, card.import_ref = flags, notes, card.import_ref or ref
    await people.keep(work, cards.values())


async def _changed(work: Work, known: Any, one: _Person, tally: Tally) -> str:
    """A line of an earlier import again, perhaps saying something else now."""
    guest = await guests.guest(work.db, work.site_id, known["id"])
    if guest is None:
        return "same"
    line = one.line
    told = {"name": line.name, "phone": one.number, "email": line.email, "notes": line.notes}
    said: dict[str, Any] = {name: value for name, value in told.items() if value is not None}
    said["flags"] = list(dict.fromkeys([*guest.flags, *line.flags]))  # what a host has added since stays
    if all(getattr(guest, name) == value for name, value in said.items()):
        return "same"
    return "changed" if await _edit(work, guest.id, said, tally) else "same"


async def _edit(work: Work, guest_id: str, said: dict[str, Any], tally: Tally) -> bool:
    guest = (await work.touch("guest", guest_id))[guest_id]
    refused = await cards_of_guests.edit(work, guest, said)
    if refused:
        tally.warnings.append(f"{guest.name}: {refused.message}")
    return refused is None


async def _take_book(work: Work, lines: list[tuple[int, _Visit]], tally: Tally) -> Refused | None:
    visits = [visit for _, visit in lines]
    records = await q.known_bookings(work.db, site_id=work.site_id, refs=[visit.ref for visit in visits])
    known = {record["import_ref"]: record for record in records}
    codes = {record["code"] for record in await q.codes(work.db, site_id=work.site_id)}
    guests_of = await _guests_of(work, visits)
    fresh, upcoming = [], []
    theirs: set[str] = set()
    for number, visit in lines:
        line, old = visit.line, known.get(visit.ref)
        day = service_date(visit.starts_at, work.timezone)
        guest = guests_of.get(visit.ref)
        name = line.name or (guest.name if guest else f"Party of {line.covers}")
        over = visit.starts_at <= work.now
        status = line.status or ("completed" if over else "confirmed")
        if old is not None:
            if (old["covers"], old["name"], old["status"]) == (line.covers, name, status) or old["status"] in _LIVE:
                tally.count("bookings", "same")
                continue
            theirs.update({guest.id} if guest else ())
            await q.change_booking(
                work.db, site_id=work.site_id, id=old["id"], covers=line.covers, name=name, status=status,
                search=searchable(name),
            )  # fmt: skip
            work.reset(f"book:{work.site_id}:{old['service_date'].isoformat()}")
            tally.count("bookings", "changed", f"{name} changes")
            continue
        duration = line.duration_min or work.policies.get("dining.duration_min", "dining")
        theirs.update({guest.id} if guest else ())
        booking_id = work.new_id()
        wants_table = status == "confirmed" and not over
        fresh.append((
            work.site_id, booking_id, _code(visit.ref, codes), name, line.phone, line.email, line.covers, day,
            visit.starts_at, duration, status, work.now, "import", line.occasion, list(line.flags), line.notes,
            visit.booked_at, wants_table, visit.ref, guest.id if guest else None, guest.flags if guest else [],
            visit.number, visit.search or searchable(name), new_ticket() if wants_table else None,
        ))  # fmt: skip
        work.reset(f"book:{work.site_id}:{day.isoformat()}")
        local = visit.starts_at.strftime("%Y-%m-%d %H:%M UTC")
        tally.count("bookings", "new", f"{name}, {line.covers}, {local} is new")
        if wants_table:
            upcoming.append((visit.starts_at, booking_id, number, line, duration))
    columns = (
        "site_id", "id", "code", "name", "phone", "email", "covers", "service_date", "starts_at", "duration_min",
        "status", "status_since", "source", "occasion", "flags", "notes", "booked_at", "unplaced", "import_ref",
        "guest_id", "guest_flags", "phone_key", "search", "ticket",
    )  # fmt: skip
    await work.db.copy_records_to_table("booking", records=fresh, columns=columns)
    await q.count_visits(work.db, site_id=work.site_id, ids=sorted(theirs))
    await q.copy_visits(work.db, site_id=work.site_id, ids=[booking_id for _, booking_id, *_ in upcoming])
    grace = timedelta(minutes=work.policies.get("booking.no_show_grace_min", "dining"))
    for starts_at, booking_id, *_ in upcoming:
        reservations.look_again(work, booking_id, starts_at + grace)
    # those with tables of their own first, so that nobody else is put there
    return await _place(work, sorted(upcoming, key=lambda one: (not one[3].tables, *one[:2])), tally)


async def _guests_of(work: Work, visits: list[_Visit]) -> dict[str, people.Card]:
    """The guest of every line that names a way to reach them, by the line's own name."""
    contacts = {
        visit.ref: Contact(visit.line.name or f"Party of {visit.line.covers}", visit.number, visit.line.email)
        for visit in visits
        if visit.number or visit.line.email
    }
    cards = await people.meet(work, contacts.values())
    await people.keep(work, cards.values())
    return {ref: cards[contact] for ref, contact in contacts.items() if not cards[contact].deleted}


_LIVE = {"arrived", "seated", "dining"}  # a party in the house is the host's, not a file's


async def _place(work: Work, upcoming: list[tuple], tally: Tally) -> Refused | None:
    """Tables for bookings to come: those the file names, else the best free ones."""
    buffer = work.policies.get("dining.buffer_min", "dining")
    numbers = {record["number"]: record["id"] for record in await q.tables_by_number(work.db, site_id=work.site_id)}
    left = 0
    for place, (starts_at, booking_id, number, line, duration) in enumerate(upcoming):
        need = duration + buffer
        if line.tables:
            missing = [table for table in line.tables if table not in numbers]
            if missing:
                return conflict(
                    "unknown_table",
                    f"line {number}, tables: there is no table {missing[0]} on the plan",
                    retry="never",
                    field="tables",
                )
            tables = [numbers[table] for table in line.tables]
        elif place < PLACED_MAX:
            found = await fits.best(
                work.db, work.site_id, at=starts_at, covers=line.covers, need_min=need, policies=work.policies
            )
            tables = found[0].table_ids if found and found[0].legal else []
        else:
            tables = []
        if not tables:
            left += 1
            continue
        held = await holds.hold(
            work, owner_kind="booking", owner_id=booking_id, table_ids=tables, starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=need),
        )  # fmt: skip
        if isinstance(held, Refused):
            return conflict(held.reason, f"line {number}, tables: {held.message}", retry="never", field="tables")
        await q.placed(work.db, site_id=work.site_id, id=booking_id)
    if left:
        tally.warnings.append(f"{left} upcoming bookings have no table yet; the floor screen lists them as unplaced")
    return None


def _code(ref: str, taken: set[str]) -> str:
    """A code made from the line's own name; on a clash the next free one."""
    bits = int(ref[:8], 16) & (2**30 - 1)
    while (code := short_code(bits)) in taken:
        bits = (bits + 1) % 2**30
    taken.add(code)
    return code
