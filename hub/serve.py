"""One serving process: REST, pages and socket on one port, and the house's jobs beside them.

`python -m hub.serve` takes its settings from the environment, where the supervisor has named both servers. The role
says which parts run here: `all`, `hub` (doors without sockets), `gateway` (sockets and doors, no jobs), `worker`
(jobs only).
"""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys

import structlog
import uvicorn
import uvloop

from hub.app import make_app
from hub.availability import reactions as availability
from hub.core import counts, logs, sql
from hub.core.reactions import Reactions
from hub.core.relay import Relay
from hub.core.settings import Settings
from hub.core.timers import Timers
from hub.core.upkeep import Upkeep
from hub.gate import Gate, site_of
from hub.guests import reactions as guests
from hub.house import House
from hub.notifications import reactions as notifications
from hub.notifications.courier import Courier
from hub.people import reactions as people
from hub.planning.planner import Planner
from hub.reservations import reactions as reservations
from hub.sample import load as sample
from hub.seating import reactions as seating
from hub.seating import visits
from hub.slots import reactions as slots
from hub.venues import reactions as venues
from hub.waitlist import reactions as waitlist
from realtime.bus import end
from realtime.edges import choose, limits
from realtime.feed import Feed
from realtime.garbage import settle
from realtime.gateway import Gateway
from realtime.presence import Presence

log = structlog.get_logger("serve")

REACTIONS = (
    *people.REACTIONS, *venues.REACTIONS, *guests.REACTIONS, *notifications.REACTIONS, *slots.REACTIONS,
    *reservations.REACTIONS, *waitlist.REACTIONS, *seating.REACTIONS, *visits.REACTIONS,
    *availability.REACTIONS,
)  # fmt: skip
BACKLOG = 2048  # connections the kernel holds while a reconnect storm is let in


async def follow_clock(house: House) -> None:
    """Re-reads the house clock when another process (or this one) set it; a slow poll is the net under the notice."""
    moved = asyncio.Event()
    while True:
        try:
            db = await sql.connect_one(house.dsn)
        except sql.AWAY:
            await asyncio.sleep(1)
            continue
        try:
            await db.add_listener("maitred_clock", lambda *_: moved.set())
            while not db.is_closed():
                pace = house.clock.pace
                await house.clock.read(db)
                if house.clock.pace != pace:
                    for job in house.jobs:
                        if isinstance(job, Timers):
                            await job.replan()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(2):  # wait_for would swallow an end that comes together with a notice
                        await moved.wait()
                moved.clear()
        except sql.AWAY:
            await asyncio.sleep(0.5)
        finally:
            await db.close(timeout=1)


def open_port(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if settings.processes > 1:  # the kernel spreads what arrives; who dies takes only what it holds along
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listening.bind((settings.host, settings.port))
    listening.listen(BACKLOG)
    listening.setblocking(False)
    limits.bound(listening)
    return listening


async def run(settings: Settings) -> int:
    """Until it is asked to end (0), or a part of it has failed (1)."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    house = await _opened(settings, stop)
    if house is None:
        return 0
    tasks = [loop.create_task(follow_clock(house))]
    if settings.plans:
        house.quotes.start()
    if settings.role in ("all", "hub", "worker"):
        house.jobs = [
            Upkeep(house.pool),
            Relay(house.dsn, house.pool, house.redis),
            Timers(house.pool, house.dsn, house.clock, house.commands.give),
            Reactions(house.dsn, house.pool, house, REACTIONS),
            Courier(house),
            *([Planner(house)] if settings.plans else []),
        ]
        tasks += [loop.create_task(job.run()) for job in house.jobs]
    server = edge = None
    if settings.role != "worker":
        if settings.role in ("all", "gateway"):
            house.gateway = Gateway(
                Gate(house), site_of=site_of, origins=settings.origins,
                pages=None if settings.edge == "direct" else settings.port,
            )  # fmt: skip
            presence = Presence(house.redis, house.gateway)
            feed = Feed(house.redis, house.gateway, house.states.commits_after, house.states.head, presence)
            edge = choose(settings.edge)(house.gateway)
            edge.open(settings.host, settings.socket_port, shared=settings.processes > 1)
            tasks += [loop.create_task(feed.run()), loop.create_task(presence.run())]
        if settings.processes > 1:
            tasks.append(loop.create_task(counts.tell(house)))
        config = uvicorn.Config(
            make_app(house), http=edge.http if edge else "httptools", ws=edge.websocket if edge else "none",
            log_config=None, access_log=False, timeout_graceful_shutdown=3, timeout_keep_alive=30, backlog=BACKLOG,
            lifespan="off", server_header=False,
        )  # fmt: skip
        server = uvicorn.Server(config)
        server.capture_signals = contextlib.nullcontext  # type: ignore[assignment] # the house closes it, in order
        tasks.append(loop.create_task(server.serve(sockets=[open_port(settings)])))
    settle()
    log.info("serving", role=settings.role, port=settings.port, number=settings.number)
    failed = loop.create_task(_first_failure(tasks))
    waiting = loop.create_task(stop.wait())
    await asyncio.wait([waiting, failed], return_when=asyncio.FIRST_COMPLETED)
    # In order, and every step within a limit: the supervisor waits 12 s for all of it.
    if house.gateway:
        await house.gateway.stop()
    if edge:
        await edge.close()
    if server:
        server.should_exit = True
        await asyncio.wait([tasks[-1]], timeout=3.5)
    left = await end(*tasks, failed, waiting, patience_s=(2.0, 1.0))
    await house.close()
    code = 0 if stop.is_set() else 1
    if left:  # the loop would wait for them for ever
        logging.shutdown()
        os._exit(code)
    return code


async def _opened(settings: Settings, stop: asyncio.Event) -> House | None:
    """The house, or None when it was asked to end before it was open."""

    async def open_it() -> House:
        house = await House.open(settings)
        if settings.demo and settings.role in ("all", "hub"):
            await sample.load(house)
        return house

    opening, waiting = asyncio.create_task(open_it()), asyncio.create_task(stop.wait())
    await asyncio.wait([opening, waiting], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if opening.done():
        return opening.result()
    await end(opening, patience_s=(2.0, 1.0))
    return None


async def _first_failure(tasks: list[asyncio.Task]) -> None:
    """A part that ends on its own is a fault: the process ends too, and the supervisor starts a whole one."""
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        if not task.cancelled() and task.exception():
            log.error("part_failed", exc_info=task.exception())


def main() -> int:
    logs.set_up()
    try:
        return uvloop.run(run(Settings.load()))
    except Exception:  # the process' outermost edge: the fault is a line like any other; the supervisor starts anew
        log.exception("house_failed")
        return 1


if __name__ == "__main__":
    sys.exit(main())
