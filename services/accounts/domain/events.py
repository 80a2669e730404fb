"""What accounts announces."""

from dataclasses import dataclass
from typing import ClassVar

from services.accounts.domain.agent import Agent
from services.accounts.domain.api_key import ApiKey
from services.accounts.domain.person import Person
from services.accounts.domain.project import Project
from services.accounts.domain.tenant import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantCreated:
    """A tenant was created."""

    tenant: Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantSuspended:
    """A tenant was suspended."""

    tenant: Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantResumed:
    """A suspended tenant was resumed."""

    tenant: Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectCreated:
    """A project was created."""

    project: Project


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectUpdated:
    """A project was changed."""

    project: Project


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentCreated:
    """An agent was created."""

    agent: Agent


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentUpdated:
    """An agent was changed."""

    agent: Agent


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAdded:
    """A person was added."""

    person: Person


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonUpdated:
    """A person was changed."""

    person: Person


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyCreated:
    """A key was created."""

    LEDGER_TYPE: ClassVar[str] = "KEY_CREATED"

    api_key: ApiKey


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyRevoked:
    """A key was revoked."""

    LEDGER_TYPE: ClassVar[str] = "KEY_REVOKED"

    api_key: ApiKey


AccountsEvent = (
    TenantCreated
    | TenantSuspended
    | TenantResumed
    | ProjectCreated
    | ProjectUpdated
    | AgentCreated
    | AgentUpdated
    | PersonAdded
    | PersonUpdated
    | ApiKeyCreated
    | ApiKeyRevoked
)
