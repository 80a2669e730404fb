"""Every method of every service, found in the contracts, callable with raw bytes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from grpc import aio

from aos.accounts.v1 import (
    agent_service_pb2,
    api_key_service_pb2,
    person_service_pb2,
    project_service_pb2,
    tenant_service_pb2,
    token_service_pb2,
)
from aos.activity.v1 import (
    metrics_service_pb2,
    run_completion_service_pb2,
    run_lifecycle_service_pb2,
    run_service_pb2,
    signal_service_pb2,
    trace_service_pb2,
)
from aos.incidents.v1 import (
    alert_service_pb2,
    delivery_service_pb2,
    destination_service_pb2,
    finding_service_pb2,
    incident_service_pb2,
    run_outcome_service_pb2,
    severity_service_pb2,
)
from aos.logs.v1 import (
    ledger_service_pb2,
    retrieval_evidence_service_pb2,
    run_log_service_pb2,
    run_record_service_pb2,
    system_record_service_pb2,
)
from aos.options.v1 import access_pb2
from aos.orchestrator.v1 import (
    entry_service_pb2,
    evidence_service_pb2,
    saga_service_pb2,
    session_service_pb2,
)
from aos.orchestrator.v1 import run_service_pb2 as orchestrated_run_service_pb2
from aos.policies.v1 import (
    admission_service_pb2,
    decision_log_service_pb2,
    enforcement_service_pb2,
    gate_service_pb2,
    governance_service_pb2,
    lesson_service_pb2,
    override_service_pb2,
    policy_service_pb2,
    prevention_service_pb2,
    proposal_service_pb2,
    rollout_service_pb2,
)
from aos.system.v1 import status_service_pb2
from kernel.identifiers import new_id

# Identifiers without which requests are refused before anything else is looked at.
_NAMES = (
    ("trace_id", "trc"),
    ("run_id", "run"),
    ("policy_id", "pol"),
    ("rollout_id", "rol"),
    ("incident_id", "inc"),
    ("alert_id", "alt"),
    ("destination_id", "dst"),
    ("delivery_id", "dlv"),
    ("proposal_id", "prp"),
)

CONTRACTS = {
    "accounts": (
        agent_service_pb2,
        api_key_service_pb2,
        person_service_pb2,
        project_service_pb2,
        tenant_service_pb2,
        token_service_pb2,
        status_service_pb2,
    ),
    "activity": (
        run_service_pb2,
        run_lifecycle_service_pb2,
        run_completion_service_pb2,
        trace_service_pb2,
        signal_service_pb2,
        metrics_service_pb2,
        status_service_pb2,
    ),
    "logs": (
        ledger_service_pb2,
        retrieval_evidence_service_pb2,
        run_log_service_pb2,
        run_record_service_pb2,
        system_record_service_pb2,
        status_service_pb2,
    ),
    "incidents": (
        incident_service_pb2,
        run_outcome_service_pb2,
        finding_service_pb2,
        severity_service_pb2,
        alert_service_pb2,
        destination_service_pb2,
        delivery_service_pb2,
        status_service_pb2,
    ),
    "orchestrator": (
        entry_service_pb2,
        orchestrated_run_service_pb2,
        saga_service_pb2,
        session_service_pb2,
        evidence_service_pb2,
        status_service_pb2,
    ),
    "policies": (
        policy_service_pb2,
        rollout_service_pb2,
        gate_service_pb2,
        admission_service_pb2,
        decision_log_service_pb2,
        governance_service_pb2,
        override_service_pb2,
        enforcement_service_pb2,
        prevention_service_pb2,
        proposal_service_pb2,
        lesson_service_pb2,
        status_service_pb2,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method of one service."""

    service: str
    descriptor: MethodDescriptor

    @property
    def path(self) -> str:
        """Its name on the wire."""
        return f"/{self.descriptor.containing_service.full_name}/{self.descriptor.name}"

    @property
    def access(self) -> access_pb2.Access:
        """Its declared access rule."""
        extension: Any = access_pb2.access
        rule: access_pb2.Access = self.descriptor.GetOptions().Extensions[extension]
        return rule

    @property
    def request_type(self) -> Any:
        """The class of its requests."""
        return message_factory.GetMessageClass(self.descriptor.input_type)

    def request(self, **fields: Any) -> Any:
        """A request that names things that do not exist, with these fields besides."""
        made = self.request_type()
        for name, prefix in _NAMES:
            if name in made.DESCRIPTOR.fields_by_name:
                setattr(made, name, new_id(prefix))
        for name, value in fields.items():
            setattr(made, name, value)
        return made

    def call(self, channel: aio.Channel, request: Any, **options: Any) -> Any:
        """Call it with a message or with raw bytes."""
        body = request if isinstance(request, bytes) else request.SerializeToString()
        if self.descriptor.server_streaming:
            return _first(channel.unary_stream(self.path)(body, **options))
        return channel.unary_unary(self.path)(body, **options)

    def __str__(self) -> str:
        return f"{self.service}-{self.descriptor.containing_service.name}-{self.descriptor.name}"


async def _first(stream: Any) -> Any:
    """The first answer of a stream; a refusal comes instead of it."""
    answer = await stream.read()
    stream.cancel()
    return answer


def methods(*services: str) -> Iterator[Method]:
    """Every method of these services (of all without any)."""
    for service, contracts in CONTRACTS.items():
        if services and service not in services:
            continue
        for contract in contracts:
            for descriptor in contract.DESCRIPTOR.services_by_name.values():
                for method in descriptor.methods:
                    yield Method(service=service, descriptor=method)
