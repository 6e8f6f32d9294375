"""What a host reads about each table, without a database; and once with one."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.core.actor import Actor
from hub.holds.fits import best, judge
from schemas.floor import JoinRow, TableRow
from schemas.holds import HoldRow
from schemas.seating import SeatingRow
from tests.kit import ORG, SITE, a_room, joined

NOW = datetime(2026, 11, 20, 19, 0, tzinfo=UTC)
ROME = ZoneInfo("Europe/Rome")  # one hour ahead: words are local


def a_table(number, seats=4, *, status="available", features=(), least=1, priority=5, area="main"):
    return TableRow(
        id=f"t{number}", area_id=area, number=number, name=None, min_covers=least, max_covers=seats, furniture="standard",
        size_class="4_top", shape="square", features=list(features), preferred_for=[], priority=priority, x=0, y=0, w=80,
        h=80, rotation=0, status=status, status_since=NOW, status_note=None, last_cleaned=None, section_id=None,
        notes=None, qr=f"q{number}", active=True, version=1,
    )  # fmt: skip


def a_hold(number, start, end, *, owner="b1", kind="booking"):
    start, end = NOW + timedelta(minutes=start), NOW + timedelta(minutes=end)
    return HoldRow(
        id=f"h{number}{start:%H%M}", owner_kind=kind, owner_id=owner, table_id=f"t{number}", service_date=date(2026, 11, 20),
        starts_at=start, ends_at=end, reserved_from=start, status="held", version=1,
    )  # fmt: skip


def a_seating(numbers, clear):
    return SeatingRow(
        id="s1", table_ids=[f"t{number}" for number in numbers], booking_id=None, party_id=None, name="Rossi", covers=2,
        server_id=None, stage="just_sat", stage_since=NOW, seated_at=NOW, turn_min=90,
        expected_clear=NOW + timedelta(minutes=clear), turn_by=None, over_noted=False, flags=[], occasion=None, notes=None,
        version=1,
    )  # fmt: skip


def told(tables, *, joins=(), holds=(), covers=2, seat_now=True, **more):
    asked = {"at": NOW, "need_min": 90, "short_min": 45 if seat_now else 90, "zone": ROME, **more}
    fits = judge(
        {table.id: table for table in tables},
        [JoinRow(f"{a}{b}", f"t{a}", f"t{b}", most, 1) for a, b, most in joins], holds,
        covers=covers, seat_now=seat_now, names={"b1": "Bianchi"}, **asked,
    )  # fmt: skip
    return {"+".join(table_id[1:] for table_id in fit.table_ids): fit for fit in fits}


def test_tables_of_an_area_that_is_shut_are_no_choice_and_say_why():
    tables = [a_table("1"), a_table("2", area="patio"), a_table("3", status="out_of_service"), a_table("4", area="patio")]
    wet = {"patio": "patio: rain until 21:00"}
    for seat_now in (True, False):
        fits = told(tables, joins=[("1", "2", 8)], covers=4, seat_now=seat_now, shut=wet)
        assert [number for number, fit in fits.items() if fit.legal] == ["1"]
        assert (fits["2"].why, fits["3"].why) == ("Patio: rain until 21:00", "Out of service")
        assert told(tables, covers=4, seat_now=seat_now)["2"].legal
    assert told(tables, covers=4, shut=wet, own=["t2"])["4"].legal is False


async def test_the_best_tables_are_not_in_the_rain(house):
    await a_room(house, ("T1", 4))
    manager = Actor.staff("st_manager")
    patio = (await house.done("put_area", actor=manager, name="Patio", kind="patio")).result["area_id"]
    outside = await house.done("put_table", actor=manager, area_id=patio, number="P1", min_covers=1, max_covers=2)
    await house.done("set_weather", starts_at="2026-11-20T20:00:00Z", ends_at="2026-11-20T21:00:00Z")
    async with house.pool.acquire() as db:
        policies = await house.policies_of(db, ORG, SITE)
        for minutes, dry in ((0, True), (30, True), (31, False), (120, True)):
            found = await best(db, SITE, at=NOW + timedelta(minutes=minutes), covers=2, need_min=45, turn_min=30, policies=policies)
            assert (found[0].table_ids == [outside.result["table_id"]]) is dry, minutes


def test_every_reason_in_a_hosts_words():
    tables = [
        a_table("1", 2), a_table("2", 3), a_table("3", 1), a_table("4", 4, least=3), a_table("5", status="cleaning"),
        a_table("6", status="out_of_service"), a_table("7", status="occupied"), a_table("8", status="occupied"),
        a_table("9"), a_table("10"), a_table("11"), a_table("12"), a_table("13", status="occupied"),
    ]  # fmt: skip
    holds = [
        a_hold("1", 100, 200), a_hold("9", -10, 95), a_hold("10", 30, 135), a_hold("11", 60, 165),
        a_hold("12", 0, 10, kind="checkout"), a_hold("8", -100, 20, owner="gone", kind="seating"),
    ]  # fmt: skip
    fits = told(tables, holds=holds, sitting={"t7": a_seating("7", 75)})
    assert {number: fit.why for number, fit in fits.items()} == {
        "1": "Best · free 1:40 h", "2": "Fits · no booking", "3": "Too small: seats 1", "4": "Meant for 3 or more",
        "5": "To be cleared", "6": "Out of service", "7": "Taken by Rossi until about 21:15",
        "8": "Taken until about 20:20", "9": "Booked for Bianchi at 19:50", "10": "Bianchi booked at 20:30",
        "11": "Free 60′ only · Bianchi booked at 21:00", "12": "Kept until 20:10", "13": "Taken",
    }  # fmt: skip
    assert [number for number, fit in fits.items() if fit.legal] == ["1", "2", "11", "4"]
    assert (fits["1"].free_min, fits["2"].free_min, fits["2"].wasted) == (100, None, 1)


def test_sc01_and_what_a_pair_is_told():
    tables = [
        a_table("3", features=["accessible"]), a_table("4"), a_table("9"), a_table("12", 8, status="occupied"),
    ]  # fmt: skip
    fits = told(tables, joins=[("3", "4", 8)], covers=7)
    first = next(iter(fits.values()))
    assert (first.table_ids, first.why, first.wasted, first.legal) == (["t3", "t4"], "Best · no booking", 1, True)
    assert [key for key, fit in fits.items() if fit.legal] == ["3+4"]
    assert told(tables, joins=[("3", "4", 8)], covers=4)["3+4"].why == "3 alone is enough"
    assert told(tables, joins=[("3", "4", 8)], covers=7, accessible=True)["3+4"].why == "4 is not accessible"
    assert not any(fit.legal for fit in told(tables, joins=[("3", "4", 8)], covers=7, accessible=True).values())


def test_a_plan_looks_at_plans_only():
    tables = [a_table("1", status="occupied"), a_table("2", status="cleaning"), a_table("3", status="out_of_service")]
    fits = told(tables, holds=[a_hold("2", 60, 165)], seat_now=False, at=NOW)
    assert {number: fit.legal for number, fit in fits.items()} == {"1": True, "2": False, "3": False}
    assert fits["2"].why == "Bianchi booked at 21:00"


def test_its_own_hold_does_not_stand_in_the_way():
    fits = told(
        [a_table("1"), a_table("2")], holds=[a_hold("1", -5, 100), a_hold("1", 130, 200, owner="b2")], ignore_owner="b1"
    )
    assert fits["1"].legal
    assert fits["1"].free_min == 130


def test_an_opening_stops_a_plan_but_nobody_at_the_door():
    holds = [a_hold("1", 0, 90, kind="opening")]
    assert told([a_table("1")], holds=holds)["1"].legal
    assert not told([a_table("1")], holds=holds, seat_now=False)["1"].legal


def test_a_party_that_moves_is_not_offered_what_it_has():
    tables = [a_table("1", status="occupied"), a_table("2"), a_table("3")]
    fits = told(tables, joins=[("1", "2", 8)], covers=6, own=["t1"])
    assert fits["1+2"].legal
    assert "1" not in fits


def test_wishes_rank():
    tables = [
        a_table("1"),
        a_table("2", features=["window"]),
        a_table("3", area="patio"),
        a_table("4", features=["window", "quiet"]),
    ]
    assert next(iter(told(tables, features=["window", "quiet"]))) == "4"
    assert next(iter(told(tables, area_id="patio"))) == "3"
    assert next(iter(told([a_table("1", priority=3), a_table("2", priority=10)]))) == "2"


async def test_with_a_database(house):
    t = await a_room(house, ("1", 4), ("2", 4), ("3", 8))
    await joined(house, t["1"], t["2"])
    await house.done("seat_party", table_ids=[t["3"]], covers=8)
    async with house.pool.acquire() as db:
        policies = await house.policies_of(db, "o1", SITE)
        fits = await best(db, SITE, at=house.now, covers=7, need_min=90, seat_now=True, policies=policies)
    assert [(fit.table_ids, fit.why) for fit in fits if fit.legal] == [([t["1"], t["2"]], "Best · no booking")]
    assert next(fit for fit in fits if fit.table_ids == [t["3"]]).why == "Taken until about 20:45"
