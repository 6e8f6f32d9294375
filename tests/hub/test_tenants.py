"""Every id in every command, taken from another site: it means nothing there, and nothing is told about it.

The asker may do everything at both sites, so that only the site in the command stands between them.
"""

import itertools
import re
from datetime import datetime
from typing import Any

import httpx
import msgspec
import pytest

from hub.app import make_app
from hub.core import auth, roles
from hub.core.actor import Actor
from hub.gate import FORBIDDEN, Gate
from hub.tickets.rules import fingerprint
from realtime.backend import Grant, Session
from schemas.catalogue import ASKABLE
from tests.hub.planning.evening import a_double
from tests.kit import OTHER_SITE, SITE, LawfulHouse, a_room, joined

BOSS = Actor.staff("st_super_admin")
GUEST = Actor.guest("somebody")
KEY = "mk_abcdefgh_{}"
AT = "2026-11-20T21:00:00Z"
NEXT_DAY = "2026-11-21T19:30:00Z"
MINE, THEIRS = "mine", "theirs"

# command → a body that is granted with one's own ids; every `{word}` is an id, each is tried with the other site's
BODIES: dict[str, dict[str, Any]] = {
    "put_area": {"area_id": "{area}", "name": "Room"},
    "put_table": {"table_id": "{free}", "area_id": "{area}", "priority": 7},
    "add_join": {"a": "{free}", "b": "{spare}"},
    "remove_join": {"join_id": "{join}"},
    "set_slot_rule": {"rule_id": "{rule}", "covers_max": 12},
    "delete_slot_rule": {"rule_id": "{rule}"},
    "set_special_day": {"day_id": "{day}", "area_id": "{area}"},
    "delete_special_day": {"day_id": "{day}"},
    "set_weather": {"weather_id": "{weather}", "starts_at": AT, "ends_at": NEXT_DAY},
    "delete_weather": {"weather_id": "{weather}"},
    "put_section": {"section_id": "{section}", "server_id": "{server}", "table_ids": ["{free}"]},
    "set_table_status": {"table_id": "{free}", "status": "out_of_service"},
    "book": {
        "name": "Li", "covers": 2, "starts_at": AT, "area_id": "{area}", "table_ids": ["{free}"], "guest_id": "{guest}",
    },
    "hold_slot": {"covers": 2, "starts_at": AT, "area_id": "{area}", "table_ids": ["{free}"]},
    "book ": {"name": "Li", "covers": 2, "starts_at": NEXT_DAY, "checkout_id": "{checkout}"},
    "book  ": {"name": "Li", "covers": 2, "starts_at": NEXT_DAY, "certificate_id": "{certificate}"},
    "release_slot": {"checkout_id": "{checkout}"},
    "place_booking": {"booking_id": "{booking}", "table_ids": ["{spare}"]},
    "arrive_booking": {"booking_id": "{booking}"},
    "mark_late": {"booking_id": "{booking}"},
    "mark_no_show": {"booking_id": "{booking}"},
    "cancel_booking": {"booking_id": "{booking}"},
    "edit_booking": {"booking_id": "{booking}", "guest_id": "{guest}", "area_id": "{area}"},
    "confirm_booking": {"booking_id": "{pending}"},
    "reconfirm_booking": {"booking_id": "{told}"},
    "remind_booking": {"booking_id": "{told}"},
    "reschedule_booking": {"booking_id": "{told}", "starts_at": NEXT_DAY, "table_ids": ["{free}"]},
    "delete_booking": {"booking_id": "{doomed_booking}", "reason": "entered twice by mistake"},
    "restore_booking": {"booking_id": "{gone_booking}"},
    "answer_ticket": {"ticket": "{ticket}", "answer": "coming"},
    "send_code": {"ticket": "{ticket}"},
    "try_code": {"verification_id": "{unverified}", "code": "000000"},
    "move_own": {"verification_id": "{verified}", "booking_id": "{own}", "starts_at": NEXT_DAY, "covers": 3},
    "cancel_own": {"verification_id": "{verified}", "booking_id": "{own}"},
    "resend_message": {"message_id": "{message}"},
    "join_waitlist": {
        "name": "Li", "covers": 2, "wanted_at": NEXT_DAY, "phone": "+442079460300", "area_id": "{area}",
        "guest_id": "{guest}",
    },
    "notify_party": {"party_id": "{reached}", "table_ids": ["{ten}"]},
    "answer_offer": {"offer_id": "{offer}", "answer": "decline"},
    "revoke_offer": {"offer_id": "{offer2}"},
    "dismiss_reply": {"party_id": "{replied}"},
    "add_party": {"name": "Li", "covers": 2, "area_id": "{area}", "guest_id": "{guest}"},
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
    "accept_plan": {"basis": "{basis}", "owner_ids": ["{planned}"]},
    "dismiss_plan": {"basis": "{basis}", "owner_ids": ["{proposed}"]},
    "pin_booking": {"booking_id": "{told}"},
    "place_bookings": {"moves": [{"booking_id": "{told}", "table_ids": ["{free}"]}]},
    "undo": {"seq": "{seq}"},
    "restore_policy": {"policy": "dining.buffer_min", "version": "{version}"},
    "set_roles": {"staff_id": "{person}", "roles": ["host"]},
    "deactivate_staff": {"staff_id": "{person}"},
    "reactivate_staff": {"staff_id": "{closed}"},
    "revoke_api_key": {"key_id": "{key}"},
    "add_guest": {"name": "Li", "favourite_table_id": "{free}", "favourite_area_id": "{area}"},
    "edit_guest": {"guest_id": "{guest}", "favourite_table_id": "{free}", "favourite_area_id": "{area}"},
    "set_blacklist": {"guest_id": "{guest}", "blacklisted": True, "reason": "threw a chair at the host"},
    "merge_guests": {"keep_id": "{guest}", "gone_id": "{double}"},
    "delete_guest": {"guest_id": "{doomed}", "reason": "asked to be forgotten"},
    "restore_guest": {"guest_id": "{gone}"},
}  # fmt: skip
OTHERWISE = {  # who has typed no code here is asked for one, whatever else was typed
    ("try_code", "verification_id"): {("conflict", "code")},
    ("move_own", "verification_id"): {("forbidden", None)},
    ("cancel_own", "verification_id"): {("forbidden", None)},
    # a plan is named by the number it was made at, which every journal has
    ("accept_plan", "basis"): {("conflict", "basis")}, ("dismiss_plan", "basis"): {("conflict", "basis")},
}
NO_IDS = {"set_policy", "set_clock", "add_staff", "set_slot", "set_staff_level"}


