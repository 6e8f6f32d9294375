"""Moving, joining, parting, editing, staying too long, leaving — with a real database."""

from datetime import timedelta

import msgspec
import pytest

from hub.core.actor import Actor
from tests.kit import FRIDAY_19, a_room, joined


async def sit(house, tables, covers=2, **more):
    return (await house.done("seat_party", table_ids=tables, covers=covers, **more)).result["seating_id"]


async def statuses(house, tables):
    return [(await house.row("table", table)).status for table in tables]


async def held(house):
    """table → (owner, minutes after 19:00 until which it is held)."""
    rows = [row for (_, kind, _), row in (await house.rows()).items() if kind == "hold"]
    return {
        row["table_id"]: (
            row["owner_id"],
            (msgspec.convert(row["ends_at"], type=type(FRIDAY_19)) - FRIDAY_19).total_seconds() // 60,
        )
        for row in rows
    }


async def test_moving_swaps_the_tables(house):
    t = await a_room(house, ("1", 2), ("2", 2), ("3", 2))
    party = await sit(house, [t["1"]])
    moved = await house.done("move_seating", seating_id=party, table_ids=[t["2"]])
    assert await statuses(house, [t["1"], t["2"]]) == ["available", "occupied"]  # just sat: nothing to clear
    assert await held(house) == {t["2"]: (party, 105)}
    assert await house.facts(moved.seq) == ["table.status_changed", "table.status_changed", "table.moved"]
    await house.done("set_stage", seating_id=party, stage="ordered")
    after = await house.done("move_seating", seating_id=party, table_ids=[t["3"]])
    assert await statuses(house, [t["2"], t["3"]]) == ["cleaning", "occupied"]
    await house.done("undo", seq=after.seq)
    assert await statuses(house, [t["2"], t["3"]]) == ["occupied", "available"]
    assert (await house.row("seating", party)).table_ids == [t["2"]]
    assert await held(house) == {t["2"]: (party, 105)}


async def test_moving_there_and_back(house):
    t = await a_room(house, ("1", 2), ("2", 2))
    party = await sit(house, [t["1"]])
    await house.done("move_seating", seating_id=party, table_ids=[t["2"]])
    await house.done("move_seating", seating_id=party, table_ids=[t["1"]])
    assert (await house.row("seating", party)).table_ids == [t["1"]]
    assert await held(house) == {t["1"]: (party, 105)}


async def test_a_move_to_a_taken_table_changes_nothing(house):
    t = await a_room(house, ("1", 2), ("2", 2))
    party, _ = await sit(house, [t["1"]]), await sit(house, [t["2"]], name="Verdi")
    refused = await house.refused("move_seating", "table_taken", seating_id=party, table_ids=[t["2"]])
    assert "Verdi" in refused.message
    await house.refused("move_seating", "stale", seating_id=party, table_ids=[t["2"]], expect_version=9)
    await house.refused("move_seating", "not_found", seating_id="gone", table_ids=[t["2"]])


async def test_taking_a_second_table_and_giving_it_back(house):
    t = await a_room(house, ("1", 4), ("2", 4))
    await joined(house, t["1"], t["2"])
    party = await sit(house, [t["1"]], 4)
    wider = await house.done("move_seating", seating_id=party, table_ids=[t["1"], t["2"]])
    assert "table.combined" in await house.facts(wider.seq)
    assert await statuses(house, t.values()) == ["occupied", "occupied"]
    await house.done("move_seating", seating_id=party, table_ids=[t["2"]])
    assert await statuses(house, t.values()) == ["available", "occupied"]
    assert await held(house) == {t["2"]: (party, 105)}


async def test_a_move_before_a_booking_warns_and_unplaces(house):
    t = await a_room(house, ("1", 2), ("2", 2))
    party = await sit(house, [t["1"]])
    booking = (
        await house.done(
            "book",
            name="Bianchi",
            covers=2,
            starts_at=FRIDAY_19 + timedelta(minutes=30),
            table_ids=[t["2"]],
            phone="020 7946 0000",
        )
    ).result["booking_id"]
    await house.refused("move_seating", "booked_soon", seating_id=party, table_ids=[t["2"]])
    await house.done("move_seating", seating_id=party, table_ids=[t["2"]], anyway=True)
    assert (await house.row("booking", booking)).unplaced


