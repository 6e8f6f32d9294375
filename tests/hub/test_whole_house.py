"""The whole house, any evening anybody can tap together, held to its promises by an oracle in plain SQL.

Random wishes by random roles against one site: walk-ins, bookings, the line, moves, merges, splits, stages, clearing,
bussing, blocking, sections, policies, undo of anything lately done, time passing with the due timers fired as the
worker fires them, the line refreshed as the reaction does it. The oracle shares no code with the rules: after every
step it reads the stored rows themselves.

`MAITRED_EVENINGS=200` plays that many evenings instead of the few of an ordinary run.
"""

import asyncio
import itertools
import os
import re
from datetime import datetime, timedelta
from random import Random
from typing import Any

import msgspec
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from hub.core.actor import Actor
from hub.core.commands import decode
from hub.core.timers import Timers
from hub.house import House
from hub.seating.reactions import refresh_waiting
from schemas.base import Done, Refused
from schemas.catalogue import COMMANDS
from tests.kit import FRIDAY_19, ZONE, LawfulHouse, difference, without_seq

EVENINGS = int(os.environ.get("MAITRED_EVENINGS", "8"))
STEPS = int(os.environ.get("MAITRED_STEPS", "12"))
UNDO = timedelta(minutes=5)
SEATS = {"1": 2, "2": 4, "3": 4, "4": 4, "5": 6}
JOINED = ("23", "34")

# What each role may ask, as the house's page of roles has it; written down again here so that a slip there is seen.
SERVES = {"seat_party", "move_seating", "merge_seatings", "split_seating", "set_stage", "edit_seating", "clear_seating",
          "set_table_status"}  # fmt: skip
HOSTS = SERVES | {"add_party", "edit_party", "remove_party", "book", "place_booking", "arrive_booking", "mark_late",
                  "mark_no_show", "cancel_booking", "put_section"}  # fmt: skip
MAY = {
    "manager": HOSTS | {"put_area", "put_table", "add_join", "remove_join", "set_policy"},
    "host": HOSTS, "server": SERVES, "kitchen": frozenset[str](),
}  # fmt: skip

STORED = (
    "area", "section", "floor_table", "table_join", "hold", "booking", "party", "wait", "quote", "seating",
    "seating_table",
)  # fmt: skip
VERSIONED = frozenset(STORED) - {"wait", "quote", "seating_table"}
SNAPSHOT = "SELECT " + ", ".join(
    f"(SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]') FROM {table} t WHERE site_id = $1) AS {table}"
    for table in (*STORED, "timer")
)
ID_LIKE = re.compile(r"\b[0-9a-z]{6}x\d+\b")

PEOPLE = [1, 2, 2, 3, 4, 4, 5, 7, 8, 12]
WHO = ["host"] * 6 + ["server"] * 2 + ["manager", "kitchen"]
PLACES = ["1", "2", "3", "4", "5", "2", "3", "23", "34", "32", "234", "14", "24"]
POLICIES = [
    ("dining.buffer_min", 0), ("dining.buffer_min", 15), ("dining.duration_min", 60), ("waitlist.opening_s", 0),
    ("waitlist.opening_s", 60), ("floor.free_on_clear", True), ("floor.free_on_clear", False),
    ("seating.short_turn_min", 0), ("seating.short_turn_min", 90), ("floor.reserved_lead_min", 0),
]  # fmt: skip
TAPS = 15  # in one go
SOMETIMES = {
    "walk_in": 6, "joins_the_line": 4, "seat_waiting": 5, "changes_the_line": 2, "books": 6, "about_a_booking": 6,
    "seat_booking": 5, "moves": 5, "merges": 4, "splits": 4, "at_table": 8, "taps": 2, "busses": 4, "sections": 2,
    "edits_the_plan": 1, "policy": 1, "undoes": 10, "time_passes": 6, "the_worker_is_late": 2, "line_anew": 4,
}  # fmt: skip
"""What happens how often."""


