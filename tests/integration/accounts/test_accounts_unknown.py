"""What belongs to another tenant is as unknown as what never was."""

from collections.abc import Callable
from typing import Any

import pytest
from grpc import StatusCode

from kernel.identifiers import new_id
from kernel.roles import Role
from tests.integration.accounts.clients import Operator, Tenant, values
from tests.support.statuses import refusal

Call = Callable[[Tenant, Any, Any], Any]
UNKNOWN: dict[str, tuple[str, Call]] = {
    "another project": (
        "PROJECT_NOT_FOUND",
        lambda tenant, project, _: tenant.owner.GetProject(project_id=project),
    ),
    "changing another project": (
        "PROJECT_NOT_FOUND",
        lambda tenant, project, _: tenant.owner.UpdateProject(
            project_id=project, etag="1", name="mine"
        ),
    ),
    "an agent in another project": (
        "PROJECT_NOT_FOUND",
        lambda tenant, project, _: tenant.owner.CreateAgent(project_id=project, name="mine"),
    ),
    "a key of another project": (
        "PROJECT_NOT_FOUND",
        lambda tenant, project, _: tenant.owner.CreateApiKey(
            name="mine", project_id=project, roles=values(Role.AGENT)
        ),
    ),
    "another agent": (
        "AGENT_NOT_FOUND",
        lambda tenant, _, theirs: tenant.owner.GetAgent(agent_id=theirs["agt"]),
    ),
    "changing another agent": (
        "AGENT_NOT_FOUND",
        lambda tenant, _, theirs: tenant.owner.UpdateAgent(
            agent_id=theirs["agt"], etag="1", name="mine"
        ),
    ),
    "another person": (
        "PERSON_NOT_FOUND",
        lambda tenant, _, theirs: tenant.owner.GetPerson(person_id=theirs["per"]),
    ),
    "changing another person": (
        "PERSON_NOT_FOUND",
        lambda tenant, _, theirs: tenant.owner.UpdatePerson(
            person_id=theirs["per"], etag="1", name="mine", roles=values(Role.VIEWER)
        ),
    ),
    "a key of another person": (
        "PERSON_NOT_FOUND",
        lambda tenant, _, theirs: tenant.owner.CreateApiKey(
            name="mine", person_id=theirs["per"], roles=values(Role.AGENT)
        ),
    ),
    "another key": (
        "API_KEY_NOT_FOUND",
        lambda tenant, _, theirs: tenant.owner.GetApiKey(api_key_id=theirs["key"]),
    ),
    "revoking another key": (
        "API_KEY_NOT_FOUND",
        lambda tenant, _, theirs: tenant.owner.RevokeApiKey(
            api_key_id=theirs["key"], reason="mine"
        ),
    ),
}


@pytest.mark.parametrize("what", UNKNOWN)
async def test_what_another_tenant_has_is_as_unknown_as_what_never_was(
    tenant: Tenant, operator: Operator, what: str
) -> None:
    reason, call = UNKNOWN[what]
    stranger = await operator.make_tenant()
    project = (await stranger.owner.CreateProject(name="theirs")).project.id
    agent = (await stranger.owner.CreateAgent(project_id=project, name="theirs")).agent.id
    theirs = {"agt": agent, "per": stranger.owner_id, "key": "key_" + stranger.owner_key[8:34]}
    never = {prefix: new_id(prefix) for prefix in theirs}
    foreign = await refusal(call(tenant, project, theirs))
    unknown = await refusal(call(tenant, new_id("prj"), never))
    assert (foreign.code, foreign.reason) == (StatusCode.NOT_FOUND, reason)
    assert (unknown.code, unknown.reason) == (StatusCode.NOT_FOUND, reason)
    assert foreign.message[:-31] == unknown.message[:-31]
