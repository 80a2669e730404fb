"""Who is asking: a person or program of one tenant, or one of our own services."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kernel.errors import PermissionMissing, TenantMismatch
from kernel.identifiers import ApiKeyId, PersonId, ProjectId, TenantId
from kernel.roles import roles_grant


class ActorType(StrEnum):
    """What kind of actor stands in a record."""

    PERSON = "PERSON"
    API_KEY = "API_KEY"
    SERVICE = "SERVICE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acted, as it stands in records."""

    type: ActorType
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Somebody of one tenant, proven by a token. The tenant comes from here and nowhere else."""

    tenant_id: TenantId
    roles: frozenset[str]
    project_id: ProjectId | None = None
    api_key_id: ApiKeyId | None = None
    person_id: PersonId | None = None
    expires_at: datetime | None = None
    # Set when one of our services acts for a tenant without a person or key behind it.
    service: str | None = None

    @property
    def actor(self) -> Actor:
        """The most exact name for whoever acts, as it stands in records."""
        if self.person_id is not None:
            return Actor(type=ActorType.PERSON, id=self.person_id)
        if self.api_key_id is not None:
            return Actor(type=ActorType.API_KEY, id=self.api_key_id)
        return Actor(type=ActorType.SERVICE, id=f"service:{self.service}")

    @property
    def actor_id(self) -> str:
        """The actor's name alone."""
        return self.actor.id

    def may(self, permission: str) -> bool:
        """Whether one of the roles grants the permission."""
        return roles_grant(self.roles, permission)

    def require_whole_tenant(self) -> None:
        """Refuse a credential that is bound to a project what concerns the whole tenant.

        Raises:
            PermissionMissing: it is bound to one.
        """
        if self.project_id is not None:
            raise PermissionMissing(
                "The credential is bound to a project, and this is for the whole tenant. Use a "
                "credential that is good for the whole tenant."
            )

    def require_tenant(self, tenant_id: str) -> None:
        """Refuse a request that names another tenant; an empty name means the own one."""
        if tenant_id and tenant_id != self.tenant_id:
            raise TenantMismatch(
                "The request names another tenant than the credential. Leave tenant_id empty."
            )
