"""The courier: takes messages that are due to their carriers, and notes what became of them.

Theory of operation. A message is a row, `queued` since the commit it tells of. One courier of a house is in office; it
looks whenever something was committed, and once a second besides. A letter is carried outside of any transaction, then
the house gives itself `note_delivery`. A crash between the two means that the same letter is carried again under the
same id, which its carrier knows (at least once, never lost). A carrier that fails is tried again with longer waits, at
most five times a letter; one that fails and fails is left alone for a while, and its letters stay due meanwhile.

Waits, limits and the alarm run on wall time: phones do not follow the house clock.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Literal

import asyncpg
import structlog
from prometheus_client import Counter, Gauge

from hub.core import sql
from hub.core.actor import HOUSE
from hub.core.clock import wall_now
from hub.core.leader import Leader, Term
from hub.notifications.carriers import Carrier, ConsoleCarrier, Letter, NotEverError, NotNowError
from schemas.base import Refused
from schemas.notifications import MessageChannel, NoteDelivery

log = structlog.get_logger("courier")
q = sql.load(__file__)

LAG = Gauge("maitred_message_lag_seconds", "How long the oldest message has been waiting for a carrier")
CARRIED = Counter("maitred_messages_total", "Messages carried, by channel and outcome", ["channel", "outcome"])

AT_ONCE = 8  # letters under way at the same time, so that one slow carrier holds up seven others at most
POLL_S = 1.0  # looks for due messages even if nobody rings
GATHER_S = 0.05  # between two looks, so that a busy evening is not one look for each commit
CARRY_S = 10.0  # one call of a carrier; a gateway that has not answered by then will not
TRIES_MAX = 5
AFTER_FAULT_S = (5.0, 20.0, 60.0, 180.0)  # waits before the next try: all five are over within five minutes (C-45)
FAULTS_MAX = 5  # in a row: then a carrier is left alone
ALONE_S = 30.0
NOTE_AGAIN_S = 1.0  # the house was too busy to note it
WATCH_S = 5.0  # looks how long messages have been waiting
ALARM_EVERY_S = 60.0  # the same site is not reported more often


@dataclass(slots=True)
class _Line:
    """A carrier and how it has been doing."""

    carrier: Carrier
    faults: int = 0
    alone_until: float = 0.0

    def open(self) -> bool:
        return monotonic() >= self.alone_until

    def went(self, *, well: bool) -> None:
        self.faults = 0 if well else self.faults + 1
        if self.faults >= FAULTS_MAX:
            self.alone_until = monotonic() + ALONE_S  # the first call after it decides anew


class Courier:
    """One of a house's processes carries at a time; the others wait to take over."""

    def __init__(self, house: Any, carriers: Mapping[MessageChannel, Carrier] | None = None) -> None:
        self._house = house
        console = ConsoleCarrier()
        named: Mapping[MessageChannel, Carrier] = carriers or {"sms": console, "email": console}
        self._lines = {channel: _Line(carrier) for channel, carrier in named.items()}
        self.leader = Leader(house.dsn, "courier")
        self._untold: dict[str, NoteDelivery] = {}
        """Carried, but not noted yet: told again, not carried again."""
        self._alarmed: dict[str, float] = {}

    async def run(self) -> None:
        """For ever."""
        await self.leader.hold(self._serve)

    async def _serve(self, term: Term) -> None:
        under_way: dict[str, asyncio.Task] = {}
        watched = 0.0
        try:
            while True:
                under_way = {letter_id: task for letter_id, task in under_way.items() if not task.done()}
                for record in await self._due(under_way):
                    task = asyncio.create_task(self._carry(record))
                    task.add_done_callback(lambda _: term.bell.ring(""))
                    under_way[record["id"]] = task
                if monotonic() - watched > WATCH_S:
                    await self.watch()
                    watched = monotonic()
                await asyncio.sleep(GATHER_S)
                await term.bell.wait(POLL_S)
        finally:
            for task in under_way.values():
                task.cancel()
            await asyncio.gather(*under_way.values(), return_exceptions=True)

    async def _due(self, under_way: Mapping[str, Any]) -> list[asyncpg.Record]:
        room = AT_ONCE - len(under_way)
        channels = [channel for channel, line in self._lines.items() if line.open()]
        if not room or not channels:
            return []
        return await q.due(
            self._house.pool, now=wall_now(), channels=channels, but=list(under_way), at_most=room
        )  # fmt: skip

    async def _carry(self, record: asyncpg.Record) -> None:
        """One letter: carried, unless only the note of it is wanting, and noted."""
        note = self._untold.get(record["id"]) or await self._carried(record)
        self._untold[record["id"]] = note
        try:
            answer = await self._house.commands.give(HOUSE, note)
        except (asyncpg.PostgresError, *sql.AWAY) as away:
            log.warning("note_waits", message=record["id"], error=type(away).__name__)
            await asyncio.sleep(NOTE_AGAIN_S)
            return
        if isinstance(answer, Refused) and answer.retry == "later":
            await asyncio.sleep(answer.retry_s or NOTE_AGAIN_S)
            return
        del self._untold[record["id"]]
        if isinstance(answer, Refused):
            log.warning("note_refused", message=record["id"], reason=answer.reason)
            await asyncio.sleep(NOTE_AGAIN_S)

    async def _carried(self, record: asyncpg.Record) -> NoteDelivery:
        line, channel, tries = self._lines[record["channel"]], record["channel"], record["attempts"] + 1
        letter = Letter(
            id=record["id"], channel=channel, recipient=record["recipient"], name=record["guest_name"],
            subject=record["subject"], body=record["body"], calendar=record["calendar"],
        )  # fmt: skip

        def note(
            status: Literal["sent", "delivered", "failed"], problem: str | None = None,
            retry_at: datetime | None = None,
        ) -> NoteDelivery:  # fmt: skip
            CARRIED.labels(channel, "retried" if retry_at else status).inc()
            key = f"{status}-{tries}-{letter.id}"  # a note given twice is taken once
            return NoteDelivery(
                site_id=record["site_id"], key=key, message_id=letter.id, status=status, problem=problem,
                retry_at=retry_at,
            )  # fmt: skip

        try:
            async with asyncio.timeout(CARRY_S):
                receipt = await line.carrier.carry(letter)
        except NotEverError as why:
            line.went(well=True)  # the carrier itself is well: it has answered
            return note("failed", str(why)[:200])
        except (NotNowError, OSError, TimeoutError) as why:
            log.warning("not_carried", message=letter.id, channel=channel, tries=tries, error=type(why).__name__)
        except Exception:  # the outermost edge of a carrier: a fault in one must not stop the others
            log.exception("carrier_fault", message=letter.id, channel=channel, tries=tries)
        else:
            line.went(well=True)
            return note(receipt.status)
        line.went(well=False)
        if tries >= TRIES_MAX:
            return note("failed", f"Nobody would carry it, in {TRIES_MAX} tries.")
        wait = timedelta(seconds=AFTER_FAULT_S[tries - 1])
        return note("failed", "It could not be carried yet.", wall_now() + wait)

    async def watch(self) -> None:
        """Measures the longest wait, and raises the alarm where a message has waited too long (C-45)."""
        now, longest = wall_now(), 0.0
        for site_id, org_id, since in await q.oldest_queued(self._house.pool):
            waited_s = (now - since).total_seconds()
            longest = max(longest, waited_s)
            policies = await self._house.policies_of(self._house.pool, org_id, site_id)
            quiet = monotonic() - self._alarmed.get(site_id, -ALARM_EVERY_S) >= ALARM_EVERY_S
            if waited_s > policies.get("notify.confirm_max_s") and quiet:
                self._alarmed[site_id] = monotonic()
                log.error("message_late", site=site_id, waited_s=round(waited_s))
        LAG.set(longest)
