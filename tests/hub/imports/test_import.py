"""`maitred import`: whole files or nothing; every fault by line and field; the same file twice adds nothing."""

import argparse
import json
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.actor import Actor
from hub.guests import views
from hub.imports import cli, reading, rules
from tests.kit import OTHER_SITE, SITE, LawfulHouse, without_seq

PLAN = """area,number,seats,shape,features,joins
Main room,1,4,square,window;quiet,2
Main room,2,4,square,,
Terrace,20,6,rectangular,,
"""
BOOK = """visit_datetime,reserve_datetime,reserve_visitors
2026-11-21 19:00:00,2026-11-18 10:00:00,4
2026-11-21 19:00:00,2026-11-18 10:00:00,4
2026-11-19 20:00:00,2026-11-01 09:00:00,2
"""


def args(*files: Path, **more) -> argparse.Namespace:
    given_ = {
        "files": list(files),
        "site": SITE,
        "kind": None,
        "column": [],
        "map": None,
        "time_format": None,
        "dry_run": False,
    }
    return argparse.Namespace(**{**given_, **more})


async def take(house: LawfulHouse, *files: Path, **more) -> int:
    asked = args(*files, **more)
    read = [reading.read(path, asked.kind, cli._columns(asked)) for path in files]
    faults = [fault for lines in read for fault in lines.faults]
    return cli._say(faults) if faults else await cli.take(house, read, asked)


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.csv"
    path.write_text(PLAN)
    return path


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "book.csv"
    path.write_text(BOOK)
    return path


async def test_a_plan_and_a_bare_book_make_a_working_house(house: LawfulHouse, plan: Path, book: Path, capsys):
    assert await take(house, plan, book) == 0
    assert "tables: 3 new" in capsys.readouterr().out
    rows = await house.rows()
    tables = {row["number"]: row for (_, kind, _), row in rows.items() if kind == "table"}
    assert tables["1"]["features"] == ["window", "quiet"]
    assert (tables["20"]["max_covers"], tables["20"]["size_class"]) == (6, "6_top")
    assert sum(kind == "join" for _, kind, _ in rows) == 1
    bookings = [row for (_, kind, _), row in rows.items() if kind == "booking"]
    assert sorted(row["status"] for row in bookings) == ["completed", "confirmed", "confirmed"]
    holds = [row for (_, kind, _), row in rows.items() if kind == "hold"]
    assert len({row["table_id"] for row in holds}) == 2, "two parties of four at the same time get different tables"


async def test_the_same_file_twice_adds_nothing(house: LawfulHouse, plan: Path, book: Path, capsys):
    await take(house, plan, book)
    before = without_seq(await house.rows())
    capsys.readouterr()
    assert await take(house, plan, book) == 0
    assert "bookings: 0 new, 0 changed, 3 as they are" in capsys.readouterr().out
    assert without_seq(await house.rows()) == before


async def test_a_dry_run_tells_and_changes_nothing(house: LawfulHouse, plan: Path, book: Path, capsys):
    before = await house.rows()
    assert await take(house, plan, book, dry_run=True) == 0
    said = capsys.readouterr().out
    assert "nothing was changed" in said
    assert "table 1 (4 seats) is new in Main room" in said
    assert await house.rows() == before
    assert await house.pool.fetchval("SELECT count(*) FROM import_line") == 0


async def test_a_bad_line_is_named_and_nothing_is_taken(house: LawfulHouse, plan: Path, tmp_path: Path, capsys):
    bad = tmp_path / "book.csv"
    bad.write_text(
        "visit time,booking time,party size,status\n"
        "2026-11-21 19:00,2026-11-18 10:00,4,booked\n"
        "2026-11-21 19:00,2026-11-18 10:00,none,booked\n"
        "2026-11-21 19:00,2026-11-18 10:00,4,dreaming\n"
        "2026-11-21 19:00,,4,booked\n"
    )
    before = await house.rows()
    assert await take(house, plan, bad) == 1
    said = capsys.readouterr().err
    assert "book.csv line 3, covers" in said
    assert "book.csv line 4, status" in said
    assert "book.csv line 5, booked_at" in said
    assert "3 lines need a hand" in said
    assert await house.rows() == before


async def test_times_that_cannot_be_are_named_by_line(house: LawfulHouse, tmp_path: Path, capsys):
    bad = tmp_path / "book.csv"
    bad.write_text(
        "visit time,booking time,pax\n2026-03-29 01:30,2026-03-01 10:00,2\n3/4/2026 19:00,2026-03-01 10:00,2\n"
    )
    assert await take(house, bad) == 1
    said = capsys.readouterr().err
    assert "line 2, starts_at" in said
    assert "clocks were put forward" in said
    assert "line 3, starts_at" in said


