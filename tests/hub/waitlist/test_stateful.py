"""Any evening of the waiting line as hypothesis plays it: parties come, are offered tables, answer or do not; tables are
booked, given back, taken anyway, broken; commands are taken back; the house's timers strike, at once or late.

The model keeps what each party must have missed and how its offers ended; after every step the rows are held to the
promises of the line, and to the replica law by the kit.
"""

import asyncio
from datetime import timedelta

import msgspec
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from hub.core.actor import Actor
from hub.house import House
from hub.waitlist.rules import MOVES
from schemas.base import Done
from tests.hub.waitlist.evening import strike
from tests.kit import FRIDAY_19, SITE, LawfulHouse, a_room, found, joined

OFFER = timedelta(minutes=15)
MISSES = 2
EVENINGS = 12  # a few seconds each; the seed stands, so more of them is more of the same search
which = st.integers(0, 30)
people = st.sampled_from([1, 2, 2, 3, 4, 4, 6, 7])


def evening(house: LawfulHouse, tables: dict[str, str], run) -> type[RuleBasedStateMachine]:
    class Evening(RuleBasedStateMachine):
        @initialize(auto=st.sampled_from(["off", "slots", "slots", "all"]))
        def another_day(self, auto):
            run(house.set_now((house.now + timedelta(days=2)).replace(hour=19, minute=0)))
            manager = Actor.staff("st_manager")
            run(house.done("set_policy", actor=manager, policy="waitlist.auto_offer", value=auto))
            self.auto, self.parties, self.bookings, self.seatings = auto, [], [], []
            self.openings, self.freed, self.last, self.was, self.calls = [], [], None, {}, 0

        # ---- asking

        def give(self, name, /, **args):
            answer = run(house.give(name, **args))
            if isinstance(answer, Done):
                self.hear(answer.seq)
                if name != "undo":
                    self.last = answer.seq
                return msgspec.structs.replace(answer, result=msgspec.to_builtins(answer.result))
            return answer

        def hear(self, seq):
            for fact in run(house.pool.fetchval("SELECT facts FROM journal WHERE site_id = $1 AND seq = $2", SITE, seq)):
                if fact["fact"] == "availability.opening":
                    self.openings.append(fact["owner_id"])
                if fact["fact"] == "table.status_changed" and fact["now"] == "available":
                    self.freed.append(fact["table_id"])

        def offers(self, *, live=True):
            return run(house.pool.fetch("SELECT * FROM offer WHERE live = $1 ORDER BY sent_at, id", live))

        # ---- who waits

        @rule(covers=people, priority=st.sampled_from([None, None, 5]))
        def comes(self, covers, priority):
            done = self.give("add_party", name="Door", covers=covers, priority=priority)
            self.parties.append(done.result["party_id"])

        @rule(covers=people, slot=st.integers(1, 8), wide=st.sampled_from([None, 1, 4]))
        def waits(self, covers, slot, wide):
            wanted = house.now + timedelta(minutes=15 * slot)
            flexible = [{"earliest": wanted, "latest": wanted + timedelta(minutes=30 * wide)}] if wide else []
            self.calls += 1
            answer = self.give(
                "join_waitlist", name="Slot", covers=covers, wanted_at=wanted, flexible=flexible,
                phone=f"+44 20 7946 {self.calls:04}",
            )  # fmt: skip
            if isinstance(answer, Done):
                self.parties.append(answer.result["party_id"])
            else:
                assert covers > 6 or answer.reason == "closed", answer

        @precondition(lambda self: self.parties)
        @rule(number=which, covers=people)
        def edits(self, number, covers):
            self.give("edit_party", party_id=self.parties[number % len(self.parties)], covers=covers)

        @precondition(lambda self: self.parties)
        @rule(number=which)
        def leaves(self, number):
            party = self.parties[number % len(self.parties)]
            row = run(house.row("party", party))
            answer = self.give("remove_party", party_id=party)
            assert isinstance(answer, Done) == (row is not None)

        # ---- offers

        @precondition(lambda self: self.parties)
        @rule(number=which, named=st.none() | st.sampled_from(sorted(tables)))
        def notify(self, number, named):
            party = self.parties[number % len(self.parties)]
            before = [row["id"] for row in self.offers()]
            args = {"table_ids": [tables[named]]} if named else {}
            answer = self.give("notify_party", party_id=party, **args)
            if isinstance(answer, Done):
                assert run(house.row("party", party)).status == "notified"
                known = answer.result["offer_id"] in before
                assert len(self.offers()) == len(before) + (not known)

        @precondition(lambda self: self.offers())
        @rule(number=which, says=st.sampled_from(["accept", "decline"]))
        def answers(self, number, says):
            offers = self.offers()
            offer = offers[number % len(offers)]
            party = run(house.row("party", offer["party_id"]))
            answer = self.give("answer_offer", offer_id=offer["id"], answer=says)
            in_time = offer["status"] == "sent" and house.now < offer["expires_at"]
            if not in_time:
                assert answer.reason in {"offer_expired", "answered_already"}, answer
            elif says == "decline":
                self.missed(party, answer)
            elif party.kind == "walk_in":
                assert run(house.row("party", party.id)).reply == "on_my_way", answer
            elif isinstance(answer, Done):
                row = run(house.row("booking", answer.result["booking_id"]))
                assert (row.status, row.covers) == ("confirmed", party.covers)
                assert row.code
                self.bookings.append(row.id)
            else:
                assert answer.reason == "out_of_service", answer  # broken since, and not heard of yet

        def missed(self, party, answer):
            assert isinstance(answer, Done), answer
            row = run(house.pool.fetchrow("SELECT status, skips FROM party WHERE id = $1", party.id))
            over = party.skips + 1 >= MISSES or party.expires_at <= house.now
            assert row["skips"] == party.skips + 1
            if over:
                assert row["status"] == "expired"
            else:
                assert row["status"] in {"active", "notified"}

        @precondition(lambda self: self.offers())
        @rule(number=which)
        def revokes(self, number):
            offers = self.offers()
            offer = offers[number % len(offers)]
            skips = run(house.row("party", offer["party_id"])).skips
            assert isinstance(self.give("revoke_offer", offer_id=offer["id"]), Done)
            row = run(house.pool.fetchrow("SELECT status, skips FROM party WHERE id = $1", offer["party_id"]))
            assert row["skips"] == skips

        # ---- the floor and the book

        @rule(named=st.sampled_from(sorted(tables)), covers=people, anyway=st.booleans())
        def seats(self, named, covers, anyway):
            held = [row for row in self.offers() if tables[named] in row["table_ids"] and row["starts_at"] <= house.now]
            answer = self.give("seat_party", table_ids=[tables[named]], covers=covers, anyway=anyway)
            if isinstance(answer, Done):
                assert anyway or not held
                self.seatings.append(answer.result["seating_id"])

        @precondition(lambda self: self.parties)
        @rule(number=which, named=st.sampled_from(sorted(tables)))
        def seats_waiting(self, number, named):
            party = self.parties[number % len(self.parties)]
            answer = self.give("seat_party", table_ids=[tables[named]], party_id=party)
            if isinstance(answer, Done):
                assert run(house.row("party", party)) is None
                self.seatings.append(answer.result["seating_id"])

        @precondition(lambda self: self.seatings)
        @rule(number=which)
        def clears(self, number):
            self.give("clear_seating", seating_id=self.seatings[number % len(self.seatings)])

        @rule(named=st.sampled_from(sorted(tables)), status=st.sampled_from(["available", "available", "out_of_service"]))
        def sets(self, named, status):
            answer = self.give("set_table_status", table_id=tables[named], status=status)
            if status == "out_of_service" and isinstance(answer, Done):
                for offer in self.offers():
                    if tables[named] in offer["table_ids"]:
                        self.give("revoke_offer", offer_id=offer["id"], actor=Actor("system", "house"))

        @rule(covers=people, slot=st.integers(0, 8), named=st.none() | st.sampled_from(sorted(tables)))
        def books(self, covers, slot, named):
            starts_at = house.now + timedelta(minutes=15 * slot)
            args = {"table_ids": [tables[named]]} if named else {}
            answer = self.give("book", name="Booked", covers=covers, starts_at=starts_at, **args)
            if isinstance(answer, Done):
                self.bookings.append(answer.result["booking_id"])

        @precondition(lambda self: self.bookings)
        @rule(number=which)
        def cancels(self, number):
            self.give("cancel_booking", booking_id=self.bookings[number % len(self.bookings)])

        @precondition(lambda self: self.openings)
        @rule()
        def opening_heard(self):
            opening = self.openings.pop()
            answer = self.give("offer_opening", owner_id=opening)
            assert isinstance(answer, Done) or answer.reason == "nobody", answer
            if self.auto == "off":
                assert not isinstance(answer, Done)
            if isinstance(answer, Done):
                again = self.give("offer_opening", owner_id=opening)
                twice = isinstance(again, Done) and set(again.result["party_ids"]) & set(answer.result["party_ids"])
                assert not twice

        @precondition(lambda self: self.freed)
        @rule()
        def freed_heard(self):
            answer = self.give("offer_tables", table_ids=[self.freed.pop()])
            assert isinstance(answer, Done) <= (self.auto == "all")

        @precondition(lambda self: self.last)
        @rule()
        def undo(self):
            seq, self.last = self.last, None
            command, facts = run(
                house.pool.fetchrow("SELECT command, facts FROM journal WHERE site_id = $1 AND seq = $2", SITE, seq)
            )
            answer = self.give("undo", seq=seq)
            if {"waitlist.offer_sent"} & {fact["fact"] for fact in facts}:
                assert not isinstance(answer, Done), command

        @rule(minutes=st.sampled_from([0.05, 1, 5, 14, 15, 16, 45, 110]), promptly=st.sampled_from([True, True, False]))
        def time_passes(self, minutes, promptly):
            run(house.pass_time(minutes))
            if promptly:
                self.timers()

        @rule()
        def timers(self):
            seq = run(house.pool.fetchval("SELECT seq FROM site_head WHERE site_id = $1", SITE))
            run(strike(house))
            for later in range(seq + 1, run(house.pool.fetchval("SELECT seq FROM site_head WHERE site_id = $1", SITE)) + 1):
                self.hear(later)
            for offer in self.offers():  # nobody is asked beyond their time
                assert offer["status"] != "sent" or house.now < offer["expires_at"]

        # ---- what always holds

        @invariant()
        def the_line_keeps_its_promises(self):
            run(self.check())

        async def check(self):
            db = house.pool
            overlapping = await db.fetchval(
                "SELECT count(*) FROM hold a JOIN hold b ON a.id < b.id AND a.table_id = b.table_id AND a.during && b.during"
                " AND a.status <> 'released' AND b.status <> 'released'"
            )
            assert overlapping == 0
            offers = await db.fetch("SELECT * FROM offer")
            live = [row for row in offers if row["live"]]
            owners = [row["party_id"] for row in live]
            assert len(owners) == len(set(owners)), "two live offers of one party"
            notified = {row["id"] for row in await db.fetch("SELECT id FROM party WHERE status = 'notified'")}
            assert notified == set(owners)
            kept = {}
            for hold in await db.fetch("SELECT * FROM hold WHERE status = 'held' AND owner_kind = 'offer'"):
                kept.setdefault(hold["owner_id"], set()).add(hold["table_id"])
            assert kept == {row["id"]: set(row["table_ids"]) for row in live}, "an offer without its tables"
            asked = [(row["opening_id"], row["party_id"]) for row in offers]
            assert len(asked) == len(set(asked)), "somebody was offered the same opening twice"
            parties = await db.fetch("SELECT * FROM party")
            for row in parties:
                assert row["skips"] <= MISSES
                assert (row["ended_at"] is not None) == (row["status"] not in {"active", "notified"})
                assert (row["converted_at"] is not None) == (row["status"] == "converted")
                was = self.was.get(row["id"])
                assert was is None or was[1] >= row["version"] or self.reachable(was[0], row["status"]), (was, row["status"])
                self.was[row["id"]] = (row["status"], row["version"])

        def reachable(self, was, now):
            """By moves of the life cycle, or back by undo (which raises the version too)."""
            return was == now or now in MOVES[was] or was in MOVES[now] or any(now in MOVES[by] for by in MOVES[was])

        def teardown(self):
            if getattr(self, "parties", None) is not None:
                run(house.pass_time(24 * 60))
                for name in ("seating_table", "seating", "hold", "booking", "offer", "party", "timer"):
                    run(house.pool.execute(f"DELETE FROM {name}"))
                run(house.pool.execute("UPDATE floor_table SET status = 'available'"))

    return Evening


def test_any_evening(settings):
    async def opened():
        house = LawfulHouse(await House.open(settings))
        await found(house.house)
        await house.set_now(FRIDAY_19)
        tables = await a_room(house, ("T1", 2), ("T2", 4), ("T3", 2), ("T4", 6))
        await joined(house, tables["T1"], tables["T2"])
        return house, tables

    with asyncio.Runner() as runner:
        house, tables = runner.run(opened())
        try:
            run_state_machine_as_test(
                evening(house, tables, runner.run),
                settings=hypothesis_settings(
                    max_examples=EVENINGS, stateful_step_count=40, deadline=None, database=None, derandomize=True
                ),
            )
        finally:
            runner.run(house.house.close())
