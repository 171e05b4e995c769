"""Deleting a group."""

from datetime import UTC, date, datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest

from tests.groups.test_orphans import at_the_third_call
from tests.page_client import PageClient, words
from tests.phonebook_state import PhonebookState

MOVE = "Move {} to a group"
NEW_ORPHANS = "“Staff” was deleted. {} now in no group and will be deleted on {}. {}."
CONSEQUENCES = {
    0: ("This group has no contacts.", "“Staff” was deleted."),
    1: (
        "This group has 1 contact. This contact is only in this group.",
        NEW_ORPHANS.format("Its contact is", "{}", MOVE.format("this contact")),
    ),
    3: (
        "This group has 3 contacts. All of them are only in this group.",
        NEW_ORPHANS.format("All of its 3 contacts are", "{}", MOVE.format("them")),
    ),
}
IN_30_DAYS = datetime.now(UTC) + timedelta(days=30)
DELETES = f"Messente would delete them on {IN_30_DAYS.day} {IN_30_DAYS:%B %Y}, after 30 days in no group."
DELETES_ONE = DELETES.replace("them", "this contact")
MAY_LEAVE = (
    "Some of its contacts may now be in no group, and Messente deletes contacts that have been in no group for 30 days."
    " See which contacts will be deleted."
)


def last_day(phonebook: PhonebookState) -> str:
    """The date on which the first contact is deleted, in words; "" if there is none."""
    days = [(phonebook.contact(number) or {})["scheduledDeletionDate"] for number in phonebook.numbers()]
    found = [date.fromisoformat(day[:10]) for day in days if day]
    return f"{found[0].day} {found[0]:%B} {found[0].year}" if found else ""


@pytest.mark.parametrize("contacts", CONSEQUENCES)
def test_the_page_says_what_will_happen_and_the_notice_what_has(
    user: PageClient, phonebook: PhonebookState, contacts: int
) -> None:
    before, after = CONSEQUENCES[contacts]
    group = phonebook.add("Staff", contacts=contacts)
    page = user.get(f"/groups/{group}").follow("Delete group")
    assert page.h1 == "Delete the group “Staff”?"
    assert before in page.text
    assert phonebook.groups() == {"Staff": contacts}, "asking deletes nothing"
    assert page.follow("Keep the group").h1 == "Staff"
    page = page.submit("Delete group")
    assert (page.path, page.notice) == ("/groups", after.format(last_day(phonebook)))
    assert phonebook.groups() == {}
    assert phonebook.contacts() == contacts


