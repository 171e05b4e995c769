"""Create the record of changes, and the table `probe` for checking that the store is writable."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "activity",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("form", sa.Text(), nullable=False, unique=True),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("group_id", sa.Uuid()),
        sa.Column("before", sa.Text()),
        sa.Column("asked", sa.Text()),
        sa.Column("after", sa.Text()),
        sa.Column("contacts", sa.Integer()),
        sa.Column("twins", sa.Text(), nullable=False),
        sa.Column("searched", sa.Text(), nullable=False),
        sa.Column("began", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled", sa.DateTime(timezone=True)),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("changed", sa.Text()),
        sa.Column("detail", sa.Text()),
        sa.Column("retry_after", sa.Integer()),
    )
    op.create_index("activity_began", "activity", ["began"])
    op.create_index("activity_group", "activity", ["group_id", "id"])
    op.create_index("activity_open", "activity", ["outcome", "id"])
    op.create_table("probe", sa.Column("id", NUMBER, primary_key=True))
