"""Editing a contact."""

import json

import pytest

from tests.actions.store_fixtures import all_changes
from tests.contacts.contact_fixtures import MARI, said, writes
from tests.page_client import PageClient, shown
from tests.phonebook_state import PhonebookState
from webapp.store import Store

ADDRESS = f"/contacts/{MARI}/edit"
SENT = f"PATCH contacts/{MARI}"


@pytest.fixture(autouse=True)
def mari(phonebook: PhonebookState) -> None:
    phonebook.add_contact(MARI, phonebook.add("Staff"), firstName="Mari", company="Näidis OÜ", email="m@example.com")


def test_only_changed_fields_are_sent(user: PageClient, phonebook: PhonebookState) -> None:
    page = user.get(f"/contacts/{MARI}").follow("Edit contact")
    assert (page.h1, page.value("first_name"), page.value("title")) == ("Edit contact", "Mari", "")
    phonebook.change_contact(MARI, custom="by somebody else", lastName="Õun")
    page = page.submit("Save changes", first_name=" Mary  Ann", email="")
    assert page.path == f"/contacts/{MARI}"
    assert page.notice == "The contact was changed: First name, E-mail."
    assert said(phonebook, MARI) == {
        "firstName": "Mary Ann", "lastName": "Õun", "company": "Näidis OÜ", "custom": "by somebody else",
    }  # fmt: skip
    assert phonebook.bodies == [{"firstName": "Mary Ann", "email": None}]


@pytest.mark.parametrize("typed", [{}, {"first_name": " Mari "}, {"title": "\u2060"}])
def test_nothing_is_sent_if_nothing_was_changed(
    user: PageClient, phonebook: PhonebookState, typed: dict[str, str]
) -> None:
    page = user.get(ADDRESS)
    phonebook.calls.clear()
    page = page.submit("Save changes", **typed)
    assert page.notice == "You changed nothing, so nothing was saved."
    assert page.path == f"/contacts/{MARI}"
    assert writes(phonebook) == []


def test_the_page_asks_about_fields_that_somebody_else_changed(user: PageClient, phonebook: PhonebookState) -> None:
    page = user.get(ADDRESS)
    phonebook.change_contact(MARI, firstName="<b>Liis", title="Dr")
    page = page.submit("Save changes", first_name="Anna", company="Other")
    assert page.status == 409
    assert page.field_error == (
        "Somebody else has changed this to “<b>Liis” in the meantime. Press Save changes to use “Anna” instead."
    )
    assert (page.value("first_name"), page.value("title"), page.value("company")) == ("Anna", "Dr", "Other")
    assert said(phonebook, MARI)["company"] == "Näidis OÜ"
    page = page.submit("Save changes")
    assert page.notice == "The contact was changed: First name, Company."
    assert said(phonebook, MARI) == {
        "firstName": "Anna", "company": "Other", "email": "m@example.com", "title": "Dr",
    }  # fmt: skip
    assert writes(phonebook) == [SENT]


def test_a_field_emptied_by_both_users(user: PageClient, phonebook: PhonebookState) -> None:
    page = user.get(ADDRESS)
    phonebook.change_contact(MARI, company=None)
    asked = page.submit("Save changes", company="Other")
    assert asked.field_error.startswith(
        "Somebody else has emptied this in the meantime. Press Save changes to use “Other” instead"
    )
    page = user.get(ADDRESS)
    phonebook.change_contact(MARI, firstName="Liis")
    assert page.submit("Save changes", first_name="").field_error.endswith("Press Save changes to empty it.")
    page = user.get(ADDRESS)
    phonebook.change_contact(MARI, title="Dr")
    assert page.submit("Save changes", title="Dr").notice == "The contact was changed: Title.", "both want the same"


@pytest.mark.parametrize("was", ["", "[", "7", "[]", '{"first_name": 7}', "[" * 5000])
def test_the_page_asks_if_the_earlier_values_are_missing(user: PageClient, phonebook: PhonebookState, was: str) -> None:
    _, data = user.get(ADDRESS).fields("Save changes", first_name="Anna")
    page = user.post(ADDRESS, data=data | {"was": was})
    assert (page.status, writes(phonebook)) == (409, [])


def test_existing_values_may_be_invalid(user: PageClient, phonebook: PhonebookState) -> None:
    odd = {"lastName": "Line\none", "company": " A  B\x07", "title": "a" * 300, "custom": "\u202ex", "email": "no"}
    phonebook.change_contact(MARI, **odd)
    page = user.get(ADDRESS).submit("Save changes", first_name="Anna")
    assert page.notice == "The contact was changed: First name."
    assert said(phonebook, MARI) == odd | {"firstName": "Anna"}


