"""Sample data: the phonebook of a fictional organisation with offices in several countries."""

import random
import unicodedata
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import accumulate, chain, count, cycle, islice

from webapp.sandbox.database import CONTACT_DETAILS, Record, SampleData
from webapp.sandbox.sample_values import (
    ANYWHERE,
    COUNTRIES,
    EVERYONE_ELSE,
    FURTHER_LABELS,
    GROUP_LABELS,
    SHORT_NUMBERS,
    Country,
    Label,
)

GROUP_COUNT = 60
CONTACT_COUNT = 2_500
SEED = 2019
MAX_SIZE = 1_000_000
"""Maximum of groups and of contacts. With more contacts, phone numbers would repeat."""

FIRST_GROUP = datetime(2019, 4, 22, tzinfo=UTC)
LAST_GROUP = datetime(2026, 9, 30, tzinfo=UTC)
CUMULATIVE_SHARES = list(accumulate(country.share for country in COUNTRIES.values()))

NAME_FIELDS = ("firstName", "lastName")
JOBS = ("Driver", "Shift leader", "Nurse", "Teacher", "Accountant", "Dr", "Prof")
LANGUAGES = ("et", "lv", "lt", "fi", "ru", "en")


@dataclass(frozen=True)
class Contacts:
    """The contacts of a sample, generated anew by each iteration: a million would take a gigabyte."""

    count: int
    seed: int
    today: date

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Record]:
        return self.generate(random.Random(self.seed))  # noqa: S311  # nosec B311 - the same sample for the same seed

    def generate(self, rng: random.Random) -> Iterator[Record]:
        """Generate the contacts with a generator that has the seed."""
        return (_contact(number, rng, self.today) for number in range(self.count))


def generate(
    groups: int = GROUP_COUNT, contacts: int = CONTACT_COUNT, seed: int = SEED, sizes: Iterable[int] = ()
) -> SampleData:
    """Generate a phonebook. The same seed gives the same data, except for deletion dates, which depend on today.

    Args:
        groups: how many groups.
        contacts: how many contacts.
        seed: a number.
        sizes: how many members some of the groups have, beside the usual ones.

    """
    rng = random.Random(seed)  # noqa: S311  # nosec B311 - as above
    people = Contacts(contacts, seed, datetime.now(UTC).date())
    phones = [person["phoneNumber"] for person in people.generate(rng)]
    sized = (Label(f"Group of {size:,}", size) for size in sizes)
    labels = list(islice(chain(sized, GROUP_LABELS, _further_labels(rng)), groups))
    created = sorted(_created_on(rng) for _ in labels)
    rng.shuffle(labels)
    records = [
        {"id": str(uuid.UUID(int=rng.getrandbits(128), version=4)), "name": label.name, "createdOn": created_on}
        for label, created_on in zip(labels, created, strict=True)
    ]
    return SampleData(
        groups=records,
        contacts=people,
        memberships=list(_memberships(records, labels, phones, rng)),
        blacklist=phones[5::40],
    )


def _further_labels(rng: random.Random) -> Iterator[Label]:
    for name, number in zip(cycle(FURTHER_LABELS), count(len(FURTHER_LABELS))):
        yield Label(name.format(number // len(FURTHER_LABELS)), min(int(rng.paretovariate(1.3) * 2) - 2, 300))


def _created_on(rng: random.Random) -> str:
    created_on = FIRST_GROUP + rng.random() * (LAST_GROUP - FIRST_GROUP)
    return created_on.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _memberships(
    groups: list[Record], labels: list[Label], everybody: list[str], rng: random.Random
) -> Iterator[tuple[str, str]]:
    """Yield pairs of a group's id and a phone number. Every twelfth contact is in no group."""
    phones = [phone for number, phone in enumerate(everybody) if number % 12]
    pools = {
        code: [phone for phone in phones if phone.startswith((country.prefix, country.further_prefix))]
        for code, country in COUNTRIES.items()
    }
    pools[ANYWHERE] = phones
    placed: set[str] = set()
    # EVERYONE_ELSE comes last, when all other memberships are known.
    for group, label in sorted(zip(groups, labels, strict=True), key=lambda pair: pair[1].size == EVERYONE_ELSE):
        pool = pools[label.country]
        if label.size == EVERYONE_ELSE:
            members = [phone for phone in pool if phone not in placed]
        else:
            members = rng.sample(pool, min(label.size, len(pool)))
        placed.update(members)
        for phone in sorted(members):  # SQLite writes them much faster in order
            yield group["id"], phone


def _contact(number: int, rng: random.Random, today: date) -> Record:
    """Generate a contact with few, some or most details filled in."""
    (country,) = rng.choices(tuple(COUNTRIES.values()), cum_weights=CUMULATIVE_SHARES)
    first_name, last_name = rng.choice(country.first_names), rng.choice(country.last_names)
    everything = {
        "firstName": first_name,
        "lastName": last_name,
        "email": _email(first_name, last_name, number),
        "company": country.company,
        "title": rng.choice(JOBS),
        "custom": f"Badge {1000 + number}",
        "custom2": f"Language: {rng.choice(LANGUAGES)}",
        "custom3": f"Locker {number % 240 + 1}",
        "custom4": f"Met in {rng.randint(2012, 2026)}",
    }
    known = rng.choice((0.15, 0.5, 0.95))
    details = {
        name: value for name, value in everything.items() if rng.random() < (0.98 if name in NAME_FIELDS else known)
    }
    return {
        "phoneNumber": phone_number(country, number),
        **dict.fromkeys(CONTACT_DETAILS),
        **details,
        "scheduledDeletionDate": (today + timedelta(days=rng.randint(1, 30))).isoformat(),
    }


def phone_number(country: Country, number: int) -> str:
    """Return the phone number of the contact with this number, if it is from this country."""
    if number < SHORT_NUMBERS:
        return f"{country.prefix}{number * 61_803 % SHORT_NUMBERS:05}"
    return f"{country.further_prefix}{number * 618_033 % MAX_SIZE:06}"


@cache
def _email_name(first_name: str, last_name: str) -> str:
    name = unicodedata.normalize("NFKD", f"{first_name}.{last_name}")
    return name.encode("ascii", "ignore").decode().lower().strip(".")


def _email(first_name: str, last_name: str, number: int) -> str | None:
    name = _email_name(first_name, last_name)
    return f"{name}.{number}@example.org" if name else None
