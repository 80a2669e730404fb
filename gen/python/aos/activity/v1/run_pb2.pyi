import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RunPhase(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RUN_PHASE_UNSPECIFIED: _ClassVar[RunPhase]
    RUN_PHASE_CREATED: _ClassVar[RunPhase]
    RUN_PHASE_AUTHORIZED: _ClassVar[RunPhase]
    RUN_PHASE_EXECUTING: _ClassVar[RunPhase]
    RUN_PHASE_FINALIZING: _ClassVar[RunPhase]
    RUN_PHASE_COMPLETED: _ClassVar[RunPhase]
    RUN_PHASE_FAILED: _ClassVar[RunPhase]

class RunStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RUN_STATUS_UNSPECIFIED: _ClassVar[RunStatus]
    RUN_STATUS_QUEUED: _ClassVar[RunStatus]
    RUN_STATUS_RUNNING: _ClassVar[RunStatus]
    RUN_STATUS_PAUSED: _ClassVar[RunStatus]
    RUN_STATUS_RETRY: _ClassVar[RunStatus]
    RUN_STATUS_SUCCEEDED: _ClassVar[RunStatus]
    RUN_STATUS_FAILED: _ClassVar[RunStatus]
    RUN_STATUS_FAILED_POLICY: _ClassVar[RunStatus]
    RUN_STATUS_CANCELLED: _ClassVar[RunStatus]

class RunSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RUN_SOURCE_UNSPECIFIED: _ClassVar[RunSource]
    RUN_SOURCE_MANAGED: _ClassVar[RunSource]
    RUN_SOURCE_EXTERNAL: _ClassVar[RunSource]
    RUN_SOURCE_OBSERVED: _ClassVar[RunSource]

class RiskLevel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RISK_LEVEL_UNSPECIFIED: _ClassVar[RiskLevel]
    RISK_LEVEL_NORMAL: _ClassVar[RiskLevel]
    RISK_LEVEL_NEAR_THRESHOLD: _ClassVar[RiskLevel]
    RISK_LEVEL_AT_RISK: _ClassVar[RiskLevel]
    RISK_LEVEL_VIOLATED: _ClassVar[RiskLevel]

class TerminationReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TERMINATION_REASON_UNSPECIFIED: _ClassVar[TerminationReason]
    TERMINATION_REASON_COMPLETED: _ClassVar[TerminationReason]
    TERMINATION_REASON_POLICY_BLOCK: _ClassVar[TerminationReason]
    TERMINATION_REASON_BUDGET_EXCEEDED: _ClassVar[TerminationReason]
    TERMINATION_REASON_RATE_LIMITED: _ClassVar[TerminationReason]
    TERMINATION_REASON_TIMEOUT: _ClassVar[TerminationReason]
    TERMINATION_REASON_SYSTEM_FAILURE: _ClassVar[TerminationReason]
    TERMINATION_REASON_USER_ABORT: _ClassVar[TerminationReason]

class EvidenceHealth(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EVIDENCE_HEALTH_UNSPECIFIED: _ClassVar[EvidenceHealth]
    EVIDENCE_HEALTH_COMPLETE: _ClassVar[EvidenceHealth]
    EVIDENCE_HEALTH_INCOMPLETE: _ClassVar[EvidenceHealth]

class IntegrityStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INTEGRITY_STATUS_UNSPECIFIED: _ClassVar[IntegrityStatus]
    INTEGRITY_STATUS_VERIFIED: _ClassVar[IntegrityStatus]
    INTEGRITY_STATUS_BROKEN: _ClassVar[IntegrityStatus]
RUN_PHASE_UNSPECIFIED: RunPhase
RUN_PHASE_CREATED: RunPhase
RUN_PHASE_AUTHORIZED: RunPhase
RUN_PHASE_EXECUTING: RunPhase
RUN_PHASE_FINALIZING: RunPhase
RUN_PHASE_COMPLETED: RunPhase
RUN_PHASE_FAILED: RunPhase
RUN_STATUS_UNSPECIFIED: RunStatus
RUN_STATUS_QUEUED: RunStatus
RUN_STATUS_RUNNING: RunStatus
RUN_STATUS_PAUSED: RunStatus
RUN_STATUS_RETRY: RunStatus
RUN_STATUS_SUCCEEDED: RunStatus
RUN_STATUS_FAILED: RunStatus
RUN_STATUS_FAILED_POLICY: RunStatus
RUN_STATUS_CANCELLED: RunStatus
RUN_SOURCE_UNSPECIFIED: RunSource
RUN_SOURCE_MANAGED: RunSource
RUN_SOURCE_EXTERNAL: RunSource
RUN_SOURCE_OBSERVED: RunSource
RISK_LEVEL_UNSPECIFIED: RiskLevel
RISK_LEVEL_NORMAL: RiskLevel
RISK_LEVEL_NEAR_THRESHOLD: RiskLevel
RISK_LEVEL_AT_RISK: RiskLevel
RISK_LEVEL_VIOLATED: RiskLevel
TERMINATION_REASON_UNSPECIFIED: TerminationReason
TERMINATION_REASON_COMPLETED: TerminationReason
TERMINATION_REASON_POLICY_BLOCK: TerminationReason
TERMINATION_REASON_BUDGET_EXCEEDED: TerminationReason
TERMINATION_REASON_RATE_LIMITED: TerminationReason
TERMINATION_REASON_TIMEOUT: TerminationReason
TERMINATION_REASON_SYSTEM_FAILURE: TerminationReason
TERMINATION_REASON_USER_ABORT: TerminationReason
EVIDENCE_HEALTH_UNSPECIFIED: EvidenceHealth
EVIDENCE_HEALTH_COMPLETE: EvidenceHealth
EVIDENCE_HEALTH_INCOMPLETE: EvidenceHealth
INTEGRITY_STATUS_UNSPECIFIED: IntegrityStatus
INTEGRITY_STATUS_VERIFIED: IntegrityStatus
INTEGRITY_STATUS_BROKEN: IntegrityStatus

class Run(_message.Message):
    __slots__ = ("id", "create_time", "update_time", "start_time", "complete_time", "tenant_id", "project_id", "agent_id", "api_key_id", "actor_id", "session_id", "phase", "status", "source", "goal", "is_synthetic", "synthetic_scenario_id", "etag", "heartbeat_time", "risk_level", "incident_count", "policy_draft_count", "policy_violation", "violation_policy_id", "input_tokens", "output_tokens", "cost_micro_usd", "policy_snapshot_id", "scope", "inspection", "termination_reason", "stopped_at_step", "evidence_health", "integrity_status", "provider_type", "observability_error", "governance_bypassed", "agent_name", "policy_context", "step_count")
    ID_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TIME_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    PROJECT_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    API_KEY_ID_FIELD_NUMBER: _ClassVar[int]
    ACTOR_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    GOAL_FIELD_NUMBER: _ClassVar[int]
    IS_SYNTHETIC_FIELD_NUMBER: _ClassVar[int]
    SYNTHETIC_SCENARIO_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_TIME_FIELD_NUMBER: _ClassVar[int]
    RISK_LEVEL_FIELD_NUMBER: _ClassVar[int]
    INCIDENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    POLICY_DRAFT_COUNT_FIELD_NUMBER: _ClassVar[int]
    POLICY_VIOLATION_FIELD_NUMBER: _ClassVar[int]
    VIOLATION_POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    INPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    COST_MICRO_USD_FIELD_NUMBER: _ClassVar[int]
    POLICY_SNAPSHOT_ID_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    INSPECTION_FIELD_NUMBER: _ClassVar[int]
    TERMINATION_REASON_FIELD_NUMBER: _ClassVar[int]
    STOPPED_AT_STEP_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_HEALTH_FIELD_NUMBER: _ClassVar[int]
    INTEGRITY_STATUS_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_TYPE_FIELD_NUMBER: _ClassVar[int]
    OBSERVABILITY_ERROR_FIELD_NUMBER: _ClassVar[int]
    GOVERNANCE_BYPASSED_FIELD_NUMBER: _ClassVar[int]
    AGENT_NAME_FIELD_NUMBER: _ClassVar[int]
    POLICY_CONTEXT_FIELD_NUMBER: _ClassVar[int]
    STEP_COUNT_FIELD_NUMBER: _ClassVar[int]
    id: str
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    start_time: _timestamp_pb2.Timestamp
    complete_time: _timestamp_pb2.Timestamp
    tenant_id: str
    project_id: str
    agent_id: str
    api_key_id: str
    actor_id: str
    session_id: str
    phase: RunPhase
    status: RunStatus
    source: RunSource
    goal: str
    is_synthetic: bool
    synthetic_scenario_id: str
    etag: str
    heartbeat_time: _timestamp_pb2.Timestamp
    risk_level: RiskLevel
    incident_count: int
    policy_draft_count: int
    policy_violation: bool
    violation_policy_id: str
    input_tokens: int
    output_tokens: int
    cost_micro_usd: int
    policy_snapshot_id: str
    scope: RunScope
    inspection: InspectionConstraints
    termination_reason: TerminationReason
    stopped_at_step: int
    evidence_health: EvidenceHealth
    integrity_status: IntegrityStatus
    provider_type: str
    observability_error: str
    governance_bypassed: bool
    agent_name: str
    policy_context: PolicyContext
    step_count: int
    def __init__(self, id: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., complete_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., tenant_id: _Optional[str] = ..., project_id: _Optional[str] = ..., agent_id: _Optional[str] = ..., api_key_id: _Optional[str] = ..., actor_id: _Optional[str] = ..., session_id: _Optional[str] = ..., phase: _Optional[_Union[RunPhase, str]] = ..., status: _Optional[_Union[RunStatus, str]] = ..., source: _Optional[_Union[RunSource, str]] = ..., goal: _Optional[str] = ..., is_synthetic: _Optional[bool] = ..., synthetic_scenario_id: _Optional[str] = ..., etag: _Optional[str] = ..., heartbeat_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., risk_level: _Optional[_Union[RiskLevel, str]] = ..., incident_count: _Optional[int] = ..., policy_draft_count: _Optional[int] = ..., policy_violation: _Optional[bool] = ..., violation_policy_id: _Optional[str] = ..., input_tokens: _Optional[int] = ..., output_tokens: _Optional[int] = ..., cost_micro_usd: _Optional[int] = ..., policy_snapshot_id: _Optional[str] = ..., scope: _Optional[_Union[RunScope, _Mapping]] = ..., inspection: _Optional[_Union[InspectionConstraints, _Mapping]] = ..., termination_reason: _Optional[_Union[TerminationReason, str]] = ..., stopped_at_step: _Optional[int] = ..., evidence_health: _Optional[_Union[EvidenceHealth, str]] = ..., integrity_status: _Optional[_Union[IntegrityStatus, str]] = ..., provider_type: _Optional[str] = ..., observability_error: _Optional[str] = ..., governance_bypassed: _Optional[bool] = ..., agent_name: _Optional[str] = ..., policy_context: _Optional[_Union[PolicyContext, _Mapping]] = ..., step_count: _Optional[int] = ...) -> None: ...

class PolicyContext(_message.Message):
    __slots__ = ("policy_id", "policy_name", "limit_type", "evaluation_outcome", "proximity_pct")
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_NAME_FIELD_NUMBER: _ClassVar[int]
    LIMIT_TYPE_FIELD_NUMBER: _ClassVar[int]
    EVALUATION_OUTCOME_FIELD_NUMBER: _ClassVar[int]
    PROXIMITY_PCT_FIELD_NUMBER: _ClassVar[int]
    policy_id: str
    policy_name: str
    limit_type: str
    evaluation_outcome: str
    proximity_pct: int
    def __init__(self, policy_id: _Optional[str] = ..., policy_name: _Optional[str] = ..., limit_type: _Optional[str] = ..., evaluation_outcome: _Optional[str] = ..., proximity_pct: _Optional[int] = ...) -> None: ...

class RunScope(_message.Message):
    __slots__ = ("policy_ids", "human_actor_id")
    POLICY_IDS_FIELD_NUMBER: _ClassVar[int]
    HUMAN_ACTOR_ID_FIELD_NUMBER: _ClassVar[int]
    policy_ids: _containers.RepeatedScalarFieldContainer[str]
    human_actor_id: str
    def __init__(self, policy_ids: _Optional[_Iterable[str]] = ..., human_actor_id: _Optional[str] = ...) -> None: ...

class InspectionConstraints(_message.Message):
    __slots__ = ("allow_prompt_logging", "allow_response_logging", "allow_pii_capture", "allow_secret_access")
    ALLOW_PROMPT_LOGGING_FIELD_NUMBER: _ClassVar[int]
    ALLOW_RESPONSE_LOGGING_FIELD_NUMBER: _ClassVar[int]
    ALLOW_PII_CAPTURE_FIELD_NUMBER: _ClassVar[int]
    ALLOW_SECRET_ACCESS_FIELD_NUMBER: _ClassVar[int]
    allow_prompt_logging: bool
    allow_response_logging: bool
    allow_pii_capture: bool
    allow_secret_access: bool
    def __init__(self, allow_prompt_logging: _Optional[bool] = ..., allow_response_logging: _Optional[bool] = ..., allow_pii_capture: _Optional[bool] = ..., allow_secret_access: _Optional[bool] = ...) -> None: ...

class RunFilter(_message.Message):
    __slots__ = ("statuses", "agent_id", "project_id", "created_from", "created_before", "silent_since")
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    PROJECT_ID_FIELD_NUMBER: _ClassVar[int]
    CREATED_FROM_FIELD_NUMBER: _ClassVar[int]
    CREATED_BEFORE_FIELD_NUMBER: _ClassVar[int]
    SILENT_SINCE_FIELD_NUMBER: _ClassVar[int]
    statuses: _containers.RepeatedScalarFieldContainer[RunStatus]
    agent_id: str
    project_id: str
    created_from: _timestamp_pb2.Timestamp
    created_before: _timestamp_pb2.Timestamp
    silent_since: _timestamp_pb2.Timestamp
    def __init__(self, statuses: _Optional[_Iterable[_Union[RunStatus, str]]] = ..., agent_id: _Optional[str] = ..., project_id: _Optional[str] = ..., created_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., created_before: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., silent_since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
