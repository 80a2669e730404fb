"""Accounts, which knows API keys."""

from typing import Any

from grpc import aio

from aos.accounts.v1 import token_service_pb2, token_service_pb2_grpc
from servicekit.channel import error_from
from services.orchestrator.clients.peer import SECONDS, Peer

CONTRACTS = token_service_pb2.DESCRIPTOR.services_by_name.values()


class KeyExchange:
    """Exchanges keys for tokens."""

    def __init__(self, accounts: Peer) -> None:
        self._stub: Any = token_service_pb2_grpc.TokenServiceStub(accounts.channel)

    async def __call__(self, api_key: str) -> tuple[str, Any]:
        """Return a token and until when it is good.

        Raises:
            CredentialInvalid: accounts does not know the key.
        """
        request = token_service_pb2.ExchangeKeyRequest(api_key=api_key)
        try:
            answer = await self._stub.ExchangeKey(request, timeout=SECONDS)
        except aio.AioRpcError as call:
            raise error_from(call) from call
        return answer.token, answer.expire_time
