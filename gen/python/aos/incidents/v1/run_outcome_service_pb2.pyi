import datetime

from aos.errors.v1 import refusal_pb2 as _refusal_pb2
from aos.incidents.v1 import incident_pb2 as _incident_pb2
from aos.options.v1 import access_pb2 as _access_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RunOutcome(_message.Message):
    __slots__ = ("request_id", "run_id", "status", "termination_reason", "policy_id", "stopped_at_step", "complete_time", "synthetic_scenario_id")
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    TERMINATION_REASON_FIELD_NUMBER: _ClassVar[int]
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    STOPPED_AT_STEP_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TIME_FIELD_NUMBER: _ClassVar[int]
    SYNTHETIC_SCENARIO_ID_FIELD_NUMBER: _ClassVar[int]
    request_id: str
    run_id: str
    status: str
    termination_reason: str
    policy_id: str
    stopped_at_step: int
    complete_time: _timestamp_pb2.Timestamp
    synthetic_scenario_id: str
    def __init__(self, request_id: _Optional[str] = ..., run_id: _Optional[str] = ..., status: _Optional[str] = ..., termination_reason: _Optional[str] = ..., policy_id: _Optional[str] = ..., stopped_at_step: _Optional[int] = ..., complete_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., synthetic_scenario_id: _Optional[str] = ...) -> None: ...

class ConcludeRunsRequest(_message.Message):
    __slots__ = ("runs",)
    RUNS_FIELD_NUMBER: _ClassVar[int]
    runs: _containers.RepeatedCompositeFieldContainer[RunOutcome]
    def __init__(self, runs: _Optional[_Iterable[_Union[RunOutcome, _Mapping]]] = ...) -> None: ...

class CaseConclusion(_message.Message):
    __slots__ = ("policy_id", "conclusion", "incident_id", "prevention_id", "category", "severity", "signature")
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    CONCLUSION_FIELD_NUMBER: _ClassVar[int]
    INCIDENT_ID_FIELD_NUMBER: _ClassVar[int]
    PREVENTION_ID_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    SIGNATURE_FIELD_NUMBER: _ClassVar[int]
    policy_id: str
    conclusion: _incident_pb2.Conclusion
    incident_id: str
    prevention_id: str
    category: _incident_pb2.Category
    severity: _incident_pb2.Severity
    signature: str
    def __init__(self, policy_id: _Optional[str] = ..., conclusion: _Optional[_Union[_incident_pb2.Conclusion, str]] = ..., incident_id: _Optional[str] = ..., prevention_id: _Optional[str] = ..., category: _Optional[_Union[_incident_pb2.Category, str]] = ..., severity: _Optional[_Union[_incident_pb2.Severity, str]] = ..., signature: _Optional[str] = ...) -> None: ...

class ConcludedRun(_message.Message):
    __slots__ = ("cases",)
    CASES_FIELD_NUMBER: _ClassVar[int]
    cases: _containers.RepeatedCompositeFieldContainer[CaseConclusion]
    def __init__(self, cases: _Optional[_Iterable[_Union[CaseConclusion, _Mapping]]] = ...) -> None: ...

class ConclusionResult(_message.Message):
    __slots__ = ("concluded", "refusal")
    CONCLUDED_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    concluded: ConcludedRun
    refusal: _refusal_pb2.Refusal
    def __init__(self, concluded: _Optional[_Union[ConcludedRun, _Mapping]] = ..., refusal: _Optional[_Union[_refusal_pb2.Refusal, _Mapping]] = ...) -> None: ...

class ConcludeRunsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[ConclusionResult]
    def __init__(self, results: _Optional[_Iterable[_Union[ConclusionResult, _Mapping]]] = ...) -> None: ...
