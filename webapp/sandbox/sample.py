"""Sample data: the phonebook of a fictional organisation with offices in several countries."""

import random
import unicodedata
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import chain, count, cycle, islice
from typing import NamedTuple

from webapp.sandbox.database import CONTACT_DETAILS, Record, SampleData

GROUP_COUNT = 60
CONTACT_COUNT = 2_500
SEED = 2019
MAX_SIZE = 100_000
"""Maximum of groups and of contacts. With more contacts, phone numbers would repeat."""

FIRST_GROUP = datetime(2019, 4, 22, tzinfo=UTC)
LAST_GROUP = datetime(2026, 9, 30, tzinfo=UTC)


class Country(NamedTuple):
    """A country's share of the contacts, and the values from which they are generated."""

    share: int
    """Percentage of all contacts."""
    prefix: str
    """Beginning of the phone numbers; five digits follow. They are as long as real numbers, but nobody has them: no
    numbering plan assigns them."""
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    company: str


COUNTRIES = {
    "EE": Country(
        44,
        "+37253",
        ("Õnne", "Jüri", "Mari", "Tõnu", "Külli", "Märt", "Liis", "Priit", "Ülle", "Andres"),
        ("Tamm", "Saar", "Mägi", "Kask", "Põder", "Rebane", "Õunapuu", "Sepp", "Kõiv", "Jänes"),
        "Näidis OÜ",
    ),
    "LV": Country(
        17,
        "+371300",
        ("Ilze", "Jānis", "Līga", "Mārtiņš", "Dace", "Kārlis"),
        ("Liepa", "Priede", "Roze", "Zāle", "Klints", "Upe"),
        "Paraugs SIA",
    ),
    "LT": Country(
        13,
        "+370701",
        ("Jonas", "Tomas", "Mantas", "Rūta", "Eglė", "Živilė"),
        ("Kazlas", "Žukas", "Butkė", "Petrė", "Šarka", "Vilkė"),
        "Pavyzdys UAB",
    ),
    "FI": Country(
        12,
        "+3584900",
        ("Aino", "Eero", "Sanna", "Mikko", "Päivi", "Väinö"),
        ("Korhonen", "Mäkinen", "Virtanen", "Hämäläinen", "Niemi", "Järvinen"),
        "Esimerkki Oy",
    ),
    "RU": Country(
        6,
        "+753000",
        ("Анна", "Иван", "Ольга", "Сергей", "Мария", "Пётр"),
        ("Бондаренко", "Ткаченко", "Черных", "Седых", "Ковальчук", "Долгих"),
        "ООО «Пример»",
    ),
    "EG": Country(
        4,
        "+2013000",
        ("محمد", "ليلى", "أحمد", "فاطمة", "يوسف", "سلمى"),
        ("حسن", "علي", "إبراهيم", "سالم", "منصور", "خليل"),
        "شركة المثال",
    ),
    "GR": Country(
        4,
        "+3060000",
        ("Νίκος", "Ελένη", "Γιώργος", "Μαρία", "Κώστας", "Άννα"),
        ("Γεωργίου", "Νικολάου", "Ιωάννου", "Δημητρίου", "Αθανασίου", "Βασιλείου"),
        "Παράδειγμα ΑΕ",
    ),
}
ANYWHERE = ""
EVERYONE_ELSE = -1


class Label(NamedTuple):
    """A group to generate: its name, its size (or EVERYONE_ELSE for all contacts left over), and its country."""

    name: str
    size: int
    country: str = ANYWHERE


