"""The overview."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.actions.store_fixtures import add_change, add_changes, add_job
from tests.page_client import Page, PageClient, words
from tests.phonebook_state import PhonebookState
from webapp.store import Store

BROKEN = ("500 Internal Server Error", b"")


def in_days(days: int) -> str:
    return (datetime.now(ZoneInfo("Europe/Tallinn")).date() + timedelta(days=days)).isoformat()


def tiles(page: Page) -> dict[str, str]:
    """The figures at the top, by their labels."""
    found = {}
    for item in page.soup.select(".facts > div"):
        for hidden in item.select(".visually-hidden"):
            hidden.extract()
        assert item.dt
        found[words(item.dt)] = " / ".join(words(each) for each in item.find_all("dd"))
    return found


def warnings(page: Page) -> list[str]:
    return [words(tag) for tag in page.soup.select(".warning")]


def fill(phonebook: PhonebookState) -> None:
    phonebook.add("Staff", contacts=3)
    phonebook.add("Drivers", contacts=1)
    phonebook.add_leaving("+37255550001", in_days(1), firstName="Mari")
    phonebook.add_leaving("+37255550002", in_days(1))
    phonebook.add_leaving("+37255550003", in_days(20))
    phonebook.blacklist("+37255550003")


def test_figures_in_three_calls(user: PageClient, phonebook: PhonebookState) -> None:
    fill(phonebook)
    page = user.get("/")
    assert page.h1 == "Overview"
    shown = tiles(page)
    assert [each.split(" / ")[0] for each in shown.values()] == ["7", "2", "3", "1"]
    assert "first deleted on" in shown["In no group"]
    assert sorted(phonebook.calls) == [f"GET /v1/phonebook/{name}" for name in ("blacklist", "contacts", "groups")]


def test_contacts_that_are_deleted_soon(user: PageClient, phonebook: PhonebookState) -> None:
    fill(phonebook)
    page = user.get("/")
    [warning] = warnings(page)
    text = "{} contacts will be deleted within 7 days because they are in no group, {} of them tomorrow. {}"
    assert warning == text.format(2, "all", "Move them to a group")
    bars = page.soup.select("svg a")
    assert [words(bar).rpartition(": ")[2] for bar in bars] == ["2 contacts", "1 contact"]
    leaving = user.get(str(bars[0]["href"]))
    assert leaving.caption == f"2 of 3 contacts match “{in_days(1)}”."
    assert "2 contacts will be deleted within 7 days." in leaving.text
    table = page.soup.select("details tbody tr")
    assert [words(row).rpartition(" ")[2] for row in table] == ["2", "1"]
    phonebook.add_leaving("+37255550004", in_days(4))
    assert warnings(user.get("/")) == [text.format(3, "2", "Move them to a group")]


def test_an_empty_phonebook_offers_the_first_steps(user: PageClient, phonebook: PhonebookState) -> None:
    page = user.get("/")
    assert page.follow("Import contacts").h1 == "Import contacts"
    assert page.follow("Create a contact").h1 == "Create contact"
    phonebook.add("Staff")
    assert "This phonebook is empty." in page.text
    assert "This phonebook is empty." not in user.get("/").text


def test_largest_groups(user: PageClient, phonebook: PhonebookState) -> None:
    for size in range(12):
        phonebook.add(f"Group {size}", contacts=size)
    page = user.get("/")
    [table] = [
        each for each in page.soup.find_all("table") if each.caption and words(each.caption) == "The largest groups"
    ]
    assert [words(row) for row in table.select("tbody tr")] == [f"Group {size} {size}" for size in range(11, 1, -1)]


def test_latest_actions_of_everybody(user: PageClient, phonebook: PhonebookState, store: Store) -> None:
    number = phonebook.add_contact("+37255550001", firstName="Mari", lastName="Õun")
    for place in range(11):
        add_change(store, person="Jaan" if place % 2 else "Mari", kind="create", after=f"Group {place}")
    add_change(store, person="Jaan", kind="change contact", number=number)
    page = user.get("/")
    rows = [words(row.th) for row in page.soup.select(".list tbody tr") if row.th]
    assert len(rows) == 10
    assert rows[0] == "Change contact +372 5555 0001 (Mari Õun)"
    assert rows[1] == "Create “Group 10”"


def test_running_jobs_of_everybody(user: PageClient, store: Store) -> None:
    assert "In the background" not in user.get("/").text
    action_id = add_changes(store, ["+37255550001", "+37255550002"], kind="block", outcome="planned", person="Jaan")
    add_job(store, action_id)
    assert f"Action {action_id} of Jaan: 0 % done" in user.get("/").text


@pytest.mark.parametrize(
    ("path", "lost", "left"),
    [("groups", "Groups", "Contacts"), ("contacts", "Contacts", "Groups"), ("blacklist", "On the blacklist", "Groups")],
)
def test_one_failing_call_leaves_the_rest(
    user: PageClient, phonebook: PhonebookState, store: Store, path: str, lost: str, left: str
) -> None:
    fill(phonebook)
    phonebook.instead_path = {f"/v1/phonebook/{path}": BROKEN}
    page = user.get("/")
    assert page.status == 200
    assert tiles(page)[lost] == "Not known"
    assert tiles(page)[left].isdigit()
    assert any(f"We could not get your {path} from Messente" in each for each in warnings(page))
    phonebook.instead_path = {f"/v1/phonebook/{name}": BROKEN for name in ("groups", "contacts", "blacklist")}
    page = user.get("/")
    assert page.status == 200
    assert set(tiles(page).values()) == {"Not known"}


def test_it_works_without_the_store(user: PageClient, phonebook: PhonebookState, store: Store) -> None:
    fill(phonebook)
    with store.write() as connection:
        connection.exec_driver_sql("DROP TABLE daily_figures")
        connection.exec_driver_sql("ALTER TABLE changes RENAME TO lost")
    page = user.get("/")
    assert tiles(page)["Contacts"] == "7"
    assert "The latest actions can't be shown right now" in page.text


def test_an_empty_phonebook(user: PageClient) -> None:
    page = user.get("/")
    assert set(tiles(page).values()) == {"0"}
    assert not page.soup.select("svg:not(.icon)")
    assert "Nobody has changed anything here yet." in page.text


def test_dates_that_can_not_be_read_or_have_passed(user: PageClient, phonebook: PhonebookState) -> None:
    rows = b'{"phoneNumber": "+37255550001", "scheduledDeletionDate": "soon"}'
    rows += b', {"phoneNumber": "+37255550002", "scheduledDeletionDate": "2020-01-01"}'
    phonebook.instead_path = {"/v1/phonebook/contacts": ("200 OK", b'{"contacts": [%s]}' % rows)}
    page = user.get("/")
    assert tiles(page)["In no group"].startswith("2 / first deleted on")
    assert warnings(page)[0].startswith("1 contact will be deleted within 7 days")


def test_the_day_is_the_teams(user: PageClient, phonebook: PhonebookState, store: Store) -> None:
    user.get("/")
    with store.read() as connection:
        [day] = connection.exec_driver_sql("SELECT day FROM daily_figures").scalars()
    assert date.fromisoformat(str(day)) in {
        (datetime.now(UTC) + timedelta(seconds=each)).astimezone(ZoneInfo("Europe/Tallinn")).date() for each in (-60, 0)
    }


def test_contacts_that_are_deleted_later_have_no_picture(user: PageClient, phonebook: PhonebookState) -> None:
    phonebook.add_leaving("+37255550001", in_days(30))
    page = user.get("/")
    assert tiles(page)["In no group"].startswith("1 / first deleted on")
    assert not page.soup.select("svg")
