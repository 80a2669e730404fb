"""Tenants with all that a first call needs: the one for development, and guests beside it."""

import json
import uuid
from dataclasses import asdict, dataclass

import grpc

from aos.accounts.v1 import (
    agent_service_pb2,
    agent_service_pb2_grpc,
    api_key_service_pb2,
    api_key_service_pb2_grpc,
    project_service_pb2,
    project_service_pb2_grpc,
    tenant_service_pb2,
    tenant_service_pb2_grpc,
    token_service_pb2,
    token_service_pb2_grpc,
)
from aosctl.errors import OperatorError
from aosctl.keys import Keys
from aosctl.operator_identity import OperatorIdentity
from aosctl.private_files import write_private
from kernel.roles import Role

ACCOUNTS = "accounts"
NAME = "development"
TIMEOUT_SECONDS = 10.0

Metadata = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Development:
    """What somebody needs for a first call."""

    tenant_id: str
    project_id: str
    agent_id: str
    api_key: str


async def development_key(address: str, keys: Keys) -> Development:
    """The development tenant's key; a new one when the database does not know the old."""
    async with grpc.aio.insecure_channel(address) as channel:
        try:
            known = _read(keys)
            if known is not None and await _opens(channel, known.api_key):
                return known
            made = await _make(channel, OperatorIdentity(keys))
        except grpc.aio.AioRpcError as error:
            raise OperatorError(
                f"The development key could not be made ({error.details()}): see `aos status`."
            ) from error
    write_private(keys.development_file, json.dumps(asdict(made), indent=2) + "\n")
    return made


def _read(keys: Keys) -> Development | None:
    path = keys.development_file
    return Development(**json.loads(path.read_text())) if path.exists() else None


async def _opens(channel: grpc.aio.Channel, api_key: str) -> bool:
    tokens = token_service_pb2_grpc.TokenServiceStub(channel)
    request = token_service_pb2.ExchangeKeyRequest(api_key=api_key)
    try:
        await tokens.ExchangeKey(request, timeout=TIMEOUT_SECONDS)
    except grpc.aio.AioRpcError as error:
        if error.code() is grpc.StatusCode.UNAUTHENTICATED:
            return False
        raise
    return True


async def make_guest(
    channel: grpc.aio.Channel, operator: OperatorIdentity, *, name: str
) -> Development:
    """Make a tenant beside the one for development, or return the one of this name with a new key.

    What happens to a guest happens to nobody else: it has a switch, policies and runs of its own.
    """
    return await _make(channel, operator, name=name)


async def make_key(
    channel: grpc.aio.Channel, operator: OperatorIdentity, *, tenant_id: str, role: Role
) -> str:
    """Make another key of a tenant, with one role."""
    metadata = (operator.metadata(ACCOUNTS, tenant_id=tenant_id),)
    return await _make_key(channel, metadata, name=f"{role} {uuid.uuid4()}", role=role)


async def _make(
    channel: grpc.aio.Channel, operator: OperatorIdentity, *, name: str = NAME
) -> Development:
    """Make everything once: a repeated request id returns what the first request made."""
    tenants = tenant_service_pb2_grpc.TenantServiceStub(channel)
    tenant = await tenants.CreateTenant(
        tenant_service_pb2.CreateTenantRequest(
            request_id=_fixed_id(name, "tenant"),
            name=name,
            owner_email="developer@example.com",
            owner_name="Developer",
        ),
        timeout=TIMEOUT_SECONDS,
        metadata=(operator.metadata(ACCOUNTS),),
    )
    tenant_id = tenant.tenant.id
    metadata = (operator.metadata(ACCOUNTS, tenant_id=tenant_id),)
    project_id = await _make_project(channel, tenant_id, metadata, name=name)
    return Development(
        tenant_id=tenant_id,
        project_id=project_id,
        agent_id=await _make_agent(channel, project_id, metadata),
        api_key=await _make_key(channel, metadata, name=name, role=Role.OWNER),
    )


async def _make_project(
    channel: grpc.aio.Channel, tenant_id: str, metadata: Metadata, *, name: str
) -> str:
    projects = project_service_pb2_grpc.ProjectServiceStub(channel)
    request = project_service_pb2.CreateProjectRequest(
        request_id=_fixed_id(NAME, f"{tenant_id} project"), name=name
    )
    answer = await projects.CreateProject(request, timeout=TIMEOUT_SECONDS, metadata=metadata)
    return answer.project.id


async def _make_agent(channel: grpc.aio.Channel, project_id: str, metadata: Metadata) -> str:
    agents = agent_service_pb2_grpc.AgentServiceStub(channel)
    request = agent_service_pb2.CreateAgentRequest(
        request_id=_fixed_id(NAME, f"{project_id} agent"),
        project_id=project_id,
        name="example",
        description="The agent of the first example.",
    )
    answer = await agents.CreateAgent(request, timeout=TIMEOUT_SECONDS, metadata=metadata)
    return answer.agent.id


async def _make_key(channel: grpc.aio.Channel, metadata: Metadata, *, name: str, role: Role) -> str:
    """A secret is shown once, so a lost key is replaced by a new one."""
    keys = api_key_service_pb2_grpc.ApiKeyServiceStub(channel)
    request = api_key_service_pb2.CreateApiKeyRequest(
        request_id=str(uuid.uuid4()),
        name=name,
        roles=[f"ROLE_{role.name}"],
    )
    answer = await keys.CreateApiKey(request, timeout=TIMEOUT_SECONDS, metadata=metadata)
    return answer.secret


def _fixed_id(name: str, purpose: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"aos {name} {purpose}"))
