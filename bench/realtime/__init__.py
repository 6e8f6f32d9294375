"""`python -m bench realtime`: the gateway against a C floor and its peers, on the wire they all speak.

Cases
- fan       a publication to its readers: 1 channel × 1000 readers with one publication on its way (w1) and with eight
            (w8), 50 channels × 20 readers with eight on their way (50x20), and 50,000 deliveries a second (rate).
- connect   connections a second of CPU: the handshake alone, and with connect and subscribe; memory of an idle one.
- idle      what 5000 guests cost who only answer pings.
- recover   5000 readers come back at once, each having missed 50 publications.
- stalled   one reader in a hundred stops reading; what the others feel, what it costs, and how it ends.
- bus       two gateways behind Redis streams.

How. The server runs on one core, the load client (client.c) on another. All servers are up at a time and take turns,
A B C … A B C …; every figure is the median of the rounds with what the rounds lay between. The robust one is CPU per
delivery *as a ratio to the C floor of the same round* (floor.c, one send for each message): a busy machine slows
both. Payloads are JSON of 300 bytes; the client checks that none is missing, repeated or out of order, in every run.
Targets are held against the default edge; the others stand beside it for comparison.
"""

import contextlib
import resource
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from bench.realtime.native import LoadError, MissingError, Phase, build, cores, drive
from bench.realtime.peers import (
    DIRECT,
    FLOOR,
    JOINED,
    LITESTAR,
    NCHAN,
    NODE_WS,
    PEERS,
    SOCKET_IO,
    SOCKETIFY,
    STANDALONE,
    Peer,
    Running,
    ours,
    running,
)
from bench.report import Report
from hub.core.embedded import ServerError, Valkey

EDGES = (DIRECT, SOCKETIFY)
OURS = (*EDGES, STANDALONE)
RATED = (FLOOR, DIRECT, SOCKETIFY, NODE_WS, SOCKET_IO)
RATE = 50
"""Publications a second to 1000 readers: 50,000 deliveries."""
MISSED = 50
"""Publications each reader has missed when it comes back."""
STALLED_EVERY = 100
STALLED_SIZE, STALLED_S = 1000, 8.0
"""Deltas of this size are more than an edge holds for a reader that does not read within these seconds, and few enough
that what it holds is seen before it ends."""
PINGS_S = 25.0

AT_MOST = {("w1", FLOOR): 1.25, ("w8", FLOOR): 0.22, ("50x20", FLOOR): 1.3}
AT_LEAST = {
    ("w8", NODE_WS): 6.0, ("w8", SOCKET_IO): 10.0, ("w8", NCHAN): 5.0, ("50x20", NODE_WS): 1.5,
    ("50x20", NCHAN): 1.5, ("50x20", SOCKET_IO): 3.0, ("w1", LITESTAR): 5.0, ("w8", LITESTAR): 5.0,
}  # fmt: skip
"""How many times less CPU the default edge takes for a delivery."""


class Size(msgspec.Struct, frozen=True):
    """How much is measured; a quick run is smaller and rougher. `storms` are let in each round, other servers once."""

    rounds: int
    servers: tuple[str, ...]
    burst_s: float
    rate_s: float
    crowd: int
    storms: tuple[str, ...]
    storm_rounds: int
    hold_s: float
    bus_s: float


FULL = Size(5, tuple(PEERS), 1.2, 2.0, 5000, (FLOOR, DIRECT, SOCKETIFY, NODE_WS), 5, 2 * PINGS_S, 3.0)
QUICK = Size(2, (FLOOR, DIRECT, NODE_WS), 0.6, 1.0, 2000, (DIRECT, NODE_WS), 1, PINGS_S, 1.0)


class Figures(msgspec.Struct):
    """By server and column, one figure for each round; and what went wrong."""

    by: dict[tuple[str, str], list[float]] = {}
    wrong: int = 0
    deliveries: int = 0

    def note(self, server: str, column: str, figure: float) -> None:
        self.by.setdefault((server, column), []).append(figure)

    def checked(self, phases: Sequence[Phase]) -> list[Phase]:
        for phase in phases:
            self.wrong += phase.wrong
            self.deliveries += phase.deliveries + phase.recovered_items
        return list(phases)

    def ratios(self, upper: str, lower: str, column: str) -> list[float]:
        """Round by round; a pair with a missing round is none."""
        pairs = zip(self.by.get((upper, column), ()), self.by.get((lower, column), ()), strict=False)
        return [a / b for a, b in pairs if b]


