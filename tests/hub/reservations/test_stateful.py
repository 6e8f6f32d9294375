"""A host's evening as hypothesis plays it: book, confirm, change, move, place, come, be late, stay away, cancel, delete,
restore, take back, let time pass.

The model knows only the life of each booking; after every step the house is held to it, to the replica law (by the
kit), to the promise that no table is planned twice, and to one live booking in each chain of moves.
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

from hub.bookings.rules import EXPECTED, LIVE, MOVES, PLACEABLE
from hub.bookings.views import booking as read_booking
from hub.house import House
from schemas.base import Done
from tests.hub.reservations.book import MANAGER
from tests.kit import FRIDAY_19, SITE, LawfulHouse, a_room, found, joined

GRACE = timedelta(minutes=15)
UNDO = timedelta(minutes=5)
REOPEN = timedelta(minutes=30)
which = st.integers(0, 50)


def evening(house: LawfulHouse, tables: dict[str, str], run) -> type[RuleBasedStateMachine]:
    async def held_by(booking):
        return await house.pool.fetch(
            "SELECT id, table_id, starts_at, upper(during) AS ends_at FROM hold WHERE owner_id = $1 AND status = 'held'", booking
        )

    class Evening(RuleBasedStateMachine):
        @initialize()
        def another_day(self):
            run(house.set_now(house.now + timedelta(days=2)))
            self.status: dict[str, str] = {}
            self.since: dict[str, object] = {}
            self.starts: dict[str, object] = {}
            self.deleted: set[str] = set()
            self.came_from: dict[str, str] = {}  # a booking that was moved → the one it was
            self.last = None  # (seq, what to put back, when)

        def pick(self, number):
            there = [booking for booking in self.status if booking not in self.deleted]
            return there[number % len(there)] if there else None

        def there(self):
            return self.status.keys() - self.deleted

        def give(self, name, /, **args):
            return run(house.give(name, **args))

        def back(self, answer, *bookings):
            """Remembers what taking this back restores; a booking that was not there yet goes again."""
            was = {booking: (self.status[booking], self.since[booking]) if booking in self.status else None for booking in bookings}
            self.last = (answer.seq, was, house.now)

        def moved(self, booking, to, answer, *, allowed):
            assert isinstance(answer, Done) == allowed, (self.status[booking], to, answer)
            if allowed:
                self.back(answer, booking)
                self.status[booking], self.since[booking] = to, house.now

        @rule(
            covers=st.integers(1, 9),
            slot=st.sampled_from([0, 0, 0, 1, 2, 6, 8]),
            named=st.none() | st.sampled_from(sorted(tables)),
            status=st.sampled_from(["confirmed", "confirmed", "confirmed", "pending", "inquiry"]),
            mailed=st.booleans(),
        )
        def book(self, covers, slot, named, status, mailed):
            starts_at = house.now + timedelta(minutes=15 * slot)
            args = {"status": status} | ({"table_ids": [tables[named]]} if named else {})
            if mailed:
                args["email"] = f"guest.{len(self.status)}.{house.now:%H%M}@example.test"
            answer = self.give("book", name="Guest", covers=covers, starts_at=starts_at.isoformat(), **args)
            if isinstance(answer, Done):
                booking = msgspec.to_builtins(answer.result)["booking_id"]
                self.back(answer, booking)
                self.status[booking], self.since[booking] = status, house.now
                self.starts[booking] = starts_at
                return
            assert answer.reason in {"full", "table_taken", "too_small", "duplicate"}
            if answer.reason == "duplicate":
                return
            for other in answer.about or ():
                assert house.now <= other.starts_at
                apart = abs(other.starts_at - starts_at)
                assert apart <= timedelta(minutes=120) or apart in {timedelta(days=1), timedelta(days=7)}
                assert other.table_ids

        @precondition(lambda self: self.there())
        @rule(number=which, named=st.none() | st.sampled_from(sorted(tables)))
        def place(self, number, named):
            booking = self.pick(number)
            answer = self.give("place_booking", booking_id=booking, **({"table_ids": [tables[named]]} if named else {}))
            if isinstance(answer, Done):
                assert self.status[booking] in PLACEABLE
                self.back(answer, booking)
            elif self.status[booking] not in PLACEABLE:
                assert answer.reason == "illegal_move"

        @precondition(lambda self: self.there())
        @rule(number=which)
        def confirm(self, number):
            booking = self.pick(number)
            to = "pending" if self.status[booking] == "inquiry" else "confirmed"
            self.moved(booking, to, self.give("confirm_booking", booking_id=booking), allowed=to in MOVES[self.status[booking]])

        @precondition(lambda self: self.there())
        @rule(number=which, covers=st.none() | st.integers(1, 9), minutes=st.none() | st.sampled_from([60, 90, 150]), notes=st.booleans())
        def edit(self, number, covers, minutes, notes):
            booking = self.pick(number)
            said = {"covers": covers, "duration_min": minutes, "notes": "by the window" if notes else None}
            before = run(held_by(booking))
            answer = self.give("edit_booking", booking_id=booking, **{name: value for name, value in said.items() if value})
            if isinstance(answer, Done):
                assert self.status[booking] in LIVE
                self.back(answer, booking)
            else:
                assert answer.reason in {"illegal_move", "full"}
                assert (answer.reason == "illegal_move") == (self.status[booking] not in LIVE)
                assert run(held_by(booking)) == before, "refused, it keeps what it had"

        @precondition(lambda self: self.there())
        @rule(number=which, slot=st.sampled_from([0, 1, 2, 6, 8]), covers=st.none() | st.integers(1, 9), named=st.none() | st.sampled_from(sorted(tables)))
        def reschedule(self, number, slot, covers, named):
            booking = self.pick(number)
            starts_at = house.now + timedelta(minutes=15 * slot)
            args = {"covers": covers} if covers else {}
            args |= {"table_ids": [tables[named]]} if named else {}
            before = run(held_by(booking))
            answer = self.give("reschedule_booking", booking_id=booking, starts_at=starts_at.isoformat(), **args)
            legal = "rescheduled" in MOVES[self.status[booking]]
            if isinstance(answer, Done):
                assert legal
                new = msgspec.to_builtins(answer.result)["booking_id"]
                self.back(answer, booking, new)
                self.status[booking], self.since[booking] = "rescheduled", house.now
                self.status[new], self.since[new], self.starts[new] = "confirmed", house.now, starts_at
                self.came_from[new] = booking
            else:
                assert answer.reason in ({"full", "table_taken", "too_small", "same_time"} if legal else {"illegal_move", "already_so"})
                assert run(held_by(booking)) == before, "refused, it keeps what it had"

        @precondition(lambda self: self.there())
        @rule(number=which)
        def delete(self, number):
            booking = self.pick(number)
            answer = self.give("delete_booking", actor=MANAGER, booking_id=booking, reason="made by mistake")
            assert isinstance(answer, Done)
            self.deleted.add(booking)

        @precondition(lambda self: self.deleted)
        @rule(number=which)
        def restore(self, number):
            booking = sorted(self.deleted)[number % len(self.deleted)]
            answer = self.give("restore_booking", actor=MANAGER, booking_id=booking)
            assert isinstance(answer, Done), answer
            self.deleted.discard(booking)

        @precondition(lambda self: self.there())
        @rule(number=which)
        def arrive(self, number):
            booking = self.pick(number)
            was = self.status[booking]
            allowed = "arrived" in MOVES[was] and (was != "no_show" or house.now - self.since[booking] <= REOPEN)
            self.moved(booking, "arrived", self.give("arrive_booking", booking_id=booking), allowed=allowed)

        @precondition(lambda self: self.there())
        @rule(number=which, minutes=st.none() | st.integers(1, 40))
        def late(self, number, minutes):
            booking = self.pick(number)
            answer = self.give("mark_late", booking_id=booking, **({"expected_in_min": minutes} if minutes else {}))
            self.moved(booking, self.status[booking], answer, allowed=self.status[booking] in EXPECTED)
            if isinstance(answer, Done):
                self.since[booking] = self.last[1][booking][1]  # being late is no move

        @precondition(lambda self: self.there())
        @rule(number=which)
        def no_show(self, number):
            booking = self.pick(number)
            over = house.now >= self.starts[booking] + GRACE
            answer = self.give("mark_no_show", booking_id=booking)
            self.moved(booking, "no_show", answer, allowed="no_show" in MOVES[self.status[booking]] and over)

        @precondition(lambda self: self.there())
        @rule(number=which)
        def cancel(self, number):
            booking = self.pick(number)
            answer = self.give("cancel_booking", booking_id=booking)
            self.moved(booking, "cancelled", answer, allowed="cancelled" in MOVES[self.status[booking]])

        @precondition(lambda self: self.last)
        @rule()
        def undo(self):
            seq, was, at = self.last
            self.last = None
            answer = self.give("undo", seq=seq)
            if not isinstance(answer, Done):
                # the house's own word about lateness came in between, somebody changed it or has the table now, or it
                # is too late
                assert answer.reason in {"changed_since", "table_taken", "too_late"}
                assert (answer.reason == "too_late") == (house.now - at > UNDO)
                return
            for booking, before in was.items():
                if before is None:
                    del self.status[booking], self.since[booking], self.starts[booking]
                    self.came_from.pop(booking, None)
                else:
                    self.status[booking], self.since[booking] = before

        @rule(minutes=st.sampled_from([1, 4, 15, 16, 31, 45]))
        def time_passes(self, minutes):
            run(house.pass_time(minutes))
            self.timers()

        @rule()
        def timers(self):
            """Every timer that is due, as the house's jobs would fire it."""
            due = run(
                house.pool.fetch(
                    "UPDATE timer SET state = 'fired' WHERE state = 'armed' AND due_at <= $1 RETURNING command",
                    house.now,
                )
            )
            for (wish,) in due:
                name, owner = wish["command"], {key: wish[key] for key in ("owner_id", "booking_id") if key in wish}
                assert isinstance(self.give(name, **owner), Done)

        @invariant()
        def the_house_agrees(self):
            run(self.check())

        async def check(self):
            double = await house.pool.fetchval(
                "SELECT count(*) FROM hold a JOIN hold b ON a.id < b.id AND a.table_id = b.table_id AND a.during && b.during"
                " AND a.status <> 'released' AND b.status <> 'released'"
            )
            assert double == 0
            codes = [record["code"] for record in await house.pool.fetch("SELECT code FROM booking")]
            assert len(codes) == len(set(codes)) == len(self.status)
            await self.check_moves()
            for booking, status in self.status.items():
                row = await read_booking(house.pool, SITE, booking)
                if booking in self.deleted:
                    assert row is None
                    continue
                assert row.status == status
                kinds = [
                    kind for (kind,) in await house.pool.fetch(
                        "SELECT owner_kind FROM hold WHERE owner_id = $1 AND status = 'held'", booking
                    )
                ]  # fmt: skip
                if status in PLACEABLE:
                    assert row.unplaced == (not kinds)
                    assert set(kinds) <= {"booking"}
                else:
                    assert not row.unplaced
                    assert set(kinds) <= {"opening"}
                if row.no_show_proposed_at:
                    assert status in EXPECTED
                    assert row.no_show_proposed_at >= row.starts_at + GRACE

        async def check_moves(self):
            """Each chain of moves has one booking that is not moved on, which has the chain's link, and knows the rest."""
            rows = {
                record["id"]: record for record in await house.pool.fetch(
                    "SELECT id, status, ticket, rescheduled_from, rescheduled_to FROM booking"
                )
            }  # fmt: skip
            assert {booking: row["rescheduled_from"] for booking, row in rows.items() if row["rescheduled_from"]} == self.came_from
            for booking, row in rows.items():
                moved = row["status"] == "rescheduled"
                assert (row["ticket"] is None) == (row["rescheduled_to"] is not None) == moved, dict(row)
                if moved:
                    assert rows[row["rescheduled_to"]]["rescheduled_from"] == booking

        def teardown(self):
            if getattr(self, "status", None):
                run(house.pass_time(24 * 60))
                run(house.pool.execute("DELETE FROM hold; DELETE FROM booking; DELETE FROM timer; DELETE FROM message"))

    return Evening


def test_any_evening(settings):
    async def opened():
        house = LawfulHouse(await House.open(settings))
        await found(house.house)
        await house.set_now(FRIDAY_19)
        tables = await a_room(house, ("T1", 2), ("T2", 4), ("T3", 4), ("T4", 6))
        await joined(house, tables["T2"], tables["T3"])
        return house, tables

    with asyncio.Runner() as runner:
        house, tables = runner.run(opened())
        try:
            run_state_machine_as_test(
                evening(house, tables, runner.run),
                settings=hypothesis_settings(
                    max_examples=30, stateful_step_count=40, deadline=None, database=None, derandomize=True
                ),
            )
        finally:
            runner.run(house.house.close())
