from aos.activity.v1 import run_pb2 as _run_pb2
from aos.activity.v1 import trace_pb2 as _trace_pb2
from aos.errors.v1 import refusal_pb2 as _refusal_pb2
from aos.options.v1 import access_pb2 as _access_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RunResult(_message.Message):
    __slots__ = ("run", "refusal")
    RUN_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    run: _run_pb2.Run
    refusal: _refusal_pb2.Refusal
    def __init__(self, run: _Optional[_Union[_run_pb2.Run, _Mapping]] = ..., refusal: _Optional[_Union[_refusal_pb2.Refusal, _Mapping]] = ...) -> None: ...

class RunFinalization(_message.Message):
    __slots__ = ("request_id", "run_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ...) -> None: ...

class FinalizeRunsRequest(_message.Message):
    __slots__ = ("runs",)
    RUNS_FIELD_NUMBER: _ClassVar[int]
    runs: _containers.RepeatedCompositeFieldContainer[RunFinalization]
    def __init__(self, runs: _Optional[_Iterable[_Union[RunFinalization, _Mapping]]] = ...) -> None: ...

class FinalizeRunsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[RunResult]
    def __init__(self, results: _Optional[_Iterable[_Union[RunResult, _Mapping]]] = ...) -> None: ...

class RunReopening(_message.Message):
    __slots__ = ("request_id", "run_id", "observability_error")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    OBSERVABILITY_ERROR_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    observability_error: str
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ..., observability_error: _Optional[str] = ...) -> None: ...

class ReopenRunsRequest(_message.Message):
    __slots__ = ("runs",)
    RUNS_FIELD_NUMBER: _ClassVar[int]
    runs: _containers.RepeatedCompositeFieldContainer[RunReopening]
    def __init__(self, runs: _Optional[_Iterable[_Union[RunReopening, _Mapping]]] = ...) -> None: ...

class ReopenRunsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[RunResult]
    def __init__(self, results: _Optional[_Iterable[_Union[RunResult, _Mapping]]] = ...) -> None: ...

class RunCompletion(_message.Message):
    __slots__ = ("request_id", "run_id", "status", "termination_reason", "stopped_at_step", "violation_policy_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    TERMINATION_REASON_FIELD_NUMBER: _ClassVar[int]
    STOPPED_AT_STEP_FIELD_NUMBER: _ClassVar[int]
    VIOLATION_POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    status: _run_pb2.RunStatus
    termination_reason: _run_pb2.TerminationReason
    stopped_at_step: int
    violation_policy_id: str
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ..., status: _Optional[_Union[_run_pb2.RunStatus, str]] = ..., termination_reason: _Optional[_Union[_run_pb2.TerminationReason, str]] = ..., stopped_at_step: _Optional[int] = ..., violation_policy_id: _Optional[str] = ...) -> None: ...

class CompleteRunsRequest(_message.Message):
    __slots__ = ("runs",)
    RUNS_FIELD_NUMBER: _ClassVar[int]
    runs: _containers.RepeatedCompositeFieldContainer[RunCompletion]
    def __init__(self, runs: _Optional[_Iterable[_Union[RunCompletion, _Mapping]]] = ...) -> None: ...

class CompletedRun(_message.Message):
    __slots__ = ("run", "trace")
    RUN_FIELD_NUMBER: _ClassVar[int]
    TRACE_FIELD_NUMBER: _ClassVar[int]
    run: _run_pb2.Run
    trace: _trace_pb2.Trace
    def __init__(self, run: _Optional[_Union[_run_pb2.Run, _Mapping]] = ..., trace: _Optional[_Union[_trace_pb2.Trace, _Mapping]] = ...) -> None: ...

class CompletionResult(_message.Message):
    __slots__ = ("completed", "refusal")
    COMPLETED_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    completed: CompletedRun
    refusal: _refusal_pb2.Refusal
    def __init__(self, completed: _Optional[_Union[CompletedRun, _Mapping]] = ..., refusal: _Optional[_Union[_refusal_pb2.Refusal, _Mapping]] = ...) -> None: ...

class CompleteRunsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[CompletionResult]
    def __init__(self, results: _Optional[_Iterable[_Union[CompletionResult, _Mapping]]] = ...) -> None: ...

class RunNote(_message.Message):
    __slots__ = ("request_id", "run_id", "incident_ids", "violation_policy_id", "risk_level", "evidence_health", "integrity_status")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    INCIDENT_IDS_FIELD_NUMBER: _ClassVar[int]
    VIOLATION_POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    RISK_LEVEL_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_HEALTH_FIELD_NUMBER: _ClassVar[int]
    INTEGRITY_STATUS_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    incident_ids: _containers.RepeatedScalarFieldContainer[str]
    violation_policy_id: str
    risk_level: _run_pb2.RiskLevel
    evidence_health: _run_pb2.EvidenceHealth
    integrity_status: _run_pb2.IntegrityStatus
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ..., incident_ids: _Optional[_Iterable[str]] = ..., violation_policy_id: _Optional[str] = ..., risk_level: _Optional[_Union[_run_pb2.RiskLevel, str]] = ..., evidence_health: _Optional[_Union[_run_pb2.EvidenceHealth, str]] = ..., integrity_status: _Optional[_Union[_run_pb2.IntegrityStatus, str]] = ...) -> None: ...

class NoteRunsRequest(_message.Message):
    __slots__ = ("notes",)
    NOTES_FIELD_NUMBER: _ClassVar[int]
    notes: _containers.RepeatedCompositeFieldContainer[RunNote]
    def __init__(self, notes: _Optional[_Iterable[_Union[RunNote, _Mapping]]] = ...) -> None: ...

class NoteRunsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[RunResult]
    def __init__(self, results: _Optional[_Iterable[_Union[RunResult, _Mapping]]] = ...) -> None: ...
