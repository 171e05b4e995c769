"""Download groups and their members: the ticked ones, or all that the search finds."""

from collections.abc import Iterable, Iterator

from flask import Blueprint, redirect, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from webapp.contacts.table import DETAIL_LABELS, detail_labels
from webapp.groups.members import Members, fetch_members
from webapp.groups.selection import Selection
from webapp.phonebook import Contact, Group
from webapp.spreadsheets.csv_writer import Cell, NumberText
from webapp.web.current import phonebook
from webapp.web.downloads import table_response

GROUP_HEADINGS = ("Group", "Contacts", "Created")

blueprint = Blueprint("group_downloads", __name__, url_prefix="/groups/download")


@blueprint.get("")
def choose() -> str | BaseResponse:
    """Offer the selected groups and their members as files."""
    selection = Selection.read(request.args)
    if not selection.groups:
        return redirect(selection.list_with_problem("gone" if selection.gone else "none"))
    return render_template("groups/download.html", selection=selection)


@blueprint.get("/groups")
def groups() -> BaseResponse:
    """Send the selected groups with their numbers of contacts; all that the search finds if none are ticked."""
    selection = _read()
    rows: list[Iterable[Cell]] = [_group_cells(group) for group in selection.groups]
    if selection.now.unreadable:
        rows.append([f"Incomplete: {selection.now.unreadable:,} more groups could not be read", "", ""])
    return table_response("groups", GROUP_HEADINGS, rows)


@blueprint.get("/members")
def members() -> BaseResponse:
    """Send the contacts of the selected groups: one line for each contact in each group."""
    selection = _read()
    found = fetch_members(phonebook(), selection.groups)
    if found.error:
        raise found.error
    headings = ("Group", "Number", *detail_labels().values())
    return table_response("members of groups", headings, _member_rows(selection.groups, found))


def _read() -> Selection:
    if request.args.getlist("group"):
        return Selection.read(request.args)
    return Selection.read(MultiDict([*request.args.items(multi=True), ("all", "1")]))


def _group_cells(group: Group) -> Iterable[Cell]:
    return group.name, group.contacts_count, group.created_on.date() if group.created_on else ""


def _member_rows(groups: Iterable[Group], found: Members) -> Iterator[Iterable[Cell]]:
    for group in groups:
        for contact in found.by_group[group.id]:
            yield _member_cells(group, contact)
        if group.id in found.incomplete:
            yield [group.name, "Incomplete: more contacts could not be read", *[""] * len(DETAIL_LABELS)]


def _member_cells(group: Group, contact: Contact) -> Iterator[Cell]:
    yield group.name
    yield NumberText(contact.number)
    for name in DETAIL_LABELS:
        yield getattr(contact, name) or ""
