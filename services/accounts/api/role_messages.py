"""Roles as enum values, and back."""

from collections.abc import Iterable
from typing import Any

from aos.accounts.v1 import person_pb2
from kernel.roles import Role

_VALUES: dict[Role, Any] = {role: person_pb2.Role.Value(f"ROLE_{role.name}") for role in Role}
_ROLE_OF = {value: role for role, value in _VALUES.items()}


def to_roles(values: Iterable[Any]) -> frozenset[Role]:
    """Read roles; the contract lets no other value through."""
    return frozenset(_ROLE_OF[value] for value in values)


def from_roles(roles: Iterable[Role]) -> list[Any]:
    """Write roles, the mightiest first."""
    return sorted(_VALUES[role] for role in roles)