def run(report: Report, only: frozenset[str] = frozenset()) -> None:
    try:
        build("client")
        build("floor")
    except MissingError as missing:
        report.skip("realtime", "everything", "", str(missing))
        return
    _allow_files()
    if cores()[0] is None:
        print("  one core only: server and load client share it, ratios are rougher")
    size = QUICK if report.quick else FULL
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, contextlib.ExitStack() as stack:
        up = _start(report, size, stack)
        cases: dict[str, Callable[[], None]] = {
            "fan": lambda: _fan(report, size, up),
            "connect": lambda: _connect(report, size),
            "idle": lambda: _idle(report, size, up),
            "recover": lambda: _recover(report, size, up),
            "stalled": lambda: _stalled(report, size, up),
            "bus": lambda: _bus(report, size, Path(folder)),
        }
        for name, measure in cases.items():
            if only and name not in only:
                continue
            try:
                measure()
            except (LoadError, MissingError, ServerError) as failed:
                report.fail(name, "the whole case", str(failed))


def _allow_files() -> None:
    """Sockets are files: here and, by inheritance, in servers and load client."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _start(report: Report, size: Size, stack: contextlib.ExitStack) -> dict[str, Running]:
    up = {}
    for name in size.servers:
        peer = PEERS[name]
        try:
            up[name] = stack.enter_context(running(peer))
            print(f"  {name:<24} {peer.version()}", flush=True)
        except MissingError as missing:
            report.skip("servers", name, "", str(missing))
    for name in PEERS:
        if name not in size.servers:
            report.skip("servers", name, "", "not in a quick run")
    return up


def _drive(
    at: Running, *phases: str, readers: int, topics: int = 1, stallers: int = 0, size: int = 300
) -> list[Phase]:  # fmt: skip
    return drive(
        phases, protocol=at.peer.protocol, ports=[at.port], publisher=at.peer.publisher,
        publisher_port=at.publisher_port, pids=at.pids, readers=readers, topics=topics, stallers=stallers, size=size,
        core=cores()[1],
    )  # fmt: skip


def _rounds(
    report: Report, case: str, rounds: int, servers: dict[str, Running]
) -> Iterator[tuple[str, Running, Callable[[Exception], None]]]:  # fmt: skip
    """Servers taking turns; one that breaks off is reported and sits out the rest."""
    out: set[str] = set()

    def broke(name: str) -> Callable[[Exception], None]:
        def note(failed: Exception) -> None:
            out.add(name)
            if name in EDGES:
                report.fail(case, name, str(failed))
            else:
                report.skip(case, name, "", f"broke off: {failed}")

        return note

    for _ in range(rounds):
        for name, server in servers.items():
            if name not in out:
                yield name, server, broke(name)


def _row(
    report: Report, case: str, subject: str, metric: str, figures: Sequence[float], unit: str, *,
    at_most: float | None = None, at_least: float | None = None, note: str = "",
) -> None:  # fmt: skip
    """The median of the rounds, and what they lay between."""
    if not figures:
        return
    between = f"{_short(min(figures))} to {_short(max(figures))}, n={len(figures)}"
    note = f"{between}; {note}" if note else between
    report.add(case, subject, metric, statistics.median(figures), unit, at_most=at_most, at_least=at_least, note=note)


def _short(figure: float) -> str:
    return f"{figure:,.2f}" if abs(figure) < 100 else f"{figure:,.0f}"


def _none_wrong(report: Report, case: str, figures: Figures) -> None:
    note = f"missing, repeated, out of order or unreadable, of {figures.deliveries:,}"
    report.add(case, "all servers", "wrong deliveries", figures.wrong, "", at_most=0, note=note)


# ---- fan


def _fan(report: Report, size: Size, up: dict[str, Running]) -> None:
    got = Figures()
    bursts = [f"window=1:{size.burst_s}", f"window=8:{size.burst_s}"]
    for name, server, broke in _rounds(report, "fan", size.rounds, up):
        rate = [f"rate={RATE}:{size.rate_s}"] if name in RATED else []
        try:
            one = got.checked(_drive(server, "connect", *bursts, *rate, "drop", readers=1000))
            many = got.checked(_drive(server, "connect", f"window=8:{size.burst_s}", "drop", readers=1000, topics=50))
        except LoadError as failed:
            broke(failed)
            continue
        got.note(name, "w1", one[1].cpu_us)
        got.note(name, "w8", one[2].cpu_us)
        got.note(name, "50x20", many[1].cpu_us)
        if rate:
            got.note(name, "p99", one[3].p99_us / 1000)
            got.note(name, "p50", one[3].p50_us / 1000)
    columns = {"w1": "1 × 1000, 1 on its way", "w8": "1 × 1000, 8 on their way", "50x20": "50 × 20, 8 on their way"}
    for column, what in columns.items():
        for name in up:
            target = AT_MOST.get((column, FLOOR)) if name == DIRECT else None
            cpu = got.by.get((name, column))
            if cpu:
                note = f"{statistics.median(cpu):.2f} µs of CPU each; {what}"
                ratios = got.ratios(name, FLOOR, column)
                _row(report, column, name, "CPU / floor", ratios, "×", at_most=target, note=note)
        for edge in EDGES:
            for name in up:
                if name not in (FLOOR, JOINED, *OURS):
                    target = AT_LEAST.get((column, name)) if edge == DIRECT else None
                    ratios = got.ratios(name, edge, column)
                    _row(report, column, f"{name} : {edge}", "CPU ratio", ratios, "× less", at_least=target)
    _latency_rows(report, got, up)
    _none_wrong(report, "fan", got)
    _table(got, up, columns)


def _latency_rows(report: Report, got: Figures, up: dict[str, Running]) -> None:
    for name in RATED:
        for metric in ("p50", "p99"):
            _row(report, "rate", name, metric, got.by.get((name, metric), ()), "ms", note=f"{RATE * 1000:,}/s")
    for edge in EDGES:
        judged = edge == DIRECT
        ratios = got.ratios(edge, FLOOR, "p99")
        _row(report, "rate", f"{edge} : {FLOOR}", "p99 ratio", ratios, "×", at_most=1.3 if judged else None)
        for name in (NODE_WS, SOCKET_IO):
            ratios = got.ratios(edge, name, "p99")
            _row(report, "rate", f"{edge} : {name}", "p99 ratio", ratios, "×", at_most=1.0 if judged else None)
    for name in up:
        if name not in RATED and name != JOINED:
            why = "over a core at this rate" if name == LITESTAR else "not part of this comparison"
            report.skip("rate", name, "p99", why)


def _table(got: Figures, up: dict[str, Running], columns: dict[str, str]) -> None:
    """The whole comparison at a glance; the same figures are rows of the report."""
    print("\n  CPU per delivery: median (lowest–highest) of the rounds, as a ratio to the C floor of the same round")
    print(f"  {'':<24}" + "".join(f"{what:<28}" for what in columns.values()))
    for name in up:
        cells = (_cell(got.ratios(name, FLOOR, column)) for column in columns)
        print(f"  {name:<24}" + "".join(f"{cell:<28}" for cell in cells))
    for edge in EDGES:
        if edge not in up:
            continue
        print(f"\n  How many times more each takes than the {edge}")
        for name in up:
            if name != edge and name not in (FLOOR, JOINED):
                cells = (_cell(got.ratios(name, edge, column)) for column in columns)
                print(f"  {name:<24}" + "".join(f"{cell:<28}" for cell in cells))
    print(flush=True)


def _cell(ratios: Sequence[float]) -> str:
    if not ratios:
        return "–"
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})"


# ---- connect


def _connect(report: Report, size: Size) -> None:
    """Fresh servers each round: none gives back the memory it once took."""
    got, readers = Figures(), size.crowd
    names = [name for name in size.servers if name != JOINED]
    gone: set[str] = set()
    for turn in range(size.storm_rounds):
        for name in names:
            if name in gone or (turn and name not in size.storms):
                continue
            phases = ["touch=100", "connect", "drop", "handshake", "drop", "handshake", "drop", "connect"]
            try:
                with running(PEERS[name]) as server:
                    said = got.checked(_drive(server, *phases, readers=readers, topics=50))
            except (LoadError, MissingError) as failed:
                gone.add(name)
                report.skip("connect", name, "", str(failed))
                continue
            _, first, *shakes, again = said
            got.note(name, "kb", first.kb_per_connection)
            got.note(name, "whole", (first.connects_per_cpu_s + again.connects_per_cpu_s) / 2)
            got.note(name, "handshake", sum(shake.connects_per_cpu_s for shake in shakes) / len(shakes))
    for name in names:
        judged = name == DIRECT
        whole, shake = got.by.get((name, "whole"), []), got.by.get((name, "handshake"), [])
        if PEERS[name].protocol in ("raw", "nchan"):  # the handshake is all there is to it
            shake, whole = [(a + b) / 2 for a, b in zip(shake, whole, strict=True)], []
            got.by[name, "handshake"] = shake
        kb = got.by.get((name, "kb"), [])
        note = f"{readers} connections, fifty channels"
        _row(report, "connect", name, "memory, idle", kb, "KB each", at_most=3 if judged else None, note=note)
        _row(report, "connect", name, "handshakes", shake, "/CPU s")
        note = "connect and subscribe" if name in OURS else "namespace and room"
        _row(report, "connect", name, "handshake and protocol", whole, "/CPU s", note=note)
    for edge in EDGES:
        ratios = got.ratios(edge, NODE_WS, "handshake")
        least = 3.0 if edge == DIRECT else None
        _row(report, "connect", f"{edge} : {NODE_WS}", "handshakes", ratios, "×", at_least=least)


# ---- idle


def _idle(report: Report, size: Size, up: dict[str, Running]) -> None:
    """Everyone has a channel of their own, as guests do. Both edges at once: each is asked for its own CPU."""
    edges = [name for name in EDGES if name in up]

    def held(name: str) -> Phase:
        said = _drive(up[name], "connect", f"hold={size.hold_s}", "drop", readers=size.crowd, topics=size.crowd)
        return said[1]

    with ThreadPoolExecutor() as pool:
        for name, phase in zip(edges, pool.map(held, edges), strict=True):
            share = phase.cpu / phase.seconds * 100
            note = f"{phase.ready} guests, a ping each {PINGS_S:g} s, over {phase.seconds:.0f} s"
            most = 0.5 if name == DIRECT else None
            report.add("idle", name, "CPU", share, "% of a core", at_most=most, note=note)


# ---- recover


def _recover(report: Report, size: Size, up: dict[str, Running]) -> None:
    got, readers = Figures(), size.crowd
    storm = ["drop", "connect", "drop", f"recover={MISSED}"]
    edges = {name: server for name, server in up.items() if name in EDGES}
    for name, server, broke in _rounds(report, "recover", size.storm_rounds, edges):
        before = server.counters()["histories"]
        try:
            phases = ["connect", f"publish={MISSED + 10}", *storm, *storm, "drop"]
            said = got.checked(_drive(server, *phases, readers=readers))
        except LoadError as failed:
            broke(failed)
            continue
        plain = [phase.cpu for phase in said if phase.phase == "connect"][1:]
        back = [phase for phase in said if phase.phase.startswith("recover")]
        got.note(name, "ratio", sum(phase.cpu for phase in back) / sum(plain))
        got.note(name, "plain", statistics.mean(plain) / readers * 1e6)
        got.note(name, "back", statistics.mean(phase.cpu for phase in back) / readers * 1e6)
        got.note(name, "seconds", statistics.mean(phase.seconds for phase in back))
        got.note(name, "not whole", sum(readers * MISSED - phase.recovered_items for phase in back))
        got.note(name, "queries", server.counters()["histories"] - before)
    for name in edges:
        judged = name == DIRECT
        note = f"{readers} readers, {MISSED} publications each"
        by = {column: got.by.get((name, column), []) for column in ("ratio", "plain", "back", "seconds", "queries")}
        most = 2.0 if judged else None
        _row(report, "recover", name, "CPU / plain connect", by["ratio"], "×", at_most=most, note=note)
        _row(report, "recover", name, "CPU, plain connect", by["plain"], "µs each")
        _row(report, "recover", name, "CPU, with recovery", by["back"], "µs each")
        _row(report, "recover", name, "all back", by["seconds"], "s")
        lost = got.by.get((name, "not whole"), [])
        _row(report, "recover", name, "not recovered", lost, "items", at_most=0)
        if by["queries"]:  # a channel may be read once, for everybody
            note = f"histories read for {5 * readers} connections; one reads a channel's position, one fills its ring"
            report.add("recover", name, "database queries", max(by["queries"]), "", at_most=2, note=note)
    _none_wrong(report, "recover", got)


# ---- stalled


def _stalled(report: Report, size: Size, up: dict[str, Running]) -> None:
    got, readers = Figures(), 1000
    edges = {name: server for name, server in up.items() if name in EDGES}
    phases = ["connect", f"rate={RATE}:{size.rate_s * 2}", f"stall={RATE}:{STALLED_S}", "converge=20"]
    for name, server, broke in _rounds(report, "stalled", size.storm_rounds, edges):
        slow = server.counters()["slow"]
        try:
            said = got.checked(_drive(server, *phases, readers=readers, stallers=STALLED_EVERY, size=STALLED_SIZE))
        except LoadError as failed:
            broke(failed)
            continue
        _, calm, stall, after = said
        got.note(name, "p99", stall.p99_us / calm.p99_us)
        got.note(name, "kb", (stall.rss_kb_most - stall.rss_kb_before) / after.stallers)
        got.note(name, "kernel", stall.kernel_kb / after.stallers)
        got.note(name, "behind", after.behind)
        got.note(name, "closed", server.counters()["slow"] - slow)
        got.note(name, "reread", after.reread)
        got.note(name, "recovered", after.recovered)
    for name in edges:
        judged = name == DIRECT
        note = f"1 of {STALLED_EVERY} stalls for {STALLED_S:g} s; {readers} readers, {RATE}/s of {STALLED_SIZE} bytes"
        columns = ("p99", "kb", "kernel", "behind", "closed", "reread", "recovered")
        by = {column: got.by.get((name, column), []) for column in columns}
        most = 1.2 if judged else None
        _row(report, "stalled", name, "p99 of the others", by["p99"], "×", at_most=most, note=note)
        _row(report, "stalled", name, "memory", by["kb"], "KB each")
        note = "at our end: sent or to be sent, and not taken"
        _row(report, "stalled", name, "in the kernel", by["kernel"], "KB each", note=note)
        whole = [a + b for a, b in zip(by["kb"], by["kernel"], strict=True)]
        _row(report, "stalled", name, "in all", whole, "KB each", at_most=96 if judged else None)
        _row(report, "stalled", name, "closed as slow", by["closed"], "readers")
        _row(report, "stalled", name, "recovered all", by["recovered"], "readers")
        _row(report, "stalled", name, "told to read anew", by["reread"], "readers")
        _row(report, "stalled", name, "never caught up", by["behind"], "readers", at_most=0)
    _none_wrong(report, "stalled", got)


# ---- bus


def _bus(report: Report, size: Size, folder: Path) -> None:
    """A publisher writes to the stream; half of the readers sit at either gateway. Nothing is pinned."""
    got = Figures()
    edge = Peer(
        "gateway", lambda port, second, _folder: [*ours("gateway"), "--port", str(port), "--control", str(second),
                                                  "--redis", url], lambda: "", "centrifugal", "control", second=True,
    )  # fmt: skip
    relay = Peer(
        "publisher", lambda port, _second, _folder: [*ours("publisher"), "--control", str(port), "--redis", url],
        lambda: "", publisher="control",
    )  # fmt: skip
    with Valkey(folder) as valkey:
        url = valkey.url()
        with running(relay, None) as source, running(edge, None) as a, running(edge, None) as b:
            for _ in range(size.storm_rounds):
                for column, readers, topics, window in (("thin", 100, 50, 256), ("wide", 1000, 1, 8)):
                    phases = ["connect", f"window={window}:{size.bus_s}", "drop"]
                    said = got.checked(drive(
                        phases, protocol="centrifugal", ports=[a.port, b.port], publisher="control",
                        publisher_port=source.port, pids=[*a.pids, *b.pids], readers=readers, topics=topics,
                    ))  # fmt: skip
                    load = said[1]
                    got.note(column, "messages", load.published / load.seconds)
                    got.note(column, "cpu", load.cpu / 2 / load.published * 1e6)
                    got.note(column, "each", load.cpu_us)
                    got.note(column, "p99", load.p99_us / 1000)
    for column, what in (("thin", "50 channels, one reader each"), ("wide", "1 channel, 500 readers each")):
        subject = f"2 gateways, {what}"
        _row(report, "bus", subject, "published", got.by[column, "messages"], "1/s", note="each reaches both gateways")
        _row(report, "bus", subject, "CPU, each gateway", got.by[column, "cpu"], "µs/message")
        _row(report, "bus", subject, "CPU / delivery", got.by[column, "each"], "µs")
        _row(report, "bus", subject, "p99", got.by[column, "p99"], "ms", note="publisher to reader")
    _none_wrong(report, "bus", got)
