"""The line's order, its life cycle and its quotes, without a database."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from hub.waitlist import forecasts, rules
from schemas.floor import JoinRow, TableRow
from schemas.holds import HoldRow
from schemas.waitlist import OfferRow, PartyRow, Window

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
    told = [forecasts.promise(minute, None, step_min=5).quoted_min for minute in (None, 0, 1, 5, 6)]
    assert told == [None, 0, 5, 5, 10]


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


# ---- times that are waited for, and offers

LONDON = ZoneInfo("Europe/London")


def a_wish(wanted, *windows):
    flexible = [{"earliest": a.isoformat(), "latest": b.isoformat()} for a, b in windows]
    return structs.replace(a_party(), kind="slot", wanted_at=wanted, flexible=flexible)


def an_offer(status="sent", *, minutes=15):
    return OfferRow(
        id="o", party_id="p", table_ids=["1"], starts_at=T0, duration_min=90, sent_at=NOW,
        expires_at=NOW + timedelta(minutes=minutes), status=status, answered_at=None, version=1,
    )  # fmt: skip


@given(
    wanted=st.integers(0, 300), windows=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 240)), max_size=4),
    since=st.integers(-60, 300), length=st.integers(1, 400), step=st.sampled_from([5, 15, 30]),
)  # fmt: skip
def test_starts_are_wished_for_and_nothing_wished_for_is_left_out(wanted, windows, since, length, step):
    asked = [(T0 + timedelta(minutes=a), T0 + timedelta(minutes=a + b)) for a, b in windows]
    party = a_wish(T0 + timedelta(minutes=wanted), *asked)
    span = (T0 + timedelta(minutes=since), T0 + timedelta(minutes=since + length))
    found = rules.starts(party, *span, step_min=step, zone=LONDON)
    every_minute = [span[0] + timedelta(minutes=at) for at in range(length)]
    on_step = [
        moment for moment in every_minute
        if moment == party.wanted_at
        or (moment.minute % step == 0 and any(a <= moment <= b for a, b in asked))
    ]  # fmt: skip
    assert sorted(found) == on_step
    assert all(rules.would_take(party, moment) for moment in found)
    distances = [abs(moment - party.wanted_at) for moment in found]
    assert distances == sorted(distances)


def test_steps_stay_on_the_houses_clock_the_night_it_changes():
    spring = datetime(2026, 3, 29, 0, 20, tzinfo=UTC)  # 01:00 becomes 02:00 in London
    party = a_wish(spring, (spring, spring + timedelta(hours=2)))
    found = sorted(rules.starts(party, spring, spring + timedelta(hours=3), step_min=30, zone=LONDON))
    assert [f"{moment.astimezone(LONDON):%H:%M}" for moment in found] == ["00:20", "00:30", "02:00", "02:30", "03:00"]


def test_a_wish_in_order():
    late = NOW + timedelta(hours=1)
    assert rules.refuse_wish(late, [], NOW) is None
    assert rules.refuse_wish(late, [Window(earliest=NOW - timedelta(hours=1), latest=late)], NOW) is None
    assert rules.refuse_wish(NOW, [], NOW).reason == "past"
    assert rules.refuse_wish(late.replace(tzinfo=None), [], NOW).field == "wanted_at"
    assert rules.refuse_wish(late, [Window(earliest=late, latest=late.replace(tzinfo=None))], NOW).field == "flexible"
    assert rules.last_start(late, [Window(earliest=NOW, latest=late - timedelta(minutes=1))]) == late


def test_an_offer_is_over_from_its_very_moment_on():
    offer = an_offer()
    assert rules.refuse_answer(offer, offer.expires_at - timedelta(milliseconds=1), LONDON) is None
    assert rules.refuse_answer(offer, offer.expires_at, LONDON).reason == "offer_expired"
    said = {status: rules.refuse_answer(an_offer(status), NOW, LONDON).reason for status in
            ("accepted", "declined", "expired", "revoked")}  # fmt: skip
    assert said == {
        "accepted": "answered_already", "declined": "answered_already", "expired": "offer_expired",
        "revoked": "offer_revoked",
    }  # fmt: skip


def test_when_an_offer_may_be_called_over():
    offer, kept = an_offer(), NOW + timedelta(minutes=105)
    assert rules.refuse_remaining(offer, kept, offer.expires_at - timedelta(seconds=1)).reason == "not_yet"
    assert rules.refuse_remaining(offer, kept, offer.expires_at) is None
    accepted = an_offer("accepted")
    assert rules.refuse_remaining(accepted, kept, offer.expires_at).reason == "not_yet"
    assert rules.refuse_remaining(accepted, kept, kept) is None


def test_misses():
    assert rules.after_miss(a_party(), NOW, 2) == ("active", 1)
    assert rules.after_miss(structs.replace(a_party(), skips=1), NOW, 2) == ("expired", 2)
    assert rules.after_miss(structs.replace(a_party(), expires_at=NOW), NOW, 2) == ("expired", 1)


def test_an_offered_table_is_nobody_elses_and_its_party_takes_no_other():
    tables = [a_table("1"), a_table("2")]
    parties = [a_party("a", joined=1), a_party("b", joined=2)]
    offer = structs.replace(an_offer(), party_id="a", table_ids=["2"])
    held = [a_hold("2", 0, 105, kind="offer", status="held")]
    outlook = look(tables, held, [*parties, structs.replace(a_wish(T0), id="slot")], offers=[offer])
    assert [(outlook.waits[name].position, outlook.waits[name].table_ids) for name in "ab"] == [(1, ["2"]), (2, ["1"])]
    assert outlook.waits["a"].why == "2 · offered until 19:15"
    assert outlook.minutes == {"a": 0, "b": 0}
    on_their_way = look(tables, held, parties, offers=[structs.replace(offer, status="accepted")])
    assert on_their_way.waits["a"].why == "2 · on their way"
