"""Copying a group: a new group with the same contacts."""

from tests.actions.test_undo import snapshot
from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState


def test_a_copy_has_the_same_contacts(user: PageClient, phonebook: PhonebookState) -> None:
    choir = phonebook.add("Choir", contacts=3)
    before = snapshot(phonebook)
    page = user.get(f"/groups/{choir}").follow("Copy group")
    assert page.value("name") == "Copy of Choir"
    assert "The new group gets the 3 contacts of “Choir”, which stays as it is." in page.text
    done = page.submit("Copy group", name="Band")
    assert phonebook.groups() == {"Choir": 3, "Band": 3}
    assert (done.h1, done.notice) == ("Band", "“Band” was created, with 3 contacts in it.")
    done.follow("Undo what was just done").submit("Undo")
    assert snapshot(phonebook) == before


def test_an_empty_group_and_a_long_name(user: PageClient, phonebook: PhonebookState) -> None:
    choir = phonebook.add("a" * 250)
    user.get(f"/groups/{choir}/copy").submit("Copy group")
    assert phonebook.groups() == {"a" * 250: 0, f"Copy of {'a' * 242}": 0}


def test_a_duplicate_name_is_asked_about(user: PageClient, phonebook: PhonebookState) -> None:
    choir = phonebook.add("Choir", contacts=1)
    page = user.get(f"/groups/{choir}/copy")
    asked = page.submit("Copy group", name="choir")
    assert asked.field_error.startswith("There is already a group called “Choir” (1 contact")
    asked.submit("Copy anyway")
    assert phonebook.groups() == {"Choir": 1, "choir": 1}
    assert page.submit("Copy group", name="").field_error == "Enter a group name"


def test_a_large_group_is_copied_in_the_background(user: PageClient, phonebook: PhonebookState) -> None:
    choir = phonebook.add("Choir", contacts=201)
    done = user.get(f"/groups/{choir}/copy").submit("Copy group")
    assert done.path.startswith("/actions/")
    assert "Copy: create “Copy of Choir” and add 201 contacts to it" in done.text


def test_a_group_that_is_gone_or_can_t_be_read(user: PageClient, phonebook: PhonebookState) -> None:
    choir = phonebook.add("Choir", contacts=2)
    page = user.get(f"/groups/{choir}/copy")
    phonebook.instead_path["/v1/phonebook/contacts"] = ("200 OK", b'{"contacts": [{"phoneNumber": "+37255551234"}]}')
    refused = page.submit("Copy group", name="Band")
    assert "We could not read all contacts of this group" in refused.text
    assert refused.value("name") == "Band"
    phonebook.instead_path.clear()
    phonebook.delete(choir)
    assert "The name that you typed is “Band”." in page.submit("Copy group", name="Band").text
    assert phonebook.groups() == {}


def test_one_ticked_group_is_copied_from_the_list(user: PageClient, phonebook: PhonebookState) -> None:
    choir, band = phonebook.add("Choir", contacts=3), phonebook.add("Band")
    for ticked in ([], [str(choir), str(band)]):
        page = user.get("/groups").submit("Copy group", group=ticked)
        assert "Tick one group to copy it" in page.text
        assert len(page.soup.select("[name=group][checked]")) == len(ticked)
    done = user.get("/groups").submit("Copy group", group=[str(choir)]).submit("Copy group")
    assert phonebook.groups() == {"Choir": 3, "Band": 0, "Copy of Choir": 3}
    assert done.h1 == "Copy of Choir"
