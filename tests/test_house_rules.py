"""Rules no single test would notice being broken: the walls between the rooms, and what must not be in the tree."""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
VENDOR = ROOT / "static" / "vendor"
# a path of the machine it was written on means nothing on any other; spelled so that this line is not one itself
SOMEONES_PATH = re.compile(r"(?<![\w.\-}])/" + r"(?:work|root)/\w|\." + r"library/")


def tracked_files() -> list[Path]:
    # as root over someone else's checkout git wants to be told that it may read
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=30).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout: nothing is tracked")
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_the_rooms_import_one_way_only():
    lint = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([lint], check=False, cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    assert re.search(r"Contracts: [1-9]\d* kept, 0 broken", done.stdout), "no contract was looked at"


def test_no_tracked_file_knows_the_machine_it_was_written_on():
    assert SOMEONES_PATH.search("see /" + "work/plan.md")
    assert not SOMEONES_PATH.search("${base}/" + "work/plan.md")
    found = []
    for file in tracked_files():
        if file.suffix in {".lock", ".png", ".woff2", ".ico"} or VENDOR in file.parents:
            continue
        for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1):
            if SOMEONES_PATH.search(line):
                found.append(f"{file.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert not found, "\n".join(found)


def test_vendored_files_are_the_ones_their_list_names():
    listing = VENDOR / "README.md"
    if not listing.exists():
        pytest.skip("static/vendor has no README.md that lists hashes")
    lines = [line for line in listing.read_text().splitlines() if re.search(r"\b[0-9a-f]{64}\b", line)]
    assert lines, "static/vendor/README.md lists no sha256"
    vendored = [
        f for f in tracked_files() if f.is_relative_to(VENDOR) and f.suffix in {".js", ".mjs", ".css", ".woff2"}
    ]
    for file in vendored:
        name = file.relative_to(VENDOR).as_posix()
        mine = [line for line in lines if re.search(rf"(?<![\w./-]){re.escape(name)}(?![\w./-])", line)]
        assert mine, f"static/vendor/{name} is not listed"
        assert hashlib.sha256(file.read_bytes()).hexdigest() in mine[0], f"static/vendor/{name} differs from its hash"
