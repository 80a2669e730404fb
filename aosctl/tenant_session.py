"""Calls to a running plane with somebody's API key, for the tenant whose key it is."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from aos.accounts.v1 import token_service_pb2, token_service_pb2_grpc
from aosctl.errors import OperatorError
from aosctl.plane_channel import address_of, open_channel

KEY_VARIABLE = "AOS_API_KEY"
TIMEOUT_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantSession:
    """A channel to one service, and the token that the key was exchanged for."""

    channel: grpc.aio.Channel
    token: str

    @property
    def options(self) -> dict[str, Any]:
        """What every call says of itself."""
        metadata = (("authorization", f"Bearer {self.token}"),)
        return {"timeout": TIMEOUT_SECONDS, "metadata": metadata}


@asynccontextmanager
async def session_with(service: str, data_dir: Path) -> AsyncIterator[TenantSession]:
    """Connect with the key of AOS_API_KEY; whatever is refused is told in a sentence."""
    api_key = os.environ.get(KEY_VARIABLE)
    if not api_key:
        raise OperatorError(f"Set {KEY_VARIABLE} to an API key of the tenant: `aos up` prints one.")
    accounts, address = (address_of(name, data_dir) for name in ("accounts", service))
    try:
        token = await _token(accounts, api_key)
        async with open_channel(address) as channel:
            yield TenantSession(channel=channel, token=token)
    except grpc.aio.AioRpcError as error:
        raise OperatorError(f"The plane refused: {error.details()}") from error


async def _token(address: str, api_key: str) -> str:
    async with open_channel(address) as channel:
        tokens = token_service_pb2_grpc.TokenServiceStub(channel)
        request = token_service_pb2.ExchangeKeyRequest(api_key=api_key)
        return (await tokens.ExchangeKey(request, timeout=TIMEOUT_SECONDS)).token
