"""The repositories of accounts without a database; the same contract suite runs over both."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from kernel.errors import ServiceError
from kernel.identifiers import ApiKeyId, PersonId, ProjectId, TenantId
from kernel.ledger import LedgerEntry, entry_of
from kernel.pagination import Page, PageRequest
from kernel.principal import Actor
from services.accounts.domain.agent import Agent
from services.accounts.domain.api_key import ApiKey
from services.accounts.domain.errors import (
    AgentNameTaken,
    PersonEmailTaken,
    ProjectNameTaken,
    ProjectNotFound,
    TenantNameTaken,
    TenantNotFound,
)
from services.accounts.domain.events import AccountsEvent
from services.accounts.domain.person import Person
from services.accounts.domain.project import Project
from services.accounts.domain.tenant import Tenant
from services.accounts.usecases.ports import StoredCredential

Item = TypeVar("Item")


class Shelf(Generic[Item]):
    """Things by tenant and identifier."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], Item] = {}

    async def find(self, tenant_id: TenantId, item_id: Any) -> Item | None:
        return self.items.get((tenant_id, item_id))

    async def hold(self, tenant_id: TenantId, item_id: Any) -> Item | None:
        return self.items.get((tenant_id, item_id))

    def of(self, tenant_id: TenantId) -> list[Item]:
        return [item for (owner, _), item in self.items.items() if owner == tenant_id]

    def put(self, item: Any) -> None:
        self.items[item.tenant_id, item.id] = item


def by_name(item: Any) -> tuple[str, ...]:
    return (item.name.lower(), item.id)


def page_of(
    items: Iterable[Item],
    page: PageRequest,
    *,
    key: Callable[[Item], tuple[str, ...]],
    newest_first: bool = False,
) -> Page[Item]:
    rest = sorted(items, key=key, reverse=newest_first)
    if page.after is not None:
        after = page.after
        rest = [item for item in rest if (key(item) < after if newest_first else key(item) > after)]
    return Page.cut(rest[: page.size + 1], page.size, key=key)


def refuse_twin(item: Any, others: Iterable[Any], refusal: ServiceError) -> None:
    if any(other.name.lower() == item.name.lower() and other.id != item.id for other in others):
        raise refusal


class Tenants:
    def __init__(self) -> None:
        self.items: dict[str, Tenant] = {}

    async def add(self, tenant: Tenant) -> None:
        refuse_twin(tenant, self.items.values(), TenantNameTaken.of(tenant.name))
        self.items[tenant.id] = tenant

    async def find(self, tenant_id: TenantId) -> Tenant | None:
        return self.items.get(tenant_id)

    async def hold(self, tenant_id: TenantId) -> Tenant | None:
        return self.items.get(tenant_id)

    async def update(self, tenant: Tenant) -> None:
        self.items[tenant.id] = tenant

    async def list(self, page: PageRequest) -> Page[Tenant]:
        return page_of(self.items.values(), page, key=by_name)


class Projects(Shelf[Project]):
    def __init__(self, tenants: Tenants) -> None:
        super().__init__()
        self._tenants = tenants

    async def add(self, project: Project) -> None:
        if project.tenant_id not in self._tenants.items:
            raise TenantNotFound.of(project.tenant_id)
        await self.update(project)

    async def update(self, project: Project) -> None:
        refuse_twin(project, self.of(project.tenant_id), ProjectNameTaken.of(project.name))
        self.put(project)

    async def list(
        self, tenant_id: TenantId, only: ProjectId | None, page: PageRequest
    ) -> Page[Project]:
        found = [item for item in self.of(tenant_id) if only in (None, item.id)]
        return page_of(found, page, key=by_name)


class Agents(Shelf[Agent]):
    def __init__(self, projects: Projects) -> None:
        super().__init__()
        self._projects = projects

    async def add(self, agent: Agent) -> None:
        if (agent.tenant_id, agent.project_id) not in self._projects.items:
            raise ProjectNotFound.of(agent.project_id)
        await self.update(agent)

    async def update(self, agent: Agent) -> None:
        siblings = [
            item for item in self.of(agent.tenant_id) if item.project_id == agent.project_id
        ]
        refuse_twin(agent, siblings, AgentNameTaken.of(agent.name))
        self.put(agent)

    async def list(
        self, tenant_id: TenantId, project_id: ProjectId | None, page: PageRequest
    ) -> Page[Agent]:
        found = [item for item in self.of(tenant_id) if project_id in (None, item.project_id)]
        return page_of(found, page, key=by_name)