async def furnished(house: LawfulHouse, site: str, who: str) -> dict[str, Any]:
    """A site with one of everything; its names begin with `who`."""

    async def done(name: str, /, *, actor: Actor = BOSS, **args: Any) -> Any:
        return (await house.done(name, actor=actor, site=site, **args)).result

    digits = itertools.count(1)
    numbers = [f"{who[0].upper()}{number}" for number in range(1, 13)]
    tables = await a_room(house, *((number, 4) for number in numbers), site=site)
    one, two, three, four, five, free, spare, eight, nine, ten, eleven, twelve = tables.values()

    def phone() -> str:
        return f"+44207946{1 if who == MINE else 2}{next(digits):03d}"

    async def kept(table: str, column: str, row_id: str) -> Any:
        return await house.pool.fetchval(f"SELECT {column} FROM {table} WHERE id = $1", row_id)

    section = await done("put_section", name=f"{who} section", table_ids=[one])
    await joined(house, one, two, site=site)
    await joined(house, three, four, site=site)
    seating = await done("seat_party", name=f"{who} party", covers=2, table_ids=[one])
    beside = await done("seat_party", name=f"{who} party", covers=2, table_ids=[two])
    pair = await done("seat_party", name=f"{who} party", covers=5, table_ids=[three, four])
    join = await joined(house, one, five, site=site)
    guests = {
        word: (await done("add_guest", name=f"{who} {word}", phone=phone()))["guest_id"]
        for word in ("guest", "double", "doomed", "gone")
    }
    await done("delete_guest", guest_id=guests["gone"], reason="asked to be forgotten")
    booking = await done("book", name=f"{who} guest", covers=2, starts_at="2026-11-20T22:00:00Z")
    bookings = {
        word: (
            await done("book", name=f"{who} {word}", covers=2, starts_at=NEXT_DAY, phone=phone(), sms_opt_in=True)
        )["booking_id"]
        for word in ("pending", "told", "own", "doomed_booking", "gone_booking")
    }  # fmt: skip
    await house.pool.execute("UPDATE booking SET status = 'pending' WHERE id = $1", bookings["pending"])
    await done("delete_booking", booking_id=bookings["gone_booking"], reason="entered twice by mistake")
    ticket = await kept("booking", "ticket", bookings["own"])
    codes = [(await done("send_code", actor=GUEST, ticket=ticket))["verification_id"] for _ in range(2)]
    body = await house.pool.fetchval(
        "SELECT body FROM message WHERE site_id = $1 AND template = 'one_time_code' AND about_id = $2",
        site, fingerprint(codes[0]),
    )  # fmt: skip
    right = await done("try_code", actor=GUEST, verification_id=codes[0], code=re.search(r"\d{6}", body)[0])
    assert right["right"]
    message = await house.pool.fetchval(
        "UPDATE message SET status = 'sent' WHERE about_id = $1 RETURNING id", bookings["told"]
    )
    party = await done("add_party", name=f"{who} waiting", covers=2)
    parties = {
        word: (await done("add_party", name=f"{who} {word}", covers=2, phone=phone()))["party_id"]
        for word in ("reached", "first", "second", "replied")
    }
    offers = [
        (await done("notify_party", party_id=parties[word], table_ids=[table]))["offer_id"]
        for word, table in (("first", eight), ("second", nine))
    ]
    place = await kept("party", "ticket", parties["replied"])
    await done("answer_ticket", actor=GUEST, ticket=place, answer="on_my_way")
    rule = await done("set_slot_rule", weekdays=[7], from_time="12:00", until_time="14:00", pricing=f"{who} lunch")
    day = await done("set_special_day", kind="closed", title=f"{who} holiday", first_day="2026-12-25")
    weather = await done("set_weather", starts_at="2026-11-21T02:00:00Z", ends_at=NEXT_DAY, note=f"{who} rain")
    checkout = await done("hold_slot", covers=2, starts_at=NEXT_DAY, table_ids=[spare])
    policy = await done("set_policy", policy="dining.buffer_min", value=10)
    planned, proposed = [
        (await done("book", name=f"{who} planned", covers=2, starts_at=at, phone=phone(), table_ids=[eleven]))
        for at in ("2026-11-20T20:00:00Z", "2026-11-20T22:00:00Z")
    ]  # fmt: skip
    for word, got_in in (("certificate", None), ("certified", bookings["told"])):
        await house.pool.execute(
            "INSERT INTO certificate VALUES ($1, $2, 1, 2, $3, 90, $4, '[]', now(), '2027-01-01', $5)",
            site, f"{who}-{word}-0123456789", datetime.fromisoformat(NEXT_DAY), [twelve], got_in,
        )  # fmt: skip
    last = await house.done("set_table_status", actor=BOSS, site=site, table_id=five, status="out_of_service")
    score = {"found_by": "exact", "proven": True, "gap": 0.0, "cost": 0, "bound": 0, "covers": 2, "terms": {}}
    basis = last.seq - len(who)  # so that no two sites have the same
    await done(
        "store_plan", basis=basis, service_date="2026-11-20", score=score, placements=[
            {
                "owner_id": booking["booking_id"], "from_ids": [eleven], "to_ids": [twelve], "reason": "wasted",
                "starts_at": AT, "ends_at": AT, "why": "Fits.", "about": [],
            }
            for booking in (planned, proposed)
        ],
    )  # fmt: skip
    table = await house.row("table", free, site)
    return {
        "area": table.area_id, "free": free, "spare": spare, "join": join, "section": section["section_id"],
        "server": f"st_{who}", "booking": booking["booking_id"], "party": party["party_id"], "qr": table.qr,
        "seating": seating["seating_id"], "beside": beside["seating_id"], "pair": pair["seating_id"], "paired": four,
        "seq": last.seq, "version": policy["version"], "person": f"st_{who}_org", "closed": f"st_{who}_closed",
        "key": f"key_{who}", "ticket": ticket, "place": place, "verified": codes[0], "unverified": codes[1],
        "message": message, "offer": offers[0], "offer2": offers[1], "reached": parties["reached"],
        "replied": parties["replied"], "ten": ten, "rule": rule["rule_id"], "day": day["day_id"],
        "weather": weather["weather_id"], "checkout": checkout["checkout_id"], "basis": basis, "planned": planned["booking_id"],
        "proposed": proposed["booking_id"], "certificate": f"{who}-certificate-0123456789", **guests, **bookings,
    }  # fmt: skip


