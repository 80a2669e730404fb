from aos.activity.v1 import run_pb2 as _run_pb2
from aos.options.v1 import access_pb2 as _access_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AuthorizeRunRequest(_message.Message):
    __slots__ = ("request_id", "run_id", "scope", "policy_snapshot_id", "inspection", "governance_bypassed")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    POLICY_SNAPSHOT_ID_FIELD_NUMBER: _ClassVar[int]
    INSPECTION_FIELD_NUMBER: _ClassVar[int]
    GOVERNANCE_BYPASSED_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    scope: _run_pb2.RunScope
    policy_snapshot_id: str
    inspection: _run_pb2.InspectionConstraints
    governance_bypassed: bool
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ..., scope: _Optional[_Union[_run_pb2.RunScope, _Mapping]] = ..., policy_snapshot_id: _Optional[str] = ..., inspection: _Optional[_Union[_run_pb2.InspectionConstraints, _Mapping]] = ..., governance_bypassed: _Optional[bool] = ...) -> None: ...

class AuthorizeRunResponse(_message.Message):
    __slots__ = ("run",)
    RUN_FIELD_NUMBER: _ClassVar[int]
    run: _run_pb2.Run
    def __init__(self, run: _Optional[_Union[_run_pb2.Run, _Mapping]] = ...) -> None: ...

