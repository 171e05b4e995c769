"""Import contacts from files."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add a table for uploaded files, and one for what their columns were."""
    op.create_table(
        "imports",
        sa.Column("id", NUMBER, primary_key=True),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("began", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("choices", sa.Text(), nullable=False),
        sa.Column("action_id", sa.BigInteger()),
        sa.Column("refused", sa.Text()),
    )
    op.create_index("imports_began", "imports", ["began"])
    op.create_index("imports_action", "imports", ["action_id"])
    op.create_table(
        "import_columns",
        sa.Column("headings", sa.Text(), primary_key=True),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("used", sa.DateTime(timezone=True), nullable=False),
    )
