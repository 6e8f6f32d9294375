"""What is offered and what is refused, against a search that tries everything, on a small house with real rows."""

import random
from contextlib import aclosing
from datetime import timedelta

from hub.availability import views
from hub.availability.problem import Wish
from hub.core.actor import Actor
from schemas.base import Done
from solvers.availability.answers import Answer
from solvers.availability.check import check_answer
from tests.hub.availability.evening import asked_why, booked, states, the_day, thinking
from tests.kit import FRIDAY_19, SITE, a_room, joined
from tests.solvers.test_availability_asking import brute, spots

AT_20 = FRIDAY_19 + timedelta(hours=1)


def anything_goes(asked, moment, wish):
    """Every seating of everybody with a promise and the newcomer is looked at; nobody moves if the independent check
    finds nothing wrong with some place as it is."""
    evening, party = asked.evening, asked.party(moment, wish)
    as_it_is = (Answer(yes=True, exact=True, by="brute", seats=(spot,)) for spot in spots(evening, party, firm=True))
    if not all(check_answer(evening, None, (party,), answer) for answer in as_it_is):
        return "free"
    return "moving" if brute(evening, (party,)) else "full"


async def test_yes_and_no_are_what_trying_everything_says(served, monkeypatch):
    house = served.house
    await thinking(house, monkeypatch)
    t = await a_room(house, ("1", 2), ("2", 2), ("3", 4))
    await joined(house, t["1"], t["2"])
    dice = random.Random(11)
    taken = 0
    for number in range(9):
        at = FRIDAY_19 + timedelta(minutes=30 * dice.randint(1, 6))
        wish = {"name": f"B{number}", "covers": dice.choice((1, 2, 2, 3)), "starts_at": at}
        taken += isinstance(await house.give("book", table_ids=[dice.choice(list(t.values()))], **wish), Done)
    assert taken >= 3
    seen = set()
    async with aclosing(await served.signed_in("host")) as host:
        for covers in (2, 3, 4):
            async with house.pool.acquire() as db, db.transaction():
                asked, _ = await views.asked(db, house.house, SITE, FRIDAY_19.date())
            day = await the_day(host, date="2026-11-20", covers=covers)
            for slot in day["slots"]:
                if slot["state"] == "closed":
                    continue
                moment = next(one.starts_at for one in asked.slots if one.at == slot["at"])
                expected = anything_goes(asked, moment, Wish(covers, 90))
                assert (slot["state"], slot["exact"]) == (expected, True), (slot, covers)
                seen.add(expected)
        assert seen == {"free", "moving", "full"}
        by_bits = await the_day(host, date="2026-11-20", covers=2)
        await house.done("set_policy", actor=Actor.staff("st_manager"), policy="floor.soon_min", value=7)  # built anew
        assert states(await the_day(host, date="2026-11-20", covers=2)) == states(by_bits)


async def test_a_no_says_why_and_what_would_help(served, monkeypatch):
    """SC-17: 19:00 full → other times and the waiting list, with reasons; names for who may read them."""
    house = served.house
    await thinking(house, monkeypatch)
    t = await a_room(house, ("1", 2), ("2", 4))
    four = await booked(house, "Okafor", t["2"], covers=4, at=AT_20)
    await booked(house, "Li", t["1"], covers=2, at=AT_20 + timedelta(minutes=30))
    wish = {"starts_at": AT_20.isoformat(), "covers": 3}
    async with aclosing(await served.signed_in("host")) as host, aclosing(await served.signed_in("kitchen")) as cook:
        said = await asked_why(host, **wish)
        assert (said["state"], said["exact"], said["minimal"]) == ("full", True, True)
        assert [(fact["kind"], fact["about"]) for fact in said["facts"]] == [("booking", four)]
        assert said["facts"][0]["says"] == "Okafor (4) is booked at 2, 20:00–21:45 with cleaning."
        kinds = {change["kind"]: change for change in said["changes"]}
        assert kinds["later"]["starts_at"].startswith("2026-11-20T21:45") and kinds["waiting"]["cancels"] == 1
        assert kinds["later"]["table_ids"] == [t["2"]] and "split" not in kinds
        plain = await asked_why(cook, **wish)
        assert "Okafor" not in str(plain) and four not in str(plain) and t["2"] not in str(plain)
        assert plain["facts"][0]["for_guests"] == "Another party has a table then."
        assert {change["kind"] for change in plain["changes"]} == {"later", "waiting"}
        for change in said["changes"]:
            if change["kind"] == "later":
                await house.done("book", name="Three", covers=3, starts_at=change["starts_at"])
        past = await asked_why(host, starts_at=(FRIDAY_19 - timedelta(hours=1)).isoformat(), covers=2)
        assert (past["state"], past["facts"][0]["kind"]) == ("closed", "past")
        large = await asked_why(host, starts_at=AT_20.isoformat(), covers=9)
        assert [fact["kind"] for fact in large["facts"]] == ["too_large"]
        shut = await asked_why(host, starts_at=AT_20.replace(hour=3, day=21).isoformat(), covers=2)
        assert (shut["state"], shut["facts"][0]["kind"]) == ("closed", "closed")
