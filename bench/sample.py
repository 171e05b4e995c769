"""The groups that every server in the benchmark lists: computed, so that every process has the same ones."""

from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_OID, uuid5

KINDS = ("Customers", "Newsletter", "Staff", "Volunteers", "Parents of class", "Members", "Suppliers")
TOWNS = ("Tallinn", "Tartu", "Narva", "Pärnu", "Kohtla-Järve", "Viljandi", "Rakvere", "Võru", "Riga", "Łódź")


def make_group(number: int, version: int = 0) -> dict[str, str | int]:
    """Make a group as the API writes it. Another version has another name and another number of contacts."""
    created = datetime(2012, 1, 1, tzinfo=UTC) + timedelta(hours=number * 37 % 100_003, microseconds=number + 1)
    return {
        "id": str(uuid5(NAMESPACE_OID, str(number))),
        "name": f"{KINDS[number % 7]} {TOWNS[number % 10]} {number * 7919 % 1_000_003:06}-{version % 100:02}",
        "createdOn": created.isoformat().replace("+00:00", "Z"),
        "contactsCount": 1000 + (number * 37 + version) % 9000,
    }
