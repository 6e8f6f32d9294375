"""The evening: the same seed plays the same parties, steps come in legal order, keys outlive a crash."""

import re
from collections import Counter
from datetime import timedelta

import pytest

from bench.simulator import plans
from bench.simulator.drivers import LockStep, read_room
from bench.simulator.evening import Evening
from bench.simulator.room import Room
from bench.wire import AwayError
from schemas.catalogue import ASKABLE
from tests.bench.paper_house import OPENS, SITE, ZONE, PaperHouse

LATE = OPENS + timedelta(hours=9)


async def played(seed: int, *, steps_min: int = 540, house: PaperHouse | None = None) -> PaperHouse:
    house = house or PaperHouse()
    evening = await LockStep.start(house, SITE, ZONE, seed)
    for minutes in range(steps_min, 541, steps_min):
        await evening.step_to(OPENS + timedelta(minutes=minutes))
    return house


async def test_the_same_seed_asks_for_the_same_commands_in_the_same_order():
    first, second = await played(11), await played(11)
    assert first.asked == second.asked
    assert len(first.asked) > 300
    assert (await played(12)).asked != first.asked


async def test_the_size_of_the_strides_changes_nothing():
    one, many = await played(11), await played(11, steps_min=3)
    without_clock = [[c for c in house.asked if c[0] != "set_clock"] for house in (one, many)]
    assert without_clock[0] == without_clock[1]


async def test_the_house_is_empty_in_the_end_and_everything_has_happened():
    house = await played(5)
    names = Counter(name for name, _ in house.asked)
    assert not house.rows["seating"]
    assert not house.rows["party"]
    assert {t.status for t in house.rows["table"].values()} == {"available"}
    assert {b.status for b in house.rows["booking"].values()} <= {"seated", "no_show", "cancelled", "arrived"}
    assert {"add_party", "seat_party", "arrive_booking", "mark_late", "book", "clear_seating"} <= set(names)
    assert names["set_stage"] == 4 * names["clear_seating"] == 4 * names["seat_party"]


async def test_few_refusals_and_none_asked_for_over_and_over():
    house = await played(5)
    assert len(house.refused) < len(house.asked) * 0.1


async def test_commands_are_words_of_the_house():
    house = await played(5)
    for name, body in house.asked:
        assert name in ASKABLE
        assert re.fullmatch(r"[A-Za-z0-9_.:-]{8,64}", body["key"]), body["key"]
    keys = [body["key"] for _, body in house.asked]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("after", [1, 10, 60, 200])
async def test_a_crash_between_asking_and_hearing_never_doubles(after):
    undisturbed = await played(11)
    house = PaperHouse()
    evening = await LockStep.start(house, SITE, ZONE, 11)
    minutes = 0
    while len(house.asked) < after:
        minutes += 1
        await evening.step_to(OPENS + timedelta(minutes=minutes))
    house.lose_next_answer = True
    with pytest.raises(AwayError):
        await evening.step_to(LATE)
    fresh = await LockStep.start(house, SITE, ZONE, 11)  # a new process, which remembers nothing
    await fresh.step_to(LATE)
    assert not house.rows["seating"]
    joined = Counter(body["name"] for name, body in house.asked if name == "add_party")
    assert max(joined.values()) == 1
    assert set(joined) == {body["name"] for name, body in undisturbed.asked if name == "add_party"}


async def test_what_a_party_does_depends_on_its_name_only():
    assert plans.booked(3, "b:Moreau:1930", 4) == plans.booked(3, "b:Moreau:1930", 4)
    assert plans.booked(3, "b:Moreau:1930", 4) != plans.booked(4, "b:Moreau:1930", 4)
    full, half = PaperHouse(bookings=30), PaperHouse(bookings=15)
    arrivals = []
    for house in (full, half):
        room = Room(SITE, ZONE)
        await read_room(house, room)
        steps = Evening(9, OPENS).steps(room, OPENS)
        arrivals.append({s.subject: (s.name, s.at, s.key) for s in steps if s.subject.startswith("b:")})
    assert arrivals[1].items() <= arrivals[0].items()


async def test_the_shares_of_fates():
    fates = Counter(plans.booked(1, f"b:{n}:1900", 2).fate for n in range(4000))
    assert fates["no_show"] / 4000 == pytest.approx(plans.NO_SHOW_SHARE, abs=0.015)
    assert fates["cancel"] / 4000 == pytest.approx(plans.CANCEL_SHARE, abs=0.01)


# ---- beside people


async def test_a_step_a_person_took_back_is_left_alone():
    house = PaperHouse()
    evening = await LockStep.start(house, SITE, ZONE, 11)
    await evening.step_to(OPENS + timedelta(minutes=75))
    arrived = [b.id for b in house.rows["booking"].values() if b.status in ("seated", "arrived")]
    seating = next(s for s in house.rows["seating"].values() if s.booking_id in arrived)
    house.drop("seating", seating.id)  # the host undoes the arrival altogether
    house.change("booking", seating.booking_id, status="confirmed", arrived_at=None, arrival=None)
    for table in seating.table_ids:
        house.change("table", table, status="available")
    await read_room(house, evening.room)
    before = len(house.asked)
    await evening.step_to(OPENS + timedelta(minutes=120))
    again = [body for name, body in house.asked[before:] if body.get("booking_id") == seating.booking_id]
    assert not [b for b in again if "arrival" in b]


async def test_a_party_seated_by_a_person_is_not_seated_again():
    house = PaperHouse()
    evening = await LockStep.start(house, SITE, ZONE, 11)
    while not house.rows["party"]:
        await evening.step_to(evening.room.now() + timedelta(minutes=1))
    party = next(iter(house.rows["party"].values()))
    answer = await house.command("seat_party", {
        "site_id": SITE, "key": "a-person-did-it", "party_id": party.id, "table_ids": ["t05"],
    })  # fmt: skip
    assert answer["status"] == "done"
    await read_room(house, evening.room)
    await evening.step_to(LATE)
    assert [body["key"] for _, body in house.asked if body.get("party_id") == party.id] == ["a-person-did-it"]
    assert not house.rows["seating"], "its stages were played all the same"


async def test_refused_steps_wait_longer_and_end():
    house = PaperHouse(bookings=4)
    tries = []
    refuse = house.command

    async def stubborn(name, body):
        if name == "arrive_booking":
            tries.append((house.now, body["key"]))
            return {"status": "refused", "code": "conflict", "reason": "no", "message": "no", "retry": "reread"}
        return await refuse(name, body)

    house.command = stubborn
    evening = await LockStep.start(house, SITE, ZONE, 11)
    await evening.step_to(LATE)
    by_key = Counter(key for _, key in tries)
    assert 1 <= len(by_key) <= len(house.rows["booking"])
    assert max(by_key.values()) <= 6
