"""The record of changes: whatever is done, its rows say what they were before, and reading it backwards leads there."""

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.core.actor import Actor
from schemas.base import Done
from tests.kit import OTHER_SITE, SITE, LawfulHouse, a_room, joined

BOSS = Actor.staff("st_super_admin")
Stored = dict[tuple[str, str], dict]


async def rows(house: LawfulHouse) -> Stored:
    """Every visible row of the site that is put on record, those pushed to nobody too."""
    found: Stored = {}
    async with house.pool.acquire() as db, db.transaction(isolation="repeatable_read", readonly=True):
        for kind in house.types.by_kind.values():
            if kind.derived:
                continue
            for record in await db.fetch(kind.view, SITE):
                row = msgspec.to_builtins(kind.struct(*record))
                found[kind.kind, row["id"]] = {k: v for k, v in row.items() if k not in ("id", "type", "version")}
    return found


def backwards(now: Stored, changes: list[dict]) -> Stored:
    """`now` with changes (newest first) taken back one by one."""
    state = {at: dict(row) for at, row in now.items()}
    for change in changes:
        at = change["kind"], change["row_id"]
        if change["was"] is None:
            assert state.pop(at) == change["now"], f"{at} was made otherwise than the record says"
        elif change["now"] is None:
            assert at not in state, f"{at} is on record as gone"
            state[at] = change["was"]
        else:
            assert {name: state[at][name] for name in change["now"]} == change["now"], at
            assert change["was"].keys() == change["now"].keys() and change["was"] != change["now"], at
            state[at] |= change["was"]
    return state


TABLES = st.integers(0, 3)
WISHES = st.one_of(
    st.tuples(st.just("seat"), TABLES, st.integers(1, 4)),
    st.tuples(st.just("clear"), st.integers(0, 9)),
    st.tuples(st.just("stage"), st.integers(0, 9), st.sampled_from(["ordered", "served", "check"])),
    st.tuples(st.just("status"), TABLES, st.sampled_from(["available", "out_of_service", "cleaning"])),
    st.tuples(st.just("wait"), st.integers(1, 6), st.sampled_from([None, "+44 20 7946 0123", "+44 20 7946 0456"])),
    st.tuples(st.just("leave_line"), st.integers(0, 9)),
    st.tuples(st.just("requote"), st.integers(0, 9), st.integers(0, 90)),
    st.tuples(st.just("book"), st.integers(0, 20), st.integers(1, 6), st.sampled_from([None, "+44 20 7946 0123"])),
    st.tuples(st.just("cancel"), st.integers(0, 9)),
    st.tuples(st.just("delete"), st.integers(0, 9)),
    st.tuples(st.just("arrive"), st.integers(0, 9)),
    st.tuples(st.just("move"), st.integers(0, 9), TABLES),
    st.tuples(st.just("guest"), st.integers(0, 9), st.sampled_from(["vip", "regular"])),
    st.tuples(st.just("undo"), st.integers(0, 3)),
    st.tuples(st.just("minutes"), st.integers(1, 40)),
)


async def do(house: LawfulHouse, wish: tuple, tables: list[str], seqs: list[int]) -> None:
    """One wish, granted or refused; what it names may be long gone."""

    async def one(table: str, number: int) -> str:
        ids = [row[0] for row in await house.pool.fetch(f"SELECT id FROM {table} ORDER BY id")]
        return ids[number % len(ids)] if ids else "nobody"

    async def give(name: str, /, **args) -> None:
        answer = await house.give(name, actor=BOSS, **args)
        if isinstance(answer, Done):
            seqs.append(answer.seq)

    match wish:
        case "seat", table, covers:
            await give("seat_party", name="Okafor", covers=covers, table_ids=[tables[table]])
        case "clear", number:
            await give("clear_seating", seating_id=await one("seating", number))
        case "stage", number, stage:
            await give("set_stage", seating_id=await one("seating", number), stage=stage)
        case "status", table, status:
            await give("set_table_status", table_id=tables[table], status=status)
        case "wait", covers, phone:
            await give("add_party", name="Silva", covers=covers, **({"phone": phone} if phone else {}))
        case "leave_line", number:
            await give("remove_party", party_id=await one("party", number))
        case "requote", number, minutes:
            await give("edit_party", party_id=await one("party", number), quoted_min=minutes)
        case "book", quarter, covers, phone:
            at = f"2026-11-{20 + quarter // 12:02d}T{20 + (quarter % 12) // 4:02d}:{quarter % 4 * 15:02d}:00Z"
            await give("book", name="Li", covers=covers, starts_at=at, **({"phone": phone} if phone else {}))
        case "cancel", number:
            await give("cancel_booking", booking_id=await one("booking", number))
        case "delete", number:
            await give("delete_booking", booking_id=await one("booking", number), reason="entered twice by mistake")
        case "arrive", number:
            await give("arrive_booking", booking_id=await one("booking", number))
        case "move", number, table:
            await give("move_seating", seating_id=await one("seating", number), table_ids=[tables[table]])
        case "guest", number, flag:
            await give("edit_guest", guest_id=await one("guest", number), tags=[flag])
        case "undo", back if seqs:
            await give("undo", seq=seqs[-1 - back % len(seqs)])
        case "minutes", minutes:
            await house.pass_time(minutes)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wishes=st.lists(WISHES, min_size=5, max_size=25))