@pytest.fixture
async def both(house: LawfulHouse) -> dict[str, dict[str, Any]]:
    db = house.pool
    await db.execute("INSERT INTO org VALUES ('o2', 'Elsewhere')")
    for site, who in ((SITE, MINE), (OTHER_SITE, THEIRS)):
        for role in ("super_admin", "manager"):
            await db.execute("INSERT INTO staff_role VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", site, f"st_{role}", role)
        org_of_others = "o1" if who == MINE else "o2"
        for person, org in (
            (f"st_{who}", "o1"), (f"st_{who}_org", org_of_others), (f"st_{who}_closed", org_of_others),
        ):  # fmt: skip
            await db.execute(
                "INSERT INTO staff (id, org_id, email, name, initials) VALUES ($1, $2, $3, $4, 'XX')",
                person, org, f"{person}@example.test", f"{who} server",
            )  # fmt: skip
            await db.execute("INSERT INTO staff_role VALUES ($1, $2, 'server')", site, person)
        await db.execute("UPDATE staff SET active = false WHERE id = $1", f"st_{who}_closed")
        await db.execute(
            "INSERT INTO api_key VALUES ($1, 'o1', $2, $3, 'abcdefgh', $4, '{book.read,guests.read}', now(), 'house')",
            f"key_{who}", site, f"{who} key", auth.hash_of(KEY.format(who)),
        )  # fmt: skip
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
    if isinstance(value if not isinstance(value, list) else value[0], str | int)
    and str(value[0] if isinstance(value, list) else value).startswith("{")
] + [("place_bookings", "moves", "told"), ("place_bookings", "moves", "free")]


