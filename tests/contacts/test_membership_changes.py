"""The groups of one contact, as boxes to tick."""

from uuid import UUID, uuid4

import pytest

from tests.actions.store_fixtures import all_changes
from tests.contacts.contact_fixtures import MARI, results_on, writes
from tests.page_client import Page, PageClient, shown, words
from tests.phonebook_state import PhonebookState
from webapp.store import Store

PAGE, ADDRESS = f"/contacts/{MARI}", f"/contacts/{MARI}/groups"
REFUSED = ("429 Too Many Requests", b"")


class Groups(dict[str, UUID]):
    """Groups by their names."""

    def ids(self, *names: str) -> list[str]:
        return [str(self[name]) for name in names]


@pytest.fixture
def groups(phonebook: PhonebookState) -> Groups:
    """Mari is in the first two of four groups."""
    phonebook.retry_after = 0
    found = Groups({name: phonebook.add(name) for name in ("Staff", "Drivers", "Office", "Night")})
    phonebook.add_contact(MARI, found["Staff"], found["Drivers"], firstName="Mari")
    return found


def where(phonebook: PhonebookState) -> set[str]:
    """The groups that somebody is in."""
    return {name for name, count in phonebook.groups().items() if count}


def save(page: Page, *ids: str, button: str = "Save groups") -> Page:
    return page.submit(button, group=list(ids))


def test_only_differences_are_sent(user: PageClient, phonebook: PhonebookState, groups: Groups) -> None:
    page = user.get(ADDRESS)
    assert page.fields("Save groups")[1]["group"] == groups.ids("Drivers", "Staff")
    page = save(page, *groups.ids("Staff", "Office"))
    assert (page.path, page.notice) == (PAGE, "Added to 1 group, removed from 1 group.")
    assert where(phonebook) == {"Staff", "Office"}
    assert sorted(writes(phonebook)) == [
        f"DELETE groups/{groups['Drivers']}/contacts/{MARI}",
        f"POST groups/{groups['Office']}/contacts/{MARI}",
    ]
    assert page.rows[0][0].startswith((f"Remove {shown(MARI)} from “Drivers”", f"Add {shown(MARI)}"))


def test_memberships_that_others_changed_stay(user: PageClient, phonebook: PhonebookState, groups: Groups) -> None:
    page = user.get(ADDRESS)
    phonebook.leave(MARI, groups["Drivers"])
    phonebook.join(MARI, groups["Night"])
    page = save(page, *groups.ids("Staff", "Drivers", "Office"))
    assert page.notice == "Added to 1 group."
    assert where(phonebook) == {"Staff", "Night", "Office"}


def test_nothing_to_change(user: PageClient, phonebook: PhonebookState, groups: Groups) -> None:
    page = user.get(ADDRESS)
    phonebook.calls.clear()
    assert page.submit("Save groups").notice == "You changed no ticks, so nothing was saved."
    assert writes(phonebook) == []


def test_each_outcome_is_reported(user: PageClient, phonebook: PhonebookState, groups: Groups) -> None:
    page = user.get(ADDRESS)
    phonebook.join(MARI, groups["Office"])
    phonebook.instead_path[f"/v1/phonebook/groups/{groups['Night']}/contacts/{MARI}"] = REFUSED
    page = save(page, *groups.ids("Staff", "Drivers", "Office", "Night"))
    assert page.h1 == "1 unchanged · 1 needs attention"
    rows = [row.get_text(" ", strip=True) for row in page.soup.select("tbody tr")]
    assert rows == [
        f"{shown(MARI)} Mari Night Not added: Messente asked to slow down",
        f"{shown(MARI)} Mari Office Already in the group",
    ]
    assert page.follow("Back to the contact").h1 == "Mari"
    assert where(phonebook) == {"Staff", "Drivers", "Office"}


