"""Projects, agents and keys: who sees and changes which."""

from dataclasses import replace
from datetime import timedelta

import pytest

from kernel.clock import FakeClock
from kernel.errors import EtagMismatch, PermissionMissing
from kernel.identifiers import AgentId, ApiKeyId, PersonId, ProjectId, new_id
from kernel.pagination import PageRequest
from kernel.principal import Principal
from kernel.roles import Role
from services.accounts.domain.api_key import ApiKeyState
from services.accounts.domain.errors import (
    AgentNotFound,
    ApiKeyAlreadyRevoked,
    ApiKeyNotFound,
    PersonNotFound,
    ProjectNameTaken,
    ProjectNotFound,
    RoleNotGrantable,
)
from services.accounts.domain.events import ApiKeyCreated, ApiKeyRevoked, ProjectUpdated
from services.accounts.domain.key_format import KeyEnvironment, PresentedKey, parse
from services.accounts.domain.project import Project
from services.accounts.domain.secret_seal import SecretSeal
from services.accounts.domain.tenant import Tenant
from services.accounts.usecases import agents, api_keys, projects
from services.accounts.usecases.agents import CreateAgent, UpdateAgent
from services.accounts.usecases.api_keys import CreateApiKey
from services.accounts.usecases.projects import UpdateProject
from tests.unit.accounts.in_memory import InMemory
from tests.unit.accounts.specimens import a_person, a_project, an_agent, an_api_key, principal

SEAL = SecretSeal(pepper=b"pepper")


@pytest.fixture
async def project(store: InMemory, tenant: Tenant) -> Project:
    made = a_project(tenant.id)
    await store.projects.add(made)
    return made


@pytest.fixture
async def other(store: InMemory, tenant: Tenant) -> Project:
    made = a_project(tenant.id)
    await store.projects.add(made)
    return made


@pytest.fixture
def bound(project: Project) -> Principal:
    """A credential that is good for one project alone."""
    return principal(project.tenant_id, Role.OWNER, project=project.id)


async def make_key(
    store: InMemory, clock: FakeClock, who: Principal, **fields: object
) -> PresentedKey:
    wanted: dict[str, object] = {
        "principal": who,
        "name": "ci",
        "project_id": None,
        "person_id": None,
        "roles": frozenset({Role.AGENT}),
        "expires_at": None,
        **fields,
    }
    _, presented = await api_keys.create_api_key(
        CreateApiKey(**wanted),  # type: ignore[arg-type]
        environment=KeyEnvironment.DEVELOPMENT,
        seal=SEAL,
        unit_of_work=store,
        clock=clock,
    )
    return presented


async def test_a_project_is_renamed_with_its_etag_and_once(
    store: InMemory, clock: FakeClock, owner: Principal, project: Project
) -> None:
    command = UpdateProject(principal=owner, project_id=project.id, etag="1", name="New")
    renamed = await projects.update_project(command, unit_of_work=store, clock=clock)
    assert renamed == replace(project, name="New", updated_at=clock.now(), revision=2)
    assert store.announced == [ProjectUpdated(project=renamed)]
    with pytest.raises(EtagMismatch):
        await projects.update_project(command, unit_of_work=store, clock=clock)


async def test_names_are_unique_whatever_their_case(
    store: InMemory, clock: FakeClock, owner: Principal, project: Project, other: Project
) -> None:
    taken = other.name.upper()
    with pytest.raises(ProjectNameTaken):
        await projects.create_project(taken, principal=owner, unit_of_work=store, clock=clock)
    command = UpdateProject(principal=owner, project_id=project.id, etag="1", name=taken)
    with pytest.raises(ProjectNameTaken):
        await projects.update_project(command, unit_of_work=store, clock=clock)


async def test_a_bound_credential_knows_its_own_project_alone(
    store: InMemory, clock: FakeClock, bound: Principal, project: Project, other: Project
) -> None:
    listed = await projects.list_projects(PageRequest(), principal=bound, unit_of_work=store)
    assert list(listed.items) == [project]
    assert await projects.get_project(project.id, principal=bound, unit_of_work=store) == project
    for unknown in (other.id, ProjectId(new_id("prj"))):
        with pytest.raises(ProjectNotFound):
            await projects.get_project(unknown, principal=bound, unit_of_work=store)
    command = UpdateProject(principal=bound, project_id=other.id, etag="1", name="Mine")
    with pytest.raises(ProjectNotFound):
        await projects.update_project(command, unit_of_work=store, clock=clock)
    with pytest.raises(PermissionMissing):
        await projects.create_project("New", principal=bound, unit_of_work=store, clock=clock)


