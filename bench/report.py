"""What a bench says: rows of one shape, a table for people, a file for machines.

A row is {case, subject, metric, value, unit, target, ok} beside the seed, the machine and the commit it was measured
on. `target` is a sentence fragment such as "<= 100"; `ok` is None where there is no target or nothing was measured.
"""

import math
import os
import platform
import subprocess
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).parent.parent


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One measured figure; `note` says what a reader must know to repeat or doubt it."""

    case: str
    subject: str
    metric: str
    value: float | str
    unit: str = ""
    target: str = ""
    ok: bool | None = None
    note: str = ""


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    cpu: str
    cores: int
    memory_gb: float
    kernel: str
    python: str
    load_before: float
    """One-minute load average when the bench began: a busy machine explains a bad figure."""


class Report:
    """Collects rows, shows each as it comes, and writes them all."""

    def __init__(self, bench: str, *, seed: int, quick: bool) -> None:
        self.bench, self.seed, self.quick = bench, seed, quick
        self.machine, self.commit, self.began = machine(), commit(), time.time()
        self.rows: list[Row] = []

    def add(
        self, case: str, subject: str, metric: str, value: float, unit: str, *,
        at_most: float | None = None, at_least: float | None = None, note: str = "",
    ) -> Row:  # fmt: skip
        """One figure, judged by its target if it has one."""
        target, ok = "", None
        if at_most is not None:
            target, ok = f"<= {at_most:g}", value <= at_most
        elif at_least is not None:
            target, ok = f">= {at_least:g}", value >= at_least
        return self._keep(
            Row(case=case, subject=subject, metric=metric, value=value, unit=unit, target=target, ok=ok, note=note)
        )

    def skip(self, case: str, subject: str, metric: str, why: str, *, target: str = "") -> Row:
        """A figure that could not be measured here: said, never left out."""
        return self._keep(Row(case=case, subject=subject, metric=metric, value="skipped", target=target, note=why))

    def fail(self, case: str, subject: str, why: str) -> Row:
        """A case that broke off: as bad as a missed target."""
        return self._keep(Row(case=case, subject=subject, metric="", value="failed", ok=False, note=why))

    def _keep(self, row: Row) -> Row:
        self.rows.append(row)
        print(_line(row), flush=True)
        return row

    @property
    def missed(self) -> list[Row]:
        return [row for row in self.rows if row.ok is False]

    def heading(self) -> str:
        m = self.machine
        quick = " · quick run: figures are rough" if self.quick else ""
        return (
            f"bench {self.bench} · seed {self.seed} · commit {self.commit}{quick}\n"
            f"{m.cpu}, {m.cores} cores, {m.memory_gb:.0f} GB, {m.kernel}, Python {m.python}, load {m.load_before:.2f}"
        )

    def table(self) -> str:
        return "\n".join([self.heading(), *map(_line, self.rows)])

    def as_json(self) -> bytes:
        whole: dict[str, Any] = {
            "bench": self.bench, "seed": self.seed, "commit": self.commit, "quick": self.quick, "began": self.began,
            "machine": self.machine, "rows": self.rows,
        }  # fmt: skip
        return msgspec.json.format(msgspec.json.encode(whole), indent=1) + b"\n"


def _line(row: Row) -> str:
    value = row.value if isinstance(row.value, str) else f"{row.value:,.{2 if abs(row.value) < 100 else 0}f}"
    verdict = {True: "ok", False: "MISSED", None: ""}[row.ok]
    note = f"  ({row.note})" if row.note else ""
    measured = f"{value:>10} {row.unit:<12}"
    return f"  {row.case:<12} {row.subject:<34} {row.metric:<22} {measured} {row.target:<8} {verdict:<6}{note}".rstrip()


def quantile(values: Sequence[float], q: float) -> float:
    """The smallest value that at least a share `q` of the values do not exceed; no interpolation flatters it."""
    assert values, "no figures"
    ordered = sorted(values)
    return ordered[max(0, math.ceil(q * len(ordered)) - 1)]


def spread(report: Report, case: str, subject: str, values: Sequence[float], unit: str, **targets: float) -> None:
    """Median, p95 and p99 of a set of figures; `p95=` or `p99=` names a target."""
    for name, q in (("p50", 0.50), ("p95", 0.95), ("p99", 0.99)):
        report.add(case, subject, name, quantile(values, q), unit, at_most=targets.get(name), note=f"n={len(values)}")


def machine() -> Machine:
    with Path("/proc/cpuinfo").open() as info:
        models = (line.split(":", 1)[1].strip() for line in info if line.startswith("model name"))
        cpu = next(models, platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return Machine(
        cpu=cpu, cores=os.cpu_count() or 1, memory_gb=memory, kernel=f"{platform.system()} {platform.release()}",
        python=platform.python_version(), load_before=os.getloadavg()[0],
    )  # fmt: skip


def commit() -> str:
    """The commit measured, with a `+` if the tree differs from it."""
    said = _git("rev-parse", "--short=10", "HEAD")
    if said is None:
        return "unknown"
    return said + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")


def _git(*words: Iterable[str]) -> str | None:
    try:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