class People(Shelf[Person]):
    def __init__(self, tenants: Tenants) -> None:
        super().__init__()
        self._tenants = tenants

    async def add(self, person: Person) -> None:
        if person.tenant_id not in self._tenants.items:
            raise TenantNotFound.of(person.tenant_id)
        if any(other.email == person.email for other in self.of(person.tenant_id)):
            raise PersonEmailTaken.of(person.email)
        self.put(person)

    async def update(self, person: Person) -> None:
        self.put(person)

    async def has_other_owner(self, tenant_id: TenantId, person_id: PersonId) -> bool:
        return any(item.is_owner for item in self.of(tenant_id) if item.id != person_id)

    async def list(self, tenant_id: TenantId, page: PageRequest) -> Page[Person]:
        return page_of(self.of(tenant_id), page, key=lambda person: (person.email,))


class ApiKeys(Shelf[ApiKey]):
    def __init__(self, tenants: Tenants) -> None:
        super().__init__()
        self._tenants = tenants
        self.seals: dict[str, bytes] = {}

    async def add(self, api_key: ApiKey, seal: bytes) -> None:
        if api_key.tenant_id not in self._tenants.items:
            raise TenantNotFound.of(api_key.tenant_id)
        self.put(api_key)
        self.seals[api_key.id] = seal

    async def update(self, api_key: ApiKey) -> None:
        self.put(api_key)

    async def list(
        self, tenant_id: TenantId, project_id: ProjectId | None, page: PageRequest
    ) -> Page[ApiKey]:
        found = [item for item in self.of(tenant_id) if project_id in (None, item.project_id)]
        return page_of(found, page, key=lambda item: (item.id,), newest_first=True)


@dataclass(slots=True)
class Credentials:
    tenants: Tenants
    people: People
    api_keys: ApiKeys

    async def find(self, api_key_id: ApiKeyId) -> StoredCredential | None:
        for (tenant_id, item_id), api_key in self.api_keys.items.items():
            if item_id == api_key_id:
                person = self.people.items.get((tenant_id, api_key.person_id or ""))
                return StoredCredential(
                    api_key=api_key,
                    seal=self.api_keys.seals[api_key_id],
                    tenant_suspended=self.tenants.items[tenant_id].is_suspended,
                    person_roles=None if person is None else person.roles,
                )
        return None

    async def revoked_since(self, moment: datetime) -> Sequence[ApiKeyId]:
        return [
            item.id
            for item in self.api_keys.items.values()
            if item.revoked_at is not None and item.revoked_at >= moment
        ]

    async def suspended_tenants(self) -> Sequence[TenantId]:
        return [tenant.id for tenant in self.tenants.items.values() if tenant.is_suspended]


@dataclass(slots=True)
class InMemory:
    """A unit of work that keeps what it is given at once."""

    tenants: Tenants = field(default_factory=Tenants)
    projects: Projects = field(init=False)
    agents: Agents = field(init=False)
    people: People = field(init=False)
    api_keys: ApiKeys = field(init=False)
    credentials: Credentials = field(init=False)
    announced: list[AccountsEvent] = field(default_factory=list)
    recorded: list[LedgerEntry] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.projects = Projects(self.tenants)
        self.agents = Agents(self.projects)
        self.people = People(self.tenants)
        self.api_keys = ApiKeys(self.tenants)
        self.credentials = Credentials(self.tenants, self.people, self.api_keys)

    def announce(self, event: AccountsEvent, *, actor: Actor, before: object | None = None) -> None:
        self.announced.append(event)
        self.recorded.append(entry_of(event, actor=actor, before=before))

    def leave_unchanged(self) -> None: ...

    @asynccontextmanager
    async def opened(self, *_tenants: str, purpose: str = "") -> AsyncIterator["InMemory"]:
        yield self

    async def commit(self) -> None:
        """Everything is kept already."""
