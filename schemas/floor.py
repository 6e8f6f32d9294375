"""Floor: areas, tables, joins and sections — the furniture, not the parties at it."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from schemas.base import Command, Fact, Id, Name, Note, Row

TableStatus = Literal["available", "occupied", "cleaning", "out_of_service"]
"""Stored states. `reserved` (R-TAB-01) is not stored: screens draw it from a hold's `reserved_from`."""
AreaKind = Literal["indoor", "patio", "bar", "private_room", "vip", "takeout"]
ServiceType = Literal["full_service", "bar_service", "counter"]
Furniture = Literal["standard", "booth", "bar", "patio", "private"]
SizeClass = Literal["2_top", "4_top", "6_top", "large_party", "bar_stool"]
Shape = Literal["round", "square", "rectangular"]
Feature = Literal["window", "quiet", "accessible", "highchair", "private", "business_friendly"]
Preferred = Literal["business", "romantic", "family"]
AreaFeature = Literal["outdoor", "smoking", "private"]
Seats = Annotated[int, Meta(ge=1, le=40)]
Coord = Annotated[float, Meta(ge=-10_000, le=10_000)]
Size = Annotated[float, Meta(ge=10, le=2_000)]
Number = Annotated[str, Meta(min_length=1, max_length=12)]


class Fixture(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A thing drawn but never seated at, in floor units: a wall, window or bar front is a poly-line of `points`
    [x0, y0, x1, y1, …]; a zone or bar is a rectangle [x, y, w, h]; a plant is [x, y, r]; a label is [x, y].
    """

    kind: Literal["wall", "window", "zone", "bar", "plant", "label"]
    points: Annotated[list[Coord], Meta(min_length=2, max_length=64)]
    text: str = ""


class AreaRow(Row, frozen=True, tag="area"):
    """A room or zone with its own plan of `width` × `height` floor units. Capacity and table count are derived from
    its active tables (R-TAB-21).
    """

    name: str
    kind: AreaKind
    service_type: ServiceType
    features: list[str]
    hours: dict[str, list[str]] | None
    fixtures: list[Fixture]
    width: float
    height: float
    position: int
    capacity: int
    table_count: int
    active: bool
    version: int


class TableRow(Row, frozen=True, tag="table"):
    """One table or bar stool. (x, y) is its upper left corner in its area's floor units before rotation (degrees)."""

    area_id: str
    number: str
    name: str | None
    min_covers: int
    max_covers: int
    furniture: Furniture
    size_class: SizeClass
    shape: Shape
    features: list[str]
    preferred_for: list[str]
    priority: int
    x: float
    y: float
    w: float
    h: float
    rotation: float
    status: TableStatus
    status_since: datetime
    status_note: str | None
    last_cleaned: datetime | None
    section_id: str | None
    notes: str | None
    qr: str
    active: bool
    version: int


class JoinRow(Row, frozen=True, tag="join"):
    """Two tables that can be pushed together (G-28), and how many the pair then seats."""

    a: str
    b: str
    combined_max: int
    version: int


class SectionRow(Row, frozen=True, tag="section"):
    """The tables one server works this shift. Which tables: every table row names its section."""

    name: str
    server_id: str | None
    server_name: str | None
    initials: str
    colour: int
    version: int


# ---- commands


class PutArea(Command, frozen=True, kw_only=True, tag="put_area"):
    """Adds an area (no `area_id`) or changes the named fields of one."""

    permission: ClassVar[str] = "floor.edit"
    area_id: Id | None = None
    name: Name | UnsetType = UNSET
    kind: AreaKind | UnsetType = UNSET
    service_type: ServiceType | UnsetType = UNSET
    features: list[AreaFeature] | UnsetType = UNSET
    hours: dict[str, list[str]] | UnsetType | None = UNSET
    fixtures: Annotated[list[Fixture], Meta(max_length=200)] | UnsetType = UNSET
    width: Size | UnsetType = UNSET
    height: Size | UnsetType = UNSET
    position: Annotated[int, Meta(ge=0, le=999)] | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class PutTable(Command, frozen=True, kw_only=True, tag="put_table"):
    """Adds a table (no `table_id`; needs area, number, covers) or changes the named fields of one (F-TAB-01)."""

    permission: ClassVar[str] = "floor.edit"
    table_id: Id | None = None
    area_id: Id | UnsetType = UNSET
    number: Number | UnsetType = UNSET
    name: Name | UnsetType | None = UNSET
    min_covers: Seats | UnsetType = UNSET
    max_covers: Seats | UnsetType = UNSET
    furniture: Furniture | UnsetType = UNSET
    size_class: SizeClass | UnsetType = UNSET
    shape: Shape | UnsetType = UNSET
    features: list[Feature] | UnsetType = UNSET
    preferred_for: list[Preferred] | UnsetType = UNSET
    priority: Annotated[int, Meta(ge=1, le=10)] | UnsetType = UNSET
    x: Coord | UnsetType = UNSET
    y: Coord | UnsetType = UNSET
    w: Size | UnsetType = UNSET
    h: Size | UnsetType = UNSET
    rotation: Annotated[float, Meta(ge=-360, le=360)] | UnsetType = UNSET
    notes: Note | UnsetType | None = UNSET
    active: bool | UnsetType = UNSET


class AddJoin(Command, frozen=True, kw_only=True, tag="add_join"):
    permission: ClassVar[str] = "floor.edit"
    a: Id
    b: Id
    combined_max: Seats | None = None


class RemoveJoin(Command, frozen=True, kw_only=True, tag="remove_join"):
    permission: ClassVar[str] = "floor.edit"
    join_id: Id


class PutSection(Command, frozen=True, kw_only=True, tag="put_section"):
    """Adds or changes a section: its name, its server, and exactly which tables it has (F-TAB-13)."""

    permission: ClassVar[str] = "floor.sections"
    undoable: ClassVar[bool] = True
    section_id: Id | None = None
    name: Name | UnsetType = UNSET
    server_id: Id | UnsetType | None = UNSET
    table_ids: Annotated[list[Id], Meta(max_length=200)] | UnsetType = UNSET


class SetTableStatus(Command, frozen=True, kw_only=True, tag="set_table_status"):
    """One tap by staff: bussed (cleaning → available), blocked (→ out_of_service), back (→ available or cleaning)."""

    permission: ClassVar[str] = "floor.status"
    undoable: ClassVar[bool] = True
    table_id: Id
    status: Literal["available", "cleaning", "out_of_service"]
    note: Note | None = None


# ---- facts


class AreaChanged(Fact, frozen=True, kw_only=True, tag="floor.area_changed"):
    area_id: str


class TableChanged(Fact, frozen=True, kw_only=True, tag="table.updated"):
    table_id: str
    fields: list[str]


class JoinAdded(Fact, frozen=True, kw_only=True, tag="floor.join_added"):
    join_id: str
    a: str
    b: str


class JoinRemoved(Fact, frozen=True, kw_only=True, tag="floor.join_removed"):
    join_id: str


class SectionChanged(Fact, frozen=True, kw_only=True, tag="section.changed"):
    section_id: str
    server_id: str | None
    table_ids: list[str]


class TableStatusChanged(Fact, frozen=True, kw_only=True, tag="table.status_changed"):
    table_id: str
    was: str
    now: str


class TableReset(Fact, frozen=True, kw_only=True, tag="table.reset"):
    """Bussed and ready again; `last_cleaned` was stamped (R-TAB-14)."""

    table_id: str
