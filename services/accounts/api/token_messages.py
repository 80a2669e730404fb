"""Tokens, the keys to verify them with, and identities as messages."""

import hashlib
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from aos.accounts.v1 import token_service_pb2
from kernel.principal import Principal
from services.accounts.usecases.revocations import Revocations

_KEY_ID_LENGTH = 16


def key_id_of(key: Ed25519PublicKey) -> str:
    """The `kid` of a key: made from the key itself, so that no two keys can share one."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:_KEY_ID_LENGTH]


def from_public_key(key: Ed25519PublicKey) -> token_service_pb2.VerificationKey:
    """Write a key that tokens are verified with."""
    return token_service_pb2.VerificationKey(
        id=key_id_of(key), ed25519_public_key=key.public_bytes_raw()
    )


def from_token(token: str, expires_at: datetime) -> token_service_pb2.ExchangeKeyResponse:
    """Write a token and when it ends."""
    message = token_service_pb2.ExchangeKeyResponse(token=token)
    message.expire_time.FromDatetime(expires_at)
    return message


def from_revocations(revocations: Revocations) -> token_service_pb2.ListRevocationsResponse:
    """Write whose tokens open nothing any more."""
    return token_service_pb2.ListRevocationsResponse(
        api_key_ids=revocations.api_key_ids, tenant_ids=revocations.tenant_ids
    )


def from_principal(principal: Principal) -> token_service_pb2.GetIdentityResponse:
    """Write who somebody is."""
    return token_service_pb2.GetIdentityResponse(
        tenant_id=principal.tenant_id,
        project_id=principal.project_id or "",
        api_key_id=principal.api_key_id or "",
        person_id=principal.person_id or "",
        roles=sorted(principal.roles),
    )
