"""Ticks survive a failure before anything was sent: the form can be sent again with one click."""

from collections.abc import Callable
from uuid import UUID

import pytest

from tests.contacts.contact_fixtures import JAAN, MARI, writes
from tests.page_client import Page, PageClient
from tests.phonebook_state import PhonebookState

DOWN = ("503 Service Unavailable", b"")


def keep(user: PageClient, phonebook: PhonebookState, staff: UUID) -> Page:
    phonebook.add_leaving(MARI, "2027-01-01")
    page = user.get("/contacts/leaving").submit("Put in group", number=[MARI], group=str(staff))
    phonebook.instead["GET"] = DOWN
    return page.submit("Put in group")


def remove(user: PageClient, phonebook: PhonebookState, staff: UUID) -> Page:
    phonebook.add_contact(MARI, staff)
    phonebook.join(MARI, phonebook.add("Office"))
    page = user.get(f"/groups/{staff}").submit("Remove from group", number=[MARI])
    phonebook.instead["GET"] = DOWN
    return page.submit("Remove from group")


def untick(user: PageClient, phonebook: PhonebookState, staff: UUID) -> Page:
    phonebook.add_contact(MARI, staff)
    office = phonebook.add("Office")
    phonebook.join(MARI, office)
    page = user.get(f"/contacts/{MARI}/groups")
    phonebook.instead["GET"] = DOWN
    return page.submit("Save groups", group=[str(office)])


@pytest.mark.parametrize(("tick", "members"), [(keep, 2), (remove, 1), (untick, 1)])
def test_ticks_survive_a_failure_before_anything_is_sent(
    user: PageClient,
    phonebook: PhonebookState,
    tick: Callable[[PageClient, PhonebookState, UUID], Page],
    members: int,
) -> None:
    staff = phonebook.add("Staff")
    phonebook.add_contact(JAAN, staff)
    page = tick(user, phonebook, staff)
    assert page.status == 502
    assert "What you ticked is still here" in page.text
    phonebook.instead.clear()
    assert writes(phonebook) == []
    page = page.submit("Send again")
    assert page.status == 200
    assert phonebook.groups()["Staff"] == members
    assert len(writes(phonebook)) == 1
