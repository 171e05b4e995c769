"""Lists of contacts as files: all that a search finds, in the order of the page that it was asked for on."""

from uuid import UUID

from flask import Blueprint, Response, request

from webapp.contacts import export
from webapp.contacts.blacklist import begin_blacklist
from webapp.contacts.contact_groups import UNCHANGED
from webapp.contacts.listing import LEAVING, TABLE
from webapp.contacts.overview import about_to_be_deleted, contacts_asked_for, query_asked_for
from webapp.phonebook import Contact, Rows
from webapp.phonebook.errors import NotFound, PhonebookError
from webapp.web.current import phonebook
from webapp.web.error_pages import group_gone, log_failure, reading_failed
from webapp.web.lists import ListQuery, Table, filter_and_sort

blueprint = Blueprint("downloads", __name__)


@blueprint.errorhandler(PhonebookError)
def failed(error: PhonebookError) -> Response:
    """Tell what could not be read."""
    if isinstance(error, NotFound) and "group_id" in (request.view_args or {}):
        log_failure(error)
        return group_gone()
    return reading_failed(error, unchanged=UNCHANGED, wanted="your contacts")


@blueprint.get("/groups/<uuid:group_id>/download")
def group(group_id: UUID) -> Response:
    """Send who is in a group."""
    client = phonebook()
    found = client.begin(lambda: client.list_contacts(group_id))
    blacklist = begin_blacklist(client)
    name = client.get_group(group_id).name
    return _send(name, found(), TABLE, ListQuery.from_args(request.args, TABLE), blacklist())


@blueprint.get("/contacts/download")
def contacts() -> Response:
    """Send all contacts, or those of a group, or those in none."""
    query = query_asked_for(request.args)
    blacklist = begin_blacklist(phonebook())
    return _send("contacts", contacts_asked_for(query), TABLE, query, blacklist())


@blueprint.get("/contacts/leaving/download")
def leaving() -> Response:
    """Send the contacts that Messente is about to delete."""
    blacklist = begin_blacklist(phonebook())
    return _send(
        "contacts in no group", about_to_be_deleted(), LEAVING, ListQuery.from_args(request.args, LEAVING), blacklist()
    )


def _send(
    name: str, found: Rows[Contact], table: Table[Contact], query: ListQuery, blacklist: frozenset[str] | None
) -> Response:
    return export.download(name, filter_and_sort(found, table, query), blacklist, unreadable=found.unreadable)
