"""The store's tables. A test checks that the migrations in `migrations/` produce the same tables."""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    Uuid,
)

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008")
"""All migrations in order. A store with any other revision was used by a later version of the dashboard."""


class UtcDateTime(TypeDecorator[datetime]):
    """A date and time in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Restore the time zone, which SQLite doesn't store."""
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


class SafeText(TypeDecorator[str]):
    """Untrusted text. NUL and lone surrogates, which PostgreSQL rejects, become U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        """Replace characters that can't be stored."""
        if value is None or (value.isascii() and "\0" not in value):
            return value
        return value.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _number() -> Column[int]:
    """Create an auto-incrementing primary key. SQLite supports that only for INTEGER."""
    return Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True)


metadata = MetaData()

actions = Table(
    "actions",
    metadata,
    _number(),
    Column("form", Text, nullable=False, unique=True, doc="the key of the submitted form, which runs once"),
    Column("person", SafeText, nullable=False),
    Column("began", UtcDateTime, nullable=False),
    Column(
        "content", Text, nullable=False, doc="a digest of the form's fields; empty if written by an earlier version"
    ),
    Column("kind", Text, nullable=False, server_default="", doc="see `webapp.actions.plan.Plan.kind`"),
    Column("undoes", BigInteger, doc="the id of the action that this one undoes"),
    Index("actions_began", "began"),
    Index("actions_undoes", "undoes"),
)

changes = Table(
    "changes",
    metadata,
    _number(),
    Column("action_id", ForeignKey("actions.id"), nullable=False),
    Column("kind", Text, nullable=False, doc="see `webapp.actions.models.ChangeKind`"),
    Column("group_id", Uuid, doc="NULL if a group is created and its id is not known yet"),
    Column("before", SafeText, doc="the group's name before"),
    Column("asked", SafeText, doc="the requested name; for a contact's details, their names and a digest"),
    Column("after", SafeText, doc="the group's new name, as Messente has it"),
    Column("contacts", Integer, doc="how many contacts a deleted group had"),
    Column("duplicates", Text, nullable=False, doc="ids of the groups that had the name already"),
    Column("searched", SafeText, nullable=False, doc="text for the search: both names, case-folded, and the number"),
    Column("ended", UtcDateTime),
    Column("outcome", Text, nullable=False, doc="see `webapp.actions.models.Outcome`"),
    Column("error", Text, doc="the class of the error, if it failed"),
    Column("changed", Text, doc="the error's `changed`: whether the change has happened"),
    Column("detail", SafeText, doc="Messente's error message, or why it was skipped"),
    Column("retry_after", Integer, doc="seconds"),
    Column("number", SafeText, doc="the contact's number, or what was typed if it isn't one"),
    Column("new_group", Uuid, doc="refers to a group that the action creates; in an undo, the id that it had"),
    Column("merged_into", Uuid, doc="the group that must have all members of the deleted one"),
    Column("phase", Integer, nullable=False, server_default="0", doc="phases run one after the other"),
    Column("step", Integer, nullable=False, server_default="0", doc="the changes of one step run in order"),
    Index("changes_action", "action_id", "id"),
    Index("changes_group", "group_id", "id"),
    Index("changes_number", "number", "id"),
    Index("changes_outcome", "outcome", "id"),
)

change_data = Table(
    "change_data",
    metadata,
    Column("change_id", ForeignKey("changes.id"), primary_key=True, autoincrement=False),
    Column("details", Text, doc="the contact's new details, for a job; as JSON"),
    Column("replaced", Text, doc="what the change replaces, for undoing it; as JSON"),
)
"""Personal data that a job or an undo needs. It is deleted after UNDO_DAYS."""

