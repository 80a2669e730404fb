"""What the database's own catalogue says about the promises of every table.

Each function returns the problems it finds, so that a test can show both that there are none and that
a table which forgets is found.
"""

import asyncpg
from sqlalchemy import MetaData, Table

from servicekit.tables import MACHINE, WRITE_ONCE

_TENANT_TEST = "current_setting('app.tenant_id'"
_VERSION_TABLE = "alembic_version"


async def problems(
    connection: asyncpg.Connection, *, schema: str, role: str, metadata: MetaData
) -> list[str]:
    """Everything that is wrong with one schema."""
    found = await _undeclared(connection, schema, metadata)
    for table in metadata.sorted_tables:
        if table.info.get("kind") != MACHINE:
            found += await _isolation(connection, schema, table)
            found += await _keys(connection, schema, table)
        found += await _ownership(connection, schema, role, table)
        if table.info.get(WRITE_ONCE):
            found += await _write_once(connection, schema, role, table)
    found += await _views_and_functions(connection, schema)
    found += await _role(connection, schema, role)
    return found


async def _undeclared(connection: asyncpg.Connection, schema: str, metadata: MetaData) -> list[str]:
    rows = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind IN ('r','p')",
        schema,
    )
    present = {row["relname"] for row in rows} - {_VERSION_TABLE}
    declared = {table.name for table in metadata.sorted_tables}
    return [f"{name}: declared or present, but not both" for name in sorted(present ^ declared)]


async def _isolation(connection: asyncpg.Connection, schema: str, table: Table) -> list[str]:
    flags = await connection.fetchrow(
        "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = to_regclass($1)",
        f"{schema}.{table.name}",
    )
    if flags is None:
        return []
    found = []
    if not flags["relrowsecurity"]:
        found.append(f"{table.name}: row security is not enabled")
    if not flags["relforcerowsecurity"]:
        found.append(f"{table.name}: row security is not forced on the owner")
    return found + await _policies(connection, schema, table)


async def _policies(connection: asyncpg.Connection, schema: str, table: Table) -> list[str]:
    rows = await connection.fetch(
        "SELECT policyname, permissive, cmd, qual, with_check FROM pg_policies "
        "WHERE schemaname = $1 AND tablename = $2",
        schema,
        table.name,
    )
    policies = {row["policyname"]: row for row in rows}
    own = policies.pop("tenant_rows", None)
    found = []
    if own is None or own["cmd"] != "ALL":
        found.append(f"{table.name}: no policy ties its rows to the tenant")
    elif _TENANT_TEST not in (own["qual"] or "") or _TENANT_TEST not in (own["with_check"] or ""):
        found.append(f"{table.name}: the tenant policy does not look at the tenant")
    allowed = {
        f"{purpose}_{command.lower()}"
        for purpose, commands in table.info.get("purposes", {}).items()
        for command in commands.split(", ")
    }
    # Exceptions that a table declares by name, with the reason beside the declaration.
    excepted = set(table.info.get("policies", ()))
    allowed |= excepted
    found += [f"{table.name}: undeclared policy {name}" for name in policies.keys() - allowed]
    found += [
        f"{table.name}: policy {name} does not look at the purpose"
        for name, row in policies.items()
        if name in allowed - excepted and "current_setting('app.purpose'" not in (row["qual"] or "")
    ]
    return found


async def _keys(connection: asyncpg.Connection, schema: str, table: Table) -> list[str]:
    """Uniqueness across tenants would tell one tenant of another's rows; so would a foreign key."""
    leading = table.info.get("tenant_column", "tenant_id")
    rows = await connection.fetch(
        "SELECT i.indexrelid::regclass::text AS name, a.attname AS first FROM pg_index i "
        "LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] "
        "WHERE i.indrelid = to_regclass($1) AND i.indisunique",
        f"{schema}.{table.name}",
    )
    exempt = table.info.get("global_keys", ())
    found = [
        f"{table.name}: the unique index {row['name']} does not begin with {leading}"
        for row in rows
        if row["first"] != leading and row["name"].rpartition(".")[2] not in exempt
    ]
    foreign = await connection.fetch(
        "SELECT conname, (SELECT array_agg(attname::text) FROM pg_attribute WHERE attrelid = conrelid "
        "AND attnum = ANY (conkey)) AS columns FROM pg_constraint "
        "WHERE conrelid = to_regclass($1) AND contype = 'f'",
        f"{schema}.{table.name}",
    )
    return found + [
        f"{table.name}: the foreign key {row['conname']} does not hold the tenant"
        for row in foreign
        if leading not in row["columns"]
    ]


