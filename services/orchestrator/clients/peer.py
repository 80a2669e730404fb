"""Asks one service of ours: in a tenant's name, or with the credential of whoever asks us."""

import uuid
from typing import Any

from grpc import aio

from kernel.errors import (
    CredentialMissing,
    FailedPrecondition,
    FieldViolation,
    ServiceError,
    Unavailable,
)
from kernel.identifiers import TenantId
from servicekit import calls
from servicekit.auth.service_tokens import METADATA_KEY, ServiceTokenSigner
from servicekit.channel import error_from

# Requests are named after what they are for, so that asking again is the very same request.
_NAMES = uuid.UUID("5a1b3a44-3d0b-4a0e-9c63-6f2a0a1d8e07")
SECONDS = 5.0


class Peer:
    """One service, as the orchestrator asks it."""

    def __init__(self, *, name: str, channel: aio.Channel, signer: ServiceTokenSigner) -> None:
        self.name = name
        self.channel = channel
        self._signer = signer

    async def ask(self, method: Any, request: Any, tenant_id: TenantId) -> Any:
        """Ask in the name of the orchestrator, for a tenant.

        Raises:
            ServiceError: what the other side says, with its reason.
        """
        return await self._call(method, request, self.metadata(tenant_id))

    def metadata(self, tenant_id: TenantId) -> tuple[tuple[str, str], ...]:
        """What says that it is us, for a tenant."""
        token = self._signer.token(audience=self.name, tenant_id=tenant_id)
        return ((METADATA_KEY, token),)

    async def ask_for_caller(self, method: Any, request: Any) -> Any:
        """Ask with the credential of whoever asks us: their roles decide, not ours.

        Raises:
            ServiceError: what the other side says, with its reason.
        """
        call = calls.current()
        bearer = "" if call is None else call.metadata.get("authorization", "")
        if not bearer:
            raise CredentialMissing("This call needs a credential of a tenant.")
        return await self._call(method, request, (("authorization", bearer),))

    async def _call(self, method: Any, request: Any, metadata: tuple[tuple[str, str], ...]) -> Any:
        try:
            return await method(request, timeout=SECONDS, metadata=metadata)
        except aio.AioRpcError as call:
            raise error_from(call) from call


def request_id(key: str) -> str:
    """The request id that belongs to a key."""
    return str(uuid.uuid5(_NAMES, key))


def refused(refusal: Any) -> ServiceError:
    """The error that one item of a batch was refused with."""
    branch: type[ServiceError] = Unavailable if refusal.retryable else FailedPrecondition
    kind = type(branch.__name__, (branch,), {"reason": refusal.reason})
    error: ServiceError = kind(refusal.message, violations=blamed(refusal))
    return error


def blamed(refusal: Any) -> list[FieldViolation]:
    """The field that a refusal names, if it names one."""
    if not refusal.field:
        return []
    return [FieldViolation(field=refusal.field, description=refusal.message)]