GROUP_LABELS = (
    Label("Tallinn staff", 48, "EE"),
    Label("Tartu staff", 31, "EE"),
    Label("Riga staff", 27, "LV"),
    Label("Vilnius staff", 22, "LT"),
    Label("Helsinki staff", 19, "FI"),
    Label("Volunteers", 164, "EE"),
    Label("Volunteers", 7, "FI"),
    Label("New starters, autumn 2026", 0),
    Label("Tallinn drivers", 14, "EE"),
    Label("Riga drivers", 11, "LV"),
    Label("Night shift", 36),
    Label("Shift 1", 24),
    Label("Shift 2", 23),
    Label("Shift 3", 25),
    Label("Shift 10", 8),
    Label("Shift 11", 9),
    Label("Shift 20", 4),
    Label("Group 2", 12),
    Label("Group 10", 17),
    Label("Customers: retail", EVERYONE_ELSE),
    Label("Customers: wholesale", 87),
    Label("Customers: public sector", 35),
    Label("Customers: not heard of for a year", 258),
    Label("Customers: reminders by text message", 412),
    Label("Spring fair 2019 guests", 132),
    Label("Spring fair 2022 guests", 176),
    Label("Midsummer 2023 guests", 91, "EE"),
    Label("Open day 2024 guests", 208),
    Label("Õhtune vahetus", 18, "EE"),
    Label("Põlva käsitööhuvilised", 29, "EE"),
    Label("Jõgeva külavanemad", 13, "EE"),
    Label("Ülikooli vilistlased", 117, "EE"),
    Label("Rīgas veikals", 21, "LV"),
    Label("Šiaulių sandėlis", 16, "LT"),
    Label("Hämeenlinnan myyjät", 10, "FI"),
    Label("Ночная смена", 15, "RU"),
    Label("Водители", 9, "RU"),
    Label("Постоянные клиенты", 74, "RU"),
    Label("متطوعون", 26, "EG"),
    Label("عملاء القاهرة", 43, "EG"),
    Label("Εθελοντές", 20, "GR"),
    Label("Προσωπικό Αθήνας", 12, "GR"),
    Label("Summer party 🎉", 66),
    Label(
        "Everyone who asked for a reminder about the winter timetable of the island ferries,"
        " weekend cancellations included",
        53,
    ),
    Label("Managers", 16),
    Label("Board", 7),
    Label("Duty officer", 1),
    Label("Reception", 5, "EE"),
    Label("IT support", 6),
    Label("Kitchen", 8, "EE"),
    Label("Warehouse 1", 14, "LT"),
    Label("Warehouse 2", 12, "LT"),
    Label("Warehouse 12", 3, "LT"),
    Label("First aiders", 19),
    Label("Fire wardens", 11),
    Label("Trainees", 4),
    Label("Retired colleagues", 38),
    Label("Suppliers", 44),
    Label("Press", 23),
    Label("Test messages", 2),
)
FURTHER_LABELS = ("Route {}", "Team {}", "Segment {} customers", "Event {} guests", "District {} volunteers")

NAME_FIELDS = ("firstName", "lastName")
JOBS = ("Driver", "Shift leader", "Nurse", "Teacher", "Accountant", "Dr", "Prof")
LANGUAGES = ("et", "lv", "lt", "fi", "ru", "en")


def generate(groups: int = GROUP_COUNT, contacts: int = CONTACT_COUNT, seed: int = SEED) -> SampleData:
    """Generate a phonebook. The same seed gives the same data, except for deletion dates, which depend on today."""
    rng = random.Random(seed)  # noqa: S311  # nosec B311 - the same sample for the same seed
    today = datetime.now(UTC).date()
    people = [_contact(number, rng, today) for number in range(contacts)]
    labels = list(islice(chain(GROUP_LABELS, _further_labels(rng)), groups))
    created = sorted(_created_on(rng) for _ in labels)
    rng.shuffle(labels)
    records = [
        {"id": str(uuid.UUID(int=rng.getrandbits(128), version=4)), "name": label.name, "createdOn": created_on}
        for label, created_on in zip(labels, created, strict=True)
    ]
    return SampleData(
        groups=records,
        contacts=people,
        memberships=list(_memberships(records, labels, people, rng)),
        blacklist=[person["phoneNumber"] for person in people[5::40]],
    )


def _further_labels(rng: random.Random) -> Iterator[Label]:
    for name, number in zip(cycle(FURTHER_LABELS), count(len(FURTHER_LABELS))):
        yield Label(name.format(number // len(FURTHER_LABELS)), min(int(rng.paretovariate(1.3) * 2) - 2, 300))


def _created_on(rng: random.Random) -> str:
    created_on = FIRST_GROUP + rng.random() * (LAST_GROUP - FIRST_GROUP)
    return created_on.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _memberships(
    groups: list[Record], labels: list[Label], people: list[Record], rng: random.Random
) -> Iterator[tuple[str, str]]:
    """Yield pairs of a group's id and a phone number. Every twelfth contact is in no group."""
    phones = [person["phoneNumber"] for number, person in enumerate(people) if number % 12]
    pools = {
        code: [phone for phone in phones if phone.startswith(country.prefix)] for code, country in COUNTRIES.items()
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
        for phone in members:
            yield group["id"], phone


def _contact(number: int, rng: random.Random, today: date) -> Record:
    """Generate a contact with few, some or most details filled in."""
    (country,) = rng.choices(list(COUNTRIES.values()), [country.share for country in COUNTRIES.values()])
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
        "phoneNumber": f"{country.prefix}{number * 61_803 % MAX_SIZE:05}",
        **dict.fromkeys(CONTACT_DETAILS),
        **details,
        "scheduledDeletionDate": (today + timedelta(days=rng.randint(1, 30))).isoformat(),
    }


def _email(first_name: str, last_name: str, number: int) -> str | None:
    name = unicodedata.normalize("NFKD", f"{first_name}.{last_name}").encode("ascii", "ignore").decode().lower()
    return f"{name}.{number}@example.org" if name.strip(".") else None
