"""Random files in random phonebooks: the import does what its preview says, and undoing it restores the phonebook."""

import csv
import io
import os
import random
from dataclasses import dataclass, field

import pytest
from sqlalchemy import delete

from tests.actions.test_undo import snapshot
from tests.imports.import_fixtures import members, upload
from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState
from webapp.store import Store
from webapp.store.schema import actions, change_data, changes, imports

RUNS = int(os.environ.get("IMPORT_RUNS", "25"))
"""More for a proof by hand."""

NUMBERS = [f"+3725555{number:04}" for number in range(12)]
GROUPS = ["Staff", "Crew", "Õhtune vahetus"]
FIELDS = {"First name": "firstName", "Company": "company"}
VALUES = ["Mari", "Õun & Co", "=1+1", "0012", ""]


@dataclass
class Model:
    """What the phonebook should hold, worked out without the dashboard."""

    contacts: dict[str, dict[str, str | None]]
    groups: dict[str, set[str]]
    blacklist: set[str]
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("new", "changed", "unchanged"), 0))

    def import_row(self, row: dict[str, str], *, updates: bool, clears: bool, unblocks: bool, target: str) -> None:
        number = row["Phone"]
        known = self.contacts.get(number)
        before = dict(known) if known else None
        if known is None:
            known = self.contacts[number] = dict.fromkeys(FIELDS.values())
        for heading, name in FIELDS.items():
            cell = row[heading]
            if before is None:
                known[name] = cell if cell not in {"", "--"} else None
            elif updates and (cell or clears):
                known[name] = None if cell in {"", "--"} else cell
        self.counts["new" if before is None else "unchanged" if known == before else "changed"] += 1
        for name in filter(None, [*row["Groups"].split("; "), target]):
            self.groups.setdefault(name, set()).add(number)
        if row["Blacklisted"] == "Yes":
            self.blacklist.add(number)
        elif row["Blacklisted"] == "No" and unblocks:
            self.blacklist.discard(number)


def read(phonebook: PhonebookState) -> Model:
    contacts = {
        number: {name: (phonebook.contact(number) or {})[name] for name in FIELDS.values()}
        for number in phonebook.numbers()
    }
    return Model(contacts, members(phonebook), set(phonebook.blacklisted()))


def fill(phonebook: PhonebookState, chance: random.Random) -> None:
    """Put random contacts and groups into an empty phonebook."""
    phonebook.clear()
    for number in phonebook.blacklisted():
        phonebook.unblock(number)
    groups = [phonebook.add(name) for name in chance.sample(GROUPS, chance.randint(0, 3))]
    for number in chance.sample(NUMBERS, chance.randint(0, 10)):
        details = {name: chance.choice(VALUES) or None for name in FIELDS.values()}
        phonebook.add_contact(number, *chance.sample(groups, chance.randint(0, len(groups))), **details)  # type: ignore[arg-type]
    for number in chance.sample(NUMBERS, chance.randint(0, 4)):
        phonebook.blacklist(number)


def rows(chance: random.Random) -> list[dict[str, str]]:
    return [
        {
            "Phone": number,
            **{heading: chance.choice([*VALUES, "--"]) for heading in FIELDS},
            "Groups": "; ".join(chance.sample([*GROUPS, "New ones"], chance.randint(0, 2))),
            "Blacklisted": chance.choice(["Yes", "No", ""]),
        }
        for number in chance.sample(NUMBERS, chance.randint(1, 10))
    ]


def to_csv(table: list[dict[str, str]]) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, list(table[0]))
    writer.writeheader()
    writer.writerows(table)
    return file.getvalue()


@pytest.mark.long
def test_any_import(user: PageClient, phonebook: PhonebookState, store: Store) -> None:
    for seed in range(RUNS):
        chance = random.Random(seed)
        with store.write() as connection:
            for table in (imports, change_data, changes, actions):
                connection.execute(delete(table))
        fill(phonebook, chance)
        start, expected = snapshot(phonebook), read(phonebook)
        blacklist, file = set(phonebook.blacklisted()), rows(chance)
        options = {"existing": chance.choice(["update", "skip"]), "blank": chance.choice(["keep", "clear"])}
        groups = {group["name"]: group["id"] for group in phonebook.all_groups()}
        target = chance.choice(["", *groups])
        page = upload(user, to_csv(file))
        unblocks = "unblock" in page.fields("Import")[0].decode() and chance.random() < 0.5
        typed = {**options, "group": groups.get(target, "")} | ({"unblock": ["y"]} if unblocks else {})
        for row in file:
            expected.import_row(
                row,
                updates=options["existing"] == "update",
                clears=options["blank"] == "clear",
                unblocks=unblocks,
                target=target,
            )
        page = page.submit("Show the preview with these choices", **typed)
        counts = [f"{count} {name}" for name, count in expected.counts.items() if count]
        assert all(each in page.text for each in counts), (seed, counts, page.text)
        page = page.submit("Import")
        found = read(phonebook)
        assert (found.contacts, found.groups) == (expected.contacts, expected.groups), seed
        assert found.blacklist == expected.blacklist, seed
        if not page.path.startswith("/actions/"):
            assert snapshot(phonebook) == start, f"{seed}: nothing was to be done"
            continue
        undo = user.get(f"{page.path}/undo")
        assert "You decide about this" not in undo.text, (seed, undo.text)
        undo.submit("Undo")
        assert snapshot(phonebook) == start, seed
        assert set(phonebook.blacklisted()) == blacklist, seed


def test_a_contact_changed_after_the_import_is_asked_about(user: PageClient, phonebook: PhonebookState) -> None:
    upload(user, f"Phone;First name\n{NUMBERS[0]};Mari\n{NUMBERS[1]};Aino\n").submit("Import")
    phonebook.change_contact(NUMBERS[0], firstName="Mari-Liis")
    page = user.get("/actions/1/undo")
    assert "was edited meanwhile" in page.text
    page.submit("Undo")
    assert phonebook.numbers() == [NUMBERS[0]]