def test_the_page_asks_again_if_the_group_was_renamed(user: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff")
    page = user.get(f"/groups/{group}/delete")
    phonebook.rename(group, "Everyone")
    page = page.submit("Delete group")
    assert (page.status, page.h1) == (409, "Delete the group “Everyone”?")
    assert "Its name was “Staff”, and is “Everyone” now." in page.text
    assert phonebook.groups() == {"Everyone": 0}
    assert page.submit("Delete group").notice == "“Everyone” was deleted."


def test_the_page_asks_again_if_the_count_has_changed(user: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff", contacts=1)
    page = user.get(f"/groups/{group}/delete")
    phonebook.fill(group, 2)
    page = page.submit("Delete group")
    assert page.status == 409
    assert "Its number of contacts was 1, and is 3 now." in page.text
    assert phonebook.groups() == {"Staff": 3}


def test_a_group_already_deleted_counts_as_deleted(user: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff")
    page = user.get(f"/groups/{group}/delete")
    phonebook.delete(group)
    page = page.submit("Delete group")
    assert (page.path, page.notice) == ("/groups", "“Staff” was already deleted.")


def test_an_unknown_group_cannot_be_asked_about(user: PageClient) -> None:
    page = user.get(f"/groups/{uuid4()}/delete")
    assert (page.status, page.h1) == (404, "This group no longer exists")


@pytest.mark.parametrize("data", [{}, {"csrf_token": "x"}, {"csrf_token": "x", "was": "Staff", "count": "0"}])
def test_a_form_with_an_invalid_token_deletes_nothing(
    user: PageClient, phonebook: PhonebookState, data: dict[str, str]
) -> None:
    group = phonebook.add("Staff")
    page = user.post(f"/groups/{group}/delete", data=data)
    assert page.status == 400
    assert phonebook.calls == []
    assert phonebook.groups() == {"Staff": 0}
    assert page.follow("Try again").h1 == "Delete the group “Staff”?"


def test_the_page_asks_again_if_the_form_lacks_the_shown_values(user: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff")
    _, data = user.get(f"/groups/{group}/delete").fields("Delete group")
    page = user.post(f"/groups/{group}/delete", data={"csrf_token": data["csrf_token"]})
    assert page.status == 409
    assert phonebook.groups() == {"Staff": 0}


def group_with(phonebook: PhonebookState, orphans: int, elsewhere: int) -> UUID:
    """A group of contacts: so many are orphans, and so many are also in another group."""
    group, other = phonebook.add("Staff"), phonebook.add("Office", contacts=1)
    for number in range(orphans):
        phonebook.add_contact(f"+3725555{number:04}", group, firstName=f"Solo {number + 1}")
    for number in range(elsewhere):
        phonebook.add_contact(f"+3725556{number:04}", group, other)
    phonebook.calls.clear()
    return group


UNDO = "You can undo this for 30 days."
ONE = f"only in this group. {DELETES_ONE} Solo 1 Show this contact {UNDO} Move this contact first Delete group"
SOLOS = f"only in this group. {DELETES} Solo 1 Solo 2"
WORDS = {
    (0, 1): f"This contact stays in the phonebook. This contact is also in another group. {UNDO} Delete group",
    (1, 0): f"This contact is {ONE}",
    (0, 3): f"They stay in the phonebook. All of them are also in other groups. {UNDO} Delete group",
    (1, 2): f"1 of them is {ONE}",
    (2, 1): f"2 of them are {SOLOS} Show all 2 {UNDO} Move these 2 first Delete group",
    (3, 0): f"All of them are {SOLOS} Solo 3 Show all 3 {UNDO} Move these 3 first Delete group",
    (12, 3): f"12 of them are {SOLOS} Solo 3 Solo 4 Solo 5 Show all 12 {UNDO} Move these 12 first Delete group",
}


@pytest.mark.parametrize(("orphans", "elsewhere"), WORDS)
def test_the_page_names_the_orphans(user: PageClient, phonebook: PhonebookState, orphans: int, elsewhere: int) -> None:
    page = user.get(f"/groups/{group_with(phonebook, orphans, elsewhere)}/delete")
    assert WORDS[orphans, elsewhere] in page.text
    if orphans:
        page = page.follow("Show this contact" if orphans == 1 else f"Show all {orphans}")
        listed = [words(head) for head in page.soup.select("tbody th")]
        assert listed == [f"Solo {number + 1}" for number in range(orphans)]
        assert page.follow("Back to deleting the group").h1 == "Delete the group “Staff”?"


def test_contacts_without_a_name_of_their_own_are_shown_by_number(user: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff")
    phonebook.add_contact("+37255000001", group, lastName="\u200b")
    phonebook.add_contact("+37255000002", group)
    phonebook.add_contact("+37255000003", group, lastName="<b>")
    for number in ("+37255000004", "+37255000005"):
        phonebook.add_contact(number, group, firstName="Aino")
    page = user.get(f"/groups/{group}/delete")
    assert sorted(words(item) for item in page.soup.select("form li")) == [
        *("+372 5500 0001", "+372 5500 0002", "<b>", "Aino, +372 5500 0004", "Aino, +372 5500 0005"),
    ]


def test_orphans_are_found_before_the_question_and_after_it(user: PageClient, phonebook: PhonebookState) -> None:
    group = group_with(phonebook, 1, 2)
    page = user.get(f"/groups/{group}/delete")
    group_itself = f"GET /v1/phonebook/groups/{group}"
    looked = [group_itself, *(f"GET /v1/phonebook/{each}" for each in ("contacts", "groups", "contacts"))]
    assert [call for call in phonebook.calls if "+" not in call] == looked
    phonebook.calls.clear()
    page.submit("Delete group")
    calls = [call for call in phonebook.calls if "+" not in call]
    assert calls == [*looked, group_itself, f"DELETE /v1/phonebook/groups/{group}", "GET /v1/phonebook/groups"]


def test_the_page_asks_again_if_there_are_more_orphans(user: PageClient, phonebook: PhonebookState) -> None:
    group = group_with(phonebook, 0, 3)
    page = user.get(f"/groups/{group}/delete")
    office = next(UUID(each) for each in phonebook.ids() if each != str(group))
    phonebook.leave("+37255560001", office)
    page = page.submit("Delete group")
    assert (page.status, page.h1) == (409, "Delete the group “Staff”?")
    assert (
        "More or other contacts would now be in no group. Nothing was deleted. When you opened this page, all of its"
        " contacts were also in other groups. Now 1 contact is only in this group." in page.text
    )
    assert f"1 of them is only in this group. {DELETES_ONE} +372 5556 0001" in page.text
    phonebook.leave("+37255560000", office)
    page = page.submit("Delete group")
    assert "When you opened this page, 1 contact was only in this group. Now 2 contacts are only in this" in page.text
    assert phonebook.groups()["Staff"] == 3
    assert page.submit("Delete group").notice.startswith("“Staff” was deleted.")
    assert "Staff" not in phonebook.groups()


@pytest.mark.parametrize(
    ("orphans", "said"), [(1, "Now it is a different contact."), (2, "Now there are as many, but different ones.")]
)
def test_the_page_asks_again_if_the_orphans_are_others(
    user: PageClient, phonebook: PhonebookState, orphans: int, said: str
) -> None:
    group = group_with(phonebook, orphans, 1)
    page = user.get(f"/groups/{group}/delete")
    office = next(UUID(each) for each in phonebook.ids() if each != str(group))
    phonebook.join("+37255550000", office)
    phonebook.leave("+37255560000", office)
    page = page.submit("Delete group")
    assert page.status == 409
    assert said in page.text
    assert page.submit("Delete group").path == "/groups"


def test_fewer_orphans_are_no_question(user: PageClient, phonebook: PhonebookState) -> None:
    group = group_with(phonebook, 3, 0)
    page = user.get(f"/groups/{group}/delete")
    office = next(UUID(each) for each in phonebook.ids() if each != str(group))
    for number in range(3):
        phonebook.join(f"+3725555000{number}", office)
    assert page.submit("Delete group").notice.startswith("“Staff” was deleted.")


NO_CONTACTS = {"/v1/phonebook/contacts": ("503 Service Unavailable", b"")}


def test_unknown_orphans_are_reported_and_can_be_accepted(user: PageClient, phonebook: PhonebookState) -> None:
    group = group_with(phonebook, 2, 1)
    phonebook.instead_path |= NO_CONTACTS
    page = user.get(f"/groups/{group}/delete")
    assert page.status == 200
    assert (
        "We could not find out how many of them are only in this group. Messente deletes contacts that have been in no"
        " group for 30 days. Try again If its contacts still can't be read when you delete it, the deletion can't be"
        " undone: download them first." in page.text
    )
    assert page.follow("Try again").h1 == page.h1
    phonebook.calls.clear()
    page = page.submit("Delete group")
    assert page.notice == f"“Staff” was deleted. Its 3 contacts are still in the phonebook. {MAY_LEAVE}"
    assert page.link("See which contacts will be deleted") == "/contacts/leaving"
    looked_up = [call for call in phonebook.calls if "contacts" in call]
    assert len(looked_up) == 1, "the members are read once, for undo; nothing is worked out again"


def test_the_page_asks_again_if_orphans_become_unknown(user: PageClient, phonebook: PhonebookState) -> None:
    group = group_with(phonebook, 2, 1)
    page = user.get(f"/groups/{group}/delete")
    phonebook.instead_path |= NO_CONTACTS
    page = page.submit("Delete group")
    assert page.status == 409
    assert (
        "When you opened this page, 2 contacts were only in this group."
        " We could not find out how many are only in this group now." in page.text
    )
    assert phonebook.groups()["Staff"] == 3
    assert page.submit("Delete group").path == "/groups"


def test_at_the_rate_limit_the_page_says_when_to_try_again(user: PageClient, phonebook: PhonebookState) -> None:
    group = group_with(phonebook, 2, 1)
    page = user.get(f"/groups/{group}/delete")
    phonebook.instead_path |= {"/v1/phonebook/contacts": ("429 Too Many Requests", b"")}
    asked = user.get(f"/groups/{group}/delete")
    assert "We do not know yet how many of them are only in this group." in asked.text
    assert "Messente lets us ask again in 7 seconds: Try again" in asked.text
    calls = len(phonebook.calls)
    list_page, refused = user.get("/groups"), page.submit("Delete group")
    assert [each.status for each in (list_page, refused)] == [503, 503]
    assert "Messente lets us ask again in" in list_page.text
    assert "Messente lets us ask again in" in refused.text
    assert int(list_page.response.headers["Retry-After"]) <= 7
    assert len(phonebook.calls) == calls, "no other call is made"
    assert phonebook.groups()["Staff"] == 3


def test_fewer_contacts_than_messente_counts_leave_orphans_unknown(user: PageClient, phonebook: PhonebookState) -> None:
    """A contact that was not returned may be an orphan."""
    group = phonebook.add("Staff", contacts=2)
    phonebook.instead_path["/v1/phonebook/contacts"] = ("200 OK", b'{"contacts": [{"phoneNumber": "+37255000001"}]}')
    page = user.get(f"/groups/{group}/delete")
    assert "This group has 2 contacts. They stay in the phonebook. We could not find out" in page.text


def test_more_contacts_than_messente_counts_are_reported(user: PageClient, phonebook: PhonebookState) -> None:
    group = phonebook.add("Staff")
    rows = b'{"contacts": [{"phoneNumber": "+37255000001", "firstName": "Mari"}, {"phoneNumber": "+37255000002"}]}'
    phonebook.instead_path["/v1/phonebook/contacts"] = ("200 OK", rows)
    page = user.get(f"/groups/{group}/delete")
    assert "This group has 2 contacts, though Messente counts no contacts. All of them are only in" in page.text
    assert [words(item) for item in page.soup.select("form li")] == ["Mari", "+372 5500 0002"]


def test_the_page_asks_again_if_the_group_changes_during_the_search(
    user: PageClient, phonebook: PhonebookState
) -> None:
    group = group_with(phonebook, 1, 2)
    page = user.get(f"/groups/{group}/delete")
    phonebook.meanwhile = at_the_third_call(partial(phonebook.rename, group, "Everyone"))
    page = page.submit("Delete group")
    assert (page.status, page.h1) == (409, "Delete the group “Everyone”?")
    assert phonebook.groups()["Everyone"] == 3


def test_one_form_deletes_once_although_it_takes_many_calls(user: PageClient, phonebook: PhonebookState) -> None:
    group = group_with(phonebook, 1, 2)
    page = user.get(f"/groups/{group}/delete")
    for _ in range(2):
        assert page.submit("Delete group").notice.startswith("“Staff” was deleted.")
    assert [call for call in phonebook.calls if call.startswith("DELETE")] == [f"DELETE /v1/phonebook/groups/{group}"]


@pytest.mark.parametrize("shown", ["", "x", "-1 x", "1", "1 x", "9" * 5000, "٣ x"])
def test_the_page_asks_again_after_an_invalid_count(user: PageClient, phonebook: PhonebookState, shown: str) -> None:
    group = group_with(phonebook, 1, 0)
    page = user.get(f"/groups/{group}/delete").submit("Delete group", orphans=shown)
    assert page.status == 409
    assert phonebook.groups()["Staff"] == 1


LEFT = {
    (0, 3): "“Staff” was deleted. All of its contacts are still in other groups.",
    (1, 2): NEW_ORPHANS.format("1 of its 3 contacts is", "{}", MOVE.format("this contact")),
    (2, 2): NEW_ORPHANS.format("2 of its 4 contacts are", "{}", MOVE.format("them")),
}


@pytest.mark.parametrize(("orphans", "elsewhere"), LEFT)
def test_the_notice_says_how_many_of_them_messente_deletes_and_when(
    user: PageClient, phonebook: PhonebookState, orphans: int, elsewhere: int
) -> None:
    page = user.get(f"/groups/{group_with(phonebook, orphans, elsewhere)}/delete").submit("Delete group")
    assert page.notice == LEFT[orphans, elsewhere].format(last_day(phonebook))
    if orphans:
        page = page.follow(MOVE.format("this contact" if orphans == 1 else "them"))
        assert (page.h1, len(page.soup.select("tbody tr"))) == ("About to be deleted", orphans)


def test_no_deletion_date_is_named_if_it_is_unknown(user: PageClient, phonebook: PhonebookState) -> None:
    page = user.get(f"/groups/{group_with(phonebook, 2, 1)}/delete")
    phonebook.instead_path["/v1/phonebook/contacts/+37255550000"] = ("500 Internal Server Error", b"")
    said = "2 of its 3 contacts are now in no group and will be deleted after 30 days in no group."
    assert said in page.submit("Delete group").notice


def test_a_deletion_by_somebody_else_may_leave_orphans(user: PageClient, phonebook: PhonebookState) -> None:
    group = group_with(phonebook, 2, 1)
    page = user.get(f"/groups/{group}/delete")
    phonebook.delete(group)
    assert page.submit("Delete group").notice == f"“Staff” was already deleted. {MAY_LEAVE}"
    phonebook.clear()
    page = user.get(f"/groups/{group_with(phonebook, 2, 1)}/delete")
    phonebook.instead_after["DELETE"] = ("500 Internal Server Error", b"")
    page = page.submit("Delete group")
    assert page.h1 == "We could not confirm that the group was deleted"
    assert f"Messente gave no clear answer. The group is no longer in the phonebook. {MAY_LEAVE}" in page.text
