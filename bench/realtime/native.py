"""The C parts, compiled where they run, and one run of the load client."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

HERE = Path(__file__).parent
LIMIT_S = 240.0
"""One run of the load client, all its phases."""


class MissingError(RuntimeError):
    """Something cannot run on this machine; the message says what it wants."""


class LoadError(RuntimeError):
    """A run of the load client broke off."""


def cache() -> Path:
    """Where what is built or installed for the bench stays: outside the repository, and safe to delete."""
    folder = Path(os.environ.get("MAITRED_BENCH_CACHE") or Path.home() / ".cache" / "maitred-bench")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def build(name: str) -> Path:
    """`name`.c as a program; compiled once for each text it ever had."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        raise MissingError("no C compiler: gcc or cc")
    source = HERE / f"{name}.c"
    text = source.read_bytes() + (HERE / "frame.h").read_bytes()
    program = cache() / f"{name}-{hashlib.sha256(text).hexdigest()[:12]}"
    if not program.exists():
        with tempfile.TemporaryDirectory(dir=cache()) as folder:
            fresh = Path(folder) / name
            command = [compiler, "-O2", "-o", str(fresh), str(source)]
            told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
            if told.returncode:
                raise MissingError(f"{source.name} does not compile here: {told.stderr.strip()[-300:]}")
            fresh.replace(program)
    return program


class Phase(msgspec.Struct, frozen=True):
    """What the load client says of one phase: CPU in seconds, memory in KB, latencies in µs. See client.c."""

    phase: str
    seconds: float
    cpu: float
    client_cpu: float
    ready: int
    rss_kb: int
    pss_kb: int
    published: int
    deliveries: int
    missing: int
    gaps: int
    repeats: int
    unreadable: int
    closed: int
    close_code: int
    unsubscribed: int
    recovered: int
    reread: int
    recovered_items: int
    p50_us: float
    p99_us: float
    p999_us: float
    rss_kb_before: int = 0
    pss_kb_before: int = 0
    rss_kb_most: int = 0
    kernel_kb: int = 0
    stallers: int = 0
    came_back: int = 0
    behind: int = 0

    @property
    def wrong(self) -> int:
        """Deliveries that did not come once and in order, or could not be read."""
        return self.missing + self.gaps + self.repeats + self.unreadable

    @property
    def cpu_us(self) -> float:
        """CPU per delivery."""
        return self.cpu / self.deliveries * 1e6 if self.deliveries else float("nan")

    @property
    def connects_per_cpu_s(self) -> float:
        return self.ready / self.cpu if self.cpu else float("nan")

    @property
    def kb_per_connection(self) -> float:
        return (self.rss_kb - self.rss_kb_before) / self.ready


_phase = msgspec.json.Decoder(Phase).decode


def drive(
    phases: Sequence[str], *, protocol: str, ports: Sequence[int], publisher: str, publisher_port: int,
    pids: Sequence[int], readers: int, topics: int = 1, stallers: int = 0, size: int = 300, patience_s: float = 3.0,
    core: int | None = None,
) -> list[Phase]:  # fmt: skip
    """Run phases one after the other against servers that listen; what each cost. LoadError where one broke off."""
    words = {
        "protocol": protocol, "ports": ",".join(map(str, ports)), "publisher": publisher,
        "publisher_port": publisher_port, "pids": ",".join(map(str, pids)), "readers": readers, "topics": topics,
        "stallers": stallers, "size": size, "patience": patience_s,
    }  # fmt: skip
    command = [str(build("client")), *(f"{name}={value}" for name, value in words.items()), *phases]
    with pinned(core):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        said, complaints = process.communicate(timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise LoadError(f"{' '.join(phases)} took longer than {LIMIT_S:g} s") from None
    if process.returncode:
        raise LoadError(complaints.strip().splitlines()[-1] if complaints.strip() else f"exit {process.returncode}")
    return [_phase(line) for line in said.splitlines()]


class pinned:  # noqa: N801  (reads as a sentence: with pinned(core): start)
    """Whatever is started inside runs on this core only; None leaves it where it likes."""

    def __init__(self, core: int | None) -> None:
        self.core = core

    def __enter__(self) -> None:
        self._before = os.sched_getaffinity(0)
        if self.core is not None:
            os.sched_setaffinity(0, {self.core})

    def __exit__(self, *exc: object) -> None:
        os.sched_setaffinity(0, self._before)


def cores() -> tuple[int | None, int | None]:
    """One for the server, one for the load client; nothing is pinned where there is only one."""
    allowed = sorted(os.sched_getaffinity(0))
    return (allowed[0], allowed[1]) if len(allowed) > 1 else (None, None)
