"""The exceptions that say why a form was not run, and how its page is shown again."""

from typing import Any

from flask import Flask, Response, url_for
from markupsafe import Markup

from webapp.phonebook.errors import PhonebookError
from webapp.web.current import settings
from webapp.web.error_pages import error_page
from webapp.web.failures import GROUPS_UNCHANGED, Failure, explain
from webapp.web.forms import OnceForm, form_page


def too_many_changes() -> Failure:
    """Say that one action can't make so many changes."""
    limit = f"The dashboard makes at most {settings().max_changes:,} changes at once"
    return Failure("These are too many changes at once", f"Nothing was changed. {limit}: do it in parts.", 422)


class NotRun(Exception):
    """Nothing was sent for a form: its page is shown again.

    Attributes:
        failure: shown above the form; None if the form's fields or the page explain it.
        status: the page's HTTP status if there is no failure.
        error: the phonebook's error, if that is the reason.
        context: more variables for the page's template.

    """

    def __init__(
        self,
        failure: Failure | None = None,
        *,
        status: int = 409,
        error: PhonebookError | None = None,
        **context: Any,
    ) -> None:
        super().__init__(failure.heading if failure else "the form has a question")
        self.failure, self.status, self.error, self.context = failure, status, error, context

    def explain(self, *, unchanged: str = GROUPS_UNCHANGED, resource: str = "your groups") -> Failure | None:
        """Return why nothing was sent; None if the form's fields or the page explain it. See `failures.explain`."""
        return explain(self.error, unchanged=unchanged, resource=resource) if self.error else self.failure

    def show(
        self,
        template: str,
        form: OnceForm,
        *,
        unchanged: str = GROUPS_UNCHANGED,
        resource: str = "your groups",
        **context: Any,
    ) -> Response:
        """Show the form's page again."""
        failure = self.explain(unchanged=unchanged, resource=resource)
        return form_page(template, status=self.status, failure=failure, **{"form": form} | context | self.context)


class StillRunning(Exception):
    """Another request with the same form is still waiting for Messente."""


def init_app(app: Flask) -> None:
    """Handle a form whose first submission is still waiting for Messente."""

    @app.errorhandler(StillRunning)
    def still_running(_error: StillRunning) -> Response:
        text = Markup(
            'Messente has not answered yet. Nothing is sent twice. <a href="{}">Activity</a> will show the result.'
        )
        return error_page(Failure("This is still in progress", text.format(url_for("activity.index")), 202))
