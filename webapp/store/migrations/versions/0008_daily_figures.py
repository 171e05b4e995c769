"""Keep the figures of each day."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the table `daily_figures`."""
    op.create_table(
        "daily_figures",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("contacts", sa.Integer(), nullable=False),
        sa.Column("groups", sa.Integer(), nullable=False),
        sa.Column("in_no_group", sa.Integer(), nullable=False),
        sa.Column("blacklisted", sa.Integer(), nullable=False),
        sa.Column("compared", sa.DateTime(timezone=True)),
        sa.Column("same_members", sa.Text()),
    )
