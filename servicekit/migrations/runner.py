"""Brings one service's schema to the version of this code: all of it or nothing."""

from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from kernel.identifiers import PLANE_TENANT
from servicekit.audit.intents import system_intent
from servicekit.database_hosts import DatabaseHosts

ROOT = Path(__file__).resolve().parent.parent.parent


class SchemaTooNew(Exception):
    """The schema was migrated by newer code; this code must not touch it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationReport:
    """What a migration did."""

    service: str
    revision: str
    applied: int


def configuration(service: str) -> Config:
    """Alembic's configuration for one service."""
    config = Config(str(ROOT / "alembic.ini"), ini_section=service)
    config.set_main_option("schema", service)
    return config


def head_revision(service: str) -> str:
    """The revision that this code expects."""
    head = ScriptDirectory.from_config(configuration(service)).get_current_head()
    if head is None:
        raise LookupError(f"{service} has no migrations.")
    return head


async def migrate(*, service: str, url: str) -> MigrationReport:
    """Upgrade the service's schema to head, as the owner of the schemas.

    Several processes may call this at once: an advisory lock lets one work and the others find it
    done. Everything runs in one transaction.

    Raises:
        SchemaTooNew: the schema is ahead of this code.
    """
    engine = create_async_engine(url, poolclass=NullPool, async_creator=DatabaseHosts(url).connect)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(_upgrade, service)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, service: str) -> MigrationReport:
    connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"),
        {"name": f"aos-migrate-{service}"},
    )
    config = configuration(service)
    script = ScriptDirectory.from_config(config)
    revisions = [entry.revision for entry in script.walk_revisions()][::-1]
    current = current_revision(connection, service)
    if current is not None and current not in revisions:
        raise SchemaTooNew(
            f"The schema of {service} is at {current}, which this version does not know. "
            "Run the version that migrated it, or a newer one."
        )
    applied = len(revisions) - (revisions.index(current) + 1 if current else 0)
    if applied:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        _leave_record(connection, service, revisions[-1])
    return MigrationReport(service=service, revision=revisions[-1], applied=applied)


def _leave_record(connection: Connection, service: str, revision: str) -> None:
    """Let the service tell logs of its migration, as of anything else it did."""
    intent = system_intent(
        component="MIGRATION",
        event_type="MIGRATION",
        caused_by="AUTOMATION",
        summary=f"The schema of {service} is at {revision}.",
    )
    # Row security binds the owner as well, so the plane's tenant is bound here too.
    connection.execute(
        text("SELECT set_config('app.tenant_id', :tenant, true)"), {"tenant": PLANE_TENANT}
    )
    connection.execute(
        text(
            f"INSERT INTO {service}.log_intents (tenant_id, intent_id, kind, body) "  # noqa: S608
            "VALUES (:tenant_id, :intent_id, :kind, :body)"
        ),
        intent.row(),
    )


def current_revision(connection: Connection, service: str) -> str | None:
    """The revision the schema is at; None before the first migration."""
    exists = connection.execute(
        text("SELECT to_regclass(:name) IS NOT NULL"), {"name": f"{service}.alembic_version"}
    ).scalar_one()
    if not exists:
        return None
    return connection.execute(
        text(f"SELECT version_num FROM {service}.alembic_version")  # noqa: S608 - our own name
    ).scalar_one_or_none()
