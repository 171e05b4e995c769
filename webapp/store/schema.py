"""What the store holds. `migrations/` brings a store to this; a test holds the two together."""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    Uuid,
)

REVISIONS = ("0001", "0002", "0003", "0004")
"""Of the migrations, in their order. A store at another is ahead of this code."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC; SQLite forgets the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Give SQLite's moments their zone back."""
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


class SafeText(TypeDecorator[str]):
    """A text from outside. PostgreSQL takes neither NUL nor half a character: both become U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        """Replace what can't be kept."""
        if value is None:
            return None
        return value.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _number() -> Column[int]:
    """Make a column that numbers its rows; SQLite does so for INTEGER alone."""
    return Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True)


metadata = MetaData()

actions = Table(
    "actions",
    metadata,
    _number(),
    Column("form", Text, nullable=False, unique=True, doc="the key of the form that was sent: it acts once"),
    Column("person", SafeText, nullable=False),
    Column("began", UtcDateTime, nullable=False),
    Column(
        "content", Text, nullable=False, doc="a digest of the form's fields; empty if written by an earlier version"
    ),
    Index("actions_began", "began"),
)

changes = Table(
    "changes",
    metadata,
    _number(),
    Column("action_id", ForeignKey("actions.id"), nullable=False),
    Column("kind", Text, nullable=False, doc="see `webapp.actions.models.ChangeKind`"),
    Column("group_id", Uuid, doc="empty where a group is created, and its id is not known"),
    Column("before", SafeText, doc="the group's name before"),
    Column("asked", SafeText, doc="the name that was asked for; for a contact's details, their names and a digest"),
    Column("after", SafeText, doc="the group's new name, as Messente has it"),
    Column("contacts", Integer, doc="how many contacts a deleted group had"),
    Column("duplicates", Text, nullable=False, doc="ids of the groups that had the name already"),
    Column("searched", SafeText, nullable=False, doc="both names, folded, and the number"),
    Column("ended", UtcDateTime),
    Column("outcome", Text, nullable=False, doc="see `webapp.actions.models.Outcome`"),
    Column("error", Text, doc="the class of the error that it ended with"),
    Column("changed", Text, doc="whether that error says that the change has happened"),
    Column("detail", SafeText, doc="what Messente said of it, or why it was skipped"),
    Column("retry_after", Integer, doc="seconds"),
    Column("number", SafeText, doc="the contact's number, or the text that was typed as one"),
    Index("changes_action", "action_id", "id"),
    Index("changes_group", "group_id", "id"),
    Index("changes_number", "number", "id"),
    Index("changes_outcome", "outcome", "id"),
)

sessions = Table(
    "sessions",
    metadata,
    _number(),
    Column("token", Text, nullable=False, unique=True, doc="a hash of what the reader's cookie holds"),
    Column("account", SafeText, nullable=False, doc="its key; empty where a row only keeps a form, and is no session"),
    Column("stamp", Text, nullable=False, doc="as it was: another role, password or e-mail address ends the session"),
    Column("address", Text, nullable=False),
    Column("began", UtcDateTime, nullable=False),
    Column("seen", UtcDateTime, nullable=False, doc="written at most once a minute"),
    Column("kept", SafeText, doc="a form that was sent while nobody was signed in, as JSON"),
    Index("sessions_account", "account"),
    Index("sessions_began", "began"),
)

attempts = Table(
    "attempts",
    metadata,
    _number(),
    Column("account", Text, nullable=False, doc="a hash of the name that was typed: it may be a password by mistake"),
    Column("address", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("succeeded", Boolean, nullable=False),
    Index("attempts_account", "account", "at"),
    Index("attempts_address", "address", "at"),
    Index("attempts_at", "at"),
)

# Where /health/ready tries whether the store can be written to.
probe = Table("probe", metadata, _number())
