"""Whether somebody is who they say."""

import hmac

from webapp.accounts import passwords, throttle
from webapp.accounts.passwords import Busy
from webapp.settings.users import Account
from webapp.web.current import settings


class WrongPassword(Exception):
    """The name and the password don't belong together."""


class Throttled(Exception):
    """There were too many wrong guesses; `seconds` have to pass before the next."""

    def __init__(self, seconds: int) -> None:
        super().__init__()
        self.seconds = seconds


def authenticate(name: str, password: str, address: str) -> Account:
    """Return the account of that name, if the password is its own.

    Raises:
        Refused: in the same words and after the same time whether or not there is such an account.
        Throttled: whether or not they belong together.
        Busy: too many passwords are being checked at once.
        StoreError: the attempt could not be counted.

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
    """Choose an account's hash for a name that nobody has, so that it takes as long to refuse.

    It is always the same one for a name, and nobody can tell which: whoever could would recognise the names of real
    accounts, by the time that their own hashes take.
    """
    users, key = settings().users, settings().secret_key.encode()
    digest = hmac.digest(key, name.casefold().encode("utf-8", "surrogatepass"), "sha256")
    return users[int.from_bytes(digest[:4], "big") % len(users)].hash
