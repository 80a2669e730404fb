"""Overrides: a policy that is evaluated and not enforced, for one scope and a time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from kernel.errors import FieldViolation, InvalidField
from kernel.identifiers import ApiKeyId, OverrideId, PersonId, PolicyId, TenantId
from services.policies.domain.body_rules import ID_PREFIXES
from services.policies.domain.errors import OverrideOfOneself
from services.policies.domain.policy_body import ScopeType

LONGEST = timedelta(days=7)
# Kinds of runs that need no name.
_NAMELESS = (ScopeType.ALL_RUNS, ScopeType.TENANT)


class OverrideState(StrEnum):
    """Where an override is in its life."""

    OPEN = "OPEN"
    ENDED = "ENDED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """One override."""

    id: OverrideId
    tenant_id: TenantId
    policy_id: PolicyId
    scope_type: ScopeType
    scope_id: str
    reason: str
    opened_by: str
    # The key that it was opened with: runs of that key are its owner's as well.
    opened_with: str
    created_at: datetime
    starts_at: datetime
    ends_at: datetime
    state: OverrideState = OverrideState.OPEN
    ended_by: str = ""
    revision: int = 1

    @property
    def is_over(self) -> bool:
        """Whether it will never count again."""
        return self.state is not OverrideState.OPEN

    def ended(self, *, by: str) -> "Override":
        """The override before its time is over."""
        return replace(self, state=OverrideState.ENDED, ended_by=by, revision=self.revision + 1)

    def expired(self) -> "Override":
        """The override after its time."""
        return replace(self, state=OverrideState.EXPIRED, revision=self.revision + 1)


def require_sound(override: Override) -> None:
    """Refuse an override that names nobody, or lasts for ever.

    Raises:
        InvalidField: with every field that is to blame.
    """
    found = list(_violations(override))
    if found:
        first = found[0]
        raise InvalidField(f"{first.field}: {first.description}", violations=found)


def require_anothers(
    override: Override, *, person_id: PersonId | None, api_key_id: ApiKeyId | None
) -> None:
    """Refuse an override that somebody opens for exactly their own runs.

    Raises:
        OverrideOfOneself: it is for the runs of whoever opens it.
    """
    if override.scope_id and override.scope_id in (person_id, api_key_id):
        raise OverrideOfOneself(
            "Nobody overrides a policy for their own runs. Ask a colleague.",
            metadata={"scope_id": override.scope_id},
        )


def _violations(override: Override) -> Iterator[FieldViolation]:
    kind, name = override.scope_type, override.scope_id
    if kind in _NAMELESS and name:
        yield _at("scope_id", f"must be empty: the scope is {kind}")
    if kind not in _NAMELESS and not name.startswith(ID_PREFIXES[kind]):
        yield _at("scope_id", f"must begin with {ID_PREFIXES[kind]}: the scope is {kind}")
    if override.ends_at <= override.starts_at:
        yield _at("end_time", "must be after the start and after now")
    elif override.ends_at - override.starts_at > LONGEST:
        yield _at("end_time", f"must be at most {LONGEST.days} days after the start")


def _at(field: str, description: str) -> FieldViolation:
    return FieldViolation(field=field, description=description)
