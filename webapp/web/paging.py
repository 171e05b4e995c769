"""Split lists into pages."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

PAGE_SIZE = 50
MAX_PRINTED_ROWS = 10_000
"""Rows of a list on paper: about 170 sheets. Browsers take several seconds to lay them out."""


class Paged:
    """Base of lists that show one page of their rows."""

    rows: Sequence[Any]
    page: int
    pages: int
    page_size: int = PAGE_SIZE

    @property
    def first(self) -> int:
        """The position of the first row in the whole list, from 1."""
        return (self.page - 1) * self.page_size + 1

    @property
    def last(self) -> int:
        """The position of the last row."""
        return self.first + len(self.rows) - 1


def read_page_number(args: Mapping[str, str]) -> int:
    """Read the page from an address's query; an invalid value means the first page."""
    page = args.get("page", "")
    # Nine digits are enough for a page past the end.
    return int(page[:9]) if page.isascii() and page.isdigit() and int(page[:9]) else 1


def clamp_page(page: int, total: int, page_size: int = PAGE_SIZE) -> tuple[int, int]:
    """Return the page to show, at most the last one, and the number of pages for a total of rows."""
    pages = max(1, math.ceil(total / page_size))
    return min(page, pages), pages
