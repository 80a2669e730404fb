"""An agent: a program that runs on somebody's behalf."""

from dataclasses import dataclass, replace
from datetime import datetime

from kernel.identifiers import AgentId, ProjectId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A program that runs on somebody's behalf, within one project."""

    id: AgentId
    tenant_id: TenantId
    project_id: ProjectId
    name: str
    description: str
    created_at: datetime
    updated_at: datetime
    revision: int = 1

    def described(self, *, name: str, description: str, at: datetime) -> "Agent":
        """The agent in other words."""
        return replace(
            self, name=name, description=description, updated_at=at, revision=self.revision + 1
        )
