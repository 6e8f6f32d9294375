"""An open sample house as the benches use it: its manager's doors, and staff to be hired for the load."""

import asyncio
import uuid
from typing import Any

from bench import crowd
from bench.house import House
from bench.simulator.doors import RestDoors
from bench.wire import Address, AwayError


class Opened:
    """An open sample house as the cases use it."""

    def __init__(self, house: House, doors: RestDoors, site_id: str) -> None:
        self.house, self.doors, self.site_id = house, doors, site_id
        self.address = Address(house.url)
        self.floor = f"floor:{site_id}"
        self.hands: list[crowd.Hand] = []

    @classmethod
    async def at(cls, house: House) -> "Opened":
        doors = RestDoors(Address(house.url), "manager")
        me = await doors.sign_in()
        return cls(house, doors, me["sites"][0]["site_id"])

    async def staff(self, count: int) -> list[crowd.Hand]:
        """So many hands, each with rows of the floor as it is now."""
        if len(self.hands) < count:
            self.hands += await crowd.hire(
                self.address, self.site_id, count - len(self.hands), f"h{uuid.uuid4().hex[:6]}"
            )
        hands = self.hands[:count]
        for hand in hands:
            hand.rows.clear()
        await crowd.give_rows(hands, await self.doors.state(self.floor))
        return hands

    async def get(self, path: str) -> tuple[float, Any]:
        """How long one GET below the site takes (ms), and its answer."""
        began = crowd.clock()
        body = await self.doors.http.get(f"/api/sites/{self.site_id}/{path}")
        took = (crowd.clock() - began) * 1000
        if body is None:
            raise AwayError(f"{path}: not a 200")
        return took, body

    async def row(self, kind: str) -> dict[str, Any]:
        """The floor's only row of a kind, such as its venue."""
        return next(row for row in (await self.doors.state(self.floor))["rows"] if row["type"] == kind)

    async def ask(self, name: str, /, **args: Any) -> Any:
        """The result of one command; refusals but for the rate are faults here."""
        body = {"site_id": self.site_id, "key": f"bench-{uuid.uuid4().hex}", **args}
        answer = await self.doors.command(name, body)
        while answer.get("code") == "rate_limited":
            await asyncio.sleep(answer.get("retry_s") or 0.05)
            answer = await self.doors.command(name, body)
        if answer["status"] != "done":
            raise AwayError(f"{name}: {answer.get('message')}")
        return answer["result"]

    async def hall(self, tables: int) -> str:
        """An area of so many free tables (H1, H2 …), as a large house has; made once."""
        state = await self.doors.state(self.floor)
        known = next((r for r in state["rows"] if r["type"] == "area" and r["name"] == "Hall"), None)
        if known:
            return known["id"]
        size = {"width": 1500, "height": 1000}
        area = (await self.ask("put_area", name="Hall", kind="indoor", service_type="full_service", **size))["area_id"]
        for n in range(tables):
            await self.ask(
                "put_table", area_id=area, number=f"H{n + 1}", min_covers=1, max_covers=4,
                shape=("round", "square")[n % 2], x=20 + n % 15 * 98, y=20 + n // 15 * 97, w=64, h=60,
            )  # fmt: skip
        return area
