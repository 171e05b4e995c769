"""Two people use the same name at the same time, so neither was asked about the other's group."""

from collections.abc import Callable

import pytest

from tests.page_client import Page, PageClient
from tests.phonebook_state import PhonebookState

NEW_DUPLICATE = (
    " Somebody has just made another group with this name. If you need only one of them, rename or delete the other."
)


def create(user: PageClient) -> Page:
    return user.get("/groups/new").submit("Create group", name="Staff")


def rename(user: PageClient) -> Page:
    return (
        user.get("/groups/new")
        .submit("Create group", name="Old")
        .follow("Rename group")
        .submit("Rename group", name="Staff")
    )


@pytest.mark.parametrize(
    ("act", "method", "said"),
    [(create, "POST", "“Staff” was created."), (rename, "PUT", "“Old” is now called “Staff”.")],
)
def test_a_new_duplicate_is_reported(
    user: PageClient, phonebook: PhonebookState, act: Callable[[PageClient], Page], method: str, said: str
) -> None:
    def meanwhile() -> None:
        if phonebook.calls[-1].startswith(method) and not (method == "POST" and phonebook.ids()):
            phonebook.meanwhile = None
            phonebook.add("STAFF", contacts=2)

    phonebook.meanwhile = meanwhile
    page = act(user)
    assert page.notice == said + NEW_DUPLICATE
    assert page.follow("another group with this name").h1 == "STAFF"


def test_a_duplicate_that_the_user_accepted_is_not_reported(user: PageClient, phonebook: PhonebookState) -> None:
    phonebook.add("staff")
    page = create(user).submit("Create anyway")
    assert page.notice == "“Staff” was created."
    page = page.follow("Rename group").submit("Rename group", name="STAFF").submit("Rename anyway")
    assert page.notice == "“Staff” is now called “STAFF”."


def test_no_duplicate_is_reported_if_the_list_fails(user: PageClient, phonebook: PhonebookState) -> None:
    page = user.get("/groups/new")
    phonebook.instead["GET"], phonebook.lets_pass = ("500 Internal Server Error", b""), 1
    assert page.submit("Create group", name="Staff").notice == "“Staff” was created."
