"""Events as they leave: the same messages that RPCs answer with."""

from typing import Any

from aos.accounts.v1 import events_pb2
from servicekit.unit_of_work import OutgoingEvent
from services.accounts.api.agent_messages import from_agent
from services.accounts.api.api_key_messages import from_api_key
from services.accounts.api.person_messages import from_person
from services.accounts.api.project_messages import from_project
from services.accounts.api.tenant_messages import from_tenant
from services.accounts.domain import events
from services.accounts.domain.agent import Agent
from services.accounts.domain.api_key import ApiKey
from services.accounts.domain.person import Person
from services.accounts.domain.project import Project
from services.accounts.domain.tenant import Tenant


def encode(event: events.AccountsEvent) -> OutgoingEvent:
    """Write an event of accounts."""
    match event:
        case events.TenantCreated() | events.TenantSuspended() | events.TenantResumed():
            return _of_tenant(event)
        case events.ProjectCreated() | events.ProjectUpdated():
            return _of_project(event)
        case events.AgentCreated() | events.AgentUpdated():
            return _of_agent(event)
        case events.PersonAdded() | events.PersonUpdated():
            return _of_person(event)
        case events.ApiKeyCreated() | events.ApiKeyRevoked():
            return _of_api_key(event)


def _of_tenant(
    event: events.TenantCreated | events.TenantSuspended | events.TenantResumed,
) -> OutgoingEvent:
    tenant, message = event.tenant, from_tenant(event.tenant)
    match event:
        case events.TenantCreated():
            return _outgoing("tenant_created", tenant, events_pb2.TenantCreated(tenant=message))
        case events.TenantSuspended():
            body = events_pb2.TenantSuspended(tenant=message, reason=tenant.suspension_reason)
            return _outgoing("tenant_suspended", tenant, body)
        case events.TenantResumed():
            return _outgoing("tenant_resumed", tenant, events_pb2.TenantResumed(tenant=message))


def _of_project(event: events.ProjectCreated | events.ProjectUpdated) -> OutgoingEvent:
    project, message = event.project, from_project(event.project)
    match event:
        case events.ProjectCreated():
            body: Any = events_pb2.ProjectCreated(project=message)
            return _outgoing("project_created", project, body)
        case events.ProjectUpdated():
            body = events_pb2.ProjectUpdated(project=message)
            return _outgoing("project_updated", project, body)


def _of_agent(event: events.AgentCreated | events.AgentUpdated) -> OutgoingEvent:
    agent, message = event.agent, from_agent(event.agent)
    match event:
        case events.AgentCreated():
            return _outgoing("agent_created", agent, events_pb2.AgentCreated(agent=message))
        case events.AgentUpdated():
            return _outgoing("agent_updated", agent, events_pb2.AgentUpdated(agent=message))


def _of_person(event: events.PersonAdded | events.PersonUpdated) -> OutgoingEvent:
    person, message = event.person, from_person(event.person)
    match event:
        case events.PersonAdded():
            return _outgoing("person_added", person, events_pb2.PersonAdded(person=message))
        case events.PersonUpdated():
            return _outgoing("person_updated", person, events_pb2.PersonUpdated(person=message))


def _of_api_key(event: events.ApiKeyCreated | events.ApiKeyRevoked) -> OutgoingEvent:
    # The moment of its creation is the one at which a key certainly has not expired.
    api_key, message = event.api_key, from_api_key(event.api_key, at=event.api_key.created_at)
    match event:
        case events.ApiKeyCreated():
            body: Any = events_pb2.ApiKeyCreated(api_key=message)
            return _outgoing("api_key_created", api_key, body)
        case events.ApiKeyRevoked():
            body = events_pb2.ApiKeyRevoked(api_key=message, reason=api_key.revocation_reason)
            return _outgoing("api_key_revoked", api_key, body)


def _outgoing(
    event_type: str, aggregate: Tenant | Project | Agent | Person | ApiKey, body: Any
) -> OutgoingEvent:
    return OutgoingEvent(
        # A tenant is its own tenant.
        tenant_id=aggregate.id if isinstance(aggregate, Tenant) else aggregate.tenant_id,
        event_type=event_type,
        aggregate_id=aggregate.id,
        sequence=aggregate.revision,
        body=body.SerializeToString(),
    )