async def test_read_backwards_the_record_leads_to_every_earlier_moment(house: LawfulHouse, wishes):
    if not await house.pool.fetchval("SELECT count(*) FROM floor_table"):
        made = await a_room(house, ("1", 2), ("2", 4), ("3", 4), ("4", 6))
        await joined(house, made["2"], made["3"])
    tables = [row[0] for row in await house.pool.fetch("SELECT id FROM floor_table ORDER BY number")]
    moments = {await house.states.head(SITE): await rows(house)}
    seqs: list[int] = []
    for wish in wishes:
        await do(house, wish, tables, seqs)
        moments[await house.states.head(SITE)] = await rows(house)
    state, top = moments[max(moments)], max(moments)
    for seq in sorted(moments, reverse=True)[1:]:
        between = await house.pool.fetch(
            "SELECT kind, row_id, was, now FROM change WHERE site_id = $1 AND seq > $2 AND seq <= $3 "
            "ORDER BY seq DESC, kind, row_id",
            SITE, seq, top,
        )
        state, top = backwards(state, [dict(one) for one in between if one["kind"] in house.types.by_kind]), seq
        odd = [at for at in {*state, *moments[seq]} if state.get(at) != moments[seq].get(at)]
        assert not odd, [(at, state.get(at), moments[seq].get(at)) for at in odd[:3]]


async def test_only_what_differs_is_on_record(house: LawfulHouse):
    tables = await a_room(house, ("1", 4))
    await house.done("set_table_status", table_id=tables["1"], status="out_of_service", reason="wobbles")
    last = await house.pool.fetch("SELECT * FROM change ORDER BY seq DESC LIMIT 1")
    (one,) = last
    assert (one["kind"], one["row_id"]) == ("table", tables["1"])
    assert one["was"]["status"] == "available" and one["now"]["status"] == "out_of_service"
    assert "number" not in one["now"] and "version" not in one["now"] and "id" not in one["now"]


async def test_a_refusal_and_a_repeat_leave_nothing_on_record(house: LawfulHouse):
    tables = await a_room(house, ("1", 4))
    wish = {"table_ids": [tables["1"]], "covers": 2, "name": "Okafor", "key": "one-and-only"}
    await house.done("seat_party", **wish)
    kept = await house.pool.fetchval("SELECT count(*) FROM change")
    await house.done("seat_party", **wish)
    await house.refused("seat_party", table_ids=["nosuch"], covers=2)
    assert await house.pool.fetchval("SELECT count(*) FROM change") == kept


async def test_a_policy_is_on_record_by_how_far_it_reaches(house: LawfulHouse):
    await house.pool.execute("INSERT INTO staff_role VALUES ($1, 'st_super_admin', 'manager')", OTHER_SITE)
    for scope, kind, value in (("site", None, 10), ("site", None, 20), ("org", None, 5), ("kind", "event", 45), ("site", None, None)):
        await house.done("set_policy", actor=BOSS, policy="dining.buffer_min", scope=scope, kind=kind, value=value)
    kept = await house.pool.fetch("SELECT was, now FROM change WHERE kind = 'policy' ORDER BY seq")
    assert [tuple(one) for one in kept] == [
        ({"site": None}, {"site": 10}),
        ({"site": 10}, {"site": 20}),
        ({"org": None}, {"org": 5}),
        ({"event": None}, {"event": 45}),
        ({"site": 20}, {"site": None}),
    ]
