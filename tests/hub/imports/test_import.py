"""`maitred import`: whole files or nothing; every fault by line and field; the same file twice adds nothing."""

import argparse
import json
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.imports import cli, reading, rules
from tests.kit import SITE, LawfulHouse, without_seq

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
    booking = await house.pool.fetchrow("SELECT name, flags FROM booking")
    assert tuple(booking) == ("Ana Silva", ["vip", "gluten"])


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
