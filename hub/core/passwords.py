"""Passwords: argon2id, one thread and about 0.1 s of CPU a hash, few at once."""

import asyncio
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

AT_ONCE = 2  # hashes computed at the same time, 64 MiB each: sign-ins must not starve the floor
_hasher = PasswordHasher()
_turns: dict[asyncio.AbstractEventLoop, asyncio.Semaphore] = {}


async def hashed(password: str) -> str:
    async with _turn():
        return await asyncio.to_thread(_hasher.hash, password)


async def matches(kept: str | None, password: str) -> bool:
    """Whether this is the password; as slow for a login that does not exist (None) as for one that does."""
    async with _turn():
        return await asyncio.to_thread(_matches, kept, password)


def _matches(kept: str | None, password: str) -> bool:
    try:
        return _hasher.verify(kept or _nobodys(), password) and kept is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return _hasher.hash("nobody has this password")


def _turn() -> asyncio.Semaphore:
    loop = asyncio.get_running_loop()
    if loop not in _turns:
        _turns.clear()  # an earlier loop is over
        _turns[loop] = asyncio.Semaphore(AT_ONCE)
    return _turns[loop]
