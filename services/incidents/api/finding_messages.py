"""Findings as messages."""

from datetime import datetime
from typing import Any

from aos.incidents.v1 import finding_pb2
from kernel.identifiers import PolicyId
from kernel.principal import Principal
from services.incidents.domain.hallucination.finding import Finding, FindingType
from services.incidents.domain.hallucination.material import Document, Output
from services.incidents.domain.kept_finding import DetectorSettings, KeptFinding, OptIn
from services.incidents.usecases.examine_output import Examine
from services.incidents.usecases.findings import SetDetector
from services.incidents.usecases.ports import FindingFilter

_PREFIX = "FINDING_TYPE_"


def to_examine(request: Any, principal: Principal, *, at: datetime) -> Examine:
    """Read an output, and what it is to be compared with."""
    return Examine(
        principal=principal,
        request_id=request.request_id,
        run_id=request.run_id,
        output=Output(step_index=request.step_index, text=request.output),
        documents=tuple(
            Document(id=one.id, title=one.title, text=one.text, url=one.url, date=one.date)
            for one in request.passages
        ),
        earlier=tuple(
            Output(step_index=one.step_index, text=one.text) for one in request.earlier_outputs
        ),
        goal=request.goal,
        policy_ids=tuple(request.policy_ids),
        at=at,
        synthetic_scenario_id=request.synthetic_scenario_id,
    )


def to_finding_filter(request: Any, principal: Principal) -> FindingFilter:
    """Read which findings somebody wants to see."""
    name = finding_pb2.FindingType.Name(request.type).removeprefix(_PREFIX)
    return FindingFilter(
        run_id=request.run_id,
        type=FindingType(name) if request.type else None,
        project_id=principal.project_id,
    )


def to_set_detector(request: Any, principal: Principal) -> SetDetector:
    """Read from where on findings are to be kept, and which may hold runs."""
    return SetDetector(
        principal=principal,
        floor=request.confidence_floor,
        opt_ins=tuple(
            OptIn(policy_id=PolicyId(one.policy_id), floor=one.confidence_floor)
            for one in request.opt_ins
        ),
        etag=request.etag,
    )


def from_kept(kept: KeptFinding) -> finding_pb2.Finding:
    """Write a finding on disk."""
    message = from_finding(kept.finding, run_id=kept.run_id, step_index=kept.step_index)
    message.id = kept.id
    message.blocking = kept.blocking
    message.violation_id = kept.violation_id
    message.is_synthetic = bool(kept.synthetic_scenario_id)
    message.synthetic_scenario_id = kept.synthetic_scenario_id
    message.create_time.FromDatetime(kept.created_at)
    return message


def from_finding(finding: Finding, *, run_id: str, step_index: int) -> finding_pb2.Finding:
    """Write what is the matter with a passage."""
    kind: Any = finding_pb2.FindingType.Value(f"{_PREFIX}{finding.type}")
    return finding_pb2.Finding(
        run_id=run_id,
        step_index=step_index,
        type=kind,
        passage=finding.passage,
        start=finding.start,
        end=finding.end,
        reason=finding.reason,
        confidence=finding.confidence,
        document_id=finding.document_id,
        contradicted_step_index=finding.step_index,
        judge=finding.judge,
    )


def from_opt_ins(settings: DetectorSettings) -> list[finding_pb2.DetectorOptIn]:
    """Write which policies let findings hold runs."""
    return [
        finding_pb2.DetectorOptIn(policy_id=one.policy_id, confidence_floor=one.floor)
        for one in settings.opt_ins
    ]
