"""A process that thinks: `python -m hub.planning.worker` answers seating problems, and questions about availability,
until its input ends.

Frames on both pipes: 4 bytes of length, then MessagePack. In: `Ask` or `Question`, or `Stop` naming one that is no
longer wanted. Out: one `Ready` once the kernels are compiled, then one `Told` each, in order. A thread reads the input,
so that a stop is heard while the solver thinks; the solver asks for it at least every 50 ms. Whatever a library prints
goes to the error stream.
"""

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from types import ModuleType
from typing import BinaryIO

import msgspec
from msgspec import Struct

from solvers.availability.answers import Considered
from solvers.availability.hours import Hours
from solvers.budget import Budget
from solvers.seating.evening import Evening, Party, Plan

NICE = 5
FRAME_MAX = 64 * 1024 * 1024  # bytes; 600 parties are 100 kB


class Ask(Struct, frozen=True, tag="ask"):
    """Plan this within `ms`; with `work`, within so many steps instead (tests)."""

    number: int
    evening: Evening
    ms: float
    seed: int = 1
    work: int | None = None


class Question(Struct, frozen=True, tag="question"):
    """May these parties come (`solvers.availability.consider`), each of `asked` in any of its ways? With `why`: of a no
    to the first, what stands in the way and what would help.
    """

    number: int
    evening: Evening
    hours: Hours
    asked: tuple[tuple[Party, ...], ...]
    ms: float
    why: bool = False
    seed: int = 1
    work: int | None = None


class Stop(Struct, frozen=True, tag="stop"):
    """Asks up to this number are no longer wanted."""

    number: int


class Ready(Struct, frozen=True, tag="ready"):
    """The kernels are compiled."""


class Told(Struct, frozen=True, tag="told"):
    """The plan asked for, or the answers; neither when the solver failed, `fault` being the kind of its error."""

    number: int
    plan: Plan | None
    fault: str = ""
    considered: Considered | None = None


_asked = msgspec.msgpack.Decoder(Ask | Question | Stop)
_encode = msgspec.msgpack.Encoder().encode

Solve = Callable[[Evening, Budget], Plan]


def read_frame(pipe: BinaryIO) -> bytes | None:
    """The next frame; None at the end of the input."""
    head = pipe.read(4)
    if len(head) < 4:
        return None
    length = int.from_bytes(head, "big")
    if length > FRAME_MAX:
        return None
    body = pipe.read(length)
    return body if len(body) == length else None


def frame(word: Struct) -> bytes:
    body = _encode(word)
    return len(body).to_bytes(4, "big") + body


def serve(solve: Solve, warm: Callable[[], None], pipe_in: BinaryIO, pipe_out: BinaryIO) -> None:
    """Answers until the input ends; then the process ends."""
    asks: SimpleQueue[Ask | Question] = SimpleQueue()
    stopped = [0]

    def listen() -> None:
        while (body := read_frame(pipe_in)) is not None:
            word = _asked.decode(body)
            if isinstance(word, Stop):
                stopped[0] = max(stopped[0], word.number)
            else:
                asks.put(word)
        os._exit(0)  # whoever asked is gone; whatever is being compiled or solved is for nobody

    threading.Thread(target=listen, name="listen", daemon=True).start()

    def say(word: Struct) -> None:
        pipe_out.write(frame(word))
        pipe_out.flush()

    warm()
    say(Ready())
    while True:
        say(_think(solve, asks.get(), stopped))


def _think(solve: Solve, ask: Ask | Question, stopped: list[int]) -> Told:
    budget = Budget.of(
        ask.ms, time.monotonic, work=ask.work, seed=ask.seed, stop=lambda: stopped[0] >= ask.number
    )
    try:
        if isinstance(ask, Question):
            return Told(ask.number, None, considered=_consider(ask, budget))
        return Told(ask.number, solve(ask.evening, budget))
    except Exception as fault:  # noqa: BLE001 - the process' outermost edge: the fault is told, the next ask is answered
        return Told(ask.number, None, type(fault).__name__)


def _consider(ask: Question, budget: Budget) -> Considered:
    from solvers.availability.consider import consider  # compiled loops: only a mind loads them

    return consider(ask.evening, ask.hours, ask.asked, budget, why=ask.why)


def pipes() -> tuple[BinaryIO, BinaryIO]:
    """Both ends for frames; what libraries print goes to the error stream from here on."""
    out = os.dup(1)
    os.dup2(2, 1)
    return sys.stdin.buffer, os.fdopen(out, "wb")


def keep_kernels() -> None:
    """What is compiled is kept beside the sources; where nobody may write there (a container), with the house's
    data."""
    data = os.environ.get("MAITRED_DATA_DIR")
    if data and not os.access(Path(__file__).parent, os.W_OK):
        os.environ.setdefault("NUMBA_CACHE_DIR", str(Path(data) / "kernels"))


def leave_out_pandas() -> None:
    """CP-SAT's Python face names two types of pandas and is used here without them: 24 MB a mind. Where it
    wants more than their names, the import fails, and with it the mind."""
    if "pandas" not in sys.modules:
        stand_in = ModuleType("pandas")
        stand_in.Series = type("Series", (), {})  # type: ignore[attr-defined]
        stand_in.Index = type("Index", (), {})  # type: ignore[attr-defined]
        sys.modules["pandas"] = stand_in


def be_polite() -> None:
    """The doors answer first: a lower priority, and nobody is interrupted when this wakes up."""
    os.nice(NICE)
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def main() -> int:
    keep_kernels()
    leave_out_pandas()
    from solvers.availability import warm as availability
    from solvers.seating import plan as seating

    def warm() -> None:
        seating.warm()
        availability.warm()

    be_polite()
    pipe_in, pipe_out = pipes()
    try:
        serve(seating.solve, warm, pipe_in, pipe_out)
    except BrokenPipeError:  # whoever asked is gone
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
