"""A long list of contacts that is handed on while it is read, so that a download begins at once."""

import contextvars
import threading
from collections.abc import Callable, Iterator
from itertools import chain
from queue import SimpleQueue

import urllib3

from webapp.phonebook.errors import ConnectionLost, PhonebookError, UnreadableAnswer
from webapp.phonebook.long_lists import Pieces, Sizes
from webapp.phonebook.models import Contact
from webapp.phonebook.number_set import NumberSet
from webapp.phonebook.packed_rows import Block, PackedRows
from webapp.phonebook.row_reader import RowReader


class ContactStream:
    """The contacts of a list, in the API's order: to be gone through once.

    A thread reads them as fast as they come, so that the API need not wait for a slow client. What has not been handed
    on is packed.
    """

    unreadable = 0
    """Skipped rows; known at the end."""

    def __init__(
        self,
        get: Callable[[Callable[[urllib3.BaseHTTPResponse], None]], None],
        sizes: Sizes,
        keeps: Callable[[Contact], bool],
    ) -> None:
        """Begin to read.

        Args:
            get: sends the request, and calls its argument to read the response's body; again for a retry.
            sizes: limits.
            keeps: decides which contacts are handed on.

        Raises:
            PhonebookError: if not even the first contacts come.

        """
        self._get, self._sizes, self._keeps = get, sizes, keeps
        self._blocks = SimpleQueue[Block | PhonebookError | None]()
        self._has_begun = False
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(self._run,), name="contacts", daemon=True).start()
        self._next = self._blocks.get()
        if isinstance(self._next, PhonebookError):
            raise self._next

    def __iter__(self) -> Iterator[Contact]:
        """Yield the contacts as they come.

        Raises:
            PhonebookError: if the rest can't be read.

        """
        while self._next is not None:
            if isinstance(self._next, PhonebookError):
                raise self._next
            yield from PackedRows(Contact, [self._next])
            self._next = self._blocks.get()

    def _run(self) -> None:
        end: PhonebookError | None = UnreadableAnswer("reading it has failed")
        try:
            self._get(self._read)
            end = None
        except PhonebookError as error:  # raised in the thread that uses the contacts
            end = error
        finally:
            self._blocks.put(end)

    def _read(self, response: urllib3.BaseHTTPResponse) -> None:
        if self._has_begun:
            raise ConnectionLost("it was lost after a part had been handed on", lasting=True)
        reader, numbers = RowReader(Contact, self._sizes.undecoded), NumberSet()
        for batch in chain(map(reader.feed, Pieces(response, self._sizes)), (reader.end() for _ in range(1))):
            rows = numbers.add_new(batch.rows)
            self.unreadable += batch.unreadable + len(batch.rows) - len(rows)
            if kept := list(filter(self._keeps, rows)):
                self._has_begun = True
                self._blocks.put(Block.of_rows(kept))