async def test_what_is_another_sites_is_nobodys_here(house: LawfulHouse, both):
    theirs_before = await house.rows(OTHER_SITE)
    for name, field, word in CASES:
        command, actor = name.strip(), BOSS
        if ASKABLE[command].permission in roles.GUEST:
            actor = GUEST
        args = filled(BODIES[name], both[MINE], word, both[THEIRS])
        refused = await house.refused(command, actor=actor, **args)
        assert (refused.code, refused.field) in OTHERWISE.get((name, field), {("not_found", field), ("invalid", field)}), (
            name, field, refused,
        )  # fmt: skip
        said = msgspec.json.encode(refused).decode()
        assert THEIRS not in said, (name, refused)
        assert not re.search(r"\bT\d+\b", said), (name, refused)
        assert not any(str(one) in said for one in both[THEIRS].values() if isinstance(one, str)), (name, refused)
    assert await house.rows(OTHER_SITE) == theirs_before


async def test_no_view_shows_a_row_of_another_site(house: LawfulHouse, both):
    mine, theirs = [
        {at for at in rows if at[1] not in {"", "clock", "quote", "plan"}}
        for rows in (await house.rows(SITE), await house.rows(OTHER_SITE))
    ]
    assert {kind for _, kind, _ in mine} >= {"area", "table", "join", "section", "hold", "booking", "party", "seating"}
    assert {row_id for _, _, row_id in mine}.isdisjoint(row_id for _, _, row_id in theirs)


