"""`python -m bench [NAME] [--quick] [--seed N] [--json FILE]` measures, prints a table and names missed targets.

Without a name, one bench after the other; `--json out.json` then writes out-NAME.json for each.

Exit code 0: every target met or not measurable here (such rows say why); 1: a target was missed; 2: asked wrongly.
"""

import argparse
import importlib
import sys
from pathlib import Path

from bench.report import Report

BENCHES = {
    "evening": "the whole house under an evening's load: pushes, commands, taps, start, memory",
    "book": "a house with 50,000 guests and 200,000 past reservations beside one without",
    "load": "many at once: people at the doors, tablets and sockets, fifty sites",
    "realtime": "the socket against a C floor and its peers",
    "solvers": "tables, waits and plans against their bounds",
    "routing": "dispatch against the best known routes",
}
"""Name → what it measures. A bench is a module with `run(report)`; one that is not there yet is not offered."""

SEED = 1905


def offered() -> dict[str, str]:
    here = Path(__file__).parent
    there = {n for n in BENCHES if (here / f"{n}.py").exists() or (here / n / "__init__.py").exists()}
    return {name: what for name, what in BENCHES.items() if name in there}


def main() -> int:
    names = offered()
    listed = "\n".join(f"  {name:<10} {what}" for name, what in names.items())
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, epilog=f"benches:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("name", nargs="?", choices=names)
    parser.add_argument("--quick", action="store_true", help="a smaller, rougher run")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there as well")
    parser.add_argument("--only", default="", metavar="CASE[,CASE]", help="only these cases of the bench")
    args = parser.parse_args()
    only = frozenset(filter(None, args.only.split(",")))
    met = True
    for name in [args.name] if args.name else names:
        file = args.json if args.name or not args.json else args.json.with_stem(f"{args.json.stem}-{name}")
        met &= _measure(name, file, only, seed=args.seed, quick=args.quick)
    return 0 if met else 1


def _measure(name: str, file: Path | None, only: frozenset[str], *, seed: int, quick: bool) -> bool:
    """One bench; whether every target was met."""
    report = Report(name, seed=seed, quick=quick)
    print(report.heading())
    try:
        importlib.import_module(f"bench.{name}").run(report, only)
    finally:
        if file:
            file.write_bytes(report.as_json())
    for row in report.missed:
        print(f"MISSED: {row.case} · {row.subject} · {row.metric}: {row.value} {row.unit}, target {row.target}")
    return not report.missed


if __name__ == "__main__":
    sys.exit(main())
