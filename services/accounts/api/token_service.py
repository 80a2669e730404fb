"""Serves aos.accounts.v1.TokenService."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from aos.accounts.v1 import token_service_pb2, token_service_pb2_grpc
from kernel.clock import Clock
from servicekit import calls
from servicekit.unit_of_work import UnitsOfWork
from services.accounts.api import token_messages
from services.accounts.domain.key_format import KeyEnvironment
from services.accounts.domain.secret_seal import SecretSeal
from services.accounts.usecases.exchange_key import exchange_key, read_key
from services.accounts.usecases.ports import AUTHENTICATION, Signer, UnitOfWork
from services.accounts.usecases.revocations import list_revocations


class TokenService(token_service_pb2_grpc.TokenServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork[UnitOfWork],
        environment: KeyEnvironment,
        seal: SecretSeal,
        signer: Signer,
        verification_keys: Sequence[Ed25519PublicKey],
        revocation_window: timedelta,
        clock: Clock,
    ) -> None:
        self._units_of_work = units_of_work
        self._environment = environment
        self._seal = seal
        self._signer = signer
        self._verification_keys = verification_keys
        self._revocation_window = revocation_window
        self._clock = clock

    async def ExchangeKey(self, request: Any, _context: Any) -> Any:
        """Exchange an API key for a token."""
        presented = read_key(request.api_key, environment=self._environment)
        async with self._units_of_work(purpose=AUTHENTICATION) as unit_of_work:
            token, expires_at = await exchange_key(
                presented,
                unit_of_work=unit_of_work,
                seal=self._seal,
                signer=self._signer,
                clock=self._clock,
            )
        return token_messages.from_token(token, expires_at)

    async def ListVerificationKeys(self, _request: Any, _context: Any) -> Any:
        """Return the public keys that tokens are verified with."""
        return token_service_pb2.ListVerificationKeysResponse(
            keys=[token_messages.from_public_key(key) for key in self._verification_keys]
        )

    async def ListRevocations(self, _request: Any, _context: Any) -> Any:
        """Return whose tokens must no longer be believed."""
        async with self._units_of_work(purpose=AUTHENTICATION) as unit_of_work:
            revocations = await list_revocations(
                within=self._revocation_window, unit_of_work=unit_of_work, clock=self._clock
            )
        return token_messages.from_revocations(revocations)

    async def GetIdentity(self, _request: Any, _context: Any) -> Any:
        """Return who the caller is."""
        return token_messages.from_principal(calls.principal())
