"""The command line: python -m webapp --help."""

import argparse
import io
import logging.config
import os
import sys
from collections.abc import Callable
from contextlib import closing

from webapp import create_app, open_transport, read_settings
from webapp.accounts.sessions import end_sessions_named
from webapp.commands import check_deploy
from webapp.commands.check_live import CheckLive
from webapp.commands.hash_password import print_entry as make_entry
from webapp.commands.work import work
from webapp.settings import Settings, SettingsError
from webapp.settings.parsers import python
from webapp.settings.users import Role
from webapp.store import Store, StoreError
from webapp.store.schema import REVISIONS
from webapp.web.log_format import logging_config


def check_live(arguments: argparse.Namespace) -> int:
    """Compare the configured phonebook with what the dashboard expects."""
    check = CheckLive(open_transport(read_settings()))
    for line in check.run(write=arguments.write):
        print(line, flush=True)
    return 1 if check.differences else 0


def hash_password(arguments: argparse.Namespace) -> int:
    """Print an entry for DASHBOARD_USERS."""
    return make_entry(arguments.name, arguments.role)


def deployment_checked(_arguments: argparse.Namespace) -> int:
    """Print the problems of the settings."""
    problems = list(check_deploy.check_settings(os.environ))
    for kind, text in problems:
        print(f"{kind}: {text}")
    if not problems:
        print("Nothing is wrong.")
    return 1 if any(kind == "error" for kind, _ in problems) else 0


def end_sessions(arguments: argparse.Namespace) -> int:
    """End the sessions of one account or of all accounts."""

    def end(store: Store) -> str:
        ended = end_sessions_named(arguments.name, store)
        return "1 session was ended." if ended == 1 else f"{ended} sessions were ended."

    return _with_store(end, "Nobody was signed out")


def upgrade_store(_arguments: argparse.Namespace) -> int:
    """Upgrade the store to the latest revision."""

    def upgrade(store: Store) -> str:
        before, now = store.upgrade(), REVISIONS[-1]
        return f"The store is at revision {now}" + ("." if before == now else f", and was {before or 'empty'} before.")

    return _with_store(upgrade, "The store can't be brought up to date")


def run_worker(arguments: argparse.Namespace) -> int:
    """Run the background worker until it is stopped."""
    settings = Settings.from_environment()
    if settings.sandbox and not settings.api_url:
        print("The sandbox has a background worker of its own.", file=sys.stderr)
        return 1
    logging.config.dictConfig(logging_config(settings.log_level))
    work(create_app(settings), beside_web=arguments.beside_web)
    return 0


def _with_store(run: Callable[[Store], str], failure: str) -> int:
    """Run a function with the store, and print the text that it returns."""
    url = Settings.from_environment().database_url
    if not url:
        print("The sandbox makes a store of its own at each start.")
        return 0
    try:
        with closing(Store(url)) as store:
            print(run(store))
    except StoreError as error:
        print(f"{failure}: {error}.", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"{python()} -m webapp", description="Commands for whoever runs the dashboard."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("check-live", help="compare the configured phonebook with what is expected")
    command.add_argument("--write", action="store_true", help="also create, rename and delete a group")
    command.set_defaults(run=check_live)
    command = commands.add_parser("check-deploy", help="say whether the settings are fit for a public address")
    command.set_defaults(run=deployment_checked)
    command = commands.add_parser("hash-password", help="make an entry for DASHBOARD_USERS")
    command.add_argument("name", help="the user name")
    command.add_argument("role", choices=[str(role) for role in Role], help="viewer looks, editor changes")
    command.set_defaults(run=hash_password)
    command = commands.add_parser("work", help="run the background worker, on a machine of its own")
    command.add_argument("--beside-web", action="store_true", help=argparse.SUPPRESS)
    command.set_defaults(run=run_worker)
    command = commands.add_parser("upgrade-store", help="bring the dashboard's own database up to date")
    command.set_defaults(run=upgrade_store)
    command = commands.add_parser("sign-out", help="end somebody's sessions, or everybody's, at once")
    who = command.add_mutually_exclusive_group(required=True)
    who.add_argument("name", nargs="?", help="a user name, or the e-mail address of a work account")
    who.add_argument("--all", action="store_true", help="everybody")
    command.set_defaults(run=end_sessions)
    return parser


def main() -> int:
    """Run one command and return its exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # some terminals can't show “
    arguments = _parser().parse_args()
    try:
        code = int(arguments.run(arguments))
        sys.stdout.flush()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reading process, such as `head`, has ended
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main())
