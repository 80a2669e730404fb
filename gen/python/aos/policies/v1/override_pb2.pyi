import datetime

from aos.policies.v1 import policy_pb2 as _policy_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OverrideState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OVERRIDE_STATE_UNSPECIFIED: _ClassVar[OverrideState]
    OVERRIDE_STATE_OPEN: _ClassVar[OverrideState]
    OVERRIDE_STATE_ENDED: _ClassVar[OverrideState]
    OVERRIDE_STATE_EXPIRED: _ClassVar[OverrideState]
OVERRIDE_STATE_UNSPECIFIED: OverrideState
OVERRIDE_STATE_OPEN: OverrideState
OVERRIDE_STATE_ENDED: OverrideState
OVERRIDE_STATE_EXPIRED: OverrideState

class Override(_message.Message):
    __slots__ = ("id", "policy_id", "scope_type", "scope_id", "reason", "opened_by", "create_time", "start_time", "end_time", "state", "ended_by")
    ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_ID_FIELD_NUMBER: _ClassVar[int]
    SCOPE_TYPE_FIELD_NUMBER: _ClassVar[int]
    SCOPE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    OPENED_BY_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ENDED_BY_FIELD_NUMBER: _ClassVar[int]
    id: str
    policy_id: str
    scope_type: _policy_pb2.ScopeType
    scope_id: str
    reason: str
    opened_by: str
    create_time: _timestamp_pb2.Timestamp
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    state: OverrideState
    ended_by: str
    def __init__(self, id: _Optional[str] = ..., policy_id: _Optional[str] = ..., scope_type: _Optional[_Union[_policy_pb2.ScopeType, str]] = ..., scope_id: _Optional[str] = ..., reason: _Optional[str] = ..., opened_by: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[_Union[OverrideState, str]] = ..., ended_by: _Optional[str] = ...) -> None: ...
