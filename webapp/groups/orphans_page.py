"""The page of a group's orphans: contacts to put into another group before this one is deleted."""

from uuid import UUID

from flask import Response, make_response, render_template, request

from webapp.contacts.blacklist import start_blacklist_fetch
from webapp.contacts.group_picker import result_or_error
from webapp.contacts.list_page import ContactListPage
from webapp.contacts.table import CONTACTS_TABLE
from webapp.contacts.ticks import Ticks
from webapp.groups import deletion_preview
from webapp.groups.orphans import OrphansUnknown
from webapp.web.addresses import current_address
from webapp.web.current import phonebook
from webapp.web.error_pages import error_page
from webapp.web.lists import ListQuery, paginate


def orphans_page(group_id: UUID) -> Response:
    """Render the page."""
    client = phonebook()
    groups = client.begin(client.list_groups)
    blacklist = start_blacklist_fetch(client)
    group = client.get_group(group_id)
    try:
        report = deletion_preview.preview_orphans(group)
    except OrphansUnknown as unknown:
        again = None if unknown.is_lasting else current_address()
        return error_page(deletion_preview.explain_unknown(unknown), again=again)
    listing = paginate(
        report.orphans, CONTACTS_TABLE, ListQuery.from_args(request.args, CONTACTS_TABLE, group_id=group_id)
    )
    ticks = Ticks.read(request.args, listing)
    page = ContactListPage(listing, result_or_error(groups), blacklist(), ticks, all_in=group_id)
    return make_response(render_template("groups/orphans.html", group=group, contacts=report.member_count, page=page))
