"""Which passwords and hashes are accepted, and which accounts."""

import threading

import pytest
from argon2 import PasswordHasher, Type
from werkzeug.security import generate_password_hash

from webapp.accounts import passwords
from webapp.accounts.passwords import Busy, make_hash, verify, weakness
from webapp.settings.password_hashes import check_hash
from webapp.settings.users import Role, read_accounts

GOOD = "plum-candle-orbit"

WEAK = [
    "manchesterunited", "liverpoolfc1", "basketball12", "michael12345", "chocolate123", "q1w2e3r4t5y6", "123qweasdzxc",
    "147258369000", "112233445566", "Tallinn12345", "839201746552",
    "kjkszpjwanrltw", "415pinkdiamond", "0m6#Ffo2BJp_39vH", "iSeeDeadPeople13", "railroad1961",
    "short", "a" * 129, "password1234", "passwordpassword", "Passw0rd!2024", "P@ssw0rd12345", "qwertyuiop123",
    "1q2w3e4r5t6y", "123456789012", "098765432109", "iloveyou1234", "administrator", "letmeinletmein",
    "welcome123456", "Summer2024!!!", "aaaaaaaaaaaa", "abcabcabcabc", "correcthorsebatterystaple",
    "zaq12wsxcde3", "messente12345", "phonebook2026", "mari mari mari1",
]  # fmt: skip
STRONG = [
    GOOD,
    "kT8#vLq2!xRw",
    "the ferry leaves at dawn",
    "vana toomas 42 jooksis",
    "õhtu ja hommik",
    "83920174654420193756",
    "#;)!}[~<?,:@",
    "😀🚢🌊🐟🎣⚓🧭🗺🏝🦀🐚🌅",
]


@pytest.mark.parametrize("password", WEAK)
def test_weak_passwords_are_refused(password: str) -> None:
    assert weakness(password, "Mari")


@pytest.mark.parametrize("password", STRONG)
def test_strong_passwords_are_accepted(password: str) -> None:
    assert weakness(password, "Mari") == ""
    hashed = make_hash(password)
    check_hash(hashed)
    assert verify(hashed, password)
    assert not verify(hashed, password + " ")


def test_hashes_of_werkzeug_are_accepted() -> None:
    hashed = generate_password_hash(GOOD, method="scrypt:32768:8:3")
    check_hash(hashed)
    assert verify(hashed, GOOD)
    assert not verify(hashed, "wrong")


def argon2(time_cost: int = 2, memory_cost: int = 19456, hash_len: int = 32) -> str:
    return PasswordHasher(time_cost, memory_cost, 1, hash_len).hash(GOOD)


BAD_HASHES = {
    "plain": GOOD,
    "werkzeug's default": generate_password_hash(GOOD, method="scrypt:32768:8:1"),
    "pbkdf2": generate_password_hash(GOOD, method="pbkdf2:sha256:1000"),
    "little memory": argon2(memory_cost=8192),
    "one pass": argon2(time_cost=1),
    "argon2i": PasswordHasher(2, 19456, 1, type=Type.I).hash(GOOD),
    "argon2d": PasswordHasher(2, 19456, 1, type=Type.D).hash(GOOD),
    "short": argon2(hash_len=8),
    "cut": argon2()[:40],
    "broken": argon2() + "*!!",
    "many lanes": argon2().replace("p=1", "p=9999"),
    "too dear": argon2().replace("m=19456", "m=9999999"),
    "bcrypt": "$2b$12$abcdefghijklmnopqrstuuJ5mQ0b1b8mZ1n3k5c7e9g1i3k5m7o9q",
}


@pytest.mark.parametrize("kind", BAD_HASHES)
def test_weak_hashes_are_refused_and_not_repeated(kind: str) -> None:
    with pytest.raises(ValueError, match=r"^number 1 has ") as caught:
        read_accounts(f"mari:editor:{BAD_HASHES[kind]}")
    assert BAD_HASHES[kind] not in str(caught.value)


def test_more_memory_compensates_for_fewer_passes() -> None:
    check_hash(argon2(memory_cost=47104, time_cost=1))


def test_accounts_are_read() -> None:
    hashed = make_hash(GOOD)
    mari, jaan = read_accounts(f" mari:editor:{hashed}\n\tjaan@example.com:viewer:{hashed} ")
    assert (mari.name, mari.role, jaan.name, jaan.role) == ("mari", Role.EDITOR, "jaan@example.com", Role.VIEWER)
    assert hashed not in repr(mari)
    assert mari.stamp != jaan.stamp


@pytest.mark.parametrize(
    "entry",
    [
        "mari",
        "mari:editor",
        "mari:editor:",
        ":editor:HASH",
        "mari:admin:HASH",
        "m<ri:editor:HASH",
        "mari:editor:HASH MARI:viewer:HASH",
    ],
)
def test_accounts_that_cannot_be_used_are_refused(entry: str) -> None:
    with pytest.raises(ValueError, match=r"number"):
        read_accounts(entry.replace("HASH", make_hash(GOOD)))


def test_at_most_two_are_computed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A third user waits for a slot, and gets an error if none becomes free."""
    monkeypatch.setattr(passwords, "HASH_TIMEOUT", 0.05)
    turns = passwords.hash_slots
    assert [turns.acquire(timeout=1) for _ in range(2)] == [True, True]
    with pytest.raises(Busy):
        verify(make_hash(GOOD), GOOD)
    turns.release()
    assert verify(make_hash(GOOD), GOOD)
    turns.release()
    assert isinstance(turns, threading.BoundedSemaphore)
