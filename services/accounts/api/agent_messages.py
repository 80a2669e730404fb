"""Agents as messages, and messages as commands."""

from aos.accounts.v1 import agent_pb2, agent_service_pb2
from kernel.identifiers import AgentId, ProjectId
from kernel.principal import Principal
from services.accounts.domain.agent import Agent
from services.accounts.usecases.agents import CreateAgent, UpdateAgent


def to_create_agent(
    request: agent_service_pb2.CreateAgentRequest, principal: Principal
) -> CreateAgent:
    """Read which agent somebody wants."""
    return CreateAgent(
        principal=principal,
        project_id=ProjectId(request.project_id),
        name=request.name,
        description=request.description,
    )


def to_update_agent(
    request: agent_service_pb2.UpdateAgentRequest, principal: Principal
) -> UpdateAgent:
    """Read what an agent should be."""
    return UpdateAgent(
        principal=principal,
        agent_id=AgentId(request.agent_id),
        etag=request.etag,
        name=request.name,
        description=request.description,
    )


def from_agent(agent: Agent) -> agent_pb2.Agent:
    """Write an agent."""
    message = agent_pb2.Agent(
        id=agent.id,
        tenant_id=agent.tenant_id,
        project_id=agent.project_id,
        name=agent.name,
        description=agent.description,
        etag=str(agent.revision),
    )
    message.create_time.FromDatetime(agent.created_at)
    message.update_time.FromDatetime(agent.updated_at)
    return message
