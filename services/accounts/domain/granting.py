"""Who may hand out which roles: nobody more than they hold themselves."""

from collections.abc import Iterable

from kernel.principal import Principal
from kernel.roles import Role, may_hand_out
from services.accounts.domain.errors import RoleNotGrantable

# Whoever runs the plane makes the first owner of each tenant, and so stands above all roles.
OPERATOR = "operator"


def require_grantable(principal: Principal, roles: Iterable[Role]) -> None:
    """Refuse roles that hold more than the principal's own.

    Raises:
        RoleNotGrantable: one of them does.
    """
    if principal.service == OPERATOR:
        return
    refused = sorted(role for role in roles if not may_hand_out(principal.roles, [role]))
    if refused:
        raise RoleNotGrantable(
            f"The credential may not give or take the role {refused[0]}. Ask somebody who has it.",
            metadata={"roles": ",".join(refused)},
        )


def within(held: Iterable[Role], roles: Iterable[Role]) -> frozenset[Role]:
    """The roles that hold no more than those held."""
    owned = tuple(held)
    return frozenset(role for role in roles if may_hand_out(owned, [role]))
