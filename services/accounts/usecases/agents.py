"""Create, read and change agents. A credential bound to a project knows its agents only."""

from dataclasses import dataclass

from kernel.clock import Clock
from kernel.identifiers import AgentId, ProjectId, new_id
from kernel.pagination import Page, PageRequest
from kernel.principal import Principal
from kernel.revision import require_current
from services.accounts.domain.agent import Agent
from services.accounts.domain.bounds import narrowed, sees
from services.accounts.domain.errors import AgentNotFound
from services.accounts.domain.events import AgentCreated, AgentUpdated
from services.accounts.usecases.ports import UnitOfWork
from services.accounts.usecases.projects import get_project


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateAgent:
    """An agent that somebody wants."""

    principal: Principal
    project_id: ProjectId
    name: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateAgent:
    """What an agent should be, based on what it was."""

    principal: Principal
    agent_id: AgentId
    etag: str
    name: str
    description: str


async def create_agent(command: CreateAgent, *, unit_of_work: UnitOfWork, clock: Clock) -> Agent:
    """Create an agent.

    Raises:
        ProjectNotFound: there is no such project that the principal may know of.
        AgentNameTaken: the project has an agent of that name.
    """
    project = await get_project(
        command.project_id, principal=command.principal, unit_of_work=unit_of_work
    )
    now = clock.now()
    agent = Agent(
        id=AgentId(new_id("agt")),
        tenant_id=project.tenant_id,
        project_id=project.id,
        name=command.name,
        description=command.description,
        created_at=now,
        updated_at=now,
    )
    await unit_of_work.agents.add(agent)
    unit_of_work.announce(AgentCreated(agent=agent), actor=command.principal.actor)
    return agent


async def get_agent(agent_id: AgentId, *, principal: Principal, unit_of_work: UnitOfWork) -> Agent:
    """Return one agent.

    Raises:
        AgentNotFound: there is none that the principal may know of.
    """
    agent = await unit_of_work.agents.find(principal.tenant_id, agent_id)
    if agent is None or not sees(principal, agent.project_id):
        raise AgentNotFound.of(agent_id)
    return agent


async def list_agents(
    project_id: ProjectId | None,
    page: PageRequest,
    *,
    principal: Principal,
    unit_of_work: UnitOfWork,
) -> Page[Agent]:
    """Return agents by name."""
    project = narrowed(principal, project_id)
    return await unit_of_work.agents.list(principal.tenant_id, project, page)


async def update_agent(command: UpdateAgent, *, unit_of_work: UnitOfWork, clock: Clock) -> Agent:
    """Change an agent's name and description.

    Raises:
        AgentNotFound: there is none that the principal may know of.
        EtagMismatch: somebody changed it since it was read.
        AgentNameTaken: the project has another agent of that name.
    """
    principal = command.principal
    agent = await unit_of_work.agents.hold(principal.tenant_id, command.agent_id)
    if agent is None or not sees(principal, agent.project_id):
        raise AgentNotFound.of(command.agent_id)
    require_current(command.etag, agent.revision)
    described = agent.described(name=command.name, description=command.description, at=clock.now())
    await unit_of_work.agents.update(described)
    unit_of_work.announce(AgentUpdated(agent=described), actor=principal.actor, before=agent)
    return described