@pytest.mark.parametrize(("name", "text"), [("email", "nobody"), ("first_name", "x\u2066"), ("custom2", "a" * 251)])
def test_invalid_details_cost_no_call(user: PageClient, phonebook: PhonebookState, name: str, text: str) -> None:
    page = user.get(ADDRESS)
    phonebook.calls.clear()
    page = page.submit("Save changes", **{name: text, "title": "Dr"})
    assert (page.status, page.value("title"), phonebook.calls) == (422, "Dr", [])
    assert page.field_error


def test_a_deleted_contact(user: PageClient, phonebook: PhonebookState) -> None:
    page = user.get(ADDRESS)
    phonebook.delete_contact(MARI)
    page = page.submit("Save changes", first_name="<i>Anna", email="")
    assert (page.status, page.h1) == (404, "This contact no longer exists")
    assert "What you typed: First name “<i>Anna”; E-mail empty." in page.text


def test_a_refusal_by_messente_is_shown_at_its_field(user: PageClient, phonebook: PhonebookState) -> None:
    for detail, field in (("custom4 is odd", "custom4"), ("odd", "company")):
        body = json.dumps({"errors": [{"code": "201", "title": "Invalid data", "detail": detail}]})
        phonebook.instead["PATCH"] = ("400 Bad Request", body.encode())
        page = user.get(ADDRESS).submit("Save changes", company="Other", custom4="x")
        assert (page.status, page.field_error, page.value("company")) == (422, detail, "Other")
        assert page.soup.select("[aria-invalid]")[0]["name"] == field


@pytest.mark.parametrize("carried_out", [True, False])
def test_an_unclear_answer(user: PageClient, phonebook: PhonebookState, *, carried_out: bool) -> None:
    answers = phonebook.instead_after if carried_out else phonebook.instead
    answers["PATCH"] = ("502 Bad Gateway", b"")
    page = user.get(ADDRESS).submit("Save changes", company="Other", email="")
    assert (page.status, page.value("company")) == (502, "Other")
    assert "We could not confirm that the contact was changed." in page.text
    shows = f"The phonebook now shows {shown(MARI)}, as you asked."
    assert (shows if carried_out else "The phonebook does not show the change yet.") in page.text


def test_a_form_that_is_sent_again_acts_once(user: PageClient, phonebook: PhonebookState, store: Store) -> None:
    _, data = user.get(ADDRESS).fields("Save changes", company="Other")
    pages = [user.post(ADDRESS, data=data) for _ in range(2)]
    assert [page.notice for page in pages] == ["The contact was changed: Company."] * 2
    assert user.post(ADDRESS, data=data | {"company": "Third"}).status == 409
    assert writes(phonebook) == [SENT]
    [entry] = all_changes(store)
    assert (entry["kind"], entry["number"]) == ("change contact", MARI)
    assert "Other" not in str(entry)


def test_an_invalid_token_changes_nothing(user: PageClient, phonebook: PhonebookState) -> None:
    _, data = user.get(ADDRESS).fields("Save changes", company="Other")
    phonebook.calls.clear()
    page = user.post(ADDRESS, data=data | {"csrf_token": "x"})
    assert (page.status, page.value("company"), phonebook.calls) == (400, "Other", [])
    assert page.submit("Save changes").notice == "The contact was changed: Company."
    assert user.client.put(ADDRESS).status_code == 405


@pytest.mark.parametrize("letter", ["a", "õ", "\U0001f600"])
def test_a_contact_with_long_details_can_be_edited(user: PageClient, phonebook: PhonebookState, letter: str) -> None:
    much = letter * 30_000
    phonebook.change_contact(MARI, custom=much)
    page = user.get(ADDRESS).submit("Save changes", first_name="Anna")
    assert page.notice == "The contact was changed: First name."
    assert said(phonebook, MARI)["custom"] == much
    page = user.get(ADDRESS).submit("Save changes", custom=much[1:])
    assert page.field_error == "Custom field 1 must be 250 characters or fewer"
    assert page.submit("Save changes", custom="short").notice == "The contact was changed: Custom field 1."


def test_details_too_long_for_a_form_are_reported_before_editing(user: PageClient, phonebook: PhonebookState) -> None:
    phonebook.change_contact(MARI, custom="a" * 500_000)
    page = user.get(ADDRESS)
    assert (page.status, page.h1, page.buttons()) == (422, "This contact can't be edited here", [])
    assert user.get(f"/contacts/{MARI}").status == 200