async def test_a_bound_credential_knows_its_own_projects_agents_alone(
    store: InMemory, clock: FakeClock, bound: Principal, project: Project, other: Project
) -> None:
    mine, theirs = an_agent(project), an_agent(other)
    await store.agents.add(mine)
    await store.agents.add(theirs)
    page = PageRequest()
    listed = await agents.list_agents(None, page, principal=bound, unit_of_work=store)
    assert list(listed.items) == [mine]
    with pytest.raises(PermissionMissing):
        await agents.list_agents(other.id, page, principal=bound, unit_of_work=store)
    for unknown in (theirs.id, AgentId(new_id("agt"))):
        with pytest.raises(AgentNotFound):
            await agents.get_agent(unknown, principal=bound, unit_of_work=store)
    command = UpdateAgent(
        principal=bound, agent_id=theirs.id, etag="1", name="Mine", description=""
    )
    with pytest.raises(AgentNotFound):
        await agents.update_agent(command, unit_of_work=store, clock=clock)
    wanted = CreateAgent(principal=bound, project_id=other.id, name="New", description="")
    with pytest.raises(ProjectNotFound):
        await agents.create_agent(wanted, unit_of_work=store, clock=clock)


async def test_a_bound_credential_makes_and_knows_its_own_projects_keys_alone(
    store: InMemory, clock: FakeClock, bound: Principal, project: Project, other: Project
) -> None:
    wide = an_api_key(project.tenant_id)
    theirs = an_api_key(project.tenant_id, project_id=other.id)
    for made in (wide, theirs):
        await store.api_keys.add(made, bytes(32))
    mine = (await make_key(store, clock, bound)).api_key_id
    assert (await api_keys.get_api_key(mine, principal=bound, unit_of_work=store)).project_id == (
        project.id
    )
    page = PageRequest()
    listed = await api_keys.list_api_keys(None, page, principal=bound, unit_of_work=store)
    assert [found.id for found in listed.items] == [mine]
    for unknown in (wide.id, theirs.id, ApiKeyId(new_id("key"))):
        with pytest.raises(ApiKeyNotFound):
            await api_keys.get_api_key(unknown, principal=bound, unit_of_work=store)
        with pytest.raises(ApiKeyNotFound):
            await api_keys.revoke_api_key(
                unknown, reason="x", principal=bound, unit_of_work=store, clock=clock
            )
    with pytest.raises(ProjectNotFound):
        await make_key(store, clock, bound, project_id=other.id)


async def test_a_key_is_kept_as_its_seal_and_announced_without_its_secret(
    store: InMemory, clock: FakeClock, owner: Principal
) -> None:
    presented = await make_key(store, clock, owner)
    kept = store.api_keys.items[owner.tenant_id, presented.api_key_id]
    assert parse(presented.text) == presented
    assert store.api_keys.seals[kept.id] == SEAL.seal(presented.secret)
    assert kept.hint == f"aos_dev_{kept.id[4:10]}…"
    assert store.announced == [ApiKeyCreated(api_key=kept)]
    assert presented.secret not in repr(store.announced)


async def test_a_key_holds_no_more_than_its_maker(
    store: InMemory, clock: FakeClock, tenant: Tenant
) -> None:
    administrator = principal(tenant.id, Role.ADMINISTRATOR)
    with pytest.raises(RoleNotGrantable):
        await make_key(store, clock, administrator, roles=frozenset({Role.OWNER}))
    assert await make_key(store, clock, administrator, roles=frozenset({Role.DEVELOPER}))


async def test_a_persons_key_holds_no_more_than_the_person_whoever_makes_it(
    store: InMemory, clock: FakeClock, owner: Principal, operator: Principal
) -> None:
    person = a_person(owner.tenant_id, Role.DEVELOPER)
    await store.people.add(person)
    for maker in (owner, operator):
        with pytest.raises(RoleNotGrantable):
            await make_key(
                store, clock, maker, person_id=person.id, roles=frozenset({Role.OPERATIONS})
            )
        made = await make_key(
            store, clock, maker, person_id=person.id, roles=frozenset({Role.VIEWER})
        )
        assert store.api_keys.items[owner.tenant_id, made.api_key_id].person_id == person.id
    with pytest.raises(PersonNotFound):
        await make_key(store, clock, owner, person_id=PersonId(new_id("per")))


async def test_a_key_is_revoked_once(store: InMemory, clock: FakeClock, owner: Principal) -> None:
    key_id = (await make_key(store, clock, owner)).api_key_id
    clock.advance(timedelta(hours=1))
    revoked = await api_keys.revoke_api_key(
        key_id, reason="it leaked", principal=owner, unit_of_work=store, clock=clock
    )
    assert (revoked.revoked_at, revoked.revocation_reason) == (clock.now(), "it leaked")
    assert store.announced[-1] == ApiKeyRevoked(api_key=revoked)
    with pytest.raises(ApiKeyAlreadyRevoked):
        await api_keys.revoke_api_key(
            key_id, reason="again", principal=owner, unit_of_work=store, clock=clock
        )


def test_the_state_of_a_key_follows_from_its_times(clock: FakeClock, tenant: Tenant) -> None:
    now = clock.now()
    second = timedelta(seconds=1)
    key = an_api_key(tenant.id)
    assert key.state_at(now) is ApiKeyState.ACTIVE
    assert replace(key, expires_at=now + second).state_at(now) is ApiKeyState.ACTIVE
    assert replace(key, expires_at=now).state_at(now) is ApiKeyState.EXPIRED
    ended = replace(key, expires_at=now, revoked_at=now)
    assert ended.state_at(now) is ApiKeyState.REVOKED
