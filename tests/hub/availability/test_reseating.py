"""A party that gets in by moving others: found, certified, taken in one commit, or refused whole."""

from contextlib import aclosing
from datetime import timedelta

from hub.core.actor import Actor
from tests.hub.availability.evening import asked_why, booked, states, tables_of, the_day, thinking
from tests.kit import FRIDAY_19, a_room

AT_20 = FRIDAY_19 + timedelta(hours=1)
MANAGER = Actor.staff("st_manager")


async def tight(house):
    """Two sit at the four-top at 20:00 and could sit at the two-top as well."""
    t = await a_room(house, ("1", 2), ("2", 4), ("3", 10))  # nobody here is enough for the last
    return t, await booked(house, "Okafor", t["2"], covers=2, at=AT_20)


async def test_a_time_that_takes_moves_is_found_certified_and_taken_in_one_commit(served, monkeypatch):
    house = served.house
    await thinking(house, monkeypatch)
    t, couple = await tight(house)
    async with aclosing(await served.signed_in("host")) as host, aclosing(await served.signed_in("kitchen")) as cook:
        day = await the_day(host, date="2026-11-20", covers=4)
        assert states(day)["20:00"] == "moving" and states(day)["22:00"] == "free"
        assert states(await the_day(cook, date="2026-11-20", covers=4))["20:00"] == "full"  # not theirs to ask for
        said = await asked_why(host, starts_at=AT_20.isoformat(), covers=4)
        assert (said["state"], said["exact"], said["table_ids"]) == ("moving", True, [t["2"]])
        plain = await asked_why(cook, starts_at=AT_20.isoformat(), covers=4)
        assert (plain["state"], plain["certificate"], plain["facts"][0]["kind"]) == ("full", None, "moving")
        assert plain["changes"][0]["kind"] == "later" and couple not in str(plain) and t["2"] not in str(plain)
        certificate = said["certificate"]
        assert certificate["moves"] == [{"owner_id": couple, "was": [t["2"]], "now": [t["1"]]}]
        wish = {"name": "Four", "covers": 4, "starts_at": AT_20, "certificate_id": certificate["id"]}
        await house.refused("book", "other_wish", **{**wish, "starts_at": AT_20 + timedelta(minutes=15)})
        done = await house.done("book", **wish)
        four = done.result["booking_id"]
        assert (await tables_of(house, four), await tables_of(house, couple)) == ([t["2"]], [t["1"]])
        assert await house.facts(done.seq) == ["reservation.placed", "reservation.created", "availability.reseated"]
        kept = await host.get(f"/api/sites/s1/bookings/{four}/certificate")
        assert kept.json()["moves"] == certificate["moves"]
        assert (await host.get(f"/api/sites/s1/bookings/{couple}/certificate")).status_code == 404
        await house.refused("book", "certificate_over", **{**wish, "name": "Again"})
        await house.done("undo", seq=done.seq)
        assert (await tables_of(house, four), await tables_of(house, couple)) == ([], [t["2"]])


async def test_it_is_refused_whole_when_a_move_is_no_longer_legal(served, monkeypatch):
    house = served.house
    await thinking(house, monkeypatch)
    t, couple = await tight(house)
    async with aclosing(await served.signed_in("host")) as host:
        certificate = (await asked_why(host, starts_at=AT_20.isoformat(), covers=4))["certificate"]
    wish = {"name": "Four", "covers": 4, "starts_at": AT_20, "certificate_id": certificate["id"]}
    await house.done("pin_booking", booking_id=couple)
    await house.refused("book", "no_longer_possible", **wish)
    await house.done("pin_booking", booking_id=couple, pinned=False)
    other = await booked(house, "Li", t["1"], covers=2, at=AT_20)
    before = await house.rows()
    await house.refused("book", "no_longer_possible", **wish)
    assert await house.rows() == before
    await house.done("cancel_booking", booking_id=other)
    await house.pass_time(1)
    await house.done("release_opening", owner_id=other)
    await house.pass_time(15)
    await house.refused("book", "certificate_over", **wish)
    moves = [{"booking_id": couple, "table_ids": [t["1"]]}]
    by_hand = {"name": "Four", "covers": 4, "starts_at": AT_20, "moves": moves, "phone": "+44 20 7946 0018"}
    await house.refused("book", "no_tables", **by_hand)
    await house.refused("book", "reshuffle_off", source="web", table_ids=[t["2"]], **by_hand)
    await house.done("set_policy", actor=MANAGER, policy="booking.reshuffle", value="off")
    await house.refused("book", "reshuffle_off", table_ids=[t["2"]], **by_hand)
    await house.done("set_policy", actor=MANAGER, policy="booking.reshuffle", value="all")
    for table in ("2", "3"):  # where the newcomer is to sit; a table meant for more
        wrong = [{"booking_id": couple, "table_ids": [t[table]]}]
        await house.refused("book", "no_longer_possible", table_ids=[t["2"]], **{**by_hand, "moves": wrong})
    done = await house.done("book", source="web", table_ids=[t["2"]], **by_hand)
    assert await tables_of(house, couple) == [t["1"]]
    assert (await house.pool.fetchval("SELECT booking_id FROM certificate WHERE booking_id IS NOT NULL")) == done.result[
        "booking_id"
    ]


async def test_of_two_who_could_make_room_the_one_who_waits_for_a_word_moves(served, monkeypatch):
    house = served.house
    await thinking(house, monkeypatch)
    t = await a_room(house, ("1", 2), ("2", 4), ("3", 4))
    couples = [
        await booked(house, name, t[table], covers=2, at=AT_20, status=status)
        for name, table, status in (("Okafor", "2", "pending"), ("Li", "3", "confirmed"))
    ]
    async with aclosing(await served.signed_in("host")) as host:
        for unsure, sure in (couples, couples[::-1]):
            said = await asked_why(host, starts_at=AT_20.isoformat(), covers=4)
            assert [move["owner_id"] for move in said["certificate"]["moves"]] == [unsure]
            await house.done("confirm_booking", booking_id=unsure)
            await house.pool.execute("UPDATE booking SET status = 'pending' WHERE id = $1", sure)
