"""All searches work alike: words in any order, and phone numbers by their digits."""

import csv
import io

import pytest
from sqlalchemy import update

from tests.actions.store_fixtures import add_change
from tests.contacts.contact_fixtures import numbers
from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState
from webapp.store import Store
from webapp.store.schema import changes
from webapp.text import searchable
from webapp.web.search import Search

FIELDS = (
    "+37256991101", "Aino", "Hämäläinen", "Põldsaar & O’Neill – Łódź", "Kliendid 2019-05-12", "❤️ sõp\u00adrad",
    "Wei\u200bßen\u200dfels", "+372 600 1402", "mari.tamm@example.ee",
)  # fmt: skip
OTHER = ("+37211015699", "Eero", "Mäkinen", "Esimerkki Oy", "Hämäläinen", "+372 1101 5699", "56991")


def finds(q: str, *fields: str, region: str = "") -> bool:
    return bool(Search.read(q, region).find([0], [searchable(*fields)]))


@pytest.mark.parametrize(
    "q",
    [
        "Hämäläinen Aino",
        "hamalainen, aino",
        "aino ämäl",
        "Hämäläinen,Aino",
        " aino   kliendid ",
        "“Põldsaar & O'Neill - Lodz”",
        "O‘NEILL",
        "põldsaar – łódź",
        "sõprad",
        "❤ sop\u00adrad",
        "WEISSENFELS",
        "mari.tamm@",
        "2019-05-12",
        "2019 05",
        "05-12",
        "kliendid 2019",
    ],
)
def test_each_word_is_found_in_one_of_the_fields(q: str) -> None:
    assert finds(q, *FIELDS)
    assert not finds(q, *OTHER)


@pytest.mark.parametrize("q", ["Aino Mäkinen", "Aino xyz", "AinoHämäläinen", "5699 1103"])
def test_no_word_is_found_across_fields(q: str) -> None:
    assert not finds(q, *FIELDS)


@pytest.mark.parametrize(
    "q",
    [
        "5699 1101",
        "+372 5699 1101",
        "+372 5699",
        "00372 5699 1101",
        "00372 5699",
        "tel:+37256991101",
        "Tel. +372 56 99 11 01",
        "tel:+372-5699",
        "(372) 5699-1101",
        "+372 (0) 5699 1101",
        "56.99.11.01",
        "372 5699 1101",
        "\u202a+372\u00a05699\u20111101\u202c",
        "٥٦٩٩ ١١٠١",
        "5 6 9 9 1 1 0 1;",
        "6001402",
        "+3726001402",
    ],
)
def test_a_phone_number_is_found_however_it_is_written(q: str) -> None:
    assert finds(q, *FIELDS)
    assert not finds(q, *OTHER)


@pytest.mark.parametrize(
    ("region", "q", "number"),
    [
        ("GB", "07911 123456", "+447911123456"),
        ("GB", "07911 12", "+447911123456"),
        ("GB", "(07911) 123", "+447911123456"),
        ("DE", "030 9018", "+4930901826"),
        ("FI", "040 123", "+358401234567"),
        ("HU", "06 30 123", "+36301234567"),
        ("IT", "06 698", "+390669812345"),
        ("EE", "5699 1101", "+37256991101"),
    ],
)
def test_a_number_is_found_as_it_is_dialled_in_its_region(region: str, q: str, number: str) -> None:
    assert finds(q, number, region=region)


def test_no_trunk_zero_is_added_for_countries_without_one() -> None:
    assert not finds("05699 1101", "+37256991101", region="EE")
    assert not finds("07911 123456", "+447911123456")


@pytest.mark.parametrize("q", ["", " ", "\u200b", "\u0301", " \ufe0f "])
def test_nothing_is_looked_for(q: str) -> None:
    assert not Search.read(q, "")


@pytest.mark.parametrize(
    ("q", "found"), [(",", "a, b"), ("-", "a - b"), ("1", "Group 1"), ("&", "a & b"), ("c++", "C++")]
)
def test_symbols_are_searched_too(q: str, found: str) -> None:
    assert finds(q, found)
    assert not finds(q, "Staff")


NUMBER, OTHERS = "+37256991101", ("+37256991102", "+37256991103")
PLACES = ["/contacts", "/contacts?group={group}", "/groups/{group}", "/contacts/leaving", "/groups/{group}/orphans"]


@pytest.mark.parametrize("q", ["tamm, MARI–LIIS", "00372 5699 1101", "o'neill", "locker 123"])
@pytest.mark.parametrize("place", PLACES)
def test_every_list_of_contacts_and_its_file(user: PageClient, phonebook: PhonebookState, place: str, q: str) -> None:
    group = phonebook.add("Staff")
    said = {"firstName": "Mari-\u200bLiis", "lastName": "Tamm", "company": "O’Neill", "custom2": "Locker 123 45 67"}
    if place == "/contacts/leaving":
        phonebook.add_leaving(NUMBER, "2030-01-01", **said)
        for number in OTHERS:
            phonebook.add_leaving(number, "2030-01-01", firstName="Mari", lastName="Kask")
    else:
        phonebook.add_contact(NUMBER, group, **said)
        for number in OTHERS:
            phonebook.add_contact(number, group, firstName="Mari", lastName="Kask")
    page = user.get(place.format(group=group))
    assert len(numbers(page)) == 3
    page = page.submit("Search", q=q)
    assert numbers(page) == [NUMBER]
    if "orphans" not in place:
        file = user.client.get(page.link("Download as CSV")).get_data(as_text=True)
        assert [row[0] for row in csv.reader(io.StringIO(file))][1:] == [f"'{NUMBER}"]


@pytest.mark.parametrize("q", ["o'neill lodz", "Lodz O’Neill", "ŁÓDŹ", "5699-1101", "00372 56 991101"])
def test_groups_and_their_changes_are_found(user: PageClient, phonebook: PhonebookState, q: str) -> None:
    phonebook.add("Staff")
    user.get("/groups/new").submit("Create group", name="O’Neill – Łódź, call +372 5699 1101")
    user.get("/groups/new").submit("Create group", name="Other")
    page = user.get("/groups").submit("Search", q=q)
    assert [row[0] for row in page.rows] == ["O’Neill – Łódź, call +372 5699 1101"]
    page = user.get("/activity").submit("Show", q=q)
    assert page.caption == "1 action, newest first."


@pytest.mark.parametrize("q", ["5699 1101", "+372 5699 1101", "00372 5699-1101", "tel:+37256991101"])
def test_changes_to_a_contact_are_found_by_its_number(user: PageClient, phonebook: PhonebookState, q: str) -> None:
    for number in (NUMBER, *OTHERS):
        user.get("/contacts/new").submit("Create contact", number=number)
    assert user.get("/activity").submit("Show", q=q).caption == "1 action, newest first."


def test_changes_of_an_earlier_version_are_found_by_the_exact_text(user: PageClient, store: Store) -> None:
    add_change(store, after="Łódź")
    with store.write() as connection:
        connection.execute(update(changes).values(searched="łodz"))
    assert user.get("/activity?q=Łódź").caption == "1 action, newest first."
    assert user.get("/activity?q=%00Łó%00").caption == "1 action, newest first."
