"""Keeps a service's trust store fed with accounts' keys and revocations.

accounts is the one service that all others depend on for identity, so its token contract is the one
contract of a domain that the kit knows.
"""

import asyncio
import time

from grpc import aio

from aos.accounts.v1 import token_service_pb2, token_service_pb2_grpc
from servicekit.auth.keys import public_key
from servicekit.auth.tokens import TrustStore
from servicekit.telemetry.logging import get_logger

_log = get_logger("trust")
# With the time for asking and answering this stays well under the promised 5 seconds.
POLL_SECONDS = 1.5
_RETRY_SECONDS = 0.2
_TIMEOUT_SECONDS = 2.0


class TrustFeed:
    """Asks accounts again and again; the store says how old the last answer is."""

    def __init__(self, *, channel: aio.Channel, trust: TrustStore) -> None:
        self._stub = token_service_pb2_grpc.TokenServiceStub(channel)
        self._trust = trust
        self.loaded = asyncio.Event()

    async def run(self) -> None:
        """Keep asking until cancelled."""
        while True:
            try:
                await self.refresh()
            except aio.AioRpcError as error:
                if self.loaded.is_set():
                    _log.warning("accounts does not answer", code=error.code().name)
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                self.loaded.set()
                await asyncio.sleep(POLL_SECONDS)

    async def refresh(self) -> None:
        """Ask once and take in the answer."""
        # The answer is as old as the question: a revocation made in between may be missing from it.
        asked = time.monotonic()
        keys, revocations = await asyncio.gather(
            self._stub.ListVerificationKeys(
                token_service_pb2.ListVerificationKeysRequest(), timeout=_TIMEOUT_SECONDS
            ),
            self._stub.ListRevocations(
                token_service_pb2.ListRevocationsRequest(), timeout=_TIMEOUT_SECONDS
            ),
        )
        self._trust.replace(
            keys={key.id: public_key(key.ed25519_public_key) for key in keys.keys},
            revoked_keys=frozenset(revocations.api_key_ids),
            suspended_tenants=frozenset(revocations.tenant_ids),
            asked=asked,
        )
