"""The accounts that the configuration names."""

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
    """Somebody who may sign in."""

    name: str
    role: Role

    @property
    def may_change(self) -> bool:
        """Whether they may do more than look."""
        return self.role is Role.EDITOR

    @property
    def key(self) -> str:
        """What they are found by."""
        raise NotImplementedError

    @property
    def stamp(self) -> str:
        """Changes whenever something about them changes that ends their sessions."""
        raise NotImplementedError


@dataclass(frozen=True)
class Account(Person):
    """Somebody who may sign in by a password."""

    hash: str = field(repr=False)

    @property
    def key(self) -> str:
        """The name, in which case does not count."""
        return self.name.casefold()

    @property
    def stamp(self) -> str:
        """Changes with the role and the password."""
        return hashlib.sha256(f"{self.key}:{self.role}:{self.hash}".encode()).hexdigest()


def read_accounts(text: str) -> tuple[Account, ...]:
    """Read entries `name:role:hash`, separated by white space.

    Raises:
        ValueError: naming the entry by its place, since what is wrong in it may be a secret.

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