def test_leaving_no_group_is_a_question(user: PageClient, phonebook: PhonebookState, groups: Groups) -> None:
    page = save(user.get(ADDRESS))
    assert page.status == 409
    assert "This contact would be in no group, and Messente deletes contacts that have been" in page.text
    assert writes(phonebook) == []
    assert page.soup.select(".boxes [checked]") == [], "what was ticked is kept"
    assert save(page, button="Save groups").status == 409
    page = page.submit("Save anyway")
    gone = "Removed from 2 groups. This contact is now in no group and will be deleted on "
    assert page.notice.startswith(gone)
    assert page.notice.endswith("days. Choose a group to keep them.")
    assert where(phonebook) == set()


def test_it_leaves_its_last_group_only_once_it_is_in_another(
    user: PageClient, phonebook: PhonebookState, groups: Groups
) -> None:
    phonebook.instead["POST"] = REFUSED
    page = save(user.get(ADDRESS), *groups.ids("Night"))
    assert page.h1 == "3 need attention"
    assert results_on(page)[MARI] == "Not removed: the step before it may not have worked, so this one was not sent"
    assert where(phonebook) == {"Staff", "Drivers"}
    assert writes(phonebook) == [f"POST groups/{groups['Night']}/contacts/{MARI}"]
    phonebook.instead.clear()
    assert save(user.get(ADDRESS), *groups.ids("Night")).notice == "Added to 1 group, removed from 2 groups."
    assert where(phonebook) == {"Night"}


def test_a_membership_that_others_added_counts_as_success(
    user: PageClient, phonebook: PhonebookState, groups: Groups
) -> None:
    page = user.get(ADDRESS)

    def meanwhile() -> None:
        if phonebook.calls[-1].startswith("POST"):
            phonebook.meanwhile = None
            phonebook.join(MARI, groups["Night"])

    phonebook.meanwhile = meanwhile
    assert save(page, *groups.ids("Night")).h1 == "2 removed · 1 unchanged"
    assert where(phonebook) == {"Night"}


def test_groups_of_one_name_are_distinguished(user: PageClient, phonebook: PhonebookState, groups: Groups) -> None:
    phonebook.add("staff", contacts=3)
    labels = boxes(user.get(ADDRESS))
    assert labels == ["Drivers", "Staff (1 contact)", "Night", "Office", "staff (3 contacts)"]


def test_memberships_that_others_removed_count_for_the_question(
    user: PageClient, phonebook: PhonebookState, groups: Groups
) -> None:
    page = user.get(ADDRESS)
    phonebook.leave(MARI, groups["Staff"])
    assert save(page, *groups.ids("Staff")).status == 409
    assert where(phonebook) == {"Drivers"}


def test_a_deleted_group(user: PageClient, phonebook: PhonebookState, groups: Groups) -> None:
    page = user.get(ADDRESS)
    phonebook.delete(groups["Office"])
    asked = save(page, *groups.ids("Staff", "Drivers", "Office", "Night"))
    assert asked.status == 409
    assert "A group that you ticked no longer exists." in asked.text
    assert writes(phonebook) == []
    assert asked.submit("Save groups").notice == "Added to 1 group.", "the others are still ticked"
    page = user.get(ADDRESS)
    phonebook.delete(groups["Drivers"])
    assert "nothing was saved" in save(page, *groups.ids("Staff", "Night")).notice, "it left that one with the group"


def test_a_deleted_contact(user: PageClient, phonebook: PhonebookState, groups: Groups) -> None:
    page = user.get(ADDRESS)
    phonebook.delete_contact(MARI)
    page = save(page, *groups.ids("Office"))
    assert (page.status, page.h1) == (404, "This contact no longer exists")


def test_an_unclear_answer_is_looked_up(user: PageClient, phonebook: PhonebookState, groups: Groups) -> None:
    phonebook.instead_after["POST"] = ("500 Internal Server Error", b"")
    page = save(user.get(ADDRESS), *groups.ids("Staff", "Drivers", "Office"))
    assert (page.h1, where(phonebook)) == ("1 added", {"Staff", "Drivers", "Office"})
    assert page.follow("Back to the contact").h1 == "Mari"


