"""The command `maitred`. Each subcommand lives beside what it does: a module of `COMMANDS` with `register(commands)`,
which adds a parser and names its function: `parser.set_defaults(run=serve)`, `serve(args) -> exit code`.
"""

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import Final

from hub.core.embedded import ServerError
from hub.core.settings import BadSettingError

COMMANDS: Final = ("hub.supervisor", "hub.backup", "hub.imports.cli", "realtime.standalone")


def parser() -> argparse.ArgumentParser:
    maitred = argparse.ArgumentParser(prog="maitred", description="The maître d' as a daemon.")
    commands = maitred.add_subparsers(metavar="COMMAND", required=True)
    for module in COMMANDS:
        importlib.import_module(module).register(commands)
    return maitred


def main(argv: Sequence[str] | None = None) -> int:
    """Exit codes: 0 done, 1 it was tried and failed, 2 it was asked wrongly (arguments, settings)."""
    args = parser().parse_args(argv)
    try:
        return args.run(args)
    except BadSettingError as error:
        print(f">>> maitred: {error}", file=sys.stderr)
        return 2
    except ServerError as error:
        print(f">>> maitred: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
