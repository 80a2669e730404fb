"""What the boot guard proves about the database, by trying it."""

from collections.abc import Callable, Sequence
from datetime import UTC, timedelta
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError

from kernel.clock import Clock
from servicekit.database import Database, sqlstate
from servicekit.guard.boot_guard import GuardCheck
from servicekit.tables import KitTables

OWN, FOREIGN = "canary-own", "canary-foreign"
_MAXIMUM_SKEW = timedelta(milliseconds=500)
# Refused by the trigger, or already for want of the privilege: either way nothing was changed.
_REFUSALS = ("AOS01", "42501")

_ROLE = text(
    "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication,"
    " (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    "   WHERE n.nspname = current_schema() AND c.relowner = r.oid)"
    " FROM pg_roles r WHERE rolname = current_user"
)
_DURABILITY = text(
    "SELECT name FROM pg_settings WHERE setting = 'off'"
    " AND name IN ('fsync', 'full_page_writes', 'synchronous_commit')"
)
_WRITE_ONCE_TRIGGERS = text(
    "SELECT count(*) FROM pg_trigger WHERE tgrelid = to_regclass('canaries') AND tgenabled = 'A'"
)
_EXPECTED_TRIGGERS = 2


class DatabaseChecks:
    """The checks of one service's schema."""

    def __init__(
        self, *, database: Database, tables: KitTables, clock: Clock, expected_revision: str
    ) -> None:
        self._database = database
        self._canaries = tables.canaries
        self._clock = clock
        self._expected_revision = expected_revision

    def all(self) -> Sequence[GuardCheck]:
        """Every check, by the name under which it shows."""
        proofs: dict[str, Callable[[], Any]] = {
            "migrations": self.migrations,
            "database_role": self.database_role,
            "write_once": self.write_once,
            "tenant_isolation": self.tenant_isolation,
            "durability": self.durability,
            "clock": self.clock,
        }
        return [GuardCheck(name=name, prove=prove) for name, prove in proofs.items()]

    async def migrations(self) -> str | None:
        """The schema is at the version of this code."""
        async with self._database.transaction(OWN, read_only=True) as connection:
            found = (
                await connection.execute(text("SELECT version_num FROM alembic_version"))
            ).scalar_one_or_none()
        if found == self._expected_revision:
            return None
        return (
            f"The schema is at {found}, this code expects {self._expected_revision}. "
            "Run `aos migrate` with the newer of the two versions."
        )

    async def database_role(self) -> str | None:
        """The role is confined: no superuser, no bypass, owner of nothing."""
        async with self._database.transaction(OWN, read_only=True) as connection:
            powerful, owned = (await connection.execute(_ROLE)).one()
        if powerful or owned:
            return (
                "The database role may do more than it should. Connect as the service's own role."
            )
        return None

    async def write_once(self) -> str | None:
        """A write-once row cannot be changed, whatever the session's replication role."""
        async with self._database.transaction(OWN) as connection:
            triggers = (await connection.execute(_WRITE_ONCE_TRIGGERS)).scalar_one()
        if triggers != _EXPECTED_TRIGGERS:
            return "The write-once triggers are missing or not always on. Restore them."
        if await self._can_change():
            return "A write-once row was changed. Restore the privileges and triggers."
        return None

    async def _can_change(self) -> bool:
        async with self._database.transaction(OWN) as connection:
            try:
                await connection.execute(update(self._canaries).values(note="changed"))
            except DBAPIError as error:
                if sqlstate(error) in _REFUSALS:
                    return False
                raise
        return True

    async def tenant_isolation(self) -> str | None:
        """Another tenant's row is invisible, the own one is not, and without a tenant none is."""
        tenants = select(self._canaries.c.tenant_id)
        async with self._database.transaction(OWN, read_only=True) as connection:
            seen = set((await connection.execute(tenants)).scalars())
        async with self._database.transaction(purpose="nothing", read_only=True) as connection:
            unbound = set((await connection.execute(tenants)).scalars())
        if seen == {OWN} and not unbound:
            return None
        return "Row security does not separate tenants. Restore RLS, FORCE and the policies."

    async def durability(self) -> str | None:
        """A commit is on disk when it is acknowledged."""
        async with self._database.transaction(OWN, read_only=True) as connection:
            off = list((await connection.execute(_DURABILITY)).scalars())
        if off:
            return f"{', '.join(sorted(off))} is off in PostgreSQL. Turn it on."
        return None

    async def clock(self) -> str | None:
        """Our clock and the database's agree."""
        async with self._database.transaction(OWN, read_only=True) as connection:
            before = self._clock.now()
            theirs = (await connection.execute(select(func.clock_timestamp()))).scalar_one()
            after = self._clock.now()
        slack = (after - before) + _MAXIMUM_SKEW
        if abs(theirs.astimezone(UTC) - before) <= slack:
            return None
        return "The clocks of this machine and of the database differ. Synchronise them."
