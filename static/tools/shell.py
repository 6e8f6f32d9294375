"""Writes the list of shell files and their hashes into `sw.js`; `--check` only says whether it is up to date.

Run it after changing any file of the screens: `python -m static.tools.shell`.
"""

import hashlib
import json
import re
import sys
from pathlib import Path

STATIC = Path(__file__).parent.parent
HASH_BYTES = 12  # of SHA-256; guards against a torn or stale download, not against an adversary
ROOMS = ("floor", "book", "plan", "stand", "admin", "parts", "replica", "style", "vendor")
PAGES = ("floor", "book", "stand", "admin")  # the door and the guests' pages are of no use without the house
KINDS = {".js", ".css", ".svg"}
LIST = re.compile(r"/\* shell \*/ .* /\* end \*/", re.DOTALL)


def shell() -> dict[str, str]:
    """Path as the browser asks for it → first bytes of its SHA-256, hex."""
    files = [p for room in ROOMS for p in sorted((STATIC / room).rglob("*")) if p.suffix in KINDS]
    files += [page for name in PAGES if (page := STATIC / "pages" / f"{name}.html").exists()]
    return {
        f"/static/{p.relative_to(STATIC).as_posix()}": hashlib.sha256(p.read_bytes()).hexdigest()[: 2 * HASH_BYTES]
        for p in files
    }


def written(source: str) -> str:
    """The service worker's source with the list as it should be."""
    return LIST.sub(lambda _: f"/* shell */ {json.dumps(shell(), indent=2)} /* end */", source)


def main() -> int:
    path = STATIC / "sw.js"
    source = path.read_text()
    fresh = written(source)
    if "--check" in sys.argv:
        return 0 if fresh == source else 1
    path.write_text(fresh)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
