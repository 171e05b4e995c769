"""Lists of contacts as files: all that a search finds, in the order of the page that it was asked for on."""

from uuid import UUID

from flask import Blueprint, Response, request

from webapp.contacts import export
from webapp.contacts.blacklist import begin_blacklist
from webapp.contacts.listing import LEAVING, TABLE, in_no_group
from webapp.phonebook import Contact, Rows
from webapp.site.context import phonebook
from webapp.site.listing import Query, Table, in_order

blueprint = Blueprint("downloads", __name__)


@blueprint.get("/groups/<uuid:group_id>/download")
def group(group_id: UUID) -> Response:
    """Send who is in a group."""
    client = phonebook()
    found = client.begin(lambda: client.list_contacts(group_id))
    blacklist = begin_blacklist(client)
    name = client.get_group(group_id).name
    return _send(name, found(), TABLE, blacklist())


@blueprint.get("/contacts/download")
def contacts() -> Response:
    """Send all contacts."""
    client = phonebook()
    blacklist = begin_blacklist(client)
    return _send("contacts", client.list_contacts(), TABLE, blacklist())


@blueprint.get("/contacts/leaving/download")
def leaving() -> Response:
    """Send the contacts that Messente is about to delete."""
    client = phonebook()
    blacklist = begin_blacklist(client)
    return _send("contacts in no group", client.list_contacts().derive(in_no_group), LEAVING, blacklist())


def _send(name: str, found: Rows[Contact], table: Table[Contact], blacklist: frozenset[str] | None) -> Response:
    rows = in_order(found, table, Query.from_args(request.args, table))
    return export.download(name, rows, blacklist, unreadable=found.unreadable)
