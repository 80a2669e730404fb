"""What the use cases need of the outer ring; the store and the kit implement it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kernel.identifiers import AgentId, ApiKeyId, PersonId, ProjectId, TenantId
from kernel.pagination import Page, PageRequest
from kernel.principal import Actor, Principal
from kernel.roles import Role
from services.accounts.domain.agent import Agent
from services.accounts.domain.api_key import ApiKey
from services.accounts.domain.events import AccountsEvent
from services.accounts.domain.person import Person
from services.accounts.domain.project import Project
from services.accounts.domain.tenant import Tenant

# The purpose of transactions that find out who somebody is, and so cannot know the tenant yet; no
# request of a caller sets it.
AUTHENTICATION = "authentication"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCredential:
    """All that decides whether a key opens anything."""

    api_key: ApiKey
    seal: bytes
    tenant_suspended: bool
    # What the key's person may do at present; None for a program's own key.
    person_roles: frozenset[Role] | None


class TenantRepository(Protocol):
    """Keeps tenants."""

    async def add(self, tenant: Tenant) -> None:
        """Keep a new tenant, or raise TenantNameTaken."""
        ...

    async def find(self, tenant_id: TenantId) -> Tenant | None:
        """Return the tenant, or None if there is none with this id."""
        ...

    async def hold(self, tenant_id: TenantId) -> Tenant | None:
        """Return the tenant as it stays until this transaction ends; others who hold it wait."""
        ...

    async def update(self, tenant: Tenant) -> None:
        """Keep the new state of a tenant that is held."""
        ...

    async def list(self, page: PageRequest) -> Page[Tenant]:
        """Return the tenants of the plane by name."""
        ...


class ProjectRepository(Protocol):
    """Keeps projects."""

    async def add(self, project: Project) -> None:
        """Keep a new project, or raise ProjectNameTaken or TenantNotFound."""
        ...

    async def find(self, tenant_id: TenantId, project_id: ProjectId) -> Project | None:
        """Return the project, or None if the tenant has none with this id."""
        ...

    async def hold(self, tenant_id: TenantId, project_id: ProjectId) -> Project | None:
        """Return the project as it stays until this transaction ends."""
        ...

    async def update(self, project: Project) -> None:
        """Keep the new state of a project that is held, or raise ProjectNameTaken."""
        ...

    async def list(
        self, tenant_id: TenantId, only: ProjectId | None, page: PageRequest
    ) -> Page[Project]:
        """Return the tenant's projects by name, or the one that is asked for."""
        ...


class AgentRepository(Protocol):
    """Keeps agents."""

    async def add(self, agent: Agent) -> None:
        """Keep a new agent, or raise AgentNameTaken or ProjectNotFound."""
        ...

    async def find(self, tenant_id: TenantId, agent_id: AgentId) -> Agent | None:
        """Return the agent, or None if the tenant has none with this id."""
        ...

    async def hold(self, tenant_id: TenantId, agent_id: AgentId) -> Agent | None:
        """Return the agent as it stays until this transaction ends."""
        ...

    async def update(self, agent: Agent) -> None:
        """Keep the new state of an agent that is held, or raise AgentNameTaken."""
        ...

    async def list(
        self, tenant_id: TenantId, project_id: ProjectId | None, page: PageRequest
    ) -> Page[Agent]:
        """Return the agents of the tenant or project by name."""
        ...


class PersonRepository(Protocol):
    """Keeps people."""

    async def add(self, person: Person) -> None:
        """Keep a new person, or raise PersonEmailTaken or TenantNotFound."""
        ...

    async def find(self, tenant_id: TenantId, person_id: PersonId) -> Person | None:
        """Return the person, or None if the tenant has none with this id."""
        ...

    async def hold(self, tenant_id: TenantId, person_id: PersonId) -> Person | None:
        """Return the person as they stay until this transaction ends."""
        ...

    async def update(self, person: Person) -> None:
        """Keep the new state of a person who is held."""
        ...

    async def has_other_owner(self, tenant_id: TenantId, person_id: PersonId) -> bool:
        """Whether somebody else is an owner of the tenant."""
        ...

    async def list(self, tenant_id: TenantId, page: PageRequest) -> Page[Person]:
        """Return the tenant's people by e-mail address."""
        ...


class ApiKeyRepository(Protocol):
    """Keeps API keys; the seal of a secret goes in here and comes out for exchanges alone."""

    async def add(self, api_key: ApiKey, seal: bytes) -> None:
        """Keep a new key, or raise TenantNotFound."""
        ...

    async def find(self, tenant_id: TenantId, api_key_id: ApiKeyId) -> ApiKey | None:
        """Return the key, or None if the tenant has none with this id."""
        ...

    async def hold(self, tenant_id: TenantId, api_key_id: ApiKeyId) -> ApiKey | None:
        """Return the key as it stays until this transaction ends."""
        ...

    async def update(self, api_key: ApiKey) -> None:
        """Keep the new state of a key that is held."""
        ...

    async def list(
        self, tenant_id: TenantId, project_id: ProjectId | None, page: PageRequest
    ) -> Page[ApiKey]:
        """Return the keys of the tenant or project, newest first."""
        ...


class CredentialRepository(Protocol):
    """Reads across tenants what authentication needs, and nothing else."""

    async def find(self, api_key_id: ApiKeyId) -> StoredCredential | None:
        """Return what is kept of the key, or None if no tenant has it."""
        ...

    async def revoked_since(self, moment: datetime) -> Sequence[ApiKeyId]:
        """Return the keys that were revoked at this moment or later."""
        ...

    async def suspended_tenants(self) -> Sequence[TenantId]:
        """Return the tenants whose credentials open nothing."""
        ...


class UnitOfWork(Protocol):
    """One transaction; whoever opened it commits it."""

    @property
    def tenants(self) -> TenantRepository:
        """The tenants, as this transaction sees them."""
        ...

    @property
    def projects(self) -> ProjectRepository:
        """The projects, as this transaction sees them."""
        ...

    @property
    def agents(self) -> AgentRepository:
        """The agents, as this transaction sees them."""
        ...

    @property
    def people(self) -> PersonRepository:
        """The people, as this transaction sees them."""
        ...

    @property
    def api_keys(self) -> ApiKeyRepository:
        """The API keys, as this transaction sees them."""
        ...

    @property
    def credentials(self) -> CredentialRepository:
        """What authentication may read; empty unless the transaction has that purpose."""
        ...

    def announce(self, event: AccountsEvent, *, actor: Actor, before: object | None = None) -> None:
        """Let an event leave, and its entry enter the ledger, with this transaction."""
        ...

    def leave_unchanged(self) -> None:
        """Say that what was asked for is so already."""
        ...


class Signer(Protocol):
    """Signs tokens."""

    def sign(self, principal: Principal, *, not_after: datetime | None) -> tuple[str, datetime]:
        """Make a token for the principal and say when it ends: at `not_after` at the latest."""
        ...
