"""Quotes of a whole house: told, stored, shown to its people, held against what came; and what happens without them."""

import asyncio
import threading
from contextlib import aclosing
from datetime import timedelta

import pytest

from hub.core.actor import Actor
from hub.quoting import problem, thinking
from hub.quoting.thinking import Quotes
from schemas.waitlist import RefreshWaiting
from tests.hub.quoting.evening import a_past, loaded
from tests.hub.waitlist.evening import at_door
from tests.kit import FRIDAY_19, SITE, a_room

TOLD = ("quoted_low_min", "quoted_high_min", "quote_confidence", "quote_source")


async def quote_of(house, party):
    row = await house.row("party", party)
    return tuple(getattr(row, name) for name in TOLD)


async def busy(house):
    """A two-top that is taken for half an hour more by plan, a six-top for a whole turn."""
    t = await a_room(house, ("1", 2), ("2", 6))
    await house.done("seat_party", table_ids=[t["1"]], covers=2, turn_min=31, name="Rossi")
    await house.done("seat_party", table_ids=[t["2"]], covers=6)
    return t


async def test_an_unknown_house_says_when_by_the_rule_and_how_sure_by_usual_turns(house):
    await busy(house)
    by_rule = await at_door(house, "Early")
    assert await quote_of(house, by_rule) == (None, None, None, "rule"), "nobody waits for the loop"
    await loaded(house)
    done = await house.done("add_party", name="Verdi", covers=2)
    low, high, confidence, source = await quote_of(house, done.result["party_id"])
    assert done.result["quoted_min"] == 155, "as ever: after Early's turn"
    assert low < 155 < high and low % 5 == high % 5 == 0 and 0.8 <= confidence <= 1 and source == "default"
    await house.done("refresh_waiting")
    wait = await house.row("wait", by_rule)
    assert wait.ready_at == FRIDAY_19 + timedelta(minutes=46) and wait.source == "default"
    assert wait.low_at < wait.ready_at < wait.high_at
    quotes = {name: await house.row("quote", name) for name in ("1-2", "7-20")}
    assert quotes["1-2"].low_at > wait.low_at and quotes["7-20"].low_at is None
    await house.refused("refresh_waiting", "unchanged")
    first, second = house.house.quotes, Quotes()
    await second.ready()
    assert await first.forecast(house.house, SITE) == await second.forecast(house.house, SITE), "in any process"
    await second.close()


async def test_a_house_with_a_past_is_quoted_by_it_and_managers_see_how_it_came_out(served):
    """F-WTL-02 whole: told, waited, held against each other, for managers only."""
    house = served.house
    t = await busy(house)
    await a_past(house, t["1"], turn_min=30)
    await loaded(house)
    async with aclosing(await served.signed_in("host")) as host:
        asked = (await host.get(f"/api/sites/{SITE}/quote", params={"covers": 2})).json()
        party = await at_door(house, "Verdi")
        row = await house.row("party", party)
        assert (asked["low_min"], asked["high_min"], asked["quoted_min"]) == (
            row.quoted_low_min, row.quoted_high_min, row.quoted_min,
        ), "what was asked is what is told"  # fmt: skip
        assert (asked["source"], asked["parties"], asked["position"]) == ("cell", 60, 1)
        assert row.quoted_min < 46, "parties here leave sooner than the rule thinks"
        await house.done("refresh_waiting")
        wait = await house.row("wait", party)
        assert wait.source == "cell" and wait.ready_at < FRIDAY_19 + timedelta(minutes=46)
        assert (await host.get(f"/api/sites/{SITE}/quote", params={"covers": 21})).status_code == 422
        gold = await house.done("add_guest", actor=Actor.staff("st_manager"), name="Gold", tier="gold")
        places = [
            (await host.get(f"/api/sites/{SITE}/quote", params={"guest_id": guest})).json()["position"]
            for guest in ("nobody", gold.result["guest_id"])
        ]  # fmt: skip
        assert places == [2, 1]
        assert (await host.get(f"/api/sites/{SITE}/waits")).status_code == 403
    ticket = await house.pool.fetchval("SELECT ticket FROM party WHERE id = $1", party)
    async with aclosing(await served.signed_in("manager")) as manager:
        place = (await manager.get(f"/g/{ticket}/now")).json()["place"]
        assert place["low_at"] and place["low_at"] <= place["ready_at"] <= place["high_at"]
        page = (await manager.get(f"/g/{ticket}")).text
        assert "minutes</b>" in page and "–" in page.partition('id="wait"')[2].partition("</p>")[0]
        await house.pass_time(row.quoted_high_min + 6)
        left = await house.pool.fetchval("SELECT id FROM seating WHERE name = 'Rossi'")
        await house.done("clear_seating", seating_id=left)
        await house.done("set_table_status", table_id=t["1"], status="available")
        await house.done("seat_party", party_id=party, table_ids=[t["1"]])
        gone = await at_door(house, "Neri")
        await house.done("remove_party", party_id=gone)
        report = (await manager.get(f"/api/sites/{SITE}/waits")).json()
    assert (report["told"]["parties"], report["told"]["coverage"], report["gave_up"]) == (1, 0.0, 1)
    latest = report["latest"][0]
    assert (latest["waited_min"], latest["inside"]) == (row.quoted_high_min + 6, False)
    assert (report["learned"], report["enough"]) == (60, 30)
    turns = {(turn["covers_from"], turn["hour_from"]): turn for turn in report["turns"]}
    assert turns[1, 18]["source"] == "cell" and turns[1, 18]["median_min"] < 45


