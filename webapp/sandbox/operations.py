"""The 17 operations of the Phonebook API. Functions are named like the operations in Messente's documentation."""

import json
import re
from itertools import chain, islice

from flask import Blueprint, Response, abort, current_app, request
from flask.typing import ResponseReturnValue

from webapp.sandbox.database import CONTACT_DETAILS, Database, Missing

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

NO_CONTENT = ("", 204)

operations = Blueprint("operations", __name__)


@operations.before_request
def check_phone() -> None:
    """Refuse an invalid phone number in the URL, for all operations."""
    phone = (request.view_args or {}).get("phone")
    if phone is not None:
        _phone(phone)


@operations.get("/groups")
def fetch_groups() -> ResponseReturnValue:
    """Return all groups."""
    return {"groups": _database().fetch_groups()}


@operations.post("/groups")
def create_group() -> ResponseReturnValue:
    """Create a group."""
    return {"group": _database().create_group(_group_name())}, 201


@operations.get("/groups/<group_id>")
def fetch_group(group_id: str) -> ResponseReturnValue:
    """Return one group. An invalid id is answered with 404, since no 400 is documented here."""
    return {"group": _database().fetch_group(group_id)}


@operations.put("/groups/<group_id>")
def update_group(group_id: str) -> ResponseReturnValue:
    """Rename a group."""
    return {"group": _database().update_group(group_id, _group_name())}


@operations.delete("/groups/<group_id>")
def delete_group(group_id: str) -> ResponseReturnValue:
    """Delete a group."""
    _database().delete_group(group_id)
    return NO_CONTENT


@operations.get("/contacts")
def fetch_contacts() -> ResponseReturnValue:
    """Return all contacts, or those in any of the groups in `groupIds`."""
    group_ids = request.args.getlist("groupIds")
    if not all(map(UUID.fullmatch, group_ids)):
        abort(400, "Every value of groupIds must be a UUID.")
    contacts = _database().fetch_contacts([group_id.lower() for group_id in group_ids])
    first = list(islice(contacts, 2))
    body = f'{{"contacts": {first[0]}}}' if len(first) == 1 else chain(['{"contacts": '], first, contacts, ["}"])
    return Response(body, mimetype="application/json")


@operations.post("/contacts")
def create_contact() -> ResponseReturnValue:
    """Create a contact. Unknown fields are ignored, since the documentation refuses them only for updates."""
    body = _json_object()
    phone = _phone(body.get("phoneNumber"))
    details = _contact_details({name: body[name] for name in CONTACT_DETAILS if name in body})
    return {"contact": _database().create_contact(phone, details)}, 201


@operations.get("/contacts/<phone>")
def fetch_contact(phone: str) -> ResponseReturnValue:
    """Return one contact."""
    return {"contact": _database().fetch_contact(phone)}


@operations.patch("/contacts/<phone>")
def update_contact(phone: str) -> ResponseReturnValue:
    """Update some fields of a contact."""
    body = _json_object()
    if not body:
        abort(400, "At least one field must be given.")
    return {"contact": _database().update_contact(phone, _contact_details(body))}


@operations.delete("/contacts/<phone>")
def delete_contact(phone: str) -> ResponseReturnValue:
    """Delete a contact."""
    _database().delete_contact(phone)
    return NO_CONTENT


@operations.get("/contacts/<phone>/groups")
def fetch_contact_groups(phone: str) -> ResponseReturnValue:
    """Return the groups of a contact."""
    return {"groups": _database().fetch_contact_groups(phone)}


@operations.post("/groups/<group_id>/contacts/<phone>")
def add_contact_to_group(group_id: str, phone: str) -> ResponseReturnValue:
    """Add a contact to a group."""
    _database().add_contact_to_group(group_id, phone)
    return {}, 201


@operations.delete("/groups/<group_id>/contacts/<phone>")
def remove_contact_from_group(group_id: str, phone: str) -> ResponseReturnValue:
    """Remove a contact from a group."""
    _database().remove_contact_from_group(group_id, phone)
    return NO_CONTENT


@operations.get("/blacklist")
def fetch_blacklist() -> ResponseReturnValue:
    """Return all blacklisted phone numbers."""
    return {"phoneNumbers": _database().fetch_blacklist()}


@operations.post("/blacklist")
def add_to_blacklist() -> ResponseReturnValue:
    """Blacklist a phone number."""
    _database().add_to_blacklist(_phone(_json_object().get("phoneNumber")))
    return NO_CONTENT


@operations.get("/blacklist/<phone>")
def is_blacklisted(phone: str) -> ResponseReturnValue:
    """Report by the status whether a phone number is blacklisted."""
    if not _database().is_blacklisted(phone):
        raise Missing("The phone number is not in the blacklist.")
    return NO_CONTENT


@operations.delete("/blacklist/<phone>")
def delete_from_blacklist(phone: str) -> ResponseReturnValue:
    """Remove a phone number from the blacklist."""
    _database().delete_from_blacklist(phone)
    return NO_CONTENT


def _database() -> Database:
    database: Database = current_app.extensions["phonebook"]
    return database


def _json_object() -> dict[str, object]:
    if not request.is_json:
        abort(415, "The body must be of the type application/json.")
    try:
        body = json.loads(request.get_data())
        json.dumps(body, ensure_ascii=False).encode()  # raises UnicodeEncodeError for lone surrogates
    except (ValueError, RecursionError):
        abort(400, "The body can't be read as JSON.")
    if not isinstance(body, dict):
        abort(400, "The body must be a JSON object.")
    return body


def _group_name() -> str:
    """Return the name in the body, unchanged. It must have one character or more."""
    name = _json_object().get("name")
    if not isinstance(name, str) or not name:
        abort(400, "name must be a string of one character or more.")
    return name


def _phone(value: object) -> str:
    if not isinstance(value, str) or not E164.fullmatch(value):
        abort(400, "The phone number must be in E.164 format: + and 7 to 15 digits.")
    return value


def _contact_details(fields: dict[str, object]) -> dict[str, str | None]:
    details = {}
    for name, value in fields.items():
        if name not in CONTACT_DETAILS:
            abort(400, "A contact has no such field: " + name)
        if value is not None and not isinstance(value, str):
            abort(400, f"{name} must be a string or null.")
        details[name] = value
    return details
