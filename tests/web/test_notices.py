"""A notice is in the title of its page, and has the focus."""

from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState


def test_what_was_done_is_in_the_title_and_has_the_focus(user: PageClient, phonebook: PhonebookState) -> None:
    page = user.get("/groups/new").submit("Create group", name="Staff")
    for title in ("Group created – Staff – Acme", "Group deleted – Groups – Acme"):
        assert page.soup.title
        assert page.soup.title.get_text() == title
        assert [tag["class"] for tag in page.soup.select("[autofocus]")] == [["notice"]]
        page = user.get("/groups").follow("Delete Staff").submit("Delete group") if phonebook.groups() else page


def test_what_was_done_to_a_contact_is_in_the_title(user: PageClient, phonebook: PhonebookState) -> None:
    page = user.get("/contacts/new").submit("Create contact", number="+37255550001", first_name="Mari")
    assert page.soup.title
    assert page.soup.title.get_text() == "Contact created – Mari – Acme"