async def test_a_column_map_and_a_time_format_read_any_export(house: LawfulHouse, plan: Path, tmp_path: Path):
    odd = tmp_path / "export.csv"
    odd.write_text("Wann;Seit;Leute;Wer\n21.11.26 19h00;18.11.26 10h00;3;Müller\n", encoding="utf-8")
    asked = {
        "column": ["starts_at=Wann", "booked_at=Seit", "covers=Leute", "name=Wer"],
        "kind": "book",
        "time_format": "%d.%m.%y %Hh%M",
    }
    assert await take(house, plan) == 0
    assert await take(house, odd, **asked) == 0
    assert await house.pool.fetchval("SELECT starts_at FROM booking WHERE name = 'Müller'") == datetime.fromisoformat(
        "2026-11-21T19:00:00+00:00"
    )


async def test_json_and_guests_found_by_phone(house: LawfulHouse, plan: Path, tmp_path: Path):
    data = tmp_path / "house.json"
    data.write_text(
        json.dumps({
            "guests": [{"name": "Ana Silva", "phone": "+351 900 000 001", "flags": ["vip", "gluten"]}],
            "bookings": [{"starts_at": "2026-11-21T20:00:00+00:00", "booked_at": "2026-11-20T10:00:00+00:00", "covers": 2, "phone": "(+351) 900-000-001"}],
        })
    )  # fmt: skip
    assert await take(house, plan, data) == 0
    booking = await house.pool.fetchrow("SELECT name, guest_flags, guest_id, phone_key, search, flags FROM booking")
    guest = await views.by_contact(house.pool, SITE, phone="+351900000001")
    assert tuple(booking) == ("Ana Silva", ["vip", "gluten"], guest.id, "+351900000001", "ana silva", [])


GUESTS = """name,phone,email,flags,notes
Ana Silva,07700 900123,ana@example.test,vip;gluten,Corner table
Ana S.,+44 7700 900 123,,dairy,
Ben,,ben@example.test,,
Nobody in particular,,,,Comes on Mondays
"""
PAST = """visit,booked,pax,name,phone,email,state
2026-11-01 19:00,2026-10-01 10:00,4,Ana,07700 900123,,done
2026-11-08 19:00,2026-10-01 10:00,2,Ana,0044 7700 900123,,done
2026-11-09 19:00,2026-10-01 10:00,2,Ana,07700900123,,no show
2026-11-10 19:00,2026-10-01 10:00,3,Benjamin,,BEN@example.test,done
2026-11-11 19:00,2026-10-01 10:00,3,Cleo,020 7946 0001,,cancelled
2026-11-25 19:00,2026-10-01 10:00,2,Cleo,+44 20 7946 0001,cleo@example.test,booked
2026-11-26 19:00,2026-10-01 10:00,2,Nameless,,,booked
"""


@pytest.fixture
def people(tmp_path: Path) -> tuple[Path, Path]:
    guests, past = tmp_path / "guests.csv", tmp_path / "past.csv"
    guests.write_text(GUESTS)
    past.write_text(PAST)
    return guests, past


