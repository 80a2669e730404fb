"""Policies: whether a learned rule covers what went wrong."""

import uuid
from typing import Any

from grpc import StatusCode, aio

from aos.policies.v1 import prevention_service_pb2, prevention_service_pb2_grpc
from kernel.errors import Unavailable
from servicekit.auth.service_tokens import METADATA_KEY, ServiceTokenSigner
from servicekit.channel import error_from
from services.incidents.domain.violation import Case
from services.incidents.usecases.ports import Verdict

CONTRACTS = prevention_service_pb2.DESCRIPTOR.services_by_name.values()
_SECONDS = 3.0
# Requests are named after the case, so that whoever asks again repeats the very same request.
_NAMES = uuid.UUID("6a0ff8d1-7b3f-4f0d-9a55-1f6f2f6a7c11")


class PoliciesSuppression:
    """Asks policies, which decides once and says the same for ever."""

    def __init__(self, *, channel: aio.Channel, signer: ServiceTokenSigner) -> None:
        self._stub: Any = prevention_service_pb2_grpc.PreventionServiceStub(channel)
        self._signer = signer

    async def decide(self, case: Case) -> Verdict:
        """Return what is decided about the case.

        Raises:
            Unavailable: policies does not answer.
        """
        token = self._signer.token(audience="policies", tenant_id=case.key.tenant_id)
        try:
            answer = await self._stub.DecideSuppression(
                _question(case), timeout=_SECONDS, metadata=((METADATA_KEY, token),)
            )
        except aio.AioRpcError as call:
            error = error_from(call)
            if call.code() in (StatusCode.UNAVAILABLE, StatusCode.DEADLINE_EXCEEDED):
                raise Unavailable(error.message) from call
            raise error from call
        return Verdict(prevention_id=answer.suppression.prevention.id)


def _question(case: Case) -> prevention_service_pb2.DecideSuppressionRequest:
    return prevention_service_pb2.DecideSuppressionRequest(
        request_id=str(uuid.uuid5(_NAMES, case.incident_id)),
        run_id=case.key.run_id,
        policy_id=case.key.policy_id,
        pattern_id=case.category,
        signature=case.signature,
        incident_id=case.incident_id,
        synthetic_scenario_id=case.synthetic_scenario_id,
    )