async def test_what_a_host_says_is_the_hosts(house):
    await busy(house)
    await loaded(house)
    own = await at_door(house, "Own", quoted_min=25)
    assert await quote_of(house, own) == (None, None, None, "host")
    party = await at_door(house, "House")
    before = await quote_of(house, party)
    await house.done("edit_party", party_id=party, covers=1)
    assert await quote_of(house, party) == before, "another size is no other word"
    done = await house.done("edit_party", party_id=party, quoted_min=20)
    assert await quote_of(house, party) == (None, None, None, "host")
    await house.done("undo", seq=done.seq)
    assert await quote_of(house, party) == before
    assert await house.pool.fetchval("SELECT quoted_median_min FROM party WHERE id = $1", party) is not None


async def test_whom_the_house_knows_is_quoted_where_they_will_stand(house):
    """A regular goes ahead of the line, also by their phone number alone, and hears the shorter wait."""
    await busy(house)
    await loaded(house)
    gold = await house.done("add_guest", actor=Actor.staff("st_manager"), name="Gold", phone="+44 20 7946 0019", tier="gold")
    await at_door(house, "First")
    usual, known = await at_door(house, "Usual"), await at_door(house, "Gold", phone="020 7946 0019")
    assert (await house.row("party", known)).guest_id == gold.result["guest_id"]
    assert (await quote_of(house, known))[3] == "default", "the line it was played in is the one it stands in"
    assert (await quote_of(house, known))[1] < (await quote_of(house, usual))[0]


async def test_a_line_that_has_moved_on_is_told_by_the_rule(house, monkeypatch):
    await busy(house)
    await loaded(house)
    played = Quotes.forecast

    async def overtaken(self, inner, site_id, newcomer=None):
        found = await played(self, inner, site_id, newcomer)
        monkeypatch.setattr(Quotes, "forecast", played)
        await at_door(house, "Faster")
        return found

    monkeypatch.setattr(Quotes, "forecast", overtaken)
    # beside the kit: another commit comes in between, as it would from another host
    slower = await house.house.commands.ask(
        Actor.staff("st_host"), "add_party", b'{"site_id":"s1","key":"slower-1","name":"Slower","covers":2}'
    )
    assert await quote_of(house, slower.result["party_id"]) == (None, None, None, "rule")
    assert slower.result["quoted_min"] == 155, "behind the one who was faster"


async def test_a_thread_that_hangs_delays_nobody_and_is_not_asked_for_ever(house, monkeypatch):
    await busy(house)
    quotes = await loaded(house)
    stuck, begun = threading.Event(), threading.Event()

    def hang(*_):
        begun.set()
        stuck.wait(30)
        raise RuntimeError("played out")

    monkeypatch.setattr(thinking, "_played", hang)
    monkeypatch.setattr(thinking, "PATIENCE_S", 5.0)
    monkeypatch.setattr(thinking, "WAITING_MAX", 2)
    read = await quotes._read(house.house, SITE, None)
    waiting = [asyncio.create_task(quotes._play(*read, 1)) for _ in range(2)]
    await asyncio.to_thread(begun.wait, 10)
    party = await at_door(house, "Third")
    assert await quote_of(house, party) == (None, None, None, "rule"), "two are waiting: a third does without"
    await house.done("refresh_waiting")
    assert (await house.row("wait", party)).source == "rule" and quotes._under_way == 2
    stuck.set()
    assert await asyncio.gather(*waiting) == [None, None], "what fails is no forecast, and no fault"
    monkeypatch.undo()
    assert quotes._under_way == 0
    assert await quotes.forecast(house.house, SITE) is not None, "and goes on"


async def test_who_is_late_is_done_without(house, monkeypatch):
    await busy(house)
    quotes = await loaded(house)
    stuck = threading.Event()
    monkeypatch.setattr(thinking, "_played", lambda *_: stuck.wait(30))
    read = await quotes._read(house.house, SITE, None)
    monkeypatch.setattr(thinking, "PATIENCE_S", 0.05)
    before = thinking.QUOTED.labels("late")._value.get()
    assert await quotes._play(*read, 1) is None
    assert thinking.QUOTED.labels("late")._value.get() == before + 1, "and whoever looks after the house can see it"
    stuck.set()


async def test_no_site_and_no_house_have_no_forecast(house, monkeypatch):
    from hub.quoting.preparing import line

    quotes = await loaded(house)
    assert await quotes.forecast(house.house, "nowhere") is None
    assert await quotes.forecast(house.house, SITE, lambda *_: 1 / 0) is None, "what cannot be read is no forecast"
    wish = RefreshWaiting(site_id=SITE, key="12345678")
    assert await line(house.house.commands, Actor.staff("st_host"), wish) is not None
    monkeypatch.setattr(house.house.commands, "house", None)
    assert await line(house.house.commands, Actor.staff("st_host"), wish) is None


@pytest.mark.parametrize("moved", [{"site_id": "s2"}, {"day": FRIDAY_19.date() + timedelta(days=1)}])
def test_draws_are_of_a_site_and_its_evening(moved):
    said = {"site_id": "s1", "day": FRIDAY_19.date()}
    assert problem.seed_of(**said) == problem.seed_of(**said) != problem.seed_of(**{**said, **moved})
