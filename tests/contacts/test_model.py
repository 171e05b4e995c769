"""After any sequence of additions, removals and failures, the phonebook equals a model."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contacts.contact_fixtures import add_numbers, results_on
from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState

NUMBERS = [f"+3725555{number:04}" for number in range(8)]
MADE = {"Added", "Created and added", "Already in the group", "Removed", "Was no longer in the group"}

ACTS = st.tuples(
    st.sampled_from(["add", "create", "remove"]),
    st.sampled_from([0, 1]),
    st.lists(st.sampled_from(NUMBERS), min_size=1, unique=True),
    st.sampled_from([None, None, "500 Internal Server Error", "409 Conflict"]),
    st.integers(0, 3),
)


def _confirmed(user: PageClient, group: UUID, numbers: list[str]) -> dict[str, object]:
    asked = user.get(f"/groups/{group}").submit("Remove from group", number=numbers)
    if "Remove from group" not in asked.buttons():
        return {}
    return asked.fields("Remove from group")[1]


@pytest.mark.long
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(ACTS, min_size=1, max_size=8))
def test_the_phonebook_equals_the_model(
    user: PageClient, phonebook: PhonebookState, acts: list[tuple[str, int, list[str], str | None, int]]
) -> None:
    for number in phonebook.numbers():
        phonebook.delete_contact(number)
    groups = [phonebook.add("Staff"), phonebook.add("Office")]
    known = set(NUMBERS[:4])
    for number in known:
        phonebook.add_contact(number)
    members: list[set[str]] = [set(), set()]
    for kind, place, numbers, fault, lets_pass in acts:
        before = set(members[place])
        if kind == "remove":
            data = _confirmed(user, groups[place], numbers) if before else {}
            if not data:
                continue
        method = "DELETE" if kind == "remove" else "POST"
        if fault:
            phonebook.instead[method], phonebook.lets_pass = (fault, b""), lets_pass
        if kind == "remove":
            page = user.post("/bulk/remove-from-group", data=data)
            if page.path.startswith("/groups/"):
                page = page.follow("Details")
        else:
            page = add_numbers(user, groups[place], *numbers, create=kind == "create")
        phonebook.instead, phonebook.lets_pass = {}, 0
        said = results_on(page)
        now = set(phonebook.numbers(groups[place]))
        if not fault:
            if kind == "remove":
                members[place] -= set(numbers)
            else:
                known |= set(numbers) if kind == "create" else set()
                members[place] |= set(numbers) & known
            assert now == members[place]
        else:
            assert now - before <= set(numbers), "nothing else came in"
            assert before - now <= set(numbers), "nothing else went"
            for number, words in said.items():
                if words in MADE - {"Already in the group", "Was no longer in the group"}:
                    assert (number in now) is (kind != "remove"), (number, words)
            members[place] = now
            known |= set(phonebook.numbers())
        assert set(phonebook.numbers()) == known, "no contact is lost, and none made that nobody asked for"
        assert set(phonebook.numbers(groups[1 - place])) == members[1 - place]


@pytest.mark.long
def test_two_people_change_one_group_at_the_same_time(app: Flask, phonebook: PhonebookState) -> None:
    staff = phonebook.add("Staff")
    numbers = [f"+3725555{number:04}" for number in range(90)]
    people = [PageClient(app.test_client()) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        pages = list(
            pool.map(
                lambda each: add_numbers(people[each], staff, *numbers[each * 30 : each * 30 + 60], create=True),
                range(2),
            )
        )
    assert ["attention" in page.h1 for page in pages] == [False, False]
    assert phonebook.numbers(staff) == numbers
    both = [results_on(page) for page in pages]
    for number in numbers[30:60]:
        assert {both[0][number], both[1][number]} & {"Added", "Created and added"}
    with ThreadPoolExecutor(2) as pool:
        data = [_confirmed(person, staff, numbers[:50]) for person in people]
        pages = list(pool.map(lambda each: people[each].post("/bulk/remove-from-group", data=data[each]), range(2)))
    assert phonebook.numbers(staff) == numbers[50:]
    assert phonebook.contacts() == 90
    both = [results_on(page) for page in pages if page.path.startswith("/actions/")]  # a late one is asked again
    assert both
    for number in numbers[:50]:
        results = {results[number] for results in both}
        assert "Removed" in results
        assert results <= {"Removed", "Was no longer in the group"}
