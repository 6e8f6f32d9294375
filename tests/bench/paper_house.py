"""A house on paper: the doors the simulator uses, over rows in memory, holding steps to their legal order.

It grants what the real house grants in outline (tables arbitrate, stages go forward, a known key brings its stored
answer) and raises where a step is out of order; the real house is tested in its own right.
"""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import msgspec

from bench.simulator.plans import STAGES
from schemas.bookings import BookingRow
from schemas.floor import JoinRow, TableRow
from schemas.holds import HoldRow
from schemas.seating import SeatingRow
from schemas.venues import ClockRow, VenueRow
from schemas.waitlist import PartyRow

SITE, ZONE, DAY = "s1", "Europe/London", date(2026, 11, 20)
OPENS = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)


def a_table(number: int, seats: int) -> TableRow:
    return TableRow(
        id=f"t{number:02d}", area_id="a1", number=str(number), name=None, min_covers=1, max_covers=seats,
        furniture="standard", size_class="4_top", shape="square", features=[], preferred_for=[], priority=5, x=0, y=0,
        w=60, h=60, rotation=0, status="available", status_since=OPENS, status_note=None, last_cleaned=None,
        section_id=None, notes=None, qr=f"q{number}", active=True, version=1,
    )  # fmt: skip


def a_booking(number: int, name: str, covers: int, starts_at: datetime, **more: Any) -> BookingRow:
    row = BookingRow(
        id=f"b{number:02d}", kind="dining", code=f"C{number:05d}", name=name, phone=None, covers=covers,
        service_date=DAY, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=105), duration_min=90,
        status="confirmed", source="phone", occasion=None, flags=[], notes=None, area_id=None, accessible=False,
        arrived_at=None, arrival=None, late_at=None, expected_at=None, no_show_proposed_at=None, unplaced=False,
        version=1,
    )  # fmt: skip
    return msgspec.structs.replace(row, **more)


