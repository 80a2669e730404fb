"""Serves aos.accounts.v1.AgentService."""

from typing import Any

from aos.accounts.v1 import agent_service_pb2, agent_service_pb2_grpc
from kernel.clock import Clock
from kernel.identifiers import AgentId, ProjectId
from servicekit import calls
from servicekit.mutations import Mutations
from servicekit.paging import PageTokens
from servicekit.unit_of_work import UnitsOfWork
from services.accounts.api import agent_messages
from services.accounts.usecases import agents
from services.accounts.usecases.ports import UnitOfWork


class AgentService(agent_service_pb2_grpc.AgentServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork[UnitOfWork],
        mutations: Mutations[UnitOfWork],
        page_tokens: PageTokens,
        clock: Clock,
    ) -> None:
        self._units_of_work = units_of_work
        self._mutations = mutations
        self._page_tokens = page_tokens
        self._clock = clock

    async def CreateAgent(self, request: Any, _context: Any) -> Any:
        """Create an agent."""
        principal = calls.principal()

        async def work(unit_of_work: UnitOfWork) -> agent_service_pb2.CreateAgentResponse:
            command = agent_messages.to_create_agent(request, principal)
            agent = await agents.create_agent(command, unit_of_work=unit_of_work, clock=self._clock)
            return agent_service_pb2.CreateAgentResponse(agent=agent_messages.from_agent(agent))

        return await self._mutations.once(
            request, agent_service_pb2.CreateAgentResponse, work, tenant=principal.tenant_id
        )

    async def GetAgent(self, request: Any, _context: Any) -> Any:
        """Return one agent."""
        principal = calls.principal()
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            agent = await agents.get_agent(
                AgentId(request.agent_id), principal=principal, unit_of_work=unit_of_work
            )
        return agent_service_pb2.GetAgentResponse(agent=agent_messages.from_agent(agent))

    async def ListAgents(self, request: Any, _context: Any) -> Any:
        """List agents by name."""
        principal = calls.principal()
        page = self._page_tokens.read(request, tenant=principal.tenant_id)
        project_id = ProjectId(request.project_id) if request.project_id else None
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            found = await agents.list_agents(
                project_id, page, principal=principal, unit_of_work=unit_of_work
            )
        return agent_service_pb2.ListAgentsResponse(
            agents=[agent_messages.from_agent(agent) for agent in found.items],
            next_page_token=self._page_tokens.write(
                request, found.next_after, tenant=principal.tenant_id
            ),
        )

    async def UpdateAgent(self, request: Any, _context: Any) -> Any:
        """Change an agent."""
        principal = calls.principal()

        async def work(unit_of_work: UnitOfWork) -> agent_service_pb2.UpdateAgentResponse:
            command = agent_messages.to_update_agent(request, principal)
            agent = await agents.update_agent(command, unit_of_work=unit_of_work, clock=self._clock)
            return agent_service_pb2.UpdateAgentResponse(agent=agent_messages.from_agent(agent))

        return await self._mutations.once(
            request, agent_service_pb2.UpdateAgentResponse, work, tenant=principal.tenant_id
        )
