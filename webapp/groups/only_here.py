"""The contacts of a group that are in no other, to be put into one before the group is deleted."""

from uuid import UUID

from flask import Response, make_response, render_template, request

from webapp.contacts.blacklist import begin_blacklist
from webapp.contacts.choices import or_error
from webapp.contacts.group_forms import RescueForm
from webapp.contacts.listing import TABLE
from webapp.contacts.overview import Overview
from webapp.groups import deletion
from webapp.web.addresses import current_address
from webapp.web.current import phonebook
from webapp.web.error_pages import error_page
from webapp.web.lists import ListQuery, paginate


def only_here_page(group_id: UUID, form: RescueForm, status: int = 200) -> Response:
    """Make their page, with what is ticked and chosen in the form."""
    client = phonebook()
    groups = client.begin(client.list_groups)
    blacklist = begin_blacklist(client)
    group = client.get_group(group_id)
    found, is_lasting = deletion.work_out(group)
    if found is None:
        if is_lasting:
            return error_page(deletion.NEVER_KNOWN)
        return error_page(deletion.NOT_KNOWN, again=current_address())
    listing = paginate(found.alone, TABLE, ListQuery.from_args(request.args, TABLE, group_id=group_id))
    page = Overview(listing, or_error(groups), blacklist(), all_in=group_id)
    html = render_template("groups/only_here.html", group=group, contacts=found.contacts, page=page, form=form)
    return make_response(html, status)
