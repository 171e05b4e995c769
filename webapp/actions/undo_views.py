"""The page that undoes an action."""

from functools import partial

from flask import Blueprint, Response, abort, make_response, redirect, render_template, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField, HiddenField, IntegerField
from wtforms.widgets import HiddenInput

from webapp.actions.lines import count_lines_of
from webapp.actions.models import Action
from webapp.actions.not_run import NotRun
from webapp.actions.plan import Plan
from webapp.actions.preview_text import describe_changes
from webapp.actions.records import find_action
from webapp.actions.run_once import run_once
from webapp.actions.undo import count_undos, find_undo_of, look_up_unclear, preview_undo, undo_key, why_not_undoable
from webapp.actions.undo_preview import UndoPreview
from webapp.web.current import phonebook
from webapp.web.error_pages import error_page
from webapp.web.failures import Failure
from webapp.web.forms import STALE_FORM, OnceForm
from webapp.web.notices import notify
from webapp.web.time_budget import Budget
from webapp.web.view_access import editors_only

blueprint = Blueprint("undo", __name__, url_prefix="/actions/<int:action_id>/undo")

NOTICE = "actions/notice.html"


class UndoForm(OnceForm):
    """What the page said when the user confirmed the undo."""

    seen = HiddenField()
    """The preview's digest."""
    earlier = IntegerField(widget=HiddenInput())
    """How many undos of the action had ended when the page was opened."""
    anyway = BooleanField()
    """Whether to undo the parts that have changed meanwhile, too."""

    undo_key = ""

    @property
    def key(self) -> str:
        """The same in every tab and for every user, so that an action is not undone twice at the same time."""
        return self.undo_key

    @property
    def content(self) -> str:
        """The same for every user's form, so that a second user is shown the undo of the first."""
        return "undo"


@blueprint.get("")
@editors_only
def ask(action_id: int) -> BaseResponse:
    """Say what undoing the action would do now, and ask."""
    action = _find(action_id)
    if page := _refusal(action):
        return page
    preview = preview_undo(action, phonebook())
    return _page(UndoForm(formdata=None, data={"seen": preview.digest, "earlier": count_undos(action_id)}), preview)


@blueprint.post("")
def undo(action_id: int) -> BaseResponse:
    """Undo the action."""
    form = UndoForm()
    if not form.validate():
        return error_page(STALE_FORM, again=url_for(".ask", action_id=action_id))
    action = _find(action_id)
    form.undo_key = undo_key(action_id, form.earlier.data or 0)
    if page := _refusal(action):
        return page
    try:
        done = run_once(form, partial(_plan, form, action))
    except NotRun as reason:
        if failure := reason.explain(unchanged="Nothing was undone."):
            return error_page(failure, again=url_for(".ask", action_id=action_id))
        return _page(form, reason.context["preview"], status=reason.status)
    if not done.id:
        notify(NOTICE, "Nothing to undo", text="There was nothing left to undo.")
    return redirect(url_for("actions.show", action_id=done.id or find_undo_of(action_id) or action_id), 303)


def _find(action_id: int) -> Action:
    """Return an action, after what is not known of it has been looked up."""
    action = find_action(action_id) or abort(404)
    look_up_unclear(action_id, phonebook(Budget.LOOK_UP))
    return action


def _plan(form: UndoForm, action: Action) -> Plan:
    preview = preview_undo(action, phonebook(Budget.CHECK))
    if preview.digest != form.seen.data:
        form.seen.data = preview.digest
        raise NotRun(preview=preview)
    return preview.plan(with_conflicts=bool(form.anyway.data))


def _page(form: UndoForm, preview: UndoPreview, status: int = 200) -> Response:
    html = render_template(
        "actions/undo.html",
        form=form,
        preview=preview,
        totals=count_lines_of(preview.action.id),
        steps=describe_changes(preview.steps),
        has_changed=status == 409,
    )
    return make_response(html, status)


def _refusal(action: Action) -> Response | None:
    reason = why_not_undoable(action)
    text = Markup('{} <a href="{}">Look at the action</a>.')
    failure = Failure("This can't be undone", text.format(reason, url_for("actions.show", action_id=action.id)), 409)
    return error_page(failure) if reason else None