async def test_two_parties_become_one(house):
    t = await a_room(house, ("1", 4), ("2", 4), ("3", 4))
    await joined(house, t["1"], t["2"])
    one, two = await sit(house, [t["1"]], 4, name="One"), await sit(house, [t["2"]], 3)
    far = await sit(house, [t["3"]], 2)
    await house.refused("merge_seatings", "not_joined", from_id=far, into_id=one)
    await house.refused("merge_seatings", "invalid", from_id=one, into_id=one)
    await house.pass_time(10)
    done = await house.done("merge_seatings", from_id=two, into_id=one)
    whole = await house.row("seating", one)
    assert (whole.table_ids, whole.covers, whole.name) == ([t["1"], t["2"]], 7, "One")
    assert await house.row("seating", two) is None
    assert {table: owner for table, (owner, _) in (await held(house)).items()} == {
        t["1"]: one,
        t["2"]: one,
        t["3"]: far,
    }
    await house.done("undo", seq=done.seq)
    assert (await house.row("seating", two)).table_ids == [t["2"]]
    assert (await house.row("seating", one)).covers == 4
    assert (await held(house))[t["2"]][0] == two


async def book_and_sit(house, table, name, covers=3):
    booking = (
        await house.done(
            "book", name=name, covers=covers, starts_at=house.now, table_ids=[table], phone=f"020 7946 {covers:04d}"
        )
    ).result["booking_id"]
    return booking, (await house.done("seat_party", booking_id=booking, table_ids=[table])).result["seating_id"]


async def test_merging_keeps_one_booking_alive(house):
    t = await a_room(house, ("1", 4), ("2", 4), ("3", 4))
    await joined(house, t["1"], t["2"])
    await joined(house, t["2"], t["3"])
    walk_in = await sit(house, [t["1"]], 3)
    booking, seated = await book_and_sit(house, t["2"], "Booked")
    await house.done("merge_seatings", from_id=seated, into_id=walk_in)
    whole = await house.row("seating", walk_in)
    assert whole.booking_id == booking
    assert (await house.row("booking", booking)).status == "seated"
    assert {owner for owner, _ in (await held(house)).values()} == {booking}
    other, second = await book_and_sit(house, t["3"], "Second", 2)
    await house.done("merge_seatings", from_id=second, into_id=walk_in)
    assert (await house.row("booking", other)).status == "completed"
    assert {owner for owner, _ in (await held(house)).values()} == {booking}
    assert len(await held(house)) == 3
    await house.done("clear_seating", seating_id=walk_in)
    assert (await house.row("booking", booking)).status == "completed"
    assert await held(house) == {}


async def test_one_party_becomes_two(house):
    t = await a_room(house, ("1", 4), ("2", 4))
    await joined(house, t["1"], t["2"])
    party = await sit(house, [t["1"], t["2"]], 7, name="Seven")
    await house.refused("split_seating", "nothing_left", seating_id=party, table_ids=[t["1"], t["2"]], covers=3)
    await house.refused("split_seating", "too_many", seating_id=party, table_ids=[t["2"]], covers=7)
    await house.refused("split_seating", "too_small", seating_id=party, table_ids=[t["2"]], covers=2)  # five at a four
    await house.pass_time(30)
    done = await house.done("split_seating", seating_id=party, table_ids=[t["2"]], covers=3, name="Three")
    new = await house.row("seating", done.result["new_seating_id"])
    rest = await house.row("seating", party)
    assert (rest.table_ids, rest.covers) == ([t["1"]], 4)
    assert (new.table_ids, new.covers, new.name, new.expected_clear) == ([t["2"]], 3, "Three", rest.expected_clear)
    assert await held(house) == {t["1"]: (party, 105), t["2"]: (new.id, 105)}
    assert await statuses(house, t.values()) == ["occupied", "occupied"]
    await house.done("undo", seq=done.seq)
    assert (await house.row("seating", party)).covers == 7
    assert await held(house) == {t["1"]: (party, 105), t["2"]: (party, 105)}


