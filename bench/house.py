"""A whole throw-away house for benches and tests: its own data directory, its own port, its own processes.

    with House() as house:            # the sample house, without the simulated evening
        house.url
        house.kill("hub.serve")       # SIGKILL; the supervisor starts it again
        house.pss_mb()

It is opened the way everybody opens it, `python -m hub.cli serve --demo`, so what is measured is what is used.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

ROOT: Final = Path(__file__).parent.parent
OPEN_S: Final = 90.0  # wall seconds for a house to open, first start included; it takes a few
CLOSE_S: Final = 30.0  # wall seconds to close in order, before it is killed
LOOK_EVERY_S: Final = 0.02  # opening times are read this exactly
_TICKS: Final = os.sysconf("SC_CLK_TCK")


class NotOpenError(Exception):
    """The house did not open; the message ends with the last lines it said."""


@dataclass(frozen=True, slots=True)
class Proc:
    """One process of a house, as /proc shows it."""

    pid: int
    parent: int
    command: str
    cpu_s: float


class House:
    def __init__(
        self, *, sample: bool = True, evening: bool = False, data_dir: Path | None = None, python: str = sys.executable,
        environment: dict[str, str] | None = None,
    ) -> None:  # fmt: skip
        """`evening`: with the simulated evening. A `data_dir` given stays when the house closes."""
        self.sample, self.evening, self.python = sample, evening, python
        self._root = None if data_dir else Path(tempfile.mkdtemp(prefix="maitred-bench-"))
        self.data_dir = data_dir or self._root / "data"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = (self._root or self.data_dir.parent) / f"house-{self.port}.log"
        self._environment = environment or {}
        self._supervisor: subprocess.Popen[bytes] | None = None

    # ---- opening and closing

    def open(self) -> float:
        """Opens it; wall seconds from the start of the command until /health/ready says 200. Raises NotOpenError."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("MAITRED_")} | {
            "MAITRED_DATA_DIR": str(self.data_dir), "MAITRED_PORT": str(self.port), "MAITRED_HOST": "127.0.0.1",
            "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        if not self.evening:
            environment["SIMULATOR_STAYS_HOME"] = "1"
        environment |= self._environment
        command = [self.python, "-m", "hub.cli", "serve", *(["--demo"] if self.sample else [])]
        began = time.monotonic()
        with self.log.open("ab") as log:
            self._supervisor = subprocess.Popen(
                command, env=environment, cwd=self._root or ROOT, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        self.wait_ready()
        return time.monotonic() - began

    def wait_ready(self, at_most_s: float = OPEN_S) -> None:
        until = time.monotonic() + at_most_s
        while time.monotonic() < until:
            if self._supervisor is not None and self._supervisor.poll() is not None:
                break
            if self.answers("/health/ready"):
                return
            time.sleep(LOOK_EVERY_S)
        said = self.log.read_text(errors="replace")[-1500:] if self.log.exists() else ""
        raise NotOpenError(f"the house on port {self.port} did not open:\n{said}")

    def answers(self, path: str) -> bool:
        """Whether a GET brings a 200 (pages after their redirects)."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=2) as answer:  # noqa: S310 our own http address
                answer.read()
                return answer.status == 200
        except (OSError, urllib.error.URLError):
            return False

    def close(self) -> None:
        """In order; what is left after CLOSE_S is killed. Keeps the data, so that `open` goes on from it."""
        if self._supervisor is None:
            return
        known = [p.pid for p in self.processes()]
        if self._supervisor.poll() is None:
            self._supervisor.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._supervisor.wait(CLOSE_S)
        for pid in known:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._supervisor.wait()
        self._supervisor = None

    def crash(self) -> None:
        """Everything of the house dies at once: supervisor, processes, servers."""
        assert self._supervisor is not None
        for process in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        self._supervisor.wait()
        self._supervisor = None

    def kill(self, word: str) -> list[int]:
        """SIGKILL to every process whose command line holds this word, such as "hub.serve" or "valkey"."""
        hit = [p.pid for p in self.processes() if word in p.command]
        for pid in hit:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return hit

    def __enter__(self) -> Self:
        try:
            self.opened_s = self.open()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
        if self._root:
            shutil.rmtree(self._root, ignore_errors=True)

    # ---- watching

    def processes(self) -> list[Proc]:
        """The house's processes. Its servers live in sessions of their own: they are known by its data directory."""
        everyone = {p.pid: p for p in _all_processes()}
        mine = {self._supervisor.pid} if self._supervisor else set()
        mine |= {p.pid for p in everyone.values() if str(self.data_dir) in p.command}
        grown = True
        while grown:
            children = {p.pid for p in everyone.values() if p.parent in mine} - mine
            mine, grown = mine | children, bool(children)
        return [everyone[pid] for pid in sorted(mine) if pid in everyone]

    def pss_mb(self) -> dict[str, float]:
        """Memory by command, MB: each shared page counted once over all who share it, so that a sum is a sum."""
        found: dict[str, float] = {}
        for process in self.processes():
            name = _short(process.command)
            found[name] = found.get(name, 0.0) + _pss_mb(process.pid)
        return found

    def rss_mb(self) -> float:
        """The plain sum of resident sizes, MB; shared pages count as often as they are shared."""
        return sum(_field_mb(Path(f"/proc/{p.pid}/status"), "VmRSS:") for p in self.processes())

    def cpu_s(self) -> dict[str, float]:
        """CPU seconds so far, by command. A difference of two readings is robust where latency on a busy box is not."""
        found: dict[str, float] = {}
        for process in self.processes():
            name = _short(process.command)
            found[name] = found.get(name, 0.0) + process.cpu_s
        return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_of(pid: int) -> float:
    """User and system CPU seconds of one process so far."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / _TICKS


def _all_processes() -> Iterator[Proc]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                words = (entry / "stat").read_text().rpartition(")")[2].split()
                if words[0] != "Z":
                    cpu = (int(words[11]) + int(words[12])) / _TICKS
                    yield Proc(int(entry.name), int(words[1]), command, cpu)


def _short(command: str) -> str:
    """What a process is, in a word: "hub.serve", "postgres", "valkey-server"."""
    words = command.split()
    if "-m" in words:
        return words[words.index("-m") + 1]
    return Path(words[0]).name.rstrip(":") if words else "?"


def _pss_mb(pid: int) -> float:
    try:
        return _field_mb(Path(f"/proc/{pid}/smaps_rollup"), "Pss:")
    except OSError:
        return 0.0


def _field_mb(file: Path, field: str) -> float:
    try:
        with file.open() as lines:
            return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(field)), 0.0)
    except OSError:
        return 0.0
