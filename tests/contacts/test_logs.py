"""No log line of the dashboard holds a phone number, a name or an address of a contact, whatever happens."""

import logging

import pytest

from tests.contacts.contact_fixtures import add_numbers
from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState
from webapp.web.log_format import LineFormatter

NUMBER, NAME, EMAIL = "+37255551234", "Mari-Liis", "mari@example.com"


def visit(user: PageClient, path: str) -> None:
    assert user.get(path).status in {200, 404, 429, 502, 503}


def test_no_log_line_has_personal_data(
    user: PageClient, phonebook: PhonebookState, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    staff = phonebook.add("Staff")
    body = f'{{"errors": [{{"code": "201", "title": "Invalid data", "detail": "{NUMBER} {EMAIL} is odd"}}]}}'.encode()
    for answer in (None, ("500 Internal Server Error", b""), ("400 Bad Request", body)):
        page = user.get(f"/groups/{staff}").follow("Add contact")
        form, data = page.fields("Add contact", number=NUMBER, first_name=NAME, email=EMAIL)
        again = user.get(f"/groups/{staff}/add-numbers").fields("Add numbers", numbers=NUMBER, create=["y"])[1]
        if answer:
            phonebook.instead = dict.fromkeys(("POST", "GET"), answer)
        user.post(str(form["action"]), data=data)
        user.post(f"/groups/{staff}/add-numbers", data=again)
        for path in (f"/contacts/{NUMBER}", f"/contacts/{NUMBER}/edit", f"/contacts/{NUMBER}/delete"):
            visit(user, path)
        for path in (f"/contacts?q={NAME}", f"/groups/{staff}?q=%2B3725555", f"/activity?number=%2B{NUMBER[1:]}"):
            visit(user, path)
        phonebook.instead = {}
    phonebook.delete_contact(NUMBER)
    visit(user, f"/contacts/{NUMBER}")
    add_numbers(user, staff, NUMBER)
    ours = [record for record in caplog.records if record.name.startswith("webapp")]
    lines = [LineFormatter().format(record) for record in ours]
    assert {"request", "phonebook call", "phonebook error"} <= {record.getMessage() for record in ours}
    assert [line for line in lines for said in (NUMBER[1:], NAME, EMAIL) if said in line] == []
