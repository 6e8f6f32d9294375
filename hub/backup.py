"""`maitred backup FILE` and `maitred restore FILE`: the whole house in one file, and back.

For the embedded database; a server of your own is saved with the tools that came with it (docs/operations.md).
A restore is made beside the present evening and takes its place at the end, in one transaction: if it fails, nothing
has changed. It begins a new epoch, so that every screen reads its state anew instead of counting on from offsets of
an evening that never happened.
"""

import argparse
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from hub.core.embedded import APP, Postgres, migrate
from hub.core.settings import BadSettingError, Settings
from hub.supervisor import Servers, say

COPY_LIMIT_S: Final = 3600.0  # years of evenings on a slow disk
BESIDE: Final = f"{APP}_restored"
NEW_EPOCH: Final = "UPDATE house SET epoch = substr(md5(random()::text || clock_timestamp()::text), 1, 8);"


def register(commands: Any) -> None:
    save = commands.add_parser("backup", help="save the whole house to a file, while it is open")
    save.add_argument("file", type=Path)
    save.set_defaults(run=_backup)
    back = commands.add_parser("restore", help="put a saved house in place of the present one")
    back.add_argument("file", type=Path)
    back.set_defaults(run=_restore)


def _embedded(servers: Servers) -> Postgres:
    if servers.postgres is None:
        raise BadSettingError("MAITRED_DATABASE_URL names a server of your own: save it with its own pg_dump")
    return servers.postgres


def _backup(args: argparse.Namespace) -> int:
    target = args.file.absolute()
    with Servers(Settings.load()) as servers:
        postgres = _embedded(servers)
        try:
            # beside the target, 0600 by contract: guests' names are in it, and a torn file never has the target's name
            fd, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
        except OSError as error:
            raise BadSettingError(f"{target} cannot be written: {error.strerror}") from None
        os.close(fd)
        try:
            options = ("--format=custom", "--no-owner", "--no-privileges", "--no-comments", f"--file={draft}")
            postgres.tool("pg_dump", *options, postgres.dsn(), limit_s=COPY_LIMIT_S)
            Path(draft).replace(target)
        finally:
            with suppress(FileNotFoundError):
                Path(draft).unlink()
    say(f"Saved to {target} ({target.stat().st_size / 1e6:.1f} MB).")
    return 0


def _restore(args: argparse.Namespace) -> int:
    source = args.file.absolute()
    if not os.access(source, os.R_OK):
        raise BadSettingError(f"{source} cannot be read")
    with Servers(Settings.load(), alone=True) as servers:
        postgres = _embedded(servers)
        postgres.drop_database(BESIDE)  # a restore that was killed may have left it
        postgres.create_database(BESIDE)
        try:
            options = ("--no-owner", "--no-privileges", "--no-comments", "--single-transaction", "--exit-on-error")
            into = postgres.dsn(BESIDE)
            postgres.tool("pg_restore", *options, f"--dbname={into}", str(source), limit_s=COPY_LIMIT_S)
            migrate(into)  # the file may be older than this house
            postgres.psql(BESIDE, NEW_EPOCH)
            postgres.replace_database(APP, by=BESIDE)
        finally:
            postgres.drop_database(BESIDE)
        if servers.valkey:
            servers.valkey.forget()  # the tail of the evening that was replaced
    say(f"Restored from {source}.")
    return 0