async def test_the_same_wishes_are_granted_with_ones_own(house: LawfulHouse, both):
    """Or the test above would prove nothing. Undone after each, where it can be."""
    refused = {}
    for name, body in BODIES.items():
        command, actor = name.strip(), BOSS
        if ASKABLE[command].permission in roles.GUEST:
            actor = GUEST
        answer = await house.give(command, actor=actor, **filled(body, both[MINE]))
        if answer.__class__.__name__ == "Refused":
            refused[name] = answer.reason
        elif ASKABLE[command].undoable:
            await house.done("undo", actor=BOSS, seq=answer.seq)
        if command == "scan_table":
            await house.done("clear_seating", seating_id=answer.result["seating_id"])
            await house.done("set_table_status", table_id=both[MINE]["free"], status="available")
    assert refused == {"mark_no_show": "too_early"}


# ---- doors

# every door of a site → questions with ids in them: (rest of the path, query, body)
DOORS: dict[str, list[tuple[str, dict[str, Any], dict[str, Any] | None]]] = {
    "availability": [
        ("availability", {"date": "2026-11-21", "covers": "2"}, None),
        ("availability", {"date": "2026-11-21", "area_id": "{area}"}, None),
    ],
    "bookings/{booking_id:str}": [("bookings/{told}", {}, None)],
    "bookings/{booking_id:str}/certificate": [("bookings/{told}/certificate", {}, None)],
    "bookings/{booking_id:str}/cancel-terms": [("bookings/{told}/cancel-terms", {}, None)],
    "bookings/{booking_id:str}/link": [("bookings/{told}/link", {}, None)],
    "calendar": [("calendar", {"days": "7"}, None)],
    "card": [("card", {}, None)],
    "changes/{kind:str}/{row_id:str}": [
        (f"changes/{kind}/{{{word}}}", {}, None)
        for kind, word in (
            ("booking", "told"), ("guest", "guest"), ("party", "reached"), ("offer", "offer"), ("seating", "seating"),
            ("message", "message"), ("staff", "person"), ("api_key", "key"), ("table", "free"),
        )
    ],
    "check": [
        ("check", {}, {"covers": 2, "starts_at": NEXT_DAY, field: value})
        for field, value in (
            ("booking_id", "{told}"), ("guest_id", "{guest}"), ("area_id", "{area}"), ("table_ids", ["{free}"]),
        )
    ],
    "deleted": [("deleted", {}, None)],
    "fits": [
        ("fits", {"covers": "2", field: word}, None)
        for field, word in (
            ("party_id", "{party}"), ("booking_id", "{booking}"), ("seating_id", "{seating}"), ("area_id", "{area}"),
        )
    ],
    "guests": [("guests", {"q": "{who}"}, None), ("guests", {"q": "+44207946{digit}"}, None)],
    "guests/{guest_id:str}": [("guests/{guest}", {}, None)],
    "guests/{guest_id:str}/visits": [("guests/{guest}/visits", {}, None)],
    "journal": [("journal", {"limit": "200"}, None)],
    "keys": [("keys", {}, None)],
    "lookup": [("lookup", {"q": "{who}"}, None), ("lookup", {"q": "+44207946{digit}006"}, None)],
    "messages": [("messages", {"about": "{told}"}, None)],
    "parties/{party_id:str}/link": [("parties/{reached}/link", {}, None)],
    "plan": [("plan", {}, None), ("plan", {"date": "2026-11-21"}, None)],
    "policies": [("policies", {}, None)],
    "quote": [("quote", {"covers": "2", "area_id": "{area}", "guest_id": "{guest}"}, None)],
    "policies/{policy:str}": [("policies/floor.soon_min", {}, None)],
    "recent": [("recent", {}, None)],
    "slots/effects": [("slots/effects", {}, {
        "command": "delete_slot_rule", "site_id": SITE, "key": "effects-1", "rule_id": "{rule}",
    })],
    "slots/config": [("slots/config", {}, None)],
    "slots/{on:date}": [("slots/2026-12-25", {}, None)],
    "staff": [("staff", {}, None)],
    "tables/{table_id:str}/visits": [("tables/{spare}/visits", {}, None)],
    "waitlist/history": [("waitlist/history", {}, None)],
    "waits": [("waits", {"days": "7"}, None)],
    "what-if": [
        ("what-if", {}, {"changes": [{"change": change, field: word}]})
        for change, field, word in (
            ("close_area", "area_id", "{area}"), ("lose_table", "table_id", "{spare}"),
            ("lose_server", "section_id", "{section}"),
        )
    ],
    "why-not": [("why-not", {}, {"starts_at": NEXT_DAY, "covers": 2, "area_id": "{area}"})],
}  # fmt: skip
CHANNEL_DAYS = {"availability": ":2026-11-20", "floor": "", "slots": "", "waitlist": "", "book": ":2026-11-20", "messages": ":2026-11-20"}


