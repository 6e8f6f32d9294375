"""Undo: every undoable command, back to the very rows that were there; never over somebody else's change."""

from hub.core.actor import Actor
from hub.core.timers import Timers
from tests.kit import LawfulHouse, a_room, joined, without_seq


def comparable(rows: dict) -> dict:
    """Rows without their versions: undo restores what was, under a new version."""
    return {
        at: {name: value for name, value in row.items() if name != "version"} for at, row in without_seq(rows).items()
    }


async def undone(house: LawfulHouse, name: str, /, **args):
    """Gives a command, takes it back, compares the whole house."""
    before = await house.rows()
    done = await house.done(name, **args)
    assert comparable(await house.rows()) != comparable(before), f"{name} changed nothing"
    back = await house.done("undo", seq=done.seq)
    assert comparable(await house.rows()) == comparable(before), f"undoing {name} left something"
    assert "house.undone" in await house.facts(back.seq)
    return done


async def test_every_step_of_an_evening_can_be_taken_back(house: LawfulHouse):
    tables = await a_room(house, ("1", 4), ("2", 4), ("3", 2), ("4", 6))
    await joined(house, tables["1"], tables["2"])
    await house.done("add_party", name="Chen", covers=2)
    one = [tables["1"]]
    await undone(house, "seat_party", table_ids=one, covers=3)
    await undone(house, "add_party", name="Li", covers=4)
    party = (await house.done("add_party", name="Rossi", covers=4)).result["party_id"]
    await undone(house, "edit_party", party_id=party, covers=3)
    await undone(house, "remove_party", party_id=party)
    await undone(house, "seat_party", table_ids=one, party_id=party)
    seating = (await house.done("seat_party", table_ids=one, party_id=party)).result["seating_id"]
    await undone(house, "set_stage", seating_id=seating, stage="ordered")
    await undone(house, "move_seating", seating_id=seating, table_ids=[tables["2"]])
    await undone(house, "edit_seating", seating_id=seating, turn_min=120)
    other = (await house.done("seat_party", table_ids=[tables["2"]], covers=2)).result["seating_id"]
    await undone(house, "merge_seatings", from_id=other, into_id=seating)
    await undone(house, "clear_seating", seating_id=seating)
    await house.done("clear_seating", seating_id=seating)
    await undone(house, "set_table_status", table_id=tables["1"], status="available")


async def test_bookings_can_be_taken_back(house: LawfulHouse):
    tables = await a_room(house, ("1", 4), ("2", 4))
    at = "2026-11-20T20:00:00Z"
    await undone(house, "book", name="Silva", covers=4, starts_at=at)
    booking = (await house.done("book", name="Silva", covers=4, starts_at=at, table_ids=[tables["1"]])).result[
        "booking_id"
    ]
    await undone(house, "place_booking", booking_id=booking, table_ids=[tables["2"]])
    await undone(house, "cancel_booking", booking_id=booking)
    await house.pass_time(62)
    await undone(house, "arrive_booking", booking_id=booking)
    await undone(house, "seat_party", booking_id=booking, table_ids=[tables["1"]])
    await house.pass_time(20)
    await undone(house, "mark_late", booking_id=booking, expected_in_min=10)
    await undone(house, "mark_no_show", booking_id=booking)


async def test_undo_ends_after_five_minutes(house: LawfulHouse):
    tables = await a_room(house, ("1", 4))
    done = await house.done("seat_party", table_ids=[tables["1"]], covers=3)
    await house.pass_time(5.1)
    await house.refused("undo", "too_late", seq=done.seq)


async def test_undo_never_runs_over_a_later_change(house: LawfulHouse):
    tables = await a_room(house, ("1", 4))
    done = await house.done("seat_party", table_ids=[tables["1"]], covers=3)
    await house.done("set_stage", seating_id=done.result["seating_id"], stage="ordered")
    before = await house.rows()
    await house.refused("undo", "changed_since", seq=done.seq)
    assert await house.rows() == before