jobs = Table(
    "jobs",
    metadata,
    Column("action_id", ForeignKey("actions.id"), primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False, doc="see `webapp.actions.models.JobState`"),
    Column("stop_requested", Boolean, nullable=False),
    Column("lease_owner", Text, doc="who runs the job: a random name of its run"),
    Column("lease_until", UtcDateTime, doc="then another worker may take the job"),
    Column("resume_at", UtcDateTime, doc="not before then, since Messente could not be used"),
    Column("reason", Text, doc="the class of the error for which it waits, or was given up"),
    Column("failing_since", UtcDateTime, doc="since when Messente can't be used"),
    Column("ended", UtcDateTime),
    Index("jobs_state", "state"),
)
"""Actions that run in the background."""

imports = Table(
    "imports",
    metadata,
    _number(),
    Column("person", SafeText, nullable=False, doc="who uploaded it"),
    Column("began", UtcDateTime, nullable=False),
    Column("name", SafeText, nullable=False, doc="of the file; empty if its cells were pasted"),
    Column("data", LargeBinary, nullable=False, doc="the file; empty once the import has started"),
    Column("choices", Text, nullable=False, doc="how to read the file, as JSON: see `webapp.imports.uploads.Choices`"),
    Column("action_id", BigInteger, doc="the action that runs the import; NULL before it has started"),
    Column("refused", Text, doc="the rows that could not be imported, as JSON, once it has started"),
    Index("imports_began", "began"),
    Index("imports_action", "action_id"),
)
"""Uploaded files. They are deleted after a day, and their data when the import starts, except refused rows."""

import_columns = Table(
    "import_columns",
    metadata,
    Column("headings", Text, primary_key=True, doc="a digest of a file's headings"),
    Column("columns", Text, nullable=False, doc="what each column is, as JSON"),
    Column("used", UtcDateTime, nullable=False),
)
"""What the columns of files with the same headings were, when such a file was imported last."""

sessions = Table(
    "sessions",
    metadata,
    _number(),
    Column("token", Text, nullable=False, unique=True, doc="a hash of the token in the user's cookie"),
    Column("account", SafeText, nullable=False, doc="the account's key"),
    Column("stamp", Text, nullable=False, doc="the session ends if the role, password or e-mail address has changed"),
    Column("address", Text, nullable=False),
    Column("began", UtcDateTime, nullable=False),
    Column("seen", UtcDateTime, nullable=False, doc="written at most once a minute"),
    Index("sessions_account", "account"),
    Index("sessions_began", "began"),
)

saved_forms = Table(
    "saved_forms",
    metadata,
    _number(),
    Column("token", Text, nullable=False, doc="a hash of the token in the browser's cookie"),
    Column("was_signed_in", Boolean, nullable=False, doc="whether the browser was signed in before"),
    Column("address", SafeText, nullable=False, doc="the page that shows the form again"),
    Column("fields", SafeText, nullable=False, doc="as JSON: each name with its values"),
    Column("began", UtcDateTime, nullable=False),
    Index("saved_forms_began", "began"),
)

attempts = Table(
    "attempts",
    metadata,
    _number(),
    Column("account", Text, nullable=False, doc="a hash of the name typed, which may be a password by mistake"),
    Column("address", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("succeeded", Boolean, nullable=False),
    Index("attempts_account", "account", "at"),
    Index("attempts_address", "address", "at"),
    Index("attempts_at", "at"),
)

daily_figures = Table(
    "daily_figures",
    metadata,
    Column("day", Date, primary_key=True, doc="in the team's time zone"),
    Column("contacts", Integer, nullable=False),
    Column("groups", Integer, nullable=False),
    Column("in_no_group", Integer, nullable=False),
    Column("blacklisted", Integer, nullable=False),
    Column("compared", UtcDateTime, doc="when the groups' members were compared, or this was begun"),
    Column("same_members", Text, doc="groups with the same members, as JSON: lists of ids; NULL until it is known"),
)
"""How large the phonebook was on each day. They are deleted after 400 days."""

# /health/ready writes here to check that the store is writable.
probe = Table("probe", metadata, _number())
