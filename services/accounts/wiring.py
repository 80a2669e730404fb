"""The composition root of accounts: the only file that constructs things."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from aos.accounts.v1 import (
    agent_service_pb2,
    api_key_service_pb2,
    person_service_pb2,
    project_service_pb2,
    tenant_service_pb2,
    token_service_pb2,
)
from servicekit.auth.keys import decode, read_private_key
from servicekit.auth.tokens import LEEWAY, TOKEN_LIFETIME, TokenSigner
from servicekit.config import ConfigError
from servicekit.foundation import Foundation
from servicekit.mutations import Mutations
from servicekit.parts import ServiceParts
from servicekit.server import registration
from servicekit.unit_of_work import UnitsOfWork
from services.accounts.api.agent_service import AgentService
from services.accounts.api.api_key_service import ApiKeyService
from services.accounts.api.event_messages import encode
from services.accounts.api.person_service import PersonService
from services.accounts.api.project_service import ProjectService
from services.accounts.api.tenant_service import TenantService
from services.accounts.api.token_messages import key_id_of
from services.accounts.api.token_service import TokenService
from services.accounts.config import Settings
from services.accounts.domain.key_format import KeyEnvironment
from services.accounts.domain.secret_seal import SecretSeal
from services.accounts.store.tables import KIT
from services.accounts.store.unit_of_work import AccountsUnitOfWork

# As long as a token may be believed after its key was revoked, and a minute for clocks that differ.
REVOCATION_WINDOW = TOKEN_LIFETIME + LEEWAY + timedelta(minutes=1)
_MINIMUM_PEPPER_BYTES = 32


def build(foundation: Foundation, settings: Settings) -> ServiceParts:
    """Construct accounts on its foundation."""
    units_of_work = UnitsOfWork(
        database=foundation.database,
        make=lambda connection: AccountsUnitOfWork(connection, encode=encode),
        tables=KIT,
    )
    kit: dict[str, Any] = {
        "units_of_work": units_of_work,
        "mutations": Mutations(units_of_work=units_of_work, gate=foundation.audit),
        "page_tokens": foundation.page_tokens,
        "clock": foundation.clock,
    }
    environment = KeyEnvironment.LIVE if settings.is_production else KeyEnvironment.DEVELOPMENT
    seal = SecretSeal(pepper=_read_pepper(settings.key_pepper_file))
    return ServiceParts(
        units_of_work=units_of_work,
        registrations=[
            registration(tenant_service_pb2, TenantService(**kit)),
            registration(project_service_pb2, ProjectService(**kit)),
            registration(agent_service_pb2, AgentService(**kit)),
            registration(person_service_pb2, PersonService(**kit)),
            registration(
                api_key_service_pb2,
                ApiKeyService(**kit, environment=environment, seal=seal),
            ),
            registration(
                token_service_pb2,
                _token_service(foundation, settings, units_of_work, environment, seal),
            ),
        ],
        handlers={},
    )


def _token_service(
    foundation: Foundation,
    settings: Settings,
    units_of_work: UnitsOfWork[AccountsUnitOfWork],
    environment: KeyEnvironment,
    seal: SecretSeal,
) -> TokenService:
    key = read_private_key(settings.token_signing_key_file)
    public = key.public_key()
    return TokenService(
        units_of_work=units_of_work,
        environment=environment,
        seal=seal,
        signer=TokenSigner(key=key, key_id=key_id_of(public), clock=foundation.clock),
        verification_keys=[public],
        revocation_window=REVOCATION_WINDOW,
        clock=foundation.clock,
    )


def _read_pepper(path: Path) -> bytes:
    try:
        pepper = decode(path.read_text())
    except (OSError, ValueError):
        pepper = b""
    if len(pepper) < _MINIMUM_PEPPER_BYTES:
        raise ConfigError(
            f"{path} does not hold {_MINIMUM_PEPPER_BYTES} bytes or more in base64url."
        )
    return pepper
