"""API keys as messages, and messages as commands."""

from datetime import UTC, datetime
from typing import Any

from aos.accounts.v1 import api_key_pb2, api_key_service_pb2
from kernel.identifiers import PersonId, ProjectId
from kernel.principal import Principal
from services.accounts.api.role_messages import from_roles, to_roles
from services.accounts.domain.api_key import ApiKey, ApiKeyState
from services.accounts.usecases.api_keys import CreateApiKey

_STATES: dict[ApiKeyState, Any] = {
    state: api_key_pb2.ApiKeyState.Value(f"API_KEY_STATE_{state.name}") for state in ApiKeyState
}


def to_create_api_key(
    request: api_key_service_pb2.CreateApiKeyRequest, principal: Principal
) -> CreateApiKey:
    """Read which key somebody wants."""
    has_end = request.HasField("expire_time")
    return CreateApiKey(
        principal=principal,
        name=request.name,
        project_id=ProjectId(request.project_id) if request.project_id else None,
        person_id=PersonId(request.person_id) if request.person_id else None,
        roles=to_roles(request.roles),
        expires_at=request.expire_time.ToDatetime(tzinfo=UTC) if has_end else None,
    )


def from_api_key(api_key: ApiKey, *, at: datetime) -> api_key_pb2.ApiKey:
    """Write a key in the state that it has at a moment."""
    message = api_key_pb2.ApiKey(
        id=api_key.id,
        tenant_id=api_key.tenant_id,
        project_id=api_key.project_id or "",
        person_id=api_key.person_id or "",
        name=api_key.name,
        roles=from_roles(api_key.roles),
        state=_STATES[api_key.state_at(at)],
        hint=api_key.hint,
    )
    message.create_time.FromDatetime(api_key.created_at)
    if api_key.expires_at is not None:
        message.expire_time.FromDatetime(api_key.expires_at)
    if api_key.revoked_at is not None:
        message.revoke_time.FromDatetime(api_key.revoked_at)
    return message
