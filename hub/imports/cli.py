"""`maitred import FILE…`: reads, checks, shows what would change, takes it in."""

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any

import msgspec

from hub.core import sql
from hub.core.actor import HOUSE
from hub.core.ids import new_id
from hub.core.settings import BadSettingError, Settings
from hub.imports import reading, rules
from schemas.base import Refused
from schemas.imports import ApplyImport, Report

q = sql.load(__file__)

STAGED_AT_ONCE = 2000  # lines sent to the staging table in one round


def register(subparsers: Any) -> None:
    parser = subparsers.add_parser(
        "import",
        help="take in a house's own floor plan, book and guests (CSV or JSON)",
        description="Takes a floor plan, a book or guests from CSV or JSON files: all lines or none. "
        "Columns and examples: docs/import.md.",
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--site", help="the site's id; not needed where there is one site")
    parser.add_argument("--kind", choices=sorted(reading.LINE), help="what a CSV holds, when its columns do not tell")
    parser.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="OURS=THEIRS",
        help="names a column of the file, e.g. covers=Pax",
    )
    parser.add_argument("--map", type=Path, metavar="FILE", help='a JSON column map: {"covers": "Pax", …}')
    parser.add_argument("--time-format", help="how times are written, as strptime takes it, e.g. '%%d/%%m/%%Y %%H:%%M'")
    parser.add_argument("--dry-run", action="store_true", help="show what would change, change nothing")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    try:
        columns = _columns(args)
    except ValueError as error:
        print(f"maitred import: {error}", file=sys.stderr)
        return 2
    read = [reading.read(path, args.kind, columns) for path in args.files if _there(path)]
    if len(read) < len(args.files):
        return 2
    faults = [fault for lines in read for fault in lines.faults]
    if not faults:
        try:
            return asyncio.run(_import(args, read))
        except BadSettingError as error:
            print(f"maitred import: {error}", file=sys.stderr)
            return 2
    return _say(faults)


def _there(path: Path) -> bool:
    if path.is_file():
        return True
    print(f"maitred import: there is no file {path}", file=sys.stderr)
    return False


def _columns(args: argparse.Namespace) -> dict[str, str]:
    columns: dict[str, str] = {}
    if args.map:
        try:
            columns |= msgspec.json.decode(args.map.read_bytes(), type=dict[str, str])
        except (OSError, msgspec.DecodeError) as error:
            raise ValueError(f"--map {args.map}: {error}") from error
    for pair in args.column:
        ours, equals, theirs = pair.partition("=")
        if not equals or not ours or not theirs:
            raise ValueError(f"--column takes OURS=THEIRS, not {pair!r}")
        columns[ours] = theirs
    known = {field.name for line in reading.LINE.values() for field in msgspec.structs.fields(line)}
    unknown = sorted(columns.keys() - known)
    if unknown:
        raise ValueError(f"there is no column {unknown[0]!r} here; columns are {', '.join(sorted(known))}")
    return columns


def _say(faults: list[reading.Fault]) -> int:
    for fault in faults[: reading.FAULTS_SHOWN]:
        print(fault, file=sys.stderr)
    if len(faults) > reading.FAULTS_SHOWN:
        print(f"… and {len(faults) - reading.FAULTS_SHOWN} more", file=sys.stderr)
    need = "one line needs" if len(faults) == 1 else f"{len(faults)} lines need"
    print(f"Nothing was imported: {need} a hand.", file=sys.stderr)
    return 1


async def _import(args: argparse.Namespace, read: list[reading.Lines]) -> int:
    # late: every `maitred` command reads this module, and only this one needs the whole hub
    from hub.core.embedded import migrate
    from hub.house import House
    from hub.supervisor import Servers

    with Servers(Settings.load()) as servers:
        migrate(servers.settings.database_url or "")
        house = await House.open(servers.settings)
        try:
            return await take(house, read, args)
        finally:
            await house.close()


