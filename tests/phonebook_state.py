"""A phonebook for one test: served by the sandbox over HTTP, and set up and read directly."""

import io
import json
from collections.abc import Callable, Iterable
from copy import copy
from functools import cache
from threading import Event, Lock
from typing import Any, Self
from uuid import UUID

from flask import Flask
from werkzeug.test import run_wsgi_app

from webapp.sandbox.app import create_app
from webapp.sandbox.database import CONTACT_DETAILS, Database, SampleData
from webapp.sandbox.server import Server

# Python 3.11 can't compile syntax trees in several threads at once, which making an application does.
SETTING_UP = Lock()


@cache
def _sandbox(password: str) -> Flask:
    return create_app(Database(), "sandbox", password)


class PhonebookState:
    """The phonebook's contents; `calls` has the requests, and `bodies` their bodies.

    `instead` has, by HTTP method, the status and body with which requests are answered instead of being carried
    out, except for the first `lets_pass`. `instead_after` is the same, but the requests are carried out;
    `instead_path` is by path, with or without a query. `retry_after` is the Retry-After of all of these, in seconds.
    If `held` is an event, changes wait for it. `meanwhile` is called before each answer.
    """

    def __init__(self, password: str = "sandbox") -> None:
        self.calls: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        self.instead: dict[str, tuple[str, bytes]] = {}
        self.instead_after: dict[str, tuple[str, bytes]] = {}
        self.instead_path: dict[str, tuple[str, bytes]] = {}
        self.lets_pass = 0
        self.retry_after = 7
        self.held: Event | None = None
        self.meanwhile: Callable[[], object] | None = None
        self._database = Database()
        # Making an application takes longer than most tests' calls, so all phonebooks share its routes.
        with SETTING_UP:  # also so that only one is made: Flask refers to it weakly, so it has to stay in the cache
            self._app = copy(_sandbox(password))
        self._app.extensions = {"phonebook": self._database}
        self._server = Server(self._record)
        self._numbers = iter(range(37251000000, 37252000000))
        self.url = self._server.url

    def _record(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.calls.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        if sent := environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)):
            self.bodies.append(json.loads(sent))
            environ["wsgi.input"] = io.BytesIO(sent)
        if self.meanwhile:
            self.meanwhile()
        if self.held and environ["REQUEST_METHOD"] != "GET":
            self.held.wait(30)
        if environ["REQUEST_METHOD"] in self.instead and self.lets_pass:
            self.lets_pass -= 1
        elif environ["REQUEST_METHOD"] in self.instead:
            return self._refuse(self.instead[environ["REQUEST_METHOD"]], start_response)
        for path in (environ["PATH_INFO"], f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}"):
            if path in self.instead_path:
                return self._refuse(self.instead_path[path], start_response)
        if environ["REQUEST_METHOD"] in self.instead_after:
            run_wsgi_app(self._app, environ)
            return self._refuse(self.instead_after[environ["REQUEST_METHOD"]], start_response)
        return self._app(environ, start_response)

    def _refuse(self, answer: tuple[str, bytes], start_response: Any) -> Iterable[bytes]:
        status, body = answer
        start_response(status, [("Content-Length", str(len(body))), ("Retry-After", str(self.retry_after))])
        return [body]

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()
        self._database.close()

    def add(self, name: str, *, contacts: int = 0, created: str | None = None) -> UUID:
        """Add a group with new contacts in it."""
        group = self._database.create_group(name)["id"]
        if created:
            self._database.delete_group(group)
            self.put_back(UUID(group), name, created)
        self.fill(UUID(group), contacts)
        return UUID(group)

    def put_back(self, group: UUID, name: str, created: str = "2024-05-03T12:00:00.000000Z") -> None:
        """Add an empty group with that id."""
        row = {"id": str(group), "name": name, "createdOn": created}
        self._database.fill(SampleData([row], [], [], []))

    def fill(self, group: UUID, contacts: int) -> None:
        """Put new contacts into a group."""
        for _ in range(contacts):
            phone = f"+{next(self._numbers)}"
            self._database.create_contact(phone, {})
            self._database.add_contact_to_group(str(group), phone)

    def add_contact(self, number: str, *groups: UUID, **details: str) -> str:
        """Add a contact, in these groups."""
        self._database.create_contact(number, details)
        self.join(number, *groups)
        return number

    def add_leaving(self, number: str, day: str, **details: str) -> None:
        """Add a contact in no group that is to be deleted on a day."""
        row = dict.fromkeys(CONTACT_DETAILS) | details | {"phoneNumber": number, "scheduledDeletionDate": day}
        self._database.fill(SampleData([], [row], [], []))

    def join(self, number: str, *groups: UUID) -> None:
        """Put a contact into groups."""
        for group in groups:
            self._database.add_contact_to_group(str(group), number)

    def leave(self, number: str, group: UUID) -> None:
        self._database.remove_contact_from_group(str(group), number)

    def change_contact(self, number: str, **details: str | None) -> None:
        self._database.update_contact(number, details)

    def delete_contact(self, number: str) -> None:
        self._database.delete_contact(number)

    def blacklist(self, number: str) -> None:
        self._database.add_to_blacklist(number)

    def unblock(self, number: str) -> None:
        self._database.delete_from_blacklist(number)

    def blacklisted(self) -> list[str]:
        """The numbers on the blacklist."""
        return self._database.fetch_blacklist()

    def rename(self, group: UUID, name: str) -> None:
        self._database.update_group(str(group), name)

    def delete(self, group: UUID) -> None:
        self._database.delete_group(str(group))

    def clear(self) -> None:
        """Delete all groups and contacts, and forget the calls."""
        for group in self.ids():
            self._database.delete_group(group)
        for number in self.numbers():
            self._database.delete_contact(number)
        self.calls.clear()

    def groups(self) -> dict[str, int]:
        """The groups' names with their numbers of contacts."""
        return {group["name"]: group["contactsCount"] for group in self._database.fetch_groups()}

    def all_groups(self) -> list[dict[str, Any]]:
        """The groups as the API has them."""
        return self._database.fetch_groups()

    def ids(self) -> list[str]:
        """The groups' ids."""
        return [group["id"] for group in self._database.fetch_groups()]

    def contact(self, number: str) -> dict[str, Any] | None:
        """A contact's details by the API's names; None if it doesn't exist."""
        return next((each for each in self._contacts() if each["phoneNumber"] == number), None)

    def numbers(self, group: UUID | None = None) -> list[str]:
        """The numbers of a group's contacts, or of all, in order."""
        return sorted(each["phoneNumber"] for each in self._contacts(*[str(group)] if group else []))

    def contacts(self) -> int:
        """How many contacts there are, in groups or not."""
        return len(self._contacts())

    def _contacts(self, *groups: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads("".join(self._database.fetch_contacts(groups)))
        return found
