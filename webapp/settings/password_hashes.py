"""Validation of password hashes: strong enough, but not too slow to verify."""

import re

from argon2 import Type, extract_parameters
from argon2.exceptions import InvalidHashError

from webapp.settings.parsers import python

ARGON2 = re.compile(r"\$argon2[a-z]*\$v=19\$m=\d{1,9},t=\d{1,9},p=\d{1,2}\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+")

SCRYPT = re.compile(r"scrypt:32768:8:3\$[A-Za-z0-9./+-]{8,}\$[0-9a-f]{128}")

MAKE_ONE = f"make one by {python()} -m webapp hash-password"


MAX_HASH_MEMORY_KIB, MAX_HASH_PASSES = 256 * 1024, 10


def check_hash(text: str) -> None:
    """Raise ValueError if a hash is unknown, too weak or too slow. The message doesn't contain the hash."""
    if SCRYPT.fullmatch(text):
        return
    try:
        if not ARGON2.fullmatch(text):
            raise InvalidHashError
        cost = extract_parameters(text)
    except InvalidHashError:
        raise ValueError(f"has no hash that is known: {MAKE_ONE}") from None
    enough = (cost.memory_cost >= 19 * 1024 and cost.time_cost >= 2) or cost.memory_cost >= 46 * 1024
    if cost.type is not Type.ID or not enough or cost.salt_len < 8 or cost.hash_len < 16:
        raise ValueError(f"has a hash that is too weak: {MAKE_ONE}")
    if cost.memory_cost > MAX_HASH_MEMORY_KIB or cost.time_cost > MAX_HASH_PASSES:
        raise ValueError(f"has a hash that takes too long: {MAKE_ONE}")
