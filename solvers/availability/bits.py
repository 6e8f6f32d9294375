"""Cells of days as the bits of one whole number. Python's own do, at some ten nanoseconds for a day's worth: a process
that serves needs no compiled loops for them.
"""

from collections.abc import Callable, Sequence

import numpy as np


def of(flags: np.ndarray) -> int:
    """The bits of a row of flags."""
    return int.from_bytes(np.packbits(flags, bitorder="little").tobytes(), "little")


def positions(bits: int) -> np.ndarray:
    """Which bits are set, ascending."""
    return np.flatnonzero(np.unpackbits(octets(bits, -(-bits.bit_length() // 8)), bitorder="little"))


def octets(bits: int, size: int) -> np.ndarray:
    """The first `8·size` bits, which must be all, eight by eight."""
    return np.frombuffer(bits.to_bytes(size, "little"), np.uint8)


def shifts(cells: int) -> list[int]:
    """By what to shift a row, and take both, so that in the end those bits stand from which on `cells` are set: log d
    doublings for `x & x>>1 & … & x>>(d−1)`.
    """
    found, have = [], 1
    while have < cells:
        found.append(min(have, cells - have))
        have += found[-1]
    return found


def starts(
    free: Callable[[int], int], places: Sequence[tuple[int, ...]], want: int, doublings: Sequence[int]
) -> int:  # fmt: skip
    """The starts in `want` at which one of the `places` is free (`free`: of each table) for a stay of `shifts`."""
    ready: dict[int, int] = {}
    found = 0
    for tables in places:
        both = want
        for table in tables:
            if table not in ready:
                run = free(table)
                for by in doublings:
                    run &= run >> by
                ready[table] = run
            both &= ready[table]
        found |= both
        if found == want:
            break
    return found
