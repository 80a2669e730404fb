"""Tenants, projects, agents, people and keys with nothing special about them."""

from datetime import UTC, datetime
from typing import Any

from kernel.identifiers import AgentId, ApiKeyId, PersonId, ProjectId, TenantId, new_id
from kernel.principal import Principal
from kernel.roles import Role
from services.accounts.domain.agent import Agent
from services.accounts.domain.api_key import ApiKey
from services.accounts.domain.person import Person
from services.accounts.domain.project import Project
from services.accounts.domain.tenant import Tenant

LONG_AGO = datetime(2024, 2, 29, 12, 30, 15, 123456, tzinfo=UTC)
TIMES: dict[str, Any] = {"created_at": LONG_AGO, "updated_at": LONG_AGO}


def a_tenant(**fields: Any) -> Tenant:
    made = {"id": TenantId(new_id("ten")), "name": new_id("ten"), **TIMES, **fields}
    return Tenant(**made)


def a_project(tenant_id: TenantId, **fields: Any) -> Project:
    made = {"id": ProjectId(new_id("prj")), "name": new_id("prj"), **TIMES, **fields}
    return Project(tenant_id=tenant_id, **made)


def an_agent(project: Project, **fields: Any) -> Agent:
    made = {"id": AgentId(new_id("agt")), "name": new_id("agt"), "description": "", **TIMES}
    return Agent(tenant_id=project.tenant_id, project_id=project.id, **{**made, **fields})


def a_person(tenant_id: TenantId, *roles: Role, **fields: Any) -> Person:
    person_id = PersonId(new_id("per"))
    made = {"id": person_id, "email": f"{person_id}@example.com", "name": "Somebody", **TIMES}
    held = frozenset(roles or (Role.VIEWER,))
    return Person(tenant_id=tenant_id, roles=held, **{**made, **fields})


def an_api_key(tenant_id: TenantId, *roles: Role, **fields: Any) -> ApiKey:
    made = {
        "id": ApiKeyId(new_id("key")),
        "project_id": None,
        "person_id": None,
        "name": "a key",
        "hint": "aos_dev_123456…",
        "created_at": LONG_AGO,
        **fields,
    }
    return ApiKey(tenant_id=tenant_id, roles=frozenset(roles or (Role.VIEWER,)), **made)


def principal(tenant_id: TenantId, *roles: Role, project: ProjectId | None = None) -> Principal:
    return Principal(
        tenant_id=tenant_id,
        roles=frozenset(roles),
        project_id=project,
        person_id=PersonId(new_id("per")),
    )
