import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RunLogEventType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RUN_LOG_EVENT_TYPE_UNSPECIFIED: _ClassVar[RunLogEventType]
    RUN_LOG_EVENT_TYPE_NEAR_THRESHOLD: _ClassVar[RunLogEventType]
    RUN_LOG_EVENT_TYPE_BREACH: _ClassVar[RunLogEventType]
    RUN_LOG_EVENT_TYPE_OVERRIDE: _ClassVar[RunLogEventType]
    RUN_LOG_EVENT_TYPE_DEGRADED: _ClassVar[RunLogEventType]
    RUN_LOG_EVENT_TYPE_BYPASS: _ClassVar[RunLogEventType]
RUN_LOG_EVENT_TYPE_UNSPECIFIED: RunLogEventType
RUN_LOG_EVENT_TYPE_NEAR_THRESHOLD: RunLogEventType
RUN_LOG_EVENT_TYPE_BREACH: RunLogEventType
RUN_LOG_EVENT_TYPE_OVERRIDE: RunLogEventType
RUN_LOG_EVENT_TYPE_DEGRADED: RunLogEventType
RUN_LOG_EVENT_TYPE_BYPASS: RunLogEventType

class RunLogEvent(_message.Message):
    __slots__ = ("record_id", "tenant_id", "run_id", "type", "step_index", "policy_id", "summary", "details_json", "occur_time", "synthetic_scenario_id", "is_synthetic", "service")
    RECORD_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    STEP_INDEX_FIELD_NUMBER: _ClassVar[int]
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    DETAILS_JSON_FIELD_NUMBER: _ClassVar[int]
    OCCUR_TIME_FIELD_NUMBER: _ClassVar[int]
    SYNTHETIC_SCENARIO_ID_FIELD_NUMBER: _ClassVar[int]
    IS_SYNTHETIC_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    record_id: str
    tenant_id: str
    run_id: str
    type: RunLogEventType
    step_index: int
    policy_id: str
    summary: str
    details_json: str
    occur_time: _timestamp_pb2.Timestamp
    synthetic_scenario_id: str
    is_synthetic: bool
    service: str
    def __init__(self, record_id: _Optional[str] = ..., tenant_id: _Optional[str] = ..., run_id: _Optional[str] = ..., type: _Optional[_Union[RunLogEventType, str]] = ..., step_index: _Optional[int] = ..., policy_id: _Optional[str] = ..., summary: _Optional[str] = ..., details_json: _Optional[str] = ..., occur_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., synthetic_scenario_id: _Optional[str] = ..., is_synthetic: _Optional[bool] = ..., service: _Optional[str] = ...) -> None: ...
