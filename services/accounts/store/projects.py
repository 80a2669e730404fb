"""Projects in Postgres."""

from typing import Any

from sqlalchemy import Row, Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import ProjectId, TenantId
from kernel.pagination import Page, PageRequest
from services.accounts.domain.errors import ProjectNameTaken, TenantNotFound
from services.accounts.domain.project import Project
from services.accounts.store.name_order import page_by_name
from services.accounts.store.refusals import told_as
from services.accounts.store.tables import PROJECTS


class PostgresProjects:
    """Implements the project repository on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, project: Project) -> None:
        """Keep a new project."""
        refusals = {
            "projects_name": ProjectNameTaken.of(project.name),
            "projects_tenant": TenantNotFound.of(project.tenant_id),
        }
        with told_as(refusals):
            await self._connection.execute(insert(PROJECTS), _row_of(project))

    async def find(self, tenant_id: TenantId, project_id: ProjectId) -> Project | None:
        """Return the project, or None if the tenant has none with this id."""
        return await self._one(_named(tenant_id, project_id))

    async def hold(self, tenant_id: TenantId, project_id: ProjectId) -> Project | None:
        """Return the project as it stays until this transaction ends."""
        return await self._one(_named(tenant_id, project_id).with_for_update(key_share=True))

    async def update(self, project: Project) -> None:
        """Keep the new state of a project that is held."""
        statement = update(PROJECTS).where(
            PROJECTS.c.tenant_id == project.tenant_id, PROJECTS.c.id == project.id
        )
        with told_as({"projects_name": ProjectNameTaken.of(project.name)}):
            await self._connection.execute(statement.values(_row_of(project)))

    async def list(
        self, tenant_id: TenantId, only: ProjectId | None, page: PageRequest
    ) -> Page[Project]:
        """Return the tenant's projects by name, or the one that is asked for."""
        statement = select(PROJECTS).where(PROJECTS.c.tenant_id == tenant_id)
        if only is not None:
            statement = statement.where(PROJECTS.c.id == only)
        return await page_by_name(self._connection, PROJECTS, statement, page, make=_project_of)

    async def _one(self, statement: Select[Any]) -> Project | None:
        row = (await self._connection.execute(statement)).first()
        return None if row is None else _project_of(row)


def _named(tenant_id: TenantId, project_id: ProjectId) -> Select[Any]:
    return select(PROJECTS).where(PROJECTS.c.tenant_id == tenant_id, PROJECTS.c.id == project_id)


def _row_of(project: Project) -> dict[str, Any]:
    return {column.name: getattr(project, column.name) for column in PROJECTS.columns}


def _project_of(row: Row[Any]) -> Project:
    return Project(
        id=ProjectId(row.id),
        tenant_id=TenantId(row.tenant_id),
        name=row.name,
        created_at=row.created_at,
        updated_at=row.updated_at,
        revision=row.revision,
    )
