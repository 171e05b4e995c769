"""How a user uploads a file, and what the phonebook holds."""

import io
from typing import Any
from uuid import UUID

from tests.page_client import Page, PageClient
from tests.phonebook_state import PhonebookState


def upload(user: PageClient, content: str | bytes, name: str = "people.csv") -> Page:
    """Choose a file, and go on."""
    page = user.get("/import")
    _, data = page.fields("Next")
    data["file"] = (io.BytesIO(content.encode() if isinstance(content, str) else content), name)
    return user.post("/import", data=data, content_type="multipart/form-data")


def paste(user: PageClient, cells: str) -> Page:
    """Paste cells, and go on."""
    return user.get("/import").submit("Next", pasted=cells)


def details(phonebook: PhonebookState, number: str) -> dict[str, Any]:
    """The details of a contact that has to be there."""
    contact = phonebook.contact(number)
    assert contact is not None
    return contact


def members(phonebook: PhonebookState) -> dict[str, set[str]]:
    """The numbers in each group, by its name."""
    return {group["name"]: set(phonebook.numbers(UUID(group["id"]))) for group in phonebook.all_groups()}
