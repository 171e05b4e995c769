"""Who is on the blacklist, as far as pages tell of it."""

from collections.abc import Callable

from webapp.phonebook import PhonebookClient
from webapp.phonebook.errors import PhonebookError
from webapp.web.error_pages import log_failure


def start_blacklist_fetch(client: PhonebookClient) -> Callable[[], frozenset[str] | None]:
    """Begin to fetch the blacklist. Where it can't be read it is None, which hides no contact."""
    fetched = client.begin(client.list_blacklist)

    def blacklist() -> frozenset[str] | None:
        try:
            return fetched()
        except PhonebookError as error:
            log_failure(error)
            return None

    return blacklist
