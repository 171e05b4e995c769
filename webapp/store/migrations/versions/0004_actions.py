"""Split the record into actions (one for each submitted form) and their changes (one for each call to the API)."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# An entry without a batch becomes an action with one change. The entries of a batch become one action with the id of
# the first entry, so that the URLs of results stay the same.
_ACTIONS = """
    INSERT INTO actions (id, form, person, began, content)
    SELECT id, form, person, began, '' FROM activity
    WHERE batch IS NULL OR id IN (SELECT min(id) FROM activity WHERE batch IS NOT NULL GROUP BY batch)
"""
_CHANGES = """
    INSERT INTO changes (id, action_id, kind, group_id, "before", asked, "after", contacts, duplicates, searched, ended,
                         outcome, error, changed, detail, retry_after, number)
    SELECT entry.id, coalesce(first.id, entry.id), entry.kind, entry.group_id, entry."before", entry.asked,
           entry."after", entry.contacts, entry.twins, entry.searched, entry.settled,
           CASE entry.outcome WHEN 'kept back' THEN 'skipped' WHEN 'absent' THEN 'not found later'
                              ELSE entry.outcome END,
           entry.error, entry.changed, entry.detail, entry.retry_after, entry.number
    FROM activity AS entry
    LEFT JOIN (SELECT batch, min(id) AS id FROM activity WHERE batch IS NOT NULL GROUP BY batch) AS first
    ON first.batch = entry.batch
"""


def upgrade() -> None:
    """Create both tables, copy the entries, and drop the old table."""
    op.create_table(
        "actions",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("form", sa.Text(), nullable=False, unique=True),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("began", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
    )
    op.create_table(
        "changes",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("action_id", NUMBER, sa.ForeignKey("actions.id"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Uuid()),
        sa.Column("before", sa.Text()),
        sa.Column("asked", sa.Text()),
        sa.Column("after", sa.Text()),
        sa.Column("contacts", sa.Integer()),
        sa.Column("duplicates", sa.Text(), nullable=False),
        sa.Column("searched", sa.Text(), nullable=False),
        sa.Column("ended", sa.DateTime(timezone=True)),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("changed", sa.Text()),
        sa.Column("detail", sa.Text()),
        sa.Column("retry_after", sa.Integer()),
        sa.Column("number", sa.Text()),
    )
    op.execute(_ACTIONS)
    op.execute(_CHANGES)
    if op.get_context().dialect.name == "postgresql":
        op.execute("SELECT setval('actions_id_seq', (SELECT coalesce(max(id), 0) + 1 FROM actions), false)")
        op.execute("SELECT setval('changes_id_seq', (SELECT coalesce(max(id), 0) + 1 FROM changes), false)")
    op.drop_table("activity")
    op.create_index("actions_began", "actions", ["began"])
    op.create_index("changes_action", "changes", ["action_id", "id"])
    op.create_index("changes_group", "changes", ["group_id", "id"])
    op.create_index("changes_number", "changes", ["number", "id"])
    op.create_index("changes_outcome", "changes", ["outcome", "id"])
