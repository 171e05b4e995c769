"""Fetch the blacklist for pages that can do without it."""

from collections.abc import Callable

from webapp.phonebook import PhonebookClient
from webapp.phonebook.errors import PhonebookError
from webapp.web.error_pages import log_failure


def start_blacklist_fetch(client: PhonebookClient) -> Callable[[], frozenset[str] | None]:
    """Start to fetch the blacklist; return a function that waits for it. Its result is None if the call fails."""
    fetched = client.begin(client.list_blacklist)

    def blacklist() -> frozenset[str] | None:
        try:
            return fetched()
        except PhonebookError as error:
            log_failure(error)
            return None

    return blacklist
