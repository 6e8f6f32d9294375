"""The house's public doors, as a host's tablet uses them: states, tables that fit, commands."""

from typing import Any, Protocol
from urllib.parse import quote, urlencode

import msgspec

from bench.wire import Address, AwayError, Http, decode


class Doors(Protocol):
    """What the drivers need of a house. Every call may raise AwayError."""

    async def state(self, channel: str) -> dict[str, Any]:
        """One channel's snapshot, as on the wire."""

    async def fits(self, site_id: str, ask: dict[str, str]) -> list[dict[str, Any]]:
        """Tables for a party, best first (`schemas.seating.Fit`)."""

    async def command(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer: `status` "done" or "refused"."""


class SignedOutError(AwayError):
    """The house does not know this sign-in (any more): sign in again."""


class RestDoors:
    """The doors over REST, signed in by the sample house's one-tap login."""

    def __init__(self, address: Address, role: str = "host") -> None:
        self.http, self.role = Http(address), role

    @classmethod
    def known(cls, other: "RestDoors") -> "RestDoors":
        """A connection of its own under another's sign-in."""
        doors = cls(other.http.address, other.role)
        doors.http.cookie = other.http.cookie
        return doors

    async def sign_in(self) -> dict[str, Any]:
        """GET /api/me of the new sign-in."""
        status, body = await self.http.call("POST", "/api/login/sample", {"role": self.role})
        if status >= 300:
            raise AwayError(f"sign-in as {self.role}: {status} {body[:200].decode(errors='replace')}")
        return await self._get("/api/me")

    async def token(self) -> str:
        return (await self._get("/api/token"))["token"]

    async def state(self, channel: str) -> dict[str, Any]:
        return await self._get(f"/api/state/{quote(channel, safe=':')}")

    async def fits(self, site_id: str, ask: dict[str, str]) -> list[dict[str, Any]]:
        status, body = await self.http.call("GET", f"/api/sites/{site_id}/fits?{urlencode(ask)}")
        if status in (404, 409, 422):
            return []  # the party is gone, or was seated by somebody else
        return _good(status, body, "fits")["fits"]

    async def command(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        status, answer = await self.http.call("POST", f"/api/commands/{name}", body)
        try:
            said = decode(answer)
        except msgspec.DecodeError:
            said = {}
        if said.get("status") not in ("done", "refused"):
            raise AwayError(f"{name}: {status}")
        if status == 401:
            raise SignedOutError(name)
        return said

    async def _get(self, path: str) -> Any:
        return _good(*await self.http.call("GET", path), path)


def _good(status: int, body: bytes, what: str) -> Any:
    if status == 401:
        raise SignedOutError(what)
    if status != 200:
        raise AwayError(f"{what}: {status} {body[:120].decode(errors='replace')}")
    return decode(body)
