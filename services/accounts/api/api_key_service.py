"""Serves aos.accounts.v1.ApiKeyService."""

from typing import Any

from aos.accounts.v1 import api_key_service_pb2, api_key_service_pb2_grpc
from kernel.clock import Clock
from kernel.identifiers import ApiKeyId, ProjectId
from servicekit import calls
from servicekit.mutations import Mutations
from servicekit.paging import PageTokens
from servicekit.unit_of_work import UnitsOfWork
from services.accounts.api import api_key_messages
from services.accounts.domain.api_key import ApiKey
from services.accounts.domain.key_format import KeyEnvironment
from services.accounts.domain.secret_seal import SecretSeal
from services.accounts.usecases import api_keys
from services.accounts.usecases.ports import UnitOfWork


class ApiKeyService(api_key_service_pb2_grpc.ApiKeyServiceServicer):
    """Decodes, calls one use case, encodes."""

    def __init__(
        self,
        *,
        units_of_work: UnitsOfWork[UnitOfWork],
        mutations: Mutations[UnitOfWork],
        page_tokens: PageTokens,
        environment: KeyEnvironment,
        seal: SecretSeal,
        clock: Clock,
    ) -> None:
        self._units_of_work = units_of_work
        self._mutations = mutations
        self._page_tokens = page_tokens
        self._environment = environment
        self._seal = seal
        self._clock = clock

    async def CreateApiKey(self, request: Any, _context: Any) -> Any:
        """Create a key and show its secret, once."""
        principal = calls.principal()

        async def work(unit_of_work: UnitOfWork) -> api_key_service_pb2.CreateApiKeyResponse:
            api_key, presented = await api_keys.create_api_key(
                api_key_messages.to_create_api_key(request, principal),
                environment=self._environment,
                seal=self._seal,
                unit_of_work=unit_of_work,
                clock=self._clock,
            )
            return api_key_service_pb2.CreateApiKeyResponse(
                api_key=self._message(api_key), secret=presented.text
            )

        return await self._mutations.once(
            request,
            api_key_service_pb2.CreateApiKeyResponse,
            work,
            tenant=principal.tenant_id,
        )

    async def GetApiKey(self, request: Any, _context: Any) -> Any:
        """Return one key."""
        principal = calls.principal()
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            api_key = await api_keys.get_api_key(
                ApiKeyId(request.api_key_id), principal=principal, unit_of_work=unit_of_work
            )
        return api_key_service_pb2.GetApiKeyResponse(api_key=self._message(api_key))

    async def ListApiKeys(self, request: Any, _context: Any) -> Any:
        """List keys, newest first."""
        principal = calls.principal()
        page = self._page_tokens.read(request, tenant=principal.tenant_id)
        project_id = ProjectId(request.project_id) if request.project_id else None
        async with self._units_of_work(principal.tenant_id) as unit_of_work:
            found = await api_keys.list_api_keys(
                project_id, page, principal=principal, unit_of_work=unit_of_work
            )
        return api_key_service_pb2.ListApiKeysResponse(
            api_keys=[self._message(api_key) for api_key in found.items],
            next_page_token=self._page_tokens.write(
                request, found.next_after, tenant=principal.tenant_id
            ),
        )

    async def RevokeApiKey(self, request: Any, _context: Any) -> Any:
        """Revoke a key."""
        principal = calls.principal()

        async def work(unit_of_work: UnitOfWork) -> api_key_service_pb2.RevokeApiKeyResponse:
            api_key = await api_keys.revoke_api_key(
                ApiKeyId(request.api_key_id),
                reason=request.reason,
                principal=principal,
                unit_of_work=unit_of_work,
                clock=self._clock,
            )
            return api_key_service_pb2.RevokeApiKeyResponse(api_key=self._message(api_key))

        return await self._mutations.once(
            request,
            api_key_service_pb2.RevokeApiKeyResponse,
            work,
            tenant=principal.tenant_id,
        )

    def _message(self, api_key: ApiKey) -> Any:
        return api_key_messages.from_api_key(api_key, at=self._clock.now())
