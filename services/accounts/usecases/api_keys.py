"""Create, read and revoke API keys. A credential bound to a project knows its keys only."""

from dataclasses import dataclass
from datetime import datetime

from kernel.clock import Clock
from kernel.identifiers import ApiKeyId, PersonId, ProjectId, new_id
from kernel.pagination import Page, PageRequest
from kernel.principal import Principal
from kernel.roles import Role
from services.accounts.domain.api_key import ApiKey
from services.accounts.domain.bounds import narrowed, sees
from services.accounts.domain.errors import ApiKeyNotFound, PersonNotFound, RoleNotGrantable
from services.accounts.domain.events import ApiKeyCreated, ApiKeyRevoked
from services.accounts.domain.granting import require_grantable, within
from services.accounts.domain.key_format import KeyEnvironment, PresentedKey, new_secret
from services.accounts.domain.secret_seal import SecretSeal
from services.accounts.usecases.ports import UnitOfWork
from services.accounts.usecases.projects import get_project


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateApiKey:
    """A key that somebody wants."""

    principal: Principal
    name: str
    project_id: ProjectId | None
    person_id: PersonId | None
    roles: frozenset[Role]
    expires_at: datetime | None


async def create_api_key(
    command: CreateApiKey,
    *,
    environment: KeyEnvironment,
    seal: SecretSeal,
    unit_of_work: UnitOfWork,
    clock: Clock,
) -> tuple[ApiKey, PresentedKey]:
    """Create a key, and return it with its secret, which is nowhere else.

    Raises:
        RoleNotGrantable: a role holds more than the principal or the key's person does.
        ProjectNotFound: there is no such project that the principal may know of.
        PersonNotFound: the tenant has no such person.
    """
    principal = command.principal
    require_grantable(principal, command.roles)
    # A credential that is bound to a project makes keys that are bound to it too.
    project_id = command.project_id or principal.project_id
    if project_id is not None:
        await get_project(project_id, principal=principal, unit_of_work=unit_of_work)
    if command.person_id is not None:
        await _require_person_holds(command.person_id, command, unit_of_work)
    presented = PresentedKey(
        environment=environment, api_key_id=ApiKeyId(new_id("key")), secret=new_secret()
    )
    api_key = ApiKey(
        id=presented.api_key_id,
        tenant_id=principal.tenant_id,
        project_id=project_id,
        person_id=command.person_id,
        name=command.name,
        roles=command.roles,
        hint=presented.hint,
        created_at=clock.now(),
        expires_at=command.expires_at,
    )
    await unit_of_work.api_keys.add(api_key, seal.seal(presented.secret))
    unit_of_work.announce(ApiKeyCreated(api_key=api_key), actor=principal.actor)
    return api_key, presented


async def get_api_key(
    api_key_id: ApiKeyId, *, principal: Principal, unit_of_work: UnitOfWork
) -> ApiKey:
    """Return one key.

    Raises:
        ApiKeyNotFound: there is none that the principal may know of.
    """
    api_key = await unit_of_work.api_keys.find(principal.tenant_id, api_key_id)
    if api_key is None or not sees(principal, api_key.project_id):
        raise ApiKeyNotFound.of(api_key_id)
    return api_key


async def list_api_keys(
    project_id: ProjectId | None,
    page: PageRequest,
    *,
    principal: Principal,
    unit_of_work: UnitOfWork,
) -> Page[ApiKey]:
    """Return keys, newest first."""
    project = narrowed(principal, project_id)
    return await unit_of_work.api_keys.list(principal.tenant_id, project, page)


async def revoke_api_key(
    api_key_id: ApiKeyId,
    *,
    reason: str,
    principal: Principal,
    unit_of_work: UnitOfWork,
    clock: Clock,
) -> ApiKey:
    """Take a key back.

    Raises:
        ApiKeyNotFound: there is none that the principal may know of.
        ApiKeyAlreadyRevoked: it was taken back before.
    """
    api_key = await unit_of_work.api_keys.hold(principal.tenant_id, api_key_id)
    if api_key is None or not sees(principal, api_key.project_id):
        raise ApiKeyNotFound.of(api_key_id)
    revoked = api_key.revoked(reason=reason, at=clock.now())
    await unit_of_work.api_keys.update(revoked)
    unit_of_work.announce(ApiKeyRevoked(api_key=revoked), actor=principal.actor, before=api_key)
    return revoked


async def _require_person_holds(
    person_id: PersonId, command: CreateApiKey, unit_of_work: UnitOfWork
) -> None:
    person = await unit_of_work.people.find(command.principal.tenant_id, person_id)
    if person is None:
        raise PersonNotFound.of(person_id)
    excess = sorted(command.roles - within(person.roles, command.roles))
    if excess:
        raise RoleNotGrantable(
            f"The person does not hold the role {excess[0]}, so their key cannot either.",
            metadata={"roles": ",".join(excess)},
        )
