"""Search, sort order and pages, as people expect them."""

import random
from uuid import UUID

import pytest

from webapp.groups.table import GROUPS_TABLE
from webapp.phonebook import Group, Rows
from webapp.text import fold
from webapp.web.lists import ListQuery, paginate


def groups(*rows: tuple[str, int, str | None]) -> Rows[Group]:
    return Rows(tuple(Group(UUID(int=i), name, count, created) for i, (name, count, created) in enumerate(rows)))


def ordered(found: Rows[Group], **asked: str) -> list[str]:
    return [group.name for group in paginate(found, GROUPS_TABLE, ListQuery.from_args(asked, GROUPS_TABLE)).rows]


def test_names_sort_as_a_person_sorts() -> None:
    expected = [
        "Äripäev",
        "bus 2",
        "Bus 9",
        "bus 010",
        "Bus 10b",
        "Bus 99999999999999999999999",
        "Élan",
        "Zone",
        "Команда",
    ]
    shuffled = random.Random(1).sample(expected, len(expected))
    found = groups(*((name, 0, None) for name in shuffled))
    assert ordered(found) == expected
    assert ordered(found, sort="-name") == expected[::-1]


def test_a_number_of_thousands_of_digits_sorts_too() -> None:
    assert ordered(groups(("a" + "9" * 5000, 0, None), ("a1", 0, None))) == ["a1", "a" + "9" * 5000]


def test_equal_counts_stay_in_the_order_of_names() -> None:
    found = groups(("B", 5, None), ("A", 5, None), ("C", 9, None))
    assert ordered(found, sort="contacts") == ["A", "B", "C"]
    assert ordered(found, sort="-contacts") == ["C", "A", "B"]


def test_by_date_those_without_one_are_oldest() -> None:
    found = groups(("New", 0, "2024-05-03T00:00:00Z"), ("Undated", 0, None), ("Old", 0, "2019-04-22T11:46:23.753613Z"))
    assert ordered(found, sort="created") == ["Undated", "Old", "New"]
    assert ordered(found, sort="-created") == ["New", "Old", "Undated"]


@pytest.mark.parametrize(
    ("q", "hit"), [("opetaja", True), ("ÕPETAJA", True), ("  tallinna  õ", True), ("petajae", False)]
)
def test_search_folds_case_accents_and_spaces(q: str, hit: bool) -> None:
    assert ordered(groups(("Tallinna  Õpetajad", 1, None)), q=q) == (["Tallinna  Õpetajad"] if hit else [])


@pytest.mark.parametrize("text", ["ﬁ", "İ", "ß", "한", "\u0301"])
def test_any_text_can_be_folded(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("page", "first", "rows"),
    [
        *[("", 1, 50), ("2", 51, 50), ("3", 101, 20), ("4", 101, 20), ("9" * 5000, 101, 20)],
        *[("0", 1, 50), ("-1", 1, 50), ("x", 1, 50), ("1.5", 1, 50), ("²", 1, 50)],
    ],
)
def test_pages(page: str, first: int, rows: int) -> None:
    found = groups(*((f"Group {i}", 0, None) for i in range(120)))
    listing = paginate(found, GROUPS_TABLE, ListQuery.from_args({"page": page}, GROUPS_TABLE))
    assert (listing.first, len(listing.rows), listing.pages) == (first, rows, 3)


@pytest.mark.parametrize("sort", ["", "x", "--name", "-", "Name", "name "])
def test_an_unknown_sort_falls_back_to_the_default(sort: str) -> None:
    assert paginate(groups(), GROUPS_TABLE, ListQuery.from_args({"sort": sort}, GROUPS_TABLE)).sort == "name"


def test_addresses_contain_the_query_without_defaults() -> None:
    asked = {"q": "a", "sort": "-created", "page": "3"}
    query = ListQuery.from_args(asked, GROUPS_TABLE, group_id="7")
    assert query.address(page=2) == {"group_id": "7", "q": "a", "sort": "-created", "page": 2}
    assert query.address(q="") == {"group_id": "7", "sort": "-created"}
    assert ListQuery().address() == {}


def test_column_headings_sort_and_reverse() -> None:
    listing = paginate(groups(), GROUPS_TABLE, ListQuery.from_args({"q": "a", "sort": "-created"}, GROUPS_TABLE))
    assert listing.address_by("created") == {"q": "a", "sort": "created"}
    assert listing.address_by("contacts") == {"q": "a", "sort": "contacts"}
    assert listing.address_by("name") == {"q": "a"}
    listing = paginate(groups(), GROUPS_TABLE, ListQuery())
    assert listing.address_by("name") == {"sort": "-name"}


def test_values_derived_from_rows_are_computed_once() -> None:
    found = groups(("A", 5, None), ("B", 9, None))
    made = []

    def make(rows: Rows[Group], number: int) -> int:
        made.append(number)
        return len(rows.rows) + number

    assert [found.derive(make, 1), found.derive(make, 1), found.derive(make, 2)] == [3, 3, 4]
    assert made == [1, 2]
