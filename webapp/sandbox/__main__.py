"""The sandbox's command line: `python -m webapp.sandbox`."""

import argparse
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path

from webapp.sandbox import sample
from webapp.sandbox.app import CREDENTIAL, create_app
from webapp.sandbox.database import Database
from webapp.sandbox.faults import GRAMMAR, Faults
from webapp.sandbox.server import Server


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve the sandbox until it is interrupted."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        faults = Faults(*options.fault, file=options.faults)
    except ValueError as error:
        parser.error(str(error))
    try:
        database = Database(options.database)
    except sqlite3.Error as error:
        sys.exit(f"The database {options.database} can't be used: {error}")
    if options.until_stdin_closes:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with closing(database):
        if not database.filled:
            database.fill(sample.generate(options.groups, options.contacts, options.seed, options.group_sizes))
        app = create_app(database, options.username, options.password)
        with Server(app, options.host, options.port, faults) as server, suppress(KeyboardInterrupt):
            print(f"Sandbox phonebook at {server.url}", flush=True)
            if options.until_stdin_closes:
                sys.stdin.buffer.read()
            else:
                threading.Event().wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m webapp.sandbox",
        description="Serve the Phonebook API on this machine, with sample data.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    size = _whole_number(sample.MAX_SIZE)
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", default=8100, type=_whole_number(65535), help="the port; 0 is any free one")
    parser.add_argument("--username", default=CREDENTIAL, help="for HTTP basic authentication")
    parser.add_argument("--password", default=CREDENTIAL, help="for HTTP basic authentication")
    parser.add_argument("--groups", default=sample.GROUP_COUNT, type=size, help="how many groups the sample has")
    parser.add_argument("--contacts", default=sample.CONTACT_COUNT, type=size, help="how many contacts the sample has")
    parser.add_argument(
        "--group-sizes",
        default=[],
        nargs="+",
        type=size,
        metavar="SIZE",
        help="how many members some of these groups have, beside the usual ones, such as: 400000 800",
    )
    parser.add_argument(
        "--seed", default=sample.SEED, type=_whole_number(999_999_999), help="another seed makes another sample"
    )
    parser.add_argument("--database", default=":memory:", metavar="FILE", help="keep the phonebook in a file")
    parser.add_argument(
        "--fault", default=[], action="append", metavar="LINE", help=f"a fault to order; again for more: {GRAMMAR}"
    )
    parser.add_argument(
        "--faults", metavar="FILE", type=Path, help="a file of such lines, read again whenever it has changed"
    )
    parser.add_argument("--until-stdin-closes", action="store_true", help=argparse.SUPPRESS)
    return parser


def _whole_number(maximum: int) -> Callable[[str], int]:
    def whole_number(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
        if not 0 <= number <= maximum:
            raise argparse.ArgumentTypeError(f"must be from 0 to {maximum}")
        return number

    return whole_number


if __name__ == "__main__":
    main()
