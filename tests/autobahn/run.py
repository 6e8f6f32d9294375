"""The Autobahn test suite against the edge (`make autobahn`): RFC 6455 as others read it.

The suite needs a Python 2.7, which may be named: AUTOBAHN_PYTHON=/path/to/python2.7. Without one this says so and ends
with 0. Of the size and speed cases (9) only those within the edge's message limit are run. Reports: test-results/.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import uvloop

from realtime.edges.handshake import PATH
from tests.autobahn.echo import echoing

HERE, ROOT = Path(__file__).parent, Path(__file__).parents[2]
HOME = ROOT / ".venv" / "autobahn"
REPORTS = ROOT / "test-results" / "autobahn"
NAMES = ("python2.7", "python2", "pypy2.7", "pypy2", "pypy")
GOOD = {"OK", "NON-STRICT", "INFORMATIONAL"}
INSTALL_S, RUN_S = 900, 600
CASES_MIN = 250


class CannotRunError(Exception):
    """There is nothing here to run the suite with."""


def is_python_27(program: str) -> bool:
    """A shim of that name may lie on PATH and lead nowhere, so it is asked."""
    try:
        said = subprocess.run(
            [program, "-c", "import sys; print(sys.version_info[:2] == (2, 7))"], capture_output=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return said.stdout.strip() == b"True"


def python_27() -> str:
    named = os.environ.get("AUTOBAHN_PYTHON")
    if named:
        if not is_python_27(named):
            raise CannotRunError(f"AUTOBAHN_PYTHON={named} is no Python 2.7")
        return named
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = [shutil.which(name) for name in NAMES] + [str(p) for p in sorted(pyenv.glob("versions/*2.7*/bin/python"))]
    for program in found:
        if program and is_python_27(program):
            return program
    raise CannotRunError("no Python 2.7 (nor PyPy 2.7) on PATH; name one with AUTOBAHN_PYTHON=/path/to/python2.7")


def installed() -> Path:
    """The suite's own environment, made at the first time. virtualenv brings the last pip that knows Python 2."""
    wstest = HOME / "bin" / "wstest"
    wanted = (HERE / "requirements.txt").read_text()
    stamp = HOME / "installed.txt"
    if wstest.exists() and stamp.exists() and stamp.read_text() == wanted:
        return wstest
    python = python_27()
    print(f"Installing the Autobahn suite for {python} (once).", flush=True)
    shutil.rmtree(HOME, ignore_errors=True)
    uvx = ROOT / ".venv" / "bin" / "uvx"
    steps = (
        [str(uvx), "--from", "virtualenv<20.22", "virtualenv", "--quiet", "--python", python, str(HOME)],
        [str(HOME / "bin" / "pip"), "install", "--quiet", "--requirement", str(HERE / "requirements.txt")],
    )
    for step in steps:
        try:
            done = subprocess.run(step, capture_output=True, text=True, timeout=INSTALL_S, check=False)
        except (OSError, subprocess.TimeoutExpired) as fault:
            raise CannotRunError(f"it cannot be installed: {fault}") from fault
        if done.returncode:
            raise CannotRunError(f"it cannot be installed: {' '.join(step)}\n{(done.stderr or done.stdout)[-1500:]}")
    stamp.write_text(wanted)
    return wstest


async def examined(wstest: Path) -> dict[str, Any]:
    """Every case with its outcome, by number."""
    shutil.rmtree(REPORTS, ignore_errors=True)
    REPORTS.mkdir(parents=True)
    spec = json.loads((HERE / "fuzzingclient.json").read_text()) | {"outdir": str(REPORTS)}
    async with echoing() as port:
        spec["servers"] = [{"agent": "maitred", "url": f"ws://127.0.0.1:{port}{PATH}"}]
        (REPORTS / "spec.json").write_text(json.dumps(spec))
        with (REPORTS / "wstest.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                wstest.parent / "python", "-W", "ignore", wstest, "--mode", "fuzzingclient", "--spec", REPORTS / "spec.json",
                cwd=REPORTS, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
            try:
                await asyncio.wait_for(process.wait(), RUN_S)
            finally:
                if process.returncode is None:
                    process.kill()
    report = REPORTS / "index.json"
    if process.returncode or not report.exists():
        raise SystemExit(f"the suite itself failed, see {REPORTS / 'wstest.log'}")
    return json.loads(report.read_text())["maitred"]


def main() -> int:
    try:
        wstest = installed()
    except CannotRunError as why:
        print(f">>> AUTOBAHN NOT RUN: {why}", file=sys.stderr)
        return 0
    cases = uvloop.run(examined(wstest))
    failed = {n: c for n, c in cases.items() if not {c["behavior"], c["behaviorClose"]} <= GOOD}
    for number, case in sorted(failed.items()):
        print(f"  {number}: {case['behavior']}, close {case['behaviorClose']} ({case.get('remoteCloseCode')})")
    told = ", ".join(f"{n} {word}" for word, n in Counter(c["behavior"] for c in cases.values()).most_common())
    print(f"Autobahn: {len(cases)} cases, {len(failed)} failed ({told}). Reports: {REPORTS.relative_to(ROOT)}/index.html")
    if len(cases) < CASES_MIN:
        print(f"only {len(cases)} of at least {CASES_MIN} cases were run")
        return 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
