"""What is probably wrong in the phonebook is found, and nothing else."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from tests.page_client import Page, PageClient, words
from tests.phonebook_state import PhonebookState
from webapp.overview.daily import do_daily_work
from webapp.settings import Settings

PLANTED = 20

COMPANIES = ("Acme", "ACME", " acme ", "Äcmé")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, default_region="EE")


def clean(phonebook: PhonebookState) -> None:
    """Fill a phonebook in which nothing is wrong."""
    groups = [phonebook.add(f"Group {place}") for place in range(9)]
    for place in range(60):
        details = {"firstName": f"Person {place}", "company": "Acme"} if place % 3 else {"lastName": "Tamm"}
        phonebook.add_contact(f"+3725555{place:04}", *groups[: 1 + place % 9], **details)


def group_names(change: Callable[[str], str]) -> Callable[[PhonebookState, int], None]:
    """Plant a group whose name differs from another's only as nobody sees."""

    def plant(phonebook: PhonebookState, place: int) -> None:
        for which, name in enumerate((f"Team ä {place}", change(f"Team ä {place}"))):
            group = phonebook.add(name)
            phonebook.add_contact(f"+37256{which}{place:05}", group, firstName=f"Member {which} {place}")

    return plant


def number(text: str) -> Callable[[PhonebookState, int], None]:
    """Plant a contact whose number can't exist; `{}` is replaced by two digits."""

    def plant(phonebook: PhonebookState, place: int) -> None:
        phonebook.add_contact(text.format(f"{place + 10:02}"), firstName=f"Impossible {place}")

    return plant


def same_person(phonebook: PhonebookState, place: int) -> None:
    phonebook.add_contact(f"+372570{place:05}", firstName=f"Liis {place}", lastName="Õun", company=COMPANIES[place % 4])
    phonebook.add_contact(f"+372571{place:05}", lastName=f"liis {place} oun", company=COMPANIES[(place + 1) % 4])


def nameless(name: str | None) -> Callable[[PhonebookState, int], None]:
    def plant(phonebook: PhonebookState, place: int) -> None:
        details = {} if name is None else {"firstName": name}
        phonebook.add_contact(f"+372580{place:05}", company=f"Company {place}", **details)

    return plant


def empty(phonebook: PhonebookState, place: int) -> None:
    phonebook.add(f"Empty {place}")


def same_members(phonebook: PhonebookState, place: int) -> None:
    groups = [phonebook.add(f"{name} {place}") for name in ("First", "Second")]
    for which in range(2 + place % 3):
        phonebook.add_contact(f"+372590{place:03}{which:02}", *groups, firstName=f"Both {place} {which}")


KINDS: dict[str, tuple[str, Callable[[PhonebookState, int], None]]] = {
    "names in another case": ("names", group_names(str.upper)),
    "names with another accent": ("names", group_names(lambda name: name.replace("ä", "a"))),
    "names with invisible characters": ("names", group_names(lambda name: f"{name}\u200b")),
    "empty groups": ("empty", empty),
    "groups with the same members": ("members", same_members),
    "numbers that are too short": ("numbers", number("+37251{}")),
    "numbers that are too long": ("numbers", number("+372512345{}9")),
    "numbers with a trunk zero": ("numbers", number("+44020794601{}")),
    "numbers without a country code": ("numbers", number("+569911{}")),
    "people under two numbers": ("people", same_person),
    "contacts without a name": ("nameless", nameless(None)),
    "contacts with an invisible name": ("nameless", nameless("\u2800")),
}


def found(page: Page) -> dict[str, int]:
    """The numbers of lines in each part of the page."""
    return {
        str(heading["id"]): len(heading.find_next("ul", class_="plain-list").find_all("li"))  # type: ignore[union-attr]
        for heading in page.soup.select("h2[id]")
    }


def compare_members(app: Flask) -> None:
    with app.app_context():
        do_daily_work()


def test_a_clean_phonebook(user: PageClient, app: Flask, phonebook: PhonebookState) -> None:
    clean(phonebook)
    not_yet = "That has not been done yet."
    assert f"No problems were found. The groups' members are compared once a day, in the background. {not_yet}" in (
        user.get("/check-up").text
    )
    compare_members(app)
    page = user.get("/check-up")
    assert found(page) == {}
    assert "No problems were found." in page.text
    assert not_yet not in page.text
    assert "No problems were found." in user.get("/").text


@pytest.mark.parametrize("kind", KINDS)
def test_every_planted_fault_is_found(user: PageClient, app: Flask, phonebook: PhonebookState, kind: str) -> None:
    clean(phonebook)
    part, plant = KINDS[kind]
    for place in range(PLANTED):
        plant(phonebook, place)
    compare_members(app)
    page = user.get("/check-up")
    assert found(page) == {part: PLANTED}
    overview = user.get("/")
    [line] = overview.soup.select('a[href^="/check-up#"]')
    assert words(line).startswith(f"{PLANTED} ")
    assert str(line["href"]).endswith(f"#{part}")


def test_the_likely_number(user: PageClient, phonebook: PhonebookState) -> None:
    phonebook.add_contact("+4402079460123", firstName="Mari", company="Acme")
    phonebook.add_contact("+56991101", firstName="Jaan")
    phonebook.add_contact("+37256991101", firstName="Jaan")
    page = user.get("/check-up")
    assert "Mari +4402079460123 · Probably meant: +44 20 7946 0123 · Create contact" in page.text
    assert "Jaan +56991101 · Probably meant: +372 5699 1101, which is in the phonebook already" in page.text
    form = page.follow("Create contact +44 20 7946 0123")
    values = [form.value(name) for name in ("number", "first_name", "company")]
    assert values == ["+44 20 7946 0123", "Mari", "Acme"]


def test_groups_that_have_changed_since_the_comparison(user: PageClient, app: Flask, phonebook: PhonebookState) -> None:
    first, second = phonebook.add("Staff"), phonebook.add("Drivers")
    mari = phonebook.add_contact("+37255550001", first, second, firstName="Mari")
    compare_members(app)
    assert "1 list of members is in two groups or more" in user.get("/").text
    phonebook.leave(mari, second)
    assert "list of members" not in user.get("/").text
    phonebook.delete(second)
    assert user.get("/check-up").status == 200


def test_what_could_not_be_read(user: PageClient, phonebook: PhonebookState) -> None:
    phonebook.add("Empty")
    phonebook.instead_path = {"/v1/phonebook/contacts": ("500 Internal Server Error", b"")}
    page = user.get("/check-up")
    assert found(page) == {"empty": 1}
    assert "Your contacts could not be checked." in page.text
    assert "Nothing to mend" not in page.text
