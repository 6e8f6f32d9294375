"""A process that thinks: `python -m hub.planning.worker` answers seating problems until its input ends.

Frames on both pipes: 4 bytes of length, then MessagePack. In: `Ask`, or `Stop` naming an ask that is no longer wanted.
Out: one `Ready` once the kernels are compiled, then one `Told` per ask, in order. A thread reads the input, so that a
stop is heard while the solver thinks; the solver asks for it at least every 50 ms. Whatever a library prints goes to
the error stream.
"""

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import BinaryIO

import msgspec
from msgspec import Struct

from solvers.budget import Budget
from solvers.seating.evening import Evening, Plan

NICE = 5  # the doors answer first
FRAME_MAX = 64 * 1024 * 1024  # bytes; 600 parties are 100 kB


class Ask(Struct, frozen=True, tag="ask"):
    """Plan this within `ms`; with `work`, within so many steps instead (tests)."""

    number: int
    evening: Evening
    ms: float
    seed: int = 1
    work: int | None = None


class Stop(Struct, frozen=True, tag="stop"):
    """Asks up to this number are no longer wanted."""

    number: int


class Ready(Struct, frozen=True, tag="ready"):
    """The kernels are compiled."""


class Told(Struct, frozen=True, tag="told"):
    """The plan asked for; None when the solver failed, `fault` being the kind of its error."""

    number: int
    plan: Plan | None
    fault: str = ""


_asked = msgspec.msgpack.Decoder(Ask | Stop)
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
    asks: SimpleQueue[Ask] = SimpleQueue()
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


def _think(solve: Solve, ask: Ask, stopped: list[int]) -> Told:
    budget = Budget.of(
        ask.ms, time.monotonic, work=ask.work, seed=ask.seed, stop=lambda: stopped[0] >= ask.number
    )
    try:
        return Told(ask.number, solve(ask.evening, budget))
    except Exception as fault:  # noqa: BLE001 - the process' outermost edge: the fault is told, the next ask is answered
        return Told(ask.number, None, type(fault).__name__)


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


def main() -> int:
    keep_kernels()
    from solvers.seating.plan import solve, warm

    os.nice(NICE)
    pipe_in, pipe_out = pipes()
    try:
        serve(solve, warm, pipe_in, pipe_out)
    except BrokenPipeError:  # whoever asked is gone
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
