"""The line's order, its life cycle and its quotes, without a database."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.waitlist import rules
from schemas.floor import JoinRow, TableRow
from schemas.holds import HoldRow
from schemas.waitlist import PartyRow

NOW = datetime(2026, 11, 20, 19, 0, 30, tzinfo=UTC)
T0 = NOW.replace(second=0)
BANDS = [[1, 2], [3, 4], [5, 20]]


def a_party(name="p", covers=2, *, priority=0, joined=0, accessible=False, status="active"):
    return PartyRow(
        id=name, name=name, covers=covers, phone=None, status=status, priority=priority,
        joined_at=NOW - timedelta(minutes=60 - joined), quoted_min=None, quoted_at=None, area_id=None, accessible=accessible,
        flags=[], notes=None, expires_at=NOW + timedelta(hours=5), version=1,
    )  # fmt: skip


def a_table(number, seats=2, *, status="available", least=1, since=0, features=()):
    return TableRow(
        id=number, area_id="main", number=number, name=None, min_covers=least, max_covers=seats, furniture="standard",
        size_class="2_top", shape="square", features=list(features), preferred_for=[], priority=5, x=0, y=0, w=80, h=80,
        rotation=0, status=status, status_since=NOW - timedelta(minutes=since), status_note=None, last_cleaned=None,
        section_id=None, notes=None, qr=number, active=True, version=1,
    )  # fmt: skip


def a_hold(table, start, end, *, kind="seating", status="active"):
    return HoldRow(
        id=f"{table}{start}", owner_kind=kind, owner_id="x", table_id=table, service_date=date(2026, 11, 20),
        starts_at=T0 + timedelta(minutes=start), ends_at=T0 + timedelta(minutes=end), reserved_from=T0, status=status,
        version=1,
    )  # fmt: skip


def a_scene(tables, holds=(), joins=(), *, now=NOW, closes=270):
    return rules.Scene(
        now=now, tables={table.id: table for table in tables}, joins=[JoinRow(a + b, a, b, m, 1) for a, b, m in joins],
        holds=holds, closes_at=T0 + timedelta(minutes=closes), zone=ZoneInfo("Europe/London"), duration_min=90,
        buffer_min=15, short_min=45,
    )  # fmt: skip


def look(tables, holds=(), parties=(), joins=(), **more):
    return rules.look(a_scene(tables, holds, joins), parties, BANDS, **more)


@given(st.lists(st.tuples(st.integers(0, 10), st.integers(0, 59)), max_size=12), st.randoms(use_true_random=False))
def test_the_order_is_priority_then_first_come_whatever_comes_in(places, rng):
    parties = [a_party(f"p{at}", priority=priority, joined=joined) for at, (priority, joined) in enumerate(places)]
    mixed = rng.sample(parties, len(parties))
    line = rules.in_line(mixed)
    assert line == rules.in_line(parties)
    for one, two in pairwise(line):
        assert one.priority > two.priority or (one.priority == two.priority and one.joined_at <= two.joined_at)


def test_the_life_cycle_is_the_models():
    legal = {(was, to) for was, ways in rules.MOVES.items() for to in ways}
    assert legal == {
        ("active", "notified"), ("active", "converted"), ("active", "expired"), ("active", "cancelled"),
        ("notified", "converted"), ("notified", "active"), ("notified", "expired"), ("notified", "cancelled"),
    }  # fmt: skip
    assert rules.refuse_move(a_party(status="notified"), "active") is None
    refused = rules.refuse_move(a_party("Rossi", status="expired"), "converted")
    assert refused is not None
    assert refused.message == "Rossi is expired, so it cannot become converted."


def test_a_free_table_is_suggested_until_its_booking():
    wait = look([a_table("4")], [a_hold("4", 100, 205, status="held", kind="booking")], [a_party()]).waits["p"]
    assert (wait.position, wait.table_ids, wait.why, wait.ready_at) == (1, ["4"], "4 · free until 20:40", T0)
    assert look([a_table("4")], (), [a_party()]).waits["p"].why == "4 · no booking"


def test_the_next_fitting_clear_time_includes_the_cleaning():
    tables = [a_table("1", status="occupied"), a_table("2", 6, status="occupied")]
    holds = [a_hold("1", -60, 45), a_hold("2", -80, 25)]
    outlook = look(tables, holds, [a_party()], leaving={"1": "Rossi", "2": "Verdi"})
    assert outlook.waits["p"].why == "2 about 19:25 · after Verdi"
    assert outlook.waits["p"].table_ids == []
    assert outlook.waits["p"].ready_at == T0 + timedelta(minutes=25)
    assert outlook.minutes["p"] == 25
    assert outlook.quotes["1-2"].ready_at == T0 + timedelta(minutes=45)  # the next one of that size after this party
    assert outlook.quotes["5-20"].ready_at == T0 + timedelta(minutes=25 + 105)  # quoted for six, the largest there is


def test_tables_in_other_states():
    def minutes(table, holds=()):
        return look([table], holds, [a_party()]).minutes["p"]

    assert minutes(a_table("1", status="cleaning", since=5)) == 11  # left 5 min and 30 s after t0 … rounded up
    assert minutes(a_table("1", status="cleaning", since=50)) == 1
    assert minutes(a_table("1", status="occupied")) == rules.OVERSTAY_MIN
    assert minutes(a_table("1", status="occupied"), [a_hold("1", -120, -15)]) == rules.OVERSTAY_MIN
    assert minutes(a_table("1", status="out_of_service")) is None
    assert minutes(a_table("1"), [a_hold("1", 0, 100, kind="opening", status="held")]) == 0
    assert look([a_table("1", status="out_of_service")], (), [a_party()]).waits["p"].why == rules.NOTHING


def test_nothing_is_promised_that_closing_would_cut_short():
    holds = [a_hold("1", -10, 226)]
    assert look([a_table("1", status="occupied")], holds, [a_party()]).minutes["p"] is None
    assert look([a_table("1", status="occupied")], [a_hold("1", -10, 225)], [a_party()]).minutes["p"] == 225


def test_an_accessible_party_waits_for_an_accessible_table():
    tables = [a_table("1"), a_table("2", status="occupied", features=["accessible"])]
    outlook = look(tables, [a_hold("2", -60, 30)], [a_party(accessible=True)])
    assert outlook.minutes["p"] == 30


def test_rows_stay_what_they_were_while_nothing_changes():
    tables = [a_table("1"), a_table("2", status="occupied")]
    holds = [a_hold("2", -60, 45), a_hold("1", 200, 300, kind="booking", status="held")]
    parties = [a_party("a"), a_party("b", joined=1)]
    first = look(tables, holds, parties)
    later = a_scene(tables, holds, now=NOW + timedelta(minutes=3))
    second = rules.look(later, parties, BANDS, known=first.waits, quoted=first.quotes)
    assert second.waits == first.waits


def test_quotes_round_up():
    assert [rules.rounded(minute, 5) for minute in (None, 0, 1, 5, 6)] == [None, 0, 5, 5, 10]


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(1, 6), st.sampled_from(["available", "occupied", "cleaning", "out_of_service"])),
        max_size=5,
    ),
    st.lists(st.integers(1, 7), max_size=6),
)
def test_nobody_is_suggested_a_table_somebody_before_them_was(floor, line):
    tables = [a_table(str(at), seats, status=status) for at, (seats, status) in enumerate(floor)]
    parties = [a_party(f"p{at}", covers, joined=at) for at, covers in enumerate(line)]
    outlook = look(tables, (), parties)
    suggested = [table for wait in outlook.waits.values() for table in wait.table_ids]
    assert len(suggested) == len(set(suggested))
    status = {table.id: table.status for table in tables}
    assert all(status[table] == "available" for table in suggested)
    assert sorted(wait.position for wait in outlook.waits.values()) == list(range(1, len(line) + 1))
    assert (len(outlook.quotes)) == len(BANDS)
