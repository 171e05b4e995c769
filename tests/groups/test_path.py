"""A form can be followed from top to bottom: a request enters few modules and functions."""

from collections.abc import Callable

import pytest

from tests.entered_code import entered_code
from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState

Ask = Callable[[], int]


def create(user: PageClient, phonebook: PhonebookState) -> Ask:
    name = f"Office {len(phonebook.ids())}"
    path, data = "/groups/new", user.get("/groups/new").fields("Create group", name=name)[1]
    return lambda: user.client.post(path, data=data).status_code


def show_list(user: PageClient, _phonebook: PhonebookState) -> Ask:
    user.get("/groups")
    return lambda: user.client.get("/groups").status_code


def delete(user: PageClient, phonebook: PhonebookState) -> Ask:
    path = f"/groups/{phonebook.add('Drivers', contacts=2)}/delete"
    data = user.get(path).fields("Delete group")[1]
    return lambda: user.client.post(path, data=data).status_code


@pytest.mark.parametrize(
    ("prepare", "status", "modules", "functions", "depth"),
    [(create, 303, 25, 118, 13), (show_list, 200, 17, 50, 10), (delete, 303, 31, 150, 17)],
)
def test_a_request_enters_little_code(
    user: PageClient,
    phonebook: PhonebookState,
    prepare: Callable[[PageClient, PhonebookState], Ask],
    status: int,
    modules: int,
    functions: int,
    depth: int,
) -> None:
    for name in ("Staff", "Crew"):
        phonebook.add(name, contacts=3)
    prepare(user, phonebook)()  # what is done once, such as opening the store, is done
    ask = prepare(user, phonebook)
    with entered_code() as found:
        assert ask() == status
    assert len(found.modules) <= modules, str(found)
    assert len(found.functions) <= functions, str(found)
    assert found.depth <= depth, str(found)
