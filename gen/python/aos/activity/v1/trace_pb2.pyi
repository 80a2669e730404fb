import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TraceStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRACE_STATUS_UNSPECIFIED: _ClassVar[TraceStatus]
    TRACE_STATUS_OPEN: _ClassVar[TraceStatus]
    TRACE_STATUS_SEALED: _ClassVar[TraceStatus]

class StepKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STEP_KIND_UNSPECIFIED: _ClassVar[StepKind]
    STEP_KIND_LLM_CALL: _ClassVar[StepKind]
    STEP_KIND_TOOL_CALL: _ClassVar[StepKind]
    STEP_KIND_RETRIEVAL: _ClassVar[StepKind]
    STEP_KIND_EMBEDDING: _ClassVar[StepKind]
    STEP_KIND_PLAN: _ClassVar[StepKind]
    STEP_KIND_SUB_RUN: _ClassVar[StepKind]
    STEP_KIND_CHECK: _ClassVar[StepKind]
    STEP_KIND_OTHER: _ClassVar[StepKind]

class StepStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STEP_STATUS_UNSPECIFIED: _ClassVar[StepStatus]
    STEP_STATUS_SUCCEEDED: _ClassVar[StepStatus]
    STEP_STATUS_FAILED: _ClassVar[StepStatus]
    STEP_STATUS_BLOCKED: _ClassVar[StepStatus]
    STEP_STATUS_CANCELLED: _ClassVar[StepStatus]
TRACE_STATUS_UNSPECIFIED: TraceStatus
TRACE_STATUS_OPEN: TraceStatus
TRACE_STATUS_SEALED: TraceStatus
STEP_KIND_UNSPECIFIED: StepKind
STEP_KIND_LLM_CALL: StepKind
STEP_KIND_TOOL_CALL: StepKind
STEP_KIND_RETRIEVAL: StepKind
STEP_KIND_EMBEDDING: StepKind
STEP_KIND_PLAN: StepKind
STEP_KIND_SUB_RUN: StepKind
STEP_KIND_CHECK: StepKind
STEP_KIND_OTHER: StepKind
STEP_STATUS_UNSPECIFIED: StepStatus
STEP_STATUS_SUCCEEDED: StepStatus
STEP_STATUS_FAILED: StepStatus
STEP_STATUS_BLOCKED: StepStatus
STEP_STATUS_CANCELLED: StepStatus

class Trace(_message.Message):
    __slots__ = ("trace_id", "run_id", "tenant_id", "agent_id", "correlation_id", "status", "start_time", "complete_time", "step_count", "root_hash", "incident_id", "is_synthetic", "synthetic_scenario_id")
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_ID_FIELD_NUMBER: _ClassVar[int]
    CORRELATION_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TIME_FIELD_NUMBER: _ClassVar[int]
    STEP_COUNT_FIELD_NUMBER: _ClassVar[int]
    ROOT_HASH_FIELD_NUMBER: _ClassVar[int]
    INCIDENT_ID_FIELD_NUMBER: _ClassVar[int]
    IS_SYNTHETIC_FIELD_NUMBER: _ClassVar[int]
    SYNTHETIC_SCENARIO_ID_FIELD_NUMBER: _ClassVar[int]
    trace_id: str
    run_id: str
    tenant_id: str
    agent_id: str
    correlation_id: str
    status: TraceStatus
    start_time: _timestamp_pb2.Timestamp
    complete_time: _timestamp_pb2.Timestamp
    step_count: int
    root_hash: bytes
    incident_id: str
    is_synthetic: bool
    synthetic_scenario_id: str
    def __init__(self, trace_id: _Optional[str] = ..., run_id: _Optional[str] = ..., tenant_id: _Optional[str] = ..., agent_id: _Optional[str] = ..., correlation_id: _Optional[str] = ..., status: _Optional[_Union[TraceStatus, str]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., complete_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., step_count: _Optional[int] = ..., root_hash: _Optional[bytes] = ..., incident_id: _Optional[str] = ..., is_synthetic: _Optional[bool] = ..., synthetic_scenario_id: _Optional[str] = ...) -> None: ...

class Step(_message.Message):
    __slots__ = ("index", "start_time", "duration_ms", "kind", "skill_name", "status", "outcome_category", "outcome_code", "model", "input_tokens", "output_tokens", "cost_micro_usd", "retry_count", "params_json", "outcome_json", "params_hash", "outcome_hash", "level", "span_id", "parent_span_id", "step_id")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    DURATION_MS_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    SKILL_NAME_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_CATEGORY_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_CODE_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    INPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    COST_MICRO_USD_FIELD_NUMBER: _ClassVar[int]
    RETRY_COUNT_FIELD_NUMBER: _ClassVar[int]
    PARAMS_JSON_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_JSON_FIELD_NUMBER: _ClassVar[int]
    PARAMS_HASH_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_HASH_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    SPAN_ID_FIELD_NUMBER: _ClassVar[int]
    PARENT_SPAN_ID_FIELD_NUMBER: _ClassVar[int]
    STEP_ID_FIELD_NUMBER: _ClassVar[int]
    index: int
    start_time: _timestamp_pb2.Timestamp
    duration_ms: int
    kind: StepKind
    skill_name: str
    status: StepStatus
    outcome_category: str
    outcome_code: str
    model: str
    input_tokens: int
    output_tokens: int
    cost_micro_usd: int
    retry_count: int
    params_json: str
    outcome_json: str
    params_hash: bytes
    outcome_hash: bytes
    level: int
    span_id: bytes
    parent_span_id: bytes
    step_id: str
    def __init__(self, index: _Optional[int] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., duration_ms: _Optional[int] = ..., kind: _Optional[_Union[StepKind, str]] = ..., skill_name: _Optional[str] = ..., status: _Optional[_Union[StepStatus, str]] = ..., outcome_category: _Optional[str] = ..., outcome_code: _Optional[str] = ..., model: _Optional[str] = ..., input_tokens: _Optional[int] = ..., output_tokens: _Optional[int] = ..., cost_micro_usd: _Optional[int] = ..., retry_count: _Optional[int] = ..., params_json: _Optional[str] = ..., outcome_json: _Optional[str] = ..., params_hash: _Optional[bytes] = ..., outcome_hash: _Optional[bytes] = ..., level: _Optional[int] = ..., span_id: _Optional[bytes] = ..., parent_span_id: _Optional[bytes] = ..., step_id: _Optional[str] = ...) -> None: ...

class RecordedStep(_message.Message):
    __slots__ = ("step", "content_hash", "record_time", "late")
    STEP_FIELD_NUMBER: _ClassVar[int]
    CONTENT_HASH_FIELD_NUMBER: _ClassVar[int]
    RECORD_TIME_FIELD_NUMBER: _ClassVar[int]
    LATE_FIELD_NUMBER: _ClassVar[int]
    step: Step
    content_hash: bytes
    record_time: _timestamp_pb2.Timestamp
    late: bool
    def __init__(self, step: _Optional[_Union[Step, _Mapping]] = ..., content_hash: _Optional[bytes] = ..., record_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., late: _Optional[bool] = ...) -> None: ...
