"""The dashboard's own database: SQLite by default, or PostgreSQL by DATABASE_URL. It doesn't import Flask."""

from webapp.store.store import AlreadyThere, Store, StoreError, Unreachable

__all__ = ["AlreadyThere", "Store", "StoreError", "Unreachable"]
