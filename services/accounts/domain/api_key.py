"""An API key: how a person's tools and programs prove who they are. It never holds its secret."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from kernel.identifiers import ApiKeyId, PersonId, ProjectId, TenantId
from kernel.roles import Role
from services.accounts.domain.errors import ApiKeyAlreadyRevoked


class ApiKeyState(StrEnum):
    """What a key is worth at a moment; follows from its times and is kept nowhere."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as everybody may see it."""

    id: ApiKeyId
    tenant_id: TenantId
    project_id: ProjectId | None
    person_id: PersonId | None
    name: str
    roles: frozenset[Role]
    hint: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    revocation_reason: str = ""
    revision: int = 1

    def state_at(self, moment: datetime) -> ApiKeyState:
        """What the key is worth at a moment."""
        if self.revoked_at is not None:
            return ApiKeyState.REVOKED
        if self.expires_at is not None and self.expires_at <= moment:
            return ApiKeyState.EXPIRED
        return ApiKeyState.ACTIVE

    def revoked(self, *, reason: str, at: datetime) -> "ApiKey":
        """The key, taken back.

        Raises:
            ApiKeyAlreadyRevoked: it was taken back before.
        """
        if self.revoked_at is not None:
            raise ApiKeyAlreadyRevoked(
                f"The API key {self.id} is revoked already.", metadata={"api_key_id": self.id}
            )
        return replace(self, revoked_at=at, revocation_reason=reason, revision=self.revision + 1)
