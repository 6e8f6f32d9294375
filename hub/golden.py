"""Golden files: what the wire looks like, generated from the words and kept under version control.

`python -m hub.golden` writes them, `--check` fails on a difference: a changed word is then a decision seen in review.

| file | what | made from |
|---|---|---|
| `schemas/golden/openapi.json` | OpenAPI 3.1 of every door | the routes and `schemas` |
| `schemas/golden/asyncapi.json` | AsyncAPI 3.0 of the socket | the gateway's requests and codes, and `schemas` |
| `schemas/golden/wire.schema.json` | JSON Schema of every command, fact, row and answer | `schemas` |
| `static/wire.d.ts` | the screens' types | the JSON Schema |
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from schemas import (
    availability,
    base,
    guests,
    history,
    people,
    planning,
    policies,
    quoting,
    reservations,
    seating,
    slots,
    tickets,
    venues,
    waitlist,
)  # fmt: skip
from schemas.catalogue import ASKABLE, COMMANDS, FACTS, ROWS

ROOT = Path(__file__).parent.parent
REPLIES = (
    base.Done, base.Refused, base.State, people.Credentials, people.SampleRole, people.Me, people.SocketToken,
    people.StaffMember, policies.PolicyView, policies.PolicyVersion, reservations.Booked, reservations.Alternative,
    seating.Fits, seating.PastVisit, seating.Recent, people.ApiKeyView, people.MadeApiKey, people.RoleView,
    history.Change, history.Deleted, history.JournalLine, venues.SiteCard, guests.GuestHit, guests.GuestVisits,
    reservations.Found, reservations.Checked, reservations.CancelTerms, reservations.CheckWish,
    reservations.BookingLink, tickets.TicketView, waitlist.PartyLink,
    waitlist.PastParty, reservations.SlotKept, slots.SlotsConfig, slots.SlotDay, slots.SlotEffects,
    planning.Moved, planning.NotPossible, planning.PlanView, planning.WhatIf, planning.Compared,
    availability.AvailableDay, availability.CalendarView, availability.WhyNot, availability.WhyNotAnswer,
    availability.Certificate, quoting.QuoteView, quoting.WaitsReport,
)  # fmt: skip


def components(ref: str) -> dict[str, Any]:
    """JSON Schema of every word, by name, referring to each other by `ref`."""
    types = [*COMMANDS.values(), *FACTS.values(), *ROWS.values(), *REPLIES]
    _, found = msgspec.json.schema_components(types, ref_template=ref)
    return dict(sorted(found.items()))


def bodies(ref: str) -> dict[str, Any]:
    """The same where a path or method names the command: its body need not."""
    words = components(ref)
    for command in COMMANDS.values():
        words[command.__name__]["required"].remove("command")
    return words


def wire_schema() -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The words of maitred's wire",
        "x-commands": {name: command.__name__ for name, command in ASKABLE.items()},
        "x-facts": {name: fact.__name__ for name, fact in FACTS.items()},
        "x-rows": {name: row.__name__ for name, row in ROWS.items()},
        "$defs": components("#/$defs/{name}"),
    }


def typescript() -> str:
    """The same words as TypeScript declarations, for `tsc --checkJs`. Commands are as screens send them: as bodies."""
    lines = ["// Generated from schemas/ by `python -m hub.golden`; do not edit.", ""]
    for name, schema in bodies("#/$defs/{name}").items():
        doc = " ".join(schema.get("description", "").split())
        if doc:
            lines.append(f"/** {doc} */")
        lines += [f"export type {name} = {_type(schema)};", ""]
    lines.append(f"export type Row = {' | '.join(row.__name__ for row in ROWS.values())};")
    lines.append(f"export type Fact = {' | '.join(fact.__name__ for fact in FACTS.values())};")
    lines.append("export type Answer = Done | Refused;")
    lines.append("export interface RowByType {")
    lines += [f'  "{name}": {row.__name__};' for name, row in ROWS.items()]
    lines += ["}", "export interface CommandByName {"]
    lines += [f'  "{name}": {command.__name__};' for name, command in ASKABLE.items()]
    lines += ["}", "export type Patch = { put: Row } | { drop: [string, string] };"]
    lines += [
        "export interface Publication {",
        "  type?: 'reset'; seq: number; key: string | null; at: string; facts: Fact[]; patches: Patch[];",
        "}",
        "",
    ]
    return "\n".join(lines)


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return schema["$ref"].rsplit("/", 1)[1]
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if "const" in schema:
        return json.dumps(schema["const"])
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_type(option) for option in schema["anyOf"]))
    match schema.get("type"):
        case "object":
            return _object(schema)
        case "array":
            if "prefixItems" in schema:
                return f"[{', '.join(_type(item) for item in schema['prefixItems'])}]"
            inner = _type(schema.get("items", {}) or {})
            return f"({inner})[]" if "|" in inner else f"{inner}[]"
        case "integer" | "number":
            return "number"
        case "string":
            return "string"
        case "boolean":
            return "boolean"
        case "null":
            return "null"
    return "any"


def _object(schema: dict[str, Any]) -> str:
    if "properties" not in schema:
        values = schema.get("additionalProperties")
        return f"Record<string, {_type(values) if isinstance(values, dict) else 'any'}>"
    required = set(schema.get("required", ()))
    fields = []
    for name, field in schema["properties"].items():
        mark = "" if name in required else "?"
        fields.append(f"{json.dumps(name)}{mark}: {_type(field)}")
    return "{ " + "; ".join(fields) + " }"


def files() -> dict[Path, str]:
    from hub import asyncapi, openapi  # they import the doors and the house, which nobody else here needs

    def as_text(thing: Any) -> str:
        return json.dumps(thing, indent=1, ensure_ascii=False, sort_keys=False) + "\n"

    return {
        ROOT / "schemas/golden/wire.schema.json": as_text(wire_schema()),
        ROOT / "schemas/golden/openapi.json": as_text(openapi.document()),
        ROOT / "schemas/golden/asyncapi.json": as_text(asyncapi.document()),
        ROOT / "static/wire.d.ts": typescript(),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when a file differs instead of writing it")
    check = parser.parse_args().check
    odd = []
    for path, text in files().items():
        if path.exists() and path.read_text() == text:
            continue
        odd.append(str(path.relative_to(ROOT)))
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
    if odd:
        print(("differs: " if check else "written: ") + ", ".join(odd))  # noqa: T201
    return 1 if odd and check else 0


if __name__ == "__main__":
    sys.exit(main())
