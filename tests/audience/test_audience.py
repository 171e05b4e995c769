"""Who gets a message that is sent to several groups."""

import random
from urllib.parse import urlencode
from uuid import UUID, uuid4

import phonenumbers
import pytest
from phonenumbers import PhoneNumberType

from tests.page_client import Page, PageClient, number_in, words
from tests.phonebook_state import PhonebookState
from webapp.phone_numbers.reading import check_number

MOBILE, MOBILE_2, MOBILE_3 = "+37255550001", "+37255550002", "+37255550003"
FIXED, IMPOSSIBLE = "+3726123456", "+372123"

FIGURES = (
    "Different contacts",
    "Sum of the groups",
    "In several of the groups",
    "On the blacklist",
    "Numbers that can't exist",
    "Fixed lines",
)


def address(*groups: UUID, path: str = "/audience", **more: str) -> str:
    query = [("group", str(each)) for each in groups] + list(more.items())
    return f"{path}?{urlencode(query)}"


def figures(page: Page) -> dict[str, str]:
    """The page's figures by their labels."""
    found = {}
    for item in page.soup.select(".facts > div"):
        for hidden in item.select(".visually-hidden"):
            hidden.extract()
        assert item.dt
        assert item.dd
        found[words(item.dt)] = words(item.dd)
    return found


def headline(page: Page) -> str:
    tag = page.soup.select_one(".headline")
    return words(tag) if tag else ""


def listed(page: Page) -> set[str]:
    """The numbers in the list of people."""
    return {number_in(words(cell)) for cell in page.soup.select('td[data-label="Number"]')}


def three_groups(phonebook: PhonebookState) -> list[UUID]:
    staff, drivers, guests = (phonebook.add(name) for name in ("Staff", "Drivers", "Guests"))
    phonebook.add_contact(MOBILE, staff, drivers, guests, firstName="Mari", lastName="Õun")
    phonebook.add_contact(MOBILE_2, staff, drivers)
    phonebook.add_contact(MOBILE_3, staff)
    phonebook.add_contact(FIXED, drivers)
    phonebook.add_contact(IMPOSSIBLE, guests)
    phonebook.blacklist(MOBILE_2)
    return [staff, drivers, guests]


def test_figures(user: PageClient, phonebook: PhonebookState) -> None:
    page = user.get(address(*three_groups(phonebook)))
    assert headline(page) == "2 people get the message"
    assert list(figures(page).values()) == ["5", "8", "2", "1", "1", "1"]
    assert listed(page) == {MOBILE, MOBILE_2, MOBILE_3, FIXED, IMPOSSIBLE}
    assert len(phonebook.calls) == 5


def test_the_picture_has_a_table_with_the_same_figures(user: PageClient, phonebook: PhonebookState) -> None:
    groups = three_groups(phonebook)
    page = user.get(address(*groups))
    rows = {words(row.th): words(row.td) for row in page.soup.select(".picture + table tbody tr") if row.th and row.td}
    assert rows == {
        "Only in A": "1",
        "Only in B": "1",
        "Only in C": "1",
        "In A and B, not in C": "1",
        "In A and C, not in B": "0",
        "In B and C, not in A": "0",
        "In all three groups": "1",
    }
    drawn = [words(text) for text in page.soup.select("svg text")]
    assert drawn == ["A", "1", "B", "1", "C", "1", "1", "0", "0", "1"]
    page = user.get(address(*groups[:2]))
    assert [words(row) for row in page.soup.select(".picture + table tbody tr")] == [
        "Only in A 1",
        "Only in B 1",
        "In both groups 2",
    ]


def test_more_groups_have_a_table_of_overlaps(user: PageClient, phonebook: PhonebookState) -> None:
    groups = [*three_groups(phonebook), phonebook.add("Empty")]
    page = user.get(address(*groups))
    table = page.soup.find_all("table")[1]
    assert [words(row) for row in table.select("tbody tr")] == [
        "Staff Drivers 2",
        "Staff Guests 1",
        "Drivers Guests 1",
    ]
    assert not page.soup.select("svg:not(.icon)")


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ("reached", {MOBILE, MOBILE_3}),
        ("several", {MOBILE, MOBILE_2}),
        ("blacklisted", {MOBILE_2}),
        ("impossible", {IMPOSSIBLE}),
        ("fixed", {FIXED}),
        ("nonsense", {MOBILE, MOBILE_2, MOBILE_3, FIXED, IMPOSSIBLE}),
    ],
)
def test_each_part_can_be_listed_and_downloaded(
    user: PageClient, phonebook: PhonebookState, part: str, expected: set[str]
) -> None:
    groups = three_groups(phonebook)
    assert listed(user.get(address(*groups, show=part))) == expected
    file = user.client.get(address(*groups, path="/audience/download", show=part)).get_data(as_text=True)
    assert {each for each in (MOBILE, MOBILE_2, MOBILE_3, FIXED, IMPOSSIBLE) if each in file} == expected


