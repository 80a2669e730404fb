import datetime

from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SystemSeverity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SYSTEM_SEVERITY_UNSPECIFIED: _ClassVar[SystemSeverity]
    SYSTEM_SEVERITY_INFO: _ClassVar[SystemSeverity]
    SYSTEM_SEVERITY_WARN: _ClassVar[SystemSeverity]
    SYSTEM_SEVERITY_CRITICAL: _ClassVar[SystemSeverity]

class SystemCause(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SYSTEM_CAUSE_UNSPECIFIED: _ClassVar[SystemCause]
    SYSTEM_CAUSE_SYSTEM: _ClassVar[SystemCause]
    SYSTEM_CAUSE_HUMAN: _ClassVar[SystemCause]
    SYSTEM_CAUSE_AUTOMATION: _ClassVar[SystemCause]
SYSTEM_SEVERITY_UNSPECIFIED: SystemSeverity
SYSTEM_SEVERITY_INFO: SystemSeverity
SYSTEM_SEVERITY_WARN: SystemSeverity
SYSTEM_SEVERITY_CRITICAL: SystemSeverity
SYSTEM_CAUSE_UNSPECIFIED: SystemCause
SYSTEM_CAUSE_SYSTEM: SystemCause
SYSTEM_CAUSE_HUMAN: SystemCause
SYSTEM_CAUSE_AUTOMATION: SystemCause

class SystemRecord(_message.Message):
    __slots__ = ("record_id", "tenant_id", "component", "event_type", "severity", "summary", "details_json", "caused_by", "correlation_id", "occur_time", "service")
    RECORD_ID_FIELD_NUMBER: _ClassVar[int]
    TENANT_ID_FIELD_NUMBER: _ClassVar[int]
    COMPONENT_FIELD_NUMBER: _ClassVar[int]
    EVENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    SEVERITY_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    DETAILS_JSON_FIELD_NUMBER: _ClassVar[int]
    CAUSED_BY_FIELD_NUMBER: _ClassVar[int]
    CORRELATION_ID_FIELD_NUMBER: _ClassVar[int]
    OCCUR_TIME_FIELD_NUMBER: _ClassVar[int]
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    record_id: str
    tenant_id: str
    component: str
    event_type: str
    severity: SystemSeverity
    summary: str
    details_json: str
    caused_by: SystemCause
    correlation_id: str
    occur_time: _timestamp_pb2.Timestamp
    service: str
    def __init__(self, record_id: _Optional[str] = ..., tenant_id: _Optional[str] = ..., component: _Optional[str] = ..., event_type: _Optional[str] = ..., severity: _Optional[_Union[SystemSeverity, str]] = ..., summary: _Optional[str] = ..., details_json: _Optional[str] = ..., caused_by: _Optional[_Union[SystemCause, str]] = ..., correlation_id: _Optional[str] = ..., occur_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., service: _Optional[str] = ...) -> None: ...
