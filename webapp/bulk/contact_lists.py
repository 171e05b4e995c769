"""The lists in which contacts can be ticked, found again by their addresses."""

from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from flask import current_app, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from webapp.audience.page import MAX_GROUPS, read_groups
from webapp.audience.page import fetch_listed as fetch_listed_audience
from webapp.audience.page import read_query as read_audience_query
from webapp.contacts.list_page import fetch_contacts, fetch_leaving, fetch_listed_contacts, read_query
from webapp.contacts.table import CONTACTS_TABLE, LEAVING_TABLE
from webapp.groups.deletion_preview import preview_orphans
from webapp.phonebook import Contact, PhonebookClient, Rows
from webapp.web.lists import ListQuery, Table
from webapp.web.requests import MAX_QUERY_ARGUMENTS

ALL, LEAVING, MEMBERS, ORPHANS = "contacts.index", "contacts.leaving", "groups.show", "groups.orphans"
AUDIENCE = "audience.show"
"""The endpoints of the lists."""


@dataclass(frozen=True)
class ContactList:
    """A list of contacts, as the user sees it: with its search, order, filters and page."""

    endpoint: str
    query: ListQuery

    @classmethod
    def read(cls, address: str) -> Self | None:
        """Read the address of a list; None if it is none. A forged address leads to no other site."""
        parts = urlsplit(address.removeprefix(request.root_path))
        if parts.netloc or parts.scheme:
            return None
        try:
            endpoint, values = current_app.url_map.bind("").match(parts.path, "GET")
            args = MultiDict(parse_qsl(parts.query, max_num_fields=MAX_QUERY_ARGUMENTS))
        except (HTTPException, RequestRedirect, ValueError):
            return None
        if endpoint in {MEMBERS, ORPHANS}:
            return cls(endpoint, read_query(args, values["group_id"]))
        if endpoint == LEAVING:
            return cls(endpoint, ListQuery.from_args(args, LEAVING_TABLE))
        if endpoint == AUDIENCE and 0 < len(read_groups(args)) <= MAX_GROUPS:
            return cls(endpoint, read_audience_query(args))
        return cls(endpoint, read_query(args)) if endpoint == ALL else None

    def address(self, **more: Any) -> str:
        """Return the address of the list, with more arguments."""
        return url_for(self.endpoint, **self.query.address(page=self.query.page), **more)

    @property
    def table(self) -> Table[Contact]:
        """How the list is searched and sorted."""
        return LEAVING_TABLE if self.endpoint == LEAVING else CONTACTS_TABLE

    @property
    def group_id(self) -> UUID | None:
        """The group on whose page the list is; None for other lists."""
        return self.query.place.get("group_id")

    @property
    def is_narrowed(self) -> bool:
        """Whether the list has a search or a filter, or is part of the contacts anyway."""
        return self.endpoint != ALL or bool(self.query.q) or any(self.query.place.values())

    def fetch_listed(self, client: PhonebookClient) -> Rows[Contact]:
        """Fetch the contacts of the list, whatever is searched for.

        Raises:
            PhonebookError: when they can't be read.
            OrphansUnknown: when the orphans of a group can't be found.

        """
        if self.endpoint == ORPHANS and self.group_id:
            return preview_orphans(client.get_group(self.group_id)).orphans
        if self.endpoint == AUDIENCE:
            return fetch_listed_audience(self.query, client)
        return fetch_leaving(client) if self.endpoint == LEAVING else fetch_listed_contacts(self.query, client)

    def fetch_tickable(self, client: PhonebookClient) -> Rows[Contact]:
        """Fetch the contacts that may have been ticked: those that a filter leaves out meanwhile are still meant."""
        if self.endpoint == AUDIENCE:
            return client.list_contacts()
        return fetch_leaving(client) if self.endpoint == LEAVING else fetch_contacts(self.query, client)
