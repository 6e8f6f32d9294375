"""libuv's loop, run from ours.

The library behind the second edge has a libuv of its own. Polling it costs a core; so it runs when its descriptor has
something, when its next timer is due, and after whatever we wrote, because libuv tells the kernel what it waits for
only when it runs.
"""

import asyncio
import threading

import cffi
from socketify.native import ffi, lib, library_path

ROUNDS = 16
"""How often in a row it may run before others have their turn."""

_uv = cffi.FFI()
_uv.cdef("int uv_backend_fd(void *); int uv_backend_timeout(void *);")
uv = _uv.dlopen(library_path)  # finds them in the libuv that the library itself has loaded
_here = threading.local()


class Libuv:
    """The native loop of this thread, run by whichever loop of ours is running. The library allows for one."""

    def __init__(self) -> None:
        self._loop = lib.socketify_create_loop()
        native = lib.socketify_get_native_loop(self._loop)
        lib.uws_get_loop_with_native(native)
        self._uv = _uv.cast("void *", int(ffi.cast("uintptr_t", native)))
        self.stirred = False
        self._users = 0
        self._ours: asyncio.AbstractEventLoop | None = None
        self._due = False
        self._timer: asyncio.TimerHandle | None = None

    @classmethod
    def here(cls) -> "Libuv":
        if not hasattr(_here, "libuv"):
            _here.libuv = cls()
        return _here.libuv

    def take(self) -> None:
        self._users += 1
        if self._users == 1:
            self._ours, self._due = asyncio.get_running_loop(), False
            self._ours.add_reader(uv.uv_backend_fd(self._uv), self.run)
        self.soon()

    def leave(self) -> None:
        self.run()
        self._users -= 1
        if not self._users and self._ours is not None:
            self._ours.remove_reader(uv.uv_backend_fd(self._uv))
            if self._timer is not None:
                self._timer.cancel()
            self._ours = self._timer = None

    def soon(self) -> None:
        if not self._due and self._ours is not None:
            self._due = True
            self._ours.call_soon(self.run)

    def run(self) -> None:
        """What is there, and again while that led to something: only the next round tells the kernel of it."""
        self._due = False
        for _ in range(ROUNDS):
            self.stirred = False
            lib.socketify_loop_run(self._loop, lib.SOCKETIFY_RUN_NOWAIT)
            if not self.stirred:
                break
        wait_ms = uv.uv_backend_timeout(self._uv)
        if self.stirred or not wait_ms:
            self.soon()
        elif wait_ms > 0 and self._timer is None and self._ours is not None:
            self._timer = self._ours.call_later(wait_ms / 1000, self._timed)

    def _timed(self) -> None:
        self._timer = None
        self.run()
