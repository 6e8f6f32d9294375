"""The only place the floor changes: its plan, its sections, the state of its tables."""

import re
from typing import Any

from msgspec import UNSET, structs

from hub.core import sql
from hub.core.commands import TAKEN, handles
from hub.core.work import Work
from hub.floor import rules
from hub.venues.rules import hours_fault
from schemas.base import Refused, conflict, invalid, not_found
from schemas.floor import (
    AddJoin,
    AreaChanged,
    AreaRow,
    JoinAdded,
    JoinRemoved,
    PutArea,
    PutSection,
    PutTable,
    RemoveJoin,
    SectionChanged,
    SectionRow,
    SetTableStatus,
    TableChanged,
    TableReset,
    TableRow,
    TableStatus,
    TableStatusChanged,
)  # fmt: skip

q = sql.load(__file__)

TAKEN["floor_table_number"] = ("number_taken", "Another table has this number.")
TAKEN["table_join_site_id_a_b_key"] = ("already_joined", "These two tables are joined already.")

AREA_DEFAULTS: dict[str, Any] = {
    "kind": "indoor", "service_type": "full_service", "features": [], "hours": None, "fixtures": [], "width": 840.0,
    "height": 640.0, "position": 0, "active": True,
}  # fmt: skip
_DAY = re.compile(r"[1-7]|\d{4}-\d{2}-\d{2}")
TABLE_DEFAULTS: dict[str, Any] = {
    "name": None, "furniture": "standard", "shape": "square", "features": [], "preferred_for": [], "priority": 5,
    "x": 0.0, "y": 0.0, "w": 80.0, "h": 80.0, "rotation": 0.0, "notes": None, "active": True,
}  # fmt: skip
AREA_FIELDS = ("name", *AREA_DEFAULTS)
TABLE_FIELDS = ("area_id", "number", "min_covers", "max_covers", "size_class", *TABLE_DEFAULTS)


def _said(wish: Any, fields: tuple[str, ...]) -> dict[str, Any]:
    """The fields a wish names."""
    return {name: value for name in fields if (value := getattr(wish, name)) is not UNSET}


@handles(PutArea)
async def put_area(work: Work, wish: PutArea) -> dict[str, str] | Refused:
    said = _said(wish, AREA_FIELDS)
    if fault := _hours_fault(said.get("hours")):
        return invalid("hours", fault)
    if wish.area_id is None:
        if "name" not in said:
            return invalid("name", "An area needs a name.")
        area_id = work.new_id()
        work.make("area", area_id)
        await q.insert_area(work.db, site_id=work.site_id, id=area_id, **(AREA_DEFAULTS | said))
    else:
        area_id = wish.area_id
        area = await work.one("area", area_id, field="area_id", expect=wish.expect_version)
        if isinstance(area, Refused):
            return area
        if said.get("active") is False and area.table_count:
            return conflict("has_tables", f"{area.name} still has tables in use. Take those out of use first.")
        now = {name: getattr(area, name) for name in AREA_FIELDS} | said
        await q.update_area(work.db, site_id=work.site_id, id=area_id, **now)
    work.tell(AreaChanged(area_id=area_id))
    return {"area_id": area_id}


def _hours_fault(hours: dict[str, list[str]] | None) -> str | None:
    """Why an area cannot keep these hours (R-TAB-19)."""
    for day, times in (hours or {}).items():
        if not _DAY.fullmatch(day):
            return "Hours are given for a weekday from 1 (Monday) to 7, or for a date as in 2026-12-25."
        if fault := hours_fault(times):
            return fault
    return None