def key_of(table: str, row: dict) -> Any:
    return (row["seating_id"], row["table_id"]) if table == "seating_table" else row["id"]


class Stored(dict):
    """Every stored row of the site: table → id → row."""

    def open(self, table: str, *among: str) -> list[dict]:
        return [row for row in self[table].values() if row.get("status") in among]

    @property
    def seatings(self) -> dict[str, dict]:
        return {row["id"]: row for row in self["seating"].values() if row["left_at"] is None}

    @property
    def at(self) -> dict[str, str]:
        """table → seating"""
        return {row["table_id"]: row["seating_id"] for row in self["seating_table"].values() if row["left_at"] is None}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def span(hold: dict) -> tuple[datetime, datetime]:
    start, end = (moment(part.strip('"')) for part in hold["during"][1:-1].split(","))
    return start, end


def machine(house: LawfulHouse, run: Any, numbers: Any) -> type[RuleBasedStateMachine]:
    class Evening(RuleBasedStateMachine):
        # ---- a house of its own

        @initialize()
        def opens(self) -> None:
            self.name = f"w{next(numbers)}"
            self.keys = itertools.count()
            self.seen: dict[tuple[str, Any], int] = {}  # highest version ever
            self.gone: set[tuple[str, Any]] = set()
            self.lately: list[dict] = []  # commands granted, with the stored rows before and after
            self.grace = 15
            self.tables: dict[str, str] = {}
            self.pairs: list[str] = []
            run(self.found())

        async def found(self) -> None:
            db, name = house.pool, self.name
            await db.execute("INSERT INTO org VALUES ($1, $1)", name)
            await db.execute(
                "INSERT INTO site (id, org_id, name, timezone, opening_hours, service_date) VALUES ($1, $1, $1, $2, $3, $4)",
                name, ZONE, {str(day): ["12:00", "23:30"] for day in range(1, 8)}, FRIDAY_19.date(),
            )  # fmt: skip
            await db.execute("INSERT INTO site_head (site_id) VALUES ($1)", name)
            for role in MAY:
                await db.execute(
                    "INSERT INTO staff (id, org_id, email, name, initials) VALUES ($1, $2, $3, $4, 'XX')",
                    f"{name}_{role}", name, f"{role}@{name}.test", role.title(),
                )  # fmt: skip
                await db.execute("INSERT INTO staff_role VALUES ($1, $2, $3)", name, f"{name}_{role}", role)
            await house.set_now(FRIDAY_19)
            self.rows, self.stored = await house.rows(name), await self.read()
            self.area = (await self.ask("manager", "put_area", name="Room")).result["area_id"]
            for number, seats in SEATS.items():
                done = await self.ask(
                    "manager", "put_table", area_id=self.area, number=number, min_covers=max(1, seats // 2),
                    max_covers=seats, features=["accessible"] if number in "12" else [],
                )  # fmt: skip
                self.tables[number] = done.result["table_id"]
            for a, b in JOINED:
                done = await self.ask("manager", "add_join", a=self.tables[a], b=self.tables[b])
                self.pairs.append(done.result["join_id"])

        async def read(self) -> Stored:
            record = await house.pool.fetchrow(SNAPSHOT, self.name)
            return Stored({table: {key_of(table, row): row for row in record[table]} for table in (*STORED, "timer")})

        # ---- asking

        async def ask(self, role: str, name: str, /, **args: Any) -> Done | Refused:
            wish = decode(
                name, msgspec.json.encode({"site_id": self.name, "key": f"{self.name}-{next(self.keys):06d}", **args})
            )
            assert not isinstance(wish, Refused), wish
            actor = Actor.staff(f"{self.name}_{role}")
            answer = await self.held_to_account(house.house.commands.give(actor, wish), name, args)
            allowed = name in MAY[role] or (name == "undo" and role != "kitchen")
            forbidden = isinstance(answer, Refused) and answer.code == "forbidden"
            if name != "undo":
                assert forbidden == (not allowed), (role, name, answer)
            elif not allowed:
                assert forbidden
            return answer

        async def held_to_account(self, doing: Any, name: str, args: dict) -> Any:
            before, stored = self.rows, self.stored
            answer = await doing
            self.rows, self.stored = await house.rows(self.name), await self.read()
            replayed = await house.replay(before, self.name, self.rows)
            assert replayed == without_seq(self.rows), f"{name}: {difference(replayed, self.rows)}"
            if isinstance(answer, Refused):
                self.sensible(answer, name, args)
                assert self.rows == before, f"refused {name} changed something"
                timers = [{k: t | {"state": ""} for k, t in one["timer"].items()} for one in (stored, self.stored)]
                assert timers[0] == timers[1]
                assert {**stored, "timer": 0} == {**self.stored, "timer": 0}
            elif isinstance(answer, Done):
                answer = msgspec.structs.replace(answer, result=msgspec.to_builtins(answer.result))
                if COMMANDS[name].undoable:
                    self.lately.append(
                        {"seq": answer.seq, "name": name, "at": house.now, "was": stored, "left": self.stored}
                    )
            self.versions(stored, name)
            await self.promises()
            return answer

        def sensible(self, refused: Refused, name: str, args: dict) -> None:
            """A sentence for a host: no ids in it, nothing programmatic, and a field the wish has."""
            assert re.match(r"^[A-Z0-9].*[.?]( .*)?$", refused.message), refused
            assert not ID_LIKE.search(refused.message), f"{name}: {refused.message}"
            assert "_" not in refused.message, f"{name}: {refused.message}"
            if refused.field is not None:
                assert refused.field in COMMANDS[name].__struct_fields__, (name, refused)
            if refused.retry == "anyway":
                assert not args.get("anyway"), refused

        # ---- what always holds

        def versions(self, was: Stored, name: str) -> None:
            for table in VERSIONED:
                for row_id, row in self.stored[table].items():
                    at, old = (table, row_id), was[table].get(row_id)
                    assert at not in self.gone, f"{name}: {at} came back from the dead"
                    if old is None:
                        assert at not in self.seen
                    elif old != row:
                        tidied = (
                            table == "hold" and {**old, "status": "released"} == row and old["owner_kind"] == "opening"
                        )
                        assert row["version"] > self.seen[at] or tidied, f"{name}: {at} changed under one version"
                    self.seen[at] = max(row["version"], self.seen.get(at, 0))
                self.gone |= {(table, row_id) for row_id in was[table].keys() - self.stored[table].keys()}

        async def promises(self) -> None:
            now, s = house.now, self.stored
            seqs = await house.pool.fetch("SELECT seq FROM journal WHERE site_id = $1 ORDER BY seq", self.name)
            assert [seq for (seq,) in seqs] == list(range(1, len(seqs) + 1)), "the journal has holes"
            tops = dict(await house.pool.fetch("SELECT channel, top FROM channel_head WHERE site_id = $1", self.name))
            pos = await house.pool.fetch(
                "SELECT channel, array_agg(pos ORDER BY pos) FROM publication WHERE site_id = $1 GROUP BY 1", self.name
            )
            assert {channel: list(range(1, top + 1)) for channel, top in tops.items()} == dict(map(tuple, pos))
            self.tables_and_parties(s)
            self.plans(s, now)
            self.book(s)
            capacity = sum(t["max_covers"] for t in s["floor_table"].values() if t["active"])
            assert (
                self.rows[f"floor:{self.name}", "area", self.area]["capacity"] == capacity
                if self.area_known()
                else True
            )

        def area_known(self) -> bool:
            return hasattr(self, "area") and (f"floor:{self.name}", "area", self.area) in self.rows

        def tables_and_parties(self, s: Stored) -> None:
            at = [row["table_id"] for row in s["seating_table"].values() if row["left_at"] is None]
            assert len(at) == len(set(at)), "a table has two parties"
            occupied = {t["id"] for t in s["floor_table"].values() if t["status"] == "occupied"}
            assert occupied == set(at)
            assert set(s.at.values()) == set(s.seatings), "an open seating has a table, a closed one none"
            for seating in s.seatings.values():
                if seating["party_id"]:
                    assert s["party"][seating["party_id"]]["status"] == "converted"
            for seating in s["seating"].values():
                into = seating["merged_into"]
                assert into is None or into in s["seating"]

        def plans(self, s: Stored, now: datetime) -> None:
            holds = s.open("hold", "held", "active")
            for a, b in itertools.combinations(holds, 2):
                if a["table_id"] == b["table_id"]:
                    (a0, a1), (b0, b1) = span(a), span(b)
                    assert a1 <= b0 or b1 <= a0, f"planned twice: {a} {b}"
            armed = {t["subject"] for t in s["timer"].values() if t["state"] == "armed"}
            for hold in holds:
                owner, kind = hold["owner_id"], hold["owner_kind"]
                assert moment(hold["starts_at"]) == span(hold)[0]
                if kind == "opening":
                    assert s["booking"][owner]["status"] in ("cancelled", "no_show"), hold
                    assert f"opening:{owner}" in armed, "an opening nobody will end"
                elif kind == "seating":
                    assert owner in s.seatings, f"a hold without its party: {hold}"
                    assert hold["status"] == "active"
                    assert s.at.get(hold["table_id"]) == owner
                else:
                    status = s["booking"][owner]["status"]
                    assert status in ("confirmed", "reminded", "arrived", "seated", "dining"), hold
                    assert (hold["status"] == "active") == (status in ("seated", "dining")), (status, hold)

        def book(self, s: Stored) -> None:
            seated = [row["booking_id"] for row in s.seatings.values() if row["booking_id"]]
            assert len(seated) == len(set(seated))
            assert set(seated) == {row["id"] for row in s.open("booking", "seated", "dining")}
            has = {hold["owner_id"] for hold in s.open("hold", "held", "active") if hold["owner_kind"] == "booking"}
            for booking in s["booking"].values():
                if booking["status"] in ("confirmed", "reminded", "arrived"):
                    assert booking["unplaced"] == (booking["id"] not in has), booking
                else:
                    assert not booking["unplaced"]

        def after_timers(self) -> None:
            """Once the due timers have fired, nothing that depends on time is left behind."""
            now = house.now
            for seating in self.stored.seatings.values():
                clear = moment(seating["seated_at"]) + timedelta(minutes=seating["turn_min"])
                assert seating["over_noted"] or clear > now, f"an overstay nobody notes: {seating}"
            for party in self.stored.open("party", "active", "notified"):
                assert moment(party["expires_at"]) > now, f"in line for ever: {party}"
            for booking in self.stored.open("booking", "confirmed", "reminded"):
                due = max(moment(booking["starts_at"]), moment(booking["expected_at"] or booking["starts_at"]))
                asked = booking["no_show_proposed_at"] is not None
                assert asked or due + timedelta(minutes=self.grace) > now, f"nobody asks about {booking}"
            for hold in self.stored.open("hold", "held"):
                assert hold["owner_kind"] != "opening" or hold["version"]

        # ---- what anybody may do; each draws what it needs

        @rule(seed=st.integers(0, 1_000_000), taps=st.integers(1, TAPS).map(lambda taps: TAPS - taps + 1))
        def for_a_while(self, seed, taps):
            rng = Random(seed)
            for what in rng.choices(list(SOMETIMES), list(SOMETIMES.values()), k=taps):
                getattr(self, what)(rng)

        def tell(self, rng: Random, name: str, /, **args: Any) -> Any:
            role = rng.choice(WHO)
            if name not in MAY[role] and rng.random() < 0.8:
                role = "manager"
            return run(self.ask(role, name, **{key: value for key, value in args.items() if value is not None}))

        def pick(self, rng: Random, ids: Any) -> str | None:
            return rng.choice(sorted(ids)) if ids else None

        def ids(self, place: str) -> list[str]:
            return [self.tables[number] for number in place]

        def place(self, rng: Random) -> list[str]:
            """Mostly tables that are free."""
            free = {t["id"] for t in self.stored["floor_table"].values() if t["status"] == "available"}
            some = [place for place in PLACES if free.issuperset(self.ids(place))]
            return self.ids(rng.choice(some if some and rng.random() < 0.8 else PLACES))

        def seats(self, tables: list[str], rng: Random) -> int:
            most = sum(self.stored["floor_table"][table]["max_covers"] for table in tables)
            return rng.choice([1, max(1, most // 2), most - 1 or 1, most, most, 12])

        def walk_in(self, rng):
            tables = self.place(rng)
            flags = ["step_free"] if rng.random() < 0.1 else []
            covers, anyway = self.seats(tables, rng), rng.random() < 0.6
            self.tell(rng, "seat_party", table_ids=tables, covers=covers, anyway=anyway, flags=flags)

        def joins_the_line(self, rng):
            accessible, priority = rng.random() < 0.2, rng.choice([0, 0, 1])
            covers = rng.choice(PEOPLE)
            self.tell(rng, "add_party", name="Waiting", covers=covers, accessible=accessible, priority=priority)

        def seat_waiting(self, rng):
            party = self.pick(rng, [p["id"] for p in self.stored.open("party", "active", "notified")])
            if party:
                suggested = self.stored["wait"].get(party, {}).get("table_ids")
                tables = suggested if suggested and rng.random() < 0.6 else self.place(rng)
                self.tell(rng, "seat_party", table_ids=tables, party_id=party, anyway=rng.random() < 0.6)

        def changes_the_line(self, rng):
            waiting = [p["id"] for p in self.stored.open("party", "active", "notified")]
            party = self.pick(rng, waiting if rng.random() < 0.8 else self.stored["party"])
            if party and rng.random() < 0.5:
                self.tell(rng, "edit_party", party_id=party, covers=rng.choice(PEOPLE))
            elif party:
                self.tell(rng, "remove_party", party_id=party)

        def books(self, rng):
            starts_at = (house.now + timedelta(minutes=15 * rng.choice([0, 0, 1, 2, 3, 6, 9]))).isoformat()
            tables = self.place(rng) if rng.random() < 0.5 else None
            covers = self.seats(tables, rng) if tables else rng.choice(PEOPLE)
            self.tell(rng, "book", name="Guest", covers=covers, starts_at=starts_at, table_ids=tables)

        def about_a_booking(self, rng):
            coming = [b["id"] for b in self.stored.open("booking", "confirmed", "arrived", "no_show")]
            booking = self.pick(rng, coming if rng.random() < 0.9 else self.stored["booking"])
            what = rng.choice(["place_booking", "arrive_booking", "mark_late", "mark_no_show", "cancel_booking"])
            if booking:
                more = {"table_ids": self.place(rng)} if what == "place_booking" and rng.random() < 0.6 else {}
                more |= {"expected_in_min": rng.randint(1, 40)} if what == "mark_late" and rng.random() < 0.5 else {}
                self.tell(rng, what, booking_id=booking, **more)

        def seat_booking(self, rng):
            booking = self.pick(rng, [b["id"] for b in self.stored.open("booking", "confirmed", "arrived")])
            if booking:
                held = [h["table_id"] for h in self.stored.open("hold", "held") if h["owner_id"] == booking]
                tables = held if held and rng.random() < 0.7 else self.place(rng)
                self.tell(rng, "seat_party", table_ids=tables, booking_id=booking, anyway=rng.random() < 0.6)

        def moves(self, rng):
            seating = self.pick(rng, self.stored.seatings)
            if seating:
                had = [table for table, who in self.stored.at.items() if who == seating]
                near = [self.ids(pair) for pair in JOINED if set(self.ids(pair)) & set(had)]
                tables = rng.choice(near) if near and rng.random() < 0.5 else self.place(rng)
                self.tell(rng, "move_seating", seating_id=seating, table_ids=tables, anyway=rng.random() < 0.6)

        def merges(self, rng):
            if self.stored.seatings:
                one, two = self.pick(rng, self.stored.seatings), self.pick(rng, self.stored.seatings)
                pairs = [tuple(self.stored.at.get(table) for table in self.ids(pair)) for pair in JOINED]
                near = [pair for pair in pairs if all(pair) and len(set(pair)) == 2]
                from_id, into_id = rng.sample(rng.choice(near), 2) if near and rng.random() < 0.8 else (one, two)
                self.tell(rng, "merge_seatings", from_id=from_id, into_id=into_id)

        def splits(self, rng):
            many = [who for who in self.stored.seatings if list(self.stored.at.values()).count(who) > 1]
            seating = self.pick(rng, many or self.stored.seatings)
            if seating:
                at = sorted(table for table, who in self.stored.at.items() if who == seating)
                tables = rng.sample(at, rng.randint(1, len(at) - 1)) if len(at) > 1 else self.place(rng)
                self.tell(rng, "split_seating", seating_id=seating, table_ids=tables, covers=rng.choice([1, 2, 3, 5]))

        def at_table(self, rng):
            seating = self.pick(rng, self.stored.seatings)
            what = rng.choice(["set_stage", "set_stage", "edit_seating", "clear_seating"])
            if seating:
                more: dict[str, Any] = {}
                if what == "set_stage":
                    more = {"stage": rng.choice(["just_sat", "ordered", "served", "check", "paid"])}
                elif what == "edit_seating":
                    more = rng.choice([{"turn_min": rng.choice([15, 60, 90, 150])}, {"covers": rng.choice(PEOPLE)}])
                self.tell(rng, what, seating_id=seating, **more)

        def taps(self, rng):
            to = rng.choice(["available", "available", "out_of_service", "cleaning"])
            self.tell(rng, "set_table_status", table_id=self.tables[rng.choice("12345")], status=to)

        def busses(self, rng):
            for table in self.stored.open("floor_table", "cleaning", "out_of_service"):
                self.tell(rng, "set_table_status", table_id=table["id"], status="available")

        def sections(self, rng):
            section = self.pick(rng, self.stored["section"]) if rng.random() < 0.6 else None
            server = rng.choice([None, f"{self.name}_server", f"{self.name}_host"])
            self.tell(
                rng, "put_section", section_id=section, name="Section", server_id=server, table_ids=self.place(rng)
            )

        def edits_the_plan(self, rng):
            seats = rng.choice([None, 2, 4, 6])
            more = {"max_covers": seats, "min_covers": 1} if seats else {"active": rng.random() < 0.7}
            self.tell(rng, "put_table", table_id=self.tables[rng.choice("12345")], **more)

        def policy(self, rng):
            name, value = rng.choice(POLICIES)
            self.tell(rng, "set_policy", policy=name, value=value)

        def undoes(self, rng):
            if not self.lately:
                return
            made = self.lately[-min(rng.choice([1, 1, 1, 1, 2, 3, 5]), len(self.lately))]
            untouched = made is self.lately[-1] and made["left"] == self.stored
            in_time = house.now - made["at"] <= UNDO and not made.get("undone")
            role = rng.choice(["host", "host", "manager", "server"])
            answer = run(self.ask(role, "undo", seq=made["seq"]))
            if isinstance(answer, Refused):
                assert answer.reason in {"changed_since", "table_taken", "too_late", "undone_already", "forbidden"}
                assert not (untouched and in_time and made["name"] in MAY[role]), (made["name"], answer)
                return
            assert in_time
            assert made["name"] in MAY[role], f"a {role} took back {made['name']}"
            made["undone"] = True
            for table in STORED:
                was, left = made["was"][table], made["left"][table]
                for row_id in was.keys() | left.keys():
                    if was.get(row_id) != left.get(row_id) and not self.opening(was.get(row_id)):
                        assert self.plain(self.stored[table].get(row_id)) == self.plain(was.get(row_id)), (
                            table,
                            row_id,
                        )

        @staticmethod
        def opening(row: dict | None) -> bool:
            """What an opening was before is never put back: its moment is over."""
            return row is not None and row.get("owner_kind") == "opening"

        @staticmethod
        def plain(row: dict | None) -> dict | None:
            return None if row is None else {key: value for key, value in row.items() if key != "version"}

        def time_passes(self, rng):
            run(house.pass_time(rng.choice([0, 0.02, 0.1, 1, 1, 4, 4, 10, 16, 31, 46, 90])))
            run(self.fire())

        def the_worker_is_late(self, rng):
            run(house.pass_time(rng.choice([0.5, 3, 4.5])))

        def line_anew(self, _rng):
            run(self.refresh())

        async def fire(self) -> None:
            """Every due timer, as the worker fires it."""
            worker = Timers(house.pool, house.dsn, house.clock, house.commands.give)
            for _ in range(5):
                due = await house.pool.fetch(
                    "SELECT id, command->>'command' FROM timer WHERE site_id = $1 AND state = 'armed' AND due_at <= $2 "
                    "ORDER BY due_at, id", self.name, house.now,
                )  # fmt: skip
                if not due:
                    break
                for timer_id, name in due:
                    again = await self.held_to_account(worker.fire(timer_id), name, {})
                    assert again is None, f"{name} wants to be fired again in {again} s"
            else:
                raise AssertionError(f"timers without end: {due}")
            self.after_timers()

        async def refresh(self) -> None:
            seq = self.rows["seq", "", ""]
            await self.held_to_account(refresh_waiting.react(house, self.name, seq, []), "refresh_waiting", {})
            waiting = self.stored.open("party", "active", "notified")
            assert set(self.stored["wait"]) == {party["id"] for party in waiting}
            ordered = sorted(waiting, key=lambda p: (-p["priority"], moment(p["joined_at"]), p["id"]))
            assert [self.stored["wait"][p["id"]]["position"] for p in ordered] == list(range(1, len(ordered) + 1))
            free = {t["id"] for t in self.stored["floor_table"].values() if t["status"] == "available" and t["active"]}
            suggested = [table for row in self.stored["wait"].values() for table in row["table_ids"]]
            assert set(suggested) <= free, "a table is suggested that nobody can have"
            assert len(suggested) == len(set(suggested)), "one table is suggested to two parties"

        def teardown(self):
            if hasattr(self, "name") and hasattr(self, "rows"):
                run(self.refresh())
                run(house.pass_time(24 * 60))
                run(self.fire())

    return Evening


def test_any_evening_of_the_whole_house(settings):
    async def opened() -> LawfulHouse:
        ids = itertools.count(1_000)
        return LawfulHouse(await House.open(settings, ids=lambda: f"aaaaaax{next(ids)}"))

    with asyncio.Runner() as runner:
        house = runner.run(opened())
        try:
            run_state_machine_as_test(
                machine(house, runner.run, itertools.count()),
                settings=hypothesis_settings(
                    max_examples=EVENINGS, stateful_step_count=STEPS, deadline=None, database=None,
                    derandomize="MAITRED_EVENINGS" not in os.environ, suppress_health_check=list(HealthCheck),
                    # shrinking plays hundreds of evenings: only when somebody waits for it
                    phases=list(Phase) if "MAITRED_SHRINK" in os.environ else [Phase.generate],
                ),
            )  # fmt: skip
        finally:
            runner.run(house.house.close())
