"""Records in Postgres: every kind has a table whose columns are the fields of its dataclass."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy import Row, Select, Table, any_, cast, insert, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import RunId, TenantId
from kernel.pagination import Page, PageRequest
from servicekit.tables import IDENTIFIER
from services.logs.domain.once import Key, WrittenOnce
from services.logs.domain.system_record import SystemRecord
from services.logs.store.once import known_by, plan_afresh
from services.logs.store.tables import SYSTEM_RECORDS
from services.logs.usecases.ports import SystemQuery

Record = TypeVar("Record", bound=WrittenOnce)


class PostgresRecords(Generic[Record]):
    """Implements the repository of one kind of record on one transaction."""

    def __init__(
        self, connection: AsyncConnection, *, table: Table, make: Callable[[Row[Any]], Record]
    ) -> None:
        self._connection = connection
        self._table = table
        self._make = make

    async def find_digests(self, keys: Sequence[Key]) -> Mapping[Key, bytes]:
        """Return what was written under these identifiers."""
        await plan_afresh(self._connection)
        columns = self._table.c
        # Arrays, because a batch may hold more identifiers than a statement has parameters.
        tenants = any_(cast([tenant for tenant, _ in keys], ARRAY(IDENTIFIER)))
        ids = any_(cast([record_id for _, record_id in keys], ARRAY(IDENTIFIER)))
        statement = select(columns.tenant_id, columns.id, columns.digest).where(
            columns.tenant_id == tenants, columns.id == ids
        )
        rows = (await self._connection.execute(statement)).all()
        return {(TenantId(row.tenant_id), row.id): row.digest for row in rows}

    async def add(self, records: Sequence[Record]) -> None:
        """Keep new records, or raise AlreadyWritten."""
        names = [column.name for column in self._table.columns]
        rows = [{name: getattr(record, name) for name in names} for record in records]
        with known_by(f"{self._table.name}_pkey"):
            await self._connection.execute(insert(self._table), rows)

    async def _page(self, statement: Select[Any], page: PageRequest) -> Page[Record]:
        rows = (await self._connection.execute(statement.limit(page.size + 1))).all()
        cut = Page.cut(rows, page.size, key=lambda row: (row.id,))
        return Page(items=[self._make(row) for row in cut.items], next_after=cut.next_after)


class PostgresSystemRecords(PostgresRecords[SystemRecord]):
    """Implements the repository of system records."""

    async def list(self, query: SystemQuery, page: PageRequest) -> Page[SystemRecord]:
        """Return records, newest first; the page key is the id of the last one."""
        columns = SYSTEM_RECORDS.c
        statement = select(SYSTEM_RECORDS).where(
            columns.tenant_id == query.tenant_id, columns.severity >= query.minimum_severity
        )
        if query.service:
            statement = statement.where(columns.service == query.service)
        if query.event_type:
            statement = statement.where(columns.event_type == query.event_type)
        if query.occurred_from is not None:
            statement = statement.where(columns.occurred_at >= query.occurred_from)
        if query.occurred_before is not None:
            statement = statement.where(columns.occurred_at < query.occurred_before)
        if page.after is not None:
            statement = statement.where(columns.id < page.after[0])
        return await self._page(statement.order_by(columns.id.desc()), page)


class PostgresRunRecords(PostgresRecords[Record]):
    """Implements the repository of one kind of record of runs."""

    async def list(
        self, tenant_id: TenantId, run_id: RunId | None, page: PageRequest
    ) -> Page[Record]:
        """Return the records of a run or of the tenant, oldest first, with ids as page keys."""
        columns = self._table.c
        statement = select(self._table).where(columns.tenant_id == tenant_id)
        if run_id is not None:
            statement = statement.where(columns.run_id == run_id)
        if page.after is not None:
            statement = statement.where(columns.id > page.after[0])
        return await self._page(statement.order_by(columns.id), page)
