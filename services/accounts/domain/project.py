"""A project: a tenant's unit of ownership for agents, keys and limits."""

from dataclasses import dataclass, replace
from datetime import datetime

from kernel.identifiers import ProjectId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A tenant's unit of ownership."""

    id: ProjectId
    tenant_id: TenantId
    name: str
    created_at: datetime
    updated_at: datetime
    revision: int = 1

    def renamed(self, name: str, *, at: datetime) -> "Project":
        """The project under another name."""
        return replace(self, name=name, updated_at=at, revision=self.revision + 1)