async def test_stages_go_both_ways(house):
    t = await a_room(house, ("1", 2))
    party = await sit(house, [t["1"]])
    await house.done("set_stage", seating_id=party, stage="check")
    await house.pass_time(5)
    back = await house.done("set_stage", seating_id=party, stage="ordered")
    row = await house.row("seating", party)
    assert (row.stage, row.stage_since) == ("ordered", house.now)
    same = await house.done("set_stage", seating_id=party, stage="ordered")
    assert await house.facts(same.seq) == []
    assert await house.facts(back.seq) == ["table.stage_set"]


async def test_a_longer_turn_holds_longer_and_rings_later(house):
    t = await a_room(house, ("1", 4))
    party = await sit(house, [t["1"]], 2)
    done = await house.done("edit_seating", seating_id=party, turn_min=120, notes="dessert")
    row = await house.row("seating", party)
    assert (row.expected_clear, row.notes) == (FRIDAY_19 + timedelta(minutes=120), "dessert")
    assert await held(house) == {t["1"]: (party, 135)}
    await house.refused("edit_seating", "too_small", seating_id=party, covers=5)
    await house.pass_time(90)
    await house.refused("note_overstay", "not_over", seating_id=party)
    await house.pass_time(31)
    over = await house.done("note_overstay", seating_id=party)
    assert over.result == {"minutes_over": 1}
    assert (await house.row("seating", party)).over_noted
    await house.refused("note_overstay", "not_over", seating_id=party)
    await house.done("edit_seating", seating_id=party, turn_min=150)
    assert not (await house.row("seating", party)).over_noted
    armed = await house.pool.fetch("SELECT due_at FROM timer WHERE subject = $1 ORDER BY due_at", f"turn:{party}")
    assert [row["due_at"] for row in armed] == [FRIDAY_19 + timedelta(minutes=minute) for minute in (90, 120, 150)]
    assert done.seq


async def test_a_turn_into_a_booking_is_clipped_not_moved(house):
    t = await a_room(house, ("1", 4))
    booking = (
        await house.done(
            "book",
            name="Bianchi",
            covers=2,
            starts_at=FRIDAY_19 + timedelta(minutes=120),
            table_ids=[t["1"]],
            phone="020 7946 0000",
        )
    ).result["booking_id"]
    party = await sit(house, [t["1"]], 2)
    assert (await house.row("seating", party)).turn_by is None
    await house.done("edit_seating", seating_id=party, turn_min=150)
    assert (await house.row("seating", party)).turn_by == FRIDAY_19 + timedelta(minutes=120)
    holds = [row for (_, kind, _), row in (await house.rows()).items() if kind == "hold"]
    assert {row["owner_id"] for row in holds} == {party, booking}
    await house.pass_time(140)  # the booking's time has come; the party still sits there
    await house.done("edit_seating", seating_id=party, turn_min=160)
    await house.done("clear_seating", seating_id=party)


async def test_an_overstay_is_shown_and_never_refused(house):
    """The next booking's time has come while the party still sits there: it may part, join and stay longer, and the
    booking keeps its plan."""
    t = await a_room(house, ("1", 4), ("2", 4))
    await joined(house, t["1"], t["2"])
    start = FRIDAY_19 + timedelta(minutes=60)
    booking = (await house.done("book", name="Bianchi", covers=2, starts_at=start, table_ids=[t["2"]], phone="020 7946 0000")).result["booking_id"]
    party = await sit(house, [t["1"], t["2"]], 7)
    await house.pass_time(80)
    new = (await house.done("split_seating", seating_id=party, table_ids=[t["2"]], covers=3)).result["new_seating_id"]
    assert (await held(house))[t["2"]] == (booking, 165)
    await house.done("edit_seating", seating_id=new, turn_min=120)
    await house.done("merge_seatings", from_id=new, into_id=party)
    await house.done("edit_seating", seating_id=party, turn_min=140)
    assert (await held(house))[t["2"]] == (booking, 165)
    assert (await house.row("seating", party)).table_ids == [t["1"], t["2"]]
    assert not (await house.row("booking", booking)).unplaced
    await house.done("clear_seating", seating_id=party)
    assert list(await held(house)) == [t["2"]]


