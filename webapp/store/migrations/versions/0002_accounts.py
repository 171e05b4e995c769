"""Create the tables of sessions and of attempts to sign in."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "sessions",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("token", sa.Text(), nullable=False, unique=True),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("stamp", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("began", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept", sa.Text()),
    )
    op.create_index("sessions_account", "sessions", ["account"])
    op.create_index("sessions_began", "sessions", ["began"])
    op.create_table(
        "attempts",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
    )
    op.create_index("attempts_account", "attempts", ["account", "at"])
    op.create_index("attempts_address", "attempts", ["address", "at"])
    op.create_index("attempts_at", "attempts", ["at"])
