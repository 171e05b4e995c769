"""The pages are tested on SQLite and on PostgreSQL."""

from tests.actions.conftest import settings, store

__all__ = ["settings", "store"]
