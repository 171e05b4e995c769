"""Importing a file: what the preview says, what the phonebook holds afterwards, and undoing it."""

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update

from tests.actions.test_undo import snapshot
from tests.imports.import_fixtures import details, members, paste, upload
from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState
from webapp.actions.job_runner import run_job
from webapp.imports import uploads
from webapp.imports.uploads import MAX_UPLOADS
from webapp.store import Store
from webapp.store.schema import actions, imports

MARI, AINO, NEW = "+37256991101", "+37256991102", "+37256991103"
FILE = f"Phone;First name;Company\n{MARI};Mari;New\n{AINO};Aino;\n{NEW};Jüri;X\n"


@pytest.fixture
def staff(phonebook: PhonebookState) -> UUID:
    """A group with Mari; Aino is in no group."""
    staff = phonebook.add("Staff")
    phonebook.add_contact(MARI, staff, firstName="Mari", company="Old")
    phonebook.add_contact(AINO, firstName="Aino", company="Old")
    return staff


def test_contacts_are_created_and_updated(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    page = upload(user, FILE)
    assert page.h1 == "Import “people.csv”"
    assert "1 new · 1 changed · 1 unchanged" in page.text
    assert "Company: “Old” → “New”" in page.text
    page = page.submit("Import")
    assert page.h1 == "1 contact changed · 1 contact created"
    assert details(phonebook, MARI)["company"] == "New"
    assert details(phonebook, AINO)["company"] == "Old", "a blank cell leaves what is there"
    assert details(phonebook, NEW)["firstName"] == "Jüri"


def test_undo_takes_back_exactly_what_the_import_did(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    before = snapshot(phonebook)
    page = upload(user, FILE.replace("Company", "Company;Groups").replace(";New", ";New;Staff, Summer"))
    page.submit("Import")
    assert snapshot(phonebook) != before
    page = user.get("/actions/1/undo")
    page.submit("Undo")
    assert snapshot(phonebook) == before


def test_cells_can_be_pasted(user: PageClient, phonebook: PhonebookState) -> None:
    page = paste(user, f"Phone\tFirst name\n{NEW}\tJüri\n")
    assert page.h1 == "Import what you pasted"
    page.submit("Import")
    assert details(phonebook, NEW)["firstName"] == "Jüri"


def test_all_contacts_can_be_put_in_a_group(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    page = upload(user, FILE).submit("Show the preview with these choices", group=str(staff))
    assert "“Staff”: 2 contacts will be added" in page.text
    page.submit("Import")
    assert set(phonebook.numbers(staff)) == {MARI, AINO, NEW}


def test_all_contacts_can_be_put_in_a_new_group(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    page = upload(user, FILE).submit("Import", group="new", name="")
    assert page.status == 422
    assert page.field_error == "Enter a group name"
    page = page.submit("Import", group="new", name="staff ")
    assert page.field_error.startswith("There is already a group called “Staff” (1 contact")
    page = page.submit("Import", name="Summer")
    assert page.status == 200
    assert members(phonebook)["Summer"] == {MARI, AINO, NEW}


def test_a_typed_name_alone_means_a_new_group(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    page = upload(user, FILE).submit("Show the preview with these choices", name="Summer")
    assert page.value("group") == "new"
    page.submit("Import")
    assert members(phonebook)["Summer"] == {MARI, AINO, NEW}


def test_another_group_of_the_same_name_is_created_only_if_confirmed(
    user: PageClient, phonebook: PhonebookState, staff: UUID
) -> None:
    page = upload(user, FILE).submit("Import", group="new", name="Staff")
    page.submit("Create anyway")
    assert [group["name"] for group in phonebook.all_groups()] == ["Staff", "Staff"]


def test_a_column_names_groups(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    page = upload(user, f"Phone;Groups\n{AINO};STAFF, Summer\n{NEW};Summer\n{MARI};staff\n")
    assert "“Staff”: 1 contact will be added" in page.text
    assert "“Summer”, a new group: 2 contacts will be added" in page.text
    page.submit("Import")
    assert members(phonebook) == {"Staff": {MARI, AINO}, "Summer": {AINO, NEW}}


def test_a_row_for_each_group_of_a_contact(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    """As in our own download of the members of groups."""
    office = phonebook.add("Office")
    phonebook.join(MARI, office)
    file = user.client.get("/groups/download/members").get_data(as_text=True)
    phonebook.leave(MARI, staff)
    phonebook.leave(MARI, office)
    page = upload(user, file)
    assert "row 2. They are put in the groups of both rows" in page.text
    page.submit("Import")
    assert members(phonebook) == {"Staff": {MARI}, "Office": {MARI}}


def test_a_group_name_that_exists_twice_is_asked_about(
    user: PageClient, phonebook: PhonebookState, staff: UUID
) -> None:
    other = phonebook.add("staff", contacts=2)
    page = upload(user, f"Phone;Groups\n{AINO};Staff\n")
    assert "Which group called “Staff”?" in page.text
    page = page.submit("Import")
    assert page.h1.startswith("Import"), "nothing is imported before the question is answered"
    page = page.submit("Import", meant=str(other))
    assert AINO in set(phonebook.numbers(other))
    assert AINO not in set(phonebook.numbers(staff))


def test_many_new_groups_are_asked_about(user: PageClient, phonebook: PhonebookState) -> None:
    rows = "".join(f"+3725555{number:04};Town {number}\n" for number in range(11))
    page = upload(user, f"Phone;Groups\n{rows}").submit("Import")
    assert page.status == 422
    assert phonebook.groups() == {}
    page.submit("Import", create=["y"])
    assert len(phonebook.groups()) == 11


def test_choices_about_contacts_that_are_there(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    page = upload(user, f"Phone\n{NEW}\n")
    assert "Contacts that are in the phonebook already" not in page.text
    assert "Blank cells" not in page.text
    page = upload(user, FILE).submit("Import", existing="skip")
    assert "This is what your choices would do" in page.text
    assert "1 new · 2 unchanged" in page.text
    page = page.submit("Import")
    assert details(phonebook, MARI)["company"] == "Old"


def test_blank_cells_can_clear_what_is_there(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    page = upload(user, FILE).submit("Show the preview with these choices", blank="clear")
    assert "Company: “Old” → empty" in page.text
    page.submit("Import")
    assert details(phonebook, AINO)["company"] is None


def test_a_cell_with_two_hyphens_clears_what_is_there(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    upload(user, f"Phone;Company\n{MARI};--\n").submit("Import")
    assert details(phonebook, MARI)["company"] is None


def test_nobody_leaves_the_blacklist_without_a_confirmation(
    user: PageClient, phonebook: PhonebookState, staff: UUID
) -> None:
    phonebook.blacklist(MARI)
    file = f"Phone;Blacklisted\n{MARI};No\n{AINO};Yes\n"
    page = upload(user, file)
    assert "1 blacklisted" in page.text
    assert "1 number will be put on the blacklist." in page.text
    page.submit("Import")
    assert set(phonebook.blacklisted()) == {MARI, AINO}
    page = upload(user, file).submit("Show the preview with these choices", unblock=["y"])
    page.submit("Import")
    assert phonebook.blacklisted() == [AINO]


def test_a_number_is_blacklisted_if_any_of_its_rows_says_so(
    user: PageClient, phonebook: PhonebookState, staff: UUID
) -> None:
    phonebook.blacklist(MARI)
    file = f"Phone;Blacklisted\n{MARI};No\n{AINO};No\n{AINO};Yes\n{MARI};Yes\n"
    page = upload(user, file)
    assert "1 number will be put on the blacklist." in page.text
    assert "off the blacklist" not in page.text
    page.submit("Import")
    assert phonebook.blacklisted() == [MARI, AINO]


def test_a_preview_that_has_changed_is_shown_again(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    page = upload(user, FILE)
    phonebook.add_contact(NEW, firstName="Juku")
    page = page.submit("Import")
    assert page.status == 409
    assert "The phonebook has changed since you opened this page. Nothing was imported." in page.text
    assert details(phonebook, NEW)["firstName"] == "Juku"
    page.submit("Import")
    assert details(phonebook, NEW)["firstName"] == "Jüri"


def test_an_import_runs_once_in_all_tabs(user: PageClient, phonebook: PhonebookState, store: Store) -> None:
    page, other = upload(user, FILE), user.get("/import/1/preview")
    assert page.submit("Import").path == other.submit("Import").path == "/actions/1"
    assert user.get("/import/1").path == user.get("/import/1/preview").path == "/actions/1"
    with store.read() as connection:
        assert connection.execute(select(func.count()).select_from(actions)).scalar_one() == 1


def test_an_import_with_nothing_to_change_says_so(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    page = upload(user, f"Phone;First name\n{MARI};Mari\n").submit("Import")
    assert page.notice == "There is nothing to change: the phonebook has all of this already."
    assert page.path == "/import/1/preview"


def test_refused_rows_can_be_mended_and_imported_again(user: PageClient, phonebook: PhonebookState) -> None:
    page = upload(user, f"Phone;First name;Remark\n12;Mari;=1+1\n{NEW};Jüri;\n")
    page = page.submit("Next")
    assert "1 new · 1 refused" in page.text
    page = page.submit("Import").follow("see why, and download them")
    assert page.rows == [["2", "12, Mari, =1+1"]]
    file = user.client.get(page.link("Download as CSV")).get_data(as_text=True)
    assert file == '\ufeff"Phone","First name","Remark"\r\n"12","Mari","\'=1+1"\r\n'
    page = upload(user, file.replace("12", AINO))
    assert "1 new" in page.text, "the columns were remembered"
    page.submit("Import")
    assert details(phonebook, AINO)["firstName"] == "Mari"


def test_a_long_import_runs_in_the_background(app: Flask, user: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("All")
    numbers = [f"+3725555{number:04}" for number in range(300)]
    page = upload(user, "Phone\n" + "\n".join(numbers)).submit("Import", group=str(group))
    assert page.h1 == "0 of 300 done"
    with app.app_context():
        run_job(1, lambda: False)
    assert set(phonebook.numbers(group)) == set(numbers)
    assert user.get("/actions/1").h1 == "300 added"


def test_the_file_is_deleted_when_its_import_starts(user: PageClient, phonebook: PhonebookState, store: Store) -> None:
    upload(user, f"{FILE}12;Bad;\n").submit("Import")
    with store.read() as connection:
        row = connection.execute(select(imports)).one()
    assert row.data == b""
    assert NEW not in row.refused
    assert "Bad" in row.refused


def test_the_file_is_deleted_after_a_day(user: PageClient, store: Store) -> None:
    upload(user, FILE)
    with store.write() as connection:
        connection.execute(update(imports).values(began=func.datetime(imports.c.began, "-25 hours")))
    page = user.get("/import/1/preview")
    assert page.status == 404
    assert page.h1 == "This import is not here any more"
    upload(user, FILE)
    with store.read() as connection:
        assert connection.execute(select(func.count()).select_from(imports)).scalar_one() == 1


def test_a_file_is_imported_though_a_deleted_one_had_its_number(
    user: PageClient, phonebook: PhonebookState, store: Store
) -> None:
    upload(user, f"Phone\n{MARI}\n").submit("Import")
    with store.write() as connection:
        connection.execute(delete(imports))
    page = upload(user, f"Phone\n{AINO}\n")
    assert page.path == "/import/1/preview"
    page.submit("Import")
    assert phonebook.numbers() == [MARI, AINO]


def test_a_group_to_put_all_in_that_is_gone_is_chosen_again(
    user: PageClient, phonebook: PhonebookState, staff: UUID
) -> None:
    page = upload(user, FILE)
    phonebook.delete(staff)
    for button in ("Show the preview with these choices", "Import"):
        _, data = page.fields(button)
        page = user.post(page.path, data=data | {"group": str(staff)})
        assert page.field_error == "This group no longer exists. Choose another"
    assert phonebook.contact(NEW) is None, "nobody is imported into no group"


@pytest.mark.parametrize("names", [["Staff"], ["Staff", "staff"]])
def test_a_group_that_a_column_names_is_deleted_meanwhile(
    user: PageClient, phonebook: PhonebookState, names: list[str]
) -> None:
    groups = [phonebook.add(name) for name in names]
    page = upload(user, f"Phone;Groups\n{AINO};Staff\n")
    phonebook.delete(groups[0])
    page = page.submit("Import", **{"meant": str(groups[0])} if len(names) > 1 else {})
    assert page.status == 409
    assert "The phonebook has changed since you opened this page. Nothing was imported." in page.text
    page.submit("Import")
    assert members(phonebook) == {names[-1]: {AINO}}


def test_an_import_that_died_before_its_file_was_deleted(
    user: PageClient, phonebook: PhonebookState, store: Store
) -> None:
    page = upload(user, FILE)
    with store.read() as connection:
        row = connection.execute(select(imports)).one()._asdict()
    page.submit("Import")
    with store.write() as connection:
        connection.execute(update(imports).values(row))
    phonebook.instead["GET"] = ("500 Internal Server Error", b"{}")
    page = page.submit("Import")
    assert page.path == "/actions/1"
    assert "Nothing was imported" not in page.text


def test_the_refused_rows_are_those_of_the_request_that_imported(
    app: Flask, user: PageClient, phonebook: PhonebookState
) -> None:
    """Another request with other choices was sent at the same time, and ends later."""
    assert user.get("/import/1/refused").status == 404
    page = upload(user, f"Phone\n{NEW}\n12\n")
    assert user.get("/import/1/refused").path == "/import/1/preview", "nothing was imported yet"
    page.submit("Import")
    with app.test_request_context():
        uploads.finish(1, 1, (), (), is_repeat=True)
    assert user.get("/import/1/refused").rows == [["3", "12"]]


def test_new_contacts_in_no_group_are_pointed_out(user: PageClient, phonebook: PhonebookState, staff: UUID) -> None:
    page = upload(user, FILE)
    assert "1 new contact would be in no group. Messente deletes contacts" in page.text
    page = page.submit("Show the preview with these choices", group=str(staff))
    assert "would be in no group" not in page.text


@pytest.mark.long
def test_only_the_newest_files_wait(user: PageClient, phonebook: PhonebookState, store: Store) -> None:
    upload(user, FILE).submit("Import")
    for _ in range(MAX_UPLOADS + 1):
        upload(user, FILE)
    assert user.get("/import/2/preview").h1 == "This import is not here any more"
    assert user.get("/import/3/preview").status == 200
    assert user.get("/import/1").path == "/actions/1", "it has started, so it does not count"
