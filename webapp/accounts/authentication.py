"""Authentication by user name and password."""

import hmac

from webapp.accounts import passwords, throttle
from webapp.accounts.passwords import Busy
from webapp.settings.users import Account
from webapp.web.current import settings


class WrongPassword(Exception):
    """The user name or the password is wrong."""


class Throttled(Exception):
    """There were too many wrong guesses. The next attempt has to wait for `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__()
        self.seconds = seconds


def authenticate(name: str, password: str, address: str) -> Account:
    """Return the account with this name and password.

    Args:
        name: as typed by the user.
        password: as typed by the user.
        address: the client's IP address, for the rate limit.

    Raises:
        WrongPassword: if the password or the name is wrong. Both take the same time, to hide which names exist.
        Throttled: after too many wrong guesses, even if the password is right.
        Busy: if too many passwords are being verified at the moment.
        StoreError: if the attempt can't be recorded.

    """
    attempt, wait = throttle.record_attempt(name, address)
    if wait:
        raise Throttled(wait)
    account = settings().account(name)
    known = account.hash if account else _decoy(name)
    try:
        right = len(password) <= passwords.MAX_PASSWORD_CHARS and passwords.verify(known, password)
    except Busy:
        throttle.forget_attempt(attempt)
        raise
    if right and account:
        throttle.mark_succeeded(attempt)
        return account
    raise WrongPassword


def _decoy(name: str) -> str:
    """Choose some account's hash for an unknown name, so that refusing it takes as long as for a real account.

    The choice is constant for each name and depends on the secret key. Otherwise the time that verification takes could
    reveal which names exist.
    """
    users, key = settings().users, settings().secret_key.encode()
    digest = hmac.digest(key, name.casefold().encode("utf-8", "surrogatepass"), "sha256")
    return users[int.from_bytes(digest[:4], "big") % len(users)].hash
