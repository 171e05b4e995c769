"""The page that says who gets a message."""

import gc

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from webapp.audience.page import (
    MAX_GROUPS,
    audience_page,
    fetch_audience,
    listed_contacts,
    options_of,
    read_groups,
    read_query,
)
from webapp.contacts.export import download_contacts
from webapp.contacts.table import CONTACTS_TABLE
from webapp.groups.table import GROUPS_TABLE
from webapp.phonebook.errors import PhonebookError
from webapp.web.current import phonebook
from webapp.web.error_pages import error_page, reading_failed
from webapp.web.failures import Failure
from webapp.web.lists import ListQuery, filter_and_sort

TOO_MANY = Failure(
    f"Choose at most {MAX_GROUPS} groups",
    f"The dashboard works out who gets a message to at most {MAX_GROUPS} groups at a time. Tick fewer groups.",
    422,
)
NOT_KNOWN = Failure(
    "It is not known who gets the message",
    "Messente did not answer completely, so the file would lack contacts. Try again in a minute.",
    502,
)

blueprint = Blueprint("audience", __name__, url_prefix="/audience")


@blueprint.errorhandler(PhonebookError)
def failed(error: PhonebookError) -> Response:
    """Show an error page if the list of groups can't be read."""
    return reading_failed(error)


@blueprint.get("")
def show() -> Response | str:
    """Say who gets a message to the chosen groups."""
    ids = read_groups(request.args)
    if len(ids) > MAX_GROUPS:
        return error_page(TOO_MANY)
    if not ids:
        return render_template("audience/show.html", page=None, options=options_of(phonebook().list_groups()))
    page = audience_page(request.args)
    html = render_template("audience/show.html", page=page, options=page.other_groups)
    if page.audience.read_contacts.is_packed:
        del page
        gc.collect(1)  # a template leaves a cycle, which would hold the numbers of all contacts for long
    return html


@blueprint.get("/choose")
def choose() -> BaseResponse:
    """Redirect from the list of groups to the page for the groups that are ticked there, or for all that it finds."""
    ids = read_groups(request.args)
    if request.args.get("all") == "1":
        query = ListQuery.from_args(request.args, GROUPS_TABLE)
        ids = [group.id for group in filter_and_sort(phonebook().list_groups(), GROUPS_TABLE, query)]
    if len(ids) > MAX_GROUPS:
        return error_page(TOO_MANY)
    if not ids:
        query = ListQuery.from_args(request.args, GROUPS_TABLE)
        return redirect(url_for("groups.index", problem="none", **query.address(page=query.page)))
    return redirect(url_for("audience.show", group=tuple(map(str, ids))))


@blueprint.get("/download")
def download() -> Response:
    """Send the contacts that are listed, all pages of them."""
    ids = read_groups(request.args)
    if len(ids) > MAX_GROUPS:
        return error_page(TOO_MANY)
    audience, query = fetch_audience(ids, phonebook()), read_query(request.args)
    if audience.counts[str(query.place["show"]) or "all"] is None:
        return error_page(NOT_KNOWN)
    contacts = filter_and_sort(listed_contacts(audience, query), CONTACTS_TABLE, query)
    return download_contacts("who gets the message", contacts, audience.blacklist)
