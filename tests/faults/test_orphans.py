"""Every fault while orphans are found: no wrong number is shown, and the group can still be deleted."""

import time
from dataclasses import replace
from itertools import count

import pytest

from tests.faults.catalogue import FAULTS
from tests.faults.faulty_wire import Answer, Connection, Reply, Wire
from tests.faults.test_outcomes import DEADLINE, LATE, ONE_OF_A_KIND, SHORT_DEADLINE, user_of
from tests.page_client import Page
from tests.phonebook_state import PhonebookState
from webapp.settings import Settings

PLACES = {
    "the group's contacts": (0, 2),
    "the list of groups": (1, 2),
    "another group's contacts": (2, 2),
    "a contact's groups": (2, 4),
}
"""The first answer that fails, the group's own not counted, and how many other groups there are."""

CASES = [
    (name, place) for place in PLACES for name in FAULTS if place == "the group's contacts" or name in ONE_OF_A_KIND
]
"""All faults at the first place, and one of a kind at the others: every call meets a fault in the same way."""


def from_the(place: int, fault: Reply) -> Reply:
    """Let such answers fail, from a given one on."""
    numbers = count()

    def reply(connection: Connection, genuine: Answer) -> None:
        if genuine.body.startswith(b'{"group":') or next(numbers) < place:
            connection.send(genuine.whole)
        else:
            fault(connection, genuine)

    return reply


def is_true(page: Page) -> bool:
    """Whether a page shows no wrong number; two of the three contacts are in no other group."""
    is_unknown = "We could not find out how many" in page.text or "We do not know yet how many" in page.text
    return is_unknown is not ("2 of them are only in this group." in page.text)


@pytest.mark.long
@pytest.mark.parametrize(("name", "place"), CASES)
def test_case(settings: Settings, phonebook: PhonebookState, name: str, place: str) -> None:
    fault, (first, others) = FAULTS[name], PLACES[place]
    staff = phonebook.add("Staff")
    groups = [phonebook.add(f"Other {number}", contacts=9) for number in range(others)]
    for number, inside in enumerate(([staff], [staff], [staff, *groups])):
        phonebook.add_contact(f"+3725555000{number}", *inside)
    deadline = SHORT_DEADLINE if fault.slow else DEADLINE
    with Wire(phonebook.url) as wire:
        user = user_of(replace(settings, retry_backoff=0.001), wire, deadline)
        user.get("/activity")  # makes the store, which is no part of what is timed here
        wire.methods, address = frozenset({"GET"}), f"/groups/{staff}/delete"

        def opened(form: dict[str, str] | None = None) -> Page:
            """Open the page or send its form while the fault lasts."""
            wire.fault, started = from_the(first, fault.reply), time.monotonic()
            method = "POST" if form else "GET"
            page = user.checked(user.client.open(address, method=method, data=form))
            wire.fault = None
            assert time.monotonic() - started < deadline + LATE, "the page came too late"
            return page

        page = opened()
        assert page.status == 200
        assert is_true(page), page.text
        page = opened(user.get(address).fields("Delete group")[1])
        if page.status == 409:
            assert "Nothing was deleted." in page.text
            assert is_true(page), page.text
            assert "Staff" in phonebook.groups()
            page = opened(page.fields("Delete group")[1])
        assert page.status == 303, page.text
        assert "Staff" not in phonebook.groups()
        assert [request for request in wire.requests if not request.startswith("GET")] == [
            f"DELETE /v1/phonebook/groups/{staff}"
        ]
