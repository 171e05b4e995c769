"""Groups whose names look the same are found in the list."""

from uuid import UUID

from webapp.groups.table import find_namesakes
from webapp.phonebook import Group, Rows


def test_namesakes_are_found_by_what_people_see_and_not_by_how_names_are_sorted() -> None:
    names = ["Crew", "Staff 2", "Ärzte", "STAFF  2", "Staff 02", "arzte", "Staff"]
    groups = Rows(tuple(Group(id=UUID(int=number), name=name, contacts_count=0) for number, name in enumerate(names)))
    found = find_namesakes(groups)
    assert [[group.name for group in same] for same in found] == [["Ärzte", "arzte"], ["Staff 2", "STAFF  2"]]
    assert find_namesakes(Rows(groups.rows[:3])) == []