@handles(PutTable)
async def put_table(work: Work, wish: PutTable) -> dict[str, str] | Refused:
    said = _said(wish, TABLE_FIELDS)
    if wish.table_id is None:
        for needed in ("area_id", "number", "min_covers", "max_covers"):
            if needed not in said:
                return invalid(needed, "A new table needs an area, a number, and its smallest and largest party.")
        table_id, was = work.new_id(), None
        fields = TABLE_DEFAULTS | said
    else:
        table_id = wish.table_id
        was = await work.one("table", table_id, field="table_id", expect=wish.expect_version)
        if isinstance(was, Refused):
            return was
        fields = {name: getattr(was, name) for name in TABLE_FIELDS} | said
    if was is None or ({"max_covers", "furniture"} & said.keys()):
        fields["size_class"] = said.get("size_class") or rules.size_class(fields["max_covers"], fields["furniture"])
    refused = rules.refuse_covers(fields["min_covers"], fields["max_covers"])
    refused = refused or await _misplaced(work, table_id, was, fields)
    if refused:
        return refused
    if was is None:
        work.make("table", table_id)
        await q.insert_table(work.db, site_id=work.site_id, id=table_id, now=work.now, qr=work.new_id(), **fields)
    else:
        await q.update_table(work.db, site_id=work.site_id, id=table_id, **fields)
    work.tell(TableChanged(table_id=table_id, fields=sorted(said)))
    return {"table_id": table_id}


async def _misplaced(work: Work, table_id: str, was: TableRow | None, fields: dict[str, Any]) -> Refused | None:
    """Why a table cannot stand there under that number. Touches its areas: their capacity is about to change."""
    both = {fields["area_id"], was.area_id if was else fields["area_id"]}
    areas = await work.some("area", sorted(both), field="area_id")
    if isinstance(areas, Refused):
        return areas
    area: AreaRow = areas[fields["area_id"]]
    if fields["active"] and not area.active:
        return invalid("area_id", f"{area.name} is not in use.")
    if was is not None and was.active and not fields["active"] and was.status == "occupied":
        return conflict("occupied", f"A party sits at table {was.number}. Clear or move the party first.", about=was)
    if fields["active"] and await q.number_taken(work.db, site_id=work.site_id, number=fields["number"], id=table_id):
        return conflict("number_taken", f"There is a table {fields['number']} already.", field="number", retry="never")
    return None


@handles(AddJoin)
async def add_join(work: Work, wish: AddJoin) -> dict[str, str] | Refused:
    tables = await work.some("table", [wish.a], field="a")
    if isinstance(tables, Refused):
        return tables
    more = await work.some("table", [wish.b], field="b")
    if isinstance(more, Refused):
        return more
    a, b = sorted((tables[wish.a], more[wish.b]), key=lambda table: table.id)
    combined = wish.combined_max or a.max_covers + b.max_covers
    refused = rules.refuse_join(tables[wish.a], more[wish.b], combined)
    if refused:
        return refused
    join_id = work.new_id()
    work.make("join", join_id)
    await q.insert_join(work.db, site_id=work.site_id, id=join_id, a=a.id, b=b.id, combined_max=combined)
    work.tell(JoinAdded(join_id=join_id, a=a.id, b=b.id))
    return {"join_id": join_id}


@handles(RemoveJoin)
async def remove_join(work: Work, wish: RemoveJoin) -> Refused | None:
    join = await work.one("join", wish.join_id, field="join_id", expect=wish.expect_version)
    if isinstance(join, Refused):
        return join
    await q.delete_join(work.db, site_id=work.site_id, id=join.id)
    work.tell(JoinRemoved(join_id=join.id))
    return None


