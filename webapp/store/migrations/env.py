"""Alembic's entry point: runs the migrations in the transaction that the caller has begun."""

from alembic import context

from webapp.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
