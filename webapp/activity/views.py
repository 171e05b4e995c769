"""The page of recorded changes."""

from flask import Blueprint, Response, render_template, request

from webapp.actions.export import download_changes
from webapp.actions.history import read_all, read_history_page
from webapp.actions.history_query import HistoryQuery
from webapp.actions.names import fetch_contacts, names_of
from webapp.actions.reconcile import reconcile
from webapp.actions.records import find_undecided
from webapp.phonebook import Rows
from webapp.web.current import phonebook
from webapp.web.time_budget import Budget

blueprint = Blueprint("activity", __name__, url_prefix="/activity")


@blueprint.get("")
def index() -> str:
    """Show the recorded changes, after reconciling those of unknown outcome."""
    if undecided := find_undecided():
        reconcile(undecided, phonebook())
    listing = read_history_page(HistoryQuery.from_args(request.args))
    contacts = fetch_contacts(Budget.NAMES) if listing.numbers else Rows(())
    template = "activity/print.html" if listing.query.for_paper else "activity/index.html"
    names = names_of(contacts, listing.numbers)
    return render_template(template, listing=listing, names=names, lacks_names=contacts is None)


@blueprint.get("/download")
def download() -> Response:
    """Download the changes that match the filters."""
    return download_changes("activity", read_all(HistoryQuery.from_args(request.args)))
