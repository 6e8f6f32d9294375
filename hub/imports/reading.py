"""Files into checked lines: CSV with any column names, or JSON; every fault named by line and field."""

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec

from hub.core.words import what_is_wrong
from schemas.imports import BookLine, FloorLine, GuestLine

LINES_MAX = 200_000  # lines of one file; a big group's whole past fits
BYTES_MAX = 64 * 1024 * 1024
FAULTS_SHOWN = 50

LINE: dict[str, type] = {"floor": FloorLine, "book": BookLine, "guests": GuestLine}
LISTS = {"features", "preferred_for", "flags", "joins", "tables"}

ALIASES: dict[str, str] = {
    # what other exports call our columns; matched without case, spaces and punctuation
    "visitdatetime": "starts_at", "visittime": "starts_at", "visit": "starts_at", "starts": "starts_at",
    "datetime": "starts_at", "reservationtime": "starts_at", "seatingtime": "starts_at", "startsat": "starts_at",
    "reservedatetime": "booked_at", "bookingtime": "booked_at", "bookedat": "booked_at", "created": "booked_at",
    "createdat": "booked_at", "createddate": "booked_at", "booked": "booked_at",
    "reservevisitors": "covers", "partysize": "covers", "party": "covers", "pax": "covers", "guests": "covers",
    "covers": "covers", "people": "covers", "size": "covers",
    "guest": "name", "guestname": "name", "customer": "name", "customername": "name", "fullname": "name",
    "telephone": "phone", "phonenumber": "phone", "mobile": "phone", "mail": "email", "emailaddress": "email",
    "duration": "duration_min", "durationmin": "duration_min", "state": "status", "channel": "source",
    "comment": "notes", "comments": "notes", "note": "notes", "tags": "flags", "table": "tables",
    "tablenumber": "number", "table_number": "number", "seats": "max_covers", "capacity": "max_covers",
    "maxcovers": "max_covers", "mincovers": "min_covers", "room": "area", "zone": "area",
    "preferredfor": "preferred_for",
    "id": "ref", "reservationid": "ref", "confirmationcode": "ref", "width": "w", "height": "h", "left": "x",
    "top": "y",
}  # fmt: skip
FLOOR_ALIASES = {
    "table": "number",
    "number": "number",
    "tablename": "name",
    "guests": "max_covers",
    "size": "max_covers",
}
STATUSES = {
    "confirmed": "confirmed", "booked": "confirmed", "pending": "confirmed", "created": "confirmed",
    "new": "confirmed",
    "completed": "completed", "seated": "completed", "finished": "completed", "done": "completed",
    "visited": "completed",
    "arrived": "completed", "cancelled": "cancelled", "canceled": "cancelled", "noshow": "no_show",
    "no_show": "no_show",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong: where, and a sentence."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        where = f"{self.file} line {self.line}" if self.line else self.file
        return f"{where}, {self.field}: {self.message}" if self.field else f"{where}: {self.message}"


@dataclass(slots=True)
class Lines:
    """What was read: (line number, checked line) by kind, and everything that was wrong."""

    good: dict[str, list[tuple[int, Any]]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def read(path: Path, kind: str | None, columns: Mapping[str, str]) -> Lines:
    """One file. `kind` says what a CSV holds (guessed from its columns when not given); `columns` maps our column
    names to the file's."""
    lines = Lines()
    if path.stat().st_size > BYTES_MAX:
        lines.faults.append(Fault(path.name, 0, "", f"larger than {BYTES_MAX // 2**20} MiB; please split it"))
        return lines
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].count(b"\n") + 1
        lines.faults.append(Fault(path.name, before, "", "is not UTF-8 text; please save the file as UTF-8"))
        return lines
    if path.suffix.lower() == ".json":
        _read_json(path.name, text, kind, lines)
    else:
        _read_csv(path.name, text, kind, columns, lines)
    return lines


def _read_csv(name: str, text: str, kind: str | None, columns: Mapping[str, str], lines: Lines) -> None:
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    rows = csv.reader(StringIO(text), delimiter=delimiter)
    header = [column.strip() for column in next(rows, [])]
    if not any(header):
        lines.faults.append(Fault(name, 1, "", "is empty: the first line must name the columns"))
        return
    kind = kind or _guess(header)
    if kind is None:
        lines.faults.append(
            Fault(name, 1, "", "cannot tell whether this is a floor plan, a book or guests; say --kind")
        )
        return
    known = {field.name for field in msgspec.structs.fields(LINE[kind])}
    places: dict[int, str] = {}
    for ours, theirs in columns.items():
        if ours in known:
            if theirs not in header:
                lines.faults.append(
                    Fault(name, 1, ours, f"the column map names “{theirs}”, which the file does not have")
                )
                return
            places[header.index(theirs)] = ours
    for place, column in enumerate(header):
        ours = _our_name(column, kind)
        if place not in places and ours in known and ours not in places.values():
            places[place] = ours
    for number, row in _numbered(name, rows, lines):
        if any(cell.strip() for cell in row):
            wide = {ours: row[place].strip() for place, ours in places.items() if place < len(row)}
            _check(name, number, kind, {ours: cell for ours, cell in wide.items() if cell}, lines)


def _numbered(name: str, rows: Any, lines: Lines) -> Iterable[tuple[int, list[str]]]:
    """Rows with the line they end on; a broken quote or a NUL is a fault of that line."""
    count = 0
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            lines.faults.append(Fault(name, rows.line_num, "", f"cannot be read: {error}"))
            return
        count += 1
        if count > LINES_MAX:
            lines.faults.append(Fault(name, rows.line_num, "", f"has more than {LINES_MAX} lines; please split it"))
            return
        yield rows.line_num, row


def _our_name(column: str, kind: str) -> str:
    plain = "".join(letter for letter in column.lower() if letter.isalnum())
    exact = column.strip().lower().replace(" ", "_")
    if kind == "floor" and plain in FLOOR_ALIASES:
        return FLOOR_ALIASES[plain]
    return exact if exact in {field.name for field in msgspec.structs.fields(LINE[kind])} else ALIASES.get(plain, exact)


def _guess(header: list[str]) -> str | None:
    named = {kind: {_our_name(column, kind) for column in header} for kind in LINE}
    if {"starts_at", "covers"} <= named["book"]:
        return "book"
    if {"number", "max_covers"} <= named["floor"]:
        return "floor"
    return "guests" if "name" in named["guests"] and {"phone", "email", "flags"} & named["guests"] else None


def _read_json(name: str, text: str, kind: str | None, lines: Lines) -> None:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        lines.faults.append(Fault(name, error.lineno, "", f"is not JSON: {error.msg}"))
        return
    if isinstance(found, list) and kind:
        found = {kind: found}
    keys = {
        "floor": "floor",
        "tables": "floor",
        "book": "book",
        "bookings": "book",
        "reservations": "book",
        "guests": "guests",
    }
    if not isinstance(found, dict) or not found:
        lines.faults.append(
            Fault(name, 1, "", "must be an object with tables, bookings or guests (or a list, with --kind)")
        )
        return
    for key, items in found.items():
        if key not in keys or not isinstance(items, list):
            lines.faults.append(Fault(name, 1, key, "must be a list named tables, bookings or guests"))
            continue
        for number, item in enumerate(items, start=1):
            if isinstance(item, dict):
                renamed = {_our_name(column, keys[key]): value for column, value in item.items() if value is not None}
                _check(name, number, keys[key], renamed, lines)
            else:
                lines.faults.append(Fault(name, number, key, "must be an object"))


def _check(name: str, number: int, kind: str, cells: dict[str, Any], lines: Lines) -> None:
    for column in LISTS & cells.keys():
        if isinstance(cells[column], str):
            parts = (part.strip() for part in cells[column].replace("|", ";").split(";"))
            cells[column] = [part for part in parts if part]
    if isinstance(cells.get("status"), str):
        plain = cells["status"].lower().replace(" ", "").replace("-", "")
        cells["status"] = STATUSES.get(plain, cells["status"])
    try:
        line: Any = msgspec.convert(cells, LINE[kind], strict=False)
    except msgspec.ValidationError as error:
        column, sentence = what_is_wrong(error)
        shown = f" (it is “{str(cells[column])[:40]}”)" if column in cells else ""
        lines.faults.append(Fault(name, number, column, sentence + shown))
        return
    lines.good.setdefault(kind, []).append((number, line))
