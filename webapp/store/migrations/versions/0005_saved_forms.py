"""Save forms that were submitted without a session in a table of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the table, and remove saved forms from the table of sessions: they lasted for half an hour."""
    op.create_table(
        "saved_forms",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("was_signed_in", sa.Boolean(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("began", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("saved_forms_began", "saved_forms", ["began"])
    op.execute("DELETE FROM sessions WHERE account = ''")
    op.drop_column("sessions", "kept")
