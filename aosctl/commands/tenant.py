"""`aos tenant`: what only whoever runs the plane may do with tenants."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc

from aos.accounts.v1 import tenant_pb2, tenant_service_pb2, tenant_service_pb2_grpc
from aosctl.datafolder import DataFolder
from aosctl.errors import OperatorError
from aosctl.keys import Keys
from aosctl.operator_identity import OperatorIdentity
from aosctl.plane_channel import address_of, open_channel
from aosctl.refusals import refused
from aosctl.seed import ACCOUNTS, TIMEOUT_SECONDS, make_key
from kernel.roles import Role

_PAGE = 200


class Tenants:
    """The tenants of one plane, as its operator."""

    def __init__(self, *, channel: grpc.aio.Channel, operator: OperatorIdentity) -> None:
        self._channel = channel
        self._operator = operator
        self._stub: Any = tenant_service_pb2_grpc.TenantServiceStub(channel)

    async def call(self, method: str, **fields: Any) -> Any:
        """Ask accounts."""
        request = getattr(tenant_service_pb2, f"{method}Request")(**fields)
        metadata = (self._operator.metadata(ACCOUNTS),)
        ask = getattr(self._stub, method)
        return await ask(request, timeout=TIMEOUT_SECONDS, metadata=metadata)

    async def change(self, method: str, **fields: Any) -> Any:
        """Ask accounts for something that is done once."""
        return (await self.call(method, request_id=str(uuid.uuid4()), **fields)).tenant

    async def key_of(self, tenant_id: str) -> str:
        """A new key with which its owner begins."""
        return await make_key(self._channel, self._operator, tenant_id=tenant_id, role=Role.OWNER)


@asynccontextmanager
async def tenants(data_dir: Path) -> AsyncIterator[Tenants]:
    """Connect as the operator; whatever is refused is told in a sentence."""
    operator = OperatorIdentity(Keys(DataFolder(data_dir).keys))
    try:
        async with open_channel(address_of(ACCOUNTS, data_dir), service=ACCOUNTS) as channel:
            yield Tenants(channel=channel, operator=operator)
    except grpc.aio.AioRpcError as error:
        raise OperatorError(f"The plane refused: {refused(error)}") from error


def create(*, name: str, owner_email: str, owner_name: str, data_dir: Path, as_json: bool) -> None:
    """Make a tenant and print what its owner needs."""

    async def work(plane: Tenants) -> dict[str, str]:
        made = await plane.change(
            "CreateTenant", name=name, owner_email=owner_email, owner_name=owner_name
        )
        return {"tenant_id": made.id, "api_key": await plane.key_of(made.id)}

    made = _with(data_dir, work)
    if as_json:
        print(json.dumps(made))
        return
    print(f"{name} is {made['tenant_id']}.")
    print(f"The key of its owner, shown this once:\n  {made['api_key']}")


def every(*, data_dir: Path, as_json: bool) -> None:
    """Print all tenants."""

    async def work(plane: Tenants) -> list[Any]:
        found: list[Any] = []
        token = ""
        while True:
            page = await plane.call("ListTenants", page_size=_PAGE, page_token=token)
            found += page.tenants
            token = page.next_page_token
            if not token:
                return found

    found = [
        {"tenant_id": one.id, "name": one.name, "state": _state(one)}
        for one in _with(data_dir, work)
    ]
    if as_json:
        print(json.dumps(found))
        return
    for one in found:
        print(f"{one['tenant_id']}  {one['state']:<10} {one['name']}")


def suspend(*, tenant_id: str, reason: str, data_dir: Path) -> None:
    """Suspend one."""
    _changed(data_dir, "SuspendTenant", tenant_id=tenant_id, reason=reason)


def resume(*, tenant_id: str, data_dir: Path) -> None:
    """Resume one."""
    _changed(data_dir, "ResumeTenant", tenant_id=tenant_id)


def _changed(data_dir: Path, method: str, **fields: str) -> None:
    tenant = _with(data_dir, lambda plane: plane.change(method, **fields))
    print(f"{tenant.name} ({tenant.id}) is {_state(tenant)}.")


def _with(data_dir: Path, work: Callable[[Tenants], Awaitable[Any]]) -> Any:
    async def go() -> Any:
        async with tenants(data_dir) as plane:
            return await work(plane)

    return asyncio.run(go())


def _state(tenant: tenant_pb2.Tenant) -> str:
    return tenant_pb2.TenantState.Name(tenant.state).removeprefix("TENANT_STATE_").lower()
