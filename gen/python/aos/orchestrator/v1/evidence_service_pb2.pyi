import datetime

from aos.activity.v1 import run_pb2 as _run_pb2
from aos.activity.v1 import trace_pb2 as _trace_pb2
from aos.incidents.v1 import incident_pb2 as _incident_pb2
from aos.logs.v1 import ledger_pb2 as _ledger_pb2
from aos.logs.v1 import retrieval_evidence_pb2 as _retrieval_evidence_pb2
from aos.logs.v1 import run_log_pb2 as _run_log_pb2
from aos.logs.v1 import run_record_pb2 as _run_record_pb2
from aos.options.v1 import access_pb2 as _access_pb2
from aos.orchestrator.v1 import run_pb2 as _run_pb2_1
from aos.policies.v1 import decision_pb2 as _decision_pb2
from aos.policies.v1 import enforcement_pb2 as _enforcement_pb2
from aos.policies.v1 import gate_pb2 as _gate_pb2
from aos.policies.v1 import proposal_pb2 as _proposal_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ProofVerdict(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PROOF_VERDICT_UNSPECIFIED: _ClassVar[ProofVerdict]
    PROOF_VERDICT_VERIFIED: _ClassVar[ProofVerdict]
    PROOF_VERDICT_BROKEN: _ClassVar[ProofVerdict]
    PROOF_VERDICT_INCOMPLETE: _ClassVar[ProofVerdict]
PROOF_VERDICT_UNSPECIFIED: ProofVerdict
PROOF_VERDICT_VERIFIED: ProofVerdict
PROOF_VERDICT_BROKEN: ProofVerdict
PROOF_VERDICT_INCOMPLETE: ProofVerdict

class ContractItem(_message.Message):
    __slots__ = ("domain", "what", "acknowledged", "reference", "acknowledge_time")
    DOMAIN_FIELD_NUMBER: _ClassVar[int]
    WHAT_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGED_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGE_TIME_FIELD_NUMBER: _ClassVar[int]
    domain: str
    what: str
    acknowledged: bool
    reference: str
    acknowledge_time: _timestamp_pb2.Timestamp
    def __init__(self, domain: _Optional[str] = ..., what: _Optional[str] = ..., acknowledged: _Optional[bool] = ..., reference: _Optional[str] = ..., acknowledge_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetRunEvidenceRequest(_message.Message):
    __slots__ = ("run_id", "limit")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    limit: int
    def __init__(self, run_id: _Optional[str] = ..., limit: _Optional[int] = ...) -> None: ...

class GetRunEvidenceResponse(_message.Message):
    __slots__ = ("run", "trace", "steps", "gate", "decisions", "enforcements", "preventions", "incidents", "proposals", "run_records", "run_log", "retrievals", "ledger_entries", "contract", "saga", "truncated")
    RUN_FIELD_NUMBER: _ClassVar[int]
    TRACE_FIELD_NUMBER: _ClassVar[int]
    STEPS_FIELD_NUMBER: _ClassVar[int]
    GATE_FIELD_NUMBER: _ClassVar[int]
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    ENFORCEMENTS_FIELD_NUMBER: _ClassVar[int]
    PREVENTIONS_FIELD_NUMBER: _ClassVar[int]
    INCIDENTS_FIELD_NUMBER: _ClassVar[int]
    PROPOSALS_FIELD_NUMBER: _ClassVar[int]
    RUN_RECORDS_FIELD_NUMBER: _ClassVar[int]
    RUN_LOG_FIELD_NUMBER: _ClassVar[int]
    RETRIEVALS_FIELD_NUMBER: _ClassVar[int]
    LEDGER_ENTRIES_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_FIELD_NUMBER: _ClassVar[int]
    SAGA_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    run: _run_pb2.Run
    trace: _trace_pb2.Trace
    steps: _containers.RepeatedCompositeFieldContainer[_trace_pb2.RecordedStep]
    gate: _gate_pb2.Gate
    decisions: _containers.RepeatedCompositeFieldContainer[_decision_pb2.Decision]
    enforcements: _containers.RepeatedCompositeFieldContainer[_enforcement_pb2.Enforcement]
    preventions: _containers.RepeatedCompositeFieldContainer[_enforcement_pb2.PreventionRecord]
    incidents: _containers.RepeatedCompositeFieldContainer[_incident_pb2.Incident]
    proposals: _containers.RepeatedCompositeFieldContainer[_proposal_pb2.Proposal]
    run_records: _containers.RepeatedCompositeFieldContainer[_run_record_pb2.LlmRunRecord]
    run_log: _containers.RepeatedCompositeFieldContainer[_run_log_pb2.RunLogEvent]
    retrievals: _containers.RepeatedCompositeFieldContainer[_retrieval_evidence_pb2.RetrievalEvidence]
    ledger_entries: _containers.RepeatedCompositeFieldContainer[_ledger_pb2.LedgerEntry]
    contract: _containers.RepeatedCompositeFieldContainer[ContractItem]
    saga: _run_pb2_1.Saga
    truncated: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, run: _Optional[_Union[_run_pb2.Run, _Mapping]] = ..., trace: _Optional[_Union[_trace_pb2.Trace, _Mapping]] = ..., steps: _Optional[_Iterable[_Union[_trace_pb2.RecordedStep, _Mapping]]] = ..., gate: _Optional[_Union[_gate_pb2.Gate, _Mapping]] = ..., decisions: _Optional[_Iterable[_Union[_decision_pb2.Decision, _Mapping]]] = ..., enforcements: _Optional[_Iterable[_Union[_enforcement_pb2.Enforcement, _Mapping]]] = ..., preventions: _Optional[_Iterable[_Union[_enforcement_pb2.PreventionRecord, _Mapping]]] = ..., incidents: _Optional[_Iterable[_Union[_incident_pb2.Incident, _Mapping]]] = ..., proposals: _Optional[_Iterable[_Union[_proposal_pb2.Proposal, _Mapping]]] = ..., run_records: _Optional[_Iterable[_Union[_run_record_pb2.LlmRunRecord, _Mapping]]] = ..., run_log: _Optional[_Iterable[_Union[_run_log_pb2.RunLogEvent, _Mapping]]] = ..., retrievals: _Optional[_Iterable[_Union[_retrieval_evidence_pb2.RetrievalEvidence, _Mapping]]] = ..., ledger_entries: _Optional[_Iterable[_Union[_ledger_pb2.LedgerEntry, _Mapping]]] = ..., contract: _Optional[_Iterable[_Union[ContractItem, _Mapping]]] = ..., saga: _Optional[_Union[_run_pb2_1.Saga, _Mapping]] = ..., truncated: _Optional[_Iterable[str]] = ...) -> None: ...

class ProofCheck(_message.Message):
    __slots__ = ("name", "holds", "finding")
    NAME_FIELD_NUMBER: _ClassVar[int]
    HOLDS_FIELD_NUMBER: _ClassVar[int]
    FINDING_FIELD_NUMBER: _ClassVar[int]
    name: str
    holds: bool
    finding: str
    def __init__(self, name: _Optional[str] = ..., holds: _Optional[bool] = ..., finding: _Optional[str] = ...) -> None: ...

class GetRunProofRequest(_message.Message):
    __slots__ = ("run_id",)
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    def __init__(self, run_id: _Optional[str] = ...) -> None: ...

class GetRunProofResponse(_message.Message):
    __slots__ = ("verdict", "checks", "ledger_size")
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    CHECKS_FIELD_NUMBER: _ClassVar[int]
    LEDGER_SIZE_FIELD_NUMBER: _ClassVar[int]
    verdict: ProofVerdict
    checks: _containers.RepeatedCompositeFieldContainer[ProofCheck]
    ledger_size: int
    def __init__(self, verdict: _Optional[_Union[ProofVerdict, str]] = ..., checks: _Optional[_Iterable[_Union[ProofCheck, _Mapping]]] = ..., ledger_size: _Optional[int] = ...) -> None: ...

class ReplayDecisionsRequest(_message.Message):
    __slots__ = ("run_id",)
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    def __init__(self, run_id: _Optional[str] = ...) -> None: ...

class Divergence(_message.Message):
    __slots__ = ("step_id", "stored", "recomputed")
    STEP_ID_FIELD_NUMBER: _ClassVar[int]
    STORED_FIELD_NUMBER: _ClassVar[int]
    RECOMPUTED_FIELD_NUMBER: _ClassVar[int]
    step_id: str
    stored: _decision_pb2.Decision
    recomputed: _decision_pb2.Decision
    def __init__(self, step_id: _Optional[str] = ..., stored: _Optional[_Union[_decision_pb2.Decision, _Mapping]] = ..., recomputed: _Optional[_Union[_decision_pb2.Decision, _Mapping]] = ...) -> None: ...

class ReplayDecisionsResponse(_message.Message):
    __slots__ = ("decision_count", "divergences", "decisions_root")
    DECISION_COUNT_FIELD_NUMBER: _ClassVar[int]
    DIVERGENCES_FIELD_NUMBER: _ClassVar[int]
    DECISIONS_ROOT_FIELD_NUMBER: _ClassVar[int]
    decision_count: int
    divergences: _containers.RepeatedCompositeFieldContainer[Divergence]
    decisions_root: str
    def __init__(self, decision_count: _Optional[int] = ..., divergences: _Optional[_Iterable[_Union[Divergence, _Mapping]]] = ..., decisions_root: _Optional[str] = ...) -> None: ...

class GetIncidentEvidenceRequest(_message.Message):
    __slots__ = ("incident_id",)
    INCIDENT_ID_FIELD_NUMBER: _ClassVar[int]
    incident_id: str
    def __init__(self, incident_id: _Optional[str] = ...) -> None: ...

class GetIncidentEvidenceResponse(_message.Message):
    __slots__ = ("incident", "evidence", "run", "proposals")
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    PROPOSALS_FIELD_NUMBER: _ClassVar[int]
    incident: _incident_pb2.Incident
    evidence: _containers.RepeatedCompositeFieldContainer[_incident_pb2.Evidence]
    run: _run_pb2.Run
    proposals: _containers.RepeatedCompositeFieldContainer[_proposal_pb2.Proposal]
    def __init__(self, incident: _Optional[_Union[_incident_pb2.Incident, _Mapping]] = ..., evidence: _Optional[_Iterable[_Union[_incident_pb2.Evidence, _Mapping]]] = ..., run: _Optional[_Union[_run_pb2.Run, _Mapping]] = ..., proposals: _Optional[_Iterable[_Union[_proposal_pb2.Proposal, _Mapping]]] = ...) -> None: ...

class GetProposalContextRequest(_message.Message):
    __slots__ = ("proposal_id",)
    PROPOSAL_ID_FIELD_NUMBER: _ClassVar[int]
    proposal_id: str
    def __init__(self, proposal_id: _Optional[str] = ...) -> None: ...

class GetProposalContextResponse(_message.Message):
    __slots__ = ("proposal", "incident", "run")
    PROPOSAL_FIELD_NUMBER: _ClassVar[int]
    INCIDENT_FIELD_NUMBER: _ClassVar[int]
    RUN_FIELD_NUMBER: _ClassVar[int]
    proposal: _proposal_pb2.Proposal
    incident: _incident_pb2.Incident
    run: _run_pb2.Run
    def __init__(self, proposal: _Optional[_Union[_proposal_pb2.Proposal, _Mapping]] = ..., incident: _Optional[_Union[_incident_pb2.Incident, _Mapping]] = ..., run: _Optional[_Union[_run_pb2.Run, _Mapping]] = ...) -> None: ...

class ExplainRunRequest(_message.Message):
    __slots__ = ("run_id",)
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    def __init__(self, run_id: _Optional[str] = ...) -> None: ...

class CausalLink(_message.Message):
    __slots__ = ("time", "domain", "what", "kind", "id", "because_of")
    TIME_FIELD_NUMBER: _ClassVar[int]
    DOMAIN_FIELD_NUMBER: _ClassVar[int]
    WHAT_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    BECAUSE_OF_FIELD_NUMBER: _ClassVar[int]
    time: _timestamp_pb2.Timestamp
    domain: str
    what: str
    kind: str
    id: str
    because_of: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., domain: _Optional[str] = ..., what: _Optional[str] = ..., kind: _Optional[str] = ..., id: _Optional[str] = ..., because_of: _Optional[_Iterable[str]] = ...) -> None: ...

class ExplainRunResponse(_message.Message):
    __slots__ = ("summary", "links")
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    LINKS_FIELD_NUMBER: _ClassVar[int]
    summary: str
    links: _containers.RepeatedCompositeFieldContainer[CausalLink]
    def __init__(self, summary: _Optional[str] = ..., links: _Optional[_Iterable[_Union[CausalLink, _Mapping]]] = ...) -> None: ...
