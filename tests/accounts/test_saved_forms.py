"""Typed and ticked input is shown again after a new sign-in, if the session has ended."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote_plus

import pytest
from flask import Flask
from sqlalchemy import event, func, insert, select

from tests.accounts.conftest import EDITOR, sign_in
from tests.accounts.store_fixtures import age, rows, saved_forms
from tests.accounts.test_guard import sign_out_elsewhere
from tests.imports.import_fixtures import upload
from tests.page_client import Page, PageClient, shown
from tests.phonebook_state import PhonebookState
from webapp.accounts.saved_forms import MAX_SAVED_FORM_AGE, MAX_SAVED_FORMS
from webapp.settings import Settings
from webapp.store import Store

MARI, JAAN = "+37255550001", "+37255550002"


@pytest.fixture
def editor(user: PageClient) -> PageClient:
    sign_in(user)
    return user


def send_signed_out(page: Page, button: str, **typed: str | list[str]) -> Page:
    """Send a form after the session has ended, and sign in."""
    sign_out_elsewhere(page.client)
    page = page.submit(button, **typed)
    assert page.status == 401
    return page.submit("Sign in", username="Mari", password=EDITOR)


def test_a_new_contact(editor: PageClient, phonebook: PhonebookState) -> None:
    page = send_signed_out(editor.get("/contacts/new"), "Create contact", number="+372 5555 0001", company="Näidis <b>")
    assert (page.path, page.value("number"), page.value("company")) == ("/contacts/new", "+372 5555 0001", "Näidis <b>")
    assert phonebook.numbers() == []
    assert page.submit("Create contact").h1 == shown(MARI)


def test_an_edit_is_saved_with_the_earlier_values(editor: PageClient, phonebook: PhonebookState) -> None:
    phonebook.add_contact(MARI, firstName="Mari", title="Dr")
    page = editor.get(f"/contacts/{MARI}/edit")
    phonebook.change_contact(MARI, firstName="Liis")
    page = send_signed_out(page, "Save changes", first_name="Anna", title="")
    assert (page.path, page.value("first_name"), page.value("title")) == (f"/contacts/{MARI}/edit", "Anna", "")
    assert page.submit("Save changes").status == 409, "somebody has changed it meanwhile"


def test_ticked_groups(editor: PageClient, phonebook: PhonebookState) -> None:
    groups = [str(phonebook.add(name)) for name in ("A", "B", "C")]
    phonebook.add_contact(MARI, phonebook.add("D"))
    page = send_signed_out(editor.get(f"/contacts/{MARI}/groups"), "Save groups", group=groups[:2])
    assert (page.path, page.h1) == (f"/contacts/{MARI}/groups", f"Groups of {shown(MARI)}")
    assert page.fields("Save groups")[1]["group"] == groups[:2]
    assert phonebook.groups() == {"A": 0, "B": 0, "C": 0, "D": 1}
    assert page.submit("Save groups").notice == "Added to 2 groups, removed from 1 group."
    again = editor.get(f"/contacts/{MARI}/groups").fields("Save groups")[1]["group"]
    assert sorted(again) == sorted(groups[:2]), "they are as saved"


def test_ticked_contacts(editor: PageClient, phonebook: PhonebookState) -> None:
    group = str(phonebook.add("Staff"))
    for number in (MARI, JAAN):
        phonebook.add_contact(number)
    asked = editor.get("/contacts/leaving").submit("Put in group", number=[MARI, JAAN], group=group)
    page = send_signed_out(asked, "Put in group")
    assert page.h1 == "Put 2 contacts in “Staff”?"
    assert page.fields("Put in group")[1]["number"] == [MARI, JAAN]
    assert page.submit("Put in group").notice.startswith("2 contacts were added to “Staff”.")


def test_contacts_to_be_removed_from_a_group(editor: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff")
    for number in (MARI, JAAN):
        phonebook.add_contact(number, group)
    asked = editor.get(f"/groups/{group}").submit("Remove from group", number=[MARI, JAAN])
    page = send_signed_out(asked, "Remove from group")
    assert page.h1 == "Remove 2 contacts from “Staff”?"
    assert phonebook.groups() == {"Staff": 2}
    assert page.submit("Remove from group").h1 == "2 removed"
    assert phonebook.groups() == {"Staff": 0}
    assert editor.get("/bulk/remove-from-group").path == "/contacts", "it is shown once"


def test_many_ticked_groups(editor: PageClient, phonebook: PhonebookState) -> None:
    groups = [str(phonebook.add(f"Group {place}")) for place in range(50)]
    page = send_signed_out(editor.get("/groups"), "Merge groups", group=groups)
    assert page.h1 == "Merge 50 groups?"


def test_the_choices_of_an_import(editor: PageClient, phonebook: PhonebookState) -> None:
    page = upload(editor, f"a;b;c\nMari;x;{MARI}\n")
    columns = ["first_name", "last_name", "number"]
    page = send_signed_out(page, "Next", heading="no", column=columns)
    _, data = page.fields("Next")
    assert (data["heading"], data["column"]) == ("no", columns)
    page = page.submit("Next", heading="yes")
    page = send_signed_out(page, "Import", group="new", name="Staff", blank="clear")
    _, data = page.fields("Import")
    assert (data["group"], data["name"], data["blank"]) == ("new", "Staff", "clear")


@pytest.mark.parametrize("letter", ["a", "õ", "\U0001f600", '"'])
def test_long_texts_are_saved(editor: PageClient, phonebook: PhonebookState, letter: str) -> None:
    group = phonebook.add("Staff")
    typed = letter * (60_000 // len(quote_plus(letter)) // (2 if letter == '"' else 1))
    page = send_signed_out(editor.get(f"/groups/{group}/add-numbers"), "Add numbers", numbers=typed)
    assert page.value("numbers") == typed


def test_a_form_that_is_too_long_to_be_saved_is_reported(editor: PageClient, phonebook: PhonebookState) -> None:
    page = editor.get(f"/groups/{phonebook.add('Staff')}/add-numbers")
    sign_out_elsewhere(editor)
    page = page.submit("Add numbers", numbers="1" * 70_000)
    assert page.status == 401
    assert "What you typed is too long to save: go back, and copy it first." in page.text


FROM_HERE = {"Sec-Fetch-Site": "same-origin"}
"""What browsers send with a form of the same site."""


def send_in_two_tabs(editor: PageClient) -> list[Page]:
    """Send two forms of one page after the session has ended, each in its own tab."""
    tabs = [editor.get("/groups/new") for _ in range(2)]
    sign_out_elsewhere(editor)
    return [page.submit("Create group", name=name) for page, name in zip(tabs, ("First", "Second"), strict=True)]


def submit_sign_in(page: Page) -> Page:
    _, data = page.fields("Sign in", username="Mari", password=EDITOR)
    return page.client.post("/sign-in", data=data, headers=FROM_HERE)


def test_each_tab_continues_with_its_own_form(editor: PageClient) -> None:
    assert [submit_sign_in(page).value("name") for page in send_in_two_tabs(editor)] == ["First", "Second"]


def test_a_sign_in_in_another_tab_loses_no_form(editor: PageClient) -> None:
    first, second = send_in_two_tabs(editor)
    page = sign_in(editor, path="/sign-in?next=/groups/new")
    assert page.value("name") == "", "another user may sign in there"
    assert submit_sign_in(second).value("name") == "Second"
    assert submit_sign_in(first).value("name") == "First"


def test_another_browser_finds_no_form(editor: PageClient, app: Flask, store: Store) -> None:
    waiting = send_in_two_tabs(editor)[0]
    other = PageClient(app.test_client())
    _, data = other.get("/sign-in?next=/groups/new").fields("Sign in", username="Mari", password=EDITOR)
    page = other.post("/sign-in", data=data | {"saved": waiting.value("saved")})
    assert (page.path, page.value("name"), len(rows(store, saved_forms))) == ("/groups/new", "", 2)


@pytest.mark.parametrize("saved", ["x", "-1", "9" * 5000, "9" * 18, "\0", "\u0661"])
def test_an_invalid_id_shows_no_form(user: PageClient, saved: str) -> None:
    _, data = user.get("/sign-in?next=/groups/new").fields("Sign in", username="Mari", password=EDITOR)
    page = user.post("/sign-in", data=data | {"saved": saved})
    assert (page.status, page.path, page.value("name")) == (200, "/groups/new", "")


def test_the_store_holds_only_the_fields_and_the_cookie_none_of_them(editor: PageClient, store: Store) -> None:
    page = editor.get("/groups/new")
    sign_out_elsewhere(editor)
    page = page.submit("Create group", name="Õhtune vahetus")
    [row] = rows(store, saved_forms)
    assert (row["address"], row["was_signed_in"]) == ("/groups/new", True)
    assert ("Õhtune vahetus" in row["fields"], "csrf" in row["fields"]) == (True, False)
    with editor.client.session_transaction() as session:
        assert len(session["browser"]) >= 43
        assert session["browser"] not in str(row)
        assert "vahetus" not in str(dict(session))
    cookie = editor.client.get_cookie("session")
    assert cookie
    assert len(cookie.value) < 300
    page.submit("Sign in", username="Mari", password=EDITOR)
    assert rows(store, saved_forms) == [], "it is deleted as soon as it was shown"


def test_a_form_waits_until_its_page_can_be_shown(editor: PageClient, phonebook: PhonebookState, store: Store) -> None:
    phonebook.add_leaving(MARI, "2027-01-01")
    staff = str(phonebook.add("Staff"))
    page = editor.get("/contacts/leaving").submit("Put in group", number=[MARI], group=staff)
    sign_out_elsewhere(editor)
    page = page.submit("Put in group")
    phonebook.instead["GET"] = ("503 Service Unavailable", b"")
    page = page.submit("Sign in", username="Mari", password=EDITOR)
    assert (page.status, page.path) == (502, "/bulk/put-in-group")
    phonebook.instead.clear()
    page = page.follow("Try again")
    assert page.h1 == "Put 1 contact in “Staff”?"
    assert rows(store, saved_forms) == []


def test_an_abandoned_form_is_deleted(editor: PageClient, app: Flask, store: Store) -> None:
    waiting = send_in_two_tabs(editor)[0]
    age(store, saved_forms, MAX_SAVED_FORM_AGE - timedelta(minutes=1), "began")
    sign_in(PageClient(app.test_client()))
    assert len(rows(store, saved_forms)) == 2
    age(store, saved_forms, timedelta(minutes=2), "began")
    assert submit_sign_in(waiting).value("name") == ""
    assert rows(store, saved_forms) == []


def test_strangers_cannot_fill_the_store(editor: PageClient, app: Flask, store: Store) -> None:
    waiting = send_in_two_tabs(editor)[0]
    row = {"token": "", "was_signed_in": False, "address": "/groups/new", "fields": "{}", "began": datetime.now(UTC)}
    with store.write() as connection:
        connection.execute(insert(saved_forms), [row] * (MAX_SAVED_FORMS + 5))
    stranger = PageClient(app.test_client())
    page = stranger.post("/groups/new", data={"name": "Night shift"})
    with store.read() as connection:
        count = select(func.count()).select_from(saved_forms)
        assert connection.execute(count.where(~saved_forms.c.was_signed_in)).scalar() == MAX_SAVED_FORMS
    page = page.submit("Sign in", username="Mari", password=EDITOR)
    assert page.value("name") == "Night shift", "the oldest ones go"
    page = PageClient(app.test_client()).post("/groups/new", data={"name": "x" * 5000})
    assert "What you typed is too long to save: go back, and copy it first." in page.text
    assert submit_sign_in(waiting).value("name") == "First", "others keep theirs"


def test_a_long_form_outlives_signing_out_in_another_tab(editor: PageClient, phonebook: PhonebookState) -> None:
    page = editor.get(f"/groups/{phonebook.add('Staff')}/add-numbers")
    editor.get("/groups").submit("Sign out")
    page = page.submit("Add numbers", numbers="1" * 50_000)
    assert page.submit("Sign in", username="Mari", password=EDITOR).value("numbers") == "1" * 50_000


def test_a_form_that_cannot_be_saved_can_be_sent_again(editor: PageClient, app: Flask, settings: Settings) -> None:
    page = editor.get("/groups/new")
    sign_out_elsewhere(editor)
    event.listen(
        app.extensions["store"].engine,
        "connect",
        lambda connection, _: connection.execute("PRAGMA query_only = on"),
    )
    app.extensions["store"].close()
    page = page.submit("Create group", name="Night shift")
    assert (page.status, page.h1) == (503, "You can't be signed in now")
    assert "What you typed or ticked is still here." in page.text
    app.extensions["store"] = Store(settings.database_url)
    page = page.submit("Send again")
    assert page.status == 401
    assert page.submit("Sign in", username="Mari", password=EDITOR).value("name") == "Night shift"
