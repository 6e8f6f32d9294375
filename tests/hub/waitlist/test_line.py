"""The line with a real database: joining, editing, leaving, closing, and what everybody is told."""

from datetime import timedelta

from tests.kit import FRIDAY_19, SITE, a_room

T0 = FRIDAY_19


async def refresh(house):
    return await house.give("refresh_waiting")


async def join(house, name, covers=2, **more):
    return (await house.done("add_party", name=name, covers=covers, **more)).result["party_id"]


async def test_the_quote_is_the_next_fitting_clear_time(house):
    t = await a_room(house, ("1", 2), ("2", 6))
    await house.done("seat_party", table_ids=[t["1"]], covers=2, turn_min=31, name="Rossi")
    await house.done("seat_party", table_ids=[t["2"]], covers=6)
    done = await house.done("add_party", name="Verdi", covers=2)
    assert done.result["quoted_min"] == 50  # 31 + 15 to clear, up to the next five
    row = await house.row("party", done.result["party_id"])
    assert (row.quoted_min, row.quoted_at, row.status) == (50, FRIDAY_19, "active")
    assert row.expires_at == FRIDAY_19.replace(hour=23, minute=30)
    await house.done("refresh_waiting")
    wait = await house.row("wait", row.id)
    assert wait.ready_at == T0 + timedelta(minutes=46)
    assert wait.why == "1 about 19:46 · after Rossi"
    second = await house.done("add_party", name="Neri", covers=2)
    assert second.result["quoted_min"] == 155  # after Verdi's turn; the six-top is kept for larger parties
    first = await house.done("add_party", name="Bruno", covers=2, priority=5)
    assert first.result["quoted_min"] == 50
    told = await house.done("add_party", name="Blu", covers=2, quoted_min=25)
    assert told.result["quoted_min"] == 25


async def test_positions_move_when_somebody_sits_down(house):
    t = await a_room(house, ("1", 2), ("2", 4))
    a, b, c = await join(house, "A"), await join(house, "B", 4), await join(house, "C", 2, priority=3)
    done = await house.done("refresh_waiting")
    assert await house.facts(done.seq) == ["waitlist.reordered"]
    waits = {party: await house.row("wait", party) for party in (a, b, c)}
    assert {party: wait.position for party, wait in waits.items()} == {c: 1, a: 2, b: 3}
    assert [waits[party].table_ids for party in (c, a, b)] == [[t["1"]], [t["2"]], []]  # first come, first served
    versions = {party: (await house.row("party", party)).version for party in (a, b, c)}
    await house.done("seat_party", table_ids=[t["1"]], party_id=c)
    await house.done("refresh_waiting")
    assert await house.row("wait", c) is None
    assert [(await house.row("wait", party)).position for party in (a, b)] == [1, 2]
    assert versions[a] == (await house.row("party", a)).version


async def test_a_refresh_that_changes_nothing_leaves_nothing(house):
    await a_room(house, ("1", 2))
    await join(house, "A")
    await house.done("refresh_waiting")
    seq = await house.pool.fetchval("SELECT seq FROM site_head WHERE site_id = $1", SITE)
    await house.refused("refresh_waiting", "unchanged")
    assert seq == await house.pool.fetchval("SELECT seq FROM site_head WHERE site_id = $1", SITE)
    by_timer = await house.done("refresh_waiting", key="timer.abcdefgh")
    assert await house.facts(by_timer.seq) == []
    armed = await house.pool.fetch("SELECT due_at FROM timer WHERE subject = 'waiting' AND state = 'armed'")
    assert [row["due_at"] for row in armed] == [FRIDAY_19 + timedelta(minutes=5)]


async def test_quotes_per_size(house):
    t = await a_room(house, ("1", 2), ("2", 4))
    await house.done("seat_party", table_ids=[t["2"]], covers=4)
    await house.done("refresh_waiting")
    quotes = {name: await house.row("quote", name) for name in ("1-2", "3-4", "5-6", "7-20")}
    assert quotes["1-2"].ready_at == FRIDAY_19
    assert quotes["3-4"].ready_at == FRIDAY_19 + timedelta(minutes=105)
    assert quotes["5-6"].ready_at is None
    assert quotes["7-20"].covers_max == 20


async def test_editing(house):
    room = await a_room(house, ("1", 2))
    party = await join(house, "A", phone="020 7946 0000")
    row = await house.row("party", party)
    await house.pass_time(4)
    done = await house.done(
        "edit_party", party_id=party, expect_version=row.version, name="B", phone=None, quoted_min=15
    )
    now = await house.row("party", party)
    assert (now.name, now.phone, now.covers, now.quoted_min, now.quoted_at) == ("B", None, 2, 15, house.now)
    assert now.version == row.version + 1
    await house.refused("edit_party", "stale", party_id=party, expect_version=row.version, name="C")
    await house.refused("edit_party", "invalid", party_id=party, area_id="nowhere")
    await house.refused("edit_party", "not_found", party_id="nobody", name="C")
    same = await house.done("edit_party", party_id=party, name="B")
    assert await house.facts(same.seq) == []
    await house.done("undo", seq=done.seq)
    assert (await house.row("party", party)).name == "A"
    assert room


async def test_leaving_and_coming_back_by_undo(house):
    await a_room(house, ("1", 2))
    party = await join(house, "A")
    done = await house.done("remove_party", party_id=party)
    assert await house.row("party", party) is None
    assert await house.facts(done.seq) == ["waitlist.removed"]
    await house.refused("remove_party", "not_found", party_id=party)
    await house.done("undo", seq=done.seq)
    assert (await house.row("party", party)).status == "active"


async def test_undoing_an_arrival(house):
    await a_room(house, ("1", 2))
    done = await house.done("add_party", name="A", covers=2)
    await house.done("undo", seq=done.seq)
    assert await house.row("party", done.result["party_id"]) is None


async def test_closing_time_ends_the_wait(house):
    await a_room(house, ("1", 2))
    party = await join(house, "A")
    due = await house.pool.fetchval("SELECT due_at FROM timer WHERE subject = $1", f"party:{party}")
    assert due == FRIDAY_19.replace(hour=23, minute=30)
    await house.refused("expire_party", "not_yet", party_id=party)
    await house.set_now(due)
    await house.done("expire_party", party_id=party)
    assert await house.row("party", party) is None
    late = await house.done("add_party", name="Late", covers=2)
    assert (await house.row("party", late.result["party_id"])).expires_at == FRIDAY_19.replace(hour=4) + timedelta(
        days=1
    )


async def test_nobody_but_hosts_keeps_the_line(house):
    from hub.core.actor import Actor

    await house.refused("add_party", "forbidden", actor=Actor.staff("st_server"), name="A", covers=2)
