"""What is ticked in a list of contacts, and chosen at its bar, according to the list's address.

So ticks survive whatever happens: the way back to a list is its address with them.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Self

from werkzeug.datastructures import MultiDict

from webapp.phonebook import Contact
from webapp.text import MAX_TEXT_CHARS
from webapp.web.lists import ListPage

NOTHING_TICKED = "Nothing is ticked. Tick the contacts, or “All”, and press the button again."


@dataclass(frozen=True)
class Ticks:
    """The ticked contacts of a list, and what is chosen and typed at its bar."""

    numbers: Collection[str] = ()
    """Of the ticked contacts on this page."""
    has_all: bool = False
    """Whether all contacts that the list finds are meant."""
    group: str = ""
    """The chosen option: a group's id, or "new"."""
    name: str = ""
    """The typed name of a new group."""
    problem: str = ""

    @classmethod
    def read(cls, args: MultiDict[str, str], listing: ListPage[Contact]) -> Self:
        """Read the ticks of a list's address; `tick=page` ticks all rows of the page."""
        shown = {contact.number for contact in listing.rows}
        return cls(
            numbers=shown if args.get("tick") == "page" else shown & set(args.getlist("number")),
            has_all=args.get("all") == "1",
            group=args.get("to", ""),
            name=args.get("name", "")[:MAX_TEXT_CHARS],
            problem=NOTHING_TICKED if args.get("problem") == "none" else "",
        )


def ticks_address(numbers: Collection[str], *, has_all: bool, group: str, name: str) -> dict[str, Any]:
    """Return the arguments of a list's address that tick these contacts again."""
    values = {"number": [] if has_all else list(numbers), "all": "1" if has_all else "", "to": group, "name": name}
    return {key: value for key, value in values.items() if value}