async def test_undo_happens_once_and_only_to_what_can_be_undone(house: LawfulHouse):
    tables = await a_room(house, ("1", 4))
    done = await house.done("seat_party", table_ids=[tables["1"]], covers=3)
    undo = await house.done("undo", seq=done.seq)
    await house.refused("undo", "undone_already", seq=done.seq)
    await house.refused("undo", "not_undoable", seq=undo.seq)
    await house.refused("undo", "not_undoable", seq=1)  # the area


async def test_a_cancelled_booking_does_not_come_back_onto_a_table_taken_since(house: LawfulHouse):
    tables = await a_room(house, ("1", 4))
    at = "2026-11-20T20:00:00Z"
    booking = (await house.done("book", name="Silva", covers=4, starts_at=at)).result["booking_id"]
    cancelled = await house.done("cancel_booking", booking_id=booking)
    await house.done("release_opening", owner_id=booking)
    await house.done("book", name="Chen", covers=4, starts_at=at, table_ids=[tables["1"]])
    await house.refused("undo", seq=cancelled.seq)


async def timers_fire(house: LawfulHouse) -> None:
    """Whatever is due, as the worker fires it."""
    worker = Timers(house.pool, house.dsn, house.clock, house.commands.give)
    due = "SELECT id FROM timer WHERE state = 'armed' AND due_at <= $1 ORDER BY due_at"
    for (timer_id,) in await house.pool.fetch(due, house.now):
        assert await worker.fire(timer_id) is None


async def test_a_role_takes_back_only_what_it_may_do(house: LawfulHouse):
    tables = await a_room(house, ("1", 4), ("2", 4))
    booked = await house.done("book", name="Silva", covers=4, starts_at="2026-11-20T20:00:00Z")
    server = Actor.staff("st_server")
    assert (await house.refused("undo", "forbidden", seq=booked.seq, actor=server)).code == "forbidden"
    seated = await house.done("seat_party", table_ids=[tables["1"]], covers=3)
    await house.done("undo", seq=seated.seq, actor=server)
    await house.done("undo", seq=booked.seq)


async def test_an_overstay_is_noted_even_if_its_moment_passed_while_the_party_was_cleared(house: LawfulHouse):
    tables = await a_room(house, ("1", 4))
    seating = (await house.done("seat_party", table_ids=[tables["1"]], covers=3)).result["seating_id"]
    await house.pass_time(89)
    cleared = await house.done("clear_seating", seating_id=seating)
    await house.pass_time(2)
    await timers_fire(house)
    await house.done("undo", seq=cleared.seq)
    await timers_fire(house)
    assert (await house.row("seating", seating)).over_noted


async def test_a_party_put_back_in_line_after_closing_does_not_wait_for_ever(house: LawfulHouse):
    await a_room(house, ("1", 4))
    party = (await house.done("add_party", name="Li", covers=2)).result["party_id"]
    await house.pass_time(4 * 60 + 29)  # the house closes at 23:30
    removed = await house.done("remove_party", party_id=party)
    await house.pass_time(2)
    await timers_fire(house)
    await house.done("undo", seq=removed.seq)
    assert await house.row("party", party)
    await timers_fire(house)
    assert not await house.row("party", party)


async def test_undoing_a_walk_in_leaves_no_opening_behind(house: LawfulHouse):
    """The opening's moment passed while the party sat there: put back, nobody would ever end it."""
    tables = await a_room(house, ("1", 4))
    at = "2026-11-20T19:30:00Z"
    booking = (await house.done("book", name="Silva", covers=4, starts_at=at)).result["booking_id"]
    cancelled = await house.done("cancel_booking", booking_id=booking)
    seated = await house.done("seat_party", table_ids=[tables["1"]], covers=3)
    await house.pass_time(1)
    await timers_fire(house)
    await house.done("undo", seq=seated.seq)
    await house.done("book", name="Chen", covers=4, starts_at=at, table_ids=[tables["1"]])
    await house.refused("undo", "table_taken", seq=cancelled.seq)
