"""Ids: time-ordered, made outside the rules and handed in, so that a seed makes them repeatable."""

import os
import random
import secrets
import time
from collections.abc import Callable

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32, lower case: read aloud without mistakes

Ids = Callable[[], str]
"""Each call gives a fresh id."""


def _base32(number: int, length: int) -> str:
    out = []
    for _ in range(length):
        number, digit = divmod(number, 32)
        out.append(_ALPHABET[digit])
    return "".join(reversed(out))


def new_id() -> str:
    """22 characters: 48 bits of wall-clock milliseconds (10 characters), then 60 random bits (12 characters)."""
    return _base32(time.time_ns() // 1_000_000, 10) + _base32(int.from_bytes(os.urandom(8), "big") >> 4, 12)


def seeded(seed: int) -> Ids:
    """Repeatable ids for tests and plans."""
    rng = random.Random(seed)
    count = 0

    def make() -> str:
        nonlocal count
        count += 1
        return _base32(count, 10) + _base32(rng.getrandbits(60), 12)

    return make


def short_code(bits: int) -> str:
    """A code a guest can read on the phone: 6 characters of a 31-letter alphabet, about 30 bits."""
    return _base32(bits, 6).upper()


def new_ticket() -> str:
    """What stands in a guest's own link: 128 bits nobody guesses. Never seeded, never in a log or the journal."""
    return secrets.token_urlsafe(16)
