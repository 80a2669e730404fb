"""How a migration makes a table safe: tenant isolation, machine purposes, write-once.

Every table goes through one of these functions; the catalogue tests fail for one that did not.
"""

from collections.abc import Mapping

from alembic import op

# The tenants of this transaction, worked out once per statement instead of once per row.
_TENANTS = (
    "((SELECT string_to_array(NULLIF(current_setting('app.tenant_id', true), ''), ','))::text[])"
)
_PURPOSE = "(SELECT current_setting('app.purpose', true))"


def tenant_table(
    table: str,
    *,
    role: str,
    grants: str = "SELECT, INSERT, UPDATE, DELETE",
    purposes: Mapping[str, str] | None = None,
    tenant_column: str = "tenant_id",
) -> None:
    """Let the role see and write only rows of the tenants that its transaction is bound to.

    `purposes` opens all rows to machine work: ``{"relay": "SELECT, UPDATE"}``.
    """
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    own = f"{tenant_column} = ANY {_TENANTS}"
    op.execute(f"CREATE POLICY tenant_rows ON {table} USING ({own}) WITH CHECK ({own})")
    for purpose, commands in (purposes or {}).items():
        for command in commands.split(", "):
            open_to_purpose(table, purpose=purpose, command=command)
    op.execute(f"GRANT {grants} ON {table} TO {role}")


def open_to_purpose(table: str, *, purpose: str, command: str) -> None:
    """Let transactions of this purpose do this to rows of every tenant."""
    name = f"{purpose}_{command.lower()}"
    condition = f"{_PURPOSE} = '{purpose}'"
    check = f" WITH CHECK ({condition})" if command == "UPDATE" else ""
    op.execute(f"CREATE POLICY {name} ON {table} FOR {command} USING ({condition}){check}")


def machine_table(table: str, *, role: str, grants: str = "SELECT, INSERT, UPDATE, DELETE") -> None:
    """Give the role a table that holds nothing of any tenant."""
    op.execute(f"GRANT {grants} ON {table} TO {role}")


def write_once(table: str, *, role: str) -> None:
    """Refuse every change and removal of rows, whoever asks and in whatever replication role."""
    op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}")
    op.execute(
        f"CREATE TRIGGER write_once_rows BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER write_once_table BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER write_once_rows")
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER write_once_table")
