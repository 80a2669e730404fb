"""accounts as its callers see it."""

import uuid
from dataclasses import dataclass
from typing import Any

from aos.accounts.v1 import (
    agent_service_pb2,
    agent_service_pb2_grpc,
    api_key_service_pb2,
    api_key_service_pb2_grpc,
    person_pb2,
    person_service_pb2,
    person_service_pb2_grpc,
    project_service_pb2,
    project_service_pb2_grpc,
    tenant_service_pb2,
    tenant_service_pb2_grpc,
    token_service_pb2,
    token_service_pb2_grpc,
)
from aos.activity.v1 import run_service_pb2
from kernel.identifiers import new_id
from kernel.roles import Role
from tests.support.identities import Metadata
from tests.support.plane import Plane

TIMEOUT = 10.0
_CONTRACTS: tuple[tuple[Any, Any], ...] = (
    (tenant_service_pb2, tenant_service_pb2_grpc),
    (project_service_pb2, project_service_pb2_grpc),
    (agent_service_pb2, agent_service_pb2_grpc),
    (person_service_pb2, person_service_pb2_grpc),
    (api_key_service_pb2, api_key_service_pb2_grpc),
    (token_service_pb2, token_service_pb2_grpc),
)


class Client:
    """Every method of accounts, called with one credential: ``client.GetTenant(…)``."""

    def __init__(self, plane: Plane, metadata: Metadata = ()) -> None:
        self.plane = plane
        self.metadata = metadata
        self._methods: dict[str, tuple[Any, Any]] = {}
        for messages, stubs in _CONTRACTS:
            (contract,) = messages.DESCRIPTOR.services_by_name.values()
            stub = getattr(stubs, f"{contract.name}Stub")(plane.services["accounts"].channel)
            for method in contract.methods:
                request_type = getattr(messages, f"{method.name}Request")
                self._methods[method.name] = (getattr(stub, method.name), request_type)

    def __getattr__(self, name: str) -> Any:
        """A call of the method, with a request id of its own unless one is given."""
        method, request_type = self._methods[name]

        def call(**fields: object) -> Any:
            if "request_id" in request_type.DESCRIPTOR.fields_by_name:
                fields.setdefault("request_id", str(uuid.uuid4()))
            return method(request_type(**fields), timeout=TIMEOUT, metadata=self.metadata)

        return call


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """A tenant and its owner's client."""

    id: str
    owner_id: str
    owner: Client
    owner_key: str

    async def holder(self, *roles: Role, **fields: object) -> Client:
        """Somebody with a key of their own that has these roles."""
        made = await self.owner.CreateApiKey(name="a key", roles=values(*roles), **fields)
        return await exchanged(self.owner.plane, made.secret)


class Operator(Client):
    """Whoever runs the plane."""

    def __init__(self, plane: Plane, tenant: str = "") -> None:
        identities = plane.identities
        super().__init__(
            plane, identities.service_metadata("operator", audience="accounts", tenant=tenant)
        )

    def acting_for(self, tenant_id: str) -> "Operator":
        """The operator acting for one tenant."""
        return Operator(self.plane, tenant_id)

    async def make_tenant(self) -> Tenant:
        """A new tenant, with a key of the whole tenant for its owner."""
        made = await self.CreateTenant(
            name=new_id("ten"), owner_email="Owner@Example.com", owner_name="Owner"
        )
        key = await self.acting_for(made.tenant.id).CreateApiKey(
            name="owner", person_id=made.owner.id, roles=values(Role.OWNER)
        )
        return Tenant(
            id=made.tenant.id,
            owner_id=made.owner.id,
            owner=await exchanged(self.plane, key.secret),
            owner_key=key.secret,
        )


async def exchanged(plane: Plane, api_key: str) -> Client:
    """A client with a token of the key."""
    answer = await Client(plane).ExchangeKey(api_key=api_key)
    return Client(plane, bearing(answer.token))


def bearing(token: str) -> Metadata:
    """What the holder of a token sends."""
    return (("authorization", f"Bearer {token}"),)


def values(*roles: Role) -> list[Any]:
    """Roles as the contract writes them."""
    return [person_pb2.Role.Value(f"ROLE_{role.name}") for role in roles]


async def everything(list_call: Any, field: str, **query: object) -> list[Any]:
    """All items of a list, two at a time."""
    page = await list_call(page_size=2, **query)
    found = list(getattr(page, field))
    while page.next_page_token:
        assert len(getattr(page, field)) == 2
        page = await list_call(page_size=2, page_token=page.next_page_token, **query)
        found += getattr(page, field)
    return found


async def issued(tenant: Tenant, *roles: Role, **fields: object) -> Any:
    """A new key of the tenant."""
    wanted = values(*(roles or (Role.DEVELOPER,)))
    return await tenant.owner.CreateApiKey(name="a key", roles=wanted, **fields)


def runs_of(activity: Any, client: Client) -> Any:
    request = run_service_pb2.ListRunsRequest()
    return activity.ListRuns(request, timeout=TIMEOUT, metadata=client.metadata)
