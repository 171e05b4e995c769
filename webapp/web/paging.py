"""Lists that are shown a page at a time."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

PAGE_SIZE = 50


class Paged:
    """What every such list says of the page that it shows."""

    rows: Sequence[Any]
    page: int
    pages: int

    @property
    def first(self) -> int:
        """The place of the first row in the whole list, from 1."""
        return (self.page - 1) * PAGE_SIZE + 1

    @property
    def last(self) -> int:
        """The place of the last row."""
        return self.first + len(self.rows) - 1


def read_page_number(args: Mapping[str, str]) -> int:
    """Read the page from an address's query; nonsense is the first page."""
    page = args.get("page", "")
    # So many digits stand for a page past the end.
    return int(page[:9]) if page.isascii() and page.isdigit() and int(page[:9]) else 1


def clamp_page(wanted: int, total: int) -> tuple[int, int]:
    """Return the page that is shown, which is the last one if there are fewer than wanted, and how many there are."""
    pages = max(1, math.ceil(total / PAGE_SIZE))
    return min(wanted, pages), pages
