"""Who sends telemetry: by a token as everybody, or by an API key, which never changes.

Exporters can send fixed headers and nothing else. The method is therefore open to the interceptors,
whose checks never wait, and whoever comes without a token is looked at here, by the same rules.
"""

from collections.abc import Mapping
from typing import Protocol

from kernel.errors import CredentialMissing
from kernel.principal import Principal
from servicekit import calls
from servicekit.interceptors.checks import API_KEY_PREFIX, RequirePermission

_BEARER = "Bearer "


class Keys(Protocol):
    """Knows who holds an API key."""

    async def principal_of(self, key: str) -> Principal:
        """Return who holds the key, or raise why nobody is believed to."""
        ...


class OtlpCredentials:
    """Finds out who sends telemetry, and whether they may."""

    def __init__(self, *, keys: Keys) -> None:
        self._keys = keys
        self._require_permission = RequirePermission()

    async def principal(self) -> Principal:
        """Return who sends.

        Raises:
            CredentialMissing: neither a token nor a key came with the call.
            PermissionMissing: the key's roles do not grant what the method needs.
        """
        call = calls.current()
        assert call is not None, "a handler serves a call"
        if call.principal is None:
            call.principal = await self._keys.principal_of(_key_of(call.metadata))
            self._require_permission(call)
        return call.principal


def _key_of(metadata: Mapping[str, str]) -> str:
    authorization = metadata.get("authorization", "").removeprefix(_BEARER)
    key = metadata.get("x-api-key") or authorization
    if not key.startswith(API_KEY_PREFIX):
        raise CredentialMissing(
            "The export carries no credential. Set "
            "OTEL_EXPORTER_OTLP_HEADERS=x-api-key=<an API key of AOS>."
        )
    return key
