"""The dashboard as it is deployed, over an API that allows 150 calls a second as Messente does."""

import re
import threading
import time
from collections import deque
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest

from tests.phonebook_state import PhonebookState
from tests.serving.deployment import Deployment

ALLOWED = 150

NUMBERS = "All of them are only in this group"


class LimitedPhonebook(PhonebookState):
    """A phonebook that answers 429 to the calls beyond those that it allows in a second."""

    def __init__(self) -> None:
        super().__init__()
        self.refused = 0
        self.retry_after = 1
        self._lately: deque[float] = deque()
        self._limiting = threading.Lock()

    def _record(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with self._limiting:
            now = time.monotonic()
            while self._lately and self._lately[0] <= now - 1:
                self._lately.popleft()
            is_allowed = len(self._lately) < ALLOWED
            if is_allowed:
                self._lately.append(now)
            else:
                self.refused += 1
        if is_allowed:
            return super()._record(environ, start_response)
        return self._refuse(("429 Too Many Requests", b""), start_response)


@pytest.mark.long
def test_four_delete_pages_at_once_show_orphans_or_when_to_try_again() -> None:
    """With 500 members and as many other groups each needs 500 calls, and has eight seconds for them."""
    with LimitedPhonebook() as phonebook:
        groups = [phonebook.add(f"Large {number}", contacts=500) for number in range(4)]
        for number in range(520):
            phonebook.add(f"Small {number}", contacts=1)
        with Deployment(SANDBOX="1", MESSENTE_API_URL=phonebook.url) as dashboard:

            def ask(group: UUID) -> str:
                return dashboard.get(f"/groups/{group}/delete").text

            waiting = groups
            for _ in groups:
                with ThreadPoolExecutor(4) as pool:
                    pages = dict(zip(waiting, pool.map(ask, waiting), strict=True))
                assert not [page for page in pages.values() if "could not be worked out" in page]
                waits = {group: re.search(r"ask again in (\d+) second", page) for group, page in pages.items()}
                assert all(wait or NUMBERS in pages[group] for group, wait in waits.items())
                assert not all(waits.values()), "one of them has its numbers"
                if not (waiting := [group for group, wait in waits.items() if wait]):
                    break
                time.sleep(max(int(wait[1]) for wait in waits.values() if wait))
        assert not waiting
        assert phonebook.refused == 0
