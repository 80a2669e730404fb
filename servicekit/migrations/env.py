"""The one alembic environment: runs a service's migrations in that service's schema.

The runner hands over its connection; ``alembic -n <service> …`` is for making new revisions.
"""

from alembic import context
from sqlalchemy import Connection, text

config = context.config


def run(connection: Connection) -> None:
    """Run what was asked for, inside the schema, with short locks."""
    schema = config.get_main_option("schema")
    # A migration that waits for a lock holds up everybody behind it; better to fail and retry.
    connection.execute(text("SET LOCAL lock_timeout = '4s'"))
    connection.execute(text(f"SET LOCAL search_path = {schema}"))
    context.configure(
        connection=connection,
        version_table_schema=schema,
        transactional_ddl=True,
        transaction_per_migration=False,
    )
    context.run_migrations()


run(config.attributes["connection"])
