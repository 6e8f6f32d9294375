"""What the furniture allows: moves of a table's state, sensible tables, sensible joins."""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from schemas.base import Refused, conflict, invalid
from schemas.floor import Furniture, JoinRow, SizeClass, TableRow, TableStatus
from solvers.seating.places import seats_joined
from solvers.seating.problem import Join

Mover = Literal["hand", "party"]
"""Who may move a table's state: staff with one tap, or only the party that sits down, moves or leaves."""

MOVES: Mapping[tuple[TableStatus, TableStatus], Mover] = {
    ("available", "occupied"): "party",
    ("occupied", "cleaning"): "party",
    ("occupied", "available"): "party",  # moved away, or policy `floor.free_on_clear`
    ("cleaning", "available"): "hand",  # bussed
    ("available", "out_of_service"): "hand",
    ("cleaning", "out_of_service"): "hand",
    ("out_of_service", "cleaning"): "hand",
    ("out_of_service", "available"): "hand",
}
"""The table's states (F-TAB-03) without `reserved`, which is drawn and not stored. What is not listed is refused."""

_SAID: Mapping[TableStatus, str] = {
    "available": "free", "occupied": "occupied", "cleaning": "being cleaned", "out_of_service": "out of service",
}  # fmt: skip


def refuse_move(table: TableRow, to: TableStatus, *, by_hand: bool) -> Refused | None:
    """Why this table may not go to that state now, in words a host understands; None when it may."""
    if not table.active:
        return conflict("inactive", f"Table {table.number} is not in use.", about=table)
    if table.status == to:
        return conflict("already_so", f"Table {table.number} is {_SAID[to]} already.", about=table)
    mover = MOVES.get((table.status, to))
    if table.status == "occupied" and (mover is None or by_hand):
        sentence = f"A party sits at table {table.number}. Clear or move the party first."
        return conflict("occupied", sentence, about=table)
    if mover is None:
        sentence = f"Table {table.number} is {_SAID[table.status]}, so it cannot become {_SAID[to]}."
        return conflict("illegal_move", sentence, about=table)
    if by_hand and mover == "party":
        return conflict("not_by_hand", f"Seat a party at table {table.number} to occupy it.", about=table)
    return None


def refuse_covers(min_covers: int, max_covers: int) -> Refused | None:
    """R-TAB-07: the least party of a table cannot be larger than the largest."""
    if min_covers > max_covers:
        return invalid("min_covers", f"The smallest party ({min_covers}) is larger than the largest ({max_covers}).")
    return None


def size_class(max_covers: int, furniture: Furniture) -> SizeClass:
    """The size a table is listed under when nobody says otherwise (R-TAB-08)."""
    if furniture == "bar":
        return "bar_stool"
    if max_covers <= 2:
        return "2_top"
    if max_covers <= 4:
        return "4_top"
    return "6_top" if max_covers <= 6 else "large_party"


def refuse_join(a: TableRow, b: TableRow, combined_max: int) -> Refused | None:
    """Why two tables cannot be pushed together (G-28: joins are explicit pairs of the plan)."""
    if a.id == b.id:
        return invalid("b", "A table cannot be joined to itself.")
    for field, table in (("a", a), ("b", b)):
        if not table.active:
            return invalid(field, f"Table {table.number} is not in use.")
    if a.area_id != b.area_id:
        return invalid("b", f"Tables {a.number} and {b.number} stand in different areas.")
    if combined_max < max(a.max_covers, b.max_covers):
        return invalid("combined_max", "Joined tables seat at least as many as the larger of the two.")
    return None


def seats(tables: Sequence[TableRow], joins: Collection[JoinRow]) -> int | None:
    """How many these tables seat together; None when they cannot all be pushed together (G-28).

    A join may seat fewer or more than its two tables alone: of several, each of the best joins that hold the group
    together adds its difference."""
    place = {table.id: at for at, table in enumerate(tables)}
    inside = tuple(Join(place[j.a], place[j.b], j.combined_max) for j in joins if j.a in place and j.b in place)
    sizes = tuple((table.min_covers, table.max_covers) for table in tables)
    return seats_joined(tuple(range(len(tables))), sizes, inside)


def next_colour(taken: set[int]) -> int:
    """The lowest colour number no other section has."""
    return next(number for number in range(len(taken) + 1) if number not in taken)
