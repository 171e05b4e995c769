"""The pages of the record of changes."""

import logging
from collections.abc import Iterator

from flask import Blueprint, Response, render_template, request

from webapp.activity import entries, evidence, export
from webapp.activity.entries import OF_GROUPS
from webapp.activity.listing import Query, arrange, everything
from webapp.contacts import outcomes as contact_outcomes
from webapp.groups import outcomes
from webapp.phonebook.errors import PhonebookError
from webapp.site.context import phonebook
from webapp.site.errors import log_failure

blueprint = Blueprint("activity", __name__, url_prefix="/activity")

log = logging.getLogger(__name__)


@blueprint.get("")
def index() -> str:
    """Show what was done, after looking what became of changes whose outcome is not known."""
    if undecided := evidence.undecided(kinds=OF_GROUPS):
        try:
            outcomes.settle(undecided, phonebook().list_groups())
        except PhonebookError as error:  # they stay as they are
            log_failure(error)
    if undecided := evidence.undecided(kinds=contact_outcomes.KINDS):
        contact_outcomes.settle(undecided, phonebook())
    return render_template("activity/index.html", listing=arrange(Query.from_args(request.args)))


@blueprint.get("/download")
def download() -> Response:
    """Send the same as a file for a spreadsheet."""
    batches = everything(Query.from_args(request.args))
    first = next(batches)  # a store that can't be read is told before anything is sent

    def all_batches() -> Iterator[list[entries.Entry]]:
        yield first
        yield from batches

    return export.download(all_batches())
