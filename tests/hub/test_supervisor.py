"""The house kept open from outside: processes and servers killed, the supervisor itself killed, the port taken.

The serving process and the evening are stand-ins that only answer or sleep; supervisor, servers, migrations are real.
"""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from hub.core.embedded import Postgres, Valkey

pytestmark = pytest.mark.house
ROOT = Path(__file__).parents[2]

SERVING = """
import http.server, os, sys
class Door(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(os.environ["MAITRED_NUMBER"].encode())
    def log_message(self, *_): pass
assert os.environ["MAITRED_DATABASE_URL"] and os.environ["MAITRED_REDIS_URL"] and os.environ["MAITRED_SECRET"]
http.server.ThreadingHTTPServer.allow_reuse_address = True
http.server.ThreadingHTTPServer.allow_reuse_port = os.environ["MAITRED_PROCESSES"] != "1"
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["MAITRED_PORT"])), Door).serve_forever()
"""
EVENING = """
import os, sys, time
print("evening at", sys.argv[2], [n for n in os.environ if n.startswith("MAITRED_")], flush=True); time.sleep(300)
"""
DRIVE = f"""
import sys
from hub import cli, supervisor
supervisor.SERVING = [sys.executable, "-c", {SERVING!r}]
supervisor.EVENING = [sys.executable, "-c", {EVENING!r}]
sys.exit(cli.main(sys.argv[1:]))
"""


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def within(seconds: float, true: Callable[[], object]) -> bool:
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


