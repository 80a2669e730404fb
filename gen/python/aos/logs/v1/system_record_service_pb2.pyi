import datetime

from aos.logs.v1 import system_record_pb2 as _system_record_pb2
from aos.options.v1 import access_pb2 as _access_pb2
from buf.validate import validate_pb2 as _validate_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AppendSystemRecordsRequest(_message.Message):
    __slots__ = ("records",)
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    records: _containers.RepeatedCompositeFieldContainer[_system_record_pb2.SystemRecord]
    def __init__(self, records: _Optional[_Iterable[_Union[_system_record_pb2.SystemRecord, _Mapping]]] = ...) -> None: ...

class AppendSystemRecordsResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListSystemRecordsRequest(_message.Message):
    __slots__ = ("service", "event_type", "minimum_severity", "occurred_from", "occurred_before", "page_size", "page_token")
    SERVICE_FIELD_NUMBER: _ClassVar[int]
    EVENT_TYPE_FIELD_NUMBER: _ClassVar[int]
    MINIMUM_SEVERITY_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_FROM_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_BEFORE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    service: str
    event_type: str
    minimum_severity: _system_record_pb2.SystemSeverity
    occurred_from: _timestamp_pb2.Timestamp
    occurred_before: _timestamp_pb2.Timestamp
    page_size: int
    page_token: str
    def __init__(self, service: _Optional[str] = ..., event_type: _Optional[str] = ..., minimum_severity: _Optional[_Union[_system_record_pb2.SystemSeverity, str]] = ..., occurred_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., occurred_before: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListSystemRecordsResponse(_message.Message):
    __slots__ = ("records", "next_page_token")
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    records: _containers.RepeatedCompositeFieldContainer[_system_record_pb2.SystemRecord]
    next_page_token: str
    def __init__(self, records: _Optional[_Iterable[_Union[_system_record_pb2.SystemRecord, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
