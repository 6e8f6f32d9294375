"""The door every wish goes through: keys, permissions, tenants, bad input, races."""

import asyncio

import msgspec
import pytest

from hub.core.actor import Actor
from hub.core.commands import decode
from schemas.base import Done, Refused
from tests.kit import HOST, OTHER_SITE, SITE, LawfulHouse, a_room


async def test_same_key_brings_the_same_answer_and_acts_once(house: LawfulHouse):
    tables = await a_room(house, ("1", 4))
    first = await house.done("seat_party", table_ids=[tables["1"]], covers=3, key="one-tap-1")
    again = await house.done("seat_party", table_ids=[tables["1"]], covers=3, key="one-tap-1")
    assert again.seq == first.seq
    assert again.offsets == first.offsets
    assert again.result == msgspec.to_builtins(first.result)
    assert await house.pool.fetchval("SELECT count(*) FROM seating") == 1


async def test_a_key_is_one_wish_of_one_person(house: LawfulHouse):
    tables = await a_room(house, ("1", 4), ("2", 4))
    await house.done("seat_party", table_ids=[tables["1"]], covers=3, key="one-tap-1")
    refused = await house.refused("seat_party", "key_reused", table_ids=[tables["2"]], covers=3, key="one-tap-1")
    assert refused.field == "key"
    other = Actor.staff("st_server")
    await house.done("seat_party", table_ids=[tables["2"]], covers=3, key="one-tap-1", actor=other)


async def test_a_refusal_is_decided_anew(house: LawfulHouse):
    tables = await a_room(house, ("1", 4))
    seated = await house.done("seat_party", table_ids=[tables["1"]], covers=2)
    await house.refused("seat_party", "table_taken", table_ids=[tables["1"]], covers=2, key="try-again")
    await house.done("clear_seating", seating_id=seated.result["seating_id"])
    await house.done("set_table_status", table_id=tables["1"], status="available")
    await house.done("seat_party", table_ids=[tables["1"]], covers=2, key="try-again")


BAD = [
    ("seat_party", {"table_ids": ["t"], "covers": 0}, "covers"),
    ("seat_party", {"table_ids": ["t"], "covers": 21}, "covers"),
    ("seat_party", {"table_ids": [], "covers": 2}, "table_ids"),
    ("seat_party", {"covers": 2}, "table_ids"),
    ("seat_party", {"table_ids": ["t"], "covers": 2, "colour": "red"}, "colour"),
    ("seat_party", {"table_ids": ["t"], "covers": "two"}, "covers"),
    ("seat_party", {"table_ids": ["no such table"], "covers": 2}, "table_ids"),
    ("seat_party", {"table_ids": ["nosuchtable"], "covers": 2}, "table_ids"),
    ("seat_party", {"table_ids": ["t"]}, "covers"),
    ("clear_seating", {"seating_id": "nosuch"}, "seating_id"),
    ("move_seating", {"seating_id": "nosuch", "table_ids": ["t"]}, "seating_id"),
    ("set_table_status", {"table_id": "nosuch", "status": "available"}, "table_id"),
    ("set_table_status", {"table_id": "nosuch", "status": "on_fire"}, "status"),
    ("add_party", {"name": "", "covers": 2}, "name"),
    ("add_party", {"name": "x" * 81, "covers": 2}, "name"),
    ("add_party", {"name": "Li", "covers": 2, "phone": "<script>"}, "phone"),
    ("remove_party", {"party_id": "nosuch"}, "party_id"),
    ("book", {"name": "Li", "covers": 2, "starts_at": "tomorrow"}, "starts_at"),
    ("book", {"name": "Li", "covers": 2, "starts_at": "2020-01-01T19:00:00Z"}, "starts_at"),
    ("book", {"name": "Li", "covers": 2, "starts_at": "2027-11-20T19:00:00Z"}, "starts_at"),
    ("book", {"name": "Li", "covers": 2, "starts_at": "9999-12-31T23:59:59-12:00"}, "starts_at"),
    ("book", {"name": "Li", "covers": 2, "starts_at": "0001-01-01T00:00:00+12:00"}, "starts_at"),
    ("hold_slot", {"covers": 2, "starts_at": "0001-01-01T00:00:00+12:00"}, "starts_at"),
    ("book", {"name": "Li", "covers": 2, "starts_at": "9999-12-31T23:59:59-12:00", "certificate_id": "x"}, "starts_at"),
    ("cancel_booking", {"booking_id": "nosuch"}, "booking_id"),
    ("undo", {"seq": 10_000}, "seq"),
    ("undo", {"seq": 2**64}, "seq"),
    ("undo", {"seq": -1}, "seq"),
    ("restore_policy", {"policy": "dining.buffer_min", "version": 2**31}, "version"),
    ("put_area", {"name": "Room", "position": 2**31}, "position"),
    ("set_stage", {"seating_id": "nosuch", "stage": "paid", "expect_version": 10**30}, "expect_version"),
]  # fmt: skip