@handles(PutSection)
async def put_section(work: Work, wish: PutSection) -> dict[str, str] | Refused:
    section: SectionRow | None = None
    if wish.section_id is not None:
        section = await work.one("section", wish.section_id, field="section_id", expect=wish.expect_version)
        if isinstance(section, Refused):
            return section
    elif wish.name is UNSET:
        return invalid("name", "A section needs a name.")
    section_id = section.id if section else work.new_id()
    name = section.name if section and wish.name is UNSET else wish.name
    server = (section.server_id, section.server_name, section.initials) if section else (None, None, "")
    if wish.server_id is None:
        server = (None, None, "")
    elif wish.server_id is not UNSET:
        person = await q.server(work.db, site_id=work.site_id, staff_id=wish.server_id)
        if person is None:
            return invalid("server_id", "Nobody by that id works here.", reason="not_staff")
        server = (wish.server_id, person["name"], person["initials"])
    fields = dict(zip(("server_id", "server_name", "initials"), server, strict=True))
    if section is None:
        work.make("section", section_id)
        colour = rules.next_colour({record[0] for record in await q.section_colours(work.db, site_id=work.site_id)})
        await q.insert_section(work.db, site_id=work.site_id, id=section_id, name=name, colour=colour, **fields)
    else:
        await q.update_section(work.db, site_id=work.site_id, id=section_id, name=name, **fields)
    has = [record[0] for record in await q.section_tables(work.db, site_id=work.site_id, section_id=section_id)]
    if wish.table_ids is not UNSET:
        refused = await _give_tables(work, section_id, has=has, wanted=wish.table_ids)
        if refused:
            return refused
        has = sorted(set(wish.table_ids))
    work.tell(SectionChanged(section_id=section_id, server_id=server[0], table_ids=has))
    return {"section_id": section_id}


async def _give_tables(work: Work, section_id: str, *, has: list[str], wanted: list[str]) -> Refused | None:
    """The section has exactly the wanted tables from now on; a table has one section."""
    come, go = sorted(set(wanted) - set(has)), sorted(set(has) - set(wanted))
    known = await work.some("table", come, field="table_ids")
    if isinstance(known, Refused):
        return known
    await work.touch("table", *go)
    if come:
        await q.set_section(work.db, site_id=work.site_id, section_id=section_id, ids=come)
    if go:
        await q.set_section(work.db, site_id=work.site_id, section_id=None, ids=go)
    return None


@handles(SetTableStatus)
async def set_table_status(work: Work, wish: SetTableStatus) -> Refused | None:
    """One tap by staff (F-TAB-03, R-TAB-06): never over the head of a party that sits there."""
    table = await work.one("table", wish.table_id, field="table_id", expect=wish.expect_version)
    if isinstance(table, Refused):
        return table
    if table.status == wish.status and wish.note is not None and wish.note != table.status_note:
        await q.set_status_note(work.db, site_id=work.site_id, id=table.id, note=wish.note)
        work.tell(TableChanged(table_id=table.id, fields=["status_note"]))
        return None
    return await set_status(work, [table.id], wish.status, wish.note, by_hand=True)


async def set_status(
    work: Work, table_ids: list[str], status: TableStatus, note: str | None = None, *, by_hand: bool = False
) -> Refused | None:
    """Moves tables to a state, all or none: every one of them must be allowed to go there (F-TAB-03).

    Stamps `status_since`, and `last_cleaned` where cleaning ends (R-TAB-14); tells one fact per table. `by_hand` is a
    tap by staff; without it the caller speaks for the party that sits down, moves or leaves."""
    # `touch` remembers rows as the command found them; a table may have moved since, within this very command
    known = {table_id for table_id in table_ids if ("table", table_id) in work.before}
    fresh = await work.touch("table", *table_ids)
    if known:
        fresh = await work.types["table"].read(work.db, work.site_id, list(table_ids))
    for table_id in table_ids:
        if table_id not in fresh:
            return not_found("table_ids", "There is no such table here.")
    for table in fresh.values():
        refused = rules.refuse_move(table, status, by_hand=by_hand)
        if refused:
            return refused if not by_hand else structs.replace(refused, field="status")
    await q.set_status(work.db, site_id=work.site_id, ids=sorted(fresh), status=status, now=work.now, note=note)
    for table in fresh.values():
        work.tell(TableStatusChanged(table_id=table.id, was=table.status, now=status))
        if (table.status, status) == ("cleaning", "available"):
            work.tell(TableReset(table_id=table.id))
    return None
