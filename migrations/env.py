"""Runs the migrations on the connection ``jeeves.store.database`` hands over.

Lives here: the bridge to Alembic. Must not live here: where the database is, how it is locked.
"""

from alembic import context

from jeeves.store.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
