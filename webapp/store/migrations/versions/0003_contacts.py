"""Record changes to contacts and memberships, and several changes by one form."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns `number` and `batch` to the record of changes."""
    op.add_column("activity", sa.Column("number", sa.Text()))
    op.add_column("activity", sa.Column("batch", sa.Text()))
    op.create_index("activity_number", "activity", ["number", "id"])
    op.create_index("activity_batch", "activity", ["batch", "id"])
