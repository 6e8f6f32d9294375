"""Every id in every command, taken from another site: it means nothing there, and nothing is told about it.

The asker may do everything at both sites, so that only the site in the command stands between them.
"""

import re
from typing import Any

import msgspec
import pytest

from hub.core.actor import Actor
from schemas.catalogue import ASKABLE
from tests.kit import OTHER_SITE, SITE, LawfulHouse, a_room, joined

BOSS = Actor.staff("st_super_admin")
AT = "2026-11-20T21:00:00Z"
MINE, THEIRS = "mine", "theirs"

# command → a body that is granted with one's own ids; every `{word}` is an id, each is tried with the other site's
BODIES: dict[str, dict[str, Any]] = {
    "put_area": {"area_id": "{area}", "name": "Room"},
    "put_table": {"table_id": "{free}", "area_id": "{area}", "priority": 7},
    "add_join": {"a": "{free}", "b": "{spare}"},
    "remove_join": {"join_id": "{join}"},
    "put_section": {"section_id": "{section}", "server_id": "{server}", "table_ids": ["{free}"]},
    "set_table_status": {"table_id": "{free}", "status": "out_of_service"},
    "book": {"name": "Li", "covers": 2, "starts_at": AT, "area_id": "{area}", "table_ids": ["{free}"]},
    "place_booking": {"booking_id": "{booking}", "table_ids": ["{spare}"]},
    "arrive_booking": {"booking_id": "{booking}"},
    "mark_late": {"booking_id": "{booking}"},
    "mark_no_show": {"booking_id": "{booking}"},
    "cancel_booking": {"booking_id": "{booking}"},
    "add_party": {"name": "Li", "covers": 2, "area_id": "{area}"},
    "edit_party": {"party_id": "{party}", "area_id": "{area}"},
    "remove_party": {"party_id": "{party}"},
    "seat_party": {"table_ids": ["{free}"], "party_id": "{party}"},
    "seat_party ": {"table_ids": ["{spare}"], "booking_id": "{booking}"},
    "scan_table": {"qr": "{qr}"},
    "move_seating": {"seating_id": "{seating}", "table_ids": ["{free}"]},
    "merge_seatings": {"from_id": "{seating}", "into_id": "{beside}"},
    "split_seating": {"seating_id": "{pair}", "table_ids": ["{paired}"], "covers": 1},
    "set_stage": {"seating_id": "{seating}", "stage": "served"},
    "edit_seating": {"seating_id": "{seating}", "turn_min": 60},
    "clear_seating": {"seating_id": "{seating}"},
    "undo": {"seq": "{seq}"},
    "restore_policy": {"policy": "dining.buffer_min", "version": "{version}"},
    "set_roles": {"staff_id": "{person}", "roles": ["host"]},
    "deactivate_staff": {"staff_id": "{person}"},
}  # fmt: skip
NO_IDS = {"set_policy", "set_clock", "add_staff"}


async def furnished(house: LawfulHouse, site: str, who: str) -> dict[str, Any]:
    """A site with one of everything; its names begin with `who`."""

    async def done(name: str, /, **args: Any) -> Any:
        return (await house.done(name, actor=BOSS, site=site, **args)).result

    numbers = [f"{who[0].upper()}{number}" for number in range(1, 8)]
    tables = await a_room(house, *((number, 4) for number in numbers), site=site)
    one, two, three, four, five, free, spare = tables.values()
    section = await done("put_section", name=f"{who} section", table_ids=[one])
    await joined(house, one, two, site=site)
    await joined(house, three, four, site=site)
    seating = await done("seat_party", name=f"{who} party", covers=2, table_ids=[one])
    beside = await done("seat_party", name=f"{who} party", covers=2, table_ids=[two])
    pair = await done("seat_party", name=f"{who} party", covers=5, table_ids=[three, four])
    join = await joined(house, one, five, site=site)
    booking = await done("book", name=f"{who} guest", covers=2, starts_at="2026-11-20T22:00:00Z")
    party = await done("add_party", name=f"{who} waiting", covers=2)
    policy = await done("set_policy", policy="dining.buffer_min", value=10)
    last = await house.done("set_table_status", actor=BOSS, site=site, table_id=five, status="out_of_service")
    table = await house.row("table", free, site)
    return {
        "area": table.area_id, "free": free, "spare": spare, "join": join, "section": section["section_id"],
        "server": f"st_{who}", "booking": booking["booking_id"], "party": party["party_id"], "qr": table.qr,
        "seating": seating["seating_id"], "beside": beside["seating_id"], "pair": pair["seating_id"], "paired": four,
        "seq": last.seq, "version": policy["version"], "person": f"st_{who}_org",
    }  # fmt: skip


