"""The dashboard's own small database: SQLite by default, PostgreSQL by DATABASE_URL. Knows no Flask."""

from webapp.store.store import AlreadyThere, Store, StoreError, Unreachable

__all__ = ["AlreadyThere", "Store", "StoreError", "Unreachable"]
