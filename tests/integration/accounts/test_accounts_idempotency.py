"""A mutating call is performed once, however often it is asked for; a secret is shown once."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from grpc import StatusCode

from kernel.identifiers import new_id
from kernel.roles import Role
from servicekit import mutations
from tests.integration.accounts.clients import Operator, Tenant, values
from tests.support.databases import TestDatabase
from tests.support.plane import Plane
from tests.support.statuses import refusal

# How to call each mutating method; the keyword arguments are the request id and a changed field.
Ask = Callable[..., Awaitable[Any]]


async def _project(tenant: Tenant) -> str:
    found: str = (await tenant.owner.CreateProject(name=new_id("prj"))).project.id
    return found


async def create_tenant(operator: Operator, _tenant: Tenant) -> Ask:
    name = new_id("ten")
    return lambda text="x", **fields: operator.CreateTenant(
        name=name, owner_email="first@example.com", owner_name=text, **fields
    )


async def suspend_tenant(operator: Operator, tenant: Tenant) -> Ask:
    return lambda text="x", **fields: operator.SuspendTenant(
        tenant_id=tenant.id, reason=text, **fields
    )


async def resume_tenant(operator: Operator, tenant: Tenant) -> Ask:
    other = await operator.make_tenant()
    ids = {"x": tenant.id, "y": other.id}
    return lambda text="x", **fields: operator.ResumeTenant(tenant_id=ids[text], **fields)


async def create_project(_operator: Operator, tenant: Tenant) -> Ask:
    return lambda text="x", **fields: tenant.owner.CreateProject(name=text, **fields)


async def update_project(_operator: Operator, tenant: Tenant) -> Ask:
    project = await _project(tenant)
    return lambda text="x", **fields: tenant.owner.UpdateProject(
        project_id=project, etag="1", name=text, **fields
    )


async def create_agent(_operator: Operator, tenant: Tenant) -> Ask:
    project = await _project(tenant)
    return lambda text="x", **fields: tenant.owner.CreateAgent(
        project_id=project, name=text, **fields
    )


async def update_agent(_operator: Operator, tenant: Tenant) -> Ask:
    project = await _project(tenant)
    agent = (await tenant.owner.CreateAgent(project_id=project, name="before")).agent.id
    return lambda text="x", **fields: tenant.owner.UpdateAgent(
        agent_id=agent, etag="1", name=text, **fields
    )


async def create_person(_operator: Operator, tenant: Tenant) -> Ask:
    return lambda text="x", **fields: tenant.owner.CreatePerson(
        email="new@example.com", name=text, roles=values(Role.VIEWER), **fields
    )


async def update_person(_operator: Operator, tenant: Tenant) -> Ask:
    return lambda text="x", **fields: tenant.owner.UpdatePerson(
        person_id=tenant.owner_id, etag="1", name=text, roles=values(Role.OWNER), **fields
    )


async def create_api_key(_operator: Operator, tenant: Tenant) -> Ask:
    return lambda text="x", **fields: tenant.owner.CreateApiKey(
        name=text, roles=values(Role.AGENT), **fields
    )


async def revoke_api_key(_operator: Operator, tenant: Tenant) -> Ask:
    made = await tenant.owner.CreateApiKey(name="x", roles=values(Role.AGENT))
    return lambda text="x", **fields: tenant.owner.RevokeApiKey(
        api_key_id=made.api_key.id, reason=text, **fields
    )


METHODS = (
    create_tenant,
    suspend_tenant,
    resume_tenant,
    create_project,
    update_project,
    create_agent,
    update_agent,
    create_person,
    update_person,
    create_api_key,
    revoke_api_key,
)
_EVENTS = "SELECT count(*) FROM accounts.outbox WHERE event_type <> 'canary'"


def _without_secret(answer: Any) -> Any:
    if "secret" in answer.DESCRIPTOR.fields_by_name:
        answer.ClearField("secret")
    return answer


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.__name__)
async def test_the_same_request_is_performed_once_and_answered_alike(
    plane: Plane, operator: Operator, tenant: Tenant, method: Any
) -> None:
    ask = await method(operator, tenant)
    request_id = str(uuid.uuid4())
    first = _without_secret(await ask(request_id=request_id))
    events = await plane.database.value(_EVENTS)
    assert await ask(request_id=request_id) == first
    assert await plane.database.value(_EVENTS) == events
    told = await refusal(ask(request_id=request_id, text="y"))
    assert (told.code, told.reason) == (StatusCode.FAILED_PRECONDITION, "REQUEST_ID_REUSED")
    assert await plane.database.value(_EVENTS) == events


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.__name__)
async def test_the_same_request_at_the_same_time_is_performed_once(
    plane: Plane, operator: Operator, tenant: Tenant, method: Any
) -> None:
    ask = await method(operator, tenant)
    request_id = str(uuid.uuid4())
    answers = await asyncio.gather(*(ask(request_id=request_id) for _ in range(6)))
    secrets = {getattr(answer, "secret", "") for answer in answers}
    assert len(secrets - {""}) == (1 if method is create_api_key else 0)
    first, *others = [_without_secret(answer) for answer in answers]
    assert others == [first] * 5
    repeated = await plane.database.fetch(
        "SELECT aggregate_id FROM accounts.outbox WHERE event_type <> 'canary' "
        "GROUP BY tenant_id, aggregate_id, aggregate_sequence HAVING count(*) > 1"
    )
    assert repeated == []


async def dump(database: TestDatabase) -> str:
    """Everything that the schema of accounts holds, bytes as text where they are text."""
    connection = await asyncpg.connect(database.admin_url)
    try:
        await connection.execute("SET bytea_output = 'escape'")
        tables = await connection.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'accounts'"
        )
        texts = [
            await connection.fetchval(f"SELECT string_agg(t::text, '') FROM accounts.{name} t")
            for (name,) in tables
        ]
    finally:
        await connection.close()
    return "".join(text for text in texts if text)


async def test_a_secret_is_shown_once_and_is_in_no_table(plane: Plane, tenant: Tenant) -> None:
    request_id = str(uuid.uuid4())
    fields = {"request_id": request_id, "name": "ci", "roles": values(Role.AGENT)}
    first = await tenant.owner.CreateApiKey(**fields)
    again = await tenant.owner.CreateApiKey(**fields)
    assert (first.api_key, again.secret) == (again.api_key, "")
    kept = await dump(plane.database)
    _, _, body, secret, _ = first.secret.split("_")
    assert body in kept
    assert secret not in kept


async def test_mutant_without_redaction_the_secret_is_found_in_the_answers(
    plane: Plane, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mutations, "without_secrets", lambda message: message)
    made = await tenant.owner.CreateApiKey(name="ci", roles=values(Role.AGENT))
    assert made.secret in await dump(plane.database)
