"""The sandbox's Flask application: authentication and error responses. The operations are in `operations.py`."""

import hmac
import json

from flask import Flask, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Conflict as ConflictResponse
from werkzeug.exceptions import HTTPException, NotFound, Unauthorized
from werkzeug.wrappers import Response

from webapp.sandbox.database import AlreadyExists, Database, Missing
from webapp.sandbox.operations import operations

CREDENTIAL = "sandbox"
"""Default of both the user name and the password."""

MAX_BODY = 1024 * 1024

CLIENT_ERROR = ("244", "Client error")
GENERAL_ERROR = ("205", "General error")
ERRORS = {
    400: ("201", "Invalid data"),
    401: ("202", "Unauthorized"),
    404: ("203", "Missing resource"),
    409: ("204", "Conflict"),
}


def create_app(database: Database, username: str = CREDENTIAL, password: str = CREDENTIAL) -> Flask:
    """Create an application that serves a phonebook under `/v1`, with HTTP basic authentication."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.url_map.merge_slashes = False  # merging would respond with a redirect in HTML
    app.extensions["phonebook"] = database

    @app.before_request
    def authenticate() -> None:
        given = request.authorization
        if given is None or not (_same(given.username, username) & _same(given.password, password)):
            raise Unauthorized(
                "The user name or the password is wrong.",
                www_authenticate=WWWAuthenticate("basic", {"realm": "phonebook"}),
            )

    app.register_blueprint(operations, url_prefix="/v1/phonebook")
    app.register_error_handler(HTTPException, refuse)
    app.register_error_handler(Missing, lambda missing: refuse(NotFound(str(missing))))
    app.register_error_handler(AlreadyExists, lambda conflict: refuse(ConflictResponse(str(conflict))))
    return app


def _same(given: str | None, expected: str) -> bool:
    return hmac.compare_digest((given or "").encode(), expected.encode())


def refuse(error: HTTPException) -> Response:
    """Return an error response in the API's documented format."""
    status = error.code or 500
    code, title = ERRORS.get(status, CLIENT_ERROR if status < 500 else GENERAL_ERROR)
    response = Response.force_type(error.get_response())  # has headers such as Allow and WWW-Authenticate
    response.content_type = "application/json"
    response.set_data(json.dumps({"errors": [{"code": code, "title": title, "detail": error.description}]}))
    return response
