"""Every service of a plane, called as a client would: with a tenant's key, or as its operator."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any

import grpc

from aos.accounts.v1 import token_service_pb2, token_service_pb2_grpc
from aosctl.errors import OperatorError
from aosctl.operator_identity import OperatorIdentity
from aosctl.seed import Development, make_guest, make_key
from aosctl.stage.planes import RunningPlane
from kernel.roles import Role

TIMEOUT_SECONDS = 15
_PATIENCE_SECONDS = 30.0
_LOOK_SECONDS = 0.1

Metadata = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Every service of a plane, called with the keys of one tenant."""

    addresses: dict[str, str]
    development: Development = field(repr=False)
    operator: OperatorIdentity
    channels: dict[str, grpc.aio.Channel]
    # What the tenant's owner calls with, and what its agents do.
    token: str = field(repr=False)
    agent_token: str = field(repr=False)

    async def call(self, service: str, contract: str, method: str, **fields: Any) -> Any:
        """Call a method of a contract, such as `policies`, `proposal`, `ListProposals`."""
        return await self._call((_bearer(self.token),), service, contract, method, **fields)

    async def call_as_operator(
        self, service: str, contract: str, method: str, **fields: Any
    ) -> Any:
        """The same as whoever runs the installation, on behalf of the tenant."""
        credential = self.operator.metadata(service, tenant_id=self.development.tenant_id)
        return await self._call((credential,), service, contract, method, **fields)

    @property
    def agent_metadata(self) -> Metadata:
        """What the tenant's agents prove themselves with."""
        return (_bearer(self.agent_token),)

    async def guest(self, name: str) -> "Stage":
        """The same plane as a tenant of its own, which nobody else acts in."""
        accounts = self.channels["accounts"]
        made = await make_guest(accounts, self.operator, name=f"{name} {uuid.uuid4()}")
        stage = replace(self, development=made, token=await _token(accounts, made.api_key))
        agent_key = await make_key(
            accounts, self.operator, tenant_id=made.tenant_id, role=Role.AGENT
        )
        stage = replace(stage, agent_token=await _token(accounts, agent_key))

        async def guardrails() -> Any:
            return (await stage.call("policies", "policy", "ListPolicies")).policies

        await seen("The pack of policies that a tenant begins with", guardrails)
        return stage

    async def _call(
        self, metadata: Metadata, service: str, contract: str, method: str, **fields: Any
    ) -> Any:
        module = f"aos.{'system' if contract == 'status' else service}.v1.{contract}_service_pb2"
        messages, stubs = import_module(module), import_module(f"{module}_grpc")
        request = getattr(messages, f"{method}Request")(**fields)
        if "request_id" in request.DESCRIPTOR.fields_by_name and not request.request_id:
            request.request_id = str(uuid.uuid4())
        (name,) = messages.DESCRIPTOR.services_by_name
        stub = getattr(stubs, f"{name}Stub")(self.channels[service])
        return await getattr(stub, method)(request, timeout=TIMEOUT_SECONDS, metadata=metadata)


@asynccontextmanager
async def stage(plane: RunningPlane) -> AsyncIterator[Stage]:
    """Connect to a plane; whatever is refused is told in a sentence."""
    try:
        async with AsyncExitStack() as stack:
            channels = {
                name: await stack.enter_async_context(grpc.aio.insecure_channel(address))
                for name, address in plane.addresses.items()
            }
            token = await _token(channels["accounts"], plane.development.api_key)
            yield Stage(
                addresses=plane.addresses,
                development=plane.development,
                operator=plane.operator,
                channels=channels,
                token=token,
                agent_token=token,
            )
    except grpc.aio.AioRpcError as error:
        raise OperatorError(f"The plane refused: {error.details()}") from error


async def seen(
    what: str, look: Callable[[], Awaitable[Any]], *, seconds: float = _PATIENCE_SECONDS
) -> Any:
    """What a look finds as soon as it finds anything; what follows by events takes a moment."""
    give_up = time.monotonic() + seconds
    while not (found := await look()):
        if time.monotonic() > give_up:
            raise OperatorError(f"{what} did not appear within {seconds:.0f} seconds.")
        await asyncio.sleep(_LOOK_SECONDS)
    return found


async def _token(accounts: grpc.aio.Channel, api_key: str) -> str:
    tokens: Any = token_service_pb2_grpc.TokenServiceStub(accounts)
    request = token_service_pb2.ExchangeKeyRequest(api_key=api_key)
    answer = await tokens.ExchangeKey(request, timeout=TIMEOUT_SECONDS)
    return str(answer.token)


def _bearer(token: str) -> tuple[str, str]:
    return "authorization", f"Bearer {token}"
