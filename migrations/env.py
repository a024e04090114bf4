"""How Alembic reaches the database: over the connection that store/schema.py hands in, or by `-x url=…`."""

from alembic import context
from sqlalchemy import Connection, create_engine

from escalator.store.tables import METADATA


def run(connection: Connection) -> None:
    """Inside the caller's transaction, so that a failed migration leaves nothing behind on either database."""
    context.configure(connection=connection, target_metadata=METADATA, transactional_ddl=False)
    context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with create_engine(context.get_x_argument(as_dictionary=True)["url"]).begin() as connection:
        run(connection)
