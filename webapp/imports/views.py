"""The pages that import contacts from a spreadsheet."""

import logging
from dataclasses import replace
from functools import partial

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as BaseResponse

from webapp.accounts.guard import take_saved_form
from webapp.actions.models import Action
from webapp.actions.not_run import NotRun
from webapp.actions.run_once import run_once
from webapp.contacts.table import detail_labels
from webapp.imports import uploads
from webapp.imports.columns import column_letters, field_labels
from webapp.imports.failures import GONE, NOT_READ, NOT_SAVED, TOO_LARGE, UNCHANGED
from webapp.imports.forms import ImportForm, ReadForm, UploadForm
from webapp.imports.plans import KIND, plan_form, preview_form
from webapp.imports.preview import ImportPreview
from webapp.imports.preview_page import PreviewPage
from webapp.imports.reading import FileReading, Question, read_upload
from webapp.imports.uploads import Upload
from webapp.phonebook.errors import PhonebookError
from webapp.spreadsheets.csv_writer import Cell
from webapp.spreadsheets.table import UnreadableFile
from webapp.store import StoreError
from webapp.web.addresses import current_address
from webapp.web.downloads import table_response
from webapp.web.error_pages import error_page, log_failure, reading_failed, resend_page
from webapp.web.failures import Failure, explain
from webapp.web.forms import STALE_FORM, OnceForm, form_page
from webapp.web.notices import notify
from webapp.web.requests import accepts_long_forms, accepts_uploads
from webapp.web.time_budget import Budget
from webapp.web.view_access import editors_only

NOTICE = "imports/notice.html"

_FIELDS = {Question.SHEET: "sheet", Question.ENCODING: "encoding", Question.COLUMNS: "column"}

log = logging.getLogger(__name__)

blueprint = Blueprint("imports", __name__, url_prefix="/import")


@blueprint.errorhandler(PhonebookError)
def failed(error: PhonebookError) -> Response:
    """Show an error page if the phonebook could not be read. The choices of a preview can be sent again."""
    if request.method == "POST":
        log_failure(error)
        return _resend(explain(error, unchanged=UNCHANGED, resource="your contacts"), OnceForm())
    return reading_failed(error, unchanged=UNCHANGED, resource="your contacts")


@blueprint.errorhandler(StoreError)
def store_failed(error: StoreError) -> Response:
    """Show an error page if the file could not be read or its choices not be saved. They can be sent again."""
    log.error("upload not read", extra={"reason": str(error)})
    if request.method == "POST":
        return _resend(NOT_READ, OnceForm())
    return error_page(NOT_READ, again=current_address())


@blueprint.errorhandler(RequestEntityTooLarge)
def too_large(_error: RequestEntityTooLarge) -> Response:
    """Show the form for another file."""
    form = UploadForm(formdata=None)
    form.file.errors = [TOO_LARGE]
    return form_page("imports/new.html", form, status=413)


@blueprint.get("")
@editors_only
def new() -> str:
    """Ask for a file, or for cells to paste."""
    return render_template("imports/new.html", form=UploadForm(data=take_saved_form().to_dict()))


@blueprint.post("")
@accepts_uploads
def upload() -> BaseResponse:
    """Save the file if it can be read, and go on to the next question or the preview."""
    form = UploadForm()
    if not form.validate():
        return form_page("imports/new.html", form)
    name, data = form.read()
    try:
        reading = read_upload(data, uploads.Choices())
        choices = reading.guessed_choices()
        upload_id = uploads.save_upload(name, data, choices)
    except UnreadableFile as error:
        form.refuse(str(error))
        return form_page("imports/new.html", form)
    except StoreError as error:
        log.error("upload not saved", extra={"reason": str(error)})
        return form_page("imports/new.html", form, failure=NOT_SAVED)
    return redirect(url_for(_next_page(replace(reading, choices=choices)), upload_id=upload_id), 303)


@blueprint.get("/<int:upload_id>")
@editors_only
def show(upload_id: int) -> BaseResponse:
    """Ask the next question about a file; without one, go on to its preview."""
    found, reading = _open(upload_id)
    question = reading.question(request.args.get("ask", ""))
    if question is None:
        return redirect(url_for(".preview", upload_id=upload_id), 303)
    return _ask(found, reading, question, ReadForm.with_saved(take_saved_form()))


@blueprint.post("/<int:upload_id>")
def choose(upload_id: int) -> BaseResponse:
    """Save the answer to a question about a file, and go on."""
    form = ReadForm()
    is_stale = not form.validate()
    found, reading = _open(upload_id, STALE_FORM if is_stale else GONE)
    question = reading.question(request.args.get("ask", ""))
    if question is None:
        return redirect(url_for(".preview", upload_id=upload_id), 303)
    if is_stale:
        return _ask(found, reading, question, form)
    try:
        reading = read_upload(found.data, reading.answer(question, form))
        choices = reading.guessed_choices()
    except (ValueError, UnreadableFile) as error:
        form[_FIELDS[question]].errors = [str(error)]
        return _ask(found, reading, question, form)
    uploads.save_choices(upload_id, choices)
    return redirect(url_for(_next_page(replace(reading, choices=choices)), upload_id=upload_id), 303)