async def stored(house: LawfulHouse) -> list:
    tables = ("guest", "guest_profile", "booking")
    return [await house.pool.fetch(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]


async def test_guests_and_their_past_are_one_book_of_people(house: LawfulHouse, people, capsys):
    assert await take(house, *people) == 0
    assert "guests: 3 new, 1 changed, 0 as they are" in capsys.readouterr().out
    ana = await views.by_contact(house.pool, SITE, phone="07700 900123")
    assert (ana.name, ana.email, ana.notes) == ("Ana Silva", "ana@example.test", "Corner table")
    assert ana.flags == ["vip", "gluten", "dairy"], "two lines with one number are one guest"
    assert (ana.visits, ana.no_shows, ana.covers_total) == (2, 1, 6)
    assert (ana.first_seen.day, ana.last_seen.day) == (1, 8)
    ben = await views.by_contact(house.pool, SITE, email="ben@example.test")
    assert (ben.name, ben.visits, ben.covers_total) == ("Ben", 1, 3)
    cleo = await views.by_contact(house.pool, SITE, phone="020 7946 0001")
    assert (cleo.name, cleo.source, cleo.cancellations, cleo.email) == ("Cleo", "import", 1, "cleo@example.test")
    assert [hit.name for hit in await views.search(house.pool, SITE, "cle", 5)] == ["Cleo"]
    to_come = await house.pool.fetch("SELECT * FROM booking WHERE status = 'confirmed' ORDER BY starts_at")
    assert [one["guest_id"] for one in to_come] == [cleo.id, None]
    assert all(one["ticket"] for one in to_come)
    assert [one["guest_visits"] for one in to_come] == [0, None]
    assert await house.pool.fetchval("SELECT count(*) FROM guest") == 4


async def test_the_same_people_twice_are_the_same_people(house: LawfulHouse, people, capsys):
    await take(house, *people)
    before = await stored(house)
    capsys.readouterr()
    assert await take(house, *people) == 0
    said = capsys.readouterr().out
    assert "guests: 0 new, 0 changed, 4 as they are" in said
    assert "bookings: 0 new, 0 changed, 7 as they are" in said
    assert await stored(house) == before


async def test_whoever_says_most_is_met_first(house: LawfulHouse, tmp_path: Path):
    """A line with the address only, one with both, one with the number only: one guest with both."""
    past = tmp_path / "past.csv"
    line = "2026-11-0{day} 19:00,2026-10-01 10:00,2,Dana,{phone},{email},done"
    said = (("", "dana@example.test"), ("07700 900555", "dana@example.test"), ("07700 900555", ""))
    lines = [line.format(day=day + 1, phone=phone, email=email) for day, (phone, email) in enumerate(said)]
    past.write_text("visit,booked,pax,name,phone,email,state\n" + "\n".join(lines))
    assert await take(house, past) == 0
    dana = await views.by_contact(house.pool, SITE, phone="07700 900555")
    assert (dana.email, dana.visits) == ("dana@example.test", 3)


async def test_a_dry_run_makes_no_guest(house: LawfulHouse, people):
    before = await stored(house)
    assert await take(house, *people, dry_run=True) == 0
    assert await stored(house) == before


async def test_a_line_that_says_something_else_now_changes_its_guest_on_the_record(house, people, tmp_path, capsys):
    await take(house, *people)
    ana = await views.by_contact(house.pool, SITE, phone="07700 900123")
    await house.done("edit_guest", guest_id=ana.id, flags=[*ana.flags, "vegan"], tags=["press"])
    again = tmp_path / "again.json"
    line = {"name": "Ana Silva", "phone": "07700 900123", "email": "ana@example.test", "ref": "A1", "notes": "Window"}
    again.write_text(json.dumps({"guests": [line]}))
    assert await take(house, again) == 0  # not the same line by its ref: the same person by their number
    again.write_text(json.dumps({"guests": [{**line, "name": "Ana Costa", "phone": "020 7946 0009", "flags": ["egg"]}]}))
    capsys.readouterr()
    await house.pool.execute("UPDATE guest_profile SET import_ref = $2 WHERE id = $1", ana.id, rules.Refs().of(ref="A1"))
    assert await take(house, again) == 0
    assert "guests: 0 new, 1 changed" in capsys.readouterr().out
    now = await views.guest(house.pool, SITE, ana.id)
    assert (now.name, now.phone, now.notes, now.tags) == ("Ana Costa", "+442079460009", "Window", ["press"])
    assert now.flags == ["vip", "gluten", "dairy", "vegan", "egg"], "what a host has added stays"
    changed = await house.pool.fetchval(
        "SELECT now FROM change WHERE kind = 'guest' AND row_id = $1 ORDER BY seq DESC LIMIT 1", ana.id
    )
    assert changed["name"] == "Ana Costa"


async def test_a_file_brings_nobody_back_and_parts_nobody(house, people, capsys):
    await take(house, *people)
    manager = Actor.staff("st_manager")
    ana = await views.by_contact(house.pool, SITE, phone="07700 900123")
    ben = await views.by_contact(house.pool, SITE, email="ben@example.test")
    cleo = await views.by_contact(house.pool, SITE, phone="020 7946 0001")
    await house.done("delete_guest", actor=manager, guest_id=ana.id, reason="They asked for it")
    await house.done("merge_guests", actor=manager, keep_id=cleo.id, gone_id=ben.id)
    await house.done("refresh_guest", guest_id=cleo.id, gone_id=ben.id)  # as the house does after a merge
    before = await stored(house)
    assert await take(house, *people) == 0
    assert await stored(house) == before


async def test_people_another_site_knows_are_the_same_people_with_a_card_of_their_own(house, people):
    there = await house.done("add_guest", actor=Actor.staff("st_other"), site=OTHER_SITE, name="A. Silva", phone="+447700900123", notes="Far")
    await take(house, *people)
    ana = await views.by_contact(house.pool, SITE, phone="07700 900123")
    assert (ana.id, ana.name, ana.notes) == (there.result["guest_id"], "A. Silva", "Corner table")
    assert (await views.guest(house.pool, OTHER_SITE, ana.id)).notes == "Far"


async def test_a_number_taken_by_somebody_else_is_a_warning(house, people, tmp_path, capsys):
    await take(house, *people)
    clash = tmp_path / "clash.csv"
    clash.write_text(GUESTS.replace("Ben,,", "Ben,07700 900999,"))
    await take(house, clash)  # another line: Ben is found by his address and keeps what he has
    await house.done("add_guest", name="Else", phone="020 7946 0007")
    ben = await views.by_contact(house.pool, SITE, email="ben@example.test")
    ref = rules.Refs().of("Ben", "020 7946 0007", "ben@example.test", ref=None)
    await house.pool.execute("UPDATE guest_profile SET import_ref = $2 WHERE id = $1", ben.id, ref)
    clash.write_text(GUESTS.replace("Ben,,", "Ben,020 7946 0007,"))
    capsys.readouterr()
    assert await take(house, clash) == 0
    assert "! Ben: Else has this phone number." in capsys.readouterr().out
    assert (await views.guest(house.pool, SITE, ben.id)).phone is None


async def test_thousands_of_strangers_in_one_file(house: LawfulHouse, tmp_path: Path):
    big = tmp_path / "book.csv"
    lines = (
        f"2026-{1 + n % 9:02}-{1 + n % 28:02} 19:{n % 60:02}:00,2025-12-01 10:00:00,{1 + n % 8},Guest {n % 3000},077{n % 3000:08}"
        for n in range(6000)
    )
    big.write_text("visit_datetime,reserve_datetime,reserve_visitors,name,phone\n" + "\n".join(lines))
    assert await take(house, big) == 0
    assert await house.pool.fetchval("SELECT count(*) FROM guest_profile") == 3000
    assert await house.pool.fetchval("SELECT sum(visits) FROM guest_profile") == 6000


async def test_a_booking_at_a_table_nobody_has_refuses_the_whole_file(
    house: LawfulHouse, plan: Path, tmp_path: Path, capsys
):
    bad = tmp_path / "book.csv"
    bad.write_text(
        "visit,booked,pax,table\n2026-11-21 19:00,2026-11-18 10:00,4,1\n2026-11-21 19:00,2026-11-18 10:00,4,99\n"
    )
    await take(house, plan)
    before = await house.rows()
    assert await take(house, bad) == 1
    assert "line 3, tables" in capsys.readouterr().err
    assert await house.rows() == before


async def test_twenty_thousand_lines_do_not_keep_the_floor_waiting_long(house: LawfulHouse, plan: Path, tmp_path: Path):
    big = tmp_path / "book.csv"
    lines = (
        f"2026-{1 + n % 9:02}-{1 + n % 28:02} 19:{n % 60:02}:00,2025-12-01 10:00:00,{1 + n % 8}" for n in range(20_000)
    )
    big.write_text("visit_datetime,reserve_datetime,reserve_visitors\n" + "\n".join(lines))
    await take(house, plan)
    assert await take(house, big) == 0
    assert await house.pool.fetchval("SELECT count(*) FROM booking") == 20_000


@pytest.mark.parametrize("text", ["", "\n", "a,b\n1,2\n", '{"x": 1}', "[1]", '"', '"open quote\n1,2', "\x00,\x00"])
def test_nonsense_files_are_faults_not_crashes(tmp_path: Path, text: str):
    for name in ("odd.csv", "odd.json"):
        path = tmp_path / name
        path.write_text(text)
        assert reading.read(path, None, {}).faults


def test_not_utf8_is_named(tmp_path: Path):
    path = tmp_path / "latin.csv"
    path.write_bytes("visit,booked,pax,name\n2026-01-01 19:00,2026-01-01,2,M\u00fcller\n".encode("latin-1"))
    assert "line 2" in str(reading.read(path, "book", {}).faults[0])


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3)), max_size=20))
def test_refs_are_stable_and_unlike(lines: list[tuple[int, int]]):
    first, again = rules.Refs(), rules.Refs()
    names = [first.of(*line, ref=None) for line in lines]
    assert names == [again.of(*line, ref=None) for line in lines]
    assert len(set(names)) == len(names), "equal lines are different bookings"