class StartRunRequest(_message.Message):
    __slots__ = ("request_id", "run_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ...) -> None: ...

class StartRunResponse(_message.Message):
    __slots__ = ("run",)
    RUN_FIELD_NUMBER: _ClassVar[int]
    run: _run_pb2.Run
    def __init__(self, run: _Optional[_Union[_run_pb2.Run, _Mapping]] = ...) -> None: ...

class PauseRunRequest(_message.Message):
    __slots__ = ("request_id", "run_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ...) -> None: ...

class PauseRunResponse(_message.Message):
    __slots__ = ("run",)
    RUN_FIELD_NUMBER: _ClassVar[int]
    run: _run_pb2.Run
    def __init__(self, run: _Optional[_Union[_run_pb2.Run, _Mapping]] = ...) -> None: ...

class ResumeRunRequest(_message.Message):
    __slots__ = ("request_id", "run_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ...) -> None: ...

class ResumeRunResponse(_message.Message):
    __slots__ = ("run",)
    RUN_FIELD_NUMBER: _ClassVar[int]
    run: _run_pb2.Run
    def __init__(self, run: _Optional[_Union[_run_pb2.Run, _Mapping]] = ...) -> None: ...

class RetryRunRequest(_message.Message):
    __slots__ = ("request_id", "run_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ...) -> None: ...

class RetryRunResponse(_message.Message):
    __slots__ = ("run",)
    RUN_FIELD_NUMBER: _ClassVar[int]
    run: _run_pb2.Run
    def __init__(self, run: _Optional[_Union[_run_pb2.Run, _Mapping]] = ...) -> None: ...

class FinalizeRunRequest(_message.Message):
    __slots__ = ("request_id", "run_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ...) -> None: ...

class FinalizeRunResponse(_message.Message):
    __slots__ = ("run",)
    RUN_FIELD_NUMBER: _ClassVar[int]
    run: _run_pb2.Run
    def __init__(self, run: _Optional[_Union[_run_pb2.Run, _Mapping]] = ...) -> None: ...

class ReopenRunRequest(_message.Message):
    __slots__ = ("request_id", "run_id", "observability_error")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    OBSERVABILITY_ERROR_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    observability_error: str
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ..., observability_error: _Optional[str] = ...) -> None: ...

class ReopenRunResponse(_message.Message):
    __slots__ = ("run",)
    RUN_FIELD_NUMBER: _ClassVar[int]
    run: _run_pb2.Run
    def __init__(self, run: _Optional[_Union[_run_pb2.Run, _Mapping]] = ...) -> None: ...

class CompleteRunRequest(_message.Message):
    __slots__ = ("request_id", "run_id", "status", "termination_reason", "stopped_at_step")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    TERMINATION_REASON_FIELD_NUMBER: _ClassVar[int]
    STOPPED_AT_STEP_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    status: _run_pb2.RunStatus
    termination_reason: _run_pb2.TerminationReason
    stopped_at_step: int
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ..., status: _Optional[_Union[_run_pb2.RunStatus, str]] = ..., termination_reason: _Optional[_Union[_run_pb2.TerminationReason, str]] = ..., stopped_at_step: _Optional[int] = ...) -> None: ...

class CompleteRunResponse(_message.Message):
    __slots__ = ("run",)
    RUN_FIELD_NUMBER: _ClassVar[int]
    run: _run_pb2.Run
    def __init__(self, run: _Optional[_Union[_run_pb2.Run, _Mapping]] = ...) -> None: ...

class NoteViolationRequest(_message.Message):
    __slots__ = ("request_id", "run_id", "policy_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    policy_id: str
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ..., policy_id: _Optional[str] = ...) -> None: ...

class NoteViolationResponse(_message.Message):
    __slots__ = ("run",)
    RUN_FIELD_NUMBER: _ClassVar[int]
    run: _run_pb2.Run
    def __init__(self, run: _Optional[_Union[_run_pb2.Run, _Mapping]] = ...) -> None: ...

class NoteIncidentRequest(_message.Message):
    __slots__ = ("request_id", "run_id", "incident_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    INCIDENT_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    incident_id: str
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ..., incident_id: _Optional[str] = ...) -> None: ...

class NoteIncidentResponse(_message.Message):
    __slots__ = ("run",)
    RUN_FIELD_NUMBER: _ClassVar[int]
    run: _run_pb2.Run
    def __init__(self, run: _Optional[_Union[_run_pb2.Run, _Mapping]] = ...) -> None: ...

class NotePolicyDraftRequest(_message.Message):
    __slots__ = ("request_id", "run_id", "policy_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    policy_id: str
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ..., policy_id: _Optional[str] = ...) -> None: ...

class NotePolicyDraftResponse(_message.Message):
    __slots__ = ("run",)
    RUN_FIELD_NUMBER: _ClassVar[int]
    run: _run_pb2.Run
    def __init__(self, run: _Optional[_Union[_run_pb2.Run, _Mapping]] = ...) -> None: ...

class NoteRiskRequest(_message.Message):
    __slots__ = ("request_id", "run_id", "risk_level")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    RISK_LEVEL_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    risk_level: _run_pb2.RiskLevel
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ..., risk_level: _Optional[_Union[_run_pb2.RiskLevel, str]] = ...) -> None: ...

class NoteRiskResponse(_message.Message):
    __slots__ = ("run",)
    RUN_FIELD_NUMBER: _ClassVar[int]
    run: _run_pb2.Run
    def __init__(self, run: _Optional[_Union[_run_pb2.Run, _Mapping]] = ...) -> None: ...

class NoteEvidenceRequest(_message.Message):
    __slots__ = ("request_id", "run_id", "evidence_health", "integrity_status")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_HEALTH_FIELD_NUMBER: _ClassVar[int]
    INTEGRITY_STATUS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    evidence_health: _run_pb2.EvidenceHealth
    integrity_status: _run_pb2.IntegrityStatus
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ..., evidence_health: _Optional[_Union[_run_pb2.EvidenceHealth, str]] = ..., integrity_status: _Optional[_Union[_run_pb2.IntegrityStatus, str]] = ...) -> None: ...

class NoteEvidenceResponse(_message.Message):
    __slots__ = ("run",)
    RUN_FIELD_NUMBER: _ClassVar[int]
    run: _run_pb2.Run
    def __init__(self, run: _Optional[_Union[_run_pb2.Run, _Mapping]] = ...) -> None: ...

class RecordHeartbeatsRequest(_message.Message):
    __slots__ = ("run_ids",)
    RUN_IDS_FIELD_NUMBER: _ClassVar[int]
    run_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, run_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class RecordHeartbeatsResponse(_message.Message):
    __slots__ = ("recorded",)
    RECORDED_FIELD_NUMBER: _ClassVar[int]
    recorded: int
    def __init__(self, recorded: _Optional[int] = ...) -> None: ...

class NotePolicyContextRequest(_message.Message):
    __slots__ = ("run_id", "context")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    context: _run_pb2.PolicyContext
    def __init__(self, run_id: _Optional[str] = ..., context: _Optional[_Union[_run_pb2.PolicyContext, _Mapping]] = ...) -> None: ...

class NotePolicyContextResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
