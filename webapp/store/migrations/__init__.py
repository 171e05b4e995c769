"""Migrations of the store's tables, run by Alembic."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

FOLDER = Path(__file__).parent


def alembic_config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration. There is no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def migrate(connection: Connection, revision: str = "head") -> None:
    """Migrate a store to a revision, within the connection's transaction."""
    command.upgrade(alembic_config(connection), revision)
