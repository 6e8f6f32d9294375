"""Any evening a host can tap together: a state machine over a real house, against an oracle that keeps its own floor.

The oracle knows tables, joins and plans as plain dictionaries and shares no code with the rules. It says which wishes
must be granted and which must be refused; after every step the rows are compared with it, and so are the house's
promises: a table is occupied exactly if one party is at it, planned use never overlaps, and every party holds exactly
its tables. `LawfulHouse` checks the replica law on the way.
"""

import asyncio
import copy
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise

import msgspec
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from hub.core.settings import Settings
from hub.house import House
from schemas.base import Done
from tests.kit import FRIDAY_19, SITE, LawfulHouse, a_room, found, joined

SEATS = {"A": 4, "B": 4, "C": 4, "D": 2, "E": 6}
LEAST = {"A": 2, "B": 2, "C": 2, "D": 1, "E": 3}  # as `a_room` sets them
JOINED = {frozenset("AB"), frozenset("BC")}
TURN, SHORT = 90, 45
STAGES = ["just_sat", "ordered", "served", "check", "paid"]

PLACES = [*"ABCDE", *"ABCDE", "AB", "BC", "ABC", "CB", "AC", "AD", "BCA"]  # mostly sensible, some not
some_tables = st.sampled_from(PLACES).map(list)
people = st.sampled_from([1, 2, 2, 3, 3, 4, 4, 5, 6, 8, 13])
yes_or_no = st.sampled_from([True, True, False])


@dataclass
class Party:
    tables: list[str]
    covers: int
    stage: str
    booking: str | None
    clear: int  # minutes after 19:00


@dataclass
class Plan:
    """A booking that still holds a table."""

    table: str
    start: int
    end: int
    covers: int


@dataclass
class Floor:
    status: dict[str, str] = field(default_factory=lambda: dict.fromkeys(SEATS, "available"))
    parties: dict[str, Party] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)
    bare: set[str] = field(default_factory=set)  # tables taken over while another's plan for them had begun
    homeless: dict[str, int] = field(default_factory=dict)  # unplaced booking → covers


def together(tables):
    reached, rest = [tables[0]], set(tables[1:])
    for one in reached:
        step = {two for two in rest if frozenset((one, two)) in JOINED}
        reached += sorted(step)
        rest -= step
    return not rest


