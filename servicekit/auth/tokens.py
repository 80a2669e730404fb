"""Tokens of people and programs: signed by accounts, verified offline by everybody.

Checking an Ed25519 signature on every call would be the dearest thing on the hot path, so a verdict
is remembered until the token expires. Revocations are looked up on every call, also for remembered
tokens; that is what makes them take effect within seconds.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kernel.clock import Clock
from kernel.errors import CredentialExpired, CredentialInvalid, Unavailable
from kernel.identifiers import ApiKeyId, PersonId, ProjectId, TenantId
from kernel.principal import Principal

ISSUER = "aos-accounts"
AUDIENCE = "aos"
TOKEN_LIFETIME = timedelta(minutes=5)
# Services may disagree about the time by this much and still believe each other.
LEEWAY = timedelta(seconds=30)
# Without news about revocations for this long, no token is believed: a partition must not keep a
# revoked key alive. Long enough to restart accounts without anybody noticing.
STALE_AFTER_SECONDS = 30.0
_REMEMBERED_TOKENS = 20_000


class TokenSigner:
    """Signs tokens; only accounts has one."""

    def __init__(self, *, key: Ed25519PrivateKey, key_id: str, clock: Clock) -> None:
        self._key = key
        self._key_id = key_id
        self._clock = clock

    def sign(self, principal: Principal, *, not_after: datetime | None) -> tuple[str, datetime]:
        """Make a token for the principal, ending after 5 minutes or at `not_after` if earlier."""
        now = self._clock.now()
        expires = (
            now + TOKEN_LIFETIME if not_after is None else min(now + TOKEN_LIFETIME, not_after)
        )
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "iat": int(now.timestamp()),
            "exp": int(expires.timestamp()),
            "ten": principal.tenant_id,
            "prj": principal.project_id,
            "key": principal.api_key_id,
            "per": principal.person_id,
            "rol": sorted(principal.roles),
        }
        token = jwt.encode(claims, self._key, algorithm="EdDSA", headers={"kid": self._key_id})
        return token, datetime.fromtimestamp(claims["exp"], tz=UTC)


@dataclass(slots=True, kw_only=True)
class TrustStore:
    """What a service knows of the world's keys and revocations; fed from accounts."""

    keys: Mapping[str, Ed25519PublicKey] = field(default_factory=dict)
    revoked_keys: frozenset[str] = frozenset()
    suspended_tenants: frozenset[str] = frozenset()
    # Monotonic moment of the last news; minus infinity before the first.
    refreshed: float = float("-inf")

    def replace(
        self,
        *,
        keys: Mapping[str, Ed25519PublicKey],
        revoked_keys: frozenset[str],
        suspended_tenants: frozenset[str],
        asked: float,
    ) -> None:
        """Take the latest news in; `asked` is when the question was put, not answered."""
        if keys.keys() != self.keys.keys():
            self.keys = keys
        self.revoked_keys = revoked_keys
        self.suspended_tenants = suspended_tenants
        self.refreshed = asked

    def is_fresh(self) -> bool:
        """Whether the news are recent enough to believe anybody."""
        return time.monotonic() - self.refreshed < STALE_AFTER_SECONDS


class TokenVerifier:
    """Turns a token into a principal, or says why not."""

    def __init__(self, *, trust: TrustStore, clock: Clock) -> None:
        self._trust = trust
        self._clock = clock
        self._remembered: dict[str, Principal] = {}
        self._believed: Mapping[str, Ed25519PublicKey] = {}

    def verify(self, token: str) -> Principal:
        """Return who holds the token.

        Raises:
            Unavailable: nothing recent is known about revocations, so nobody can be believed.
            CredentialExpired: the token's time is over; exchange the key again.
            CredentialInvalid: anything else that is wrong with it.
        """
        if not self._trust.is_fresh():
            raise Unavailable("Revocations cannot be confirmed at the moment. Retry shortly.")
        if self._believed is not self._trust.keys:
            # A key that is withdrawn takes its remembered tokens with it.
            self._remembered.clear()
            self._believed = self._trust.keys
        principal = self._remembered.get(token) or self._examine(token)
        expires = principal.expires_at
        if expires is not None and self._clock.now() > expires + LEEWAY:
            self._remembered.pop(token, None)
            raise CredentialExpired("The token has expired. Exchange the API key for a new one.")
        self._refuse_revoked(principal)
        return principal

    def _refuse_revoked(self, principal: Principal) -> None:
        trust = self._trust
        if principal.api_key_id in trust.revoked_keys:
            raise CredentialInvalid("The credential is not valid. Use another API key.")
        if principal.tenant_id in trust.suspended_tenants:
            raise CredentialInvalid("The tenant is suspended. Ask the operator of this plane.")

    def _examine(self, token: str) -> Principal:
        try:
            key = self._trust.keys[jwt.get_unverified_header(token)["kid"]]
            # The time is checked by our own clock above, also for remembered tokens.
            claims = jwt.decode(
                token,
                key,
                algorithms=["EdDSA"],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={"verify_exp": False, "verify_iat": False, "require": ["exp", "ten"]},
            )
            principal = _principal(claims)
        except (jwt.PyJWTError, KeyError, TypeError, ValueError):
            raise CredentialInvalid(
                "The credential is not valid. Exchange an API key for a token of this plane."
            ) from None
        if len(self._remembered) >= _REMEMBERED_TOKENS:
            self._remembered.clear()
        self._remembered[token] = principal
        return principal


def _principal(claims: Mapping[str, Any]) -> Principal:
    def optional(name: str) -> str | None:
        return claims.get(name) or None

    project, key, person = optional("prj"), optional("key"), optional("per")
    return Principal(
        tenant_id=TenantId(claims["ten"]),
        roles=frozenset(claims["rol"]),
        project_id=ProjectId(project) if project else None,
        api_key_id=ApiKeyId(key) if key else None,
        person_id=PersonId(person) if person else None,
        expires_at=datetime.fromtimestamp(claims["exp"], tz=UTC),
    )
