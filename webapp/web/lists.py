"""Search, sort and paginate lists.

Sort orders and search texts are cached as long as Messente's response stays the same (`webapp.phonebook.Rows.derive`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Self, TypeVar

from webapp.phonebook import Rows
from webapp.text import fold_lines, with_digits
from webapp.web.addresses import read_search
from webapp.web.current import default_region
from webapp.web.paging import PAGE_SIZE, Paged, clamp_page, read_page_number
from webapp.web.search import Search

Row = TypeVar("Row")


@dataclass(frozen=True, eq=False)
class Table(Generic[Row]):
    """How the rows of one type are searched and sorted."""

    text: Callable[[Row], str]
    """Returns the fields that are searched, one per line."""
    sort_keys: Mapping[str, Callable[[Row], Any]]
    """Sort keys by the column's name. The first column is the default, and orders rows with equal keys."""

    @property
    def default(self) -> str:
        """The column by which rows are sorted by default."""
        return next(iter(self.sort_keys))


@dataclass(frozen=True)
class ListQuery:
    """The search, order and page in an address. Invalid values fall back to the defaults."""

    q: str = ""
    sort: str = ""
    """A column, with "-" before it for descending; empty for the default."""
    page: int = 1
    place: Mapping[str, Any] = field(default_factory=dict)
    """Other arguments of the address, which stay in its links."""

    @property
    def search(self) -> Search:
        """The parsed search."""
        return Search.read(self.q, default_region())

    @classmethod
    def from_args(cls, args: Mapping[str, str], table: Table[Any], **place: Any) -> Self:
        """Read the query of an address."""
        sort = args.get("sort", "")
        known = sort.removeprefix("-") in table.sort_keys and sort != table.default
        return cls(read_search(args), sort if known else "", read_page_number(args), place)

    def address(self, *, sort: str | None = None, page: int = 1, **changes: Any) -> dict[str, Any]:
        """Return the query arguments of this address with some changed; defaults are left out."""
        own = {"q": self.q, "sort": self.sort if sort is None else sort, "page": page if page > 1 else None}
        return {key: value for key, value in {**self.place, **own, **changes}.items() if value}


@dataclass(frozen=True)
class ListPage(Paged, Generic[Row]):
    """One page of a list."""

    query: ListQuery
    sort: str
    """The column by which it is sorted, with "-" before it for descending."""
    default: str
    rows: list[Row]
    matches: int
    total: int
    unreadable: int
    page: int
    pages: int

    def address_by(self, column: str) -> dict[str, Any]:
        """Return the query arguments that sort by a column, or reverse the order if it is sorted by it."""
        sort = f"-{column}" if self.sort == column else column
        return self.query.address(sort="" if sort == self.default else sort)


def paginate(listed: Rows[Row], table: Table[Row], query: ListQuery) -> ListPage[Row]:
    """Search, sort and return one page; a page past the end is the last one."""
    sort = query.sort or table.default
    order = _matching(listed, table, query)
    page, pages = clamp_page(query.page, len(order))
    start = (page - 1) * PAGE_SIZE
    return ListPage(
        query=query,
        sort=sort,
        default=table.default,
        rows=[listed.rows[index] for index in order[start : start + PAGE_SIZE]],
        matches=len(order),
        total=len(listed.rows),
        unreadable=listed.unreadable,
        page=page,
        pages=pages,
    )


def filter_and_sort(listed: Rows[Row], table: Table[Row], query: ListQuery) -> list[Row]:
    """Return all rows that match, sorted."""
    return [listed.rows[index] for index in _matching(listed, table, query)]


def _matching(listed: Rows[Row], table: Table[Row], query: ListQuery) -> list[int]:
    order = listed.derive(_order, table, query.sort or table.default)
    search = query.search
    if not search:
        return order
    return search.find(order, listed.derive(_with_digits if search.numbers else _folded, table))


def _order(listed: Rows[Row], table: Table[Row], sort: str) -> list[int]:
    column = sort.removeprefix("-")
    by_default = range(len(listed.rows)) if column == table.default else listed.derive(_order, table, table.default)
    keys = listed.derive(sort_keys, table, column)
    return sorted(by_default, key=keys.__getitem__, reverse=sort.startswith("-"))


def sort_keys(listed: Rows[Row], table: Table[Row], column: str) -> list[Any]:
    """Return each row's key of a column; call it by `Rows.derive`."""
    return list(map(table.sort_keys[column], listed.rows))


def _folded(listed: Rows[Row], table: Table[Row]) -> list[str]:
    return [fold_lines(table.text(row)) for row in listed.rows]


def _with_digits(listed: Rows[Row], table: Table[Row]) -> list[str]:
    return [with_digits(folded) for folded in listed.derive(_folded, table)]
