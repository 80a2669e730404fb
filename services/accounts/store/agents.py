"""Agents in Postgres."""

from typing import Any

from sqlalchemy import Row, Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from kernel.identifiers import AgentId, ProjectId, TenantId
from kernel.pagination import Page, PageRequest
from services.accounts.domain.agent import Agent
from services.accounts.domain.errors import AgentNameTaken, ProjectNotFound
from services.accounts.store.name_order import page_by_name
from services.accounts.store.refusals import told_as
from services.accounts.store.tables import AGENTS


class PostgresAgents:
    """Implements the agent repository on one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, agent: Agent) -> None:
        """Keep a new agent."""
        refusals = {
            "agents_name": AgentNameTaken.of(agent.name),
            "agents_project": ProjectNotFound.of(agent.project_id),
        }
        with told_as(refusals):
            await self._connection.execute(insert(AGENTS), _row_of(agent))

    async def find(self, tenant_id: TenantId, agent_id: AgentId) -> Agent | None:
        """Return the agent, or None if the tenant has none with this id."""
        return await self._one(_named(tenant_id, agent_id))

    async def hold(self, tenant_id: TenantId, agent_id: AgentId) -> Agent | None:
        """Return the agent as it stays until this transaction ends."""
        return await self._one(_named(tenant_id, agent_id).with_for_update(key_share=True))

    async def update(self, agent: Agent) -> None:
        """Keep the new state of an agent that is held."""
        statement = update(AGENTS).where(
            AGENTS.c.tenant_id == agent.tenant_id, AGENTS.c.id == agent.id
        )
        with told_as({"agents_name": AgentNameTaken.of(agent.name)}):
            await self._connection.execute(statement.values(_row_of(agent)))

    async def list(
        self, tenant_id: TenantId, project_id: ProjectId | None, page: PageRequest
    ) -> Page[Agent]:
        """Return the agents of the tenant or project by name."""
        statement = select(AGENTS).where(AGENTS.c.tenant_id == tenant_id)
        if project_id is not None:
            statement = statement.where(AGENTS.c.project_id == project_id)
        return await page_by_name(self._connection, AGENTS, statement, page, make=_agent_of)

    async def _one(self, statement: Select[Any]) -> Agent | None:
        row = (await self._connection.execute(statement)).first()
        return None if row is None else _agent_of(row)


def _named(tenant_id: TenantId, agent_id: AgentId) -> Select[Any]:
    return select(AGENTS).where(AGENTS.c.tenant_id == tenant_id, AGENTS.c.id == agent_id)


def _row_of(agent: Agent) -> dict[str, Any]:
    return {column.name: getattr(agent, column.name) for column in AGENTS.columns}


def _agent_of(row: Row[Any]) -> Agent:
    return Agent(
        id=AgentId(row.id),
        tenant_id=TenantId(row.tenant_id),
        project_id=ProjectId(row.project_id),
        name=row.name,
        description=row.description,
        created_at=row.created_at,
        updated_at=row.updated_at,
        revision=row.revision,
    )
