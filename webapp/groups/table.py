"""How the list of groups is searched and sorted."""

from datetime import UTC, datetime

from webapp.phonebook import Group, Rows
from webapp.text import sort_key
from webapp.web.lists import Table

_LONG_AGO = datetime.min.replace(tzinfo=UTC)

GROUPS_TABLE = Table[Group](
    text=lambda group: group.name,
    sort_keys={
        "name": lambda group: sort_key(group.name),
        "contacts": lambda group: group.contacts_count,
        "created": lambda group: group.created_on or _LONG_AGO,
    },
)


def largest_group_size(groups: Rows[Group]) -> int:
    """Return the number of contacts in the largest group: the full length of the bars in the list."""
    return max((group.contacts_count for group in groups.rows), default=0)
