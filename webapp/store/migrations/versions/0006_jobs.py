"""Run actions in the background, and keep what undoing a change needs."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables `jobs` and `change_data`, the order of an action's changes, and which action undoes which."""
    op.add_column("actions", sa.Column("kind", sa.Text(), nullable=False, server_default=""))
    op.add_column("actions", sa.Column("undoes", sa.BigInteger()))
    op.create_index("actions_undoes", "actions", ["undoes"])
    op.add_column("changes", sa.Column("new_group", sa.Uuid()))
    op.add_column("changes", sa.Column("merged_into", sa.Uuid()))
    op.add_column("changes", sa.Column("phase", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("changes", sa.Column("step", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "change_data",
        sa.Column("change_id", NUMBER, sa.ForeignKey("changes.id"), primary_key=True, autoincrement=False),
        sa.Column("details", sa.Text()),
        sa.Column("replaced", sa.Text()),
    )
    op.create_table(
        "jobs",
        sa.Column("action_id", NUMBER, sa.ForeignKey("actions.id"), primary_key=True, autoincrement=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("stop_requested", sa.Boolean(), nullable=False),
        sa.Column("lease_owner", sa.Text()),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("resume_at", sa.DateTime(timezone=True)),
        sa.Column("reason", sa.Text()),
        sa.Column("failing_since", sa.DateTime(timezone=True)),
        sa.Column("ended", sa.DateTime(timezone=True)),
    )
    op.create_index("jobs_state", "jobs", ["state"])