async def test_clearing_counts_the_turn_and_frees_the_plan(house):
    t = await a_room(house, ("1", 2))
    party = await sit(house, [t["1"]])
    await house.pass_time(70)
    done = await house.done("clear_seating", seating_id=party)
    assert done.result["turn_min"] == 70
    assert await statuses(house, t.values()) == ["cleaning"]
    assert await held(house) == {}
    await house.refused("clear_seating", "not_found", seating_id=party)
    await house.done("undo", seq=done.seq)
    assert await statuses(house, t.values()) == ["occupied"]
    assert await held(house) == {t["1"]: (party, 105)}
    await house.done("clear_seating", seating_id=party)


async def test_free_on_clear_is_policy(house):
    t = await a_room(house, ("1", 2))
    party = await sit(house, [t["1"]])
    await house.done(
        "set_policy", actor=Actor.staff("st_manager"), policy="floor.free_on_clear", value=True, reason="quick lunch"
    )
    await house.done("clear_seating", seating_id=party)
    assert await statuses(house, t.values()) == ["available"]


GUEST = Actor("guest", "guest:x", source="qr")


async def test_a_scan_occupies_a_free_table_only(house):
    t = await a_room(house, ("1", 4), ("2", 4), ("3", 4))
    qr = {number: (await house.row("table", table)).qr for number, table in t.items()}
    scanned = await house.done("scan_table", actor=GUEST, qr=qr["1"])
    seating = await house.row("seating", scanned.result["seating_id"])
    assert (seating.covers, seating.name, seating.table_ids) == (2, "Guest", [t["1"]])
    again = await house.done("scan_table", actor=GUEST, qr=qr["1"])
    assert again.result["seating_id"] == seating.id
    assert await house.facts(again.seq) == ["table.scanned"]
    await house.done("clear_seating", seating_id=seating.id)
    dirty = await house.done("scan_table", actor=GUEST, qr=qr["1"])
    assert dirty.result["seating_id"] is None
    await house.done("set_table_status", table_id=t["2"], status="out_of_service")
    await house.done("scan_table", actor=GUEST, qr=qr["2"])
    await house.done(
        "book",
        name="Soon",
        covers=2,
        starts_at=FRIDAY_19 + timedelta(minutes=20),
        table_ids=[t["3"]],
        phone="020 7946 0000",
    )
    kept = await house.done("scan_table", actor=GUEST, qr=qr["3"])
    assert kept.result["seating_id"] is None
    assert await statuses(house, t.values()) == ["cleaning", "out_of_service", "available"]
    await house.refused("scan_table", "not_found", actor=GUEST, qr="unknown")
    await house.refused("seat_party", "forbidden", actor=GUEST, table_ids=[t["3"]], covers=2)


async def test_a_scan_may_be_switched_off(house):
    t = await a_room(house, ("1", 4))
    await house.done("set_policy", actor=Actor.staff("st_manager"), policy="qr.auto_occupy", value=False, reason="bar")
    qr = (await house.row("table", t["1"])).qr
    assert (await house.done("scan_table", actor=GUEST, qr=qr)).result["seating_id"] is None
    assert await statuses(house, t.values()) == ["available"]


async def test_a_turn_is_not_over_a_moment_before_its_end(house):
    tables = await a_room(house, ("T1", 4))
    sat = (await house.done("seat_party", table_ids=[tables["T1"]], covers=2)).result["seating_id"]
    await house.pass_time(89.5)
    await house.refused("note_overstay", "not_over", seating_id=sat)
    await house.pass_time(0.5)
    await house.done("note_overstay", seating_id=sat)
    assert (await house.row("seating", sat)).over_noted


@pytest.mark.parametrize(("minutes", "sits"), [(29, False), (30, False), (31, True)])
async def test_a_scan_does_not_take_a_table_that_is_drawn_reserved(house, minutes, sits):
    """R-TAB-26: from half an hour before a booking on, though the gap warning would allow it."""
    tables = await a_room(house, ("T1", 4))
    await house.done("set_policy", actor=Actor.staff("st_manager"), policy="seating.short_turn_min", value=0)
    at = (house.now + timedelta(minutes=minutes)).isoformat()
    await house.done("book", name="Silva", covers=4, starts_at=at, table_ids=[tables["T1"]])
    qr = (await house.row("table", tables["T1"])).qr
    scanned = await house.done("scan_table", actor=GUEST, qr=qr)
    assert (scanned.result["seating_id"] is not None) == sits
