import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ExecutionStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EXECUTION_STATUS_UNSPECIFIED: _ClassVar[ExecutionStatus]
    EXECUTION_STATUS_SUCCEEDED: _ClassVar[ExecutionStatus]
    EXECUTION_STATUS_FAILED: _ClassVar[ExecutionStatus]
    EXECUTION_STATUS_REFUSED: _ClassVar[ExecutionStatus]
    EXECUTION_STATUS_CANCELLED: _ClassVar[ExecutionStatus]
    EXECUTION_STATUS_VOIDED: _ClassVar[ExecutionStatus]

class RecordSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECORD_SOURCE_UNSPECIFIED: _ClassVar[RecordSource]
    RECORD_SOURCE_MANAGED: _ClassVar[RecordSource]
    RECORD_SOURCE_EXTERNAL: _ClassVar[RecordSource]
    RECORD_SOURCE_OBSERVED: _ClassVar[RecordSource]
EXECUTION_STATUS_UNSPECIFIED: ExecutionStatus
EXECUTION_STATUS_SUCCEEDED: ExecutionStatus
EXECUTION_STATUS_FAILED: ExecutionStatus
EXECUTION_STATUS_REFUSED: ExecutionStatus
EXECUTION_STATUS_CANCELLED: ExecutionStatus
EXECUTION_STATUS_VOIDED: ExecutionStatus
RECORD_SOURCE_UNSPECIFIED: RecordSource
RECORD_SOURCE_MANAGED: RecordSource
RECORD_SOURCE_EXTERNAL: RecordSource
RECORD_SOURCE_OBSERVED: RecordSource

class LlmRunRecord(_message.Message):
    __slots__ = ("record_id", "tenant_id", "run_id", "trace_id", "provider", "model", "prompt_hash", "response_hash", "input_tokens", "output_tokens", "cost_micro_usd", "status", "source", "start_time", "complete_time", "synthetic_scenario_id", "is_synthetic", "service", "voids_record_id")
    RECORD_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    TRACE_ID_FIELD_NUMBER: _ClassVar[int]
    PROVIDER_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    PROMPT_HASH_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_HASH_FIELD_NUMBER: _ClassVar[int]
    INPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    OUTPUT_TOKENS_FIELD_NUMBER: _ClassVar[int]
    COST_MICRO_USD_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TIME_FIELD_NUMBER: _ClassVar[int]
    SYNTHETIC_SCENARIO_ID_FIELD_NUMBER: _ClassVar[int]
    IS_SYNTHETIC_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    VOIDS_RECORD_ID_FIELD_NUMBER: _ClassVar[int]
    record_id: str
    tenant_id: str
    run_id: str
    trace_id: str
    provider: str
    model: str
    prompt_hash: bytes
    response_hash: bytes
    input_tokens: int
    output_tokens: int
    cost_micro_usd: int
    status: ExecutionStatus
    source: RecordSource
    start_time: _timestamp_pb2.Timestamp
    complete_time: _timestamp_pb2.Timestamp
    synthetic_scenario_id: str
    is_synthetic: bool
    service: str
    voids_record_id: str
    def __init__(self, record_id: _Optional[str] = ..., tenant_id: _Optional[str] = ..., run_id: _Optional[str] = ..., trace_id: _Optional[str] = ..., provider: _Optional[str] = ..., model: _Optional[str] = ..., prompt_hash: _Optional[bytes] = ..., response_hash: _Optional[bytes] = ..., input_tokens: _Optional[int] = ..., output_tokens: _Optional[int] = ..., cost_micro_usd: _Optional[int] = ..., status: _Optional[_Union[ExecutionStatus, str]] = ..., source: _Optional[_Union[RecordSource, str]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., complete_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., synthetic_scenario_id: _Optional[str] = ..., is_synthetic: _Optional[bool] = ..., service: _Optional[str] = ..., voids_record_id: _Optional[str] = ...) -> None: ...