class Open:
    """A house opened as someone at a terminal would, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.postgres, self.valkey = folder / "data" / "postgres", folder / "data" / "valkey"
        self.supervisors: list[subprocess.Popen[str]] = []

    def start(self, *arguments: str, port: int | None = None, **variables: str) -> subprocess.Popen[str]:
        env = {name: value for name, value in os.environ.items() if not name.startswith("MAITRED_")}
        env |= {"MAITRED_DATA_DIR": str(self.folder / "data"), "MAITRED_PORT": str(port or self.port), "MAITRED_PLANS": "0", **variables}
        log = (self.folder / f"log-{len(self.supervisors)}").open("w")
        command = [sys.executable, "-c", DRIVE, "serve", *arguments]
        supervisor = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        log.close()
        self.supervisors.append(supervisor)
        return supervisor

    def said(self, number: int = -1) -> str:
        return (self.folder / f"log-{number % len(self.supervisors)}").read_text()

    def opened(self, number: int = -1) -> bool:
        return within(30, lambda: "maitred is open" in self.said(number))

    def answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def answering(self) -> str:
        """Which of the processes on the port answers a new connection: its number, "" if none does."""
        door = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            door.request("GET", "/")
            return door.getresponse().read().decode()
        except (OSError, http.client.HTTPException):
            return ""
        finally:
            door.close()

    def numbered(self, supervisor: subprocess.Popen[str]) -> dict[str, psutil.Process]:
        """The serving stand-ins by their number."""
        found = {}
        for child in psutil.Process(supervisor.pid).children():
            with contextlib.suppress(psutil.Error):
                if child.status() != "zombie" and "HTTPServer" in " ".join(child.cmdline()):
                    found[child.environ()["MAITRED_NUMBER"]] = child
        return found

    def children(self, supervisor: subprocess.Popen[str]) -> dict[str, psutil.Process]:
        """The stand-ins by what they are."""
        found = {}
        for child in psutil.Process(supervisor.pid).children():
            with contextlib.suppress(psutil.Error):
                text = " ".join(child.cmdline())
                if "HTTPServer" in text and "supervisor" not in text:
                    found["serving"] = child
                elif "evening at" in text and "supervisor" not in text:
                    found["evening"] = child
        return found


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Open]:
    opened = Open(tmp_path)
    yield opened
    for supervisor in opened.supervisors:
        if supervisor.poll() is None:
            supervisor.kill()
            supervisor.wait(10)
    for server in (Postgres(opened.postgres), Valkey(opened.valkey)):
        server.stop()


def test_an_evening_of_accidents_and_an_orderly_end(house: Open):
    supervisor = house.start("--demo")
    assert house.opened(), house.said()
    assert within(5, lambda: f"evening at http://127.0.0.1:{house.port} []" in house.said()), "it is told the URL alone"

    # the serving process dies
    first = house.children(supervisor)["serving"]
    first.kill()
    assert within(10, lambda: house.children(supervisor).get("serving") not in (None, first) and house.answers())
    assert "signal SIGKILL" in house.said()

    # both servers die, and come back
    postgres, valkey = Postgres(house.postgres), Valkey(house.valkey)
    before = postgres.pid, valkey.pid
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    assert within(20, lambda: postgres.pid not in (None, before[0]) and valkey.pid not in (None, before[1]))
    assert within(5, lambda: "Valkey was gone; it is back" in house.said())

    # the supervisor dies: its processes end, the servers stay and are taken over
    children = house.children(supervisor)
    assert set(children) == {"serving", "evening"}
    kept = postgres.pid, valkey.pid
    supervisor.kill()
    supervisor.wait(5)
    assert within(5, lambda: not any(c.is_running() and c.status() != "zombie" for c in children.values()))
    assert (postgres.pid, valkey.pid) == kept
    supervisor = house.start("--demo")
    assert house.opened(), house.said()
    assert (postgres.pid, valkey.pid) == kept

    # the house is closed: nothing stays
    supervisor.send_signal(signal.SIGINT)
    assert supervisor.wait(30) == 0
    assert not postgres.alive() and not valkey.alive() and not house.answers()
    assert "Closing" in house.said()


def test_of_several_processes_one_that_dies_is_started_again_alone_and_all_end_together(house: Open):
    supervisor = house.start("--processes", "3")
    assert house.opened(), house.said()

    def all_answer() -> bool:
        return {house.answering() for _ in range(30)} == {"1", "2", "3"}

    assert within(20, all_answer), house.said()
    before = house.numbered(supervisor)
    assert before["1"].environ()["MAITRED_ROLE"] == "all" and before["2"].environ()["MAITRED_ROLE"] == "gateway"
    for number in ("2", "1"):
        others = {n: process.pid for n, process in before.items() if n != number}
        before[number].kill()
        before[number].wait(5)
        assert within(5, lambda others=others: house.answering() in others), "the others have them all"
        assert within(20, all_answer), house.said()
        after = house.numbered(supervisor)
        assert {n: after[n].pid for n in others} == others, "they were left alone"
        assert after[number].pid != before[number].pid
        before = after
    assert "Gateway 2 of 3 ended (signal SIGKILL)" in house.said()
    supervisor.terminate()
    assert supervisor.wait(30) == 0
    assert not any(process.is_running() for process in before.values()) and not house.answers()


def test_a_taken_port_of_the_sockets_is_said_as_loudly(house: Open):
    pytest.importorskip("socketify", reason="NO SOCKETIFY: the edge with a port of its own is not tested here")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        assert house.start(MAITRED_EDGE="socketify", MAITRED_SOCKET_PORT=str(taken)).wait(20) == 1
        assert f"PORT {taken} IS TAKEN" in house.said() and f"MAITRED_SOCKET_PORT={taken + 1}" in house.said()
    same = house.start(MAITRED_EDGE="socketify", MAITRED_SOCKET_PORT=str(house.port))
    assert same.wait(20) == 2
    assert "MAITRED_SOCKET_PORT" in house.said() and "Traceback" not in house.said()


def test_a_taken_port_is_said_loudly_and_nothing_is_started(house: Open):
    with socket.socket() as other:
        other.bind(("127.0.0.1", house.port))
        other.listen()
        assert house.start().wait(20) == 1
    assert f"PORT {house.port} IS TAKEN" in house.said()
    assert "Traceback" not in house.said()
    assert not house.postgres.exists()


def test_of_two_on_one_data_directory_the_last_to_leave_stops_the_servers(house: Open):
    first = house.start()
    assert house.opened(0), house.said(0)
    second = house.start(port=free_port())
    assert house.opened(1), house.said(1)
    assert house.start("--fresh", port=free_port()).wait(20) == 1, "nobody forgets an evening others work in"
    assert "another maitred is open" in house.said()
    first.terminate()
    assert first.wait(20) == 0
    assert Postgres(house.postgres).alive() and Valkey(house.valkey).alive()
    second.terminate()
    assert second.wait(20) == 0
    assert not Postgres(house.postgres).alive() and not Valkey(house.valkey).alive()


def test_fresh_forgets_the_stored_evening(house: Open):
    house.start().poll()
    assert house.opened(), house.said()
    postgres, valkey = Postgres(house.postgres), Valkey(house.valkey)
    postgres.psql("maitred", "CREATE TABLE yesterday (n integer);")
    valkey._says("SET yesterday 1")
    house.supervisors[0].terminate()
    assert house.supervisors[0].wait(20) == 0
    # it resumes by default …
    house.start()
    assert house.opened(), house.said()
    postgres.psql("maitred", "INSERT INTO yesterday VALUES (1);")
    house.supervisors[1].terminate()
    assert house.supervisors[1].wait(20) == 0
    # … and forgets when told to
    house.start("--fresh")
    assert house.opened(), house.said()
    with pytest.raises(RuntimeError, match="yesterday"):
        postgres.psql("maitred", "SELECT * FROM yesterday;")
    postgres.psql("maitred", "SELECT * FROM schema_migrations;")


def test_a_saved_house_comes_back_whole_under_a_new_epoch_or_not_at_all(house: Open):
    env = os.environ | {"MAITRED_DATA_DIR": str(house.folder / "data")}

    def maitred(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "hub.cli", *arguments]
        return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)

    def expect(postgres: Postgres, condition: str) -> None:
        postgres.psql("maitred", f"SELECT 1 / ({condition})::int;")

    file = house.folder / "evening.maitred"
    house.start()
    assert house.opened(), house.said()
    postgres = Postgres(house.postgres)
    postgres.psql("maitred", "INSERT INTO org VALUES ('o1', 'Élodie’s'); UPDATE house SET epoch = 'before';")
    saved = maitred("backup", str(file))  # while the house is open
    assert saved.returncode == 0, saved.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    postgres.psql("maitred", "UPDATE org SET name = 'spoilt';")
    refused = maitred("restore", str(file))
    assert refused.returncode == 1 and "another maitred is open" in refused.stderr
    house.supervisors[0].terminate()
    assert house.supervisors[0].wait(20) == 0

    torn = house.folder / "torn.maitred"
    torn.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    assert maitred("restore", str(torn)).returncode == 1
    with postgres.start():
        expect(postgres, "(SELECT name FROM org) = 'spoilt'")
    restored = maitred("restore", str(file))
    assert restored.returncode == 0, restored.stderr
    with postgres.start():
        expect(postgres, "(SELECT name FROM org) = 'Élodie’s'")
        expect(postgres, "(SELECT epoch FROM house) <> 'before'")
        expect(postgres, "(SELECT string_agg(datname, ' ') FROM pg_database WHERE datname ~ 'maitred') = 'maitred'")
        expect(postgres, "(SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner <> 'maitred') = 0")


def test_a_serving_process_asked_to_end_before_it_is_open_ends_without_a_word(tmp_path: Path):
    """Its database takes connections and says nothing, so that it is opening for as long as the test likes."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        silent.settimeout(30)
        port = silent.getsockname()[1]
        env = {name: value for name, value in os.environ.items() if not name.startswith("MAITRED_")}
        env |= {
            "MAITRED_DATA_DIR": str(tmp_path), "MAITRED_DATABASE_URL": f"postgresql://x@127.0.0.1:{port}/x?sslmode=disable",
            "MAITRED_REDIS_URL": f"redis://127.0.0.1:{port}/0",
        }  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-m", "hub.serve"], cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        try:
            connection, _ = silent.accept()
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=20)
        finally:
            process.kill()
        connection.close()
        assert process.returncode == 0 and b"Traceback" not in said and b"error" not in said, said
