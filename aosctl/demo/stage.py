"""The plane that the demonstration plays on, as its tenant's owner calls it."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import grpc

from aos.accounts.v1 import token_service_pb2, token_service_pb2_grpc
from aosctl.errors import OperatorError
from aosctl.seed import Development

TIMEOUT_SECONDS = 15
_PATIENCE_SECONDS = 30.0
_LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Every service of a plane, called with the development key."""

    addresses: dict[str, str]
    development: Development
    channels: dict[str, grpc.aio.Channel]
    token: str

    async def call(self, service: str, contract: str, method: str, **fields: Any) -> Any:
        """Call a method of a contract, such as `policies`, `proposal`, `ListProposals`."""
        messages = import_module(f"aos.{service}.v1.{contract}_service_pb2")
        stubs = import_module(f"aos.{service}.v1.{contract}_service_pb2_grpc")
        request = getattr(messages, f"{method}Request")(**fields)
        if "request_id" in request.DESCRIPTOR.fields_by_name:
            request.request_id = str(uuid.uuid4())
        (name,) = messages.DESCRIPTOR.services_by_name
        stub = getattr(stubs, f"{name}Stub")(self.channels[service])
        return await getattr(stub, method)(
            request,
            timeout=TIMEOUT_SECONDS,
            metadata=(("authorization", f"Bearer {self.token}"),),
        )


@asynccontextmanager
async def stage(addresses: dict[str, str], development: Development) -> AsyncIterator[Stage]:
    """Connect to a plane; whatever is refused is told in a sentence."""
    try:
        async with AsyncExitStack() as stack:
            channels = {
                name: await stack.enter_async_context(grpc.aio.insecure_channel(address))
                for name, address in addresses.items()
            }
            tokens: Any = token_service_pb2_grpc.TokenServiceStub(channels["accounts"])
            request = token_service_pb2.ExchangeKeyRequest(api_key=development.api_key)
            answer = await tokens.ExchangeKey(request, timeout=TIMEOUT_SECONDS)
            yield Stage(
                addresses=addresses,
                development=development,
                channels=channels,
                token=answer.token,
            )
    except grpc.aio.AioRpcError as error:
        raise OperatorError(f"The plane refused: {error.details()}") from error


async def seen(what: str, look: Callable[[], Awaitable[Any]]) -> Any:
    """What a look finds as soon as it finds anything; what follows by events takes a moment."""
    give_up = time.monotonic() + _PATIENCE_SECONDS
    while not (found := await look()):
        if time.monotonic() > give_up:
            raise OperatorError(f"{what} did not appear within {_PATIENCE_SECONDS:.0f} seconds.")
        await asyncio.sleep(_LOOK_SECONDS)
    return found
