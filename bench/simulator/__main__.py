"""`python -m bench.simulator --url http://127.0.0.1:8000 [--seed N]` plays the sample house's evenings."""

import argparse
import asyncio
import contextlib
import os
import signal
import sys

from bench.simulator.drivers import Live, sites_of
from bench.wire import Address, AwayError
from hub.core import logs

SEED = 1905  # any number; the evening people see first


async def play(url: str, seed: int) -> int:
    address = Address(url)
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    opening = loop.create_task(sites_of(address, patience_s=300.0))
    stopping = loop.create_task(stop.wait())
    await asyncio.wait([opening, stopping], return_when=asyncio.FIRST_COMPLETED)
    if stop.is_set():
        opening.cancel()
        return 0
    try:
        sites = opening.result()
    except AwayError as away:
        print(f"The simulator cannot sign in: {away}", file=sys.stderr)
        return 1
    evenings = [loop.create_task(Live(address, s["site_id"], s["timezone"], seed).run()) for s in sites]
    done, _ = await asyncio.wait([stopping, *evenings], return_when=asyncio.FIRST_COMPLETED)
    for evening in evenings:
        evening.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(*evenings, return_exceptions=True)
    for ended in done - {stopping}:
        ended.result()  # an evening never ends by itself: this is a fault, and says so
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.simulator", description=__doc__)
    parser.add_argument("--url", required=True, help="the house, as in http://127.0.0.1:8000")
    parser.add_argument("--seed", type=int, default=SEED, help="the same seed plays the same parties")
    args = parser.parse_args()
    if os.environ.get("SIMULATOR_STAYS_HOME"):  # a bench wants the sample house to itself
        return 0
    logs.set_up()
    return asyncio.run(play(args.url, args.seed))


if __name__ == "__main__":
    sys.exit(main())
