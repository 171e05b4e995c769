"""Importing a file with accounts: who may, and what a session that ends in between loses."""

from flask import Flask

from tests.accounts.conftest import EDITOR, sign_in
from tests.accounts.test_guard import sign_out_elsewhere
from tests.accounts.test_saved_forms import send_signed_out
from tests.imports.import_fixtures import paste, upload
from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState

NUMBER = "+37256991101"
FILE = f"Phone;First name\n{NUMBER};Mari\n12;Bad\n"


def test_a_viewer_can_neither_upload_nor_see_an_upload(
    editor: PageClient, viewer: PageClient, phonebook: PhonebookState
) -> None:
    upload(editor, FILE)
    for path in ("/import", "/import/1", "/import/1/preview", "/import/1/refused", "/import/1/refused/download"):
        assert viewer.get(path).status == 403
    page = editor.get("/import/1/preview")
    form, data = page.fields("Import")
    assert viewer.post(str(form["action"]), data=data).status == 403
    assert phonebook.numbers() == []
    assert "Import" not in viewer.get("/contacts").text


def test_a_session_that_ends_before_the_start_loses_nothing(editor: PageClient, phonebook: PhonebookState) -> None:
    page = upload(editor, FILE)
    page = send_signed_out(page, "Import", group="new", name="Summer")
    assert page.path == "/import/1/preview"
    assert page.value("name") == "Summer"
    page.submit("Import")
    assert phonebook.groups() == {"Summer": 1}


def test_pasted_cells_are_kept_while_signing_in(editor: PageClient, phonebook: PhonebookState) -> None:
    page = editor.get("/import")
    sign_out_elsewhere(editor)
    _, data = page.fields("Next", pasted=FILE)
    page = editor.post("/import", data=data, content_type="multipart/form-data")
    page = page.submit("Sign in", username="Mari", password=EDITOR)
    assert page.path == "/import"
    assert page.value("pasted").replace("\r\n", "\n") == FILE
    assert page.submit("Next").path == "/import/1/preview"


def test_another_editor_goes_on_with_an_upload(app: Flask, editor: PageClient, phonebook: PhonebookState) -> None:
    paste(editor, FILE)
    other = PageClient(app.test_client())
    sign_in(other)
    other.get("/import/1/preview").submit("Import")
    assert phonebook.numbers() == [NUMBER]
