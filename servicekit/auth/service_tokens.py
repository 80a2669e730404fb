"""Identities of services: each signs short tokens with its own key and names whom it acts for.

In production the certificate of the connection says the same (SAN = service name); these tokens are
what services use where there is no mTLS, and always to name the tenant that they act for.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kernel.clock import Clock
from kernel.errors import CredentialExpired, CredentialInvalid
from kernel.identifiers import TenantId

METADATA_KEY = "x-aos-service"
LIFETIME_SECONDS = 60
# A token is reused while it has this much left, so that signing stays off the hot path.
_REUSE_SECONDS = 30.0
_LEEWAY_SECONDS = 30
_REMEMBERED_TOKENS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceIdentity:
    """A service of ours, and the tenant it acts for in this call, if one."""

    name: str
    tenant_id: TenantId | None
    expires_at: int


class ServiceTokenSigner:
    """Signs this service's own tokens."""

    def __init__(self, *, service: str, key: Ed25519PrivateKey, clock: Clock) -> None:
        self.service = service
        self._key = key
        self._clock = clock
        self._made: dict[tuple[str, str], tuple[str, float]] = {}

    def token(self, *, audience: str, tenant_id: str = "") -> str:
        """A token that lets the audience know us, acting for the tenant (or for none)."""
        made = self._made.get((audience, tenant_id))
        if made is not None and made[1] > time.monotonic():
            return made[0]
        if len(self._made) >= _REMEMBERED_TOKENS:
            self._made.clear()
        now = int(self._clock.now().timestamp())
        claims = {
            "iss": f"service:{self.service}",
            "aud": audience,
            "iat": now,
            "exp": now + LIFETIME_SECONDS,
            "ten": tenant_id,
        }
        token = jwt.encode(claims, self._key, algorithm="EdDSA")
        self._made[audience, tenant_id] = (token, time.monotonic() + _REUSE_SECONDS)
        return token


class ServiceTokenVerifier:
    """Recognises other services by their public keys."""

    def __init__(
        self, *, audience: str, identities: Mapping[str, Ed25519PublicKey], clock: Clock
    ) -> None:
        self._audience = audience
        self._identities = identities
        self._clock = clock
        self._remembered: dict[str, ServiceIdentity] = {}

    def verify(self, token: str) -> ServiceIdentity:
        """Return which service calls, or raise why it is not believed."""
        identity = self._remembered.get(token) or self._examine(token)
        if self._clock.now().timestamp() > identity.expires_at + _LEEWAY_SECONDS:
            self._remembered.pop(token, None)
            raise CredentialExpired("The service token has expired. Sign a new one.")
        return identity

    def _examine(self, token: str) -> ServiceIdentity:
        try:
            issuer = jwt.decode(token, options={"verify_signature": False})["iss"]
            name = issuer.removeprefix("service:")
            claims = jwt.decode(
                token,
                self._identities[name],
                algorithms=["EdDSA"],
                audience=self._audience,
                options={"verify_exp": False, "verify_iat": False, "require": ["exp"]},
            )
        except (jwt.PyJWTError, KeyError, AttributeError, TypeError):
            raise CredentialInvalid(
                "The service token is not valid. Check the identities file of both services."
            ) from None
        tenant = claims.get("ten")
        identity = ServiceIdentity(
            name=name,
            tenant_id=TenantId(tenant) if tenant else None,
            expires_at=claims["exp"],
        )
        if len(self._remembered) >= _REMEMBERED_TOKENS:
            self._remembered.clear()
        self._remembered[token] = identity
        return identity
