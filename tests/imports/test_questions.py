"""What a user is asked about a file, and files that can't be used."""

import io

import pytest
from bs4 import Tag
from flask import Flask
from xlsxwriter import Workbook

from tests.imports.import_fixtures import details, members, paste, upload
from tests.page_client import PageClient, words
from tests.phonebook_state import PhonebookState
from webapp.settings import Settings
from webapp.store import Store

NUMBER = "+37256991101"


def workbook(**sheets: list[list[str]]) -> bytes:
    file = io.BytesIO()
    with Workbook(file) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for place, row in enumerate(rows):
                sheet.write_row(place, 0, row)
    return file.getvalue()


@pytest.mark.long
def test_a_sheet_is_chosen(user: PageClient, phonebook: PhonebookState) -> None:
    rows = [["Phone", "First name"], [NUMBER, "Mari"]]
    page = upload(user, workbook(Notes=[["Remember"]], People=rows), "people.xlsx")
    assert page.h1 == "Which sheet has the contacts?"
    page = page.submit("Next", sheet="People")
    assert page.path == "/import/1/preview", "its columns are certain"
    assert "1 new" in page.text
    page = page.follow("Choose another sheet").submit("Next", sheet="Notes")
    assert page.h1 == "What is in the columns?"
    assert page.follow("Choose another sheet").h1 == "Which sheet has the contacts?"


def test_letters_are_asked_about(user: PageClient, phonebook: PhonebookState) -> None:
    page = upload(user, f"Phone;First name\n{NUMBER};Jüri Põld\n".encode("cp1257"))
    assert page.h1 == "Which of these names are right?"
    readings = {words(label): str(label["for"]) for label in page.soup.select("fieldset label")}
    assert len(readings) > 1
    [right] = [place for text, place in readings.items() if "Jüri Põld" in text]
    page = page.submit("Next")
    assert page.status == 422
    assert "Choose the lines in which the names are right" in page.text
    chosen = page.soup.find(id=right)
    assert isinstance(chosen, Tag)
    page.submit("Next", encoding=str(chosen["value"])).submit("Import")
    assert details(phonebook, NUMBER)["firstName"] == "Jüri Põld"


def test_the_only_way_to_read_the_letters_is_chosen_already(user: PageClient, phonebook: PhonebookState) -> None:
    page = upload(
        user, f"Phone;Last name\n{NUMBER};Müller\n+37256991102;Groß\n+37256991103;Schröder\n".encode("cp1252")
    )
    assert "Is every letter right?" in page.text
    page.submit("Next").submit("Import")
    assert details(phonebook, NUMBER)["lastName"] == "Müller"


def test_a_stale_form_keeps_the_answer(user: PageClient, phonebook: PhonebookState) -> None:
    page = paste(user, f"{NUMBER}\tMari\tAcme\n")
    assert page.h1 == "What is in the columns?"
    page = page.submit("Next", column=["number", "company", ""], csrf_token="stale")
    assert (page.status, "We could not accept this form." in page.text) == (400, True)
    assert page.fields("Next")[1]["column"] == ["number", "company", ""]
    page = page.submit("Next")
    page = page.submit("Import", group="new", name="Ferry test", existing="skip", csrf_token="stale")
    assert (page.status, "We could not accept this form." in page.text) == (400, True)
    assert phonebook.numbers() == []
    page.submit("Import")
    assert members(phonebook) == {"Ferry test": {NUMBER}}


def test_the_country_of_numbers_without_a_code_is_chosen(user: PageClient, phonebook: PhonebookState) -> None:
    page = upload(user, f"Phone\n{NUMBER}\n5699 1102\n56991103\n")
    assert "1 new · 2 refused" in page.text
    assert "2 numbers have no country code. Choose their country below to import them." in page.text
    page = page.submit("Import", region="EE", group="new", name="Ferry test")
    assert "This is what your choices would do" in page.text
    assert "3 new" in page.text
    page.submit("Import")
    assert members(phonebook) == {"Ferry test": {NUMBER, "+37256991102", "+37256991103"}}
    page = upload(user, f"Phone\n{NUMBER}\n5699 1104\n").submit("Show the preview with these choices", region="XX")
    assert "1 number has no country code." in page.text