@pytest.fixture
async def both(house: LawfulHouse) -> dict[str, dict[str, Any]]:
    db = house.pool
    await db.execute("INSERT INTO org VALUES ('o2', 'Elsewhere')")
    for site, who in ((SITE, MINE), (OTHER_SITE, THEIRS)):
        for role in ("super_admin", "manager"):
            await db.execute("INSERT INTO staff_role VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", site, f"st_{role}", role)
        for person, org in ((f"st_{who}", "o1"), (f"st_{who}_org", "o1" if who == MINE else "o2")):
            await db.execute(
                "INSERT INTO staff (id, org_id, email, name, initials) VALUES ($1, $2, $3, $4, 'XX')",
                person, org, f"{person}@example.test", f"{who} server",
            )  # fmt: skip
            await db.execute("INSERT INTO staff_role VALUES ($1, $2, 'server')", site, person)
    theirs = await furnished(house, OTHER_SITE, THEIRS)
    for number in range(40):  # their journal runs ahead: its numbers mean nothing here
        await house.done("set_policy", actor=BOSS, site=OTHER_SITE, policy="floor.soon_min", value=number)
    await house.done("set_policy", actor=BOSS, site=OTHER_SITE, policy="dining.buffer_min", value=20)
    seated = await house.done(
        "set_table_status", actor=BOSS, site=OTHER_SITE, table_id=theirs["spare"], status="out_of_service"
    )
    theirs |= {"seq": seated.seq}
    return {MINE: await furnished(house, SITE, MINE), THEIRS: theirs}


def test_every_command_with_an_id_is_here():
    assert {name.strip() for name in BODIES} | NO_IDS == set(ASKABLE)


def filled(body: Any, ids: dict[str, Any], swap: str = "", other: dict[str, Any] | None = None) -> Any:
    if isinstance(body, str) and body.startswith("{"):
        word = body[1:-1]
        return (other if other and word == swap else ids)[word]
    if isinstance(body, list):
        return [filled(one, ids, swap, other) for one in body]
    return {key: filled(one, ids, swap, other) for key, one in body.items()} if isinstance(body, dict) else body


CASES = [
    (name, field, value.strip("{}") if isinstance(value, str) else value[0].strip("{}"))
    for name, body in BODIES.items()
    for field, value in body.items()
    if (value[0] if isinstance(value, list) else str(value)).startswith("{")
]


async def test_what_is_another_sites_is_nobodys_here(house: LawfulHouse, both):
    theirs_before = await house.rows(OTHER_SITE)
    for name, field, word in CASES:
        command, actor = name.strip(), BOSS
        if command == "scan_table":
            actor = Actor("guest", "guest:table", source="qr")
        args = filled(BODIES[name], both[MINE], word, both[THEIRS])
        refused = await house.refused(command, actor=actor, **args)
        assert refused.code in {"not_found", "invalid"}, (name, field, refused)
        assert refused.field == field, (name, field, refused)
        said = msgspec.json.encode(refused).decode()
        assert THEIRS not in said, (name, refused)
        assert not re.search(r"\bT[1-7]\b", said), (name, refused)
        assert not any(str(one) in said for one in both[THEIRS].values() if isinstance(one, str)), (name, refused)
    assert await house.rows(OTHER_SITE) == theirs_before


async def test_no_view_shows_a_row_of_another_site(house: LawfulHouse, both):
    mine, theirs = [
        {at for at in rows if at[1] not in {"", "clock", "quote"}}
        for rows in (await house.rows(SITE), await house.rows(OTHER_SITE))
    ]
    assert {kind for _, kind, _ in mine} >= {"area", "table", "join", "section", "hold", "booking", "party", "seating"}
    assert {row_id for _, _, row_id in mine}.isdisjoint(row_id for _, _, row_id in theirs)


async def test_the_same_wishes_are_granted_with_ones_own(house: LawfulHouse, both):
    """Or the test above would prove nothing. Undone after each, where it can be."""
    refused = {}
    for name, body in BODIES.items():
        command, actor = name.strip(), BOSS
        if command == "scan_table":
            actor = Actor("guest", "guest:table", source="qr")
        answer = await house.give(command, actor=actor, **filled(body, both[MINE]))
        if answer.__class__.__name__ == "Refused":
            refused[name] = answer.reason
        elif ASKABLE[command].undoable:
            await house.done("undo", actor=BOSS, seq=answer.seq)
        if command == "scan_table":
            await house.done("clear_seating", seating_id=answer.result["seating_id"])
            await house.done("set_table_status", table_id=both[MINE]["free"], status="available")
    assert refused == {"mark_no_show": "too_early"}