class Evening(RuleBasedStateMachine):
    servers = None
    folder = None

    def __init__(self):
        super().__init__()
        self.runner = asyncio.Runner()
        self.name = f"evening_{secrets.token_hex(4)}"
        self.floor, self.last, self.minute, self.booked = Floor(), None, 0, 0
        self.runner.run(self.open())

    async def open(self):
        db = await self.servers.superuser()
        await db.execute(f"CREATE DATABASE {self.name} TEMPLATE maitred STRATEGY FILE_COPY OWNER maitred")
        await db.close()
        opened = await House.open(
            Settings(
                data_dir=self.folder, database_url=self.servers.postgres.dsn(self.name),
                redis_url=self.servers.valkey.url(), secret="s" * 40,
            )
        )  # fmt: skip
        self.house = LawfulHouse(opened)
        await found(opened)
        await self.house.set_now(FRIDAY_19)
        self.id = await a_room(self.house, *SEATS.items())
        self.number = {table_id: number for number, table_id in self.id.items()}
        for pair in JOINED:
            await joined(self.house, *(self.id[number] for number in sorted(pair)))

    def teardown(self):
        async def close():
            await self.house.house.close()
            db = await self.servers.superuser()
            await db.execute(f"DROP DATABASE {self.name} WITH (FORCE)")
            await db.close()

        self.runner.run(close())
        self.runner.close()

    # ---- asking

    def ask(self, name, /, **args):
        before = copy.deepcopy(self.floor)
        answer = self.runner.run(self.house.give(name, **args))
        if isinstance(answer, Done):
            self.last = (answer.seq, self.minute, before)
            answer = msgspec.structs.replace(answer, result=msgspec.to_builtins(answer.result))
        return answer

    def expect(self, answer, *, may, why=""):
        assert isinstance(answer, Done) == may, f"{why}: the oracle says {'yes' if may else 'no'}, the house {answer}"
        return may

    def ids(self, tables):
        return [self.id[number] for number in tables]

    def soon(self, tables, clear, but=None):
        """Bookings whose plan begins before a useful turn is over, and all that cut the turn short."""
        least = min(SHORT, clear - self.minute)
        plans = {
            who: plan for who, plan in self.floor.plans.items()
            if who != but and plan.table in tables and plan.end > self.minute
        }  # fmt: skip
        near = {who for who, plan in plans.items() if plan.start <= self.minute or plan.start < self.minute + least}
        return near, {who for who, plan in plans.items() if plan.start < clear}

    def fits(self, tables, covers, clear, *, anyway, own=(), booking=None):
        new = [table for table in tables if table not in own]
        if any(self.floor.status[table] != "available" for table in new) or not together(tables):
            return False, set()
        if sum(SEATS[table] for table in tables) < covers:
            return False, set()
        near, cut = self.soon(new, clear, booking)[0], self.soon(tables, clear, booking)[1]
        small = len(tables) == 1 and bool(new) and covers < LEAST[tables[0]]
        if (near or small) and not anyway:
            return False, set()
        return True, cut if near else set()

    def take_over(self, tables):
        begun = {plan.table for plan in self.floor.plans.values() if plan.start <= self.minute < plan.end}
        self.floor.bare |= begun & set(tables)

    def lose(self, bookings):
        for who in bookings:
            self.floor.homeless[who] = self.floor.plans.pop(who).covers

    # ---- what a host may do

    @rule(tables=some_tables, covers=people, anyway=yes_or_no)
    def walk_in(self, tables, covers, anyway):
        clear = self.minute + TURN
        may, lost = self.fits(tables, covers, clear, anyway=anyway)
        answer = self.ask("seat_party", table_ids=self.ids(tables), covers=covers, anyway=anyway)
        if self.expect(answer, may=may, why="walk-in"):
            self.lose(lost)
            self.floor.parties[answer.result["seating_id"]] = Party(tables, covers, "just_sat", None, clear)
            self.floor.status |= dict.fromkeys(tables, "occupied")

    @rule(table=st.sampled_from(sorted(SEATS)), wait=st.integers(1, 16), covers=st.integers(1, 6))
    def book(self, table, wait, covers):
        start = self.minute + wait * 15
        self.booked += 1
        answer = self.ask(
            "book", name=f"Booking {self.booked}", covers=min(covers, SEATS[table]), table_ids=[self.id[table]],
            starts_at=FRIDAY_19 + timedelta(minutes=start), phone=f"020 7946 {self.booked:04d}",
        )  # fmt: skip
        if isinstance(answer, Done):
            who = answer.result["booking_id"]
            self.floor.plans[who] = Plan(table, start, start + TURN + 15, min(covers, SEATS[table]))

    @precondition(lambda self: self.floor.plans or self.floor.homeless)
    @rule(data=st.data(), elsewhere=some_tables, planned=yes_or_no, anyway=yes_or_no)
    def seat_booking(self, data, elsewhere, planned, anyway):
        who = data.draw(st.sampled_from(sorted([*self.floor.plans, *self.floor.homeless])))
        plan = self.floor.plans.get(who)
        tables = [plan.table] if plan and planned else elsewhere
        covers = plan.covers if plan else self.floor.homeless[who]
        clear = self.minute + TURN
        may, lost = self.fits(tables, covers, clear, anyway=anyway, booking=who)
        answer = self.ask("seat_party", table_ids=self.ids(tables), booking_id=who, anyway=anyway)
        if self.expect(answer, may=may, why="booking"):
            self.lose(lost)
            self.floor.plans.pop(who, None)
            self.floor.homeless.pop(who, None)
            self.floor.parties[answer.result["seating_id"]] = Party(tables, covers, "just_sat", who, clear)
            self.floor.status |= dict.fromkeys(tables, "occupied")

    def someone(self, data):
        return data.draw(st.sampled_from(sorted(self.floor.parties)))

    @precondition(lambda self: self.floor.parties)
    @rule(data=st.data(), tables=some_tables, anyway=yes_or_no)
    def move(self, data, tables, anyway):
        who = self.someone(data)
        party = self.floor.parties[who]
        clear = max(party.clear, self.minute)
        if set(tables) == set(party.tables):
            may, lost = True, set()
        else:
            may, lost = self.fits(tables, party.covers, clear, anyway=anyway, own=party.tables)
        answer = self.ask("move_seating", seating_id=who, table_ids=self.ids(tables), anyway=anyway)
        if self.expect(answer, may=may, why="move"):
            self.lose(lost)
            left = "available" if party.stage == "just_sat" else "cleaning"
            self.floor.status |= {table: left for table in party.tables if table not in tables}
            self.floor.status |= dict.fromkeys(tables, "occupied")
            party.tables = tables

    @precondition(lambda self: len(self.floor.parties) > 1)
    @rule(data=st.data())
    def merge(self, data):
        one, two = self.someone(data), self.someone(data)
        a, b = self.floor.parties[one], self.floor.parties[two]
        tables = [*a.tables, *b.tables]
        may = one != two and together(tables) and sum(SEATS[table] for table in tables) >= a.covers + b.covers
        answer = self.ask("merge_seatings", into_id=one, from_id=two)
        if self.expect(answer, may=may, why="merge"):
            self.take_over(tables)
            a.tables, a.covers, a.booking = tables, a.covers + b.covers, a.booking or b.booking
            del self.floor.parties[two]

    @precondition(lambda self: any(len(party.tables) > 1 for party in self.floor.parties.values()))
    @rule(data=st.data(), covers=people)
    def split(self, data, covers):
        who = data.draw(st.sampled_from(sorted(w for w, party in self.floor.parties.items() if len(party.tables) > 1)))
        party = self.floor.parties[who]
        apart = data.draw(st.lists(st.sampled_from(party.tables), min_size=1, unique=True))
        rest = [table for table in party.tables if table not in apart]
        may = bool(rest) and covers < party.covers and together(apart) and together(rest)
        may = may and sum(SEATS[table] for table in apart) >= covers
        may = may and sum(SEATS[table] for table in rest) >= party.covers - covers
        answer = self.ask("split_seating", seating_id=who, table_ids=self.ids(apart), covers=covers)
        if self.expect(answer, may=may, why="split"):
            self.take_over(apart)
            party.tables, party.covers = rest, party.covers - covers
            self.floor.parties[answer.result["new_seating_id"]] = Party(apart, covers, party.stage, None, party.clear)

    @precondition(lambda self: self.floor.parties)
    @rule(data=st.data(), stage=st.sampled_from(STAGES))
    def stage(self, data, stage):
        who = self.someone(data)
        self.expect(self.ask("set_stage", seating_id=who, stage=stage), may=True)
        self.floor.parties[who].stage = stage

    @precondition(lambda self: self.floor.parties)
    @rule(data=st.data(), longer=st.integers(15, 240))
    def edit(self, data, longer):
        who = self.someone(data)
        party = self.floor.parties[who]
        begun = self.runner.run(self.house.row("seating", who)).seated_at
        self.expect(self.ask("edit_seating", seating_id=who, turn_min=longer), may=True)
        party.clear = int((begun - FRIDAY_19).total_seconds() // 60) + longer

    @precondition(lambda self: self.floor.parties)
    @rule(data=st.data())
    def clear(self, data):
        who = self.someone(data)
        self.expect(self.ask("clear_seating", seating_id=who), may=True)
        self.floor.status |= dict.fromkeys(self.floor.parties.pop(who).tables, "cleaning")

    @rule(table=st.sampled_from(sorted(SEATS)), to=st.sampled_from([*["available"] * 5, "out_of_service"]))
    def tap(self, table, to):
        was = self.floor.status[table]
        may = was not in {to, "occupied"}
        if self.expect(self.ask("set_table_status", table_id=self.id[table], status=to), may=may, why=f"tap {was}"):
            self.floor.status[table] = to

    @rule(minutes=st.sampled_from([1, 5, 6, 20, 45, 75]))
    def wait(self, minutes):
        self.minute += minutes
        self.runner.run(self.house.pass_time(minutes))

    @precondition(lambda self: self.last)
    @rule()
    def undo(self):
        seq, minute, before = self.last
        self.last = None
        answer = self.runner.run(self.house.give("undo", seq=seq))
        if self.expect(answer, may=self.minute - minute <= 5, why="undo"):
            self.floor = before

    # ---- what always holds

    @invariant()
    def rows_are_as_the_oracle_has_them(self):
        rows = self.runner.run(self.house.rows())
        tables = {self.number[row["id"]]: row["status"] for (_, kind, _), row in rows.items() if kind == "table"}
        assert tables == self.floor.status
        seatings = {row["id"]: row for (_, kind, _), row in rows.items() if kind == "seating"}
        assert {
            who: (sorted(party.tables), party.covers, party.stage, party.booking)
            for who, party in self.floor.parties.items()
        } == {
            who: (
                sorted(self.number[table] for table in row["table_ids"]),
                row["covers"],
                row["stage"],
                row["booking_id"],
            )
            for who, row in seatings.items()
        }
        at = [table for row in seatings.values() for table in row["table_ids"]]
        assert len(at) == len(set(at)), "two parties at one table"
        assert {self.number[table] for table in at} == {
            table for table, status in tables.items() if status == "occupied"
        }
        bookings = {row["id"]: row for (_, kind, _), row in rows.items() if kind == "booking"}
        unplaced = {who for who, row in bookings.items() if row["unplaced"] and row["status"] == "confirmed"}
        assert unplaced == set(self.floor.homeless)

    @invariant()
    def plans_never_overlap_and_every_party_holds_its_tables(self):
        holds = self.runner.run(
            self.house.pool.fetch(
                "SELECT table_id, owner_id, status, starts_at, upper(during) AS ends_at FROM hold WHERE site_id = $1 "
                "AND status <> 'released' ORDER BY table_id, starts_at", SITE,
            )
        )  # fmt: skip
        for one, two in pairwise(holds):
            assert one["table_id"] != two["table_id"] or one["ends_at"] <= two["starts_at"]
        active = {(row["owner_id"], self.number[row["table_id"]]) for row in holds if row["status"] == "active"}
        due = {(party.booking or who, table) for who, party in self.floor.parties.items() for table in party.tables}
        assert active <= due
        assert {table for _, table in due - active} <= self.floor.bare
        planned = {row["owner_id"]: self.number[row["table_id"]] for row in holds if row["status"] == "held"}
        assert planned == {who: plan.table for who, plan in self.floor.plans.items()}


def test_any_evening(servers, tmp_path):
    Evening.servers, Evening.folder = servers, tmp_path
    run_state_machine_as_test(
        Evening,
        settings=settings(
            max_examples=12,
            phases=[Phase.generate],
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