def test_numbers_of_a_spreadsheet_program_get_their_plus(user: PageClient, phonebook: PhonebookState) -> None:
    page = paste(user, "Phone\n37256991101\n37256991102\n")
    assert "37256991101 is read as +372 5699 1101." in page.text
    page.submit("Import")
    assert phonebook.numbers() == [NUMBER, "+37256991102"]


def test_a_number_without_plus_among_others_is_asked_about(user: PageClient, phonebook: PhonebookState) -> None:
    page = paste(user, "Phone\n372 5699 1101\n12\n")
    assert "2 refused" in page.text
    assert "1 refused row can be imported if you tick “Put a + before numbers that lack only that” below." in page.text
    page = page.submit("Show the preview with these choices", plus=["y"])
    assert "1 new · 1 refused" in page.text
    assert "can be imported if" not in page.text
    assert "372 5699 1101 is read as +372 5699 1101." in page.text
    page.submit("Import")
    assert phonebook.numbers() == [NUMBER]


def test_a_cell_with_two_numbers_is_asked_about(user: PageClient, phonebook: PhonebookState) -> None:
    page = paste(user, f"Phone\tFirst name\n{NUMBER}; +37256991102\tMari\n+37256991103\tAino\n")
    assert "1 new · 1 refused" in page.text
    page = page.submit("Show the preview with these choices", split=["y"])
    assert "3 new" in page.text
    page.submit("Import")
    assert phonebook.numbers() == [NUMBER, "+37256991102", "+37256991103"]


def test_full_names_are_split(user: PageClient, phonebook: PhonebookState) -> None:
    page = paste(user, f"Phone\tFull name\n{NUMBER}\tMari-Liis van Tamm\n")
    page = page.submit("Show the preview with these choices", last_first=["y"])
    page = page.submit("Show the preview with these choices", last_first=[])
    page.submit("Import")
    assert details(phonebook, NUMBER)["lastName"] == "van Tamm"


def test_columns_are_chosen(user: PageClient, phonebook: PhonebookState) -> None:
    page = upload(user, f"a;b;c\nMari;x;{NUMBER}\n")
    assert page.h1 == "What is in the columns?"
    page = page.submit("Next", heading="yes", column=["number", "", "number"])
    assert page.status == 422
    assert "A and C" in page.text
    page = page.submit("Next", heading="yes", column=["first_name", "", "number"])
    assert "A: First name, C: Phone number. Not imported: B (b)." in page.text
    page.submit("Import")
    assert details(phonebook, NUMBER)["firstName"] == "Mari"


def test_a_column_with_content_but_no_heading_is_asked_about(user: PageClient, phonebook: PhonebookState) -> None:
    page = upload(user, f"Phone;First name\n{NUMBER};Mari\n\n\n\n+37256991102;Jaan;Tamm;;\n")
    assert page.h1 == "What is in the columns?"
    assert "Tamm" in page.text
    left_out = page.submit("Next")
    assert "A: Phone number, B: First name. Not imported: C (Tamm)." in left_out.text
    page.submit("Next", column=["number", "first_name", "last_name"]).submit("Import")
    assert details(phonebook, "+37256991102")["lastName"] == "Tamm"


def test_columns_are_remembered(user: PageClient, phonebook: PhonebookState) -> None:
    file = f"a;b;c\nMari;x;{NUMBER}\n"
    upload(user, file).submit("Next", heading="yes", column=["first_name", "", "number"]).submit("Import")
    page = upload(user, file.replace("Mari", "Mari-Liis"))
    assert page.path == "/import/2/preview"
    assert "1 changed" in page.text


def test_a_column_of_numbers_is_required(user: PageClient) -> None:
    page = upload(user, "a;b\nx;y\n").submit("Next", heading="yes", column=["first_name", ""])
    assert page.status == 422
    assert "Choose the column of phone numbers" in page.text


