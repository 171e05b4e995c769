"""Format names, phone numbers and dates for pages."""

from datetime import date as date_of_day
from datetime import datetime

from flask import Flask, url_for
from markupsafe import Markup

from webapp.phone_numbers.numbering_plans import country_name, grouped
from webapp.phonebook import Contact
from webapp.phonebook.client import URL_NUMBER
from webapp.text import initials, is_blank, shorten
from webapp.web.current import settings


def quoted(name: str) -> Markup:
    """Put a name in quotes, and isolate its text direction."""
    return Markup("“{}”").format(isolated(name))


def isolated(name: str) -> Markup:
    """Escape and shorten a name, and isolate its text direction; a name without visible text is "(no name)"."""
    return Markup("<bdi>{}</bdi>").format("(no name)" if is_blank(name) else shorten(name))


def number(text: str | None, is_contact: bool = True) -> Markup:
    """Format a phone number, as a link to its contact if there is one; other text is quoted as typed."""
    if text is None or not is_number(text):
        return quoted(text or "")
    if not is_contact:
        return isolated(grouped(text))
    return Markup('<a href="{}">{}</a>').format(url_for("contacts.show", number=text), isolated(grouped(text)))


def is_number(text: str) -> bool:
    """Whether the API accepts this text as a contact's number."""
    return bool(URL_NUMBER.fullmatch(text))


def contacts(count: int) -> str:
    """Format a number of contacts: "no contacts", "1 contact", "2,500 contacts"."""
    return "no contacts" if count == 0 else "1 contact" if count == 1 else f"{count:,} contacts"


def date(moment: datetime) -> Markup:
    """Format a date in the team's time zone: "22 April 2019"."""
    return Markup('<time datetime="{:%Y-%m-%d}">{}</time>').format(_local(moment), plain_date(moment))


def date_time(moment: datetime) -> Markup:
    """Format a date and time in the team's time zone: "22 April 2019, 09:05"."""
    return Markup('<time datetime="{}">{}, {:%H:%M}</time>').format(
        moment.isoformat(timespec="seconds"), plain_date(moment), _local(moment)
    )


def deletion_day(contact: Contact) -> Markup:
    """Format the day on which Messente deletes a contact, in the team's time zone: "24 December 2026, in 12 days"."""
    when = contact.deletion_date
    if when is None:
        return Markup("Not known")
    left = (when - datetime.now(settings().time_zone).date()).days
    distance = "any moment now" if left < 0 else {0: "today", 1: "tomorrow"}.get(left, f"in {left:,} days")
    return Markup("{}, {}").format(day(when.isoformat()), distance)


def day(text: str) -> Markup:
    """Format an ISO date: "22 April 2019"."""
    parsed = date_of_day.fromisoformat(text)
    return Markup('<time datetime="{}">{} {:%B} {}</time>').format(text, parsed.day, parsed, parsed.year)


def plain_date(moment: datetime) -> str:
    """Format a date without markup."""
    local = _local(moment)
    return f"{local.day} {local:%B} {local.year}"


def _local(moment: datetime) -> datetime:
    try:
        return moment.astimezone(settings().time_zone)
    except OverflowError:  # within a day of the smallest or largest date
        return moment


def init_app(app: Flask) -> None:
    """Add the filters to the templates."""
    texts, dates = (
        (quoted, isolated, initials, country_name, grouped, number, contacts),
        (date, plain_date, date_time, day, deletion_day),
    )
    for function in (*texts, *dates):
        app.add_template_filter(function)
    app.add_template_test(is_number, "a_number")
