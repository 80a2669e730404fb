"""Activity and policies, as people look at runs and halt them: with their own credentials."""

from typing import Any

from aos.activity.v1 import run_service_pb2, run_service_pb2_grpc
from aos.policies.v1 import gate_service_pb2, gate_service_pb2_grpc
from kernel.errors import NotFound
from kernel.identifiers import TenantId
from services.orchestrator.clients.peer import Peer, request_id

ACTIVITY = run_service_pb2.DESCRIPTOR.services_by_name.values()
POLICIES = gate_service_pb2.DESCRIPTOR.services_by_name.values()


class RunBoard:
    """Shows runs and moves their gates."""

    def __init__(self, *, activity: Peer, policies: Peer) -> None:
        self._activity, self._policies = activity, policies
        self._runs: Any = run_service_pb2_grpc.RunServiceStub(activity.channel)
        self._gates: Any = gate_service_pb2_grpc.GateServiceStub(policies.channel)

    async def run(self, run_id: str) -> Any:
        """Return the run as activity shows it to the caller.

        Raises:
            NotFound: there is no such run, or none that the caller may know of.
        """
        request = run_service_pb2.GetRunRequest(run_id=run_id)
        return (await self._activity.ask_for_caller(self._runs.GetRun, request)).run

    async def gate(self, tenant_id: TenantId, run_id: str) -> Any | None:
        """Return the gate; None if it was never opened. Whoever may see the run may see it."""
        request = gate_service_pb2.GetGateRequest(run_id=run_id)
        try:
            return (await self._policies.ask(self._gates.GetGate, request, tenant_id)).gate
        except NotFound:
            return None

    async def move(self, step: str, request: Any) -> Any:
        """Take a step with the caller's own credential; its roles are what counts."""
        message = getattr(gate_service_pb2, f"{step}Request")(
            request_id=request_id(f"{step}/{request.request_id}"),
            run_id=request.run_id,
            reason=request.reason,
        )
        return await self._policies.ask_for_caller(getattr(self._gates, step), message)