async def take(house: Any, read: list[reading.Lines], args: argparse.Namespace) -> int:
    """Stages the lines, gives the one command, says what happened. 0 done, 1 the file needs a hand, 2 wrong call."""
    import hub.imports.actions  # noqa: F401 - registers what `give` will look for
    from hub.venues import views as venues

    sites = {record["id"]: record for record in await q.sites(house.pool)}
    site_id = args.site or (next(iter(sites)) if len(sites) == 1 else None)
    if site_id is None or site_id not in sites:
        print(f"maitred import: say --site; there are {', '.join(sites) or 'none yet'}", file=sys.stderr)
        return 2
    import_id = new_id()
    site = await venues.site(house.pool, site_id)
    assert site is not None, "it is among the sites"
    staged, faults = _staged(args, read, site)
    if faults:
        return _say(faults)
    try:
        for start in range(0, len(staged), STAGED_AT_ONCE):
            await house.pool.executemany(
                "INSERT INTO import_line (import_id, kind, line, data) VALUES ($1, $2, $3, $4)",
                [(import_id, *line) for line in staged[start : start + STAGED_AT_ONCE]],
            )
        wish = ApplyImport(site_id=site_id, key=f"import-{import_id}", import_id=import_id, dry_run=args.dry_run)
        answer = await house.commands.give(HOUSE, wish)
    finally:
        await q.drop_stage(house.pool, import_id=import_id)
    if isinstance(answer, Refused) and not isinstance(answer.about, Report):
        print(f"{args.files[0].name} {answer.message}\nNothing was imported.", file=sys.stderr)
        return 1
    report: Report = answer.about if isinstance(answer, Refused) else answer.result
    if not args.dry_run:
        await q.count_rows(house.pool)
    _tell(report, dry=args.dry_run)
    return 0


def _staged(
    args: argparse.Namespace, read: list[reading.Lines], site: Any
) -> tuple[list[tuple[str, int, Any]], list[reading.Fault]]:
    """Lines ready for the staging table, numbered across files: moments worked out, and numbers and names made
    comparable, which takes its time and is better done before anybody's lock is held."""
    from hub.guests import phones
    from hub.guests.rules import searchable

    staged: list[tuple[str, int, Any]] = []
    faults: list[reading.Fault] = []
    refs = rules.Refs()
    for path, lines in zip(args.files, read, strict=True):
        seen: dict[str, int] = {}
        for kind, found in lines.good.items():
            for number, line in found:
                if kind == "floor":
                    if line.number in seen:
                        faults.append(
                            reading.Fault(
                                path.name,
                                number,
                                "number",
                                f"table {line.number} is on line {seen[line.number]} already",
                            )
                        )
                    seen[line.number] = number
                    if line.min_covers and line.min_covers > line.max_covers:
                        faults.append(reading.Fault(path.name, number, "min_covers", "is more than max_covers"))
                    staged.append((kind, len(staged), line))
                    continue
                number_of = phones.normal(line.phone, site.country)
                if kind == "guests":
                    staged.append((kind, len(staged), {"line": line, "number": number_of}))
                    continue
                moments = {
                    name: rules.moment(getattr(line, name), site.timezone, args.time_format)
                    for name in ("starts_at", "booked_at")
                }
                wrong = {name: said for name, said in moments.items() if isinstance(said, str)}
                faults.extend(reading.Fault(path.name, number, name, said) for name, said in wrong.items())
                if not wrong:
                    ref = rules.book_ref(refs, line, moments["starts_at"], moments["booked_at"])  # type: ignore[arg-type]
                    named = {"number": number_of, "search": searchable(line.name)}
                    staged.append(("book", number, {"line": line, "ref": ref, **moments, **named}))
    return staged, faults


def _tell(report: Report, *, dry: bool) -> None:
    print("Dry run: nothing was changed. This would happen:" if dry else "Imported:")
    for kind, counts in report.counts.items():
        print(f"  {kind}: {counts['new']} new, {counts['changed']} changed, {counts['same']} as they are")
    if dry:
        for change in report.changes:
            print(f"  · {change}")
    for warning in report.warnings:
        print(f"  ! {warning}")