async def _ownership(
    connection: asyncpg.Connection, schema: str, role: str, table: Table
) -> list[str]:
    owner = await connection.fetchval(
        "SELECT relowner::regrole::text FROM pg_class WHERE oid = to_regclass($1)",
        f"{schema}.{table.name}",
    )
    return [f"{table.name}: owned by the service's role"] if owner == role else []


async def _write_once(
    connection: asyncpg.Connection, schema: str, role: str, table: Table
) -> list[str]:
    """On the table and on each of its partitions."""
    tables = await connection.fetch(
        "SELECT relid::regclass::text AS name FROM pg_partition_tree(to_regclass($1)) "
        "UNION SELECT to_regclass($1)::text",
        f"{schema}.{table.name}",
    )
    found = []
    for row in tables:
        found += await _triggers(connection, row["name"])
        rights = [
            right
            for right in ("UPDATE", "DELETE", "TRUNCATE")
            if await connection.fetchval(
                "SELECT has_table_privilege($1, $2, $3)", role, row["name"], right
            )
        ]
        found += [f"{row['name']}: the service may {right}" for right in rights]
    return found


_ROW_UPDATE_DELETE, _STATEMENT_TRUNCATE = 1 | 2 | 8 | 16, 2 | 32


async def _triggers(connection: asyncpg.Connection, name: str) -> list[str]:
    rows = await connection.fetch(
        "SELECT tgtype, tgenabled FROM pg_trigger "
        "WHERE tgrelid = to_regclass($1) AND tgfoid::regproc::text LIKE '%refuse_change'",
        name,
    )
    always = {row["tgtype"] for row in rows if row["tgenabled"] == b"A"}
    wanted = {
        _ROW_UPDATE_DELETE: "UPDATE and DELETE",
        _STATEMENT_TRUNCATE: "TRUNCATE",
    }
    return [
        f"{name}: no trigger that is always on refuses {what}"
        for kind, what in wanted.items()
        if kind not in always
    ]


async def _views_and_functions(connection: asyncpg.Connection, schema: str) -> list[str]:
    views = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind = 'v' "
        "AND NOT COALESCE('security_invoker=true' = ANY (reloptions), false)",
        schema,
    )
    materialised = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind = 'm'",
        schema,
    )
    definers = await connection.fetch(
        "SELECT proname FROM pg_proc WHERE pronamespace = $1::regnamespace AND prosecdef", schema
    )
    return [
        *(f"view {row['relname']}: runs with its owner's rights" for row in views),
        *(
            f"materialised view {row['relname']}: row security does not reach it"
            for row in materialised
        ),
        *(f"function {row['proname']}: runs with its owner's rights" for row in definers),
    ]


async def _role(connection: asyncpg.Connection, schema: str, role: str) -> list[str]:
    row = await connection.fetchrow(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication "
        "FROM pg_roles WHERE rolname = $1",
        role,
    )
    found = [f"role {role}: {name}" for name, granted in (row or {}).items() if granted]
    others = await connection.fetch(
        "SELECT nspname FROM pg_namespace WHERE nspname NOT IN ($1, 'pg_catalog', "
        "'information_schema', 'pg_toast') AND has_schema_privilege($2, oid, 'USAGE') "
        "AND nspname !~ '^pg_temp|^pg_toast_temp'",
        schema,
        role,
    )
    found += [f"role {role}: sees the schema {other['nspname']}" for other in others]
    settable = await connection.fetchval(
        "SELECT has_parameter_privilege($1, 'session_replication_role', 'SET')", role
    )
    return found + ([f"role {role}: may set session_replication_role"] if settable else [])