@pytest.mark.parametrize(("command", "args", "field"), BAD, ids=lambda value: str(value)[:40])
async def test_bad_input_names_the_field_and_changes_nothing(house: LawfulHouse, command, args, field):
    refused = await house.refused(command, **args)
    assert refused.field == field, refused
    assert refused.code in {"invalid", "not_found"}
    assert await house.pool.fetchval("SELECT count(*) FROM journal") == 0


@pytest.mark.parametrize(
    ("command", "args", "sentence"),
    [
        ("seat_party", {"table_ids": ["t"], "covers": 0}, "Covers must be 1 or more."),
        ("seat_party", {"table_ids": ["t"], "covers": 21}, "Covers must be 20 or less."),
        ("seat_party", {"table_ids": [], "covers": 2}, "Tables must name at least one."),
        ("seat_party", {"covers": 2}, "Tables must be given."),
        ("add_party", {"name": "", "covers": 2}, "Name must not be empty."),
        ("add_party", {"name": "x" * 81, "covers": 2}, "Name may have 80 characters at most."),
        ("add_party", {"name": "Li", "covers": "two"}, "Covers must be a number."),
        ("add_party", {"name": "Li", "covers": 2, "phone": "<script>"}, "Phone must not hold such characters."),
        ("set_clock", {"rate": 61}, "Rate must be 60 or less."),
        ("set_table_status", {"table_id": "t", "status": "on_fire"}, "Status must be one of the words listed for it."),
        (
            "book", {"name": "Li", "covers": 2, "starts_at": "tomorrow"},
            "Starts at must be a time with its date and zone, as in 2026-11-20T19:05:00Z.",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_field_is_said_in_a_hosts_words(command: str, args: dict, sentence: str):
    refused = decode(command, msgspec.json.encode({"site_id": SITE, "key": "any-key-1", **args}))
    assert isinstance(refused, Refused)
    assert refused.message == sentence


async def test_min_over_max_covers_is_a_field_error(house: LawfulHouse):
    manager = Actor.staff("st_manager")
    area = (await house.done("put_area", actor=manager, name="Room")).result["area_id"]
    refused = await house.refused("put_table", actor=manager, area_id=area, number="1", min_covers=5, max_covers=4)
    assert refused.code == "invalid"
    assert refused.field in {"min_covers", "max_covers"}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"site_id": 3}', b"{}" * 3, b'"text"'])
async def test_malformed_bodies_are_refused(house: LawfulHouse, body: bytes):
    answer = await house.commands.ask(HOST, "seat_party", body)
    assert isinstance(answer, Refused)
    assert answer.code == "invalid"


@pytest.mark.parametrize("field", ["name", "notes", "reason"])
async def test_text_that_cannot_be_stored_is_refused(house: LawfulHouse, field: str):
    body = msgspec.json.encode({"site_id": SITE, "key": "nul-byte-1", "name": "Li", "covers": 2, field: "a\0b"})
    answer = await house.commands.ask(HOST, "add_party", body)
    assert isinstance(answer, Refused)
    assert (answer.code, answer.reason) == ("invalid", "malformed")


async def test_an_unknown_command_and_the_houses_own_are_not_found(house: LawfulHouse):
    for name in ("fly", "refresh_waiting", "release_opening", "apply_import"):
        answer = await house.commands.ask(HOST, name, b"{}")
        assert isinstance(answer, Refused)
        assert answer.code == "not_found"


async def test_roles_are_asked_at_every_command(house: LawfulHouse):
    tables = await a_room(house, ("1", 4))
    kitchen, server = Actor.staff("st_kitchen"), Actor.staff("st_server")
    assert (await house.refused("seat_party", table_ids=[tables["1"]], covers=2, actor=kitchen)).code == "forbidden"
    await house.done("seat_party", table_ids=[tables["1"]], covers=2, actor=server)
    assert (await house.refused("set_policy", policy="dining.buffer_min", value=5, actor=server)).code == "forbidden"
    await house.pool.execute("UPDATE staff SET active = false WHERE id = 'st_server'")
    assert (await house.refused("add_party", name="Li", covers=2, actor=server)).code == "not_found"


async def test_another_house_looks_like_no_house(house: LawfulHouse):
    tables = await a_room(house, ("1", 4))
    stranger = Actor.staff("st_other")
    there = await house.refused("seat_party", table_ids=[tables["1"]], covers=2, actor=stranger)
    nowhere = await house.refused("seat_party", table_ids=[tables["1"]], covers=2, site="nosuchsite")
    assert (there.code, there.reason, there.message) == (nowhere.code, nowhere.reason, nowhere.message)
    # his own site, but our table: the id means nothing there
    assert (
        await house.refused("seat_party", table_ids=[tables["1"]], covers=2, site=OTHER_SITE, actor=stranger)
    ).field == "table_ids"


async def test_a_stale_version_is_refused_with_the_row_as_it_is(house: LawfulHouse):
    tables = await a_room(house, ("1", 4))
    seated = await house.done("seat_party", table_ids=[tables["1"]], covers=2)
    seating_id = seated.result["seating_id"]
    row = await house.row("seating", seating_id)
    await house.done("set_stage", seating_id=seating_id, stage="ordered", expect_version=row.version)
    refused = await house.refused(
        "set_stage", "stale", seating_id=seating_id, stage="check", expect_version=row.version
    )
    assert refused.about == await house.row("seating", seating_id)


@pytest.mark.parametrize("hosts", [2, 50])
async def test_many_take_the_last_table_at_once_and_one_gets_it(house: LawfulHouse, hosts: int):
    tables = await a_room(house, ("1", 4))
    answers = await asyncio.gather(
        *(house.give("seat_party", table_ids=[tables["1"]], covers=2, name=f"Party {n}") for n in range(hosts))
    )
    done = [answer for answer in answers if isinstance(answer, Done)]
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert len(done) == 1
    assert {answer.reason for answer in refused} == {"table_taken"}
    winner = (await house.row("seating", done[0].result["seating_id"])).name
    assert all(winner in answer.message for answer in refused), "the others are told who has it"


async def test_a_staff_member_may_not_flood(house: LawfulHouse):
    answers = [await house.commands.ask(HOST, "add_party", b"{}") for _ in range(90)]
    limited = [answer for answer in answers if answer.code == "rate_limited"]
    assert limited
    assert all(answer.retry_s > 0 for answer in limited)


async def test_the_clock_alone_changes_nothing(house: LawfulHouse):
    tables = await a_room(house, ("1", 4), ("2", 2))
    await house.done("seat_party", table_ids=[tables["1"]], covers=3)
    await house.done("add_party", name="Li", covers=2)
    before = await house.rows(SITE)
    await house.pass_time(24 * 60)
    assert await house.rows(SITE) == before


async def test_facts_hold_no_names(house: LawfulHouse):
    tables = await a_room(house, ("1", 4))
    await house.done("seat_party", table_ids=[tables["1"]], covers=3, name="Unmistakable", notes="Secretive")
    await house.done("add_party", name="Unmistakable", covers=2, phone="+44 20 7946 0001")
    journal = await house.pool.fetchval("SELECT string_agg(facts::text || touched::text, '') FROM journal")
    assert "Unmistakable" not in journal
    assert "7946" not in journal
    assert "Secretive" not in journal
