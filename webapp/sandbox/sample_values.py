"""The countries and groups of the sample data."""

from typing import NamedTuple

SHORT_NUMBERS = 100_000
"""How many contacts have numbers with their country's first prefix."""


class Country(NamedTuple):
    """A country's share of the contacts, and the values from which they are generated."""

    share: int
    """Percentage of all contacts."""
    prefix: str
    """Beginning of the phone numbers; five digits follow. They are as long as real numbers, but nobody has them: no
    numbering plan assigns them."""
    further_prefix: str
    """The same for the contacts after the first `SHORT_NUMBERS`; six digits follow."""
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    company: str


COUNTRIES = {
    "EE": Country(
        44,
        "+37253",
        "+3722",
        ("Õnne", "Jüri", "Mari", "Tõnu", "Külli", "Märt", "Liis", "Priit", "Ülle", "Andres"),
        ("Tamm", "Saar", "Mägi", "Kask", "Põder", "Rebane", "Õunapuu", "Sepp", "Kõiv", "Jänes"),
        "Näidis OÜ",
    ),
    "LV": Country(
        17,
        "+371300",
        "+37131",
        ("Ilze", "Jānis", "Līga", "Mārtiņš", "Dace", "Kārlis"),
        ("Liepa", "Priede", "Roze", "Zāle", "Klints", "Upe"),
        "Paraugs SIA",
    ),
    "LT": Country(
        13,
        "+370701",
        "+37071",
        ("Jonas", "Tomas", "Mantas", "Rūta", "Eglė", "Živilė"),
        ("Kazlas", "Žukas", "Butkė", "Petrė", "Šarka", "Vilkė"),
        "Pavyzdys UAB",
    ),
    "FI": Country(
        12,
        "+3584900",
        "+358491",
        ("Aino", "Eero", "Sanna", "Mikko", "Päivi", "Väinö"),
        ("Korhonen", "Mäkinen", "Virtanen", "Hämäläinen", "Niemi", "Järvinen"),
        "Esimerkki Oy",
    ),
    "RU": Country(
        6,
        "+753000",
        "+75301",
        ("Анна", "Иван", "Ольга", "Сергей", "Мария", "Пётр"),
        ("Бондаренко", "Ткаченко", "Черных", "Седых", "Ковальчук", "Долгих"),
        "ООО «Пример»",
    ),
    "EG": Country(
        4,
        "+2013000",
        "+201301",
        ("محمد", "ليلى", "أحمد", "فاطمة", "يوسف", "سلمى"),
        ("حسن", "علي", "إبراهيم", "سالم", "منصور", "خليل"),
        "شركة المثال",
    ),
    "GR": Country(
        4,
        "+3060000",
        "+306001",
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
