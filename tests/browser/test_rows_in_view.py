"""A list shows many rows at once, and none behind its bar of actions."""

from uuid import UUID

import pytest
from playwright.sync_api import Page

from tests.phonebook_state import PhonebookState

ROWS = """() => {
    const bar = document.querySelector('.action-bar').getBoundingClientRect();
    const rows = [...document.querySelectorAll('.list tbody tr')].map(row => row.getBoundingClientRect());
    return {
        inView: rows.filter(row => row.bottom <= innerHeight).length,
        behindBar: rows.filter(row => row.top < bar.bottom && row.bottom > bar.top).length,
    };
}"""


@pytest.mark.parametrize(
    ("path", "width", "height", "rows"),
    [("/groups", 1280, 800, 10), ("/contacts", 1280, 800, 10), ("/groups", 390, 844, 3), ("/contacts", 390, 844, 3)],
)
def test_rows_in_view(
    page: Page, address: str, phonebook: PhonebookState, path: str, width: int, height: int, rows: int
) -> None:
    fill(phonebook)
    page.set_viewport_size({"width": width, "height": height})
    page.goto(address + path)
    found = page.evaluate(ROWS)
    assert found["inView"] >= rows
    assert found["behindBar"] == 0


@pytest.mark.parametrize(("width", "height", "rows"), [(1280, 800, 8), (390, 844, 3)])
def test_members_in_view(
    page: Page, address: str, phonebook: PhonebookState, width: int, height: int, rows: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"{address}/groups/{fill(phonebook)}")
    found = page.evaluate(ROWS)
    assert found["inView"] >= rows
    assert found["behindBar"] == 0


def fill(phonebook: PhonebookState) -> UUID:
    """Add 60 groups, and 60 contacts to the last one, which is returned."""
    for number in range(60):
        group = phonebook.add(f"Customers {number}", contacts=1)
    for number in range(60):
        phonebook.add_contact(
            f"+3725555{number:04}",
            group,
            firstName=f"Mari {number}",
            company="Saaremaa Laevad",
            email=f"mari.{number}@example.org",
        )
    return group
