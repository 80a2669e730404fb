"""What each role may do. A permission is ``<domain>.<noun>.<verb>``; ``*`` stands for any part."""

from collections.abc import Iterable
from enum import StrEnum
from functools import cache


class Role(StrEnum):
    """A person's or key's role within its tenant."""

    OWNER = "owner"
    ADMINISTRATOR = "administrator"
    GOVERNANCE = "governance"
    OPERATIONS = "operations"
    DEVELOPER = "developer"
    RESPONDER = "responder"
    AUDITOR = "auditor"
    VIEWER = "viewer"
    AGENT = "agent"


_GRANTS: dict[str, tuple[str, ...]] = {
    Role.OWNER: ("*.*.*",),
    # Everything but the rules themselves and the switch: those need an owner to hand them out.
    Role.ADMINISTRATOR: (
        "accounts.*.*",
        "activity.*.*",
        "incidents.*.*",
        "integrations.*.*",
        "logs.*.*",
        "orchestrator.*.*",
        "*.*.read",
    ),
    Role.GOVERNANCE: ("policies.*.*", "*.*.read"),
    Role.OPERATIONS: ("governance.*.*", "orchestrator.*.*", "activity.*.*", "*.*.read"),
    Role.DEVELOPER: (
        "orchestrator.runs.write",
        "activity.*.*",
        "accounts.agents.write",
        "*.*.read",
    ),
    Role.RESPONDER: ("incidents.*.*", "activity.signals.write", "*.*.read"),
    Role.AUDITOR: ("logs.exports.write", "*.*.read"),
    Role.VIEWER: ("*.*.read",),
    # An agent's key submits runs, asks and reports; to hold runs of others is not its business.
    Role.AGENT: (
        "orchestrator.runs.write",
        "orchestrator.runs.read",
        "activity.runs.write",
        "activity.runs.read",
        "accounts.self.read",
    ),
}


def _matches(pattern: str, permission: str) -> bool:
    wanted = permission.split(".")
    parts = pattern.split(".")
    return len(parts) == len(wanted) and all(
        part in ("*", want) for part, want in zip(parts, wanted, strict=True)
    )


@cache
def role_grants(role: str, permission: str) -> bool:
    """Whether the role holds the permission; an unknown role holds none."""
    return any(_matches(pattern, permission) for pattern in _GRANTS.get(role, ()))


def roles_grant(roles: Iterable[str], permission: str) -> bool:
    """Whether one of the roles holds the permission."""
    return any(role_grants(role, permission) for role in roles)


def may_hand_out(giver: Iterable[str], receiver: Iterable[str]) -> bool:
    """Whether somebody may give these roles away: nobody hands out more than they hold."""
    held = [pattern for role in giver for pattern in _GRANTS.get(role, ())]
    given = [pattern for role in receiver for pattern in _GRANTS[role]]
    return all(any(_covers(own, pattern) for own in held) for pattern in given)


def _covers(wide: str, narrow: str) -> bool:
    pairs = zip(wide.split("."), narrow.split("."), strict=True)
    return all(left in ("*", right) for left, right in pairs)
