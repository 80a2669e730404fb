"""Exchange an API key for a token that every service can verify by itself.

Whatever is wrong with a key, its holder hears the same sentence: anything else would tell a thief
which part of a guess was right.
"""

from datetime import datetime

from kernel.clock import Clock
from kernel.errors import CredentialInvalid
from kernel.principal import Principal
from services.accounts.domain.api_key import ApiKeyState
from services.accounts.domain.granting import within
from services.accounts.domain.key_format import KeyEnvironment, PresentedKey, parse
from services.accounts.domain.secret_seal import NO_SEAL, SecretSeal
from services.accounts.usecases.ports import Signer, StoredCredential, UnitOfWork


def read_key(text: str, *, environment: KeyEnvironment) -> PresentedKey:
    """Read a key before anything is asked of the database.

    Raises:
        CredentialInvalid: it cannot be a key of this plane.
    """
    presented = parse(text)
    if presented is None or presented.environment is not environment:
        raise _refusal()
    return presented


async def exchange_key(
    presented: PresentedKey,
    *,
    unit_of_work: UnitOfWork,
    seal: SecretSeal,
    signer: Signer,
    clock: Clock,
) -> tuple[str, datetime]:
    """Return a token and when it ends: after its usual life, or with its key if that is earlier.

    Raises:
        CredentialInvalid: the key opens nothing.
    """
    credential = await unit_of_work.credentials.find(presented.api_key_id)
    # An unknown key costs the same comparison as a known one.
    known = seal.matches(presented.secret, NO_SEAL if credential is None else credential.seal)
    if credential is None or not known or not _opens(credential, at=clock.now()):
        raise _refusal()
    return signer.sign(_principal_of(credential), not_after=credential.api_key.expires_at)


def _opens(credential: StoredCredential, *, at: datetime) -> bool:
    active = credential.api_key.state_at(at) is ApiKeyState.ACTIVE
    return active and not credential.tenant_suspended and bool(_principal_of(credential).roles)


def _principal_of(credential: StoredCredential) -> Principal:
    api_key, roles = credential.api_key, credential.api_key.roles
    if credential.person_roles is not None:
        # A person who lost a role since their key was made has lost it in their key as well.
        roles = within(credential.person_roles, roles)
    return Principal(
        tenant_id=api_key.tenant_id,
        roles=frozenset(roles),
        project_id=api_key.project_id,
        api_key_id=api_key.id,
        person_id=api_key.person_id,
    )


def _refusal() -> CredentialInvalid:
    return CredentialInvalid("The API key is not valid. Use another one.")
