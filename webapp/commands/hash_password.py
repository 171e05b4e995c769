"""`python -m webapp hash-password`: create an entry for DASHBOARD_USERS."""

import getpass
import shlex
import sys

from webapp.accounts import passwords
from webapp.settings.users import ACCOUNT_NAME, Role

TRIES = 3


def print_entry(name: str, role: str) -> int:
    """Ask for a password twice, and print the entry and how to quote it. Return the exit status."""
    if not ACCOUNT_NAME.fullmatch(name):
        print("A user name has 1 to 64 characters, and no spaces, colons or quotes.", file=sys.stderr)
        return 1
    for _ in range(TRIES):
        try:
            password = _ask(f"Password for {name}: ")
            again = _ask("The same again: ")
        except (EOFError, KeyboardInterrupt):
            print("\nNothing was made.", file=sys.stderr)
            return 1
        except UnicodeError:
            print("The password is not in UTF-8. Nothing was made.", file=sys.stderr)
            return 1
        problem = "The two are not the same." if password != again else passwords.weakness(password, name)
        if not problem:
            entry = f"{name}:{Role(role)}:{passwords.make_hash(password)}"
            print("Put this entry into DASHBOARD_USERS, after a space if there are others. Its $ signs need single")
            print(f"quotes in a shell, as in: export DASHBOARD_USERS={shlex.quote('…')}")
            print(entry)
            return 0
        print(problem, file=sys.stderr)
    return 1


def _ask(prompt: str) -> str:
    """Read a password from the terminal without echo, or a line from a pipe.

    Raises:
        EOFError: if there is no input.
        UnicodeError: if the input isn't valid text.

    """
    if sys.stdin is not None and sys.stdin.isatty():
        password = getpass.getpass(prompt)
    else:
        line = sys.stdin.readline() if sys.stdin is not None else ""
        if not line:
            raise EOFError
        password = line.rstrip("\r\n")
    password.encode()  # raises UnicodeError for lone surrogates, which can't be hashed
    return password
