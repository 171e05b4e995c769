"""The pages are tested on SQLite and on PostgreSQL, as the record is."""

from tests.actions.conftest import settings, store

__all__ = ["settings", "store"]