def test_a_form_that_is_sent_again_acts_once(
    user: PageClient, phonebook: PhonebookState, groups: Groups, store: Store
) -> None:
    _, data = user.get(ADDRESS).fields("Save groups", group=groups.ids("Staff", "Drivers", "Office"))
    pages = [user.post(ADDRESS, data=data) for _ in range(3)]
    assert [page.notice for page in pages] == ["Added to 1 group."] * 3
    assert len(writes(phonebook)) == 1
    page = user.post(ADDRESS, data=data | {"group": groups.ids("Staff", "Night")})
    assert (page.status, page.h1) == (409, "This form was sent before, with other content")
    [entry] = all_changes(store)
    assert (entry["kind"], entry["number"], entry["before"]) == ("add", MARI, "Office")


@pytest.mark.parametrize("data", [{}, {"csrf_token": "x", "group": "x", "was": "y"}])
def test_an_invalid_token_sends_nothing(
    user: PageClient, phonebook: PhonebookState, groups: Groups, data: dict[str, str]
) -> None:
    page = user.post(ADDRESS, data=data)
    assert (page.status, phonebook.calls) == (400, [])
    assert page.follow("Try again").h1 == "Groups of Mari"
    assert user.client.put(ADDRESS).status_code == 405


def test_invalid_text_is_not_a_group(user: PageClient, phonebook: PhonebookState, groups: Groups) -> None:
    _, data = user.get(ADDRESS).fields("Save groups")
    page = user.post(ADDRESS, data=data | {"group": [*data["group"], "x", "..", str(uuid4())]})
    assert (page.status, writes(phonebook)) == (409, [])


def test_no_more_changes_than_there_are_boxes(user: PageClient, phonebook: PhonebookState, groups: Groups) -> None:
    """A browser can't send more, but a form can be made by hand."""
    page = save(user.get(ADDRESS), *(str(uuid4()) for _ in range(501)))
    assert page.status == 409
    assert "These are more than 500 changes at once. Nothing was saved: tick fewer, and save again" in page.text
    assert page.fields("Save groups")[1]["was"].split() == sorted(groups.ids("Staff", "Drivers"))
    assert writes(phonebook) == []


def test_the_last_group_is_named_only_if_it_is_known(
    user: PageClient, phonebook: PhonebookState, groups: Groups
) -> None:
    assert save(user.get(ADDRESS), *groups.ids("Staff")).notice == "Removed from 1 group."
    page = save(user.get(ADDRESS))

    def meanwhile() -> None:
        if phonebook.calls[-1].startswith("DELETE"):
            phonebook.join(MARI, groups["Night"])

    phonebook.meanwhile = meanwhile
    assert page.submit("Save anyway").notice == "Removed from 1 group.", "somebody else has put it into another"


def test_a_search_keeps_the_ticks(user: PageClient, phonebook: PhonebookState, groups: Groups) -> None:
    page = user.get(ADDRESS).submit("Search", q="OFF", group=groups.ids("Staff", "Night"))
    assert (page.status, boxes(page)) == (200, ["Drivers", "Night", "Staff", "Office"])
    assert "1 of 4 groups match “OFF”." in page.text
    page = page.submit("Search", q="xyz", group=[*page.fields("Search")[1]["group"], *groups.ids("Office")])
    assert boxes(page) == ["Drivers", "Night", "Office", "Staff"]
    page = page.submit("Show all")
    assert writes(phonebook) == []
    assert page.submit("Save groups").notice == "Added to 2 groups, removed from 1 group."
    assert where(phonebook) == {"Staff", "Night", "Office"}


def test_ticks_survive_a_search_that_fails(user: PageClient, phonebook: PhonebookState, groups: Groups) -> None:
    page = user.get(ADDRESS)
    phonebook.instead["GET"] = ("500 Internal Server Error", b"{}")
    page = page.submit("Search", q="off", group=groups.ids("Staff", "Night"))
    assert page.status == 502
    assert "What you ticked is still here" in page.text
    phonebook.instead.clear()
    assert boxes(page.submit("Send again")) == ["Drivers", "Night", "Staff", "Office"]


def boxes(page: Page) -> list[str]:
    return [words(tag) for tag in page.soup.select(".boxes label")]
