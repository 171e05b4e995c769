"""The phonebooks that are served: made by arithmetic, so that every process has the same."""

import json
from uuid import UUID

TOWNS = ("Tallinn", "Tartu", "Narva", "Pärnu", "Kohtla-Järve", "Viljandi", "Rakvere", "Võru", "Riga", "Łódź")
KINDS = ("Customers", "Newsletter", "Staff", "Volunteers", "Parents of class", "Members", "Suppliers")
MONTHS = 12


def group_id(number: int) -> UUID:
    """Return the id of a group: no two alike, and in no order."""
    return UUID(int=(number * 0x9E3779B97F4A7C15F39CC0605CEDC835 + 0x5792A02A) % 2**128, version=4)


def group_name(number: int) -> str:
    """Return the name of a group: some with accents, none that sorts as it comes."""
    return f"{KINDS[number % 7]} {TOWNS[number % 10]} {(number * 7919) % 1_000_003:06}"


def group(number: int, turn: int = 0) -> dict[str, object]:
    """Make a group as the API has it; at another turn its name and its count are others, of the same length."""
    return {
        "id": str(group_id(number)),
        "name": f"{group_name(number)[:-2]}{(number + turn) % 100:02}",
        "createdOn": created(number),
        "contactsCount": 1000 + (number * 37 + turn) % 9000,
    }


def created(number: int) -> str:
    """Return when a group was created, as the API writes it."""
    return f"20{10 + number % 15}-{1 + number % MONTHS:02}-{1 + number % 28:02}T12:22:05.{number % 1_000_000:06}Z"


def as_json(value: object) -> bytes:
    """Write a value as the API does."""
    return json.dumps(value, separators=(",", ":")).encode()
