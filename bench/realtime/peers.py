"""The servers under measurement: how each is got, started and spoken to. What is not there is built or installed into
`native.cache()`; what cannot be had says why (`MissingError`)."""

import contextlib
import functools
import importlib.metadata
import importlib.util
import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote

import msgspec

from bench.realtime.native import HERE, MissingError, build, cache, cores, pinned
from bench.report import ROOT

SERVERS = HERE / "servers"
START_S = 20.0
INSTALL_S = 240.0
NODE_PACKAGES = ("ws@8", "socket.io@4.8")
PYTHON_PACKAGES = ("litestar>=2.25,<3", "uvicorn>=0.40", "websockets>=15", "uvloop>=0.22", "httptools>=0.9")
NGINX = Path("/usr/sbin/nginx")
NCHAN_MODULE = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")


class Peer(msgspec.Struct, frozen=True):
    """`command` takes the port, a second port and an empty folder, and raises `MissingError` where there is no way;
    `version` is asked once that worked. `protocol` and `publisher` are the load client's words; `second` tells that
    publications enter at the second port."""

    name: str
    command: Callable[[int, int, Path], list[str]]
    version: Callable[[], str]
    protocol: str = "raw"
    publisher: str = "raw"
    second: bool = False
    env: Mapping[str, str] = {}


class Running(msgspec.Struct):
    """A server that listens. `port` is where readers go, `publisher_port` where publications do."""

    peer: Peer
    process: subprocess.Popen[bytes]
    port: int
    publisher_port: int

    @property
    def pids(self) -> list[int]:
        """The process and what it started."""
        parents: dict[int, list[int]] = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                parent = int(stat.read_text().rpartition(")")[2].split()[1])
                parents.setdefault(parent, []).append(int(stat.parent.name))
        found = [self.process.pid]
        for pid in found:
            found += parents.get(pid, [])
        return found

    def counters(self) -> dict[str, int]:
        """What one of our own processes has counted (see servers/control.py)."""
        with socket.create_connection(("127.0.0.1", self.publisher_port), timeout=5) as caller:
            caller.sendall(b"\0\0\0\2?\n")
            answer: dict[str, int] = json.loads(caller.makefile().readline())
            return answer