@blueprint.get("/<int:upload_id>/preview")
@editors_only
def preview(upload_id: int) -> BaseResponse:
    """Say what the import would do, and ask."""
    found, reading = _open(upload_id)
    if reading.question():
        return redirect(url_for(".show", upload_id=upload_id), 303)
    saved = take_saved_form()
    form = ImportForm.with_saved(saved, last_first=reading.guess.last_name_first)
    shown = preview_form(reading, form, Budget.READ)
    if not saved and shown.lacks_only_plus:  # spreadsheet programs store 37255550000 for +37255550000
        form.plus.data = True
        shown = preview_form(reading, form, Budget.READ)
    return _preview_page(found, reading, form, shown)


@blueprint.post("/<int:upload_id>/preview")
@accepts_long_forms
def start(upload_id: int) -> BaseResponse:
    """Start the import, or show the preview with other choices."""
    form = ImportForm()
    is_stale = not form.validate()
    found, reading = _open(upload_id, STALE_FORM if is_stale else GONE)
    form.upload_key = found.key
    if reading.question():
        return redirect(url_for(".show", upload_id=upload_id), 303)
    if is_stale:
        shown = preview_form(reading, form, Budget.READ)
        return _preview_page(found, reading, form, shown)
    if request.form.get("show"):
        form.check_name()
        shown = preview_form(reading, form, Budget.READ)
        form.check_group(shown.all_groups.rows)
        return _preview_page(found, reading, form, shown, has_new_choices=form.chosen != form.shown.data)
    try:
        action = run_once(form, partial(plan_form, form, reading))
    except NotRun as reason:
        if failure := reason.explain(unchanged=UNCHANGED, resource="your contacts"):
            return _resend(failure, form)
        return _preview_page(found, reading, form, **reason.context, status=reason.status)
    if not action.id:
        notify(NOTICE, "Nothing to change", text="There is nothing to change: the phonebook has all of this already.")
        return redirect(url_for(".preview", upload_id=upload_id), 303)
    _finish(found, reading, form, action)
    return _show_action(action.id)


@blueprint.get("/<int:upload_id>/refused")
@editors_only
def refused(upload_id: int) -> str | BaseResponse:
    """List the rows that could not be imported."""
    found = _find(upload_id)
    if found.action_id is None:  # its preview lists them
        return redirect(url_for(".preview", upload_id=upload_id))
    return render_template("imports/refused.html", upload=found)


@blueprint.get("/<int:upload_id>/refused/download")
@editors_only
def download_refused(upload_id: int) -> Response:
    """Send the rows that could not be imported, as they were in the file."""
    found = _find(upload_id)
    rows: list[tuple[Cell, ...]] = [row.cells for row in found.refused]
    return table_response("not imported", found.headings, rows)


@blueprint.app_template_global("find_import")
def find_import(action: Action) -> Upload | None:
    """Return the upload that an action imports; None if it imports none, or the upload has expired."""
    return uploads.find_upload_of(action.id) if action.kind == KIND else None


def _finish(found: Upload, reading: FileReading, form: ImportForm, action: Action) -> None:
    """Delete the file, except the rows that could not be imported."""
    if form.refused is None:  # the form was sent before, and that request has not come this far
        try:
            form.refused = reading.refused(preview_form(reading, form, Budget.LOOK_UP))
        except PhonebookError as error:  # the file expires
            log_failure(error)
            return
    try:
        uploads.finish(found.id, action.id, reading.headings, form.refused, is_repeat=action.is_repeat)
        if reading.has_heading:
            uploads.remember_columns(reading.headings_digest, reading.columns)
    except StoreError as error:  # the file expires
        log.error("upload not deleted", extra={"reason": str(error)})


def _next_page(reading: FileReading) -> str:
    """Return the endpoint of the page to go on to."""
    return ".show" if reading.question() else ".preview"


def _find(upload_id: int, missing: Failure = GONE) -> Upload:
    return uploads.find_upload(upload_id) or abort(error_page(missing))


def _open(upload_id: int, missing: Failure = GONE) -> tuple[Upload, FileReading]:
    """Return an upload whose import has not started, and read it; if it has started, show its action."""
    found = _find(upload_id, missing)
    if found.action_id:
        abort(_show_action(found.action_id))
    try:
        return found, read_upload(found.data, found.choices)
    except UnreadableFile as error:  # a later version may refuse what an earlier one accepted
        abort(error_page(Failure("This file can't be read", str(error), 422)))


def _resend(failure: Failure, form: OnceForm) -> Response:
    return resend_page(failure, form, done="chose")


def _show_action(action_id: int) -> BaseResponse:
    return redirect(url_for("actions.show", action_id=action_id), 303)


def _ask(found: Upload, reading: FileReading, question: Question, form: ReadForm) -> Response:
    return form_page(
        f"imports/{question}.html",
        form,
        status=422 if form.errors else 200,
        upload=found,
        reading=reading,
        labels=field_labels(detail_labels()),
        letters=column_letters,
    )


def _preview_page(
    found: Upload,
    reading: FileReading,
    form: ImportForm,
    shown: ImportPreview,
    *,
    changed: bool = False,
    has_new_choices: bool = False,
    status: int = 200,
) -> Response:
    form.seen.data, form.shown.data = shown.digest, form.chosen
    page = PreviewPage(found, reading, shown, form, changed=changed, has_new_choices=has_new_choices)
    return form_page("imports/preview.html", form, status=status, page=page)
