"""Roles and accounts, and the parser of DASHBOARD_USERS."""

import hashlib
import re
from dataclasses import dataclass, field
from enum import StrEnum

from webapp.settings.password_hashes import check_hash

ACCOUNT_NAME = re.compile(r"[^\s:<>\"'\x00-\x1f\x7f-\x9f]{1,64}")


class Role(StrEnum):
    """What an account may do."""

    VIEWER = "viewer"
    EDITOR = "editor"


@dataclass(frozen=True)
class Person:
    """A user who may sign in."""

    name: str
    role: Role

    @property
    def may_change(self) -> bool:
        """Whether the user may change groups and contacts."""
        return self.role is Role.EDITOR

    @property
    def key(self) -> str:
        """The unique key by which sessions refer to the user."""
        raise NotImplementedError

    @property
    def stamp(self) -> str:
        """A value that a session stores. When it changes, the session ends."""
        raise NotImplementedError


@dataclass(frozen=True)
class Account(Person):
    """A user who signs in by a password."""

    hash: str = field(repr=False)

    @property
    def key(self) -> str:
        """The name, case-folded."""
        return self.name.casefold()

    @property
    def stamp(self) -> str:
        """A hash that changes with the role and the password."""
        return hashlib.sha256(f"{self.key}:{self.role}:{self.hash}".encode()).hexdigest()


def read_accounts(text: str) -> tuple[Account, ...]:
    """Parse entries `name:role:hash`, separated by white space.

    Raises:
        ValueError: with the number of an invalid entry. The message doesn't contain the entry, which may be secret.

    """
    accounts: dict[str, Account] = {}
    for number, entry in enumerate(text.split(), 1):
        name, _, rest = entry.partition(":")
        role, _, hashed = rest.partition(":")
        if not ACCOUNT_NAME.fullmatch(name) or role not in set(Role) or not hashed:
            raise ValueError(f"must be entries name:role:hash, with the role viewer or editor; number {number} is not")
        try:
            check_hash(hashed)
        except ValueError as error:
            raise ValueError(f"number {number} {error}") from None
        account = Account(name, Role(role), hashed)
        if account.key in accounts:
            raise ValueError(f"number {number} has a name that an earlier one has")
        accounts[account.key] = account
    return tuple(accounts.values())
