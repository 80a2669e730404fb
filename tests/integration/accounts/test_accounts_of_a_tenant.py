"""Projects, agents and people over real gRPC and Postgres."""

import asyncio

from grpc import StatusCode

from aos.accounts.v1 import person_pb2
from kernel.identifiers import is_id, new_id
from kernel.roles import Role
from tests.integration.accounts.clients import Operator, Tenant, everything, values
from tests.support.statuses import refusal


async def test_a_project_is_created_read_renamed_and_read_again(tenant: Tenant) -> None:
    created = (await tenant.owner.CreateProject(name="Payments")).project
    assert is_id(created.id, "prj")
    assert (created.tenant_id, created.name, created.etag) == (tenant.id, "Payments", "1")
    renamed = (
        await tenant.owner.UpdateProject(project_id=created.id, etag="1", name="Billing")
    ).project
    assert (renamed.name, renamed.etag, renamed.create_time) == (
        "Billing",
        "2",
        created.create_time,
    )
    assert (await tenant.owner.GetProject(project_id=created.id)).project == renamed


async def test_an_agent_is_created_read_changed_and_read_again(tenant: Tenant) -> None:
    project = (await tenant.owner.CreateProject(name="Payments")).project
    created = (
        await tenant.owner.CreateAgent(project_id=project.id, name="Clerk", description="Files.")
    ).agent
    assert is_id(created.id, "agt")
    assert (created.project_id, created.description) == (project.id, "Files.")
    changed = (
        await tenant.owner.UpdateAgent(
            agent_id=created.id, etag=created.etag, name="Clerk", description="Finds."
        )
    ).agent
    assert (changed.description, changed.etag) == ("Finds.", "2")
    assert (await tenant.owner.GetAgent(agent_id=created.id)).agent == changed


async def test_a_person_is_added_read_changed_and_read_again(tenant: Tenant) -> None:
    created = (
        await tenant.owner.CreatePerson(
            email="Ada@Example.com", name="Ada", roles=values(Role.VIEWER, Role.RESPONDER)
        )
    ).person
    assert is_id(created.id, "per")
    assert created.email == "ada@example.com"
    assert list(created.roles) == [person_pb2.ROLE_RESPONDER, person_pb2.ROLE_VIEWER]
    changed = (
        await tenant.owner.UpdatePerson(
            person_id=created.id, etag="1", name="Ada L.", roles=values(Role.OWNER)
        )
    ).person
    assert (changed.name, list(changed.roles)) == ("Ada L.", [person_pb2.ROLE_OWNER])
    assert (await tenant.owner.GetPerson(person_id=created.id)).person == changed


async def test_lists_come_page_by_page_in_their_order(tenant: Tenant) -> None:
    owner = tenant.owner
    names = ["delta", "Alpha", "charlie", "Bravo", "echo"]
    projects = {name: (await owner.CreateProject(name=name)).project for name in names}
    in_order = sorted(names, key=str.lower)
    assert [item.name for item in await everything(owner.ListProjects, "projects")] == in_order
    home = projects["Alpha"].id
    for name in names:
        await owner.CreateAgent(project_id=home, name=name)
    await owner.CreateAgent(project_id=projects["echo"].id, name="Bravo")
    listed = await everything(owner.ListAgents, "agents", project_id=home)
    assert [item.name for item in listed] == in_order
    assert len(await everything(owner.ListAgents, "agents")) == 6
    for name in names:
        await owner.CreatePerson(email=f"{name}@example.com", name=name, roles=values(Role.VIEWER))
    people = await everything(owner.ListPeople, "people")
    emails = [f"{name.lower()}@example.com" for name in [*names, "owner"]]
    assert [person.email for person in people] == sorted(emails)


async def test_a_page_token_of_another_query_or_tenant_is_refused(
    tenant: Tenant, operator: Operator
) -> None:
    for name in "ab":
        await tenant.owner.CreateProject(name=name)
    token = (await tenant.owner.ListProjects(page_size=1)).next_page_token
    stranger = await operator.make_tenant()
    asked = [
        stranger.owner.ListProjects(page_token=token),
        tenant.owner.ListPeople(page_token=token),
        tenant.owner.ListProjects(page_token=token[:-4] + "AAA="),
    ]
    for call in asked:
        assert (await refusal(call)).reason == "INVALID_PAGE_TOKEN"


