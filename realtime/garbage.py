"""How often Python looks for garbage in a process that serves.

A collection walks through everything there is, and all else waits: 70 ms for what a house has loaded when it begins,
and again and again while many connect, since each is some objects that stay.
"""

import gc

THRESHOLDS = (10_000, 20, 20)
"""New objects before the youngest are looked through, and how many times before the next older ones are."""


def settle() -> None:
    """What is loaded by now stays for as long as the process: it is not looked through again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
