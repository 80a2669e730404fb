"""A person: a member of a tenant with roles."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from kernel.identifiers import PersonId, TenantId
from kernel.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A member of a tenant."""

    id: PersonId
    tenant_id: TenantId
    # Lower case: two spellings of one address are one person.
    email: str
    name: str
    roles: frozenset[Role]
    created_at: datetime
    updated_at: datetime
    revision: int = 1

    @property
    def is_owner(self) -> bool:
        """Whether they may do everything in the tenant."""
        return Role.OWNER in self.roles

    def changed(self, *, name: str, roles: Iterable[Role], at: datetime) -> "Person":
        """The person under another name or with other roles."""
        return replace(
            self, name=name, roles=frozenset(roles), updated_at=at, revision=self.revision + 1
        )