async def test_names_in_use_are_taken_whatever_their_case(tenant: Tenant) -> None:
    owner = tenant.owner
    home = (await owner.CreateProject(name="Home")).project
    other = (await owner.CreateProject(name="Other")).project
    await owner.CreateAgent(project_id=home.id, name="Clerk")
    second = (await owner.CreateAgent(project_id=home.id, name="Second")).agent
    taken = {
        "PROJECT_NAME_TAKEN": [
            owner.CreateProject(name="HOME"),
            owner.UpdateProject(project_id=other.id, etag="1", name="home"),
        ],
        "AGENT_NAME_TAKEN": [
            owner.CreateAgent(project_id=home.id, name="clerk"),
            owner.UpdateAgent(agent_id=second.id, etag="1", name="CLERK"),
        ],
        "PERSON_EMAIL_TAKEN": [
            owner.CreatePerson(email="OWNER@example.com", name="x", roles=values(Role.VIEWER))
        ],
    }
    for reason, refused in taken.items():
        for call in refused:
            told = await refusal(call)
            assert (told.code, told.reason) == (StatusCode.ALREADY_EXISTS, reason)
    assert (await owner.CreateAgent(project_id=other.id, name="Clerk")).agent.name == "Clerk"


async def test_changes_need_the_current_etag_and_one_of_two_wins(tenant: Tenant) -> None:
    owner = tenant.owner
    project = (await owner.CreateProject(name="Home")).project
    calls = [
        owner.UpdateProject(project_id=project.id, etag="1", name=f"Home {number}")
        for number in range(4)
    ]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    won = [answer for answer in answers if not isinstance(answer, BaseException)]
    assert len(won) == 1
    for call in calls:
        if await call.code() is not StatusCode.OK:
            told = await refusal(call)
            assert (told.code, told.reason) == (StatusCode.ABORTED, "ETAG_MISMATCH")
    assert (await owner.GetProject(project_id=project.id)).project == won[0].project


async def test_a_credential_of_one_project_sees_and_changes_only_that(tenant: Tenant) -> None:
    owner = tenant.owner
    home = (await owner.CreateProject(name="Home")).project
    other = (await owner.CreateProject(name="Other")).project
    await owner.CreateAgent(project_id=other.id, name="Theirs")
    bound = await tenant.holder(Role.ADMINISTRATOR, project_id=home.id)
    assert [item.id for item in (await bound.ListProjects()).projects] == [home.id]
    own = (await bound.CreateAgent(project_id=home.id, name="Mine")).agent
    assert [item.id for item in (await bound.ListAgents()).agents] == [own.id]
    key = (await bound.CreateApiKey(name="mine", roles=values(Role.AGENT))).api_key
    assert key.project_id == home.id
    assert {item.project_id for item in (await bound.ListApiKeys()).api_keys} == {home.id}
    assert (await bound.GetTenant()).tenant.id == tenant.id
    refused = {
        "PROJECT_NOT_FOUND": bound.CreateAgent(project_id=other.id, name="x"),
        "PERMISSION_MISSING": bound.CreateProject(name="x"),
    }
    for reason, call in refused.items():
        assert (await refusal(call)).reason == reason
    for call in (bound.ListPeople(), bound.ListAgents(project_id=other.id)):
        assert (await refusal(call)).code is StatusCode.PERMISSION_DENIED


async def test_texts_that_cannot_be_kept_are_refused_with_their_field(tenant: Tenant) -> None:
    owner = tenant.owner
    long = "a" * 243 + "@example.com"
    bad = {
        "name": owner.CreateProject(name="a\0b"),
        "email": owner.CreatePerson(email=long, name="x", roles=values(Role.VIEWER)),
        "project_id": owner.GetProject(project_id="prj_"),
        "etag": owner.UpdateProject(project_id=new_id("prj"), etag="x", name="x"),
        "roles": owner.CreatePerson(email="a@example.com", name="x"),
    }
    for field, call in bad.items():
        told = await refusal(call)
        assert (told.code, told.reason) == (StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
        assert set(told.fields) == {field}


async def test_roles_decide_who_may_ask(tenant: Tenant) -> None:
    agent = await tenant.holder(Role.AGENT)
    viewer = await tenant.holder(Role.VIEWER)
    assert (await agent.GetTenant()).tenant.id == tenant.id
    assert (await viewer.ListProjects()).projects == []
    for call in (agent.ListProjects(), viewer.CreateProject(name="x")):
        told = await refusal(call)
        assert (told.code, told.reason) == (StatusCode.PERMISSION_DENIED, "PERMISSION_MISSING")
