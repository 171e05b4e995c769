"""The dashboard's own database: SQLite by default, or PostgreSQL by DATABASE_URL. It doesn't import Flask."""

from webapp.store.errors import AlreadyThere, StoreError, Unreachable
from webapp.store.store import Store

__all__ = ["AlreadyThere", "Store", "StoreError", "Unreachable"]