class PaperHouse:
    """Implements `bench.simulator.doors.Doors`; `asked` is every command that was granted, in order."""

    def __init__(self, *, tables: int = 24, bookings: int = 30) -> None:
        self.now, self.seq, self.offsets = OPENS, 0, {}
        self.rows: dict[str, dict[str, Any]] = {kind: {} for kind in _HOME}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.refused: list[tuple[str, str]] = []
        self.answers: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
        self.lose_next_answer = False
        self._ids = count()
        self.put(VenueRow(id=SITE, name="Paper", kind="restaurant", timezone=ZONE, day_ends="04:00", service_date=DAY,
                          demo=True, late_after_min=15, soon_min=90, theme="house", version=1))  # fmt: skip
        self.put(ClockRow("clock", self.now, self.now, 0.0))
        for n in range(tables):
            self.put(a_table(n, (2, 2, 4, 4, 4, 6)[n % 6]))
        for n in range(0, tables - 1, 2):
            self.put(JoinRow(f"j{n}", f"t{n:02d}", f"t{n + 1:02d}", 6, 1))
        for n in range(bookings):
            starts = OPENS + timedelta(minutes=30 + 15 * (n * 7 % 16))
            self.put(a_booking(n, f"Guest{n}", 2 + n % 4, starts))
            self._hold(f"b{n:02d}", [f"t{n % tables:02d}"], starts)
        self.seq, self.offsets = 0, {}

    def put(self, row: Any) -> None:
        kind = row.__struct_config__.tag
        self.rows[kind][row.id] = row
        self.offsets[_HOME[kind]] = self.offsets.get(_HOME[kind], 0) + 1

    def drop(self, kind: str, row_id: str) -> None:
        del self.rows[kind][row_id]
        self.offsets[_HOME[kind]] = self.offsets.get(_HOME[kind], 0) + 1

    def change(self, kind: str, row_id: str, **fields: Any) -> None:
        row = self.rows[kind][row_id]
        more = {"version": row.version + 1} if hasattr(row, "version") else {}
        self.put(msgspec.structs.replace(row, **more, **fields))

    def new_id(self, letter: str) -> str:
        return f"{letter}{next(self._ids):04d}"

    # ---- the doors

    async def state(self, channel: str) -> dict[str, Any]:
        kinds = [kind for kind, home in _HOME.items() if home == channel.partition(":")[0]]
        rows = [msgspec.to_builtins(r) for kind in kinds for r in self.rows[kind].values()]
        return {
            "channel": channel,
            "offset": self.offsets.get(channel.partition(":")[0], 0),
            "seq": self.seq,
            "rows": rows,
        }

    async def fits(self, site_id: str, ask: dict[str, str]) -> list[dict[str, Any]]:
        ((what, row_id),) = ask.items()
        covers = self.rows[what.removesuffix("_id")][row_id].covers
        free = [t for t in self.rows["table"].values() if t.status == "available" and t.max_covers >= covers]
        best = sorted(free, key=lambda t: (t.max_covers, t.number))
        return [{"table_ids": [t.id], "legal": True, "why": "fits", "free_min": None, "wasted": 0} for t in best]

    async def command(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        key, wish = body["key"], {k: v for k, v in body.items() if k not in ("key", "site_id")}
        if key in self.answers:
            known, answer = self.answers[key]
            return answer if known == wish else _refusal("key_reused")
        before = dict(self.offsets)
        reason = getattr(self, f"_{name}")(**wish)
        if reason:
            self.refused.append((name, reason))
            return _refusal(reason)
        self.seq += 1
        touched = {_channel(c): n for c, n in self.offsets.items() if before.get(c) != n}
        answer = {"status": "done", "seq": self.seq, "offsets": touched, "result": None}
        self.answers[key] = (wish, answer)
        self.asked.append((name, body))
        if self.lose_next_answer:
            self.lose_next_answer = False
            from bench.wire import AwayError

            raise AwayError(name)
        return answer

    # ---- the commands

    def _set_clock(self, rate: float, house_at: str | None = None) -> str | None:
        moment = datetime.fromisoformat(house_at) if house_at else self.now
        assert moment >= self.now, "the clock was turned back"
        self.now = moment
        self.put(ClockRow("clock", moment, moment, rate))
        return None

    def _add_party(self, name: str, covers: int, flags: Any = (), accessible: bool = False) -> str | None:
        assert all(p.name != name for p in self.rows["party"].values()), f"{name} is in line twice"
        row_id = self.new_id("p")
        self.put(PartyRow(row_id, name, covers, None, "active", 0, self.now, 20, self.now, None, accessible,
                          list(flags), None, self.now + timedelta(hours=5), 1))  # fmt: skip
        return None

    def _remove_party(self, party_id: str) -> str | None:
        if party_id not in self.rows["party"]:
            return "gone"
        self.drop("party", party_id)
        return None

    def _book(
        self, name: str, covers: int, starts_at: str, phone: str, source: str, occasion: Any = None
    ) -> str | None:
        starts = datetime.fromisoformat(starts_at)
        assert starts > self.now, "booked for the past"
        if starts.date() == DAY:
            self.put(a_booking(len(self.rows["booking"]), name, covers, starts))
        return None

    def _arrive_booking(self, booking_id: str, arrival: str) -> str | None:
        row = self.rows["booking"][booking_id]
        assert row.status == "confirmed" or (row.status == "arrived" and row.arrival == "partial"), row
        self.change("booking", booking_id, status="arrived", arrived_at=row.arrived_at or self.now, arrival=arrival)
        return None

    def _mark_late(self, booking_id: str, expected_in_min: int) -> str | None:
        assert self.rows["booking"][booking_id].status == "confirmed"
        expected = self.now + timedelta(minutes=expected_in_min)
        self.change("booking", booking_id, late_at=self.now, expected_at=expected)
        return None

    def _mark_no_show(self, booking_id: str) -> str | None:
        row = self.rows["booking"][booking_id]
        assert row.status == "confirmed"
        if self.now < row.starts_at + timedelta(minutes=20):
            return "too_early"
        self.change("booking", booking_id, status="no_show")
        self._release(booking_id)
        return None

    def _cancel_booking(self, booking_id: str) -> str | None:
        assert self.rows["booking"][booking_id].status == "confirmed"
        self.change("booking", booking_id, status="cancelled")
        self._release(booking_id)
        return None

    def _seat_party(
        self, table_ids: list[str], party_id: str | None = None, booking_id: str | None = None
    ) -> str | None:
        if any(self.rows["table"][t].status != "available" for t in table_ids):
            return "table_taken"
        if party_id:
            who = self.rows["party"][party_id]
            self.drop("party", party_id)
        else:
            who = self.rows["booking"][booking_id]
            assert who.status == "arrived" and who.arrival == "all", who
            self.change("booking", booking_id, status="seated")
            self._release(booking_id)
        self._occupy(table_ids)
        self.put(SeatingRow(
            self.new_id("x"), table_ids, booking_id, party_id, who.name, who.covers, None, "just_sat", self.now,
            self.now, 90, self.now + timedelta(minutes=90), None, False, [], None, None, 1,
        ))  # fmt: skip
        return None

    def _move_seating(self, seating_id: str, table_ids: list[str]) -> str | None:
        row = self.rows["seating"][seating_id]
        new, left = set(table_ids) - set(row.table_ids), set(row.table_ids) - set(table_ids)
        if any(self.rows["table"][t].status != "available" for t in new):
            return "table_taken"
        self._occupy(sorted(new))
        for table in left:
            self.change("table", table, status="cleaning", status_since=self.now)
        self.change("seating", seating_id, table_ids=table_ids)
        return None

    def _set_stage(self, seating_id: str, stage: str) -> str | None:
        row = self.rows["seating"][seating_id]
        assert STAGES.index(stage) == STAGES.index(row.stage) + 1, (row.stage, stage)
        self.change("seating", seating_id, stage=stage, stage_since=self.now)
        return None

    def _clear_seating(self, seating_id: str) -> str | None:
        row = self.rows["seating"][seating_id]
        assert row.stage == "paid"
        self.drop("seating", seating_id)
        for table in row.table_ids:
            self.change("table", table, status="cleaning", status_since=self.now)
        return None

    def _set_table_status(self, table_id: str, status: str) -> str | None:
        row = self.rows["table"][table_id]
        assert (row.status, status) == ("cleaning", "available")
        assert self.now - row.status_since >= timedelta(minutes=3) - timedelta(seconds=1)
        self.change("table", table_id, status=status, status_since=self.now)
        return None

    def _occupy(self, table_ids: list[str]) -> None:
        for table in table_ids:
            self.change("table", table, status="occupied", status_since=self.now)

    def _hold(self, owner: str, tables: list[str], starts: datetime) -> None:
        for n, table in enumerate(tables):
            self.put(HoldRow(f"h{owner}{n}", "booking", owner, table, DAY, starts, starts + timedelta(minutes=105),
                             starts - timedelta(minutes=30), "held", 1))  # fmt: skip

    def _release(self, owner: str) -> None:
        for hold in [h for h in self.rows["hold"].values() if h.owner_id == owner]:
            self.drop("hold", hold.id)


_HOME = {
    "venue": "floor", "clock": "floor", "table": "floor", "join": "floor", "seating": "floor", "booking": "book",
    "hold": "book", "party": "waitlist",
}  # fmt: skip


def _channel(home: str) -> str:
    return f"{home}:{SITE}" + (f":{DAY}" if home == "book" else "")


def _refusal(reason: str) -> dict[str, Any]:
    return {"status": "refused", "code": "conflict", "reason": reason, "message": reason, "retry": "reread"}
