"""`maitred gateway`: the gateway alone, without hub and database, for load testers and conformance.

Sockets, the server API and `/health` share one port, as in a house. Nothing is written anywhere: what it keeps goes
with the process.
"""

import argparse
import asyncio
import contextlib
import errno
import os
import secrets
import signal
import socket
import sys
import warnings
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from realtime.edges import Edge
    from realtime.memory import MemoryBroker

PORT: Final = 8000
BACKLOG: Final = 2048
"""Connections the kernel holds while a storm is let in."""
CLOSE_S: Final = 5.0
"""How long the end waits for answers under way."""
SWEEP_S: Final = 1.0
"""How often what nobody asks for is looked through for what is due."""
EDGES: Final = ("direct", "socketify")
"""As `realtime.edges.EDGES`, which would load the whole gateway for the sake of `--help`."""
SECRET_CHARS: Final = 32
"""Below that a signing key can be guessed."""


def register(commands: Any) -> None:
    gateway = commands.add_parser("gateway", help="the realtime gateway alone, in memory: not for production")
    gateway.add_argument("--open", action="store_true", help="anyone may connect, read and publish")
    gateway.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    gateway.add_argument("--port", type=_port, default=PORT, help=f"port to listen on, 0 = any (default: {PORT})")
    gateway.add_argument("--api-key", default=os.environ.get("MAITRED_GATEWAY_API_KEY"), metavar="KEY",
                         help="for the server API (default: MAITRED_GATEWAY_API_KEY, or one is made)")
    gateway.add_argument("--secret", default=os.environ.get("MAITRED_GATEWAY_SECRET"),
                         help="signs clients' tokens, HS256 to HS512 (default: MAITRED_GATEWAY_SECRET)")
    gateway.add_argument("--origin", action="append", default=[], metavar="URL",
                         help="a page from there may open a socket; again for more")
    gateway.add_argument("--edge", choices=EDGES, default=EDGES[0], help=f"what takes sockets (default: {EDGES[0]})")
    gateway.add_argument("--socket-port", type=_port, metavar="PORT",
                         help="for an edge that listens by itself (default: the one after --port)")
    gateway.set_defaults(run=_gateway)


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: 0 to 65535")
    return int(text)


def _gateway(args: argparse.Namespace) -> int:
    if not args.open and not args.secret:
        return _trouble("WITHOUT --open CLIENTS NEED TOKENS: say --secret, or --open to let everyone in", 2)
    if args.api_key is not None and not (args.api_key.isascii() and args.api_key.isprintable() and args.api_key):
        return _trouble("--api-key: printable ASCII, and not empty", 2)
    try:
        listening = listen(args.host, args.port)
    except socket.gaierror as fault:
        return _trouble(f"--host {args.host}: {fault.strerror}", 2)
    except OSError as fault:
        if fault.errno == errno.EADDRINUSE:
            return _trouble(f"PORT {args.port} IS TAKEN by another program. Choose a free one with --port", 1)
        return _trouble(f"cannot listen on {args.host} port {args.port}: {fault.strerror}", 2)
    import uvloop

    with listening:
        return uvloop.run(run(listening, args))


def _trouble(text: str, code: int) -> int:
    print(f">>> maitred gateway: {text}", file=sys.stderr, flush=True)  # noqa: T201  (it speaks to a person)
    return code


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201  (it speaks to a person)


def listen(host: str, port: int) -> socket.socket:
    """Raises OSError; `socket.gaierror` when the host is none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, kind, proto, _, address = found[0]
    listening = socket.socket(family, kind, proto)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
        listening.setblocking(False)
    except BaseException:
        listening.close()
        raise
    return listening


async def run(listening: socket.socket, args: argparse.Namespace) -> int:
    """Until SIGTERM or SIGINT (0), or the server has failed (1)."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    import uvicorn
    from jwt.warnings import InsecureKeyLengthWarning

    from realtime.edges import MissingEdgeError, choose, limits
    from realtime.edges.handshake import PATH
    from realtime.garbage import settle
    from realtime.gateway import Gateway
    from realtime.memory import MemoryBroker
    from realtime.server_api import ServerApi

    warnings.simplefilter("ignore", InsecureKeyLengthWarning)  # said once, below
    host, port = listening.getsockname()[:2]
    where = f"[{host}]" if ":" in host else host
    broker = MemoryBroker(args.secret or "", is_open=args.open)
    gateway = Gateway(broker, origins=args.origin, unlimited=args.open)
    broker.stand_behind(gateway)
    try:
        edge: Edge = choose(args.edge)(gateway)
        after = (port + 1 if port < 65535 else 0) if args.socket_port is None else args.socket_port
        socket_port = edge.open(host, after) or port
    except MissingEdgeError as missing:
        return _trouble(f"--edge {args.edge}: {missing}", 2)
    except OSError as fault:
        return _trouble(f"PORT {after} CANNOT BE HAD for sockets ({fault}): name another one with --socket-port", 1)
    key = args.api_key or secrets.token_hex(16)
    config = uvicorn.Config(
        ServerApi(gateway, broker, key, name=f"{socket.gethostname()}_{port}"), http=edge.http,
        ws=edge.websocket, log_config=None, access_log=False, timeout_graceful_shutdown=3,
        timeout_keep_alive=30, backlog=BACKLOG, lifespan="off", server_header=False,
    )  # fmt: skip
    server = uvicorn.Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[assignment] # we close it, in order
    _say(f"sockets  ws://{where}:{socket_port}{PATH}")
    _say(f"API      http://{where}:{port}/api/  X-API-Key: {key if not args.api_key else '(as given)'}")
    if args.open:
        _say("open gateway: anyone may read and publish; not for production")
    else:
        _say("gateway in memory: who has a token may read every channel; not for production")
    if args.secret and len(args.secret) < SECRET_CHARS:
        _trouble(f"--secret is shorter than {SECRET_CHARS} characters: it can be guessed", 0)
    limits.bound(listening)
    settle()
    serving = loop.create_task(server.serve(sockets=[listening]))
    waiting = loop.create_task(stop.wait())
    sweeping = loop.create_task(_sweep(broker))
    await asyncio.wait([waiting, serving, sweeping], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    sweeping.cancel()
    await gateway.stop()
    await edge.close()
    server.should_exit = True
    await asyncio.wait([serving], timeout=CLOSE_S)
    return 0 if stop.is_set() else 1


async def _sweep(broker: "MemoryBroker") -> None:
    while True:
        await asyncio.sleep(SWEEP_S)
        broker.streams.sweep()
