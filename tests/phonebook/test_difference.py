"""Of an answer that differs little from the last only the difference is read, and what is made of it is the same."""

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from webapp.groups.listing import TABLE
from webapp.phonebook import Group, Rows, answers
from webapp.phonebook.difference import difference
from webapp.site.listing import Query, arrange, in_order

# Names that look like the end of a row and the beginning of the next, and like each other.
NAMES = st.text(st.sampled_from('aB1 é"\\{},[]:'), max_size=6) | st.sampled_from(
    ['},{"id":"', '"},{"', "]}", '{"groups":[', "Staff", "Staff 2"]
)
IDS = st.integers(0, 30)
ROWS = st.lists(st.tuples(IDS, NAMES, st.integers(0, 3)), max_size=8, unique_by=lambda row: row[0])
# What stays is most of it, or it would not be looked for.
FILLERS = st.sampled_from([0, 20]).flatmap(
    lambda most: st.integers(100, 10**6).map(lambda first: [(first + key, "Staff", 1) for key in range(most)])
)
SPACES = st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", " :\t")])

MANY = [(key, f"Group {key}", 0) for key in range(20)]


def body_of(rows: list[tuple[int, str, int]], separators: tuple[str, str] = (",", ":")) -> bytes:
    found = [{"id": str(UUID(int=key)), "name": name, "contactsCount": count} for key, name, count in rows]
    return json.dumps({"groups": found}, separators=separators).encode()


def read(body: bytes, last: bytes, rows: Rows[Group]) -> Rows[Group]:
    """Read an answer as the client does."""
    return answers.groups_from(last, rows, body) or answers.groups(body)


@st.composite
def edits(draw: st.DrawFn) -> tuple[list[tuple[int, str, int]], list[tuple[int, str, int]]]:
    """Some rows, and the same with a stretch of them replaced, which may bring in an id that is there already."""
    rows = draw(ROWS)
    start = draw(st.integers(0, len(rows)))
    end = draw(st.integers(start, len(rows)))
    new = draw(st.lists(st.tuples(IDS, NAMES, st.integers(0, 3)), max_size=2))
    first, last = draw(FILLERS), draw(FILLERS)
    return first + rows + last, first + rows[:start] + new + rows[end:] + last


@given(edits(), SPACES)
@example((MANY, [*MANY[:7], (1, "c", 0), *MANY[7:]]), (",", ":"))
def test_it_is_the_same_as_if_all_had_been_read(
    edit: tuple[list[tuple[int, str, int]], list[tuple[int, str, int]]], separators: tuple[str, str]
) -> None:
    before, after = (body_of(rows, separators) for rows in edit)
    last = answers.groups(before)
    for sort in ("name", "-name", "contacts"):
        in_order(last, TABLE, Query(q="a", sort=sort))
    found, anew = read(after, before, last), answers.groups(after)
    assert (found.rows, found.unreadable) == (anew.rows, anew.unreadable)
    for query in (Query(), Query(sort="-name"), Query(sort="contacts"), Query(q="a")):
        assert in_order(found, TABLE, query) == in_order(anew, TABLE, query)


def rows_of(number: int) -> list[tuple[int, str, int]]:
    return [(key, f"Group {key * 7 % number}", key) for key in range(number)]


def changed(rows: list[tuple[int, str, int]], kind: str) -> list[tuple[int, str, int]]:
    middle = len(rows) // 2
    return {
        "renamed": [*rows[:middle], (middle, "Another", 5), *rows[middle + 1 :]],
        "first renamed": [(0, "Another", 5), *rows[1:]],
        "last renamed": [*rows[:-1], (len(rows) - 1, "Another", 5)],
        "created in front": [(9999, "New", 0), *rows],
        "created at the end": [*rows, (9999, "New", 0)],
        "created between": [*rows[:middle], (9999, "New", 0), *rows[middle:]],
        "deleted": [*rows[:middle], *rows[middle + 1 :]],
        "first deleted": rows[1:],
        "last deleted": rows[:-1],
    }[kind]


@pytest.mark.parametrize("kind", [
    "renamed", "first renamed", "last renamed", "created in front", "created at the end", "created between", "deleted",
    "first deleted", "last deleted",
])  # fmt: skip
def test_of_a_long_list_only_what_was_changed_is_read_and_sorted(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = rows_of(500)
    before, after = body_of(rows), body_of(changed(rows, kind))
    last = answers.groups(before)
    shown = arrange(last, TABLE, Query())
    assert shown.total == 500
    keyed: list[Group] = []
    key = TABLE.sort_keys["name"]

    def counted(group: Group) -> Any:
        keyed.append(group)
        return key(group)

    monkeypatch.setitem(TABLE.sort_keys, "name", counted)
    found: Rows[Group] = read(after, before, last)
    arrange(found, TABLE, Query())
    kept = {id(group) for group in last.rows}
    assert sum(id(group) not in kept for group in found.rows) == len(keyed) <= 1


def test_a_row_that_cannot_be_read_hides_no_other() -> None:
    rows = rows_of(20)
    before = body_of(rows)
    broken = before.replace(b'"contactsCount":7}', b'"contactsCount":-1}')
    found = read(broken, before, answers.groups(before))
    assert (len(found.rows), found.unreadable) == (19, 1)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"{", b'{"groups":', b'{"groups":[{}', b'{"groups":{}}', b"]["])
def test_what_is_no_list_is_left_to_the_reader_of_all(body: bytes) -> None:
    before = body_of(rows_of(3))
    for last, now, count in ((before, body, 3), (body, before, 0)):
        found = difference(last, now, count)
        assert found is None or answers.groups(now).rows
