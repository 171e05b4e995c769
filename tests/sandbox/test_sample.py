"""Properties of the sample data."""

import json
import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from webapp.phone_numbers.numbering_plans import exists
from webapp.phone_numbers.reading import check_number
from webapp.sandbox import sample
from webapp.sandbox.database import Database, SampleData
from webapp.sandbox.sample import phone_number
from webapp.sandbox.sample_values import COUNTRIES, Country

CONTENTS = sample.generate()


def sizes(contents: SampleData) -> dict[str, list[int]]:
    """Return the sizes of the groups by name; several groups may have the same name."""
    counts = Counter(group_id for group_id, _ in contents.memberships)
    found = defaultdict(list)
    for group in contents.groups:
        found[group["name"]].append(counts[group["id"]])
    return found


def test_its_size() -> None:
    assert (len(CONTENTS.groups), len(list(CONTENTS.contacts))) == (60, 2500)


def test_groups_that_are_referred_to() -> None:
    found = sizes(CONTENTS)
    assert found["Tallinn staff"] == [48]
    assert {"Shift 2", "Shift 10", "Group 2", "Group 10"} < found.keys()
    assert found["New starters, autumn 2026"] == [0]
    assert sorted(found["Volunteers"]) == [7, 164]
    assert [name for name, counts in found.items() if len(counts) > 1] == ["Volunteers"]


def test_names_in_several_scripts_and_a_long_one() -> None:
    names = " ".join(group["name"] for group in CONTENTS.groups)
    for script in ("[õäöü]", "[\u0430-\u044f]", "[\u0621-\u064a]", "[\u03b1-\u03c9]", "\U0001f389"):
        assert re.search(script, names), script
    assert 110 <= max(len(group["name"]) for group in CONTENTS.groups) <= 130


def test_group_sizes_range_from_0_to_several_hundred() -> None:
    counts = sorted(count for counts in sizes(CONTENTS).values() for count in counts)
    assert counts[:2] == [0, 1]
    assert 10 < counts[30] < 40
    assert 500 < counts[-1] < 1000


def test_group_dates_are_in_order_and_years_apart() -> None:
    dates = [
        datetime.strptime(group["createdOn"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC) for group in CONTENTS.groups
    ]
    assert dates == sorted(dates)
    assert len({date.year for date in dates}) >= 6


def test_contacts_are_in_several_groups_one_or_no_group() -> None:
    counts = Counter(phone for _, phone in CONTENTS.memberships)
    assert {counts[contact["phoneNumber"]] for contact in CONTENTS.contacts} >= {0, 1, 2, 3, 4}
    groupless = sum(not counts[contact["phoneNumber"]] for contact in CONTENTS.contacts)
    assert 100 < groupless < 300


def test_contacts_in_no_group_have_various_days_left(database: Database) -> None:
    database.fill(CONTENTS)
    grouped = {phone for _, phone in CONTENTS.memberships}
    contacts = json.loads("".join(database.fetch_contacts()))
    assert len(contacts) == 2500
    assert {contact["scheduledDeletionDate"] for contact in contacts if contact["phoneNumber"] in grouped} == {None}
    days = {contact["scheduledDeletionDate"] for contact in contacts if contact["phoneNumber"] not in grouped}
    today = datetime.now(UTC).date()
    assert str(today) <= min(days)
    assert max(days) <= str(today + timedelta(days=30))
    assert len(days) > 20


def test_contacts_have_few_or_many_details() -> None:
    known = {sum(value is not None for value in contact.values()) - 2 for contact in CONTENTS.contacts}
    assert min(known) <= 2
    assert max(known) == 9


def test_numbers_are_unique_and_from_several_countries() -> None:
    phones = [contact["phoneNumber"] for contact in CONTENTS.contacts]
    assert len(set(phones)) == 2500
    assert all(re.fullmatch(r"\+[1-9]\d{6,14}", phone) for phone in phones)
    assert {"+3725", "+3713", "+3707", "+3584", "+7530", "+2013"} < {phone[:5] for phone in phones}
    assert not [phone for phone in phones if check_number(phone) or exists(phone)], "possible, but nobody has them"


@pytest.mark.parametrize("country", COUNTRIES.values(), ids=COUNTRIES)
def test_numbers_of_a_million_contacts(country: Country) -> None:
    numbers = [phone_number(country, number) for number in range(0, sample.MAX_SIZE, 7)]
    assert len(set(numbers)) == len(numbers)
    assert not [number for number in numbers[::500] if check_number(number) or exists(number)]


def test_groups_of_given_sizes() -> None:
    found = sizes(sample.generate(groups=5, contacts=3000, sizes=[2000, 300]))
    assert found["Group of 2,000"] == [2000]
    assert found["Group of 300"] == [300]
    assert len(found) == 5


def test_some_numbers_are_blacklisted() -> None:
    assert 20 < len(CONTENTS.blacklist) < 100
    assert set(CONTENTS.blacklist) < {contact["phoneNumber"] for contact in CONTENTS.contacts}


def test_the_seed_decides() -> None:
    assert sample.generate(70, 100, seed=1) == sample.generate(70, 100, seed=1)
    other = sample.generate(70, 100, seed=2)
    assert sample.generate(70, 100, seed=1).groups != other.groups
    assert list(sample.generate(70, 100, seed=1).contacts) != list(other.contacts)


@pytest.mark.parametrize(("groups", "contacts"), [(0, 0), (0, 5), (5, 0), (1, 1), (5, 60), (300, 40), (3000, 5000)])
def test_any_size(database: Database, groups: int, contacts: int) -> None:
    database.fill(sample.generate(groups, contacts))
    assert (len(database.fetch_groups()), len(json.loads("".join(database.fetch_contacts())))) == (groups, contacts)


def test_names_beyond_the_first_sixty_are_no_duplicates() -> None:
    counts = Counter(group["name"] for group in sample.generate(1000, 0).groups)
    assert counts.most_common(2) == [("Volunteers", 2), (counts.most_common(2)[1][0], 1)]