def doors_of_sites(app: Any) -> set[str]:
    begin = "/api/sites/{site_id:str}/"
    return {route.path.removeprefix(begin) for route in app.routes if route.path.startswith(begin)}


def with_words(asked: Any, ids: dict[str, Any]) -> Any:
    """`{word}` anywhere in a path, query or body, replaced."""
    if isinstance(asked, str):
        return re.sub(r"\{(\w+)\}", lambda found: str(ids[found[1]]), asked)
    if isinstance(asked, list):
        return [with_words(one, ids) for one in asked]
    return {key: with_words(one, ids) for key, one in asked.items()} if isinstance(asked, dict) else asked


@pytest.fixture
async def doors(house: LawfulHouse, both):
    """Asks a door as somebody: `await doors(site, path, query, body, **headers)`."""
    for who, ids in both.items():
        ids |= {"who": who, "digit": "1" if who == MINE else "2"}
    house.house.minds = a_double()
    app = make_app(house.house)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://house.test") as client:

        async def ask(site: str, path: str, query: dict, body: dict | None, /, **headers: str) -> httpx.Response:
            at = f"/api/sites/{site}/{path}" if site else path
            if body is None:
                return await client.get(at, params=query, headers=headers)
            return await client.post(at, json=body, headers=headers)

        ask.app, ask.client = app, client
        yield ask


async def cookie_of(house: LawfulHouse, staff_id: str) -> dict[str, str]:
    return {"cookie": f"{auth.COOKIE}={await auth.open_session(house.pool, staff_id)}"}


async def test_no_door_tells_anything_of_another_site(house: LawfulHouse, both, doors):
    assert doors_of_sites(doors.app) == set(DOORS), "a new door needs its line here"
    asked = [one for questions in DOORS.values() for one in questions]
    theirs = {str(one) for one in both[THEIRS].values() if isinstance(one, str) and len(one) > 12}
    shared = {"st_super_admin"}
    # somebody who works at both sites, asking about theirs at mine: there is no such thing here
    boss = await cookie_of(house, "st_super_admin")
    for path, query, body in asked:
        answer = await doors(SITE, *(with_words(part, both[THEIRS]) for part in (path, query, body)), **boss)
        assert answer.status_code in {200, 201, 404, 409, 422}, (path, answer.text)
        said = answer.text.replace(with_words(query.get("q", "\0"), both[THEIRS]), "")
        assert THEIRS not in said and not (theirs - shared) & set(re.findall(r"[\w-]{13,}", said)), (path, said)
        assert not re.search(r"\bT\d+\b", said), (path, said)
        if answer.status_code == 200 and path.startswith("changes/"):
            assert answer.json() == [], path
    # somebody who does not work there, asking there: there is no such site
    for stranger in (await cookie_of(house, "st_host"), {"authorization": f"Bearer {KEY.format(MINE)}"}):
        for path, query, body in [*asked, ("keys", {}, {"name": "x", "scopes": ["book.read"]})]:
            answer = await doors(OTHER_SITE, *(with_words(part, both[THEIRS]) for part in (path, query, body)), **stranger)
            assert (answer.status_code, answer.json()["message"]) == (404, "There is no such site."), (path, answer.text)
            assert doors.client.cookies.get(auth.COOKIE) is None


