"""Count the contacts that Messente deletes on each of the next days."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from webapp.phonebook import Contact, Rows
from webapp.phonebook.models import find_in_no_group

DAYS = 30
SOON_DAYS = 7
"""Contacts that are deleted within so many days need attention now."""


@dataclass(frozen=True)
class DayOfDeletions:
    """A day, and how many contacts are deleted on it."""

    day: date
    count: int


@dataclass(frozen=True)
class Deletions:
    """The contacts in no group, by the day of their deletion."""

    total: int
    """Contacts in no group, whenever they are deleted."""
    days: tuple[DayOfDeletions, ...]
    """The next days, today first. Contacts whose day has passed count for today."""
    soon: int
    """Contacts that are deleted within SOON_DAYS."""
    first: date | None
    """The first day on which a contact is deleted; None if no day is known."""

    @property
    def most(self) -> int:
        """The number of contacts of the day that has most."""
        return max(each.count for each in self.days)


def count_deletions(contacts: Rows[Contact], today: date) -> Deletions:
    """Count the contacts in no group by the day of their deletion. Derived from the contacts, so cached with them."""
    leaving = find_in_no_group(contacts).rows
    dates = [day for contact in leaving if (day := contact.deletion_date)]
    counts = Counter(max(day, today) for day in dates)
    days = tuple(DayOfDeletions(day, counts[day]) for day in (today + timedelta(days=each) for each in range(DAYS)))
    soon = sum(each.count for each in days[: SOON_DAYS + 1])
    return Deletions(len(leaving), days, soon, max(min(dates), today) if dates else None)
