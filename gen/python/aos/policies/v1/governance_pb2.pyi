import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GovernanceState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    GOVERNANCE_STATE_UNSPECIFIED: _ClassVar[GovernanceState]
    GOVERNANCE_STATE_ACTIVE: _ClassVar[GovernanceState]
    GOVERNANCE_STATE_DEGRADED: _ClassVar[GovernanceState]
    GOVERNANCE_STATE_DISABLED: _ClassVar[GovernanceState]
GOVERNANCE_STATE_UNSPECIFIED: GovernanceState
GOVERNANCE_STATE_ACTIVE: GovernanceState
GOVERNANCE_STATE_DEGRADED: GovernanceState
GOVERNANCE_STATE_DISABLED: GovernanceState

class GovernanceSwitch(_message.Message):
    __slots__ = ("state", "epoch", "reason", "changed_by", "change_time", "expire_time")
    STATE_FIELD_NUMBER: _ClassVar[int]
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CHANGED_BY_FIELD_NUMBER: _ClassVar[int]
    CHANGE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    state: GovernanceState
    epoch: int
    reason: str
    changed_by: str
    change_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, state: _Optional[_Union[GovernanceState, str]] = ..., epoch: _Optional[int] = ..., reason: _Optional[str] = ..., changed_by: _Optional[str] = ..., change_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GovernanceChange(_message.Message):
    __slots__ = ("epoch", "previous_state", "state", "reason", "changed_by", "change_time", "expire_time")
    EPOCH_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_STATE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    CHANGED_BY_FIELD_NUMBER: _ClassVar[int]
    CHANGE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    epoch: int
    previous_state: GovernanceState
    state: GovernanceState
    reason: str
    changed_by: str
    change_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, epoch: _Optional[int] = ..., previous_state: _Optional[_Union[GovernanceState, str]] = ..., state: _Optional[_Union[GovernanceState, str]] = ..., reason: _Optional[str] = ..., changed_by: _Optional[str] = ..., change_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
