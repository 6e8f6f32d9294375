"""Guests with bookings and places in line, and a browser that speaks forms."""

import re
from datetime import timedelta
from typing import Any

import httpx

from hub.core.actor import Actor
from tests.kit import FRIDAY_19, SITE, a_room

GUEST = Actor.guest("a-guest")
TOMORROW_19 = FRIDAY_19 + timedelta(days=1)
ADA = {"name": "Ada Lovelace", "phone": "+442079460958", "sms_opt_in": True}


async def a_house(house: Any) -> dict[str, str]:
    """Three tables, an address, a name for the look-up page."""
    await house.pool.execute(
        "UPDATE site SET slug = 'the-house', address = '1 Dock Street, London', phone = '+44 20 7946 0000' WHERE id = $1",
        SITE,
    )
    return await a_room(house, ("T1", 2), ("T2", 4), ("T3", 4))


async def booked(house: Any, **said: Any) -> Any:
    """A booking for tomorrow evening; its `ticket`, `code` and `booking_id`."""
    wish = {"covers": 2, "starts_at": TOMORROW_19.isoformat(), **ADA, **said}
    result = (await house.done("book", **wish)).result
    assert result["ticket"], result
    return result


async def waiting(house: Any, **said: Any) -> tuple[str, str]:
    """A party at the door: its id and its ticket."""
    wish = {"covers": 2, "name": "Grace Hopper", "phone": "+442079460959", **said}
    party_id = (await house.done("add_party", **wish)).result["party_id"]
    await house.give("refresh_waiting")  # where reactions run they may have been faster
    return party_id, await house.pool.fetchval("SELECT ticket FROM party WHERE id = $1", party_id)


async def code_sent(house: Any) -> str:
    """The code in the last message, as its guest reads it."""
    body = await house.pool.fetchval(
        "SELECT body FROM message WHERE template = 'one_time_code' ORDER BY created_at DESC, id DESC LIMIT 1"
    )
    return re.search(r"\d{6}", body)[0]


async def verified(house: Any, ticket: str) -> str:
    """A guest who typed the right code: the verification's id."""
    sent = await house.done("send_code", actor=GUEST, ticket=ticket)
    verification_id = sent.result["verification_id"]
    tried = await house.done("try_code", actor=GUEST, verification_id=verification_id, code=await code_sent(house))
    assert tried.result["right"], tried
    return verification_id


def another(code: str) -> str:
    """Any other six digits."""
    return f"{(int(code) + 1) % 10**6:06d}"


class Browser:
    """A guest's browser without script: follows links, fills in the form of a page, sends it with its cookies."""

    def __init__(self, url: str) -> None:
        self.client = httpx.AsyncClient(base_url=url, timeout=10, follow_redirects=True)
        self.page: httpx.Response | None = None

    async def open(self, path: str) -> httpx.Response:
        self.page = await self.client.get(path)
        return self.page

    async def send(self, action: str, **fields: str) -> httpx.Response:
        """The form of this page that goes to `action` and has these fields' names or values."""
        hidden = {}
        for form in re.findall(r"<form[^>]*>.*?</form>", self.page.text, re.DOTALL):
            if f'method="post" action="{action}"' not in form:
                continue
            found = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
            if all(found.get(name, value) == value for name, value in fields.items()):
                hidden = found
                break
        else:
            raise AssertionError(f"no form for {action} with {fields} on this page: {self.page.text}")
        self.page = await self.client.post(action, data=hidden | fields, headers={"sec-fetch-site": "same-origin"})
        return self.page

    async def close(self) -> None:
        await self.client.aclose()
