"""Download lists of contacts: all that match the search, in the order of the page."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, Response, request

from webapp.contacts import export
from webapp.contacts.blacklist import start_blacklist_fetch
from webapp.contacts.list_page import fetch_leaving, fetch_listed_contacts, read_query, stream_listed_contacts
from webapp.contacts.membership_changes import CONTACTS_UNCHANGED
from webapp.contacts.table import CONTACTS_TABLE, LEAVING_TABLE
from webapp.phonebook import Contact, PhonebookClient, Rows
from webapp.phonebook.errors import NotFound, PhonebookError
from webapp.web.current import phonebook
from webapp.web.downloads import wants_xlsx
from webapp.web.error_pages import group_gone, log_failure, reading_failed
from webapp.web.lists import ListQuery, Table, filter_and_sort

blueprint = Blueprint("downloads", __name__)


@blueprint.errorhandler(PhonebookError)
def failed(error: PhonebookError) -> Response:
    """Show an error page for a list that could not be read."""
    if isinstance(error, NotFound) and "group_id" in (request.view_args or {}):
        log_failure(error)
        return group_gone()
    return reading_failed(error, unchanged=CONTACTS_UNCHANGED, resource="your contacts")


@blueprint.get("/groups/<uuid:group_id>/download")
def group_contacts(group_id: UUID) -> Response:
    """Send the contacts of a group."""
    client, query = phonebook(), read_query(request.args, group_id)
    blacklist = start_blacklist_fetch(client)
    group = client.get_group(group_id)
    return _send_listed(group.name, query, client, blacklist, group.contacts_count)


@blueprint.get("/contacts/download")
def all_contacts() -> Response:
    """Send all contacts, or those of a group, or those in none."""
    client, query = phonebook(), read_query(request.args)
    blacklist = start_blacklist_fetch(client)
    return _send_listed("contacts", query, client, blacklist)


@blueprint.get("/contacts/leaving/download")
def leaving_contacts() -> Response:
    """Send the contacts that Messente is about to delete."""
    client = phonebook()
    blacklist = start_blacklist_fetch(client)
    return _send(
        "contacts in no group",
        fetch_leaving(client),
        LEAVING_TABLE,
        ListQuery.from_args(request.args, LEAVING_TABLE),
        blacklist(),
    )


def _send_listed(
    name: str,
    query: ListQuery,
    client: PhonebookClient,
    blacklist: Callable[[], frozenset[str] | None],
    count: int = 0,
) -> Response:
    if not wants_xlsx() and (stream := stream_listed_contacts(query, client, count)):
        return export.download_contacts(name, stream, blacklist(), count_unreadable=lambda: stream.unreadable)
    return _send(name, fetch_listed_contacts(query, client), CONTACTS_TABLE, query, blacklist())


def _send(
    name: str, contacts: Rows[Contact], table: Table[Contact], query: ListQuery, blacklist: frozenset[str] | None
) -> Response:
    return export.download_contacts(
        name, filter_and_sort(contacts, table, query), blacklist, count_unreadable=lambda: contacts.unreadable
    )
