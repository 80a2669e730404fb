"""What others ask accounts, answered with a test's own keys: for tests of other services."""

import secrets
from typing import Any

from grpc import StatusCode, aio

from aos.accounts.v1 import agent_service_pb2_grpc, token_service_pb2, token_service_pb2_grpc
from aos.system.v1 import status_pb2, status_service_pb2, status_service_pb2_grpc
from kernel.clock import utc_now
from kernel.principal import Principal
from servicekit.auth.tokens import TOKEN_LIFETIME
from tests.support.identities import SIGNING_KEY_ID, Identities


class _NoAgents(agent_service_pb2_grpc.AgentServiceServicer):
    """Nobody's agent is known here."""

    async def GetAgent(self, request: Any, context: Any) -> Any:  # noqa: N802
        await context.abort(StatusCode.NOT_FOUND, f"There is no agent {request.agent_id}.")


class _AlwaysWell(status_service_pb2_grpc.StatusServiceServicer):
    """Nothing is ever wrong with a stand-in."""

    async def GetStatus(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        status = status_pb2.ServiceStatus(service="accounts", accepts_runs=True)
        return status_service_pb2.GetStatusResponse(status=status)


class AccountsStandIn(token_service_pb2_grpc.TokenServiceServicer):
    """Answers what every service asks accounts, and revokes on demand."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities
        self._server = aio.server()
        self.revoked: set[str] = set()
        self.suspended: set[str] = set()
        # Who holds which API key, and how often keys were brought.
        self.keys: dict[str, Principal] = {}
        self.exchanges = 0
        token_service_pb2_grpc.add_TokenServiceServicer_to_server(self, self._server)
        agent_service_pb2_grpc.add_AgentServiceServicer_to_server(_NoAgents(), self._server)
        status_service_pb2_grpc.add_StatusServiceServicer_to_server(_AlwaysWell(), self._server)

    async def start(self) -> str:
        """Serve on a free port."""
        port = self._server.add_insecure_port("127.0.0.1:0")
        await self._server.start()
        return f"127.0.0.1:{port}"

    async def stop(self) -> None:
        """Stop serving."""
        await self._server.stop(0)

    def issue(self, principal: Principal) -> str:
        """Make an API key for somebody."""
        body = str(principal.api_key_id).removeprefix("key_")
        key = f"aos_dev_{body}_{secrets.token_hex(21)}0_000000"
        self.keys[key] = principal
        return key

    async def ExchangeKey(self, request: Any, context: Any) -> Any:  # noqa: N802
        """A token for a key that was issued here."""
        self.exchanges += 1
        principal = self.keys.get(request.api_key)
        if principal is None or principal.api_key_id in self.revoked:
            await context.abort(StatusCode.UNAUTHENTICATED, "The API key is not valid.")
            return None
        answer = token_service_pb2.ExchangeKeyResponse(token=self._identities.token(principal))
        answer.expire_time.FromDatetime(utc_now() + TOKEN_LIFETIME)
        return answer

    async def ListVerificationKeys(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        """The test's signing key."""
        key = token_service_pb2.VerificationKey(
            id=SIGNING_KEY_ID,
            ed25519_public_key=self._identities.signing_key.public_key().public_bytes_raw(),
        )
        return token_service_pb2.ListVerificationKeysResponse(keys=[key])

    async def ListRevocations(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        """Whatever the test revoked."""
        return token_service_pb2.ListRevocationsResponse(
            api_key_ids=sorted(self.revoked), tenant_ids=sorted(self.suspended)
        )
