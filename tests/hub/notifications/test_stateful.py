"""The life of messages as hypothesis plays it: said, carried, failed, taken back, put right, said again, in any order.

The model knows what each message may be; after every step the house is held to it and to the replica law (by the kit).
"""

import asyncio
from datetime import timedelta

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from hub.core.clock import wall_now
from hub.house import House
from schemas.base import Done
from tests.hub.notifications.at_work import ADA, done_and_told, saying
from tests.kit import LawfulHouse, found

__all__ = ["saying"]
which = st.integers(0, 50)
NOTED = {
    "queued": {"sent": "sent", "delivered": "delivered", "failed": "failed"},
    "sent": {"delivered": "delivered", "failed": "failed"},
    "suppressed": {"sent": "sent", "delivered": "delivered"},
}
"""What a carrier's word makes of a message; anything else is heard and changes nothing."""


def messages(house: LawfulHouse, start, run) -> type[RuleBasedStateMachine]:
    class Messages(RuleBasedStateMachine):
        @initialize()
        def nothing_said_yet(self):
            run(house.pool.execute("DELETE FROM message"))
            self.status: dict[str, str] = {}
            self.of_seq: dict[int, str] = {}
            self.put_right: set[str] = set()
            self.corrections: dict[str, str] = {}

        def pick(self, number):
            known = sorted(self.status)
            return known[number % len(known)] if known else None

        @rule(agreed=st.booleans())
        def say(self, agreed):
            start(to=type(ADA)(name="Ada", phone=ADA.phone, sms_ok=agreed))
            done = run(done_and_told(house))
            (message_id,) = done.result["message_ids"]
            self.status[message_id] = "queued" if agreed else "suppressed"
            self.of_seq[done.seq] = message_id

        @rule(number=which, status=st.sampled_from(["sent", "delivered", "failed"]), again=st.booleans())
        def note(self, number, status, again):
            message_id = self.pick(number)
            if message_id is None:
                return
            later = {"retry_at": (wall_now() + timedelta(seconds=5)).isoformat()} if again and status == "failed" else {}
            before = self.status[message_id]
            run(house.done("note_delivery", message_id=message_id, status=status, **later))
            if later:
                return
            self.status[message_id] = NOTED.get(before, {}).get(status, before)
            if before == "suppressed" and status in ("sent", "delivered"):
                self.correct(message_id)

        def correct(self, message_id):
            if message_id in self.put_right or message_id in self.corrections:
                self.look_for_more()
                return
            self.put_right.add(message_id)
            self.look_for_more()

        def look_for_more(self):
            for record in run(house.pool.fetch("SELECT id, dedupe FROM message WHERE template = 'correction'")):
                if record["id"] not in self.status:
                    self.status[record["id"]] = "queued"
                    self.corrections[record["id"]] = record["dedupe"].rpartition("|")[2]

        @rule(number=which)
        def undone(self, number):
            if not self.of_seq:
                return
            seq = sorted(self.of_seq)[number % len(self.of_seq)]
            message_id = self.of_seq[seq]
            run(house.done("correct_messages", seq=seq))
            if self.status[message_id] == "queued":
                self.status[message_id] = "suppressed"
            elif self.status[message_id] in ("sent", "delivered"):
                self.correct(message_id)

        @rule(number=which)
        def resend(self, number):
            message_id = self.pick(number)
            if message_id is None:
                return
            answer = run(house.give("resend_message", message_id=message_id))
            allowed = self.status[message_id] in ("sent", "delivered", "failed")
            assert isinstance(answer, Done) == allowed, (self.status[message_id], answer)
            if allowed:
                new = answer.result["message_id"]
                self.status[new] = "queued"
                self.of_seq[answer.seq] = new

        @invariant()
        def the_house_says_the_same(self):
            if not hasattr(self, "status"):
                return
            there = dict(map(tuple, run(house.pool.fetch("SELECT id, status FROM message"))))
            assert there == self.status

        @invariant()
        def nothing_is_taken_back_twice(self):
            if not hasattr(self, "corrections"):
                return
            of = list(self.corrections.values())
            assert len(of) == len(set(of))

        @invariant()
        def what_went_has_its_moment(self):
            odd = run(house.pool.fetch(
                "SELECT id FROM message WHERE (status IN ('sent', 'delivered') AND sent_at IS NULL)"
                " OR (status IN ('queued', 'blocked') AND sent_at IS NOT NULL)"
            ))  # fmt: skip
            assert not odd

    return Messages


def test_the_life_of_messages(settings, saying):
    with asyncio.Runner() as runner:
        opened = runner.run(House.open(settings))
        house = LawfulHouse(opened)
        runner.run(found(opened))
        runner.run(house.set_now(house.now))
        try:
            run_state_machine_as_test(
                messages(house, saying, runner.run),
                settings=hypothesis_settings(
                    max_examples=12, stateful_step_count=25, deadline=None, derandomize=True, database=None
                ),
            )
        finally:
            runner.run(opened.close())