async def test_the_same_doors_tell_of_ones_own(house: LawfulHouse, both, doors):
    """Or the test above would prove nothing."""
    boss = await cookie_of(house, "st_super_admin")
    for questions in DOORS.values():
        for path, query, body in questions:
            answer = await doors(SITE, *(with_words(part, both[MINE]) for part in (path, query, body)), **boss)
            assert answer.status_code == 200, (path, query, answer.text)
            if path in {"guests", "lookup", "journal", "deleted", "recent", "messages", "staff", "keys", "slots/config"}:
                assert MINE in answer.text, (path, query, answer.text)
    key = {"authorization": f"Bearer {KEY.format(MINE)}"}
    assert MINE in (await doors(SITE, "guests", {"q": MINE}, None, **key)).text


async def test_no_channel_is_read_from_another_site(house: LawfulHouse, both, doors):
    assert set(CHANNEL_DAYS) == set(roles.CHANNEL_READ) == {kind.channel for kind in house.types.by_kind.values()} - {""}
    house.house.minds = a_double()
    gate = Gate(house.house)
    key = {"authorization": f"Bearer {KEY.format(MINE)}"}
    for kind, day in CHANNEL_DAYS.items():
        mine, theirs = f"{kind}:{SITE}{day}", f"{kind}:{OTHER_SITE}{day}"
        for session in (await cookie_of(house, "st_host"), key):
            assert (await doors("", f"/api/state/{theirs}", {}, None, **session)).status_code == 404, theirs
        answer = await doors("", f"/api/state/{mine}", {}, None, **await cookie_of(house, "st_host"))
        assert answer.status_code == 200 and THEIRS not in answer.text and answer.json()["rows"], mine
        host = Session("st_host")
        assert isinstance(await gate.authorise(host, mine), Grant)
        assert await gate.authorise(host, theirs) == FORBIDDEN


async def test_a_guest_known_at_one_site_is_a_stranger_at_the_other(house: LawfulHouse, both, doors):
    for site, who in ((SITE, MINE), (OTHER_SITE, THEIRS)):
        await house.pool.execute("UPDATE site SET slug = $1 WHERE id = $2", f"{who}-house", site)
        # the same person with the same number has a booking at both
        await house.pool.execute(
            "UPDATE booking SET phone = '+44207946777', phone_key = '+44207946777' WHERE id = $1", both[who]["own"]
        )
        await house.pool.execute(
            "UPDATE verification SET contact = (SELECT contact FROM verification WHERE id = $2) WHERE id = $1",
            both[who]["verified"], both[THEIRS]["verified"],
        )  # fmt: skip
    known_there = {"cookie": f"maitred_guest={both[THEIRS]['verified']}"}
    here = await doors("", f"/s/{MINE}-house/mine", {}, None, **known_there)
    assert here.status_code == 303 and MINE not in here.text, "the code typed at the other site counts for nothing here"
    for page in ("change", "cancel"):
        answer = await doors("", f"/g/{both[MINE]['ticket']}/{page}", {}, None, **known_there)
        assert answer.status_code == 303 and "/code" in answer.headers["location"], answer.text