def test_search_keeps_the_groups(user: PageClient, phonebook: PhonebookState) -> None:
    page = user.get(address(*three_groups(phonebook))).submit("Show", q="mari oun")
    assert listed(page) == {MOBILE}
    assert headline(page) == "2 people get the message"


def test_leave_a_group_out(user: PageClient, phonebook: PhonebookState) -> None:
    page = user.get(address(*three_groups(phonebook))).follow("Leave out Drivers")
    assert figures(page)["Sum of the groups"] == "5"


def test_add_a_group(user: PageClient, phonebook: PhonebookState) -> None:
    staff, drivers, guests = three_groups(phonebook)
    page = user.get("/audience")
    options = [words(each) for each in page.soup.select("#group option")]
    assert options == ["Drivers (3)", "Guests (2)", "Staff (3)"]
    page = user.get(address(staff))
    assert [words(each) for each in page.soup.select("#group option")] == ["Drivers (3)", "Guests (2)"]
    page = page.submit("Add group", group=[str(staff), str(guests)])
    assert figures(page)["Sum of the groups"] == "5"
    assert not user.get(address(staff, drivers, guests)).soup.select("#group")


def test_no_groups_too_many_and_gone_ones(user: PageClient, phonebook: PhonebookState) -> None:
    assert "No groups are chosen" in user.get("/audience").text
    assert "No groups are chosen" in user.get("/audience?group=x").text
    page = user.get(address(*(uuid4() for _ in range(51))))
    assert (page.status, page.h1) == (422, "Choose at most 50 groups")
    assert "These groups no longer exist" in user.get(address(uuid4())).text
    staff, *_ = three_groups(phonebook)
    page = user.get(address(staff, staff, uuid4()))
    assert "1 of the chosen groups no longer exists" in page.text
    assert figures(page)["Sum of the groups"] == "3"


def test_the_button_in_the_list_of_groups(user: PageClient, phonebook: PhonebookState) -> None:
    staff, drivers, _ = three_groups(phonebook)
    page = user.get("/groups?q=r&sort=-contacts")
    chosen = page.submit("Who gets a message?", group=[str(staff), str(drivers)])
    assert chosen.path == "/audience"
    assert figures(chosen)["Sum of the groups"] == "6"
    assert chosen.value("q") == "", "the search was for groups"
    page = user.get("/groups?q=drivers")
    assert page.submit("Who gets a message?").path == "/groups"
    assert page.submit("Who gets a message?").soup.select_one(".action-bar [role=alert]")
    everybody = user.get("/groups").submit("Who gets a message?", all="1")
    assert figures(everybody)["Sum of the groups"] == "8"
    for place in range(50):
        phonebook.add(f"More {place}")
    assert user.get("/groups").submit("Who gets a message?", all="1").h1 == "Choose at most 50 groups"


def test_put_them_in_a_new_group(user: PageClient, phonebook: PhonebookState) -> None:
    groups = three_groups(phonebook)
    page = user.get(address(*groups, show="reached")).follow("Put them in a new group")
    assert page.status == 200
    assert not page.soup.select("[role=alert]")
    page = page.submit("Put in group", name="Reached")
    assert page.h1 == "Put 2 contacts in “Reached”?"
    page = page.submit("Put in group")
    assert page.path == "/audience", "back to the list"
    new = next(UUID(group["id"]) for group in phonebook.all_groups() if group["name"] == "Reached")
    assert phonebook.numbers(new) == [MOBILE, MOBILE_3]

    page = user.get(address(*groups, show="reached")).follow("Put them in a new group")
    phonebook.instead_path = {f"/v1/phonebook/contacts?groupIds={groups[0]}": ("500 Internal Server Error", b"")}
    assert page.submit("Put in group", name="Smaller").status == 502, "never a smaller number"


