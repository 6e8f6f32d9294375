"""Codes as hypothesis types them: sent, right, wrong, too late, too often, in any order.

The model counts wrong tries and the minutes; a code opens if and only if it is right, in time, and was typed wrong fewer
than five times, and a session lasts half an hour from then.
"""

import asyncio

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from hub.house import House
from hub.tickets import views
from schemas.base import Done, Refused
from tests.hub.tickets.at_work import GUEST, a_house, another, booked, code_sent
from tests.kit import LawfulHouse, found

which = st.integers(0, 20)
TRIES, GOOD_MIN, SESSION_MIN, WITHIN_MIN = 5, 10, 30, 15


def guessing(house: LawfulHouse, ticket: str, run) -> type[RuleBasedStateMachine]:
    class Guessing(RuleBasedStateMachine):
        @initialize()
        def nothing_sent_yet(self):
            run(house.pool.execute("DELETE FROM verification"))
            self.now = 0
            self.codes: dict[str, dict] = {}

        def pick(self, number):
            known = sorted(self.codes)
            return known[number % len(known)] if known else None

        @rule()
        def send(self):
            answer = run(house.give("send_code", actor=GUEST, ticket=ticket))
            lately = [one for one in self.codes.values() if self.now - one["at"] < WITHIN_MIN]
            assert isinstance(answer, Done) == (len(lately) < 3), answer
            if isinstance(answer, Done):
                code = run(code_sent(house))
                self.codes[answer.result["verification_id"]] = {"code": code, "at": self.now, "wrong": 0, "opened": None}

        @rule(number=which, right=st.booleans())
        def type_code(self, number, right):
            verification_id = self.pick(number)
            if verification_id is None:
                return
            one = self.codes[verification_id]
            typed = one["code"] if right else another(one["code"])
            answer = run(house.give("try_code", actor=GUEST, verification_id=verification_id, code=typed))
            if self.now - one["at"] >= GOOD_MIN:
                assert isinstance(answer, Refused) and answer.reason == "code_over", answer
                return
            assert isinstance(answer, Done), answer
            if one["wrong"] >= TRIES:
                assert (answer.result.right, answer.result.locked) == (False, True)
            elif right:
                assert answer.result.right
                one["opened"] = self.now if one["opened"] is None else one["opened"]
            else:
                one["wrong"] += 1
                assert (answer.result.right, answer.result.tries_left) == (False, TRIES - one["wrong"])

        @rule(minutes=st.sampled_from([1, 5, 10, 15, 30]))
        def time_passes(self, minutes):
            """Everything that was becomes older, since codes run on the guests' own clock."""
            self.now += minutes
            run(house.pool.execute(
                "UPDATE verification SET created_at = created_at - make_interval(mins => $1), expires_at = expires_at"
                " - make_interval(mins => $1), verified_at = verified_at - make_interval(mins => $1)", minutes,
            ))  # fmt: skip

        @invariant()
        def a_session_is_open_if_and_only_if_it_should_be(self):
            for verification_id, one in getattr(self, "codes", {}).items():
                found_open = run(views.session(house.pool, verification_id)) is not None
                wanted = one["opened"] is not None and self.now - one["opened"] < SESSION_MIN and one["wrong"] < TRIES
                assert found_open == wanted, one

    return Guessing


def test_codes_open_when_they_should_and_never_else(settings):
    with asyncio.Runner() as runner:
        opened = runner.run(House.open(settings))
        house = LawfulHouse(opened)
        runner.run(found(opened))
        runner.run(house.set_now(house.now))
        runner.run(a_house(house))
        ticket = runner.run(booked(house))["ticket"]
        try:
            run_state_machine_as_test(
                guessing(house, ticket, runner.run),
                settings=hypothesis_settings(
                    max_examples=15, stateful_step_count=25, deadline=None, derandomize=True, database=None
                ),
            )
        finally:
            runner.run(opened.close())
