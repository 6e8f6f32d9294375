"""What if: the live evening forked, changed, planned again, and held beside the plan as it stands. Pure but for the
thinking; nothing is written.

A closed area or a lost section takes nobody any more, who sits there or begins there before stays; an extra party has
no promise, so that it never takes a table from a guest who has one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import structs

from hub.planning.problem import Closed, Placed, Scene, closures
from hub.planning.thinking import Planned
from hub.reservations.rules import whole_minute
from hub.venues.rules import open_spans
from hub.waitlist.rules import LINE_MAX, door
from schemas.base import Refused, invalid, not_found
from schemas.bookings import BookingRow
from schemas.planning import (
    AdoptStep,
    Change,
    CloseArea,
    ExtraParty,
    LoseServer,
    LoseTable,
    Outcome,
    Placement,
    Rain,
)  # fmt: skip
from solvers.seating import line
from solvers.seating.problem import ANYWHERE, FOREVER, Party, Table, Weights

EXTRA = "extra"
WAIT_MAX = timedelta(hours=6)  # beyond it nothing is in sight for who waits


def fork(scene: Scene, changes: Sequence[Change]) -> Scene | Refused:
    """The scene with these changes, or which of them names what is not there."""
    for number, change in enumerate(changes):
        changed = _changed(scene, change, number)
        if isinstance(changed, Refused):
            return changed
        scene = changed
    return scene


def _changed(scene: Scene, change: Change, number: int) -> Scene | Refused:
    tables = scene.tables.values()
    match change:
        case CloseArea():
            hit = [row.id for row in tables if row.area_id == change.area_id]
            return _shut(scene, hit, change) if hit else not_found("area_id", "There is no such area in use here.")
        case Rain():
            return _shut(scene, [row.id for row in tables if row.area_id in scene.outdoor], change)
        case LoseServer():
            if change.section_id not in {section.id for section in scene.sections}:
                return not_found("section_id", "There is no such section here.")
            return _shut(scene, [row.id for row in tables if row.section_id == change.section_id], None)
        case LoseTable():
            row = scene.tables.get(change.table_id)
            if row is None:
                return not_found("table_id", "There is no such table in use here.")
            if row.status == "occupied":
                return _shut(scene, [row.id], None)
            lost = structs.replace(row, status="out_of_service")
            return replace(scene, tables={**scene.tables, row.id: lost})
        case ExtraParty():
            return _with_party(scene, change, number)


def _shut(scene: Scene, table_ids: Iterable[str], change: CloseArea | Rain | None) -> Scene | Refused:
    """These tables take nobody from the change's start (else now) until its end (else the day's)."""
    starts_at = max((change and change.starts_at) or scene.now, scene.span[0])
    ends_at = min((change and change.ends_at) or scene.span[1], scene.span[1])
    if starts_at.tzinfo is None or ends_at.tzinfo is None or ends_at <= starts_at:
        return invalid("ends_at", "It has to end after it begins, tonight.")
    more = [Closed(table_id, starts_at, ends_at) for table_id in table_ids]
    return replace(scene, closed=(*scene.closed, *more))


def _with_party(scene: Scene, change: ExtraParty, number: int) -> Scene | Refused:
    if change.starts_at.tzinfo is None or not scene.now <= change.starts_at < scene.span[1]:
        return invalid("starts_at", "The party has to come later tonight.")
    starts_at = whole_minute(change.starts_at.astimezone(UTC))
    duration_min = change.duration_min or scene.terms.duration_min
    party = BookingRow(
        id=f"{EXTRA}-{number}", kind="dining", code="", name="The extra party", phone=None, covers=change.covers,
        service_date=scene.day, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=duration_min),
        duration_min=duration_min, status="pending", source="phone", occasion=None, flags=[], notes=None, area_id=None,
        accessible=change.accessible, arrived_at=None, arrival=None, late_at=None, expected_at=None,
        no_show_proposed_at=None, unplaced=True, version=1,
    )  # fmt: skip
    return replace(scene, bookings=(*scene.bookings, party))


def is_extra(booking_id: str) -> bool:
    return booking_id.startswith(f"{EXTRA}-")


# ---- how it compares


def outcome(scene: Scene, planned: Planned, weights: Weights) -> Outcome:
    """One side of the comparison."""
    booked = [each for each in planned.lines if each.owner.kind == "booking"]
    minutes = waits(scene, planned.lines, weights)
    in_sight = [wait for wait in minutes if wait is not None]
    return Outcome(
        covers=planned.plan.covers, unplaced=sum(not each.to for each in booked),
        moves=sum(bool(each.to) and each.moves and bool(each.owner.table_ids) for each in booked),
        mean_wait_min=round(sum(in_sight) / len(in_sight), 1) if in_sight else None,
        not_in_sight=len(minutes) - len(in_sight),
    )  # fmt: skip


def waits(scene: Scene, lines: Sequence[Placed], weights: Weights) -> list[int | None]:
    """In how many minutes each party at the door is seated if the evening goes as planned; None = not in sight."""
    t0 = scene.now.replace(second=0, microsecond=0)

    def minute(moment: datetime) -> int:
        return int((moment - t0).total_seconds() // 60)

    used: dict[str, list[tuple[int, int]]] = {table_id: [] for table_id in scene.tables}
    for table_id, spans in closures(scene).items():
        used[table_id] += [(minute(start), minute(end)) for start, end in spans]
    for each in lines:
        for table_id in each.to if each.owner.kind != "party" else ():
            used[table_id].append((minute(each.owner.starts_at), minute(each.owner.ends_at)))
    rows = list(scene.tables.values())
    place = {row.id: at for at, row in enumerate(rows)}
    areas = {area: at for at, area in enumerate(sorted({row.area_id for row in rows}))}
    floor = [
        line.Busy(
            Table(
                row.min_covers, row.max_covers, areas[row.area_id], "accessible" in row.features, row.priority,
                free_until=FOREVER,
            ),
            tuple(sorted((start, end) for start, end in used[row.id] if end > 0)),
        )
        for row in rows
    ]  # fmt: skip
    turn = scene.terms.duration_min
    asking = [
        Party(
            row.covers, turn, turn, accessible=row.accessible,
            area=ANYWHERE if row.area_id is None else areas.get(row.area_id, len(areas)),
        )
        for row in door(row for row in scene.waiting if row.status == "active")[:LINE_MAX]
    ]  # fmt: skip
    horizon = minute(min(scene.span[1], t0 + WAIT_MAX))
    joins = [line.Join(place[j.a], place[j.b], j.combined_max) for j in scene.joins if {j.a, j.b} <= place.keys()]
    played = line.play(
        floor, joins, asking, [], buffer_min=scene.terms.buffer_min, horizon_min=horizon, weights=weights
    )
    return [None if ready.minute == line.NOT_IN_SIGHT else ready.minute for ready in played.parties]


# ---- how it is made real


def adopt(
    scene: Scene, changes: Sequence[Change], planned: Planned, opening_hours: Mapping[str, Any]
) -> list[AdoptStep]:  # fmt: skip
    """The commands that make the changes real, in the order in which they are to be sent: bookings leave first."""
    steps: list[AdoptStep] = []
    moves = [each for each in planned.placements if each.to_ids and not is_extra(each.owner_id)]
    if moves:
        count = f"{len(moves)} booking{'' if len(moves) == 1 else 's'}"
        body: dict[str, Any] = {
            "moves": [{"booking_id": each.owner_id, "table_ids": each.to_ids} for each in moves]
        }  # fmt: skip
        steps.append(AdoptStep(f"Plan {count} at other tables", "place_bookings", body, []))
    extras = {each.owner_id: each for each in planned.placements if is_extra(each.owner_id)}
    for number, change in enumerate(changes):
        steps += _steps(scene, change, extras.get(f"{EXTRA}-{number}"), opening_hours)
    return steps


def _steps(
    scene: Scene, change: Change, extra: Placement | None, opening_hours: Mapping[str, Any]
) -> list[AdoptStep]:  # fmt: skip
    match change:
        case CloseArea():
            return [_closing(scene, change, opening_hours)]
        case Rain():
            body: dict[str, Any] = {
                "starts_at": change.starts_at or scene.now, "ends_at": change.ends_at or scene.span[1],
            }  # fmt: skip
            return [AdoptStep("Tell the house of the rain", "set_weather", body, [])]
        case LoseServer():
            mine = [row for row in scene.tables.values() if row.section_id == change.section_id]
            freed: dict[str, Any] = {"section_id": change.section_id, "server_id": None}
            steps = [AdoptStep("Take the server off the section", "put_section", freed, [])]
            return steps + [_out(row.id, row.number, "No server") for row in mine if row.status == "available"]
        case LoseTable():
            row = scene.tables[change.table_id]
            return [_out(row.id, row.number, None)]
        case ExtraParty():
            wish: dict[str, Any] = {
                "covers": change.covers, "starts_at": change.starts_at, "accessible": change.accessible,
            }  # fmt: skip
            if change.duration_min:
                wish["duration_min"] = change.duration_min
            if extra is not None and extra.to_ids:
                wish["table_ids"] = extra.to_ids
            return [AdoptStep(f"Book the party of {change.covers}", "book", wish, ["name", "phone"])]


def _out(table_id: str, number: str, note: str | None) -> AdoptStep:
    body: dict[str, Any] = {"table_id": table_id, "status": "out_of_service", "note": note}
    return AdoptStep(f"Take table {number} out of service", "set_table_status", body, [])


def _closing(scene: Scene, change: CloseArea, opening_hours: Mapping[str, Any]) -> AdoptStep:
    """A special day of the area. Where the house says when it is open, the area keeps the hours that are left."""
    day = scene.day.isoformat()
    body: dict[str, Any] = {"area_id": change.area_id, "first_day": day, "last_day": day, "title": "Closed tonight"}
    starts_at, ends_at = change.starts_at or scene.now, change.ends_at or scene.span[1]
    left: list[str] = []
    for opens, closes in open_spans(opening_hours, scene.zone.key, scene.day):
        for start, end in ((opens, min(closes, starts_at)), (max(opens, ends_at), closes)):
            if start < end:
                left += [f"{moment.astimezone(scene.zone):%H:%M}" for moment in (start, end)]
    body |= {"kind": "event", "hours": left[:8]} if left else {"kind": "closed"}
    return AdoptStep("Close the area", "set_special_day", body, [])