def test_unknown_is_never_a_smaller_number(user: PageClient, phonebook: PhonebookState) -> None:
    groups = three_groups(phonebook)
    short = b'{"contacts": [{"phoneNumber": "+37255550001"}]}'
    broken = b'{"contacts": [{"phoneNumber": "+37255550001"}, {"phoneNumber": "+37255550002"}, {"phoneNumber": 7}]}'
    for answer in (("500 Internal Server Error", b""), ("200 OK", short), ("200 OK", broken), ("200 OK", b"{")):
        phonebook.instead_path = {f"/v1/phonebook/contacts?groupIds={groups[0]}": answer}
        page = user.get(address(*groups))
        assert headline(page) == "It is not known how many people get the message"
        assert set(figures(page).values()) == {"Not known"}
        assert "We could not read all contacts of “Staff”" in page.text
        assert listed(page) == set()
        assert not page.soup.select("svg:not(.icon)")
        assert user.client.get(address(*groups, path="/audience/download")).status_code == 502


def test_without_the_blacklist(user: PageClient, phonebook: PhonebookState) -> None:
    groups = three_groups(phonebook)
    phonebook.instead_path = {"/v1/phonebook/blacklist": ("500 Internal Server Error", b"")}
    page = user.get(address(*groups, show="reached"))
    assert headline(page) == "It is not known how many people get the message"
    assert list(figures(page).values()) == ["5", "8", "2", "Not known", "1", "1"]
    assert "It is not known which contacts these are" in page.text
    assert user.client.get(address(*groups, path="/audience/download", show="reached")).status_code == 502


def test_without_the_list_of_groups(user: PageClient, phonebook: PhonebookState) -> None:
    groups = three_groups(phonebook)
    phonebook.instead_path = {"/v1/phonebook/groups": ("500 Internal Server Error", b"")}
    assert user.get(address(*groups)).status == 502


POOL = (
    *(f"+3725555{number:04}" for number in range(14)),
    *(f"+372612345{number}" for number in range(4)),
    *("+442079460123", "+447700900123", "+12125550123", "+4402079460123", "+372123", "+99955501", "+37253123"),
)
"""Mobile numbers, fixed lines, numbers that can't exist, and others."""


def is_fixed(number: str) -> bool:
    parsed = phonenumbers.parse(number)
    return phonenumbers.number_type(parsed) == PhoneNumberType.FIXED_LINE


def brute_force(members: dict[UUID, set[str]], blacklist: set[str]) -> tuple[int, ...]:
    """Count people one by one."""
    people = set().union(*members.values())
    several = {each for each in people if sum(each in numbers for numbers in members.values()) > 1}
    impossible = {each for each in people if check_number(each)}
    fixed = {each for each in people - impossible if is_fixed(each)}
    reached = people - blacklist - impossible - fixed
    return (
        len(reached),
        len(people),
        sum(map(len, members.values())),
        len(several),
        len(people & blacklist),
        len(impossible),
        len(fixed),
    )


@pytest.mark.parametrize("rounds", [12, pytest.param(200, marks=pytest.mark.long)])
def test_random_phonebooks(user: PageClient, phonebook: PhonebookState, rounds: int) -> None:
    rng = random.Random(rounds)
    for _ in range(rounds):
        phonebook.clear()
        members = {phonebook.add(f"Group {place}"): set[str]() for place in range(rng.randint(1, 8))}
        for number in rng.sample(POOL, rng.randint(0, len(POOL))):
            groups = rng.sample(list(members), rng.randint(0, min(4, len(members))))
            phonebook.add_contact(number, *groups)
            for group in groups:
                members[group].add(number)
        blacklist = set(rng.sample(POOL, rng.randint(0, 9)))
        for number in phonebook.blacklisted():
            phonebook.unblock(number)
        for number in blacklist:
            phonebook.blacklist(number)
        chosen = rng.sample(list(members), rng.randint(1, len(members)))
        expected = brute_force({group: members[group] for group in chosen}, blacklist)

        page = user.get(address(*chosen))
        reached = (
            "Nobody gets" if not expected[0] else "1 person gets" if expected[0] == 1 else f"{expected[0]} people get"
        )
        assert headline(page) == f"{reached} the message"
        assert tuple(map(int, figures(page).values())) == expected[1:]
        assert listed(page) == set().union(*(members[group] for group in chosen))

        victim = rng.choice([group for group in chosen if members[group]] or chosen)
        if members[victim]:
            answers = [("503 Service Unavailable", b""), ("200 OK", b'{"contacts": []}'), ("200 OK", b"<html>")]
            phonebook.instead_path = {f"/v1/phonebook/contacts?groupIds={victim}": rng.choice(answers)}
            page = user.get(address(*chosen))
            assert headline(page) == "It is not known how many people get the message"
            assert set(figures(page).values()) == {"Not known"}
            phonebook.instead_path = {}