def test_made_up_columns_are_refused(user: PageClient) -> None:
    upload(user, "a;b\nx;y\n")
    for columns in (["number"], ["number", "id"]):
        page = user.get("/import/1").submit("Next")
        form, data = page.fields("Next")
        page = user.post(str(form["action"]), data=data | {"column": columns})
        assert page.status == 422
        assert "The columns don't fit the file" in page.text


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\x89PNG\r\n\x1a\n" + bytes(50), b"PK\x03\x04 not a workbook"])
def test_a_file_that_is_no_table_is_refused(user: PageClient, content: bytes) -> None:
    page = upload(user, content)
    assert page.status == 422
    assert page.path == "/import"
    assert page.field_error
    assert user.get("/import/1").status == 404


def test_a_file_or_cells_are_required(user: PageClient) -> None:
    assert paste(user, "").field_error == "Choose a file, or paste cells"


def test_a_file_that_is_too_large_is_refused(user: PageClient) -> None:
    body = b"--b\r\n" + b"x" * (12 * 1024 * 1024)
    page = user.post("/import", data=body, content_type="multipart/form-data; boundary=b")
    assert page.status == 413
    assert page.field_error == "This file is larger than 10 MB. Split it into smaller files"


@pytest.mark.parametrize("path", ["", "/preview", "/refused", "/refused/download"])
@pytest.mark.parametrize("upload_id", ["7", "99999999999999999999"])
def test_an_unknown_import(user: PageClient, upload_id: str, path: str) -> None:
    assert user.get(f"/import/{upload_id}{path}").status == 404


def test_messente_fails_while_the_preview_is_made(user: PageClient, phonebook: PhonebookState) -> None:
    phonebook.instead["GET"] = ("500 Internal Server Error", b"{}")
    page = upload(user, f"Phone\n{NUMBER}\n")
    assert page.status == 502
    phonebook.instead.clear()
    page = page.follow("Try again")
    phonebook.instead["GET"] = ("500 Internal Server Error", b"{}")
    for button in ("Show the preview with these choices", "Import"):
        page = page.submit(button, group="new", name="Summer", blank="clear")
        assert page.status == 502
        assert "Nothing was imported." in page.text
        phonebook.instead.clear()
        page = page.submit("Send again")
        if button != "Import":
            assert "This is what your choices would do" in page.text
            phonebook.instead["GET"] = ("500 Internal Server Error", b"{}")
    assert members(phonebook) == {"Summer": {NUMBER}}


@pytest.mark.parametrize("question", ["sheet", "encoding", "other", ""])
def test_an_answer_to_a_question_that_was_not_asked(user: PageClient, question: str) -> None:
    page = upload(user, f"Phone\n{NUMBER}\n")
    page = page.follow("Change the columns")
    _, data = page.fields("Next")
    page = user.post(f"/import/1?ask={question}", data=data | {"sheet": "x", "encoding": "x"})
    assert page.path == "/import/1/preview"


def test_another_tab_chooses_a_sheet_with_more_columns(user: PageClient) -> None:
    book = workbook(Few=[["a", "b"], ["x", NUMBER]], Many=[["a", "b", "c"], ["x", "y", NUMBER]])
    page = upload(user, book, "book.xlsx").submit("Next", sheet="Few")
    user.get("/import/1?ask=sheet").submit("Next", sheet="Many")
    page = page.submit("Next")
    assert "The columns don't fit the file. Choose them again" in page.text
    page = page.submit("Next", column=["", "", "number"])
    assert page.path == "/import/1/preview"


def test_the_store_fails_while_choices_are_sent(user: PageClient, app: Flask, settings: Settings) -> None:
    columns = upload(user, f"a;b\nMari;{NUMBER}\n")
    preview = upload(user, f"Phone\n{NUMBER}\n")
    app.extensions["store"] = Store("postgres://dashboard@127.0.0.1:1/none")
    assert user.get("/import/2/preview").h1 == "We could not read or save this import"
    columns = columns.submit("Next", column=["first_name", "number"])
    preview = preview.submit("Import", group="new", name="Summer")
    for page in (columns, preview):
        assert (page.status, page.h1) == (503, "We could not read or save this import")
        assert "Nothing was imported." in page.text
    app.extensions["store"] = Store(settings.database_url)
    assert "A: First name, B: Phone number" in columns.submit("Send again").text
    assert preview.submit("Send again").path == "/actions/1"
