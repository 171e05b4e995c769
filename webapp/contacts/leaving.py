"""When Messente deletes contacts that are in no group, in words."""

from datetime import datetime

from markupsafe import Markup

from webapp.phonebook import Contact
from webapp.site.context import settings


def deletion_day(contact: Contact) -> Markup:
    """Say when a contact in no group goes, by the team's calendar: "24 December 2026, in 12 days"."""
    day = contact.deletion_date
    if day is None:
        return Markup("On a day that could not be read")
    left = (day - datetime.now(settings().time_zone).date()).days
    said = "any moment now" if left < 0 else {0: "today", 1: "tomorrow"}.get(left, f"in {left:,} days")
    return Markup('<time datetime="{}">{} {:%B} {}</time>, {}').format(day.isoformat(), day.day, day, day.year, said)
