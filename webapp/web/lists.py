"""Search, sort and paginate lists.

Sort orders and search texts are cached as long as Messente's response stays the same (`webapp.phonebook.Rows.derive`).
"""

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Self, TypeVar

from webapp.phonebook import Rows
from webapp.phonebook.packed_rows import MAX_DECODED_ROWS
from webapp.text import fold_lines, with_digits
from webapp.web.addresses import read_search
from webapp.web.current import default_region
from webapp.web.paging import MAX_PRINTED_ROWS, PAGE_SIZE, Paged, clamp_page, read_page_number
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
    for_paper: bool = False
    """Whether a page has all rows, to be printed. Links lead back to the list on a screen."""

    @property
    def search(self) -> Search:
        """The parsed search."""
        return Search.read(self.q, default_region())

    @classmethod
    def from_args(cls, args: Mapping[str, str], table: Table[Any], **place: Any) -> Self:
        """Read the query of an address."""
        sort = args.get("sort", "")
        known = sort.removeprefix("-") in table.sort_keys and sort != table.default
        return cls(read_search(args), sort if known else "", read_page_number(args), place, args.get("print") == "1")

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
    page_size: int = PAGE_SIZE

    def address_by(self, column: str) -> dict[str, Any]:
        """Return the query arguments that sort by a column, or reverse the order if it is sorted by it."""
        sort = f"-{column}" if self.sort == column else column
        return self.query.address(sort="" if sort == self.default else sort)


def paginate(listed: Rows[Row], table: Table[Row], query: ListQuery) -> ListPage[Row]:
    """Search, sort and return one page; a page past the end is the last one."""
    sort = query.sort or table.default
    order = _matching(listed, table, query)
    page_size = MAX_PRINTED_ROWS if query.for_paper else PAGE_SIZE
    page, pages = clamp_page(query.page, len(order), page_size)
    start = (page - 1) * page_size
    return ListPage(
        query=query,
        sort=sort,
        default=table.default,
        rows=listed.pick(order[start : start + page_size]),
        matches=len(order),
        total=len(listed.rows),
        unreadable=listed.unreadable,
        page=page,
        pages=pages,
        page_size=page_size,
    )


def filter_and_sort(listed: Rows[Row], table: Table[Row], query: ListQuery) -> Sequence[Row]:
    """Return all rows that match, sorted; if they are too many for that, in the API's order."""
    if not listed.is_packed:
        return [listed.rows[index] for index in _matching(listed, table, query)]
    found = listed.where(find_matcher(table, query.search)) if query.q else listed
    return found.rows if found.is_packed else filter_and_sort(found, table, query)


def _matching(listed: Rows[Row], table: Table[Row], query: ListQuery) -> Sequence[int]:
    """Return the indexes of all rows that match, sorted."""
    search, sort = query.search, query.sort or table.default
    if not search:
        return listed.derive(_order, table, sort)
    if listed.is_packed:
        return _search_packed(listed, table, search, sort)
    texts = listed.derive(_with_digits if search.numbers else _folded, table)
    return search.find(listed.derive(_order, table, sort), texts)


def _search_packed(listed: Rows[Row], table: Table[Row], search: Search, sort: str) -> Sequence[int]:
    found = array("I")
    rows: list[Row] = []
    matches = find_matcher(table, search)
    for index, row in enumerate(listed.rows):
        if matches(row):
            found.append(index)
            if len(found) <= MAX_DECODED_ROWS:
                rows.append(row)
    if len(found) <= MAX_DECODED_ROWS:
        return [found[place] for place in Rows(rows).derive(_order, table, sort)]
    is_found = bytearray(len(listed.rows))
    for index in found:
        is_found[index] = True
    return array("I", (index for index in listed.derive(_order, table, sort) if is_found[index]))


def _order(listed: Rows[Row], table: Table[Row], sort: str) -> Sequence[int]:
    column = sort.removeprefix("-")
    by_default = range(len(listed.rows)) if column == table.default else listed.derive(_order, table, table.default)
    # The keys of a packed list take more memory than the list.
    keys = sort_keys(listed, table, column) if listed.is_packed else listed.derive(sort_keys, table, column)
    order = sorted(by_default, key=keys.__getitem__, reverse=sort.startswith("-"))
    return array("I", order) if listed.is_packed else order


def sort_keys(listed: Rows[Row], table: Table[Row], column: str) -> list[Any]:
    """Return each row's key of a column; call it by `Rows.derive`."""
    return list(map(table.sort_keys[column], listed.rows))


def _folded(listed: Rows[Row], table: Table[Row]) -> list[str]:
    return [fold_lines(table.text(row)) for row in listed.rows]


def _with_digits(listed: Rows[Row], table: Table[Row]) -> list[str]:
    return [with_digits(folded) for folded in listed.derive(_folded, table)]


def find_matcher(table: Table[Row], search: Search) -> Callable[[Row], bool]:
    """Return what decides whether a row matches a search."""
    if not search:
        return lambda _: True
    return lambda row: search.matches(fold_lines(table.text(row)))