@contextlib.contextmanager
def running(peer: Peer, core: int | None = cores()[0]) -> Iterator[Running]:
    """Start a server and wait until it listens; MissingError where it does not."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        port, second = free_port(), free_port()
        command = peer.command(port, second, folder)
        log = folder / "said"
        with log.open("wb") as said, pinned(core):
            process = subprocess.Popen(
                command, stdout=said, stderr=said, cwd=ROOT, env=os.environ | peer.env, start_new_session=True
            )
        try:
            _wait_for(process, [port, second] if peer.second else [port], log)
            yield Running(peer, process, port, second if peer.second else port)
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(process: subprocess.Popen[bytes], ports: Sequence[int], log: Path) -> None:
    end = time.monotonic() + START_S
    for port in ports:
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            if process.poll() is not None or time.monotonic() > end:
                lines = log.read_text(errors="replace").strip().splitlines()
                raise MissingError(f"it did not start: {lines[-1][:200] if lines else 'and said nothing'}")
            time.sleep(0.05)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


# ---- ours


def _floor(how: str) -> Callable[[int, int, Path], list[str]]:
    return lambda port, _second, _folder: [str(build("floor")), str(port), how]


def _edge(name: str) -> Callable[[int, int, Path], list[str]]:
    def command(port: int, second: int, _folder: Path) -> list[str]:
        from realtime.edges import MissingEdgeError, choose

        try:
            choose(name)
        except MissingEdgeError as missing:
            raise MissingError(str(missing)) from missing
        return [*ours("gateway"), "--port", str(port), "--control", str(second), "--edge", name]

    return command


def _standalone(port: int, _second: int, _folder: Path) -> list[str]:
    if importlib.util.find_spec("realtime.standalone") is None:
        raise MissingError("this version has no `maitred gateway`")
    return [sys.executable, "-m", "hub.cli", "gateway", "--open", "--port", str(port)]


def ours(module: str) -> list[str]:
    return [sys.executable, "-m", f"bench.realtime.servers.{module}"]


def _of(*packages: str) -> Callable[[], str]:
    return lambda: ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages)


# ---- Node


@functools.cache
def _node_folder() -> Path:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise MissingError("no node and npm")
    folder = cache() / "node"
    if not all((folder / "node_modules" / name.partition("@")[0]).is_dir() for name in NODE_PACKAGES):
        quiet = ["--no-audit", "--no-fund", "--ignore-scripts"]
        _install([npm, "install", "--prefix", str(folder), *quiet, *NODE_PACKAGES])
    return folder


def _node(script: str) -> Callable[[int, int, Path], list[str]]:
    def command(port: int, _second: int, folder: Path) -> list[str]:
        modules = _node_folder() / "node_modules"
        (folder / "node_modules").symlink_to(modules)  # where node looks for them, beside the script
        shutil.copy(SERVERS / script, folder)
        return ["node", str(folder / script), str(port)]

    return command


def _node_version(package: str) -> Callable[[], str]:
    def version() -> str:
        said = json.loads((_node_folder() / "node_modules" / package / "package.json").read_text())
        node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True, timeout=20)
        return f"{package} {said['version']}, node {node.stdout.strip()}"

    return version


# ---- Python


@functools.cache
def _python() -> Path:
    folder = cache() / "python"
    python, stamp = folder / "bin" / "python", folder / "installed"
    wanted = "\n".join((sys.version, *PYTHON_PACKAGES))
    if not stamp.exists() or stamp.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        beside = Path(sys.executable).with_name("uv")
        uv = str(beside) if beside.exists() else shutil.which("uv")
        if uv:
            _install([uv, "venv", "--python", sys.executable, str(folder)])
            _install([uv, "pip", "install", "--python", str(python), *PYTHON_PACKAGES])
        else:
            _install([sys.executable, "-m", "venv", str(folder)])
            _install([str(python), "-m", "pip", "install", *PYTHON_PACKAGES])
        stamp.write_text(wanted)
    return python


def _python_peer(script: str) -> Callable[[int, int, Path], list[str]]:
    return lambda port, _second, _folder: [str(_python()), str(SERVERS / script), str(port)]


def _python_version(*packages: str) -> Callable[[], str]:
    def version() -> str:
        code = f"from importlib.metadata import version as v; print(', '.join(n + ' ' + v(n) for n in {packages}))"
        asked = subprocess.run([str(_python()), "-c", code], capture_output=True, text=True, check=True, timeout=20)
        return asked.stdout.strip()

    return version


# ---- Nchan


@functools.cache
def _nginx() -> tuple[Path, Path]:
    """The server and its module: the system's own, or Debian's packages unpacked beside it."""
    if NGINX.exists() and NCHAN_MODULE.exists():
        return NGINX, NCHAN_MODULE
    folder = cache() / "nchan"
    found = folder / NGINX.relative_to("/"), folder / NCHAN_MODULE.relative_to("/")
    if not all(path.exists() for path in found):
        if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
            raise MissingError("no nginx with Nchan, and no apt-get to get it with")
        folder.mkdir(parents=True, exist_ok=True)
        _install(["apt-get", "download", "nginx", "libnginx-mod-nchan"], cwd=folder)
        packages = sorted(folder.glob("*.deb"))
        for package in packages:
            _install(["dpkg-deb", "-x", str(package), str(folder)])
            package.unlink()
        (folder / "packages").write_text("".join(f"{unquote(package.stem)}\n" for package in packages))
        if not all(path.exists() for path in found):
            raise MissingError("Debian's packages hold no nginx with Nchan")
    return found


def _nchan(port: int, _second: int, folder: Path) -> list[str]:
    nginx, module = _nginx()
    folder.chmod(0o755)  # the worker may be another user
    config = folder / "nginx.conf"
    config.write_text((SERVERS / "nchan.conf").read_text().format(root=folder, module=module, port=port))
    command = [str(nginx), "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(config)]
    if Path("/var/lib/nginx").exists():
        return command
    # It makes its folders there whatever the configuration says: where it is not installed, in a /var/lib of its own.
    if shutil.which("unshare") is None:
        raise MissingError("no /var/lib/nginx, and no unshare to do without it")
    aside = f"mount -t tmpfs bench /var/lib && mkdir /var/lib/nginx && exec {shlex.join(command)}"
    return ["unshare", "--map-root-user", "--mount", "sh", "-c", aside]


def _nchan_version() -> str:
    nginx, _ = _nginx()
    if nginx != NGINX:
        return ", ".join((cache() / "nchan" / "packages").read_text().split())
    asked = ["dpkg-query", "--show", "nginx", "libnginx-mod-nchan"]
    said = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=20).stdout
    return ", ".join(said.replace("\t", " ").splitlines()) or "the system's own"


def _install(command: list[str], cwd: Path | None = None) -> None:
    try:
        subprocess.run(command, capture_output=True, text=True, check=True, timeout=INSTALL_S, cwd=cwd)
    except subprocess.CalledProcessError as failed:
        said = (failed.stderr or failed.stdout).strip().splitlines()
        why = said[-1][:200] if said else f"exit {failed.returncode}"
        raise MissingError(f"{Path(command[0]).name} could not install it: {why}") from failed
    except (OSError, subprocess.TimeoutExpired) as failed:
        raise MissingError(f"{Path(command[0]).name} could not install it: {failed}") from failed


FLOOR, JOINED, DIRECT, SOCKETIFY = "C floor", "C floor, joined", "direct edge", "socketify edge"
STANDALONE = "maitred gateway --open"
NODE_WS, SOCKET_IO, NCHAN = "Node ws", "Socket.IO", "Nchan"
WEBSOCKETS, LITESTAR = "websockets.broadcast", "Litestar channels"

PEERS: dict[str, Peer] = {
    peer.name: peer
    for peer in (
        Peer(FLOOR, _floor("each"), lambda: "epoll, one send for each message"),
        Peer(JOINED, _floor("joined"), lambda: "the same, messages of a turn in one send"),
        Peer(DIRECT, _edge("direct"), _of("uvloop", "uvicorn"), "centrifugal", "control", second=True),
        Peer(SOCKETIFY, _edge("socketify"), _of("socketify", "uvloop"), "centrifugal", "control", second=True),
        Peer(STANDALONE, _standalone, _of("maitred"), "centrifugal", "centrifugal"),
        Peer(NODE_WS, _node("ws.js"), _node_version("ws")),
        Peer(SOCKET_IO, _node("socketio.js"), _node_version("socket.io"), "socketio", "socketio"),
        Peer(NCHAN, _nchan, _nchan_version, "nchan", "nchan"),
        Peer(WEBSOCKETS, _python_peer("broadcast.py"), _python_version("websockets", "uvloop")),
        Peer(LITESTAR, _python_peer("litestar_channels.py"), _python_version("litestar", "uvicorn", "websockets")),
    )
}
